"""Version 2: what the processes of a connection share, and the inbox of hints."""

from sqlalchemy import Connection

from crmbridge.ledger.schema import hint_inbox, shared_state


def apply(connection: Connection) -> None:
    """Makes the two tables."""
    for table in (shared_state, hint_inbox):
        table.create(connection, checkfirst=True)
