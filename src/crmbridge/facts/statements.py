"""Our statements, each in a file under `sql/`."""

from importlib import resources


def sql(name: str) -> str:
    """The text of one of our statements."""
    return resources.files("crmbridge.facts").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
