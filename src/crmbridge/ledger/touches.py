"""Touched records: what came or changed in a paired object and waits for the next merge."""

from collections.abc import Sequence

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx

_TOUCH = bulk.Upsert("touched", ("external_id",), ("stream_id", "external_id"), fixed=("stream_id",))


def touch(tx: LedgerTx, stream_id: int, external_ids: Sequence[str]) -> int:
    """Remembers records of a stream; how many were not remembered yet."""
    return bulk.upsert(tx, _TOUCH, [(external_id,) for external_id in sorted(set(external_ids))], fixed=(stream_id,))


def touch_all(tx: LedgerTx, stream_id: int) -> int:
    """Remembers every record of a stream: a pair that is new, or that a new mapping reads."""
    known = bulk.select(tx, "SELECT external_id FROM raw_record WHERE stream_id = :stream_id", stream_id=stream_id)
    return touch(tx, stream_id, [row[0] for row in known])


def touched(tx: LedgerTx, stream_id: int, *, limit: int, after: str = "") -> list[str]:
    """Some of the remembered records of a stream, in the order of their ids."""
    sql = (
        "SELECT external_id FROM touched WHERE stream_id = :stream_id AND external_id > :after"
        " ORDER BY external_id LIMIT :limit"
    )
    return [row[0] for row in bulk.select(tx, sql, stream_id=stream_id, after=after, limit=limit)]


def forget(tx: LedgerTx, stream_id: int, external_ids: Sequence[str]) -> int:
    """These have been looked at; how many of them were remembered."""
    sql = "DELETE FROM touched WHERE stream_id = :stream_id AND external_id IN {wanted}"
    return bulk.delete(tx, sql, list(external_ids), stream_id=stream_id)
