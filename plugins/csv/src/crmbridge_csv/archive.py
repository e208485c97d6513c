"""One table inside a zip, read as a stream.

What the archive says about itself is not trusted: the unpacked bytes are counted as they come, whatever size is
written in it, and nothing is ever unpacked to disk.
"""

import copy
import io
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from crmbridge.model.errors import ConfigError, CrmBridgeError, Unavailable
from crmbridge_csv.config import TABLE_SUFFIXES
from crmbridge_csv.limits import MAX_LINE_BYTES, MAX_UNPACKED_BYTES

_IGNORED = ("__MACOSX/",)
_ANY_SIZE = 1 << 62
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


def is_zip(path: Path) -> bool:
    """Whether the name says that the table is zipped."""
    return path.suffix.casefold() == ".zip"


def open_member(path: Path, name: str) -> tuple[io.BufferedReader, int]:
    """The one table in a zip as a stream, and the open archive's descriptor. The stream closes the archive."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(name, error) from error
    try:
        archive = zipfile.ZipFile(file)
        member = copy.copy(_only_table(archive, name))
        member.file_size = _ANY_SIZE
        return io.BufferedReader(_Counted(archive.open(member), archive, file, name), 1 << 16), file.fileno()
    except _DAMAGE as error:
        file.close()
        raise _damaged(name, error) from error
    except (CrmBridgeError, OSError):
        file.close()
        raise


def _only_table(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith(_IGNORED)]
    for member in members:
        if _leads_out(member.filename):
            raise ConfigError("{file} holds {member}, whose path leads out of it", file=name, member=member.filename)
    if len(members) != 1 or not members[0].filename.casefold().endswith(TABLE_SUFFIXES):
        inside = ", ".join(sorted(m.filename for m in members)[:10]) or "-"
        raise ConfigError(
            "{file} must hold exactly one CSV file, it holds {count} files: {inside}",
            file=name,
            count=len(members),
            inside=inside,
            hint="zip each table by itself",
        )
    if members[0].flag_bits & 0x1:
        raise ConfigError("{file} is encrypted", file=name, hint="zip the table without a password")
    return members[0]


def _leads_out(member: str) -> bool:
    plain = member.replace("\\", "/")
    return ".." in PurePosixPath(plain).parts or plain.startswith("/") or bool(PureWindowsPath(member).drive)


def _damaged(name: str, error: BaseException) -> Unavailable:
    return Unavailable(
        "{file} is no complete zip: {reason}", file=name, reason=str(error), hint="is it still being copied?"
    )


def _unreadable(name: str, error: OSError) -> Unavailable:
    return Unavailable("{file} cannot be read: {reason}", file=name, reason=error.strerror or str(error))


class _Counted(io.RawIOBase):
    """The unpacked bytes, counted: a table that unpacks to more than the limit is refused where it passes it."""

    def __init__(self, stream: IO[bytes], archive: zipfile.ZipFile, file: IO[bytes], name: str) -> None:
        self._stream, self._archive, self._file, self._name = stream, archive, file, name
        self._unpacked_bytes = 0
        self._line_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        try:
            chunk = self._stream.read(len(buffer))
        except _DAMAGE as error:
            raise _damaged(self._name, error) from error
        except OSError as error:
            raise _unreadable(self._name, error) from error
        self._unpacked_bytes += len(chunk)
        self._line_bytes = 0 if b"\n" in chunk or b"\r" in chunk else self._line_bytes + len(chunk)
        if self._unpacked_bytes > MAX_UNPACKED_BYTES:
            raise ConfigError(
                "{file} unpacks to more than {limit} MiB", file=self._name, limit=MAX_UNPACKED_BYTES >> 20
            )
        if self._line_bytes > MAX_LINE_BYTES:
            raise endless_line(self._name)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._archive.close()
            self._file.close()
        super().close()


def endless_line(name: str) -> ConfigError:
    """The refusal of a file that has no lines."""
    return ConfigError(
        "{file} has a line of more than {limit} MiB: it is no CSV file",
        file=name,
        limit=MAX_LINE_BYTES >> 20,
        hint="is it the file that you meant, and is its encoding declared?",
    )
