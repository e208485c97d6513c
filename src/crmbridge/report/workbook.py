"""Neutral records as an XLSX workbook in which nothing can run: no text is a formula or a link."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from crmbridge.model.kinds import FieldType
from crmbridge.report.flat import NUMBERS, Record, columns, flat, number, types

SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
EXACT_DIGITS = 15
"""What a spreadsheet holds: rows of a sheet, characters of a cell, digits of a number."""

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True, slots=True)
class Written:
    """How many records a workbook holds, and how many texts were longer than a cell."""

    records: int
    cut: int


def xlsx(kind_name: str, records: Iterable[Record], file: Path) -> Written:
    """The workbook, row by row. What one sheet cannot hold goes on on the next.

    A number with more digits than a cell keeps exactly is written as text.
    """
    import xlsxwriter  # noqa: PLC0415 - slow to import, and only for this format

    names, held = columns(kind_name), types(kind_name)
    kinds = [held.get(name) for name in names]
    count = cut = 0
    with xlsxwriter.Workbook(str(file), OPTIONS) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = _sheet(book, kind_name, names)
        for record in records:
            if count and count % (SHEET_ROWS - 1) == 0:
                sheet = _sheet(book, kind_name, names)
            row = flat(record)
            cut += _fill(sheet, count % (SHEET_ROWS - 1) + 1, [row.get(name) for name in names], kinds, day)
            count += 1
    return Written(count, cut)


def _sheet(book: Any, kind_name: str, names: Sequence[str]) -> Any:  # noqa: ANN401 - xlsxwriter has no types
    number_of = len(book.worksheets()) + 1
    sheet = book.add_worksheet(kind_name if number_of == 1 else f"{kind_name} {number_of}")
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(names):
        sheet.write_string(0, place, name)
    return sheet


def _fill(sheet: Any, line: int, values: Sequence[object], kinds: Sequence[FieldType | None], day: object) -> int:  # noqa: ANN401
    """Writes one row and gives how many of its texts were cut."""
    cut = 0
    for place, (value, held) in enumerate(zip(values, kinds, strict=True)):
        if value is None or value == "":
            continue
        figure = number(value) if held in NUMBERS else None
        if isinstance(value, bool):
            sheet.write_boolean(line, place, value)
        elif figure is not None and fits(figure):
            sheet.write_number(line, place, float(figure))
        elif held is FieldType.DATE:
            sheet.write_datetime(line, place, date.fromisoformat(str(value)), day)
        else:
            text = str(value)
            cut += len(text) > CELL_CHARACTERS
            sheet.write_string(line, place, text[:CELL_CHARACTERS])
    return cut


def fits(figure: Decimal) -> bool:
    """Whether a cell keeps the number to its last digit."""
    return len(figure.normalize().as_tuple().digits) <= EXACT_DIGITS
