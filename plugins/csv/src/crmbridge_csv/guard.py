"""What is checked of a workbook before anything reads it: a small file may hold more than fits into memory.

Nothing that a workbook says about itself is trusted. Every part of it is unpacked as a stream and counted: its bytes,
the area of its cells (a sheet is held whole, the blank ones between two cells too) and the texts that they repeat.
"""

import copy
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from crmbridge.model.errors import ConfigError, Unavailable
from crmbridge_csv.limits import MAX_PIECE_BYTES, MAX_SHEET_CELLS, MAX_UNPACKED_BYTES

_CHUNK_BYTES = 1 << 20
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_ANY_SIZE = 1 << 62
_WORKBOOK = "xl/workbook.xml"
_TAG = rb"<(?:[\w.-]+:)?"
_CELL = re.compile(_TAG + rb"c(?=[\s/>])")
_ROW = re.compile(_TAG + rb"row(?=[\s/>])")
_AT = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,4})(\d{1,7})""")
_PLACE = re.compile(_TAG + rb"v(?:\s[^>]*)?>\s*(?:(\d{1,9})|&|<!)")
_TEXT_END = re.compile(rb"</(?:[\w.-]+:)?si\s*>|<(?:[\w.-]+:)?si\s*/>")


@dataclass(slots=True)
class Part:
    """What one file inside a workbook was found to hold. Every figure but the `errors` is at least the true one."""

    columns: set[bytes] = field(default_factory=set)
    rows: int = 0
    last_line: int = 0
    widest: int = 0
    cells: int = 0
    errors: int = 0
    _open_row: int = 0

    @property
    def area(self) -> int:
        """How many cells its rows and columns span."""
        lettered = max((_column(letters) for letters in self.columns), default=0)
        return max(lettered, self.widest) * max(self.rows, self.last_line)

    def take(self, chunk: bytes) -> None:
        """Adds what the next piece of the file holds."""
        self.rows += _count(chunk, b"row")
        cells = _count(chunk, b"c")
        if not cells:
            return
        places = _AT.findall(chunk)
        self.columns.update({letters for letters, _ in places if letters})
        self.last_line = max(self.last_line, max(map(int, {line for _, line in places}), default=0))
        self.cells += cells
        self.errors += chunk.count(b't="e"')
        if sum(1 for letters, _ in places if letters) < cells or self._open_row:
            # Cells without a place of their own stand one beside the other.
            first, *others = (len(_CELL.findall(row)) for row in _ROW.split(chunk))
            self.widest = max(self.widest, self._open_row + first, *others)
            self._open_row = others[-1] if others else self._open_row + first


def _count(chunk: bytes, tag: bytes) -> int:
    """How many tags begin so, at most."""
    return chunk.count(b"<" + tag) + chunk.count(b":" + tag)


def inspect(file: BinaryIO, name: str) -> dict[str, Part]:
    """The parts of a workbook; ConfigError where it is none or holds too much, Unavailable where it is damaged."""
    with undamaged(name), zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if _WORKBOOK not in {member.filename for member in members}:
            raise ConfigError(
                "{file} is a zip and no XLSX workbook", file=name, hint="save it as XLSX, or as CSV in UTF-8"
            )
        return _inspected(archive, members, name)


@contextmanager
def undamaged(name: str) -> Iterator[None]:
    """Unavailable where what is unpacked inside turns out to be damaged."""
    try:
        yield
    except _DAMAGE as error:
        raise Unavailable(
            "{file} is no complete workbook: {reason}", file=name, reason=str(error), hint="is it still being copied?"
        ) from error


def _inspected(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], name: str) -> dict[str, Part]:
    parts: dict[str, Part] = {}
    lengths, unpacked_bytes = array("L"), 0
    for member in members:
        part, text_bytes = Part(), 0
        for chunk in _chunks(archive, member, name):
            unpacked_bytes += len(chunk)
            if unpacked_bytes > MAX_UNPACKED_BYTES:
                raise ConfigError("{file} unpacks to more than {limit} MiB", file=name, limit=MAX_UNPACKED_BYTES >> 20)
            part.take(chunk)
            *ended, rest = (len(text) for text in _TEXT_END.split(chunk))
            lengths.extend([text_bytes + ended[0], *ended[1:]] if ended else [])
            text_bytes = rest if ended else text_bytes + rest
        if part.area > MAX_SHEET_CELLS:
            raise _too_large(name, part.area)
        parts[member.filename] = part
    longest = max(lengths, default=0)
    for member in members:
        if parts[member.filename].cells * longest > MAX_UNPACKED_BYTES:
            _weigh(archive, member, lengths, name)
    return parts


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """The bytes of a part, cut before a tag, so that none is torn."""
    kept, member = b"", copy.copy(member)
    member.file_size = _ANY_SIZE  # the one that is written there ends the reading early, for nobody but us
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            kept += chunk
            cut = kept.rfind(b"<")
            if cut > 0:
                yield kept[:cut]
                kept = kept[cut:]
            elif len(kept) > MAX_PIECE_BYTES:
                raise ConfigError(
                    "{file} holds a piece of more than {limit} MiB, which no table does",
                    file=name,
                    limit=MAX_PIECE_BYTES >> 20,
                )
    yield kept


def _weigh(archive: zipfile.ZipFile, member: zipfile.ZipInfo, lengths: "array[int]", name: str) -> None:
    """ConfigError where the texts that the cells of a sheet name are too long together: each becomes a copy."""
    total_bytes, longest = 0, max(lengths)
    for chunk in _chunks(archive, member, name):
        places = _PLACE.findall(chunk)
        total_bytes += sum(longest if not place else lengths[int(place)] for place in places if _is_in(place, lengths))
        if total_bytes > MAX_UNPACKED_BYTES:
            raise ConfigError(
                "the texts in {file} are longer than {limit} MiB together", file=name, limit=MAX_UNPACKED_BYTES >> 20
            )


def _is_in(place: bytes, lengths: "array[int]") -> bool:
    return not place or int(place) < len(lengths)


def _too_large(name: str, cells: int) -> ConfigError:
    return ConfigError(
        "a sheet of {file} spans {cells} cells, more than {limit}",
        file=name,
        cells=cells,
        limit=MAX_SHEET_CELLS,
        hint="delete what stands far below or beside the table, or save the sheet as CSV",
    )


def _column(letters: bytes) -> int:
    """The number of a column: A is 1, XFD is 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
