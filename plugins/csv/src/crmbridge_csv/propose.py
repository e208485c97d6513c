"""Proposes a connection for a folder of files that nobody has described, with the evidence of each guess.

Files are only read. What is no table, or cannot be read for sure, is left out with a notice. What dates, units and
columns mean is not guessed here: that is the mapping's part.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crmbridge.adapter.hookspecs import ConnectionProposal
from crmbridge.model.errors import CrmBridgeError
from crmbridge.model.notes import Note
from crmbridge_csv.config import SEPARATOR_NAMES, TABLE_SUFFIXES
from crmbridge_csv.files import Source
from crmbridge_csv.guess_encoding import EncodingGuess, guess_encoding
from crmbridge_csv.guess_key import KeyGuess, guess_key
from crmbridge_csv.guess_layout import LayoutGuess, guess_layout
from crmbridge_csv.problems import is_no_text
from crmbridge_csv.scan import Dialect
from crmbridge_csv.table import PADDING, Layout

_ZIP = ".zip"
_SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers", ".et")
_SHOWN_NAMES = 10


@dataclass(slots=True)
class _Draft:
    """The proposal as it grows."""

    objects: dict[str, object] = field(default_factory=dict)
    evidence: list[tuple[tuple[str, ...], Note]] = field(default_factory=list)
    notices: list[Note] = field(default_factory=list)


def propose(folder: Path) -> ConnectionProposal | None:
    """The connection for the tables in a folder, not in folders inside it; None where no file is any of our business.

    A proposal without options has only notices: there were files, and none of them could be read.
    """
    draft = _Draft()
    names = _names(folder)
    passed: list[str] = []
    for name in names:
        suffix = Path(name).suffix.casefold()
        if suffix in _SPREADSHEETS:
            draft.notices.append(Note("SPREADSHEET", "{file} is a spreadsheet: save each sheet as CSV", {"file": name}))
        elif suffix not in (*TABLE_SUFFIXES, _ZIP):
            passed.append(name)
        elif is_no_text(name):
            shown = name.encode("utf-8", "backslashreplace").decode()
            draft.notices.append(Note("FILE_LEFT_OUT", "left out: the name of {file} is no text", {"file": shown}))
        elif twin := _unpacked(name, names):
            told: dict[str, object] = {"file": name, "twin": twin}
            draft.notices.append(Note("FILE_TWICE", "{file} is left out: {twin} seems to be the same table", told))
        else:
            _look_at(Source(folder / name, name), draft)
    if passed:
        shown = ", ".join(passed[:_SHOWN_NAMES]) + (", ..." if len(passed) > _SHOWN_NAMES else "")
        told = {"count": len(passed), "files": shown}
        draft.notices.append(Note("FILES_PASSED", "{count} other files were not looked at: {files}", told))
    if not draft.objects and len(draft.notices) == bool(passed):
        return None
    options = {"objects": draft.objects} if draft.objects else {}
    return ConnectionProposal("csv", options, tuple(draft.evidence), tuple(draft.notices))


def _names(folder: Path) -> list[str]:
    """The files of a folder in name order, without hidden ones and the locks of office programs."""
    return sorted(
        entry.name for entry in folder.iterdir() if not entry.name.startswith((".", "~$")) and entry.is_file()
    )


def _unpacked(name: str, names: list[str]) -> str | None:
    """The table that lies unpacked beside its zip, or None."""
    if not name.casefold().endswith(_ZIP):
        return None
    return next((other for other in names if other != name and _stem(other) == _stem(name) and _is_table(other)), None)


def _is_table(name: str) -> bool:
    return name.casefold().endswith(TABLE_SUFFIXES)


def _look_at(source: Source, draft: _Draft) -> None:
    """Adds the object that a file is, or the notice why it is none."""
    try:
        encoding = guess_encoding(source)
        layout = guess_layout(source, encoding)
        key = guess_key(source, _layout(encoding, layout), _stem(source.name))
    except CrmBridgeError as error:
        draft.notices.append(Note("FILE_LEFT_OUT", "left out: {reason}", {"reason": str(error)}))
        return
    name = _object_name(source.name, draft.objects)
    draft.objects[name] = {option: value for option, value, _ in _options(source.name, encoding, layout, key)}
    draft.evidence.append((("objects", name), _summary(source.name, encoding, layout, key)))
    for option, _, note in _options(source.name, encoding, layout, key):
        if note is not None:
            draft.evidence.append((("objects", name, option), note))


def _layout(encoding: EncodingGuess, layout: LayoutGuess) -> Layout:
    dialect = Dialect(SEPARATOR_NAMES[layout.separator])
    return Layout(encoding.option, dialect, PADDING[layout.padding], layout.preamble, layout.header)


def _options(
    file: str, encoding: EncodingGuess, layout: LayoutGuess, key: KeyGuess
) -> Iterator[tuple[str, object, Note | None]]:
    """The options that differ from what holds if nothing is said, each with its evidence."""
    yield "file", file, None
    yield "key", key.key, key.evidence
    if key.is_each:
        yield "duplicates", "each", None
    if encoding.option:
        yield "encoding", encoding.option, encoding.note
    if layout.separator != "comma":
        yield "separator", layout.separator, layout.evidence["separator"]
    if layout.preamble:
        yield "preamble", layout.preamble, layout.evidence["preamble"]
    if layout.header:
        yield "header", list(layout.header), layout.evidence["header"]
    if layout.padding != "none":
        yield "padding", layout.padding, layout.evidence["padding"]
    if key.totals:
        told: dict[str, object] = {"file": file, "lines": ", ".join(map(str, key.total_lines[:_SHOWN_NAMES]))}
        note = Note("TOTALS", "rows of {file} that begin so sum up others and are no records: line {lines}", told)
        yield "total", "|".join(key.totals), note


def _summary(file: str, encoding: EncodingGuess, layout: LayoutGuess, key: KeyGuess) -> Note:
    return Note(
        "TABLE_FOUND",
        "{file}: {rows} rows, {encoding}, separator {separator}, header in line {line}",
        {
            "file": file,
            "rows": key.rows,
            "encoding": encoding.name,
            "separator": layout.separator,
            "line": layout.line,
        },
    )


def _stem(name: str) -> str:
    """A file's name without the endings that say what kind of file it is."""
    stem = name
    for suffix in (_ZIP, *TABLE_SUFFIXES):
        if stem.casefold().endswith(suffix) and len(stem) > len(suffix):
            stem = stem[: -len(suffix)]
    return stem


def _object_name(file: str, taken: dict[str, object]) -> str:
    """The file's name as the name of an object: letters of any script stay, everything else becomes "_"."""
    plain = unicodedata.normalize("NFC", _stem(file))
    stem = re.sub(r"[^\w-]+", "_", plain).strip("_") or "table"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}_{number}", number + 1
    return name
