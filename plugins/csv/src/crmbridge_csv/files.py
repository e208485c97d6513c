"""The files of an object: found in their folder, opened, and recognised again on the next reading."""

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import xxhash

from crmbridge.model.errors import Unavailable, nearest, suggestion
from crmbridge_csv import archive
from crmbridge_csv.config import WORKBOOK_SUFFIXES
from crmbridge_csv.limits import MAX_LINE_BYTES

PACKED_SUFFIXES = (".zip", *WORKBOOK_SUFFIXES)
_CHUNK_BYTES = 1 << 20
_SECOND_NS = 1_000_000_000
_FINE_NS, _COARSE_NS = 100_000_000, 2_500_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """One file: where it is, and its name as people know it (inside its folder)."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the system says of a file; two equal stamps are most likely the same content."""

    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Identity:
    """What some files hold together.

    `is_settled` is false where a file is so young that another write could have left its stamp as it is.
    """

    stamps: tuple[Stamp, ...]
    stat: str
    content: str
    is_settled: bool


def locate(folder: Path, pattern: str) -> list[Source]:
    """The files of that name or pattern in name order; Unavailable with the nearest name where there is none."""
    if not folder.is_dir():
        siblings = _names(folder.parent) if folder.parent.is_dir() else []
        near = nearest(folder.name, siblings) or "-"
        raise Unavailable(
            "there is no folder {folder}", folder=folder.name, nearest=near, hint="the nearest beside it: {nearest}"
        )
    exact = folder / pattern
    if exact.is_file():
        return [Source(exact, pattern)]
    found = sorted(folder.glob(pattern)) if any(char in pattern for char in "*?[") else []
    sources = [Source(path, path.relative_to(folder).as_posix()) for path in found if _is_table(path)]
    if not sources:
        names = _names(exact.parent if exact.parent.is_dir() else folder)
        raise Unavailable(
            "there is no file {file} in {folder}",
            file=pattern,
            folder=folder.name,
            nearest=suggestion(pattern, names),
            hint="did you mean {nearest}?",
        )
    return sources


def _is_table(path: Path) -> bool:
    return path.is_file() and not path.name.startswith((".", "~$"))


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:
        return []


def unreadable(source: Source, error: OSError) -> Unavailable:
    """The error of a file that the system does not let us read."""
    return Unavailable("{file} cannot be read: {reason}", file=source.name, reason=error.strerror or str(error))


def changed(source: Source) -> Unavailable:
    """The error of a file that somebody is writing."""
    return Unavailable("{file} changed while it was read, try again", file=source.name)


def open_bytes(source: Source) -> tuple[BinaryIO, int]:
    """The file's bytes as a stream (unpacked where it is a zip), and the descriptor to ask whether it changes."""
    if archive.is_zip(source.path):
        return archive.open_member(source.path, source.name)
    try:
        file = source.path.open("rb")
    except OSError as error:
        raise unreadable(source, error) from error
    return file, file.fileno()


def stamp(source: Source, descriptor: int | None = None) -> Stamp:
    """How the file stands now: the open one, or the one at its path."""
    try:
        found = source.path.stat() if descriptor is None else os.fstat(descriptor)
    except OSError as error:
        raise unreadable(source, error) from error
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ino)


def stat_digest(sources: Sequence[Source], stamps: Iterable[Stamp]) -> str:
    """The stamps of some files in a few letters."""
    told = (
        (source.name, found.size, found.mtime_ns, found.inode) for source, found in zip(sources, stamps, strict=True)
    )
    return xxhash.xxh3_64_hexdigest(repr(list(told)).encode())


def identify(sources: Sequence[Source]) -> Identity:
    """Reads the files once for what they hold, which is much quicker than reading them for their rows."""
    contents = xxhash.xxh3_128()
    stamps: list[Stamp] = []
    for source in sources:
        found, digest = _hashed(source)
        stamps.append(found)
        contents.update(f"{source.name}\0{digest}\0".encode())
    # The one place that needs the machine's own clock: file times are taken from it, whatever the run's clock says.
    now_ns = time.time_ns()
    is_settled = all(_is_settled(found, now_ns) for found in stamps)
    return Identity(tuple(stamps), stat_digest(sources, stamps), contents.hexdigest(), is_settled)


def _hashed(source: Source) -> tuple[Stamp, str]:
    digest, line_bytes = xxhash.xxh3_128(), 0
    watched = source.path.suffix.casefold() not in PACKED_SUFFIXES
    try:
        with source.path.open("rb") as file:
            before = stamp(source, file.fileno())
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                line_bytes = 0 if b"\n" in chunk or b"\r" in chunk else line_bytes + len(chunk)
                if watched and line_bytes > MAX_LINE_BYTES:
                    raise archive.endless_line(source.name)
            if stamp(source, file.fileno()) != before:
                raise changed(source)
    except OSError as error:
        raise unreadable(source, error) from error
    return before, digest.hexdigest()


def _is_settled(found: Stamp, now_ns: int) -> bool:
    """Whether a later write must show: file times move in steps (some file systems count whole or even seconds)."""
    step_ns = _FINE_NS if found.mtime_ns % _SECOND_NS else _COARSE_NS
    return now_ns - found.mtime_ns > step_ns
