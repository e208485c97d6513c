"""Records that were deleted and are back, without a newer time of their own: no reading by time would bring them.

    once a day, for each object whose source lists deletions and can be asked by id
      -> what was deleted in the last sixty days (as long as recycle bins keep), the latest thousand, is asked for
      -> what is there again lands like any record; what is not stays as it is

An old deletion that is listed once more deletes it no second time: it is older than this delivery, so the source is
asked first.
"""

from collections.abc import Sequence
from dataclasses import replace

from crmbridge.adapter.contract import Adapter, Fetches, RawRecord
from crmbridge.ledger import samples, shared, tombstones
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.sync.answers import answering
from crmbridge.sync.outcome import Counts
from crmbridge.sync.pull import take_in
from crmbridge.sync.session import Session

DAY_US = 86_400_000_000
REMEMBERED_US = 60 * DAY_US
"""How long ago a record may have been deleted to be asked for."""
MOST = 1_000
"""How many of them are asked for at once, the latest first."""
_ASK = 100


def expect(tx: LedgerTx, session: Session, object_name: str) -> None:
    """Something was deleted that may come back: from tomorrow on it is looked for, where nothing is yet."""
    key = _key(object_name)
    if shared.get(tx, session.connection_id, key) is None:
        now_us = session.around.now_us()
        shared.put(tx, session.connection_id, key, str(now_us), now_us=now_us)


def look_for_restored(session: Session, adapter: Adapter, compiled: CompiledObject) -> Counts:
    """Takes in what is back; looks at most once a day, and at nothing where nothing was deleted lately."""
    now_us, name = session.around.now_us(), compiled.object
    with session.around.ledger.read() as tx:
        looked = shared.get(tx, session.connection_id, _key(name))
        if looked is None or now_us - int(looked) < DAY_US or not isinstance(adapter, Fetches):
            return Counts()
        ids = tombstones.dead(tx, session.connection_id, name, since_us=now_us - REMEMBERED_US, most=MOST)
    found: list[RawRecord] = []
    for start in range(0, len(ids), _ASK):
        with answering(session.connection):
            found += [one for one in adapter.fetch(name, ids[start : start + _ASK]) if one is not None]
    back = [record for record in found if not record.deleted]
    with session.begin() as tx:
        counts, _ = take_in(tx, as_pulled(session, compiled, back), session.scope(compiled))
        shared.put(tx, session.connection_id, _key(name), str(now_us) if ids else None, now_us=now_us)
    return counts


def _key(object_name: str) -> str:
    return f"restored:{object_name}"


def as_pulled(session: Session, compiled: CompiledObject, records: Sequence[RawRecord]) -> list[RawRecord]:
    """Records that were fetched by id, with the fields that a reading would bring, so that the next finds no change."""
    with session.around.ledger.read() as tx:
        latest = samples.latest_fields(tx, session.connection_id, compiled.object, count=5)
    if not latest:
        return list(records)
    fields = session.wanted(compiled).union(*latest)
    return [
        replace(record, payload={name: value for name, value in record.payload.items() if name in fields})
        for record in records
    ]
