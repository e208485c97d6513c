"""A list may lag behind: it gives a record as it was before what we already know of it.

Where two systems are kept in step that is no trifle: the old value would look like an edit and win. So a record that is
older than the one that is kept is asked for by id, and what that says is taken in instead.
"""

from collections.abc import Sequence
from dataclasses import replace

from crmbridge.adapter.contract import Adapter, Fetches, RawRecord
from crmbridge.ledger import raw
from crmbridge.mapping.objects import CompiledObject
from crmbridge.sync.answers import answering
from crmbridge.sync.packets import Batch
from crmbridge.sync.session import Session

_ASK = 100


def without(
    session: Session, adapter: Adapter, compiled: CompiledObject, batch: Batch
) -> tuple[Batch, list[RawRecord]]:
    """The batch without late copies, and the records that they are copies of, as they are now.

    Nothing is asked where the object is not paired, or where its source cannot be asked by id.
    """
    if compiled.kind.name not in session.paired or not isinstance(adapter, Fetches):
        return batch, []
    told = {one.external_id: one.modified_us for one in batch.records if one.modified_us is not None}
    with session.around.ledger.read() as tx:
        kept = raw.times(tx, session.connection_id, compiled.object, sorted(told))
    late = sorted(external_id for external_id, at_us in told.items() if at_us < kept.get(external_id, at_us))
    if not late:
        return batch, []
    found: list[RawRecord | None] = []
    for start in range(0, len(late), _ASK):
        with answering(session.connection):
            found += adapter.fetch(compiled.object, late[start : start + _ASK])
    rest = [one for one in batch.records if one.external_id not in set(late)]
    return replace(batch, records=rest), _there(found)


def _there(found: Sequence[RawRecord | None]) -> list[RawRecord]:
    """What is not there by id is left as it is kept: only a deletion that is told, or asked about, deletes."""
    return [record for record in found if record is not None and not record.deleted]
