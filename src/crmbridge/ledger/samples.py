"""What the records that were delivered last look like."""

from sqlalchemy import select

from crmbridge.ledger import raw, streams
from crmbridge.ledger.schema import raw_record
from crmbridge.ledger.transaction import LedgerTx


def latest_fields(tx: LedgerTx, connection_id: int, object_name: str, *, count: int = 20) -> list[frozenset[str]]:
    """The names of the fields in each of the live records whose payload arrived last; empty where there are none."""
    stream_id = streams.find(tx, connection_id, object_name)
    latest = (
        select(raw_record.c.external_id)
        .where(raw_record.c.stream_id == stream_id, raw_record.c.deleted == 0)
        .order_by(raw_record.c.last_seen_us.desc(), raw_record.c.id.desc())
        .limit(count)
    )
    kept = raw.fetch(tx, connection_id, object_name, list(tx.execute(latest).scalars()))
    return [frozenset(item.record.payload) for item in kept]
