"""The simulated Trello for tests: in this process, on the clock of the test, behind the door's transport."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx
from plugins.trello.tests.opened import OneSecret
from plugins.trello.tests.test_conformance import TrelloHarness

from crmbridge.adapter.contract import Payload
from crmbridge.testing.clock import VirtualClock
from crmbridge_sim.trello import TrelloSimulator, rendering
from crmbridge_sim.wire import Headers, Request
from crmbridge_trello.adapter import TrelloAdapter
from crmbridge_trello.cards import FIELDS
from crmbridge_trello.config import TrelloOptions

URL = "http://127.0.0.1:7103"
Hook = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class SharedClock:
    """The simulator's time is the test's."""

    clock: VirtualClock

    def now(self) -> float:
        return self.clock().timestamp()

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)


class SimulatedTrello:
    """A simulator, with what comes before and after its answers."""

    def __init__(self, clock: VirtualClock, switches: Mapping[str, Any]) -> None:
        self.sim = TrelloSimulator(deals=0, switches=switches, clock=SharedClock(clock))
        self.before: Hook | None = None
        self.after: Hook | None = None
        self.writes = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        if self.before is not None and (instead := self.before(request)) is not None:
            return instead
        if request.method != "GET":
            self.writes += 1
        found = self.answer(request)
        return (None if self.after is None else self.after(request)) or found

    def answer(self, request: httpx.Request) -> httpx.Response:
        query, head = tuple(request.url.params.multi_items()), Headers(dict(request.headers))
        asked = Request(request.method, request.url.path, query, head, request.content, request.url.host)
        told = self.sim.handle(asked)
        return httpx.Response(told.status, headers=told.headers, content=told.body)


class SimulatedHarness(TrelloHarness):
    """The cards of one board of the simulated account."""

    switches: Mapping[str, Any] = {"member_calls": 0}
    """A run asks for the member once; the kit opens more adapters than a quarter of an hour allows."""

    def __init__(self) -> None:
        super().__init__()
        self.site = SimulatedTrello(self.clock, self.switches)
        self.trello = self.site  # type: ignore[assignment] # it has the same hooks
        self.board = next(iter(self.site.sim.boards))
        lists = [one.id for one in self.site.sim.lists.values() if one.board == self.board]
        self.inbox = lists[0]
        self.stages = (lists[1], lists[2], lists[3])
        self.canaries = (self.site.sim.key, self.site.sim.token, "wrong-token-canary")

    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> TrelloAdapter:
        tasks = {"board": self.board, "list": self.inbox, "done": [self.stages[-1]]}
        told = {"api_url": URL, "simulator": True, "credentials": "x", "objects": {"tasks": tasks}, "page_size": 3}
        config = TrelloOptions.model_validate(told)
        token = "wrong-token-canary" if wrong_credentials else self.site.sim.token
        secret = json.dumps({"key": self.site.sim.key, "token": token})
        context = self.context(config, secrets=OneSecret(secret), read_only=read_only, stop=stop)

        def answer(request: httpx.Request) -> httpx.Response:
            if self.is_down:
                raise httpx.ConnectError("refused")
            return self.site.handle(request)

        return TrelloAdapter(replace(context, shared=self.shared), config, transport=httpx.MockTransport(answer))

    def seed(
        self,
        records: Sequence[Mapping[str, object]],
        *,
        ids: Sequence[str] | None = None,  # noqa: ARG002 - Trello gives the ids
        together: bool = False,  # noqa: ARG002 - never
    ) -> list[str]:
        made = []
        for record in records:
            self.clock.advance(60)
            told = self._told(record)
            made.append(self.site.sim.backdoor.create(str(told.pop("idList", self.inbox)), told))
        return made

    def edit(self, external_id: str, fields: Mapping[str, object]) -> None:
        self.clock.advance(60)
        self.site.sim.backdoor.edit(external_id, self._told(fields))

    def delete(self, external_id: str) -> None:
        self.clock.advance(60)
        self.site.sim.backdoor.delete(external_id)

    def move(self, moves: Sequence[tuple[str, str]], *, together: bool = False) -> None:  # noqa: ARG002 - never
        for card, place in moves:
            self.clock.advance(60)
            self.site.sim.backdoor.move(card, place)

    def refused(self) -> dict[str, Any]:
        return {"name": "x" * 20_000}

    def stored(self) -> Mapping[str, Payload]:
        return {
            key: self._payload(rendering.card(self.site.sim, one, FIELDS)) for key, one in self.site.sim.cards.items()
        }
