"""Touched records: what came or changed in a paired object, in the order of that, for the next merge of each pair.

A record has one number, which rises whenever it is touched; each pair remembers how far it has looked. A connection may
be an end of several pairs, and what one has looked at the others have not.
"""

from collections.abc import Sequence

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx

_TOUCH = bulk.Upsert(
    "touched", ("external_id", "number"), ("stream_id", "external_id"), ("number",), fixed=("stream_id",)
)
_LOOK = bulk.Upsert("pair_mark", ("pair", "stream_id", "number"), ("pair", "stream_id"), ("number",))


def touch(tx: LedgerTx, stream_id: int, external_ids: Sequence[str]) -> int:
    """Every pair must look at these records of a stream; how many there are."""
    ids = sorted(set(external_ids))
    if not ids:
        return 0
    sql = "SELECT coalesce(max(number), 0) FROM touched WHERE stream_id = :stream_id"
    top = int(bulk.select(tx, sql, stream_id=stream_id)[0][0])
    rows = [(external_id, top + number) for number, external_id in enumerate(ids, 1)]
    return bulk.upsert(tx, _TOUCH, rows, fixed=(stream_id,))


def touch_all(tx: LedgerTx, stream_id: int) -> int:
    """Every pair must look at every record of a stream: a pair is new, or a new mapping reads it."""
    known = bulk.select(tx, "SELECT external_id FROM raw_record WHERE stream_id = :stream_id", stream_id=stream_id)
    return touch(tx, stream_id, [row[0] for row in known])


def touched(tx: LedgerTx, pair: str, stream_id: int, *, limit: int) -> tuple[list[str], int]:
    """Some of the records that a pair has not looked at, the one touched longest ago first, and how far that is."""
    sql = (
        "SELECT external_id, number FROM touched WHERE stream_id = :stream_id AND number > coalesce((SELECT m.number"
        " FROM pair_mark AS m WHERE m.pair = :pair AND m.stream_id = :stream_id), 0) ORDER BY number LIMIT :limit"
    )
    rows = bulk.select(tx, sql, pair=pair, stream_id=stream_id, limit=limit)
    return [row[0] for row in rows], int(rows[-1][1]) if rows else 0


def looked(tx: LedgerTx, pair: str, stream_id: int, number: int) -> None:
    """The pair has looked at everything up to that number."""
    bulk.upsert(tx, _LOOK, [(pair, stream_id, number)])
