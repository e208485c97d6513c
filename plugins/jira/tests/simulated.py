"""The simulated Jira for tests: in this process, on the clock of the test, behind the door's transport."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
from plugins.jira.tests.opened import Desk

from crmbridge.adapter.context import InMemoryShared
from crmbridge.testing.clock import VirtualClock
from crmbridge_jira.adapter import JiraAdapter
from crmbridge_sim.jira import JiraSimulator
from crmbridge_sim.wire import Headers, Request, Response

QUIET: Mapping[str, Any] = {"index_lag_s": 0, "short_every": 0}


@dataclass
class SharedClock:
    """The simulator's time is the test's."""

    clock: VirtualClock

    def now(self) -> float:
        return self.clock().timestamp()

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)


class SimulatedJira:
    """A simulator with its back door; `is_down` cuts the line."""

    def __init__(self, clock: VirtualClock | None = None, switches: Mapping[str, Any] = QUIET) -> None:
        self.clock = clock or VirtualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
        self.sim = JiraSimulator(deals=0, switches=switches, clock=SharedClock(self.clock))
        self.pat = "" if self.sim.cloud else str(self.sim.backdoor.new_token(kind="pat"))
        self.prefix = f"/rest/api/{3 if self.sim.cloud else 2}"
        self.is_down = self.is_garbage = False
        self.writes = 0
        self.calls: list[httpx.Request] = []

    @property
    def login(self) -> str:
        if not self.sim.cloud:
            return json.dumps({"token": self.pat})
        return json.dumps({"email": self.sim.caller.email, "token": self.sim.token})

    def handle(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("refused", request=request)
        if self.is_garbage:
            return httpx.Response(200, json=["what"])
        self.calls.append(request)
        if request.method != "GET" and not request.url.path.endswith(("/search/jql", "/search", "/bulkfetch")):
            self.writes += 1
        return self.sim_only(request)

    def sim_only(self, request: httpx.Request) -> httpx.Response:
        """What the simulator answers, without being counted."""
        query = tuple(request.url.params.multi_items())
        asked = Request(
            request.method, request.url.path, query, Headers(dict(request.headers)), request.content, request.url.host
        )
        answer: Response = self.sim.handle(asked)
        if answer.dropped:
            raise httpx.ReadError("the line was cut", request=request)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)

    def act(self, action: str, **arguments: object) -> Any:
        body = json.dumps(arguments).encode()
        answer = self.sim.handle(Request("POST", f"/__sim__/{action}", body=body))
        told = json.loads(answer.body)
        assert answer.status == 200, told
        return told.get("result")

    def ids(self) -> list[str]:
        told = json.loads(self.sim.handle(Request("GET", "/__sim__/state")).body)
        return [str(one["id"]) for one in told["issues"]]

    def api(self, path: str) -> Any:
        """A reading call of Jira's API past the adapter."""
        pair = base64.b64encode(f"{self.sim.caller.email}:{self.sim.token}".encode()).decode()
        place, _, query = path.partition("?")
        asked = tuple(parse_qsl(query))
        headers = Headers({"Authorization": f"Basic {pair}" if self.sim.cloud else f"Bearer {self.pat}"})
        answer = self.sim.handle(Request("GET", self.prefix + place, asked, headers, b"", "127.0.0.1"))
        assert answer.status == 200, answer.body
        return json.loads(answer.body, parse_float=Decimal)

    def issue(self, key: str, fields: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = self.api(f"/issue/{key}?fields={quote(','.join(fields))}&properties=crm.task")
        return found


class SimulatedDesk(Desk):
    """A desk on the simulator."""

    def __init__(self, switches: Mapping[str, Any] = QUIET) -> None:
        super().__init__(shared=InMemoryShared())
        self.site = SimulatedJira(switches=switches)

    def open(self, *, secret: str = "", read_only: bool = False) -> JiraAdapter:
        return self.opened(self.site.clock, self.site.handle, secret or self.site.login, read_only=read_only)
