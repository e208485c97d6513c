"""What each source described of itself, kept whenever it changed: the past that drift is seen against."""

import orjson
import xxhash

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx

_LAST = "SELECT {} FROM catalog_snapshot WHERE connection_id = :connection_id ORDER BY id DESC LIMIT 1"
_MAKE = (
    "INSERT INTO catalog_snapshot (connection_id, hash, body, taken_us) VALUES (:connection_id, :hash, :body, :now_us)"
)


def store(tx: LedgerTx, connection_id: int, body: str, *, now_us: int) -> bool:
    """Keeps a catalog's JSON; True where it differs from the last one (then, and only then, it is written)."""
    digest = signed(xxhash.xxh3_64_intdigest(body.encode()))
    last = bulk.first(tx, _LAST.format("hash"), connection_id=connection_id)
    if last is not None and last[0] == digest:
        return False
    bulk.run(tx, _MAKE, connection_id=connection_id, hash=digest, body=body, now_us=now_us)
    return True


def latest(tx: LedgerTx, connection_id: int) -> str | None:
    """The JSON of the last catalog of a connection."""
    last = bulk.first(tx, _LAST.format("body"), connection_id=connection_id)
    return None if last is None else last[0]


def had_field(tx: LedgerTx, connection_id: int, object_name: str, field_name: str) -> bool:
    """Whether any catalog of a connection described that field; the last one is looked at first."""
    sql = "SELECT body FROM catalog_snapshot WHERE connection_id = :connection_id ORDER BY id DESC"
    quoted = orjson.dumps(field_name).decode()
    return any(
        info["name"] == object_name and any(field["name"] == field_name for field in info["fields"])
        for (body,) in bulk.select(tx, sql, connection_id=connection_id)
        if quoted in body
        for info in orjson.loads(body)["objects"]
    )


def signed(digest: int) -> int:
    """An unsigned 64-bit hash as the signed number that both engines store."""
    return digest - 2**64 if digest >= 2**63 else digest
