"""Version 5: two systems in step, and everything that is written anywhere."""

from sqlalchemy import Connection

from crmbridge.ledger.schema_writing import conflict, grant_given, outbox, pair_mark, touched, twin, write_plan


def apply(connection: Connection) -> None:
    """Makes the tables."""
    for table in (touched, pair_mark, twin, conflict, write_plan, outbox, grant_given):
        table.create(connection, checkfirst=True)
