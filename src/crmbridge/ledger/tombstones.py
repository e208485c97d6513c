"""What a deletion is weighed against: when the record that it speaks of was last delivered."""

from collections.abc import Sequence

from crmbridge.ledger import bulk, streams
from crmbridge.ledger.transaction import LedgerTx

_LIVE = (
    "SELECT external_id, modified_us FROM raw_record"
    " WHERE stream_id = :stream_id AND deleted = 0 AND external_id IN {wanted}"
)


def live(tx: LedgerTx, connection_id: int, object_name: str, external_ids: Sequence[str]) -> dict[str, int | None]:
    """Those of the records that are kept and not deleted, with the vendor's time of their last delivery."""
    stream_id = streams.find(tx, connection_id, object_name)
    return {} if stream_id is None else dict(bulk.fetch(tx, _LIVE, external_ids, stream_id=stream_id))
