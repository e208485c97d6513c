"""Version 10: what is remembered so that nobody can change it, and who was erased."""

from sqlalchemy import Connection

from crmbridge.ledger.schema_audit import audit, audit_floor, audit_word, erased, protect


def apply(connection: Connection) -> None:
    """Makes the tables."""
    for table in (audit, audit_word, audit_floor, erased):
        table.create(connection, checkfirst=True)
    protect(connection)
