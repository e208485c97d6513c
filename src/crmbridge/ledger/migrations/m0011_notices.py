"""Version 11: what people were told, and by which channel."""

from sqlalchemy import Connection

from crmbridge.ledger.schema_notices import notice


def apply(connection: Connection) -> None:
    """Makes the table."""
    notice.create(connection, checkfirst=True)
