"""The workspaces that workers serve: one, those in a folder, or those that a file lists; looked at anew at any time.

Each keeps its ledger in PostgreSQL, and its name is where that lies: database and schema, the same on every machine.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crmbridge.app import config, logs
from crmbridge.app.config import Workspace
from crmbridge.ledger import beside
from crmbridge.ledger.beside import Place
from crmbridge.model.errors import ConfigError, ConfigErrors, CrmBridgeError


@dataclass(frozen=True, slots=True)
class Tenant:
    """A workspace with its ledger in PostgreSQL."""

    place: Place
    workspace: Workspace

    @property
    def name(self) -> str:
        """What it is called in the queue and in the log."""
        return self.place.name


_Stamp = tuple[int, int]


class Tenants:
    """The workspaces of `source`: a workspace, a folder of workspaces, or a file with one folder a line.

    One whose configuration is wrong is told in the log, once, and left out until it is mended.
    """

    def __init__(self, source: Path, environ: Mapping[str, str]) -> None:
        self._source = source
        self._environ = environ
        self._lock = threading.Lock()
        self._read: dict[Path, tuple[_Stamp, Tenant | CrmBridgeError]] = {}
        self._there: dict[str, Tenant] = {}
        self.refused: dict[Path, CrmBridgeError] = {}

    def look(self) -> Mapping[str, Tenant]:
        """Every workspace that can be served now, by its name; what has not changed is not read again."""
        with self._lock:
            before, self._read = self._read, {}
            there: dict[str, Tenant] = {}
            refused: dict[Path, CrmBridgeError] = {}
            for folder in self._folders():
                found = self._read_once(folder, before)
                try:
                    if isinstance(found, CrmBridgeError):
                        raise found
                    _require_other(found, there)
                except CrmBridgeError as error:
                    refused[folder] = error
                else:
                    there[found.name] = found
            for folder in refused.keys() - self.refused.keys():
                told = {"workspace": folder.name, "error.type": refused[folder].code}
                logs.event("workspace.refused", told, level="error")
            self._there, self.refused = there, refused
            return there

    def find(self, name: str) -> Tenant | None:
        """The one of that name, looked for anew where it is not known yet."""
        return self._there.get(name) or self.look().get(name)

    def require(self) -> Mapping[str, Tenant]:
        """Every workspace that can be served; the errors of all where none can, ConfigError where there is none."""
        there = self.look()
        if there:
            return there
        errors = [*self.refused.values()]
        wrong = [one for error in errors for one in _parts(error)]
        if wrong:
            raise wrong[0] if len(wrong) == 1 else ConfigErrors(wrong)
        if errors:
            raise errors[0]
        raise ConfigError(
            "there is no workspace in {source}",
            source=str(self._source),
            hint="name a folder that holds workspaces, or a file with the folder of one on each line",
        )

    def _read_once(
        self, folder: Path, before: Mapping[Path, tuple[_Stamp, Tenant | CrmBridgeError]]
    ) -> Tenant | CrmBridgeError:
        stamp = _stamp(folder / config.FILE_NAME)
        known = before.get(folder)
        found = known[1] if known and known[0] == stamp else self._made(folder)
        self._read[folder] = (stamp, found)
        return found

    def _made(self, folder: Path) -> Tenant | CrmBridgeError:
        try:
            workspace = config.load(folder, self._environ)
            place = beside.place_of(workspace.ledger_url)
        except CrmBridgeError as error:
            return error
        if place is None:
            return ConfigError(
                "{workspace} keeps its ledger in a file, which many workers cannot share",
                workspace=folder.name,
                hint='write ledger = "postgresql://..." in it, or run crmbridge tick on one machine',
            )
        return Tenant(place, workspace)

    def _folders(self) -> Iterator[Path]:
        if (self._source / config.FILE_NAME).exists():
            yield self._source
        elif self._source.is_dir():
            yield from sorted(one.parent for one in self._source.glob(f"*/{config.FILE_NAME}"))
        else:
            yield from dict.fromkeys(self._listed())

    def _listed(self) -> Iterator[Path]:
        try:
            lines = self._source.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ConfigError("{file} cannot be read: {reason}", file=str(self._source), reason=reason) from error
        for line in lines:
            if text := line.partition("#")[0].strip():
                yield self._source.parent / text


def _require_other(tenant: Tenant, there: Mapping[str, Tenant]) -> None:
    """ConfigError where another workspace has that name: the same ledger, or one of another server."""
    other = there.get(tenant.name)
    if other is not None:
        raise ConfigError(
            "{one} and {other} keep their ledgers in a schema of one name, {name}",
            one=str(tenant.workspace.folder),
            other=str(other.workspace.folder),
            name=tenant.name,
            hint="give each a schema of its own",
        )


def _parts(error: CrmBridgeError) -> list[ConfigError]:
    if isinstance(error, ConfigErrors):
        return list(error.problems)
    return [error] if isinstance(error, ConfigError) else []


def _stamp(file: Path) -> _Stamp:
    try:
        found = file.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
