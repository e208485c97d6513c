"""A system whose times are whole seconds gives two edits of one second the same revision.

What was read within that second may have been edited after it, and a write that is conditional on the revision would
pass over that edit. A list that lags behind shows such a copy for as long as it lags. So a record whose copy may be of
that kind is read again by its id, once the second is over, before anything is written to it.
"""

from collections.abc import Sequence

from crmbridge.adapter.contract import Fetches, Payload, RawRecord
from crmbridge.ledger import raw
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.raw import Pending
from crmbridge.model.instants import to_us
from crmbridge.sync.answers import answering
from crmbridge.sync.pull import take_in
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.seconds import is_second

SETTLED_US = 2_000_000
"""A record is as it was read where it had not been changed for so long."""


def shaky(planned: Sequence[Write], target: Target) -> frozenset[int]:
    """The ids of writes whose record may have changed under the same revision: they wait for the next round.

    Asks for the records in question, and takes in what they are now.
    """
    if not isinstance(target.adapter, Fetches):
        return frozenset()
    doubtful = _doubtful(planned, target)
    found: set[int] = set()
    for name in sorted({write.object for write, _ in doubtful}):
        some = [(write, payload) for write, payload in doubtful if write.object == name]
        now_us = target.session.around.now_us()
        with answering(target.session.connection):
            records = target.adapter.fetch(name, [str(write.external_id) for write, _ in some])
        found |= {
            write.id
            for (write, payload), record in zip(some, records, strict=True)
            if record is None or not _is_settled(record, payload, now_us)
        }
        with target.session.begin() as tx:
            there = [record for record in records if record is not None]
            take_in(tx, there, target.session.scope(target.objects[name]))
    return frozenset(found)


def _doubtful(planned: Sequence[Write], target: Target) -> list[tuple[Write, Payload]]:
    kept: dict[tuple[str, str], Pending] = {}
    with target.session.around.ledger.read() as tx:
        for name in sorted({write.object for write in planned}):
            ids = [write.external_id for write in planned if write.object == name and write.external_id is not None]
            for item in raw.fetch(tx, target.session.connection_id, name, ids):
                kept[name, item.record.external_id] = item
    held = ((write, kept.get((write.object, str(write.external_id)))) for write in planned)
    close_us = max(SETTLED_US, int(target.lag_s * 1_000_000))
    return [(write, item.record.payload) for write, item in held if item is not None and was_close(item, close_us)]


def was_close(item: Pending, close_us: int) -> bool:
    """Whether it was read close to a change, as lists lag, and its revision is the second of that change."""
    modified = item.record.modified
    return modified is not None and is_second(item.record) and item.seen_us - to_us(modified) < close_us


def _is_settled(record: RawRecord, payload: Payload, now_us: int) -> bool:
    is_same = dict(record.payload) == dict(payload)
    return is_same and record.modified is not None and now_us - to_us(record.modified) >= SETTLED_US
