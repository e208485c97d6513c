"""A workbook opened for reading: checked first, then one of its sheets chosen. python-calamine is loaded only here."""

import html
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from crmbridge.model.errors import ConfigError, Unavailable, nearest
from crmbridge_csv import guard
from crmbridge_csv.config import WORKBOOK_SUFFIXES
from crmbridge_csv.encodings import OLE, ZIP, legacy
from crmbridge_csv.files import Source, Stamp, stamp, unreadable
from crmbridge_csv.limits import MAX_UNPACKED_BYTES

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_TAG = r"<(?:[\w.-]+:)?"


@dataclass(frozen=True, slots=True)
class Workbook:
    """An open workbook. `tabs` are its sheets of cells that are seen, `hidden` those that are not."""

    source: Source
    book: "CalamineWorkbook"
    tabs: tuple[str, ...]
    hidden: tuple[str, ...]
    errors: dict[str, int]
    descriptor: int
    opened: Stamp

    def sheet(self, name: str) -> "CalamineSheet":
        """A sheet, read into memory whole; ConfigError where it cannot be read."""
        with _readable(self.source):
            return self.book.get_sheet_by_name(name)

    def choose(self, wanted: str | int | None) -> str:
        """The name of the sheet that is meant; ConfigError with all of them and the nearest where that is not clear."""
        if wanted is None:
            return self._only()
        if isinstance(wanted, int):
            found, near = next(iter(self.tabs[wanted - 1 : wanted]), None), next(iter(self.tabs[-1:]), None)
        else:
            known = {_fold(name): name for name in (*self.hidden, *self.tabs)}
            found = wanted if wanted in known.values() else known.get(_fold(wanted))
            near = nearest(wanted, list(known.values())) or next(iter(self.tabs), None)
        if found is not None:
            return found
        raise ConfigError(
            "{file} has no sheet {sheet}",
            file=self.source.name,
            sheet=wanted,
            sheets=self._listed(),
            nearest=near or "-",
            hint='it has: {sheets}; declare sheet = "{nearest}"',
        )

    def _only(self) -> str:
        """The one sheet that is seen and not empty, or the first empty one."""
        filled = [name for name in self.tabs if self.sheet(name).end] if len(self.tabs) > 1 else list(self.tabs)
        if len(filled) == 1 or (self.tabs and not filled):
            return (filled or self.tabs)[0]
        near = nearest(Path(self.source.name).stem, filled) or next(iter((*filled, *self.hidden)), "-")
        raise ConfigError(
            "{file} has several sheets" if filled else "{file} has no sheet that is seen",
            file=self.source.name,
            sheets=self._listed(),
            nearest=near,
            hint='it has: {sheets}; declare sheet = "{nearest}"',
        )

    def _listed(self) -> str:
        """All sheets, the hidden ones in brackets."""
        return ", ".join((*self.tabs, *(f"({name})" for name in self.hidden))) or "-"


def is_workbook(path: Path) -> bool:
    """Whether the name says that the file is an XLSX workbook."""
    return path.suffix.casefold() in WORKBOOK_SUFFIXES


@contextmanager
def open_workbook(source: Source) -> Iterator[Workbook]:
    """A workbook, closed at the end.

    ConfigError where it is none, is protected, or holds more than can be read; Unavailable where it is not there.
    """
    from python_calamine import (  # noqa: PLC0415 - heavy, and only where a workbook is read
        SheetTypeEnum,
        SheetVisibleEnum,
        load_workbook,
    )

    try:
        file = source.path.open("rb")
    except OSError as error:
        raise unreadable(source, error) from error
    with file:
        opened = stamp(source, file.fileno())
        _refuse_others(source, file)
        if opened.size > MAX_UNPACKED_BYTES:
            raise ConfigError("{file} is larger than {limit} MiB", file=source.name, limit=MAX_UNPACKED_BYTES >> 20)
        parts = guard.inspect(file, source.name)
        with guard.undamaged(source.name):
            errors = {sheet: parts[part].errors for sheet, part in _parts_of(file).items() if part in parts}
        file.seek(0)
        with _readable(source):
            book = load_workbook(file)
        cells = [sheet for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
        tabs = tuple(sheet.name for sheet in cells if sheet.visible is SheetVisibleEnum.Visible)
        hidden = tuple(sheet.name for sheet in cells if sheet.name not in tabs)
        with closing(book):
            yield Workbook(source, book, tabs, hidden, errors, file.fileno(), opened)


def _refuse_others(source: Source, file: BinaryIO) -> None:
    """ConfigError where the content is not what the name says."""
    head = file.read(len(OLE))
    file.seek(0)
    if head == OLE:
        raise legacy(source.name)
    if not head.startswith(ZIP):
        raise ConfigError(
            "{file} is no XLSX workbook, whatever its name says",
            file=source.name,
            hint="if it is text, name it .csv; if it is a web page, open it and save it as XLSX",
        )


def _parts_of(file: BinaryIO) -> dict[str, str]:
    """Which file inside the workbook holds which sheet, as far as that is written in the usual way."""
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        if "xl/_rels/workbook.xml.rels" not in names:
            return {}
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {}
    for link in re.findall(f"{_TAG}Relationship\\s[^>]*>", links):
        targets[_attribute(link, "Id")] = _attribute(link, "Target")
    found = {}
    for sheet in re.findall(f"{_TAG}sheet\\s[^>]*>", book):
        target = targets.get(_attribute(sheet, r"[\w.-]+:id"), "")
        found[_attribute(sheet, "name")] = target[1:] if target.startswith("/") else f"xl/{target}"
    return found


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"""\s{name}\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return html.unescape(found[1] or found[2] or "") if found else ""


@contextmanager
def _readable(source: Source) -> Iterator[None]:
    """Turns what the library raises into errors of ours; it may also break off in the middle of its own work."""
    from python_calamine import CalamineError, ZipError  # noqa: PLC0415 - heavy, and only where a workbook is read

    try:
        yield
    except ZipError as error:
        raise Unavailable(
            "{file} is no complete workbook: {reason}",
            file=source.name,
            reason=str(error),
            hint="is it still being copied?",
        ) from error
    except CalamineError as error:
        raise _broken(source, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the library's own, which it gives no name to catch it by
            raise
        raise _broken(source, error) from error


def _broken(source: Source, error: BaseException) -> ConfigError:
    return ConfigError(
        "{file} cannot be read: {reason}",
        file=source.name,
        reason=str(error) or type(error).__name__,
        hint="open it and save it again as XLSX",
    )


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()
