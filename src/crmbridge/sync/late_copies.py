"""A list may lag behind: it gives a record as it was before what we already know of it.

Where two systems are kept in step that is no trifle: the old value would look like an edit and win. So a record that is
older than the one that is kept is asked for by id, and what that says is taken in instead; and so is one of the same
whole second that says something else, for nobody can tell which of them is the older.
"""

from collections.abc import Sequence
from dataclasses import replace

from crmbridge.adapter.contract import Adapter, Fetches, RawRecord
from crmbridge.ledger import raw
from crmbridge.ledger.packing import Packed
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.sync.answers import answering
from crmbridge.sync.packets import Batch
from crmbridge.sync.session import Session

_ASK = 100
_SECOND_US = 1_000_000


def without(
    session: Session, adapter: Adapter, compiled: CompiledObject, batch: Batch
) -> tuple[Batch, list[RawRecord]]:
    """The batch without late copies, and the records that they are copies of, as they are now.

    Nothing is asked where the object is not paired, or where its source cannot be asked by id.
    """
    if compiled.kind.name not in session.paired or not isinstance(adapter, Fetches):
        return batch, []
    told = {one.external_id: one for one in batch.records if one.modified_us is not None}
    with session.around.ledger.read() as tx:
        kept = raw.stamps(tx, session.connection_id, compiled.object, sorted(told))
        known = [(told[external_id], *stamp) for external_id, stamp in kept.items()]
        late = {one.external_id for one, at_us, _ in known if (one.modified_us or 0) < at_us}
        same = [one for one, at_us, digest in known if _is_second(one, at_us) and one.digest != digest]
        late |= _contradicting(tx, session, compiled, same)
    if not late:
        return batch, []
    found: list[RawRecord | None] = []
    asked = sorted(late)
    for start in range(0, len(asked), _ASK):
        with answering(session.connection):
            found += adapter.fetch(compiled.object, asked[start : start + _ASK])
    rest = [one for one in batch.records if one.external_id not in late]
    return replace(batch, records=rest), _there(found)


def _is_second(one: Packed, at_us: int) -> bool:
    """Whether it was modified in the very second, and no finer time, of the one that is kept."""
    return one.modified_us == at_us and at_us % _SECOND_US == 0


def _contradicting(tx: LedgerTx, session: Session, compiled: CompiledObject, told: Sequence[Packed]) -> set[str]:
    """Those that give a field which is kept another value."""
    if not told:
        return set()
    ids = sorted(one.external_id for one in told)
    kept = {
        item.record.external_id: item.record.payload
        for item in raw.fetch(tx, session.connection_id, compiled.object, ids)
    }
    return {
        one.external_id
        for one in told
        if any(
            name in kept[one.external_id] and kept[one.external_id][name] != value
            for name, value in one.content.items()
        )
    }


def _there(found: Sequence[RawRecord | None]) -> list[RawRecord]:
    """What is not there by id is left as it is kept: only a deletion that is told, or asked about, deletes."""
    return [record for record in found if record is not None and not record.deleted]
