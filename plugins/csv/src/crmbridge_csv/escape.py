"""The mark against formulas: what a spreadsheet would run is written with an apostrophe before it.

Only a file declared `escape = "excel"` has it, in both directions: reading takes away exactly the mark that writing
put there, so every text comes back as it was, one that begins with apostrophes of its own included.
Rule: OWASP ASVS 1.2.10, with CR, LF, the full-width signs, leading spaces and every line of a cell added.
"""

import re

MARK = "'"
_NEWLINES = re.compile(r"(\r\n|\r|\n)")
_FORMULA = re.compile(r"'*[ \u00a0\u3000]*[=+\-@\t\0＝＋－＠]")
_LEADING_NEWLINE = re.compile(r"'*[ \u00a0\u3000]*[\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?([eE][+-]?\d+)?")


def escape(cell: str) -> str:
    """The cell as a spreadsheet may see it: every line that it would run has a mark."""
    if "\n" not in cell and "\r" not in cell:
        return MARK + cell if _is_risky(cell) else cell
    parts = _NEWLINES.split(cell)
    text = "".join(MARK + part if _is_risky(part) else part for part in parts)
    return MARK + text if _LEADING_NEWLINE.match(cell) else text


def unescape(cell: str) -> str:
    """The cell without the marks that `escape` put there."""
    if MARK not in cell:
        return cell
    if "\n" not in cell and "\r" not in cell:
        return cell[1:] if cell[0] == MARK and _is_risky(cell[1:]) else cell
    if cell[0] == MARK and _LEADING_NEWLINE.match(cell):
        cell = cell[1:]
    parts = _NEWLINES.split(cell)
    return "".join(part[1:] if part[:1] == MARK and _is_risky(part[1:]) else part for part in parts)


def _is_risky(text: str) -> bool:
    """Whether a line would be run, or looks as if a mark of ours were before it."""
    return bool(_FORMULA.match(text)) and not _is_plain_number(text)


def _is_plain_number(text: str) -> bool:
    return any(char.isdigit() for char in text) and text.isascii() and bool(_PLAIN_NUMBER.fullmatch(text))
