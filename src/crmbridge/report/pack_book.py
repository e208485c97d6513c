"""A pack as an XLSX workbook: a sheet for each section, numbers as numbers, and nothing in it that can run."""

import io
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crmbridge.model.money import Money, exponent, round_half_up
from crmbridge.report import words
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.listing import Column, Rate, Share
from crmbridge.report.pack import Pack, PackSection, agenda
from crmbridge.report.pack_texts import TITLES
from crmbridge.report.workbook import CELL_CHARACTERS, OPTIONS, fits

_NAME = 31
"""The characters of a sheet's name."""
_OUT_OF = mark("out of")
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def workbook(pack: Pack, texts: Catalog) -> bytes:
    """The workbook; the same pack gives the same bytes."""
    import xlsxwriter  # noqa: PLC0415 - slow to import, and only for this format

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {**OPTIONS, "in_memory": True, "constant_memory": False}) as book:
        book.set_properties({"created": pack.as_of.replace(tzinfo=None), "title": texts.text(pack.title)})
        formats = _Formats(book)
        for number, section in enumerate((agenda(pack.questions), *pack.sections), 1):
            title = f"{number} {texts.text(TITLES[section.key])}".translate(_FORBIDDEN)[:_NAME]
            _fill(book.add_worksheet(title), section, texts, formats)
    return made.getvalue()


class _Formats:
    """The number formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
        self._book = book
        self._made: dict[str, Any] = {}

    def __call__(self, form: str) -> Any:  # noqa: ANN401
        if form not in self._made:
            self._made[form] = self._book.add_format({"bold": True} if form == "head" else {"num_format": form})
        return self._made[form]


def _fill(sheet: Any, section: PackSection, texts: Catalog, formats: _Formats) -> None:  # noqa: ANN401
    sheet.freeze_panes(1, 0)
    place = 0
    for column in section.held:
        is_rate = any(isinstance(row.get(column.name), Rate) for row in section.rows)
        heads = [texts.text(column.title), *([texts.text(_OUT_OF)] if is_rate else [])]
        for one, head in enumerate(heads, place):
            sheet.write_string(0, one, head, formats("head"))
            sheet.set_column(one, one, 18)
        for line, row in enumerate(section.rows, 1):
            held = row.get(column.name)
            _write(sheet, (line, place), held, column, texts, formats)
            if isinstance(held, Rate):
                sheet.write_string(line, place + 1, words.made_of(held))
        place += len(heads)
    for below, note in enumerate(section.why, len(section.rows) + 2):
        sheet.write_string(below, 0, words.visible(texts.message(note.template, note.params))[:CELL_CHARACTERS])


def _write(  # noqa: PLR0917 - where, what, and in which words
    sheet: Any,  # noqa: ANN401
    where: tuple[int, int],
    held: object,
    column: Column,
    texts: Catalog,
    formats: _Formats,
) -> None:
    if held is None:
        return
    found = _number(held, column)
    if found is not None and fits(found[0]):
        sheet.write_number(*where, float(found[0]), formats(found[1]))
    elif isinstance(held, date):
        sheet.write_datetime(*where, held, formats("yyyy-mm-dd"))
    else:
        sheet.write_string(*where, words.cell(held, column.kind, texts)[:CELL_CHARACTERS])


def _number(held: object, column: Column) -> tuple[Decimal, str] | None:
    """A figure as a number with how it is shown; None where it stands as text."""
    match held:
        case Rate():
            return None if held.value is None else (round_half_up(Fraction(held.value), 6), "0.00%")
        case Money():
            decimals = exponent(held.currency)
            form = "#,##0" + ("." + "0" * decimals if decimals else "")
            return held.amount, f'"{held.currency}" {form}'
        case int() | Decimal() | Fraction() if column.kind == "percent" or isinstance(held, Share):
            return round_half_up(Fraction(held), 6), "0.00%"
        case int() if not isinstance(held, bool):
            return Decimal(held), "#,##0"
        case Decimal() | Fraction():
            return round_half_up(Fraction(held), 4), "#,##0.00"
        case _:
            return None
