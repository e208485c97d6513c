"""Reads landed records again: those an edited mapping has not read yet, and those that wait in quarantine.

No source is asked; the payloads are in the ledger.
"""

from crmbridge.ledger import quarantine, raw, records, streams
from crmbridge.mapping.objects import CompiledObject
from crmbridge.sync.normalise import normalise
from crmbridge.sync.outcome import Counts
from crmbridge.sync.session import Session

_BATCH = 1000


def read_pending(session: Session, compiled: CompiledObject) -> Counts:
    """Every landed record of the object that this mapping has not read yet; nothing is written where there is none."""
    here, counts, after = (session.connection_id, compiled.object), Counts(), 0
    while True:
        with session.begin() as tx:
            batch = raw.pending(tx, *here, session.mapping_id, limit=_BATCH, after=after)
            if not batch:
                if streams.find(tx, *here) is not None:
                    raw.settle(tx, *here, session.mapping_id)
                return counts
            scope = session.scope(compiled)
            if not after:
                counts.deleted += records.retire(tx, compiled.kind, source=scope.source)
            counts.add(normalise(tx, batch, scope))
        after = batch[-1].raw_id


def read_quarantined(session: Session, compiled: CompiledObject) -> Counts:
    """Every landed record of the object that waits in quarantine since an earlier run, once more."""
    here = (session.connection_id, compiled.object)
    with session.around.ledger.read() as tx:
        ids = quarantine.unreadable(tx, *here, besides_run=session.run_id)
    counts = Counts()
    for start in range(0, len(ids), _BATCH):
        with session.begin() as tx:
            batch = raw.fetch(tx, *here, ids[start : start + _BATCH])
            counts.add(normalise(tx, batch, session.scope(compiled)))
    return counts


def resolve_references(session: Session, compiled: CompiledObject) -> int:
    """Fills in references whose target came later than they did; how many."""
    with session.begin() as tx:
        return records.resolve_references(tx, compiled.kind, source=session.scope(compiled).source)
