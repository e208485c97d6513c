"""Version 6: records of two systems that may be one, and what a person said of them."""

from sqlalchemy import Connection

from crmbridge.ledger.schema_writing import likeness


def apply(connection: Connection) -> None:
    """Makes the table."""
    likeness.create(connection, checkfirst=True)
