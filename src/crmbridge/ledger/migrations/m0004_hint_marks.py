"""Version 4: which notifications were taken a short while ago."""

from sqlalchemy import Connection

from crmbridge.ledger.schema import hint_mark


def apply(connection: Connection) -> None:
    """Makes the table."""
    hint_mark.create(connection, checkfirst=True)
