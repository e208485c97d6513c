"""Cells that stand apart by blanks: any number of spaces and tabs is one separator, around a line they are none."""

import re
from functools import cache

BLANKS = "blanks"
"""The separator's name."""
_BLANK = " \t"


class BrokenQuote(ValueError):
    """A quote that does not end where its cell ends."""


def split(line: str, quote: str) -> list[str]:
    """The cells of a line. A cell with blanks of its own stands in quotes; BrokenQuote where those cannot be right."""
    if not quote or quote not in line:
        return _plain().findall(line)
    cells = []
    for quoted, inside, plain in _quoted(quote).findall(line):
        if plain.startswith(quote):
            raise BrokenQuote
        cells.append(inside.replace(quote * 2, quote) if quoted else plain)
    return cells


@cache
def _plain() -> re.Pattern[str]:
    return re.compile(f"[^{_BLANK}]+")


@cache
def _quoted(quote: str) -> re.Pattern[str]:
    inside = f"(?:[^{quote}]|{quote}{quote})*"
    return re.compile(f"({quote}({inside}){quote})(?=[{_BLANK}]|$)|([^{_BLANK}]+)")
