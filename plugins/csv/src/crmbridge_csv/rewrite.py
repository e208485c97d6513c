"""A file written anew beside itself: what was not touched stays byte for byte, and a crash leaves the old or the new.

Lines are told apart as bytes, so that not even a spelling that an encoding knows twice is changed on the way.
"""

import csv
import io
import os
import re
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal

from crmbridge.model.errors import ConfigError, Unavailable
from crmbridge_csv import encodings
from crmbridge_csv.encodings import MARK, Codec
from crmbridge_csv.files import Source, Stamp, changed, stamp
from crmbridge_csv.limits import SAMPLE_BYTES
from crmbridge_csv.scan import BOM, Dialect, Fault
from crmbridge_csv.table import Layout, Table, read_header

_BYTE_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
LINES = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_ENDING = re.compile(r"(\r\n|\n|\r)\Z")

RawRow = tuple[int, bytes, list[str], Fault | None]
"""A row as it stands in the file: its line, its bytes, its cells, or why it has none."""


class RawTable:
    """An open file whose rows keep their bytes. `prefix` is all that stands above the first row."""

    def __init__(self, source: Source, layout: Layout, stream: BinaryIO) -> None:
        head = stream.read(SAMPLE_BYTES)
        stream.seek(0)
        self.codec: Codec = encodings.detect(layout.encoding, head, source.name)
        encodings.check_sample(self.codec, head, 0 if layout.header else layout.preamble + 1, source.name)
        bom = stream.read(len(self.codec.bom))
        self._raws: deque[bytes] = deque()
        lines = self._decoded(_byte_lines(stream, self.codec, source))
        self.table: Table = read_header(source, layout, self.codec, lines, sample=head)
        self.prefix = bom + self._take(self.table.after - 1)

    def rows(self) -> Iterator[RawRow]:
        """Every row with its bytes."""
        for line, after, cells, fault in self.table.rows:
            yield line, self._take(after - line), cells, fault

    def _decoded(self, raws: Iterator[bytes]) -> Iterator[str]:
        for raw in raws:
            self._raws.append(raw)
            yield raw.decode(self.codec.name, MARK)

    def _take(self, count: int) -> bytes:
        return b"".join(self._raws.popleft() for _ in range(min(count, len(self._raws))))


@contextmanager
def open_raw(source: Source, layout: Layout) -> Iterator[tuple[RawTable, Stamp]]:
    """A file with its bytes, and how it stood when it was opened."""
    try:
        stream = source.path.open("rb")
    except OSError as error:
        raise Unavailable("{file} cannot be read: {reason}", file=source.name, reason=error.strerror) from error
    with stream:
        opened = stamp(source, stream.fileno())
        yield RawTable(source, layout, stream), opened


def _byte_lines(stream: BinaryIO, codec: Codec, source: Source) -> Iterator[bytes]:
    if not codec.is_wide:
        for raw in stream:
            yield from _BYTE_LINES.findall(raw) if b"\r" in raw[:-2] or raw[-1:] == b"\r" else (raw,)
        return
    data = stream.read()
    whole = len(data) - len(data) % len(codec.newline)
    try:
        text = data[:whole].decode(codec.name, "surrogatepass")
    except UnicodeDecodeError as error:
        raise ConfigError("{file} is not {encoding}", file=source.name, encoding=codec.name) from error
    for line in LINES.findall(text):
        yield line.encode(codec.name, "surrogatepass")
    if data[whole:]:
        yield data[whole:]


def replace_file(source: Source, opened: Stamp, write: Callable[[BinaryIO], None]) -> None:
    """Puts a new content in the file's place, at once or not at all.

    Unavailable where the file is no more as it was `opened`, or the disk does not take it; then the old file stands.
    """
    target = Path(os.path.realpath(source.path))
    temporary: str | None = None
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(target, temporary)
        if stamp(source) != opened:
            raise changed(source)
        Path(temporary).replace(target)
        temporary = None
        _sync_folder(target.parent)
    except OSError as error:
        raise Unavailable("{file} cannot be written: {reason}", file=source.name, reason=error.strerror) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                Path(temporary).unlink()


def _sync_folder(folder: Path) -> None:
    """Makes the new name last; some systems cannot open a folder, and need not."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def ending_of(text: str) -> str:
    """How a line ends."""
    found = _ENDING.search(text)
    return found[0] if found else ""


def with_cells(text: str, values: dict[int, str], dialect: Dialect) -> str:
    """The text of a row with some cells replaced, the others exactly as they were written."""
    mark = BOM if text.startswith(BOM) else ""
    ending = ending_of(text)
    body = text[len(mark) : len(text) - len(ending)]
    pieces = _pieces(body, dialect)
    for place, value in values.items():
        pieces[place] = written(value, dialect, is_quoted=_is_quoted(pieces[place], dialect))
    return mark + dialect.separator.join(pieces) + ending


def new_row(cells: Sequence[str], like: str | None, dialect: Dialect, ending: str) -> str:
    """The text of a new row, quoted as the row `like` is."""
    pieces = _pieces(like[: len(like) - len(ending_of(like))], dialect) if like else []
    styles = [_is_quoted(piece, dialect) for piece in pieces]
    styles = styles if len(styles) == len(cells) else [False] * len(cells)
    told = (written(cell, dialect, is_quoted=style) for cell, style in zip(cells, styles, strict=True))
    return dialect.separator.join(told) + ending


def written(value: str, dialect: Dialect, *, is_quoted: bool) -> str:
    """One cell as it is written: quoted where its neighbours are, or where it has to be."""
    if not dialect.quote:
        return value
    buffer = io.StringIO()
    quoting: Literal[0, 1] = csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL
    # The second cell keeps a single empty one from being quoted for being alone.
    csv.writer(buffer, delimiter=dialect.separator, quotechar=dialect.quote, quoting=quoting).writerow((value, ""))
    text = buffer.getvalue().removesuffix("\r\n")
    return text[: text.rindex(dialect.separator)]


def _is_quoted(piece: str, dialect: Dialect) -> bool:
    return bool(dialect.quote) and piece.startswith(dialect.quote)


def _pieces(body: str, dialect: Dialect) -> list[str]:
    """The cells of a row as they are written, quotes included."""
    if not dialect.quote:
        return body.split(dialect.separator)
    pieces, start = [], 0
    at_start, is_quoted, is_open = True, False, False
    for at, char in enumerate(body):
        if char == dialect.quote and (at_start or is_quoted):
            is_quoted, is_open = True, not is_open
        elif char == dialect.separator and not is_open:
            pieces.append(body[start:at])
            start, at_start, is_quoted = at + 1, True, False
            continue
        at_start = False
    return [*pieces, body[start:]]
