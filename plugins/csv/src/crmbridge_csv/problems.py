"""What stands in a file and is no record, said with its place: the problems, and the notices about a whole file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from crmbridge.adapter.contract import Problem
from crmbridge_csv.encodings import shown
from crmbridge_csv.limits import MAX_SHOWN_CHARS
from crmbridge_csv.scan import Fault
from crmbridge_csv.table import Table


def placed(table: Table, line: int, problem: Problem, cells: list[str] | None = None) -> Problem:
    """A problem at `FILE:LINE`, with the row itself as far as it can be shown."""
    raw = problem.raw if cells is None else shown(table.layout.dialect.joint.join(cells), MAX_SHOWN_CHARS)
    return replace(problem, position=f"{table.source.name}:{line}", raw=raw)


def faulty(table: Table, line: int, fault: Fault) -> Problem:
    """A line that is no row."""
    return placed(table, line, fault)


def ragged(table: Table, line: int, cells: list[str]) -> Problem:
    """A row of too few or too many cells: nobody can tell which cell belongs where."""
    told = {"found": len(cells), "expected": len(table.names)}
    problem = Problem("RAGGED_ROW", "this row has {found} cells, the header has {expected}", told)
    return placed(table, line, problem, cells)


def no_text(table: Table, line: int, cells: list[str]) -> Problem:
    """A row that cannot be text: bytes that the encoding does not have, or NUL."""
    if any("\0" in cell for cell in cells):
        return placed(table, line, Problem("NUL_BYTE", "this row contains NUL bytes"), cells)
    told = {"encoding": table.codec.name}
    return placed(table, line, Problem("UNDECODABLE", "this row is no text in {encoding}", told), cells)


def keyless(table: Table, line: int, cells: list[str], columns: str) -> Problem:
    """A row that nobody could tell from another one."""
    problem = Problem("BLANK_KEY", "this row has nothing in {columns}", {"columns": columns}, field=columns)
    return placed(table, line, problem, cells)


def conflicting(table: Table, line: int, cells: list[str], key: str, *, of_row: str | None = None) -> Problem:
    """A row under the key of another one; `of_row` is the column of the key where it names no record, only the row."""
    problem = Problem(
        "DUPLICATE_KEY",
        "this row has the key {key} of an earlier row and other cells; the earlier one counts",
        {"key": key},
        field=of_row,
        external_id=None if of_row else key,
    )
    return placed(table, line, problem, cells)


def lacking(table: Table, line: int, cells: list[str], column: str) -> Problem:
    """A row of history that lacks what every move has."""
    problem = Problem("BLANK_CELL", "this row has nothing in {column}", {"column": column}, field=column)
    return placed(table, line, problem, cells)


def timeless(table: Table, line: int, cells: list[str], column: str, *, value: str, formats: Sequence[str]) -> Problem:
    """A row of history whose time cannot be read."""
    told = {"column": column, "value": shown(value, MAX_SHOWN_CHARS), "formats": " | ".join(formats) or "2021-04-15"}
    problem = Problem("NO_TIME", "{column} holds {value}, which is no time of the form {formats}", told, field=column)
    return placed(table, line, problem, cells)


def is_no_text(text: str) -> bool:
    """Whether a text holds marks of undecodable bytes, or NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return "\0" in text


_COUNTED = {
    "duplicates": Problem("DUPLICATE_ROWS", "{count} rows of {object} repeat an earlier one exactly and count once"),
    "blank_keys": Problem("BLANK_KEYS", "{count} rows of {object} have no key and were left out, as declared"),
    "blank_rows": Problem("BLANK_ROWS", "{count} rows of {object} are empty"),
    "totals": Problem("TOTAL_ROWS", "{count} rows of {object} are totals and no records, as declared"),
    "headers": Problem("REPEATED_HEADERS", "{count} rows of {object} repeat the header: were files put together?"),
    "inner_boms": Problem("BOM_INSIDE", "{count} rows of {object} begin with a byte order mark, which was dropped"),
    "join_repeats": Problem("JOIN_REPEATS", "{count} rows joined to {object} repeat a key; the first of each counts"),
    "hidden_sheets": Problem("HIDDEN_SHEETS", "{count} hidden sheets stand beside those of {object} and were not read"),
    "merged_header": Problem(
        "MERGED_HEADER", "{count} columns of {object} take their name from a merged cell that begins elsewhere"
    ),
    "merged_cells": Problem(
        "MERGED_CELLS", "{count} merged cells of {object} count for their first cell only, the others are empty"
    ),
    "error_cells": Problem(
        "ERROR_CELLS", "{count} cells of {object} hold an error such as #N/A instead of a value and are read as empty"
    ),
    "long_numbers": Problem(
        "LONG_NUMBERS",
        "{count} numbers of {object} are longer than a spreadsheet keeps: their last digits may be wrong"
        " (ids belong into cells of text)",
    ),
    "no_moves": Problem(
        "NO_MOVES", "{count} rows of {object} name the stage that the record was in already: they are no moves"
    ),
    "empty_files": Problem("EMPTY_FILE", "{count} files of {object} hold nothing at all"),
}


def counted(counts: Counter[str], object_name: str, *, is_projection: bool) -> Iterator[Problem]:
    """What was counted while files were read; of a distinct list not what is a matter of course there."""
    silent = {"duplicates", "blank_keys"} if is_projection else set()
    for name, problem in _COUNTED.items():
        if counts[name] and name not in silent:
            yield replace(problem, params={"count": counts[name], "object": object_name})


def unchanged(file: str) -> Problem:
    """The notice of a file that was not read again."""
    return Problem("UNCHANGED", "{file} has not changed since it was last read", {"file": file})


def not_complete(object_name: str) -> Problem:
    """The notice of a listing that cannot be trusted to be one."""
    return Problem(
        "NOT_COMPLETE",
        "{object} is declared complete; it is not taken so, because rows of it could not be read",
        {"object": object_name},
    )


def columns_lost(file: str, columns: list[str]) -> Problem:
    """The notice of columns that are gone."""
    return Problem(
        "COLUMN_LOST",
        "{file} has lost the columns {columns}: nothing is changed in the records for want of them",
        {"file": file, "columns": ", ".join(columns)},
    )


def columns_new(file: str, columns: list[str]) -> Problem:
    """The notice of columns that were not there before."""
    return Problem("COLUMN_NEW", "{file} has new columns: {columns}", {"file": file, "columns": ", ".join(columns)})


def shrank(file: str, before: int, now: int, *, is_complete: bool) -> Problem:
    """The notice of a file that has fewer records than before."""
    return Problem(
        "FILE_SHRANK",
        "{file} had {before} records and has {now}: it is declared complete, so the missing ones are asked about"
        if is_complete
        else "{file} had {before} records and has {now}: the missing ones are not taken as deleted",
        {"file": file, "before": before, "now": now},
    )
