"""CSV that a spreadsheet cannot be made to run.

A text is escaped with an apostrophe where a spreadsheet would take it, or what follows a line break inside it, for a
formula: after leading spaces it starts with `= + - @`, their full-width forms, a tab, a line break or NUL. A text that
already looks like an escaped one gets one more apostrophe, so `unescape` gives back exactly what was there. A plain
number keeps its sign. The CSV adapter has the same marks (`escape = "excel"`); a test holds the two together.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping

BOM = "\ufeff"
"""Without it Excel reads UTF-8 as the machine's own encoding and shows no Chinese."""

_MARK = "'"
_BREAKS = re.compile(r"(\r\n|\r|\n)")
_FORMULA = re.compile("'*[ \u00a0\u3000]*[=+\\-@\t\x00\uff1d\uff0b\uff0d\uff20]")
_LEADING_BREAK = re.compile("'*[ \u00a0\u3000]*[\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?([eE][+-]?\d+)?", re.ASCII)


def escape(text: str) -> str:
    """The text with an apostrophe before each start that a spreadsheet would run."""
    marked = "".join(_MARK + line if _runs(line) else line for line in _BREAKS.split(text))
    return _MARK + marked if _LEADING_BREAK.match(text) else marked


def unescape(text: str) -> str:
    """What `escape` was given: strips only the marks that it sets."""
    if text.startswith(_MARK) and _LEADING_BREAK.match(text):
        text = text[1:]
    return "".join(line[1:] if line[:1] == _MARK and _runs(line[1:]) else line for line in _BREAKS.split(text))


def _runs(line: str) -> bool:
    return bool(_FORMULA.match(line)) and not (_NUMBER.fullmatch(line) and any(c.isdigit() for c in line))


def cell(value: object) -> str:
    """A value as a cell: texts escaped, numbers as they are, unknown empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(value) if isinstance(value, str) else str(value)


def text(rows: Iterable[Mapping[str, object]], columns: Iterable[str] | None = None) -> str:
    """The CSV of rows with a header line; without `columns` those of all rows, in the order they come up."""
    held = list(rows)
    names = list(columns) if columns is not None else list(dict.fromkeys(name for row in held for name in row))
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    if names:
        writer.writerow([escape(name) for name in names])
    for row in held:
        writer.writerow([cell(row.get(name)) for name in names])
    return written.getvalue()
