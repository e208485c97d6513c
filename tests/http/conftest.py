"""A door on a virtual clock, to a server that goes wrong on purpose or to one in memory."""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from pydantic import BaseModel

from crmbridge.adapter.context import AdapterContext, InMemoryShared, Shared
from crmbridge.http import Auth, Call, Door, Fail, Hosts, Ok, Reply, Retry, Rules, Verdict, by_status
from crmbridge.http.settling import Judge
from crmbridge.model.errors import RecordError
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.faults import Answer, Asked, FaultServer

T = TypeVar("T")
HOST = "www.example-crm.com"
URL = f"https://{HOST}"


class Options(BaseModel):
    """A connection without keys of its own."""


Handler = Callable[[httpx.Request], httpx.Response]


def judge(call: Call, reply: Reply) -> Verdict:
    """A plain vendor: what the status says, and an `error` in the body."""
    found = by_status(call, reply)
    if found:
        return found
    if reply.status >= 400:
        return Fail(RecordError("status {status}", status=reply.status))
    if reply.body and not call.sink:
        body = reply.json()
        if isinstance(body, dict) and body.get("error"):
            return Retry("busy")
    return Ok()


@dataclass
class Doors:
    """Makes doors of one connection; all share the clock and what the connection's processes share."""

    state_dir: Path
    clock: VirtualClock = field(default_factory=VirtualClock)
    shared: Shared = field(default_factory=InMemoryShared)
    stop: threading.Event = field(default_factory=threading.Event)
    opened: list[Door] = field(default_factory=list)

    def context(self, *, read_only: bool = False, sleep: Callable[[float], None] | None = None) -> AdapterContext:
        return AdapterContext(
            connection="acme",
            config=Options(),
            workspace=Path(),
            clock=self.clock,
            sleep=sleep or self.clock.sleep,
            stop=self.stop,
            read_only=read_only,
            shared=self.shared,
            state_dir=self.state_dir,
        )

    def to(self, *servers: FaultServer, rules: Rules | None = None, read_only: bool = False, **named: Any) -> Door:
        """A door over real sockets to servers on this machine."""
        hosts = Hosts(frozenset(), frozenset(("127.0.0.1", server.port) for server in servers))
        return self.keep(Door(self.context(read_only=read_only), hosts=hosts, rules=rules, **{"judge": judge} | named))

    def over(
        self,
        handler: Handler,
        *,
        rules: Rules | None = None,
        read_only: bool = False,
        auth: Auth | None = None,
        judge: Judge = judge,
        name: str = "api",
        identity: str | None = None,
    ) -> Door:
        """A door over a vendor in memory."""
        return self.keep(
            Door(
                self.context(read_only=read_only),
                hosts=Hosts(frozenset({HOST})),
                judge=judge,
                rules=rules,
                auth=auth,
                name=name,
                identity=identity,
                transport=httpx.MockTransport(handler),
                draw=random.Random(7),  # noqa: S311 - jitter
            )
        )

    def keep(self, door: Door) -> Door:
        self.opened.append(door)
        return door


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    made = Doors(tmp_path / "state")
    yield made
    for door in made.opened:
        door.close()


def read(path: str = "/v1/deals", **named: Any) -> Call:
    return Call("GET", named.pop("base", URL) + path, safe=True, **named)


def write(path: str = "/v1/deals", **named: Any) -> Call:
    return Call("POST", named.pop("base", URL) + path, safe=False, json={"name": "x"}, **named)


def deals(count: int) -> Answer:
    return Answer.json({"data": [{"id": str(number), "name": f"deal {number}"} for number in range(count)]})


class CountedShared(InMemoryShared):
    """Counts what would be a write to a database."""

    def __init__(self) -> None:
        super().__init__()
        self.updates = 0

    def update(self, key: str, change: Callable[[str | None], tuple[str | None, T]]) -> T:
        self.updates += 1
        return super().update(key, change)


class Vendor:
    """A vendor in memory: gives its answers in turn, the last one for ever, and keeps what was sent to it."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = answers or (httpx.Response(200),)
        self.sent: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = self.answers[min(len(self.sent), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


class Store:
    """A vendor that keeps what is written to it, for telling what really happened."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def __call__(self, asked: Asked) -> Answer:
        if asked.method != "GET":
            self.written.append(asked.body)
            return Answer.json({"data": [{"code": "SUCCESS"}]}, 201)
        return deals(20)
