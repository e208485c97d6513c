"""crmbridge: one model over any CRM, and sales rules on top of it."""

from functools import cache


@cache
def version() -> str:
    """The version that is installed."""
    from importlib.metadata import version as installed  # noqa: PLC0415 - takes a third of the whole start

    return installed("crmbridge")
