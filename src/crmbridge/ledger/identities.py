"""Hard keys: two records of a kind with an equal value (a registration number, an e-mail) are the same record."""

from collections.abc import Sequence

from sqlalchemy import delete

from crmbridge.ledger import bulk
from crmbridge.ledger.schema import identity_key as table
from crmbridge.ledger.transaction import LedgerTx

_PUT = bulk.Upsert("identity_key", ("kind", "key", "value", "record_id"), ("kind", "key", "value"))
_FIND = "SELECT value, record_id FROM identity_key WHERE kind = :kind AND key = :key AND value IN {wanted}"


def find(tx: LedgerTx, kind: str, key: str, values: Sequence[str]) -> dict[str, str]:
    """The record ids of those values of a key field that are known."""
    return dict(bulk.fetch(tx, _FIND, values, kind=kind, key=key))


def put(tx: LedgerTx, kind: str, rows: Sequence[tuple[str, str, str]]) -> int:
    """Remembers (key field, value, record id); a value that is known stays with its record. How many were new."""
    return bulk.upsert(tx, _PUT, [(kind, *row) for row in rows])


def forget(tx: LedgerTx, kind: str, record_id: str) -> int:
    """Lets go of every key of a record; how many there were."""
    return tx.execute(delete(table).where(table.c.kind == kind, table.c.record_id == record_id)).rowcount
