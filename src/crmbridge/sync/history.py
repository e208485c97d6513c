"""The vendor's own history of stages: kept verbatim, and read by the mapping into stage events.

A label that the mapping does not name gives the stage UNKNOWN and is kept beside it. History of a record that has not
landed yet waits for it; an edited mapping reads everything again, and no source is asked for that.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from crmbridge.adapter.contract import Adapter, HistoryPage, ListsHistory, PullRequest
from crmbridge.ledger import bulk, feeds, quarantine, stage_changes, stage_events
from crmbridge.ledger.stage_changes import Due, Row
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.stage_reader import StageReader
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync import answers, erasures
from crmbridge.sync.commits import Commits
from crmbridge.sync.outcome import Counts, Step
from crmbridge.sync.session import Session
from crmbridge.sync.stage_rows import Events, kept_rows
from crmbridge.sync.telling import notes

_AT_ONCE = 20_000
"""Changes in a transaction. Their keys lie all over the indexes: ten times fewer make ten times as much to write."""
_LONGEST_HELD_US = 2_000_000


def has_stages(compiled: CompiledObject) -> bool:
    """Whether the object's records move through stages that the source tells."""
    return _reader(compiled) is not None


def _reader(compiled: CompiledObject) -> StageReader | None:
    reader = compiled.staging.reader if compiled.staging else None
    return None if reader is None or reader.source is None else reader


@dataclass(slots=True)
class _Reading:
    """The history of one object, read by the mapping of this run."""

    session: Session
    compiled: CompiledObject
    events: Events
    linked: dict[str, str] = field(default_factory=dict)
    numbers: stage_events.Numbers = field(default_factory=stage_events.Numbers)
    here: tuple[int, str] = field(init=False)
    places: set[str] = field(default_factory=set)
    """The keys of every problem met now."""

    def __post_init__(self) -> None:
        self.here = (self.session.connection_id, self.compiled.object)

    def tell(self, tx: LedgerTx, due: Sequence[tuple[int, str, int, Row]], *, is_new: bool = False) -> Counts:
        """The changes become events."""
        kind_name = self.compiled.kind.name
        events = self.events.read(due, self.present(tx, due))
        written, updated = stage_events.tell(tx, kind_name, events, is_new=is_new, numbers=self.numbers)
        return Counts(written=written, updated=updated)

    def present(self, tx: LedgerTx, due: Sequence[tuple[int, str, int, Row]]) -> dict[str, str | None]:
        """The pipeline that each record is in now, where the mapping reads it from the record."""
        if not due or not self.events.needs_present:
            return {}
        ids = list({one[1] for one in due})
        return {row[0]: row[1] for row in bulk.kept(tx, self.compiled.kind.name, ("pipeline",), ids)}

    def early(self, tx: LedgerTx, due: Sequence[Due]) -> list[int]:
        """The changes that may mean something else once their records are read: their pipeline is not known yet."""
        present = self.present(tx, due)
        return [one.id for one in due if one.record_id in present and present[one.record_id] is None]


def read_history(session: Session, adapter: Adapter, compiled: CompiledObject, step: Step) -> None:
    """Reads every change of stage after the last one that was read, and before that what waited for its record.

    Nothing happens where the adapter lists no history or the object has no stages.
    """
    reader = _reader(compiled)
    if not isinstance(adapter, ListsHistory) or reader is None:
        return
    step.counts.add(tell_history(session, compiled, are_read=True))
    reading = _Reading(session, compiled, Events(reader))
    with session.around.ledger.read() as tx:
        feed = feeds.get(tx, *reading.here, "history")
    step.cursor_before = step.cursor_after = feed.cursor if feed else None
    pages = answers.history(adapter, PullRequest(compiled.object, step.cursor_before), connection=session.connection)
    with Commits() as commits:
        for some in together(pages, session.around.now_us):
            commits.wait()
            counts, commit = _take(some, reading)
            commits.begin(commit, then=partial(_count, step, some, counts))


def together(pages: Iterable[HistoryPage], now_us: Callable[[], int]) -> Iterator[list[HistoryPage]]:
    """Pages for one transaction each: many small ones together, but none is held for long.

    A page that is empty, or shorter than the one before, often ends a part: what comes next may be waited for, and
    its place is in the cursor. What came before an error is given before the error leaves.
    """
    held: list[HistoryPage] = []
    count, before, since_us = 0, 0, now_us()
    try:
        for page in pages:
            held.append(page)
            size = len(page.changes)
            count += size
            if size == 0 or size < before or count >= _AT_ONCE or now_us() - since_us >= _LONGEST_HELD_US:
                yield held
                held, count, since_us = [], 0, now_us()
            before = size
    except CrmBridgeError:
        if held:
            yield held
        raise
    if held:
        yield held


def _take(pages: Sequence[HistoryPage], reading: _Reading) -> tuple[Counts, Callable[[], None]]:
    """Keeps the changes of some pages and tells those whose records are there; what commits it."""
    session = reading.session
    rows, unusable = kept_rows([change for page in pages for change in page.changes])
    problems = [*(problem for page in pages for problem in page.problems), *unusable]
    if session.erased is not None:
        name, gone = reading.compiled.object, session.erased
        rows = [row for row in rows if not gone.is_record(session.connection, name, row[1])]
        problems = erasures.problems(problems, name, session.connection, gone)
    now_us, mapping_id = session.around.now_us(), session.mapping_id
    with ExitStack() as transaction:
        tx = transaction.enter_context(session.begin())
        kept = stage_changes.keep(tx, *reading.here, rows, now_us=now_us, mapping_id=mapping_id, linked=reading.linked)
        counts = reading.tell(tx, kept.due, is_new=kept.is_new)
        if problems:
            reading.places.update(quarantine.key_of(one, part=quarantine.HISTORY) for one in problems)
            quarantine.put(tx, *reading.here, problems, run_id=session.run_id, now_us=now_us, part="history")
        if pages[-1].complete:
            quarantine.resolve_others(tx, *reading.here, reading.places, now_us=now_us, part=quarantine.HISTORY)
        feeds.advance(tx, *reading.here, "history", cursor=pages[-1].cursor, now_us=now_us, mapping_id=mapping_id)
        unchanged = len(rows) - kept.landed
        counts.add(Counts(read=len(rows), landed=kept.landed, unchanged=unchanged, quarantined=len(problems)))
        return counts, transaction.pop_all().close


def _count(step: Step, pages: Sequence[HistoryPage], counts: Counts) -> None:
    step.counts.add(counts)
    step.cursor_after = pages[-1].cursor
    step.notices += [note for page in pages for note in notes(page.notices)]


def tell_history(session: Session, compiled: CompiledObject, *, are_read: bool = False) -> Counts:
    """Reads by this mapping what it has not read yet of the history that is kept: waiting, or read by another.

    `are_read` says that the records were read by this mapping too. Until then a change of a record in no pipeline goes
    on waiting: a field that nobody asked the source for before may tell its pipeline.
    """
    counts, reader = Counts(), _reader(compiled)
    if reader is None:
        return counts
    reading = _Reading(session, compiled, Events(reader))
    with session.around.ledger.read() as tx:
        feed = feeds.get(tx, *reading.here, "history")
    if feed is None:
        return counts
    if feed.mapping_id != session.mapping_id:
        outdated = partial(stage_changes.outdated, mapping_id=session.mapping_id)
        counts.add(_tell_each(reading, outdated, are_read=are_read))
        with session.begin() as tx:
            feeds.settle(tx, *reading.here, "history", session.mapping_id)
    counts.add(_tell_each(reading, stage_changes.waiting, are_read=are_read))
    return counts


def _tell_each(reading: _Reading, due: Callable[..., list[Due]], *, are_read: bool) -> Counts:
    """Batch by batch, each in a transaction of its own; nothing is written where nothing is due."""
    after, counts = 0, Counts()
    while True:
        with reading.session.begin() as tx:
            batch = due(tx, *reading.here, after=after, limit=_AT_ONCE)
            if not batch:
                return counts
            counts.add(reading.tell(tx, batch))
            early = set() if are_read else set(reading.early(tx, batch))
            stage_changes.mark(tx, [one.id for one in batch if one.id not in early], reading.session.mapping_id)
            stage_changes.mark(tx, [*early], None)
        after = batch[-1].id
