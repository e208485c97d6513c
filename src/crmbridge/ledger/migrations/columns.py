"""Columns that a kind has gained since a ledger was made: nullable, so they are simply added."""

from sqlalchemy import Column, Connection, Table, inspect
from sqlalchemy.schema import CreateColumn, CreateIndex, DropIndex

from crmbridge.ledger.schema import KIND_TABLES

_KINDS = ", ".join(f"'{name}'" for name in KIND_TABLES)
_SQLITE_COLUMNS = f"""
    SELECT t.name, group_concat(c.name, ' ') FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c
    WHERE t.type = 'table' AND t.name IN ({_KINDS}) GROUP BY t.name"""  # noqa: S608 - our own names
_POSTGRES_COLUMNS = f"""
    SELECT t.relname, string_agg(c.attname, ' ') FROM pg_class AS t JOIN pg_attribute AS c ON c.attrelid = t.oid
    WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' AND t.relname IN ({_KINDS})
      AND c.attnum > 0 AND NOT c.attisdropped GROUP BY t.relname"""  # noqa: S608 - our own names
"""A line a kind with the names of its columns: asked at every opening, and a row a column takes a thousand."""


def missing_columns(connection: Connection) -> list[tuple[Table, Column[object]]]:
    """The columns of kinds that the store does not have yet."""
    found = []
    by_table = _stored(connection)
    for name, table in KIND_TABLES.items():
        if name in by_table:
            found += [(table, column) for column in table.columns if column.name not in by_table[name]]
    return found


def _stored(connection: Connection) -> dict[str, set[str]]:
    """The names of each kind's columns: by one plain select, where reflection takes many."""
    asked = _SQLITE_COLUMNS if connection.dialect.name == "sqlite" else _POSTGRES_COLUMNS
    return {table: set(columns.split()) for table, columns in connection.exec_driver_sql(asked).all()}


def add_missing_columns(connection: Connection) -> None:
    """Adds them, makes the tables of new kinds, and renews the index of open references where it changed."""
    missing = missing_columns(connection)
    for table, column in missing:
        ddl = CreateColumn(column).compile(dialect=connection.dialect)
        quoted = connection.dialect.identifier_preparer.format_table(table)
        connection.exec_driver_sql(f"ALTER TABLE {quoted} ADD COLUMN {ddl}")
    for table in {table.name: table for table, _ in missing}.values():
        index = next(index for index in table.indexes if str(index.name).endswith("_unresolved"))
        connection.execute(DropIndex(index, if_exists=True))
        connection.execute(CreateIndex(index))
    inspector = inspect(connection)
    for table in KIND_TABLES.values():
        if not inspector.has_table(table.name):
            table.create(connection)
