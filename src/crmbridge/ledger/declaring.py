"""How the tables of the ledger are declared: strict in SQLite, a column needed unless it says otherwise."""

from sqlalchemy import Column, ForeignKey, MetaData, Table
from sqlalchemy.schema import SchemaItem

from crmbridge.ledger.types import INT64, TEXT

METADATA = MetaData()


def declare(name: str, *columns: SchemaItem) -> Table:
    """A table."""
    return Table(name, METADATA, *columns, sqlite_strict=True)


def integer(name: str, *, needed: bool = True) -> Column[int]:
    """A column of whole numbers: counts, microseconds, yes or no."""
    return Column(name, INT64, nullable=not needed)


def text(name: str, *, needed: bool = True) -> Column[str]:
    """A column of texts."""
    return Column(name, TEXT, nullable=not needed)


def identity() -> Column[int]:
    """The column `id`, numbered by the store."""
    return Column("id", INT64, primary_key=True)


def reference(table: str) -> Column[int]:
    """The id of a row of another table."""
    return Column(f"{table}_id", INT64, ForeignKey(f"{table}.id"), nullable=False)
