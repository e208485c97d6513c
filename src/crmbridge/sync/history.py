"""The vendor's own history of stages: kept verbatim, and read by the mapping into stage events.

A label that the mapping does not name gives the stage UNKNOWN and is kept beside it. History of a record that has not
landed yet waits for it; an edited mapping reads everything again, and no source is asked for that.
"""

from collections.abc import Callable, Sequence

from crmbridge.adapter.contract import Adapter, ListsHistory, Problem, PullRequest, StageChange
from crmbridge.ledger import bulk, feeds, quarantine, stage_changes, stage_events
from crmbridge.ledger.packing import is_id
from crmbridge.ledger.stage_changes import Due, StageChangeRow
from crmbridge.ledger.stage_events import StageEventRow
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import FieldFailure
from crmbridge.mapping.stage_reader import StageReader
from crmbridge.model.instants import to_us
from crmbridge.model.pipeline import UNKNOWN_STAGE
from crmbridge.sync import answers
from crmbridge.sync.outcome import Counts, Step
from crmbridge.sync.session import Session
from crmbridge.sync.telling import notes

_BATCH = 2000


def has_stages(compiled: CompiledObject) -> bool:
    """Whether the object's records move through stages that the source tells."""
    return _reader(compiled) is not None


def _reader(compiled: CompiledObject) -> StageReader | None:
    reader = compiled.staging.reader if compiled.staging else None
    return None if reader is None or reader.source is None else reader


def read_history(session: Session, adapter: Adapter, compiled: CompiledObject, step: Step) -> None:
    """Reads every change of stage after the last one that was read, and what waited for its record.

    Nothing happens where the adapter lists no history or the object has no stages.
    """
    if not isinstance(adapter, ListsHistory) or not has_stages(compiled):
        return
    here = (session.connection_id, compiled.object)
    with session.around.ledger.read() as tx:
        feed = feeds.get(tx, *here, "history")
    step.cursor_before = step.cursor_after = feed.cursor if feed else None
    request = PullRequest(compiled.object, step.cursor_before)
    for page in answers.history(adapter, request, connection=session.connection):
        rows, unusable = _rows(page.changes)
        with session.begin() as tx:
            now_us = session.around.now_us()
            landed = stage_changes.keep(tx, *here, rows, now_us=now_us)
            if problems := [*page.problems, *unusable]:
                quarantine.put(tx, *here, problems, run_id=session.run_id, now_us=now_us)
            feeds.advance(tx, *here, "history", cursor=page.cursor, now_us=now_us)
        read = len(rows)
        step.counts.add(Counts(read=read, landed=landed, unchanged=read - landed, quarantined=len(problems)))
        step.cursor_after = page.cursor
        step.notices += notes(page.notices)
    step.counts.add(tell_history(session, compiled))


def tell_history(session: Session, compiled: CompiledObject) -> Counts:
    """Reads by this mapping what it has not read yet of the history that is kept: new, waiting, or read by another."""
    here, counts, reader = (session.connection_id, compiled.object), Counts(), _reader(compiled)
    if reader is None:
        return counts
    with session.around.ledger.read() as tx:
        feed = feeds.get(tx, *here, "history")
    if feed is None:
        return counts
    if feed.mapping_id != session.mapping_id:
        _each(session, compiled.kind.name, reader, counts, lambda tx, after: _outdated(tx, session, compiled, after))
        with session.begin() as tx:
            feeds.settle(tx, *here, "history", session.mapping_id)
    _each(session, compiled.kind.name, reader, counts, lambda tx, after: _waiting(tx, session, compiled, after))
    return counts


def _outdated(tx: LedgerTx, session: Session, compiled: CompiledObject, after: int) -> list[Due]:
    here = (session.connection_id, compiled.object)
    return stage_changes.outdated(tx, *here, session.mapping_id, after=after, limit=_BATCH)


def _waiting(tx: LedgerTx, session: Session, compiled: CompiledObject, after: int) -> list[Due]:
    return stage_changes.waiting(tx, session.connection_id, compiled.object, after=after, limit=_BATCH)


def _each(
    session: Session,
    kind_name: str,
    reader: StageReader,
    counts: Counts,
    due: Callable[[LedgerTx, int], list[Due]],
) -> None:
    """Batch by batch, each in a transaction of its own; nothing is written where nothing is due."""
    after = 0
    while True:
        with session.begin() as tx:
            batch = due(tx, after)
            if not batch:
                return
            written, updated = stage_events.tell(tx, _events(tx, batch, reader, kind_name))
            stage_changes.mark(tx, [one.id for one in batch], session.mapping_id)
        counts.add(Counts(written=written, updated=updated))
        after = batch[-1].id


def _events(tx: LedgerTx, batch: Sequence[Due], reader: StageReader, kind_name: str) -> list[StageEventRow]:
    present: dict[str, str | None] = {}
    if reader.table.fixed is None:
        ids = list({one.record_id for one in batch})
        present = {row[0]: row[1] for row in bulk.kept(tx, kind_name, ("pipeline",), ids)}
    stages = _Stages(reader)
    return [_event(one, stages, kind_name, present.get(one.record_id)) for one in batch]


def _event(due: Due, stages: "_Stages", kind_name: str, present: str | None) -> StageEventRow:
    row = due.row
    told_us = row.at_us if row.at_us is not None else row.modified_us if row.modified_us is not None else due.seen_us
    pipeline, to_stage = stages[row.pipeline, row.to_label, present]
    from_stage = None if row.from_label is None else stages[row.pipeline, row.from_label, present][1]
    return StageEventRow(
        record_id=due.record_id,
        kind=kind_name,
        pipeline=pipeline,
        from_stage=from_stage,
        to_stage=to_stage,
        at_us=told_us,
        at_precision="sync" if row.at_us is None else row.at_precision,
        origin="vendor",
        vendor_label=row.to_label,
        actor_ref=row.actor,
        latest_us=told_us if row.at_us is None else None,
        change_id=row.change_id,
    )


class _Stages(dict[tuple[str | None, str, str | None], tuple[str | None, str]]):
    """Our pipeline and stage for the vendor's pipeline and label and the record's present pipeline: few, met often."""

    def __init__(self, reader: StageReader) -> None:
        super().__init__()
        self._reader = reader

    def __missing__(self, key: tuple[str | None, str, str | None]) -> tuple[str | None, str]:
        pipeline, label, present = key
        hit = self._reader.past(pipeline, label, present=present)
        found = (
            (present, UNKNOWN_STAGE) if isinstance(hit, FieldFailure) else (hit.pipeline, hit.stage or UNKNOWN_STAGE)
        )
        self[key] = found
        return found


def _rows(changes: Sequence[StageChange]) -> tuple[list[StageChangeRow], list[Problem]]:
    """The changes as they are kept; what no store could hold is a problem."""
    rows, problems = [], []
    for change in changes:
        texts = (change.pipeline, change.from_label, change.to_label, change.by)
        if is_id(change.record_id) and is_id(change.change_id) and all(map(_is_text, texts)):
            rows.append(_row(change))
        else:
            place = ascii(change.change_id[:80])
            problems.append(
                Problem("CHANGE_UNSTORABLE", "a change of stage cannot be kept", position=f"history:{place}")
            )
    return rows, problems


def _row(change: StageChange) -> StageChangeRow:
    return StageChangeRow(
        change.change_id,
        change.record_id,
        change.pipeline,
        change.from_label,
        change.to_label,
        None if change.at is None else to_us(change.at),
        change.precision,
        change.by,
        None if change.modified is None else to_us(change.modified),
    )


def _is_text(text: str | None) -> bool:
    """Whether every store can hold it: no NUL and no half of a surrogate pair."""
    if text is None or (text.isascii() and "\0" not in text):
        return True
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
