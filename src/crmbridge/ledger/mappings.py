"""The versions of each connection's mapping: which one read a record, and what it could not supply."""

from collections.abc import Iterable, Mapping

import orjson

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx

_MAKE = (
    "INSERT INTO mapping_version (connection_id, hash, body, unknown, created_us)"
    " VALUES (:connection_id, :hash, :body, :unknown, :now_us) RETURNING id"
)


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
    place = {"connection_id": connection_id, "hash": mapping_hash}
    sql = "SELECT id FROM mapping_version WHERE connection_id = :connection_id AND hash = :hash"
    row = bulk.first(tx, sql, **place)
    if row is None:
        text = orjson.dumps({name: sorted(fields) for name, fields in unknown.items()}).decode()
        [row] = bulk.select(tx, _MAKE, **place, body=body, unknown=text, now_us=now_us)
    return int(row[0])


def unknown_fields(tx: LedgerTx) -> dict[int, dict[str, frozenset[str]]]:
    """For each mapping id and object, the fields that its source cannot supply."""
    rows = bulk.select(tx, "SELECT id, unknown FROM mapping_version")
    return {
        mapping_id: {name: frozenset(fields) for name, fields in orjson.loads(text).items()}
        for mapping_id, text in rows
    }


def body(tx: LedgerTx, mapping_id: int) -> str:
    """The document of a mapping version, as it was."""
    [(found,)] = bulk.select(tx, "SELECT body FROM mapping_version WHERE id = :id", id=mapping_id)
    return str(found)
