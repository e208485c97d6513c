"""Two services that outlive the processes which talk to them, and the wire between.

They live in the process that forks; the forked one has a `Remote` in the place of each. Its questions are answered one
by one, by `Desk.serve`, until the other end of the wire is gone.
"""

import pickle
import select
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.sync.twoway.pairing import OBJECTS

from crmbridge.adapter.contract import Change
from crmbridge.sync.twoway.merging import Side
from crmbridge.testing.memory import MemoryServer, MemoryStore, Row
from crmbridge.testing.memory.server import _RUNNING, Answer
from crmbridge.testing.memory.store import KEY_FIELD

INDEX_LAG_S = 50
_LENGTH = struct.Struct("!I")


@dataclass(eq=False)
class Service(MemoryServer):
    """A service that keeps a journal of what it was told to write."""

    journal: list[tuple[str, str, str]] = field(default_factory=list)

    def _save(self, change: Change) -> Answer:
        answer = super()._save(change)
        if answer.state == "done" and answer.row is not None:
            op = "create" if change.external_id is None else "delete" if change.delete else "update"
            self.journal.append((op, change.object, change.key if op == "create" else answer.row.external_id))
        return answer


@dataclass(eq=False)
class Careless(Service):
    """One that makes a record for every create, whatever its key, and finds it by its key only a while later."""

    made: dict[str, float] = field(default_factory=dict)

    def _create(self, change: Change) -> Row | None:
        self.store.writes += 1
        new_id = self.store.put(change.object, {**change.fields, KEY_FIELD: change.key})
        self.made[new_id] = self.store.clock().timestamp()
        return self.store.row(change.object, new_id)

    def search(self, token: str | None, object_name: str, field_name: str, value: str) -> list[Row]:
        """What the index knows."""
        found = super().search(token, object_name, field_name, value)
        known_before = self.store.clock().timestamp() - INDEX_LAG_S
        return [row for row in found if self.made.get(row.external_id, 0.0) <= known_before]


def services(clock: Any) -> dict[Side, Service]:
    """A careful one on the left, a careless one on the right."""
    stores = {side: MemoryStore(OBJECTS[side], clock=clock, org_id=f"org-{side}") for side in Side}
    return {Side.LEFT: Service(stores[Side.LEFT]), Side.RIGHT: Careless(stores[Side.RIGHT])}


class Remote:
    """A service as a forked process sees it: questions go over the wire, with a point before and one after."""

    def __init__(self, server: Service, side: Side, wire: socket.socket, pass_one: Callable[[str], None]) -> None:
        self.store = server.store  # its objects and its clock; rows are asked for
        self.name = server.name
        self._side, self._wire, self._pass_one = side, wire, pass_one
        _RUNNING[self.name] = self  # type: ignore[assignment] # it has all that adapters ask a server for

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        def ask(*args: object, **kwargs: object) -> object:
            self._pass_one(f"before {name} {self._side}")
            _send(self._wire, (self._side, name, args, kwargs))
            is_fine, answer = _receive(self._wire)
            self._pass_one(f"after {name} {self._side}")
            if not is_fine:
                raise answer
            return answer

        return ask


def _nothing() -> None:
    """Nothing strikes."""


@dataclass
class Desk:
    """Answers a forked process. `between` is called before each answer: people do not wait for a sync to end."""

    servers: dict[Side, Service]
    between: Callable[[], None] = _nothing

    def serve_until(self, wire: socket.socket, is_over: Callable[[], bool]) -> None:
        """Until that comes true: a child that stands still asks nothing."""
        while not is_over():
            if select.select([wire], [], [], 0.005)[0]:
                asked = _receive(wire)
                if asked is None:
                    return
                _send(wire, self._answer(*asked))

    def serve_all(self, wires: Sequence[socket.socket]) -> None:
        """Several children, until all of them are gone."""
        open_ones = list(wires)
        while open_ones:
            for wire in select.select(open_ones, [], [])[0]:
                asked = _receive(wire)
                if asked is None:
                    open_ones.remove(wire)
                else:
                    _send(wire, self._answer(*asked))

    def serve(self, wire: socket.socket, after_s: float | None = None, strike: Callable[[], None] = _nothing) -> None:
        """Until the child is gone. After so many seconds something strikes, be it between a write and its answer."""
        until = None if after_s is None else time.monotonic() + after_s
        while True:
            if until is not None and not select.select([wire], [], [], max(0.0, until - time.monotonic()))[0]:
                strike()
                until = None
            asked = _receive(wire)
            if asked is None:
                return
            answer = self._answer(*asked)
            self.between()
            if until is not None and time.monotonic() >= until:
                strike()
                until = None
            try:
                _send(wire, answer)
            except OSError:
                return

    def _answer(self, side: Side, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[bool, Any]:
        try:
            return True, getattr(self.servers[side], name)(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - it is raised at the other end
            return False, error


def _send(wire: socket.socket, told: object) -> None:
    body = pickle.dumps(told)
    wire.sendall(_LENGTH.pack(len(body)) + body)


def _receive(wire: socket.socket) -> Any:
    head = _exactly(wire, _LENGTH.size)
    body = _exactly(wire, _LENGTH.unpack(head)[0]) if head else None
    return pickle.loads(body) if body else None  # noqa: S301 - ours


def _exactly(wire: socket.socket, count: int) -> bytes | None:
    found = b""
    while len(found) < count:
        try:
            part = wire.recv(count - len(found))
        except ConnectionResetError:
            return None
        if not part:
            return None
        found += part
    return found
