"""Reads landed records again: those an edited mapping has not read yet, and those that wait in quarantine.

No source is asked; the payloads are in the ledger.
"""

from crmbridge.ledger import quarantine, raw, records
from crmbridge.mapping.objects import CompiledObject
from crmbridge.sync.normalise import normalise
from crmbridge.sync.outcome import Counts
from crmbridge.sync.session import Session

_BATCH = 1000


def read_pending(session: Session, compiled: CompiledObject) -> Counts:
    """Every record of the object that this mapping has not read yet; nothing is written where there is none."""
    counts, after = Counts(), 0
    while True:
        with session.begin() as tx:
            batch = raw.pending(
                tx, session.connection_id, compiled.object, session.mapping_id, limit=_BATCH, after=after
            )
            if not batch:
                raw.settle(tx, session.connection_id, compiled.object, session.mapping_id)
                return counts
            counts.add(normalise(tx, batch, session.scope(compiled)))
        after = batch[-1].raw_id


def read_quarantined(session: Session, compiled: CompiledObject) -> Counts:
    """Every landed record of the object that waits in quarantine, once more with the mapping as it is."""
    with session.begin() as tx:
        waiting = quarantine.listing(tx, connection_id=session.connection_id, object_name=compiled.object)
        ids = [row.external_id for row in waiting if row.external_id is not None and row.mapping_id is not None]
    counts = Counts()
    for start in range(0, len(ids), _BATCH):
        with session.begin() as tx:
            batch = raw.fetch(tx, session.connection_id, compiled.object, ids[start : start + _BATCH])
            counts.add(normalise(tx, batch, session.scope(compiled)))
    return counts


def resolve_references(session: Session, compiled: CompiledObject) -> int:
    """Fills in references whose target came later than they did; how many."""
    with session.begin() as tx:
        return records.resolve_references(tx, compiled.kind, source=session.scope(compiled).source)
