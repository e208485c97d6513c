"""Guesses how a file nobody has described is laid out: separator, lines above the header, header, padding."""

import codecs
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge_csv.blanks import BLANKS
from crmbridge_csv.encodings import BOMS, MARK
from crmbridge_csv.files import Source
from crmbridge_csv.guess_encoding import EncodingGuess, read_start
from crmbridge_csv.scan import Dialect, scan
from crmbridge_csv.table import PADDING

_SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}
_WORDS = {**_SEPARATORS, BLANKS: BLANKS}
_LOOKED_BYTES = 256 * 1024
_LOOKED_ROWS = 500
_LONGEST_NAME = 100
_SURE = 0.9
_SURE_OF_BLANKS = 0.98
_NUMBER = re.compile(r"[^\w\s]{0,3}\s?-?\d[\d.,' ]*(%|[KMB万亿元])?")
_DATE = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?([ T].*)?|\d{1,2}[- ][A-Za-z]{3,9}[-, ]+\d{2,4}([ T].*)?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
_YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True, slots=True)
class LayoutGuess:
    """`header` holds names made up for a file that has none. `evidence` is what each option that is set rests on."""

    separator: str
    preamble: int
    header: tuple[str, ...] | None
    padding: str
    line: int
    evidence: dict[str, Note] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The first rows of a file, cut at one separator. `share` is how many of them have the usual `width`."""

    separator: str
    rows: list[tuple[int, list[str]]]
    width: int
    share: float

    @property
    def start(self) -> int:
        """Where the header is: the first row with most of the usual cells filled; those above it are shorter."""
        return next((place for place, (_, cells) in enumerate(self.rows) if self._is_full(cells)), 0)

    @property
    def is_columnar(self) -> bool:
        """Whether words stand below each other as only columns do: as many in each row, and amounts or dates below."""
        body = [cells for _, cells in self.rows[1:] if len(cells) == self.width]
        if self.width < 2 or self.share < _SURE_OF_BLANKS or len(body) < 2:  # noqa: PLR2004 - a table has two of both
            return False
        return any(all(_form(cell) for cell in column) for column in zip(*body, strict=True))

    def _is_full(self, cells: Sequence[str]) -> bool:
        """Whether a row has as many cells as is usual, or, where they are many, one less or more."""
        if len(cells) == self.width:
            return _filled(cells) * 5 >= self.width * 3
        return self.width > 4 and abs(len(cells) - self.width) == 1 and _filled(cells) * 5 >= self.width * 4  # noqa: PLR2004 - see above


def guess_layout(source: Source, encoding: EncodingGuess) -> LayoutGuess:
    """The layout of a file; ConfigError where it is no table."""
    head = read_start(source, _LOOKED_BYTES)
    bom = next((mark for mark, name in BOMS if name == encoding.name and head.startswith(mark)), b"")
    text = codecs.getincrementaldecoder(encoding.name)(MARK).decode(head[len(bom) :])
    if len(head) == _LOOKED_BYTES:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    if not text.strip():
        raise ConfigError("{file} holds nothing at all", file=source.name)
    return _laid_out(source.name, _best(source.name, text))


def _best(file: str, text: str) -> _Reading:
    """The reading that cuts nearly all rows alike; blanks are tried where no other separator does."""
    readings = [_read(text, separator) for separator in _SEPARATORS]
    best = max((r for r in readings if r.width > 1), key=_merit, default=None)
    is_free_text = file.casefold().endswith(".txt")
    if best is not None and best.share >= (_SURE if is_free_text else 0.5):
        return best
    blanks = _read(text, BLANKS)
    if blanks.is_columnar:
        return blanks
    single = readings[0]
    if is_free_text or single.width > 1 or single.share < _SURE or len(single.rows[0][1][0]) > _LONGEST_NAME:
        raise ConfigError(
            "{file} is no table: its lines do not have the same number of cells, whatever the separator", file=file
        )
    return single


def _read(text: str, separator: str) -> _Reading:
    lines = io.StringIO(text, newline="")
    found = islice(scan(lines, Dialect(separator), 1, Counter()), _LOOKED_ROWS)
    rows = [(line, cells, fault) for line, _, cells, fault in found if fault or any(cells)]
    widths = Counter(len(cells) for _, cells, fault in rows if not fault)
    width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
    whole = [(line, cells) for line, cells, fault in rows if not fault]
    return _Reading(separator, whole, width, count / max(len(rows), 1))


def _merit(reading: _Reading) -> tuple[bool, bool, float, int]:
    """A separator is good where nearly all rows have one width, the first row too; then the wider one."""
    return reading.share >= _SURE, reading.start == 0, reading.share, reading.width


def _laid_out(file: str, reading: _Reading) -> LayoutGuess:
    evidence: dict[str, Note] = {}
    sign = _WORDS[reading.separator]
    line, header = reading.rows[reading.start]
    body = [cells for _, cells in reading.rows[reading.start + 1 :] if len(cells) == reading.width]
    if sign != "comma":
        rows = len(reading.rows)
        told = {
            "file": file,
            "separator": sign,
            "count": round(reading.share * rows),
            "rows": rows,
            "width": reading.width,
        }
        evidence["separator"] = Note(
            "SEPARATOR", "{file}: cut at each {separator}, {count} of the first {rows} rows have {width} cells", told
        )
    return described(
        file, line, header, body, LayoutGuess(sign, line - 1 if reading.start else 0, None, "none", line, evidence)
    )


def described(
    file: str, line: int, header: Sequence[str], body: Sequence[Sequence[str]], found: LayoutGuess
) -> LayoutGuess:
    """A layout with what its header and the rows below tell besides; `found` is what is known already."""
    evidence, names = dict(found.evidence), None
    if found.preamble:
        evidence["preamble"] = Note(
            "PREAMBLE",
            "the header is line {line} of {file}: the lines above it are shorter",
            {"file": file, "line": line},
        )
    if body and _is_data(header, body):
        names = tuple(f"column{number}" for number in range(1, len(body[0]) + 1))
        evidence["header"] = Note(
            "HEADER_MISSING",
            "line {line} of {file} looks like the rows below it, so the columns have no names: give them some",
            {"file": file, "line": line},
        )
    padding = _padding([*([header] if names is None else []), *body])
    if padding != "none":
        evidence["padding"] = Note(
            "PADDING",
            "cells of {file} have tabs or spaces around them, which are no part of what they say",
            {"file": file},
        )
    return replace(found, header=names, padding=padding, evidence=evidence)


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def _is_data(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a first row is data: an amount, a date or an address stands where others stand below.

    Years alone say nothing: they may be names of columns.
    """
    for place, cell in enumerate(header):
        form = _form(cell)
        if form is None or _YEAR.fullmatch(cell.strip()):
            continue
        below = [_form(cells[place]) for cells in body if cells[place].strip()]
        if below and sum(other is form for other in below) * 10 >= len(below) * 9:
            return True
    return False


def looks_measured(cell: str) -> bool:
    """Whether a cell is a date or an amount with decimals, which name nothing."""
    text = cell.strip()
    return bool(_DATE.fullmatch(text) or (_NUMBER.fullmatch(text) and not text.isdigit()))


def _form(cell: str) -> re.Pattern[str] | None:
    return next((form for form in (_DATE, _NUMBER, _MAIL) if form.fullmatch(cell.strip())), None)


def _padding(rows: Sequence[Sequence[str]]) -> str:
    """What stands around the cells: any tab, and spaces where half of a column has them."""
    has_tabs = any(cell.strip(" ") != cell.strip(PADDING["both"]) for cells in rows for cell in cells)
    has_spaces = any(_is_padded(column) for column in zip(*rows, strict=False))
    return {(True, True): "both", (True, False): "tabs", (False, True): "spaces"}.get((has_tabs, has_spaces), "none")


def _is_padded(column: Sequence[str]) -> bool:
    filled = [cell.strip("\t") for cell in column if cell.strip()]
    return sum(cell != cell.strip(" ") for cell in filled) * 2 > len(filled)
