"""Version 8: quotes, contracts, deliveries and tickets."""

from sqlalchemy import Connection

from crmbridge.ledger.schema import KIND_TABLES

KINDS = ("quote", "contract", "delivery", "ticket")


def apply(connection: Connection) -> None:
    """Makes the tables."""
    for name in KINDS:
        KIND_TABLES[name].create(connection, checkfirst=True)
