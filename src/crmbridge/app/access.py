"""What a connection's adapter is handed beside its configuration: its secret, its state folder, what it shares."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from crmbridge.adapter.connecting import FEATURES, Feature
from crmbridge.adapter.context import InMemoryShared, Shared
from crmbridge.ledger import connections
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.shared import LedgerShared
from crmbridge.model.errors import ScopeError, StoreError
from crmbridge.model.instants import to_us

STATE_FOLDER = ".crmbridge"
"""What only the owner of a workspace may see: tokens, keys, caches. All of it may be deleted but audit.key."""

GRANTED = "granted"
"""The shared text that tells what a login was granted: JSON with `features` and `scopes`."""

Purpose = Literal["read", "write", "webhooks"]
"""What an adapter is opened for; the write client is not even made where it is opened to read."""

T = TypeVar("T")
NEEDS: dict[str, frozenset[Feature]] = {
    "tasks": frozenset({"tasks"}),
    "fields": frozenset({"tasks", "fields"}),
    "two-way": frozenset({"tasks", "fields"}),
}
"""What a login must have been granted for each mode that writes."""


def state_dir(workspace: Path) -> Path:
    """The state folder of a workspace, made where it is not there, open to its owner alone; StoreError otherwise."""
    folder = workspace / STATE_FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise StoreError("{file} cannot be made: {reason}", file=str(folder), reason=error.strerror) from error
    return folder


@dataclass(slots=True)
class ConnectionShared:
    """The shared texts of one connection in the ledger. Its row there is made by the first change, not by a look.

    `ledger` gives None where there is none yet: nothing is shared then, since nobody else is at work.
    """

    name: str
    adapter: str
    rank: int
    ledger: Callable[[], Ledger | None]
    clock: Callable[[], datetime]
    _alone: InMemoryShared = field(default_factory=InMemoryShared)
    _kept: LedgerShared | None = None

    def read(self, key: str) -> str | None:
        """The text, or None."""
        kept = self._in_ledger(make=False)
        return self._alone.read(key) if kept is None else kept.read(key)

    def update(self, key: str, change: Callable[[str | None], tuple[str | None, T]]) -> T:
        """Changes a text while no other process does."""
        kept = self._in_ledger(make=True)
        return self._alone.update(key, change) if kept is None else kept.update(key, change)

    def _in_ledger(self, *, make: bool) -> Shared | None:
        if self._kept is None and (ledger := self.ledger()) is not None:
            connection_id = self._connection_id(ledger, make=make)
            if connection_id is None:
                return None
            self._kept = LedgerShared(ledger, connection_id, self.clock)
        return self._kept

    def _connection_id(self, ledger: Ledger, *, make: bool) -> int | None:
        with ledger.read() as tx:
            known = next((row.id for row in connections.listing(tx) if row.name == self.name), None)
        if known is not None or not make:
            return known
        with ledger.begin() as tx:
            now_us = to_us(self.clock())
            return connections.ensure(tx, self.name, adapter=self.adapter, rank=self.rank, now_us=now_us)


def granted_text(features: Iterable[Feature], scopes: Iterable[str]) -> str:
    """What a login was granted, as it is kept."""
    return json.dumps({"features": sorted(features, key=FEATURES.index), "scopes": list(scopes)})


def granted(shared: Shared) -> tuple[frozenset[Feature], tuple[str, ...]] | None:
    """The features and scopes that the connection's login was granted; None where nobody connected it by `connect`."""
    text = shared.read(GRANTED)
    if text is None:
        return None
    kept = json.loads(text)
    return frozenset(kept["features"]), tuple(kept["scopes"])


def require_webhooks(connection: str, shared: Shared) -> None:
    """Nothing happens where the login was granted notifications; ScopeError otherwise."""
    found = granted(shared)
    if found is None or "webhooks" not in found[0]:
        raise ScopeError(
            "the login of {connection} was not granted {features}",
            connection=connection,
            features="webhooks",
            options="--enable-webhooks",
            hint="crmbridge connect with {options} asks for it",
        )
