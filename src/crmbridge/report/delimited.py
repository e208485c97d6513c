"""CSV that a spreadsheet cannot be made to run.

A text is escaped with an apostrophe where a spreadsheet would take it, or what follows a line break inside it, for a
formula: after leading spaces it starts with `= + - @`, their full-width forms, a tab, a carriage return or NUL. A text
that already looks like an escaped one gets one more apostrophe, so `unescape` gives back exactly what was there.
Numbers are written as numbers and keep their minus sign.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping

BOM = "\ufeff"
"""Without it Excel reads UTF-8 as the machine's own encoding and shows no Chinese."""

_BLANK = r"[ \u00a0\u3000\ufeff\u200b]*"
_TRIGGER = "[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\x00]"
_LINE = re.compile(rf"(^|(?<=[\r\n]))(?='*{_BLANK}{_TRIGGER})")
_ESCAPED = re.compile(rf"(^|(?<=[\r\n]))'(?='*{_BLANK}{_TRIGGER})")


def escape(text: str) -> str:
    """The text with an apostrophe before each start that a spreadsheet would run."""
    return _LINE.sub("'", text)


def unescape(text: str) -> str:
    """What `escape` was given: strips only the marks that it sets."""
    return _ESCAPED.sub("", text)


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
