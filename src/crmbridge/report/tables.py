"""Listings as tables: which tables there are, their headings and cells; and the plain form for files and pipes.

A coloured terminal gets the same cells from the CLI. Plain tables have no frame and break no line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crmbridge.report import words
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.listing import FIGURES, Column, Listing
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


def tables(listing: Listing, catalog: Catalog) -> list[Table]:
    """The tables of a listing: one for each section that has rows, or one for all."""
    if not listing.sections:
        return [_table("", listing.columns, listing.rows, catalog)]
    by_name = {column.name: column for column in listing.columns}
    made = []
    for section in listing.sections:
        rows = [row for row in listing.rows if row.get("section") == section.key]
        columns = [by_name[name] for name in section.columns]
        if rows:
            made.append(_table(catalog.text(section.title), columns, rows, catalog))
    return made


def _table(title: str, columns: Sequence[Column], rows: Sequence[Mapping[str, object]], catalog: Catalog) -> Table:
    headings = tuple(catalog.text(column.title) for column in columns)
    cells = tuple(tuple(_cell(row, column, catalog) for column in columns) for row in rows)
    if len(rows) == 1 and len(columns) >= UPRIGHT_FROM:
        pairs = tuple((heading, text) for heading, text in zip(headings, cells[0], strict=True) if text)
        return Table(title, (catalog.text(FIGURE), catalog.text(VALUE)), (False, True), pairs)
    return Table(title, headings, tuple(column.kind in FIGURES for column in columns), cells)


def _cell(row: Mapping[str, object], column: Column, catalog: Catalog) -> str:
    return words.cell(row[column.name], column.kind, catalog) if column.name in row else ""


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


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for text, width, to_the_right in zip(cells, widths, right, strict=True):
        space = " " * (width - text_width(text))
        padded.append(space + text if to_the_right else text + space)
    return "  ".join(padded).rstrip()
