"""Files of a workspace in which a person stands: reports, which are made anew, and sources, which are not ours."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from crmbridge.app import access, erased_file
from crmbridge.app.config import FILE_NAME
from crmbridge.facts.published import texts as parquet_texts
from crmbridge.model.errors import StoreError
from crmbridge.report.export import put

if TYPE_CHECKING:
    from crmbridge.app.wiring import Wiring
    from crmbridge.ledger.erased import Erased

ENDINGS = frozenset({".html", ".htm", ".md", ".csv", ".json", ".ndjson", ".svg", ".txt", ".xlsx", ".parquet"})
"""What crmbridge writes files as."""
_BACKUPS = re.compile(r".*\.db(\.replaced-.*|\.before-.*)?")
_TAG = re.compile(r"<[^>]*>")
_SKIPPED = frozenset({access.STATE_FOLDER, ".git", ".venv", "mapping"})
_PAGES = frozenset({".html", ".htm", ".svg"})
_ESCAPE = re.compile(r'\\[nrtbf"/\\]')
_CHUNK = 1 << 20
_OVERLAP = 4_096


@dataclass(slots=True)
class Files:
    """Reports in which somebody stands; sources in which he stands, and copies of the ledger that may hold him."""

    ours: list[Path] = field(default_factory=list)
    left: list[Path] = field(default_factory=list)


def look(wiring: Wiring, gone: Erased) -> Files:
    """Looks through every file of the workspace that could be a report, and says which copies of the ledger exist."""
    found, sources = Files(), _sources(wiring)
    folder = wiring.workspace.folder
    for file in _walk(folder):
        if file.suffix not in ENDINGS or file.name in {FILE_NAME, erased_file.FILE}:
            continue
        if _finds(file, gone):
            is_source = any(file == one or one in file.parents for one in sources)
            (found.left if is_source else found.ours).append(file)
    found.left += _copies(wiring)
    return found


def clean_lines(file: Path, gone: Erased) -> None:
    """Takes erased persons out of a file of JSON lines, whose lines stay."""
    if not file.is_file():
        return
    lines = file.read_text(encoding="utf-8").splitlines()
    made = []
    for line in lines:
        sure = gone.persons(line)
        made.append((gone.cleaned_json(line, persons=sure) or "{}") if gone.finds(line) else line)
    if made != lines:
        put("".join(f"{line}\n" for line in made).encode(), file)


def _walk(folder: Path) -> Iterator[Path]:
    for one in sorted(folder.iterdir()):
        if one.is_symlink() or one.name in _SKIPPED:
            continue
        if one.is_dir():
            yield from _walk(one)
        elif one.is_file():
            yield one


def _sources(wiring: Wiring) -> list[Path]:
    """Whatever of the workspace's files a connection names: it is read, so it is not ours."""
    found = []
    for section in wiring.workspace.config.connections.values():
        for text in _texts(section.model_extra or {}):
            path = wiring.workspace.folder / text
            if text and path.exists() and path != wiring.workspace.folder:
                found.append(path)
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _copies(wiring: Wiring) -> list[Path]:
    """Copies of the ledger: each may hold somebody, and is swept when it is put back."""
    ledger = wiring.workspace.ledger_file
    if ledger is None:
        return []
    places = [(ledger.parent, f"{ledger.name}.*"), (wiring.workspace.folder / access.STATE_FOLDER / "backups", "*.db")]
    found = [one for place, pattern in places if place.is_dir() for one in sorted(place.glob(pattern))]
    return [one for one in found if _BACKUPS.fullmatch(one.name) and not one.name.endswith(("-wal", "-shm"))]


def _finds(file: Path, gone: Erased) -> bool:
    try:
        return any(gone.finds(text) for text in _read(file))
    except (OSError, zipfile.BadZipFile) as error:
        raise StoreError("{file} cannot be read: {reason}", file=str(file), reason=str(error)) from error


def _read(file: Path) -> Iterator[str]:
    """The text of a file in pieces, each overlapping the one before."""
    if file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as book:
            for name in book.namelist():
                yield unescape(_TAG.sub(" ", book.read(name).decode("utf-8", "replace")))
        return
    if file.suffix == ".parquet":
        yield from parquet_texts(file)
        return
    before = ""
    with file.open(encoding="utf-8", errors="replace") as opened:
        while piece := opened.read(_CHUNK):
            text = before + piece
            yield " " + _ESCAPE.sub(" ", unescape(text) if file.suffix in _PAGES else text)
            before = piece[-_OVERLAP:]
