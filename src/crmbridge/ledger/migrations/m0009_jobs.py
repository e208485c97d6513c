"""Version 9: where scheduled jobs stand, and which of them a run belongs to."""

from sqlalchemy import Connection, inspect

from crmbridge.ledger.schema_jobs import job_state

_COLUMNS = (("job", "TEXT"), ("due_us", "{int}"), ("attempt", "{int}"))


def apply(connection: Connection) -> None:
    """Makes the table and adds the columns."""
    job_state.create(connection, checkfirst=True)
    integer = "INTEGER" if connection.dialect.name == "sqlite" else "BIGINT"
    there = {column["name"] for column in inspect(connection).get_columns("run")}
    for column, type_name in _COLUMNS:
        if column not in there:
            connection.exec_driver_sql(f'ALTER TABLE "run" ADD COLUMN "{column}" {type_name.format(int=integer)}')
