"""The lines of a table as rows of cells, each with its place, and nothing lost where the quoting is broken.

The csv module parses strictly. Where a row breaks (a quote that never closes swallows everything after it), only the
line where it began is given up, and parsing goes on with the next one.

Nearly always each line is one row: then the csv module takes hundreds of lines at once, and only a block in which that
is not so is read again line by line.
"""

import csv
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, repeat

from crmbridge.adapter.contract import Problem
from crmbridge_csv.blanks import BLANKS, BrokenQuote, split
from crmbridge_csv.encodings import shown
from crmbridge_csv.limits import MAX_CELL_CHARS, MAX_SHOWN_CHARS

BOM = "\ufeff"
INNER_BOMS = "inner_boms"
_BLOCK_LINES = 512


Fault = Problem
"""Why a line is no row, as a problem that does not know its place yet."""

Scanned = tuple[int, int, list[str], Fault | None]
"""The line where a row begins, the line after it, its cells, or why it has none. A blank line is a row of no cells."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are told apart."""

    separator: str = ","
    quote: str = '"'

    @property
    def joint(self) -> str:
        """What stands between the cells of a row that is shown to somebody."""
        return " " if self.separator == BLANKS else self.separator


def scan(lines: Iterator[str], dialect: Dialect, first_line: int, seen: Counter[str]) -> Iterator[Scanned]:
    """Every row of the lines, the first of which has the number `first_line`.

    Byte order marks before a row (files that were put together) are dropped and counted in `seen`.
    """
    if csv.field_size_limit() != MAX_CELL_CHARS:
        csv.field_size_limit(MAX_CELL_CHARS)
    if dialect.separator == BLANKS:
        return _scan_blanks(lines, dialect.quote, first_line, seen)
    return chain.from_iterable(_scan_blocks(lines, dialect, first_line, seen))


def _scan_blocks(
    lines: Iterator[str], dialect: Dialect, first_line: int, seen: Counter[str]
) -> Iterator[Iterable[Scanned]]:
    """The rows of some lines at a time."""
    begin = first_line
    while block := list(islice(lines, _BLOCK_LINES)):
        rows = _one_for_each(block, dialect)
        if rows is not None:
            end = begin + len(block)
            yield zip(range(begin, end), range(begin + 1, end + 1), rows, repeat(None), strict=False)
            begin = end
            continue
        for scanned in _scan_lines(block, lines, dialect, begin, seen=seen):
            begin = scanned[1]
            yield (scanned,)


def _one_for_each(block: list[str], dialect: Dialect) -> list[list[str]] | None:
    """The rows of lines that are one row each; None where a row takes several, is broken, or has a mark before it."""
    if BOM in "".join(block):
        return None
    try:
        rows = list(_reader(block, dialect))
    except csv.Error:
        return None
    return rows if len(rows) == len(block) else None


def _scan_lines(
    block: Iterable[str], lines: Iterator[str], dialect: Dialect, first_line: int, *, seen: Counter[str]
) -> Iterator[Scanned]:
    """The rows that begin in a block, the last of which may take lines behind it."""
    pending = deque(block)
    taken: list[str] = []
    after = first_line
    while pending:
        rows = _reader(_feed(lines, pending, taken, seen), dialect)
        try:
            for cells in rows:
                line = after
                after += len(taken)
                taken.clear()
                yield line, after, cells, None
                if not pending:
                    return
        except csv.Error as error:
            line = after
            after += 1
            fault = _fault(error, taken[0])
            pending.extendleft(reversed(taken[1:]))
            taken.clear()
            yield line, after, [], fault


def _scan_blanks(lines: Iterator[str], quote: str, first_line: int, seen: Counter[str]) -> Iterator[Scanned]:
    """The rows of a file whose cells stand apart by blanks: each line is one."""
    for line, text in enumerate(lines, first_line):
        body = text.rstrip("\r\n")
        if body[:1] == BOM:
            seen[INNER_BOMS] += 1
            body = body[1:]
        if len(body) > MAX_CELL_CHARS:
            yield line, line + 1, [], _fault(csv.Error("field larger"), body)
            continue
        try:
            yield line, line + 1, split(body, quote), None
        except BrokenQuote:
            reason = "unexpected end" if body.count(quote) % 2 else "a cell goes on behind its quote"
            yield line, line + 1, [], _fault(csv.Error(reason), body)


def _reader(lines: Iterable[str], dialect: Dialect) -> "Iterator[list[str]]":
    if not dialect.quote:
        return csv.reader(lines, delimiter=dialect.separator, quoting=csv.QUOTE_NONE, quotechar=None, strict=True)
    return csv.reader(lines, delimiter=dialect.separator, quotechar=dialect.quote, strict=True)


def _feed(lines: Iterator[str], pending: deque[str], taken: list[str], seen: Counter[str]) -> Iterator[str]:
    """The lines handed back first, then the others; each is remembered until its row is complete."""
    while True:
        line = pending.popleft() if pending else next(lines, None)
        if line is None:
            return
        if line[0] == BOM and not taken:
            seen[INNER_BOMS] += 1
            line = line[1:]
        taken.append(line)
        yield line


def _fault(error: csv.Error, first_line: str) -> Fault:
    raw = shown(first_line.rstrip("\r\n"), MAX_SHOWN_CHARS)
    reason = str(error)
    if "field larger" in reason:
        return Problem(
            "CELL_TOO_LONG",
            "a cell is longer than {limit} characters, or its quote is never closed",
            {"limit": MAX_CELL_CHARS},
            raw=raw,
        )
    if "unexpected end" in reason:
        return Problem("UNCLOSED_QUOTE", "a quote opens here and is never closed", raw=raw)
    return Problem("BAD_QUOTING", "the quotes of this row cannot be right: {reason}", {"reason": reason}, raw=raw)
