"""A data set as `init --files` alone makes it: nobody wrote a mapping. The figures are held as those of `opened.py`."""

import json
import shutil
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.data.keeping import copy_of
from tests.data.opened import AS_OF, EXAMPLES, Figure, Opened, differences

from crmbridge.app.bridge import Bridge, SyncReport
from crmbridge.model.notes import Note
from crmbridge.report.listing import Listing

KPI_FILE = "kpis.toml"


class Guessed(Opened):
    """One workspace out of files alone, synced. `asked` are the notes of `init`; zone and KPIs only ask questions."""

    def __init__(self, name: str, data: Path, factory: pytest.TempPathFactory, zone: str = "UTC") -> None:
        self.name = name
        self.folder = factory.mktemp("guess") / name
        self.data = data / name
        self.reference: dict[str, Any] = json.loads((self.data / "reference.json").read_text("utf-8"))["figures"]
        listing, self.synced = drafted(self.data, self.folder, factory, zone)
        self.asked: tuple[Note, ...] = listing.warnings
        if (EXAMPLES / name / KPI_FILE).exists():
            shutil.copyfile(EXAMPLES / name / KPI_FILE, self.folder / KPI_FILE)
        self.bridge = Bridge.open(self.folder, as_of=AS_OF, environ={})
        self.funnel = cache(self._funnel)
        self.kpi = cache(self._kpi)
        self.records = cache(self._records)

    @property
    def text(self) -> str:
        """The mapping as it was written."""
        (file,) = (self.folder / "mapping").iterdir()
        return file.read_text("utf-8")

    @property
    def mapping(self) -> dict[str, Any]:
        """The mapping as data."""
        return tomllib.loads(self.text)

    @property
    def objects(self) -> dict[str, Any]:
        """The objects of the connection in crmbridge.toml."""
        (section,) = tomllib.loads((self.folder / "crmbridge.toml").read_text("utf-8"))["connections"].values()
        return dict(section["objects"])

    def codes(self) -> list[str]:
        """The codes of every question."""
        return sorted(note.code for note in self.asked if note.code.startswith("ASK_"))

    def question(self, code: str, **params: object) -> Note:
        """The one question of that code and those params, which stands in the mapping too."""
        (found,) = [n for n in self.asked if n.code == code and params.items() <= n.params.items()]
        assert f"# QUESTION: {found}" in self.text
        return found


def drafted(
    files: Path, folder: Path, factory: pytest.TempPathFactory, zone: str = "UTC"
) -> tuple[Listing, SyncReport]:
    """A workspace that `init` made of files alone, synced: what `init` said, and the first sync."""

    def make(place: Path) -> tuple[Listing, SyncReport]:
        listing = Bridge.init(place, files=files, zone=zone)
        with Bridge.open(place, environ={}) as bridge:
            return listing, bridge.sync()

    return copy_of(factory, f"drafted-{files.name}-{zone.replace('/', '-')}", folder, make)


def guessed(name: str, data: Path, factory: pytest.TempPathFactory, zone: str = "UTC") -> Iterator[Guessed]:
    """The workspace of a set, for a fixture of a module; skips where the set is not there."""
    if not (data / name).is_dir():
        pytest.skip(f"../shared/data/{name} is not here")
    made = Guessed(name, data, factory, zone)
    yield made
    made.close()


def check(held: Opened, name: str, figure: Figure, value: Any = None) -> None:
    """The figure is the reference's, to the digit."""
    theirs = held.reference[name]["value"] if value is None else value
    found = differences(figure(held), theirs, name)
    assert not found, "\n".join(found)


def check_sound(held: Guessed, kinds: dict[str, str], rows: int) -> None:
    """The sync loses nothing, the mapping agrees with the files, and each rule stands under what it rests on."""
    listed = held.synced.listing.rows
    assert {str(row["object"]): str(row["kind"]) for row in listed} == kinds
    assert held.synced.exit_code == 0
    assert sum(row["read"] for row in listed) == sum(row["written"] for row in listed) == rows  # type: ignore[misc] # counts
    assert held.bridge.quarantine().rows == ()
    assert {row["code"] for row in held.bridge.mapping_check().rows} <= {"COLUMN_UNMAPPED", "OBJECT_UNMAPPED"}
    check_evidence(held.text)


def check_evidence(text: str) -> None:
    """Above each rule, each stage and each object stands a comment."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_rule = "=" in line and not line.startswith("#") and not line.startswith(OWN_KEYS)
        if is_rule or line.startswith("[[") or (line.startswith("[objects.") and not line.endswith(TABLES)):
            assert lines[number - 1].startswith("#") or "objects." in lines[number - 1], line


OWN_KEYS = ("format", "names", "object", "key", "category", "labels", "kind", "pipeline", "name =", "full_name =")
TABLES = (".fields]", ".stage_dates]", ".custom]")
