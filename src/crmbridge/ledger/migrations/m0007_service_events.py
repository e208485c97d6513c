"""Version 7: what services remember."""

from sqlalchemy import Connection

from crmbridge.ledger.schema_services import service_event


def apply(connection: Connection) -> None:
    """Makes the table."""
    service_event.create(connection, checkfirst=True)
