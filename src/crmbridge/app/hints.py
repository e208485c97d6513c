"""Takes notifications into the inbox of hints, and follows what waits there: reads those records again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from crmbridge.adapter.contract import Adapter, Receives
from crmbridge.adapter.hearing import Acknowledgement, Acknowledges
from crmbridge.app import hooks
from crmbridge.app.hook_keys import HookKeys
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, hints
from crmbridge.model.errors import AuthError
from crmbridge.model.instants import to_us
from crmbridge.sync.answers import answering


@dataclass(frozen=True, slots=True)
class Taken:
    """What a genuine notification brought: `records` it spoke of, `fresh` of which nobody waited for already.

    `answer` is what its vendor wants to hear, None where any success will do.
    """

    records: int
    fresh: int
    answer: Acknowledgement | None = None


@dataclass(frozen=True, slots=True)
class _Heard:
    """A genuine notification before it is kept."""

    pairs: list[tuple[str, str]]
    answer: Acknowledgement | None


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
            heard = self._receive(connection, headers, body)
            return replace(self._keep(connection, heard), answer=heard.answer)

    def _receive(self, connection: str, headers: Mapping[str, str], body: bytes) -> _Heard:
        """What the adapter reads out of it, by any secret that may be the right one."""
        hook = hooks.hook_of(self.wiring, connection)
        if hook is None:
            raise AuthError("refused")
        adapter = self._opened(connection)
        if not isinstance(adapter, Receives):
            raise AuthError("refused")
        for secret in hooks.secrets_of(self.wiring, adapter, connection, hook.generation):
            try:
                with answering(connection):
                    found = adapter.receive(headers, body, secret)
                    answer = _answer(adapter, headers, body, secret)
            except AuthError:
                continue
            return _Heard([(name, key) for name, key in found if name in hook.objects], answer)
        raise AuthError("refused")

    def _opened(self, connection: str) -> Adapter:
        if connection not in self._adapters:
            self._adapters[connection] = self.wiring.open(connection)
        return self._adapters[connection]

    def _keep(self, connection: str, heard: _Heard) -> Taken:
        """Keeps the records; those of a notification that was taken before wait already, or were looked at since."""
        now_us = to_us(self.wiring.clock())
        with self.wiring.ledger.begin() as tx:
            known = {row.name: row.id for row in connections.listing(tx)}
            if connection not in known:
                return Taken(len(heard.pairs), 0)
            own = known[connection]
            if heard.answer is not None and not hints.mark(tx, own, heard.answer.mark, now_us=now_us):
                return Taken(len(heard.pairs), 0)
            return Taken(len(heard.pairs), hints.put(tx, own, heard.pairs, now_us=now_us))

    def close(self) -> None:
        """Lets go of the adapters; harmless twice."""
        for adapter in self._adapters.values():
            adapter.close()
        self._adapters.clear()


def _answer(adapter: Adapter, headers: Mapping[str, str], body: bytes, secret: str) -> Acknowledgement | None:
    """What the vendor wants to hear, where it wants more than a success."""
    return adapter.acknowledge(headers, body, secret) if isinstance(adapter, Acknowledges) else None
