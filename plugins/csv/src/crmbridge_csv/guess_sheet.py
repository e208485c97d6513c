"""Guesses which sheets of a workbook are tables, and where their headers are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from crmbridge.model.notes import Note
from crmbridge_csv.files import Source
from crmbridge_csv.guess_layout import LayoutGuess, described
from crmbridge_csv.sheet import Range, rows_of
from crmbridge_csv.values import text_of
from crmbridge_csv.workbook import Workbook, open_workbook

_LOOKED_ROWS = 500
_Rows = list[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class SheetGuess:
    """One sheet that is a table. `is_alone` says that nothing has to be declared to mean it."""

    name: str
    label: str
    layout: LayoutGuess
    is_alone: bool


def guess_sheets(source: Source) -> tuple[list[SheetGuess], list[Note]]:
    """The tables of a workbook, and what is to be said of its other sheets; errors of opening it leave as they are."""
    with open_workbook(source) as book:
        filled = [(name, rows) for name in book.tabs if (rows := _start(book, name))]
        is_alone = len(filled) == 1
        found = [
            SheetGuess(name, label, layout, is_alone)
            for name, rows in filled
            if (layout := _layout(label := f"{source.name}[{name}]", rows, book.sheet(name).merged_cell_ranges or []))
        ]
        return found, list(_notes(book, found, {name for name, _ in filled}))


def _notes(book: Workbook, found: Sequence[SheetGuess], filled: set[str]) -> Iterator[Note]:
    file, taken = book.source.name, {sheet.name for sheet in found}
    if not filled:
        yield Note("FILE_LEFT_OUT", "left out: {reason}", {"reason": f"{file} holds nothing at all"})
    if book.hidden:
        told: dict[str, object] = {"file": file, "sheets": ", ".join(book.hidden)}
        yield Note("SHEETS_HIDDEN", "{file} has hidden sheets, which are left out: {sheets}", told)
    for name in book.tabs:
        if name in filled and name not in taken:
            yield Note("SHEET_LEFT_OUT", "left out: {sheet} is no table", {"sheet": f"{file}[{name}]"})


def _start(book: Workbook, name: str) -> _Rows:
    """The first rows of a sheet that hold anything."""
    rows = islice(rows_of(book.sheet(name)), _LOOKED_ROWS)
    texts = [(line, [text_of(value) for value in values]) for line, values in rows]
    return [(line, cells) for line, cells in texts if any(cell.strip() for cell in cells)]


def _layout(label: str, rows: _Rows, ranges: Sequence[Range]) -> LayoutGuess | None:
    """Where the table of a sheet begins: the first row with most of the usual cells filled. None where it is none."""
    counts = Counter(place for _, cells in rows for place, cell in enumerate(cells) if cell.strip())
    usual = sum(1 for count in counts.values() if count > 1 or len(rows) == 1)
    if not usual or (usual == 1 and len(counts) > 1):
        return None
    start = next((at for at, (_, cells) in enumerate(rows) if sum(map(_is_filled, cells)) * 5 >= usual * 3), None)
    if start is None:
        return None
    line = rows[start][0]
    bottoms = [bottom + 1 for (top, _), (bottom, _) in ranges if top + 1 == line < bottom + 1]
    line = min(bottoms, default=line)
    header = next((cells for at, cells in rows if at == line), rows[start][1])
    body = [cells for at, cells in rows if at > line]
    return described(
        label, line, header, body, LayoutGuess("comma", line - 1 if start or bottoms else 0, None, "none", line)
    )


def _is_filled(cell: str) -> bool:
    return bool(cell.strip())
