"""Ledgers as earlier versions left them, every table filled; and what a schema is made of, to compare two of them.

Version 1 is kept as the DDL that made it (`schemas/0001.ENGINE.sql`); the later ones are that and the steps up to them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import Connection, inspect, text

from crmbridge.ledger import migrations
from crmbridge.ledger.engine import Ledger, open_ledger

SCHEMAS = Path(__file__).parent / "schemas"
Rows = dict[str, list[dict[str, Any]]]


def statements(dialect: str) -> list[str]:
    """What made version 1."""
    lines = (SCHEMAS / f"0001.{dialect}.sql").read_text(encoding="utf-8").splitlines()
    return [line.rstrip(";") for line in lines]


def make_old(url: str, version: int) -> Rows:
    """A ledger of that version with rows in each of its tables, and those rows."""
    ledger = _empty_old(url)
    with ledger.engine.connect().execution_options(ledger_begin="BEGIN IMMEDIATE") as con, con.begin():
        for step in migrations.STEPS:
            if step.version <= version:
                step.apply(con)
        con.execute(text("UPDATE meta SET value = :v WHERE key = 'schema_version'"), {"v": str(version)})
        _fill(con)
        rows = rows_of(con)
    ledger.close()
    return rows


def _empty_old(url: str) -> Ledger:
    """Made by today's opening, but for the tables."""

    def create(connection: Connection) -> None:
        for statement in statements(connection.dialect.name):
            connection.exec_driver_sql(statement.replace("%", "%%"))
        connection.execute(text("INSERT INTO meta VALUES ('schema_version', '1')"))

    with (
        mock.patch.object(migrations, "create", create),
        mock.patch.object(migrations, "STEPS", []),
        mock.patch.object(migrations, "missing_columns", return_value=[]),
    ):
        return open_ledger(url, durable=False)


def _fill(con: Connection) -> None:
    """Two rows in each table: one with a value in every column, one with NULL wherever that may be."""
    inspector = inspect(con)
    for table in inspector.get_sorted_table_and_fkc_names():
        name = table[0]
        if name is None or name == "meta":
            continue
        columns = inspector.get_columns(name)
        one_row = {"id": 1} if name == "change_counter" else None
        for number in (1,) if one_row else (1, 2):
            row = {c["name"]: _value(name, c, number) for c in columns}
            names = ", ".join(f'"{key}"' for key in row)
            marks = ", ".join(f":{at}" for at in range(len(row)))
            values = {str(at): value for at, value in enumerate(row.values())}
            con.execute(text(f'INSERT INTO "{name}" ({names}) VALUES ({marks})'), values)


def _value(table: str, column: Any, number: int) -> object:
    name = column["name"]
    if number == 2 and column["nullable"]:
        return None
    if "BLOB" in str(column["type"]) or "BYTEA" in str(column["type"]):
        return f"{table}.{name}.{number}".encode()
    if "INT" in str(column["type"]):
        return number if name == "id" or name.endswith("_id") else 2**53 + len(name) * 1000 + number
    return f"{table}.{name}.客{number}'\""


def rows_of(con: Connection) -> Rows:
    """Everything in every table."""
    found: Rows = {}
    for name in inspect(con).get_table_names():
        rows = con.execute(text(f'SELECT * FROM "{name}"')).mappings()
        found[name] = sorted(({k: _plain(v) for k, v in row.items()} for row in rows), key=repr)
    return found


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def kept(before: Rows, after: Rows) -> Rows:
    """What of `after` was there before: its tables and columns."""
    return {
        name: sorted(({key: row[key] for key in rows[0]} for row in after[name]), key=repr) if rows else after[name]
        for name, rows in before.items()
    }


def schema_of(con: Connection) -> set[str]:
    """Every table, column, index and constraint as a line; the order of columns does not count."""
    return set(_sqlite_schema(con) if con.dialect.name == "sqlite" else _postgres_schema(con))


def _sqlite_schema(con: Connection) -> Iterator[str]:
    for _, name, _, width, without_rowid, strict in con.exec_driver_sql("PRAGMA table_list").all():
        yield f"table {name} {width} {without_rowid} {strict}"
        for _, column, kind, needed, default, key, _ in con.exec_driver_sql(f'PRAGMA table_xinfo("{name}")').all():
            yield f"column {name}.{column} {kind} {needed} {str(default).strip(chr(39))} {key}"
        for row in con.exec_driver_sql(f'PRAGMA foreign_key_list("{name}")').all():
            yield f"foreign {name} {row[2:]}"
        for _, index, unique, origin, partial in con.exec_driver_sql(f'PRAGMA index_list("{name}")').all():
            columns = [row[2] for row in con.exec_driver_sql(f'PRAGMA index_info("{index}")').all()]
            sql = con.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).scalar()
            label = index if origin == "c" else origin
            yield f"index {name} {label} {columns} {unique} {partial} {' '.join(str(sql).split())}"


_POSTGRES = (
    """SELECT concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable,
    regexp_replace(replace(column_default, current_schema() || '.', ''), '^''(.*)''::bigint$', '\\1'))
    FROM information_schema.columns WHERE table_schema = current_schema()""",
    """SELECT 'index ' || replace(indexdef, current_schema() || '.', '') FROM pg_indexes
    WHERE schemaname = current_schema()""",
    """SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace""",
    "SELECT 'sequence ' || sequencename || ' ' || data_type FROM pg_sequences WHERE schemaname = current_schema()",
)


def _postgres_schema(con: Connection) -> Iterator[str]:
    for query in _POSTGRES:
        yield from (str(line) for line in con.exec_driver_sql(query).scalars())
