"""What a deletion is weighed against: when the record that it speaks of was last delivered."""

from collections.abc import Sequence
from typing import NamedTuple

from crmbridge.ledger import bulk, streams
from crmbridge.ledger.transaction import LedgerTx


class Delivery(NamedTuple):
    """The last delivery of a record that changed it: the vendor's own time, and when it arrived here."""

    modified_us: int | None
    seen_us: int


_LIVE = (
    "SELECT external_id, modified_us, last_seen_us FROM raw_record"
    " WHERE stream_id = :stream_id AND deleted = 0 AND external_id IN {wanted}"
)


_DEAD = (
    "SELECT external_id FROM raw_record WHERE stream_id = :stream_id AND deleted = 1"
    " AND last_seen_us >= :since_us ORDER BY last_seen_us DESC, id DESC LIMIT :most"
)


def dead(tx: LedgerTx, connection_id: int, object_name: str, *, since_us: int, most: int) -> list[str]:
    """The records that are kept as deleted and whose deletion arrived since then, the latest first."""
    stream_id = streams.find(tx, connection_id, object_name)
    if stream_id is None:
        return []
    rows = bulk.select(tx, _DEAD, stream_id=stream_id, since_us=since_us, most=most)
    return [external_id for (external_id,) in rows]


def live(tx: LedgerTx, connection_id: int, object_name: str, external_ids: Sequence[str]) -> dict[str, Delivery]:
    """Those of the records that are kept and not deleted, with their last delivery."""
    stream_id = streams.find(tx, connection_id, object_name)
    rows = [] if stream_id is None else bulk.fetch(tx, _LIVE, external_ids, stream_id=stream_id)
    return {external_id: Delivery(modified_us, seen_us) for external_id, modified_us, seen_us in rows}
