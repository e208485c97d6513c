"""The versions of each connection's mapping: which one read a record, and what it could not supply."""

from collections.abc import Iterable, Mapping

import orjson
from sqlalchemy import insert, select

from crmbridge.ledger.schema import mapping_version as table
from crmbridge.ledger.transaction import LedgerTx


def record(
    tx: LedgerTx,
    connection_id: int,
    mapping_hash: str,
    *,
    body: str,
    unknown: Mapping[str, Iterable[str]],
    now_us: int,
) -> int:
    """The id of that mapping, kept at its first sight. `unknown` names for each object the fields it cannot fill."""
    found = tx.execute(
        select(table.c.id).where(table.c.connection_id == connection_id, table.c.hash == mapping_hash)
    ).scalar()
    if found is not None:
        return int(found)
    text = orjson.dumps({name: sorted(fields) for name, fields in unknown.items()}).decode()
    values = {"connection_id": connection_id, "hash": mapping_hash, "body": body, "unknown": text}
    statement = insert(table).values(**values, created_us=now_us).returning(table.c.id)
    return int(tx.execute(statement).scalar_one())


def unknown_fields(tx: LedgerTx) -> dict[int, dict[str, frozenset[str]]]:
    """For each mapping id and object, the fields that its source cannot supply."""
    rows = tx.execute(select(table.c.id, table.c.unknown))
    return {
        int(row.id): {name: frozenset(fields) for name, fields in orjson.loads(row.unknown).items()} for row in rows
    }


def body(tx: LedgerTx, mapping_id: int) -> str:
    """The document of a mapping version, as it was."""
    found: str = tx.execute(select(table.c.body).where(table.c.id == mapping_id)).scalar_one()
    return found
