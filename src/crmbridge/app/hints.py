"""Takes notifications into the inbox of hints, and follows what waits there: reads those records again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from crmbridge.adapter.contract import Adapter, Receives
from crmbridge.app import hooks
from crmbridge.app.hook_keys import HookKeys
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, hints
from crmbridge.model.errors import AuthError
from crmbridge.model.instants import to_us
from crmbridge.sync.answers import answering


@dataclass(frozen=True, slots=True)
class Taken:
    """What a genuine notification brought: `records` it spoke of, `fresh` of which nobody waited for already."""

    records: int
    fresh: int


@dataclass(slots=True)
class Inbox:
    """The inbox of a workspace, for a server: safe for its threads. Adapters are opened once, and only to read."""

    wiring: Wiring
    keys: HookKeys
    _adapters: dict[str, Adapter] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, connection: str, path: str, headers: Mapping[str, str], body: bytes) -> Taken:
        """Keeps the records that a notification speaks of; AuthError, which tells nothing, for any that is not genuine.

        ContractError where the adapter breaks over it. The address is looked at before anything else, and in the same
        way for connections that there are not.
        """
        is_ours = self.keys.is_path(connection, path)
        if not is_ours or connection not in self.wiring.workspace.config.connections:
            raise AuthError("refused")
        with self._lock:
            pairs = self._receive(connection, headers, body)
            return self._keep(connection, pairs)

    def _receive(self, connection: str, headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
        """What the adapter reads out of it, by this token, the next (a renewal is under way) or the one before."""
        hook = hooks.hook_of(self.wiring, connection)
        if hook is None:
            raise AuthError("refused")
        adapter = self._opened(connection)
        if not isinstance(adapter, Receives):
            raise AuthError("refused")
        for generation in (hook.generation, hook.generation + 1, hook.generation - 1):
            try:
                with answering(connection):
                    found = adapter.receive(headers, body, self.keys.token(connection, generation))
            except AuthError:
                continue
            return [(name, identifier) for name, identifier in found if name in hook.objects]
        raise AuthError("refused")

    def _opened(self, connection: str) -> Adapter:
        if connection not in self._adapters:
            self._adapters[connection] = self.wiring.open(connection)
        return self._adapters[connection]

    def _keep(self, connection: str, pairs: list[tuple[str, str]]) -> Taken:
        now_us = to_us(self.wiring.clock())
        with self.wiring.ledger.begin() as tx:
            known = {row.name: row.id for row in connections.listing(tx)}
            fresh = hints.put(tx, known[connection], pairs, now_us=now_us) if connection in known else 0
        return Taken(len(pairs), fresh)

    def close(self) -> None:
        """Lets go of the adapters; harmless twice."""
        for adapter in self._adapters.values():
            adapter.close()
        self._adapters.clear()
