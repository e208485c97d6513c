"""The file of an export: a zip with one CSV, read row by row and never believed about its own size."""

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from crmbridge.model.errors import Unavailable
from crmbridge_zoho.fields import KEY
from crmbridge_zoho.payload import Shape

MAX_BYTES = 512 * 1024 * 1024
"""The most that an export may be once unpacked."""
_LONGEST_CELL = 1024 * 1024


class ExportFailed(Unavailable):
    """Zoho could not make the export, or it cannot be used: the records are read another way, or later."""


def pages_of(
    path: Path, shape: Shape, size: int, *, skip: int, names: tuple[str, ...]
) -> Iterator[tuple[list[dict[str, object]], int]]:
    """The payloads of an export in pages, after so many rows, each page with the number of the row it ends at."""
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    with _opened(path) as text:
        try:
            reader = csv.reader(text, strict=True)
            columns = shape.cells(next(reader, []))
            _check_columns([key for key, _ in columns], names)
            page: list[dict[str, object]] = []
            number, constants = 0, shape.constants
            for number, cells in enumerate(reader, 1):
                if number <= skip:
                    continue
                if len(cells) != len(columns):
                    raise ExportFailed("row {row} of an export has {cells} cells", row=number, cells=len(cells))
                row = {
                    key: convert(cell) if convert is not None else cell or None
                    for (key, convert), cell in zip(columns, cells, strict=True)
                }
                page.append({**row, **constants} if constants else row)
                if len(page) >= size:
                    yield page, number
                    page = []
            yield page, number
        except (csv.Error, UnicodeDecodeError, zipfile.BadZipFile, EOFError) as error:
            raise ExportFailed("an export cannot be read: {reason}", reason=type(error).__name__) from error


@contextmanager
def _opened(path: Path) -> Iterator[io.TextIOWrapper]:
    """The one CSV in a zip as text, cut off where it grows too large."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [one for one in archive.infolist() if not one.is_dir()]
            if len(inside) != 1 or not inside[0].filename.casefold().endswith(".csv"):
                raise ExportFailed("an export holds {count} files where one CSV was expected", count=len(inside))
            with (
                archive.open(inside[0]) as raw,
                io.TextIOWrapper(io.BufferedReader(_Bounded(raw), 1 << 16), encoding="utf-8-sig", newline="") as text,
            ):
                yield text
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ExportFailed("an export is no zip that can be read: {reason}", reason=type(error).__name__) from error


class _Bounded(io.RawIOBase):
    """A stream that fails once it has given too much."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner
        self._left = MAX_BYTES

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer
        """The next bytes; ExportFailed once there are more than allowed."""
        data = self._inner.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise ExportFailed("an export is larger than {limit} bytes", limit=MAX_BYTES)
        buffer[: len(data)] = data
        return len(data)


def _check_columns(keys: list[str], names: tuple[str, ...]) -> None:
    if KEY not in keys or len(set(keys)) != len(keys):
        raise ExportFailed("an export has no id column, or two columns of one name")
    missing = [name for name in names if name not in keys]
    if missing:
        raise ExportFailed("an export lacks the columns {columns}", columns=", ".join(missing[:5]))
