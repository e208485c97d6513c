"""Where a tick runs: program, workspace, whose it is, the secrets that it is handed, how long it may take."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmbridge import version
from crmbridge.app.jobs.kinds import BackupArguments, CareArguments, PackArguments
from crmbridge.app.secrets import age
from crmbridge.app.secrets.reference import Reference
from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbridge.app.config import Workspace
    from crmbridge.app.wiring import Wiring

EVERY = (1, 2, 3, 5, 10, 15, 20, 30, 60)
"""Every so many minutes a tick may look: what an hour can be split into."""

_SPARE_MINUTES = 10
_UNFIT = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Place:
    """One workspace on one machine. `minutes` is how long a tick may take in all, `written` the folders it writes.

    `secrets` are the names of the credentials that its connections and channels ask for; `notes` say what they cannot
    be handed.
    """

    name: str
    program: str
    folder: Path
    user: str
    every: int
    minutes: int
    written: tuple[Path, ...]
    secrets: tuple[str, ...]
    notes: tuple[Note, ...]
    zone: str
    version: str

    @property
    def unit(self) -> str:
        """What the unit, or the object, is called."""
        return f"crmbridge-{self.name}"


def place_of(wiring: Wiring, *, every: int = 5, user: str | None = None) -> Place:
    """The workspace as this machine has it; ConfigError where it has no job yet."""
    workspace = wiring.workspace
    if not workspace.config.jobs:
        raise ConfigError("there is no job to be run", hint="crmbridge schedule add makes one")
    if every not in EVERY:
        raise ConfigError(
            "a tick cannot look every {minutes} minutes",
            minutes=every,
            nearest=str(min(EVERY, key=lambda one: abs(one - every))),
            hint="an hour is split evenly: did you mean {nearest}?",
        )
    secrets, notes = _secrets(wiring)
    section = workspace.config.workspace
    return Place(
        name=_slug(section.name) or _slug(workspace.folder.name) or "workspace",
        program=_program(),
        folder=workspace.folder,
        user=user or workspace.folder.owner(),
        every=every,
        minutes=sum(job.limit_minutes for job in workspace.config.jobs.values()) + _SPARE_MINUTES,
        written=tuple(dict.fromkeys(_written(workspace))),
        secrets=secrets,
        notes=notes,
        zone=section.timezone,
        version=version(),
    )


def _slug(name: str) -> str:
    """A name as units and Kubernetes take it; empty where nothing of it is left."""
    return _UNFIT.sub("-", name.lower()).strip("-")[:40].strip("-")


def _program() -> str:
    """The console script beside the Python that runs now, else the one on the path."""
    beside = Path(sys.executable).parent / "crmbridge"
    return str(beside) if beside.exists() else shutil.which("crmbridge") or "crmbridge"


def _written(workspace: Workspace) -> Iterator[Path]:
    """The folders that jobs write: the workspace, and what lies outside it."""
    yield workspace.folder
    wanted = [] if workspace.ledger_file is None else [workspace.ledger_file.parent]
    for job in workspace.config.jobs.values():
        match job.arguments:
            case PackArguments(folder=folder) | CareArguments(folder=folder):
                wanted.append(workspace.folder / folder)
            case BackupArguments(folder=str(folder)):
                wanted.append(workspace.folder / folder)
    wanted += [
        workspace.folder / rule.folder for rule in workspace.config.notices.rules.values() if rule.audience == "manager"
    ]
    yield from (one for one in wanted if not one.resolve().is_relative_to(workspace.folder))


def _secrets(wiring: Wiring) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    names: dict[str, None] = {}
    notes: list[Note] = []
    for wanted, note in (*_of_connections(wiring), *_of_channels(wiring)):
        if wanted.scheme in {"any", "credential"}:
            names[wanted.name] = None
        elif wanted.scheme == "file":
            names[age.IDENTITY] = None
        else:
            notes.append(note)
    return tuple(names), tuple(notes)


def _of_connections(wiring: Wiring) -> Iterator[tuple[Reference, Note]]:
    """The secret of each connection, and what is said where it cannot be handed over."""
    for connection, section in wiring.workspace.config.connections.items():
        if "credentials" in wiring.descriptor(connection).config.model_fields:
            wanted = Reference.parse(section.credentials or connection)
            text = mark(
                "{connection} keeps its secret at {reference}, where nothing that runs unattended should look: "
                'write credentials = "credential:{connection}" and hand it over as the file says'
            )
            yield wanted, Note("UNATTENDED_SECRET", text, {"connection": connection, "reference": str(wanted)})


def _of_channels(wiring: Wiring) -> Iterator[tuple[Reference, Note]]:
    """The URL of each channel for notices, which is a secret too."""
    for channel, section in wiring.workspace.config.notices.channels.items():
        wanted = Reference.parse(section.url)
        text = mark(
            "the channel {channel} has its URL at {reference}, where nothing that runs unattended should look: "
            'write url = "credential:{channel}" and hand it over as the file says'
        )
        yield wanted, Note("UNATTENDED_SECRET", text, {"channel": channel, "reference": str(wanted)})
