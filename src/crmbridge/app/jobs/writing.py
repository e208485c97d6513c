"""The jobs that write files for people: packs, and what is to be done for customers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmbridge.model.errors import StoreError
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.report import delimited, documents, export, pack_files
from crmbridge.report.i18n import Catalog, catalog, mark

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge
    from crmbridge.app.jobs.kinds import CareArguments, PackArguments
    from crmbridge.app.jobs.parts import Part, Parts
    from crmbridge.report.listing import Listing
    from crmbridge.report.pack import Pack


def weekly(bridge: Bridge, arguments: PackArguments, parts: Parts) -> None:
    """The pack of the last whole week is remembered and written."""
    _pack(bridge, arguments, parts, {})


def monthly(bridge: Bridge, arguments: PackArguments, parts: Parts) -> None:
    """The pack of the last whole month is remembered and written."""
    _pack(bridge, arguments, parts, {"month": "last"})


def care(bridge: Bridge, arguments: CareArguments, parts: Parts) -> None:
    """What is to be done for customers is written, one file a view."""
    day = business_date(bridge.as_of, bridge.wiring.zone).isoformat()
    for view in arguments.views:
        with parts.part(view) as part:
            told = bridge.care(view)
            name = "care" if view == "care" else f"care-{view}"
            file = _folder(bridge, arguments.folder) / f"{name}-{day}.{arguments.ending}"
            _put(_listing(told, arguments.ending, catalog(arguments.language)), file, part)


def _pack(bridge: Bridge, arguments: PackArguments, parts: Parts, period: dict[str, str]) -> None:
    with parts.part("pack") as part:
        _, file = made_pack(bridge, arguments, period)
        _told(file, part)


def made_pack(
    bridge: Bridge, arguments: PackArguments, period: dict[str, str] | None = None, *, is_tried: bool = False
) -> tuple[Pack, Path]:
    """The pack of a period, the last whole week unless one is told, remembered and written; and its file.

    With `is_tried` nothing is remembered or written: the file is where it would lie.
    """
    whose = {"team": arguments.team, "person": arguments.person, "currency": arguments.currency}
    pack = bridge.report_pack(from_its_end=True, keep=not is_tried, **whose, **(period or {}))
    about = arguments.team or arguments.person
    stem = "-".join(["pack", *([about] if about else []), pack.period.label])
    name = f"{_as_name(stem)}.{arguments.ending}"
    if is_tried:
        return pack, bridge.workspace.folder / arguments.folder / name
    file = _folder(bridge, arguments.folder) / name
    export.put(pack_files.writer(file)(pack, catalog(arguments.language)), file)
    return pack, file


def _folder(bridge: Bridge, named: str) -> Path:
    folder = bridge.workspace.folder / named
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError("{file} cannot be written: {reason}", file=str(folder), reason=reason) from error
    return folder


def _as_name(text: str) -> str:
    """The text without what a file's name cannot hold."""
    return "".join("_" if char in '/\\:*?"<>|' or not char.isprintable() else char for char in text)


def _put(made: bytes, file: Path, part: Part) -> None:
    export.put(made, file)
    _told(file, part)


def _told(file: Path, part: Part) -> None:
    part.written += 1
    part.notices.append(Note("WROTE", mark("{file} was written"), {"file": str(file)}))


def _listing(told: Listing, ending: str, texts: Catalog) -> bytes:
    if ending == "json":
        return documents.dump(documents.document(told, texts), pretty=True) + b"\n"
    return delimited.text(documents.flat(row) for row in documents.rows(told, texts)).encode("utf-8-sig")
