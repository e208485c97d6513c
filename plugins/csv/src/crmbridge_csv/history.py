"""Pages of stage changes from a file of history.

A row that names the stage the record is in already is no move: exports that log every edit of a deal have many.
A change is known by the id of its row where a column has one, else by its record, time and stage.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Literal, cast

import xxhash

from crmbridge.adapter.contract import HistoryPage, Problem, StageChange
from crmbridge.model.instants import from_us
from crmbridge_csv import cursor as cursors
from crmbridge_csv.cursor import Cursor
from crmbridge_csv.files import Identity, Source, identify, stamp, stat_digest
from crmbridge_csv.history_plan import HistoryPlan
from crmbridge_csv.history_rows import HistoryRows, Move, Moves, Stopped
from crmbridge_csv.problems import counted, unchanged

NO_HISTORY = "none"
"""The cursor of an object without a file of history."""
_Item = StageChange | Problem


def list_history(plan: HistoryPlan, cursor_text: str | None, is_stopped: Callable[[], bool]) -> Iterator[HistoryPage]:
    """Everything after the cursor while the files are as they were, else everything.

    Files that hold what they held when they were last read to the end give one page without changes, and the cursor
    that came in.
    """
    cursor = cursors.parse(cursor_text)
    if cursor and cursor.plan != plan.fingerprint:
        cursor = None
    sources = plan.sources()
    is_read = cursor is not None and cursor.at is None
    if cursor and is_read and cursor.is_settled and _stat(sources) == cursor.stat:
        yield _unchanged(plan, cursor_text)
        return
    identity = identify(sources)
    is_same = cursor is not None and cursor.content == identity.content
    if is_read and is_same:
        yield _unchanged(plan, cursor_text)
        return
    start = cursor.at if cursor and is_same and cursor.at is not None else 0
    with Moves() as moves:
        stamps = dict(zip(sources, identity.stamps, strict=True))
        rows = HistoryRows(plan, moves, stamps, is_stopped)
        yield from _Pager(plan, identity, start, moves, rows).pages(is_stopped)


def _stat(sources: list[Source]) -> str:
    return stat_digest(sources, (stamp(source) for source in sources))


def _unchanged(plan: HistoryPlan, cursor_text: str | None) -> HistoryPage:
    return HistoryPage((), cursor_text or "", notices=(unchanged(plan.options.file),))


class _Pager:
    """Cuts one reading into pages. `start` is how many problems and changes are known already."""

    def __init__(self, plan: HistoryPlan, identity: Identity, start: int, moves: Moves, rows: HistoryRows) -> None:
        self._plan, self._identity, self._start, self._moves, self._rows = plan, identity, start, moves, rows
        self._changes: list[StageChange] = []
        self._problems: list[Problem] = []

    def pages(self, is_stopped: Callable[[], bool]) -> Iterator[HistoryPage]:
        """The pages from `start` on; at least one, and no further one after a stop."""
        at = 0
        with closing(self._items()) as items:
            try:
                for item in items:
                    if len(self._changes) + len(self._problems) >= self._plan.page_size:
                        yield self._page(at)
                        if is_stopped():
                            return
                    at += 1
                    if at > self._start:
                        self._take(item)
            except Stopped:
                yield self._page(max(at, self._start))
                return
        yield self._page(None)

    def _items(self) -> Generator[_Item]:
        """First every row that is no move, while the files are read, then the moves in their order."""
        yield from self._rows.problems()
        yield from _changes(self._moves)

    def _take(self, item: _Item) -> None:
        if isinstance(item, Problem):
            self._problems.append(item)
        else:
            self._changes.append(item)

    def _page(self, at: int | None) -> HistoryPage:
        """The page so far; `at` None: the last one."""
        self._rows.verify()
        identity, is_last = self._identity, at is None
        cursor = Cursor(self._plan.fingerprint, identity.stat, identity.content, identity.is_settled, at, None)
        notices = counted(self._moves.counts, self._plan.options.file, is_projection=False) if is_last else ()
        complete = is_last and self._start == 0
        page = HistoryPage(self._changes, cursor.text(), self._problems, complete, tuple(notices))
        self._changes, self._problems = [], []
        return page


def _changes(moves: Moves) -> Iterator[StageChange]:
    """The rows as changes; what is no move is counted and passed over."""
    record, stage = "", ("", "")
    met: dict[tuple[int, str, str], int] = {}
    for move in moves.in_order():
        if move.record != record:
            record, stage = move.record, ("", "")
            met.clear()
        if (move.pipeline, move.entered) == stage:
            moves.counts["no_moves"] += 1
            continue
        before = stage[1]
        stage = (move.pipeline, move.entered)
        spot = (move.at_us, *stage)
        met[spot] = met.get(spot, 0) + 1
        yield StageChange(
            record_id=move.record,
            change_id=move.key or _identity(move, met[spot]),
            to_label=move.entered,
            at=from_us(move.at_us),
            from_label=move.left or before or None,
            pipeline=move.pipeline or None,
            by=move.by or None,
            precision=cast("Literal['exact', 'day']", move.precision),
        )


def _identity(move: Move, number: int) -> str:
    """The id of a row that has none, from record, time and stage; `number` tells rows apart that share all of them."""
    told = f"{move.record}\0{move.at_us}\0{move.pipeline}\0{move.entered}\0{number}"
    return xxhash.xxh3_128_hexdigest(told.encode())
