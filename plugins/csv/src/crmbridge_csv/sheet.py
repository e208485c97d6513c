"""One sheet of a workbook as a table: the same rows of texts as a CSV file has, each with its number."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbridge.adapter.contract import Problem
from crmbridge_csv.encodings import Codec
from crmbridge_csv.files import Source
from crmbridge_csv.limits import MAX_CELL_CHARS, MAX_SHOWN_CHARS
from crmbridge_csv.scan import Scanned
from crmbridge_csv.table import Layout, Table, different
from crmbridge_csv.values import Value, is_long, text_of
from crmbridge_csv.workbook import Workbook, open_workbook

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

Rows = Iterator[tuple[int, list[Value]]]
Range = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Head:
    """The names over the columns: their texts, where they stand, and the number of their row (0: there is none)."""

    cells: list[str]
    line: int
    merged: int


@contextmanager
def open_sheet(source: Source, layout: Layout) -> Iterator[Table]:
    """The table of a sheet, closed at the end. Columns with neither a name nor a value are left out."""
    with open_workbook(source) as book:
        name = book.choose(layout.sheet)
        sheet = book.sheet(name)
        seen = Counter(_notices(book, name, layout))
        head = _head(sheet, layout)
        seen["merged_header"] = head.merged
        ranges = sheet.merged_cell_ranges or []
        seen["merged_cells"] = sum(1 for (first, _), _ in ranges if first >= head.line)
        places, names = _columns(sheet, head, layout)
        header = [head.cells[place] if place < len(head.cells) else "" for place in places] if head.line else None
        yield Table(
            source=Source(source.path, f"{source.name}[{name}]"),
            layout=layout,
            codec=Codec("utf-8"),
            sample=b"",
            names=names,
            header=header,
            rows=_texts(rows_of(sheet, max(head.line, layout.preamble)), places, len(names), seen),
            after=head.line + 1,
            seen=seen,
            descriptor=book.descriptor,
            opened=book.opened,
        )


def rows_of(sheet: "CalamineSheet", after: int = 0) -> Rows:
    """The rows below a number, to the last one with a value; each from column A on."""
    end = sheet.end
    if end is None:
        return
    # The library leaves blank columns and perhaps rows before the first value out: both are counted from the end.
    above = end[0] + 1 - sum(1 for _ in sheet.iter_rows())
    for number, cells in enumerate(sheet.iter_rows(), above + 1):
        if number > after:
            yield number, [*[""] * (end[1] + 1 - len(cells)), *cells] if len(cells) <= end[1] else cells


def _notices(book: Workbook, name: str, layout: Layout) -> dict[str, int]:
    hidden = len(book.hidden) if layout.sheet is None else 0
    return {"hidden_sheets": hidden, "error_cells": book.errors.get(name, 0)}


def _head(sheet: "CalamineSheet", layout: Layout) -> _Head:
    """The first row below the preamble that is not blank; a merged cell gives its name to all that it covers."""
    if layout.header:
        return _Head([], 0, 0)
    ranges = sheet.merged_cell_ranges or []
    above: dict[int, list[str]] = {}
    for line, cells in rows_of(sheet):
        above[line] = [text_of(value) for value in cells]
        if line > layout.preamble and any(above[line]):
            texts = above[line]
            filled = _spread(texts, line, above, ranges)
            return _Head(filled, line, sum(1 for was, now in zip(texts, filled, strict=True) if was != now))
    return _Head([], 0, 0)


def _spread(texts: Sequence[str], line: int, above: dict[int, list[str]], ranges: Sequence[Range]) -> list[str]:
    found = list(texts)
    for (top, left), (bottom, right) in ranges:
        if top < line <= bottom + 1 and top + 1 in above and left < len(found):
            found[left : right + 1] = [above[top + 1][left]] * len(found[left : right + 1])
    return found


def _columns(sheet: "CalamineSheet", head: _Head, layout: Layout) -> tuple[Sequence[int], tuple[str, ...]]:
    """Where the columns of the table stand, and their names."""
    if layout.header:
        return range((sheet.end or (0, -1))[1] + 1), tuple(layout.header)
    unnamed = [place for place, cell in enumerate(head.cells) if not cell]
    filled: set[int] = set()
    if unnamed:
        for _, cells in rows_of(sheet, head.line):
            filled.update(place for place in unnamed if cells[place] != "")
    names = {place: cell or f"column#{place + 1}" for place, cell in enumerate(head.cells) if cell or place in filled}
    padding = layout.padding
    places = range(len(head.cells)) if len(names) == len(head.cells) else list(names)
    return places, different([name.strip(padding) if padding else name for name in names.values()])


def _texts(rows: Rows, places: Sequence[int], width: int, seen: Counter[str]) -> Iterator[Scanned]:
    """The rows as texts. Blank ones between others are rows; those at the end are not even counted."""
    whole, blank = range(len(places)) == places, 0
    for line, values in rows:
        kept = values[: len(places)] if whole else [values[place] for place in places]
        cells = [value if type(value) is str else _told(value, seen) for value in kept]
        if not any(cells):
            blank += 1
            continue
        for number in range(line - blank, line):
            yield number, number + 1, [""] * width, None
        blank = 0
        if len(cells) != width and not any(cells[width:]):
            cells = [*cells[:width], *[""] * (width - len(cells))]
        yield line, line + 1, cells, _fault(cells)


def _fault(cells: Sequence[str]) -> Problem | None:
    if max(map(len, cells)) <= MAX_CELL_CHARS:
        return None
    raw = " ".join(cells)[:MAX_SHOWN_CHARS]
    told = {"limit": MAX_CELL_CHARS}
    return Problem("CELL_TOO_LONG", "a cell is longer than {limit} characters", told, raw=raw)


def _told(value: Value, seen: Counter[str]) -> str:
    if is_long(value):
        seen["long_numbers"] += 1
    return text_of(value)
