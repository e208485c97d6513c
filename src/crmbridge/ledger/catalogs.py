"""What each source described of itself, kept whenever it changed: the past that drift is seen against."""

import orjson
import xxhash
from sqlalchemy import insert, select

from crmbridge.ledger.schema import catalog_snapshot as table
from crmbridge.ledger.transaction import LedgerTx


def store(tx: LedgerTx, connection_id: int, body: str, *, now_us: int) -> bool:
    """Keeps a catalog's JSON; True where it differs from the last one (then, and only then, it is written)."""
    digest = signed(xxhash.xxh3_64_intdigest(body.encode()))
    if digest == tx.execute(_last(connection_id, "hash")).scalar():
        return False
    tx.execute(insert(table).values(connection_id=connection_id, hash=digest, body=body, taken_us=now_us))
    return True


def latest(tx: LedgerTx, connection_id: int) -> str | None:
    """The JSON of the last catalog of a connection."""
    body: str | None = tx.execute(_last(connection_id, "body")).scalar()
    return body


def had_field(tx: LedgerTx, connection_id: int, object_name: str, field_name: str) -> bool:
    """Whether any catalog of a connection described that field; the last one is looked at first."""
    statement = select(table.c.body).where(table.c.connection_id == connection_id).order_by(table.c.id.desc())
    quoted = orjson.dumps(field_name).decode()
    return any(
        info["name"] == object_name and any(field["name"] == field_name for field in info["fields"])
        for (body,) in tx.execute(statement)
        if quoted in body
        for info in orjson.loads(body)["objects"]
    )


def _last(connection_id: int, column: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return select(table.c[column]).where(table.c.connection_id == connection_id).order_by(table.c.id.desc()).limit(1)


def signed(digest: int) -> int:
    """An unsigned 64-bit hash as the signed number that both engines store."""
    return digest - 2**64 if digest >= 2**63 else digest
