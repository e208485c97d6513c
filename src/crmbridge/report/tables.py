"""Listings as tables: which tables there are, their headings and cells; and the plain form for files and pipes.

A coloured terminal gets the same cells from the CLI. Plain tables have no frame and break no line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crmbridge.model.notes import Note
from crmbridge.report import words
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.listing import FIGURES, Column, Listing, Names
from crmbridge.report.width import width as text_width

UPRIGHT_FROM = 7
"""A single row with at least this many columns is shown upright, one figure a line."""

FIGURE, VALUE = mark("figure"), mark("value")


@dataclass(frozen=True, slots=True)
class Table:
    """One table ready to be shown: headings, whether each column holds figures, and the cells."""

    title: str
    headings: tuple[str, ...]
    right: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    footnotes: tuple[str, ...] = ()


class _Footnotes:
    """The reasons why figures of one table are unavailable: each stands once, below, under its number."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._numbers: dict[str, int] = {}

    def cell(self, reason: Note) -> str:
        """What stands in the cell: that the figure is unavailable, and the number of the reason."""
        text = words.cell(reason, "text", self._catalog)
        number = self._numbers.setdefault(text, len(self._numbers) + 1)
        return f"{self._catalog.text(words.UNAVAILABLE)} [{number}]"

    def lines(self) -> tuple[str, ...]:
        """The reasons, in the order of their numbers."""
        return tuple(f"[{number}] {text}" for text, number in self._numbers.items())


def tables(listing: Listing, catalog: Catalog) -> list[Table]:
    """The tables of a listing: one for each section that has rows, or one for all."""
    if not listing.sections:
        return [_table("", listing.columns, listing.rows, catalog)]
    by_name = {column.name: column for column in listing.columns}
    made = []
    for section in listing.sections:
        rows = [row for row in listing.rows if row.get("section") == section.key]
        called = section.headings
        columns = [replace(by_name[name], title=called.get(name, by_name[name].title)) for name in section.columns]
        if rows:
            made.append(_table(catalog.text(section.title), columns, rows, catalog))
    return made


def _table(title: str, columns: Sequence[Column], rows: Sequence[Mapping[str, object]], catalog: Catalog) -> Table:
    headings = tuple(catalog.text(column.title) for column in columns)
    footnotes = _Footnotes(catalog)
    cells = tuple(tuple(_cell(row, column, catalog, footnotes) for column in columns) for row in rows)
    if len(rows) == 1 and len(columns) >= UPRIGHT_FROM:
        pairs = tuple((heading, text) for heading, text in zip(headings, cells[0], strict=True) if text)
        return Table(title, (catalog.text(FIGURE), catalog.text(VALUE)), (False, True), pairs, footnotes.lines())
    right = tuple(_holds_figures(column, rows) for column in columns)
    return Table(title, headings, right, cells, footnotes.lines())


def _holds_figures(column: Column, rows: Sequence[Mapping[str, object]]) -> bool:
    """Whether the column stands at the right edge; one of any values does where one of them is no text."""
    if column.kind != "value":
        return column.kind in FIGURES
    return not all(isinstance(row.get(column.name), str | Names | Note | list | None) for row in rows)


def _cell(row: Mapping[str, object], column: Column, catalog: Catalog, footnotes: _Footnotes) -> str:
    if column.name not in row:
        return ""
    held = row[column.name]
    if isinstance(held, Note) and column.kind in FIGURES:
        return footnotes.cell(held)
    return words.cell(held, column.kind, catalog)


def plain(table: Table) -> Iterable[str]:
    """The lines of a table without a frame: columns two spaces apart, figures to the right, Chinese at its width."""
    if table.title:
        yield table.title
    widths = [
        max([text_width(heading), *(text_width(row[place]) for row in table.rows)])
        for place, heading in enumerate(table.headings)
    ]
    yield _line(table.headings, widths, table.right)
    yield "  ".join("-" * width for width in widths)
    for row in table.rows:
        yield _line(row, widths, table.right)
    yield from table.footnotes


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for text, width, to_the_right in zip(cells, widths, right, strict=True):
        space = " " * (width - text_width(text))
        padded.append(space + text if to_the_right else text + space)
    return "  ".join(padded).rstrip()
