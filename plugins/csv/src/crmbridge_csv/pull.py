"""Pages of one object, each with a cursor, and what is to be said about files that changed since the last time."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from crmbridge.adapter.contract import Page, Problem, RawRecord
from crmbridge_csv import cursor as cursors
from crmbridge_csv.cursor import Cursor, Memory
from crmbridge_csv.files import Identity, Source, changed, identify, stamp, stat_digest
from crmbridge_csv.limits import MAX_SCANNED_ROWS
from crmbridge_csv.plan import Plan
from crmbridge_csv.problems import columns_lost, columns_new, counted, not_complete, shrank, unchanged
from crmbridge_csv.reading import Reading, columns_of


def pull(
    plan: Plan, cursor_text: str | None, is_stopped: Callable[[], bool], *, reached: str | None = None
) -> Iterator[Page]:
    """Everything after the cursor while the files are as they were, else everything.

    Files that hold what they held when they were last read to the end give one page without records, and the cursor
    that came in. A reading is only `complete` when it is declared so, began at the first row, and no row was lost.
    With `reached` come only the pages behind that one, as they are without it; Unavailable where the files have
    changed since it was read.
    """
    cursor = cursors.parse(cursor_text)
    if cursor and cursor.plan != plan.fingerprint:
        cursor = None
    place = cursors.parse(reached)
    if place and place.at is None:
        return
    sources = [*plan.sources(), *(source for _, source, _ in plan.joined())]
    if not place and cursor and cursor.at is None and cursor.is_settled and _stat(sources) == cursor.stat:
        yield _unchanged(plan, cursor_text)
        return
    identity = identify(sources)
    if place and (place.plan, place.content) != (plan.fingerprint, identity.content):
        raise changed(sources[0])
    is_same = cursor is not None and cursor.content == identity.content
    if cursor and is_same and cursor.at is None:
        yield _unchanged(plan, cursor_text)
        return
    start = cursor.at if cursor and is_same and cursor.at is not None else 0
    pager = _Pager(plan, sources, identity, start, cursor.memory if cursor else None)
    yield from pager.pages(is_stopped, taken=place.at if place and place.at else 0)


def _stat(sources: list[Source]) -> str:
    return stat_digest(sources, (stamp(source) for source in sources))


def _unchanged(plan: Plan, cursor_text: str | None) -> Page:
    return Page((), cursor_text or "", notices=(unchanged(plan.options.file),))


class _Pager:
    """Cuts one reading into pages. `start` is how many rows are known already."""

    def __init__(
        self, plan: Plan, sources: list[Source], identity: Identity, start: int, memory: Memory | None
    ) -> None:
        self._plan, self._identity, self._start, self._memory = plan, identity, start, memory
        self._columns = columns_of(plan)
        stamps = dict(zip(sources, identity.stamps, strict=True))
        self._reading = Reading(plan, known=memory.knows if memory else lambda _: False, stamps=stamps)
        self._records: list[RawRecord] = []
        self._problems: list[Problem] = []
        self._notices = self._column_notices() if start == 0 else []
        self._at = 0

    def pages(self, is_stopped: Callable[[], bool], *, taken: int = 0) -> Iterator[Page]:
        """The pages from `start` on, or behind the rows `taken` already; at least one, no further one after a stop."""
        size, began, first = self._plan.page_size, 0, max(self._start, taken)
        if taken:
            self._notices = []
        with closing(self._reading.items()) as items:
            for item in items:
                is_full = len(self._records) + len(self._problems) >= size
                if is_full or self._at - began >= MAX_SCANNED_ROWS:
                    began = self._at
                    if self._at >= first:
                        yield self._page(self._at)
                    if is_stopped():
                        if self._at < first:
                            yield self._page(first)
                        return
                self._at += 1
                if self._at == taken:
                    began = taken
                if item is None or self._at <= first:
                    continue
                if isinstance(item, RawRecord):
                    self._records.append(item)
                else:
                    self._problems.append(item)
        yield self._last_page()

    def _page(self, at: int) -> Page:
        self._reading.verify()
        cursor = self._cursor(at, self._memory)
        page = Page(self._records, cursor, self._problems, notices=self._notices)
        self._records, self._problems, self._notices = [], [], []
        return page

    def _last_page(self) -> Page:
        reading = self._reading
        is_complete = self._plan.options.complete and self._start == 0 and not reading.has_gaps
        self._notices += self._row_notices(is_complete=is_complete)
        if self._plan.options.complete and reading.has_gaps:
            self._notices.append(not_complete(self._plan.name))
        memory = Memory.of(reading.records, [*self._columns, *self._still_awaited()])
        if self._memory and not self._columns:
            memory = replace(self._memory, rows=reading.records)
        cursor = self._cursor(None, memory)
        return Page(
            self._records,
            cursor,
            self._problems,
            complete=is_complete,
            whole=self._start == 0,
            notices=self._notices,
        )

    def _cursor(self, at: int | None, memory: Memory | None) -> str:
        identity = self._identity
        return Cursor(self._plan.fingerprint, identity.stat, identity.content, identity.is_settled, at, memory).text()

    def _still_awaited(self) -> list[str]:
        """Columns that the options name and the file has lost: remembered, so that they go on being absent."""
        options = self._plan.options
        named = [*(options.projection or ()), *(name for join in options.join for name in join.columns)]
        named += [options.modified] if options.modified else []
        return [name for name in dict.fromkeys(named) if name not in self._columns]

    def _column_notices(self) -> list[Problem]:
        if self._memory is None or not self._columns:
            return []
        file = self._plan.options.file
        found = []
        if lost := self._memory.lost(self._columns):
            found.append(columns_lost(file, lost))
        if new := [name for name in self._columns if not self._memory.knows(name)]:
            found.append(columns_new(file, new))
        return found

    def _row_notices(self, *, is_complete: bool) -> list[Problem]:
        options, now = self._plan.options, self._reading.records
        found = list(counted(self._reading.counts, self._plan.name, is_projection=options.projection is not None))
        if self._memory and now < self._memory.rows:
            found.append(shrank(options.file, self._memory.rows, now, is_complete=is_complete))
        return found
