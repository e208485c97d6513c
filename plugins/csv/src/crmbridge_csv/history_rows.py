"""The rows of a file of history, sorted: by record, and those of one record as they happened.

A file may have any order, and those of one record must come in theirs. So rows go into a temporary database of the
operating system's choosing, which spills to disk, and memory does not grow with the file.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Self

from crmbridge.adapter.contract import Problem
from crmbridge.model.errors import Unavailable
from crmbridge.model.instants import to_us
from crmbridge_csv.files import Source, Stamp, changed
from crmbridge_csv.history_plan import Columns, HistoryPlan
from crmbridge_csv.limits import MAX_SCANNED_ROWS
from crmbridge_csv.opening import open_table
from crmbridge_csv.problems import conflicting, faulty, is_no_text, lacking, no_text, ragged, timeless
from crmbridge_csv.seen import Seen
from crmbridge_csv.shape import cleaner, revision_of
from crmbridge_csv.table import Table

_BATCH = 1_000
_CREATE = (
    "CREATE TABLE move (record TEXT, at_us INT, place INT, precision TEXT, pipeline TEXT, source TEXT, target TEXT,"
    " actor TEXT, key TEXT)"
)


class Move(NamedTuple):
    """One row: `place` counts the rows of all files, "" is a cell that is empty or a column that is not named."""

    record: str
    at_us: int
    place: int
    precision: str
    pipeline: str
    left: str
    entered: str
    by: str
    key: str


class Stopped(Exception):
    """The reading is to stop, and has nothing to show yet."""


class Moves:
    """All rows of some files, out of memory. `counts` are what was passed over on the way."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute(_CREATE)
        self._db.execute("BEGIN")
        self._batch: list[Move] = []
        self.counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def add(self, move: Move) -> None:
        """Keeps a row."""
        self._batch.append(move)
        if len(self._batch) == _BATCH:
            self._flush()

    def in_order(self) -> Iterator[Move]:
        """The rows, by record and time; of one instant as they stand in the file, which may run backwards."""
        self._flush()
        upwards = "" if self._runs_forward() else "DESC"
        for row in self._db.execute(f"SELECT * FROM move ORDER BY record, at_us, place {upwards}"):  # noqa: S608 - ours
            yield Move(*row)

    def _runs_forward(self) -> bool:
        edges = "SELECT at_us FROM move ORDER BY place {} LIMIT 1"
        first, last = (self._db.execute(edges.format(way)).fetchone() for way in ("ASC", "DESC"))
        return first is None or first[0] <= last[0]

    def _flush(self) -> None:
        try:
            self._db.executemany("INSERT INTO move VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", self._batch)
        except sqlite3.Error as error:
            raise Unavailable("there is no room to sort the history: {reason}", reason=str(error)) from error
        self._batch.clear()


class HistoryRows:
    """One pass over the files of a plan, which fills `moves`. `stamps` are how the files have to stand."""

    def __init__(
        self, plan: HistoryPlan, moves: Moves, stamps: Mapping[Source, Stamp], is_stopped: Callable[[], bool]
    ) -> None:
        self._plan, self._moves, self._stamps, self._is_stopped = plan, moves, stamps, is_stopped
        self._keys = Seen()
        self._place = 0
        self._table: Table | None = None

    def verify(self) -> None:
        """Unavailable where the file being read has changed since it was opened."""
        if self._table:
            self._table.verify()

    def problems(self) -> Iterator[Problem]:
        """Reads every row; those that are no moves are given. ConfigError for a missing column."""
        for source in self._plan.sources():
            with open_table(source, self._plan.layout) as table:
                if table.opened != self._stamps.get(source, table.opened):
                    raise changed(source)
                self._table = table
                try:
                    if table.names:
                        yield from self._of(table, self._plan.columns(table))
                    else:
                        self._moves.counts["empty_files"] += 1
                    table.verify()
                finally:
                    self._table = None
                self._moves.counts.update(table.seen)

    def _of(self, table: Table, columns: Columns) -> Iterator[Problem]:
        clean = cleaner(table.layout.padding, escaped=self._plan.escaped)
        width, counts = len(table.names), self._moves.counts
        for line, _, row, fault in table.rows:
            self._place += 1
            if self._place % MAX_SCANNED_ROWS == 0 and self._is_stopped():
                raise Stopped
            if fault is not None:
                yield faulty(table, line, fault)
                continue
            cells = clean(row) if clean is not None else row
            if not any(cells):
                counts["blank_rows"] += 1 if cells else 0
            elif row == table.header:
                counts["headers"] += 1
            elif len(cells) != width:
                yield ragged(table, line, cells)
            elif is_no_text("".join(cells)):
                yield no_text(table, line, cells)
            else:
                found = self._move(table, line, cells, columns)
                if isinstance(found, Problem):
                    yield found
                elif found is not None:
                    self._moves.add(found)

    def _move(self, table: Table, line: int, cells: list[str], columns: Columns) -> Move | Problem | None:
        """The move of a row, what is wrong with it, or None where the same row came before."""
        options, record, entered = self._plan.options, columns.record(cells), columns.entered(cells).strip()
        written = columns.at(cells).strip()
        for column, cell in ((", ".join(options.record), record), (options.to, entered), (options.at, written)):
            if not cell or cell.isspace():
                return lacking(table, line, cells, column)
        moment = self._plan.read_time(written)
        if moment is None:
            return timeless(table, line, cells, options.at, value=written, formats=options.format)
        key = ""
        if columns.key is not None:
            key = columns.key(cells).strip()
            if not key:
                return lacking(table, line, cells, options.key or "")
            revision = revision_of("\0".join(cells))
            before = self._keys.meet(key, revision)
            if before is not None:
                self._moves.counts["duplicates"] += before == revision
                return None if before == revision else conflicting(table, line, cells, key, of_row=options.key)
        at, precision = moment
        left, by, pipeline = columns.left(cells).strip(), columns.by(cells).strip(), columns.pipeline(cells).strip()
        return Move(record, to_us(at), self._place, precision, pipeline, left, entered, by, key)
