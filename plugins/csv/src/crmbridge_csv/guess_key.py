"""Guesses which column names a record, by reading the whole file once: only a column without blanks and repeats can.

Memory is bounded: what is kept is a number for each cell of the columns still in question, and where they become too
many, the least likely columns are given up.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from crmbridge.model.notes import Note
from crmbridge_csv.config import CONTENT_KEY
from crmbridge_csv.files import Source
from crmbridge_csv.guess_layout import looks_measured
from crmbridge_csv.opening import open_table
from crmbridge_csv.shape import fold
from crmbridge_csv.table import Layout, Table

MAX_KEPT_CELLS = 1_500_000
"""How many cells are remembered at a time: about 100 MB."""
_LONG_CELL = 200
_TOTALS = tuple(map(fold, ("合计", "总计", "总额", "小计", "Total", "Totals", "Grand Total", "Subtotal", "Sum")))
_LATIN_ID = re.compile(r"(^|[^a-z])(ids?|uuid|guid|no|nr|num|number|code|key)($|[^a-z])|[a-z]id$")
_NO_ID = re.compile(r"paid|void|valid|grid|\bbid|number of|phone|mobile|fax|zip|post|line|row|serial")
_CHINESE_ID = re.compile("编号|编码|代码|单号|主键|流水号|证号|工号|(?<!手机)(?<!电话)号码|[iI][dD]$")
_NO_CHINESE_ID = re.compile("邮政|邮编|电话|手机|传真|区号")


@dataclass(frozen=True, slots=True)
class KeyGuess:
    """The key, whether equal ones are records of their own, the labels of totals, and what they rest on."""

    key: str
    is_each: bool
    rows: int
    evidence: Note
    totals: tuple[str, ...] = ()
    total_lines: tuple[int, ...] = ()


@dataclass(slots=True)
class _Column:
    """A column that may be the key. `seen` is None once it was given up."""

    name: str
    place: int
    is_named_so: bool
    seen: set[int] | None = field(default_factory=set)
    repeats: int = 0
    blanks: int = 0
    is_measured: bool = True
    is_counted: bool = True

    def take(self, cell: str, row: int) -> None:
        """Remembers a cell; gives the column up at its first fault, unless its name makes it worth telling how many."""
        if self.seen is None:
            return
        short = hash(cell)
        if not cell or cell.isspace():
            self.blanks += 1
        elif short in self.seen:
            self.repeats += 1
        self.seen.add(short)
        self.is_measured = self.is_measured and (looks_measured(cell) or len(cell) > _LONG_CELL)
        self.is_counted = self.is_counted and cell == str(row)
        if (self.repeats or self.blanks) and not self.is_named_so:
            self.seen = None

    @property
    def is_unique(self) -> bool:
        return self.seen is not None and not self.repeats and not self.blanks


def guess_key(source: Source, layout: Layout, stem: str) -> KeyGuess:
    """The key of a file named `stem`; errors of opening it leave as they are."""
    with open_table(source, layout) as table:
        columns = [_Column(name, place, _is_named_so(name)) for place, name in enumerate(table.names)]
        columns = [column for column in columns if column.name != CONTENT_KEY]
        columns.sort(key=lambda column: _rank(column, stem))
        totals = _Totals()
        rows = _read(table, columns, totals)
    labels = tuple(dict.fromkeys(label for label, _ in totals.found if fold(label) not in totals.doubted))
    lines = tuple(line for label, line in totals.found if label in labels)
    key, is_each, evidence = _chosen(source.name, columns, rows)
    return KeyGuess(key, is_each, rows, evidence, labels, lines)


@dataclass(slots=True)
class _Totals:
    """Rows that sum up others, and words that were found to stand at the beginning of records too."""

    found: list[tuple[str, int]] = field(default_factory=list)
    doubted: set[str] = field(default_factory=set)

    def is_one(self, cells: Sequence[str], line: int) -> bool:
        """Whether a row begins with such a word and has not even half of its cells filled."""
        first = next((cell.strip() for cell in cells if cell.strip()), "")
        if len(first) > len("Grand Total:") or fold(first) not in _TOTALS:
            return False
        if sum(1 for cell in cells if cell.strip()) * 2 > len(cells) or len(cells) == 1:
            self.doubted.add(fold(first))
            return False
        self.found.append((first, line))
        return True


def _read(table: Table, columns: list[_Column], totals: _Totals) -> int:
    """Reads the rows as a sync would; how many are records."""
    width, rows, padding = len(table.names), 0, table.layout.padding
    for line, _, row, fault in table.rows:
        if fault is not None or len(row) != width or row == table.header:
            continue
        cells = [cell.strip(padding) for cell in row] if padding else row
        if not any(cells) or totals.is_one(cells, line):
            continue
        rows += 1
        for column in columns:
            if column.seen is not None:
                column.take(cells[column.place], rows)
        if not rows % 10_000 and not _within_bounds(columns):
            break
    return rows


def _within_bounds(columns: list[_Column]) -> bool:
    """Gives up the least likely columns while too many cells are kept; False where one alone is too many."""
    alive = [column for column in columns if column.seen is not None]
    while sum(len(column.seen or ()) for column in alive) > MAX_KEPT_CELLS:
        if len(alive) == 1:
            return False
        alive.pop().seen = None
    return True


def _chosen(file: str, columns: list[_Column], rows: int) -> tuple[str, bool, Note]:
    unique = [column for column in columns if column.is_unique]
    fit = [column for column in unique if column.is_named_so or not (column.is_measured or column.is_counted)]
    fit += [column for column in unique if column.is_counted and column not in fit]
    if not columns or (rows and not fit):
        return CONTENT_KEY, True, _no_key(file, columns, rows)
    best = fit[0] if rows else columns[0]
    return best.name, False, _why(file, best, rows)


def _why(file: str, column: _Column, rows: int) -> Note:
    told: dict[str, object] = {"file": file, "column": column.name, "rows": rows}
    if not rows:
        return Note("KEY_UNTRIED", "{column} is the key of {file} until it has rows that tell otherwise", told)
    if column.is_named_so:
        return Note(
            "KEY_NAMED",
            "{column} is the key of {file}: it is called like one, and all its {rows} cells are filled and different",
            told,
        )
    if column.is_counted:
        return Note(
            "KEY_COUNTED",
            "{column} is the key of {file} for want of a better one: it only counts the rows, so in another order they"
            " are other records",
            told,
        )
    return Note(
        "KEY_UNIQUE",
        "{column} is the key of {file}: the first column whose {rows} cells are all filled and different",
        told,
    )


def _no_key(file: str, columns: list[_Column], rows: int) -> Note:
    """No column is unique; the one that should be, where a name says so, with what is wrong with it."""
    near = next((column for column in columns if column.seen is not None and column.is_named_so), None)
    if near is None:
        return Note(
            "KEY_NONE",
            "no column of {file} is unique: the whole row is its key, so a changed row is another record",
            {"file": file},
        )
    return Note(
        "KEY_NONE",
        "no column of {file} is unique: the whole row is its key, so a changed row is another record;"
        " {column} repeats in {repeats} of {rows} rows and is blank in {blanks}",
        {"file": file, "column": near.name, "repeats": near.repeats, "blanks": near.blanks, "rows": rows},
    )


def _is_named_so(name: str) -> bool:
    """Whether a column is called like an identity: id, number, code, 编号."""
    plain = unicodedata.normalize("NFKC", name)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain).casefold()
    if _NO_ID.search(words) or _NO_CHINESE_ID.search(plain):
        return False
    return bool(_LATIN_ID.search(words) or _CHINESE_ID.search(plain))


def _rank(column: _Column, stem: str) -> tuple[int, int]:
    """The likeliest first: the id of what the file is about, a bare id, any other id, then by place."""
    if not column.is_named_so:
        return 3, column.place
    about = re.sub(r"record|number|编号|编码|代码|id$|no$", "", _letters(column.name))
    if not about:
        return 1, column.place
    return 0 if about.rstrip("s") in _letters(stem) else 2, column.place


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalpha())
