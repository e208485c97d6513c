"""Proposes a connection for a folder of files that nobody has described, with the evidence of each guess.

Files are only read. What is no table, or cannot be read for sure, is left out with a notice. What dates, units and
columns mean is not guessed here: that is the mapping's part.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from crmbridge.adapter.hookspecs import ConnectionProposal
from crmbridge.model.errors import CrmBridgeError
from crmbridge.model.notes import Note
from crmbridge_csv.config import SEPARATOR_NAMES, TABLE_SUFFIXES, WORKBOOK_SUFFIXES
from crmbridge_csv.files import Source
from crmbridge_csv.guess_encoding import EncodingGuess, guess_encoding
from crmbridge_csv.guess_key import KeyGuess, guess_key
from crmbridge_csv.guess_layout import LayoutGuess, guess_layout
from crmbridge_csv.guess_sheet import guess_sheets
from crmbridge_csv.problems import is_no_text
from crmbridge_csv.scan import Dialect
from crmbridge_csv.table import PADDING, Layout
from crmbridge_csv.variants import history_of, keyed_by

_ZIP = ".zip"
_SPREADSHEETS = (".xls", ".xlsb", ".ods", ".numbers", ".et")
_NO_NAME = re.compile(r"(sheet|工作表|表|tabelle|feuil|hoja|лист)\s*\d*", re.IGNORECASE)
"""Names that a spreadsheet program gives."""
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
            draft.notices.append(
                Note("SPREADSHEET", "{file} is a spreadsheet of another kind: save it as XLSX", {"file": name})
            )
        elif suffix not in (*TABLE_SUFFIXES, *WORKBOOK_SUFFIXES, _ZIP):
            passed.append(name)
        elif is_no_text(name):
            shown = name.encode("utf-8", "backslashreplace").decode()
            draft.notices.append(Note("FILE_LEFT_OUT", "left out: the name of {file} is no text", {"file": shown}))
        elif twin := _unpacked(name, names):
            told: dict[str, object] = {"file": name, "twin": twin}
            draft.notices.append(Note("FILE_TWICE", "{file} is left out: {twin} seems to be the same table", told))
        else:
            look = _look_into if suffix in WORKBOOK_SUFFIXES else _look_at
            look(Source(folder / name, name), draft)
    if passed:
        shown = ", ".join(passed[:_SHOWN_NAMES]) + (", ..." if len(passed) > _SHOWN_NAMES else "")
        told = {"count": len(passed), "files": shown}
        draft.notices.append(Note("FILES_PASSED", "{count} other files were not looked at: {files}", told))
    if not draft.objects and len(draft.notices) == bool(passed):
        return None
    options = {"objects": draft.objects} if draft.objects else {}
    return ConnectionProposal(
        "csv",
        options,
        tuple(draft.evidence),
        tuple(draft.notices),
        keyed_by=partial(keyed_by, draft.objects),
        history_of=partial(history_of, draft.objects),
    )


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
    name = _object_name(_stem(source.name), draft.objects)
    found = list(_options(source.name, encoding, layout, key))
    _add(draft, name, found, _summary(source.name, encoding, layout, key))


def _look_into(source: Source, draft: _Draft) -> None:
    """Adds the objects that the sheets of a workbook are, or the notices why they are none."""
    stem = _stem(source.name)
    try:
        sheets, notes = guess_sheets(source)
        draft.notices += notes
        for sheet in sheets:
            encoding = EncodingGuess("utf-8")
            layout = replace(_layout(encoding, sheet.layout), sheet=sheet.name)
            key = guess_key(source, layout, f"{stem} {sheet.name}")
            options = list(_options(sheet.label, encoding, sheet.layout, key))
            options[0] = ("file", source.name, None)
            if not sheet.is_alone:
                options.insert(1, ("sheet", sheet.name, None))
            is_named = not sheet.is_alone and not _NO_NAME.fullmatch(sheet.name.strip())
            name = sheet.name if is_named else stem if sheet.is_alone else f"{stem}_{sheet.name}"
            told: dict[str, object] = {"file": sheet.label, "rows": key.rows, "line": sheet.layout.line}
            found = Note("SHEET_FOUND", "{file}: {rows} rows, header in row {line}", told)
            _add(draft, _object_name(name, draft.objects), options, found)
    except CrmBridgeError as error:
        draft.notices.append(Note("FILE_LEFT_OUT", "left out: {reason}", {"reason": str(error)}))


def _add(draft: _Draft, name: str, options: list[tuple[str, object, Note | None]], summary: Note) -> None:
    draft.objects[name] = {option: value for option, value, _ in options}
    draft.evidence.append((("objects", name), summary))
    draft.evidence += [(("objects", name, option), note) for option, _, note in options if note is not None]


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
    for suffix in (_ZIP, *TABLE_SUFFIXES, *WORKBOOK_SUFFIXES):
        if stem.casefold().endswith(suffix) and len(stem) > len(suffix):
            stem = stem[: -len(suffix)]
    return stem


def _object_name(stem: str, taken: dict[str, object]) -> str:
    """A file's or a sheet's name as that of an object: letters of any script stay, everything else becomes "_"."""
    plain = unicodedata.normalize("NFC", stem)
    first = name = re.sub(r"[^\w-]+", "_", plain).strip("_") or "table"
    number = 2
    while name in taken:
        name, number = f"{first}_{number}", number + 1
    return name
