"""Version 3: deletions and history are read too, and a run's history tells what the source said and what it cost."""

from sqlalchemy import Connection, inspect

from crmbridge.ledger.schema import feed, stage_change

_COLUMNS = (
    ("stream", "fields", "TEXT"),
    ("stream", "filling", "TEXT"),
    ("stage_event", "change_id", "TEXT"),
    ("run_step", "part", "TEXT NOT NULL DEFAULT 'records'"),
    ("run_step", "credits", "{int} NOT NULL DEFAULT 0"),
    ("run_step", "credits_left", "{int}"),
    ("run_step", "returns_us", "{int}"),
    ("run_step", "notices", "TEXT"),
)


def apply(connection: Connection) -> None:
    """Makes the two tables and adds the columns."""
    for table in (feed, stage_change):
        table.create(connection, checkfirst=True)
    integer = "INTEGER" if connection.dialect.name == "sqlite" else "BIGINT"
    there = {name: _columns(connection, name) for name in {name for name, _, _ in _COLUMNS}}
    for table_name, column, type_name in _COLUMNS:
        if column in there[table_name]:
            continue
        definition = type_name.format(int=integer)
        connection.exec_driver_sql(f'ALTER TABLE "{table_name}" ADD COLUMN "{column}" {definition}')


def _columns(connection: Connection, table_name: str) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns(table_name)}
