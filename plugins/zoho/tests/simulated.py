"""The simulated Zoho for tests: in this process, on the clock of the test, behind the door's transport."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

from crmbridge.testing.clock import VirtualClock
from crmbridge_sim.wire import Headers, Request, Response
from crmbridge_sim.zoho.simulator import ZohoSimulator


@dataclass
class SharedClock:
    """The simulator's time is the test's."""

    clock: VirtualClock

    def now(self) -> float:
        return self.clock().timestamp()

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)


class SecretText:
    """One secret, whatever it is called."""

    def __init__(self, text: str) -> None:
        self.text = text

    def resolve(self, reference: str) -> str:  # noqa: ARG002 - there is but one
        return self.text


class SimulatedZoho:
    """A simulator with its control API; `is_down` cuts the line."""

    def __init__(self, clock: VirtualClock | None = None, **options: Any) -> None:
        self.clock = clock or VirtualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
        self.simulator = ZohoSimulator(clock=SharedClock(self.clock), **{"deals": 0, **options})
        self.secret = json.dumps(self.simulator.credentials)
        self.is_down = False

    def handle(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("refused", request=request)
        query = tuple(request.url.params.multi_items())
        headers = Headers(dict(request.headers))
        asked = Request(request.method, request.url.path, query, headers, request.content, request.url.host)
        answer: Response = self.simulator.handle(asked)
        if answer.dropped:
            raise httpx.ReadError("the line was cut", request=request)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def api(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """A call of Zoho's API past the adapter; None where the answer is empty."""
        headers = Headers({"Authorization": f"Zoho-oauthtoken {self.simulator.token()}"})
        sent = json.dumps(body).encode() if body is not None else b""
        answer = self.simulator.handle(Request(method, path, tuple(query.items()), headers, sent))
        return json.loads(answer.body) if answer.body else None

    def look(self, what: str, **query: object) -> Any:
        asked = tuple((key, str(value)) for key, value in query.items())
        return self._told(self.simulator.handle(Request("GET", f"/__sim__/{what}", asked)))

    def act(self, action: str, **arguments: object) -> Any:
        body = json.dumps(arguments).encode()
        return self._told(self.simulator.handle(Request("POST", f"/__sim__/{action}", body=body)))

    @staticmethod
    def _told(answer: Response) -> Any:
        told = json.loads(answer.body, parse_float=Decimal)
        assert answer.status == 200, told
        return told.get("result", told) if isinstance(told, Mapping) else told

    def create(self, module: str, records: Sequence[Mapping[str, object]], *, apart_s: float = 60) -> list[str]:
        """Records made behind the adapter, each so long after the one before."""
        made = []
        for record in records:
            self.clock.advance(apart_s)
            made.append(str(self.act("create", module=module, record=dict(record))))
        return made

    def records(self, module: str) -> dict[str, dict[str, Any]]:
        """The state of a module, as the simulator itself has it."""
        found = self.look("state")["modules"].get(module, {})
        return dict(found)
