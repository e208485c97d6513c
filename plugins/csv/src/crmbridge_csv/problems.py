"""What stands in a file and is no record, said with its place: the problems, and the notices about a whole file."""

from collections.abc import Mapping

from crmbridge.adapter.contract import Problem
from crmbridge_csv.encodings import shown
from crmbridge_csv.limits import MAX_SHOWN_CHARS
from crmbridge_csv.scan import Fault
from crmbridge_csv.table import Table


def problem(
    table: Table,
    line: int,
    code: str,
    message: str,
    *,
    cells: list[str] | None = None,
    external_id: str | None = None,
    field: str | None = None,
    **params: object,
) -> Problem:
    """One row that is no record, at `FILE:LINE`; the row itself as far as it can be shown."""
    raw = None if cells is None else shown(table.layout.dialect.separator.join(cells), MAX_SHOWN_CHARS)
    position = f"{table.source.name}:{line}"
    return Problem(code, message, params, position, field, external_id, raw)


def faulty(table: Table, line: int, fault: Fault) -> Problem:
    """A line that is no row."""
    return Problem(fault.code, fault.message, fault.params, f"{table.source.name}:{line}", raw=fault.raw)


def ragged(table: Table, line: int, cells: list[str]) -> Problem:
    """A row of too few or too many cells: nobody can tell which cell belongs where."""
    template = "this row has {found} cells, the header has {expected}"
    return problem(table, line, "RAGGED_ROW", template, cells=cells, found=len(cells), expected=len(table.names))


def is_no_text(text: str) -> bool:
    """Whether a text holds marks of undecodable bytes, or NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return "\0" in text


def no_text(table: Table, line: int, cells: list[str]) -> Problem:
    """A row that cannot be text: bytes that the encoding does not have, or NUL."""
    if any("\0" in cell for cell in cells):
        return problem(table, line, "NUL_BYTE", "this row contains NUL bytes", cells=cells)
    template = "this row is no text in {encoding}"
    return problem(table, line, "UNDECODABLE", template, cells=cells, encoding=table.codec.name)


def notice(code: str, message: str, params: Mapping[str, object]) -> Problem:
    """Something to tell about a file as a whole."""
    return Problem(code, message, params)


COUNTED = {
    "duplicates": ("DUPLICATE_ROWS", "{count} rows of {object} repeat an earlier one exactly and count once"),
    "blank_keys": ("BLANK_KEYS", "{count} rows of {object} have no key and were left out, as declared"),
    "blank_rows": ("BLANK_ROWS", "{count} rows of {object} are empty"),
    "totals": ("TOTAL_ROWS", "{count} rows of {object} are totals and no records, as declared"),
    "headers": ("REPEATED_HEADERS", "{count} rows of {object} repeat the header: were files put together?"),
    "inner_boms": ("BOM_INSIDE", "{count} rows of {object} begin with a byte order mark, which was dropped"),
    "join_repeats": ("JOIN_REPEATS", "{count} rows joined to {object} repeat a key; the first of each counts"),
    "empty_files": ("EMPTY_FILE", "{count} files of {object} hold nothing at all"),
}
"""What is counted while a file is read, and told once on the last page."""
