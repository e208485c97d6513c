"""crmbridge: one model over any CRM, and sales rules on top of it."""

from importlib.metadata import version as _installed


def version() -> str:
    """The version that is installed."""
    return _installed("crmbridge")
