"""The simulated Fxiaoke for tests: in this process, on the clock of the test, behind the door's transport."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from crmbridge.adapter.context import AdapterContext, InMemoryShared, Shared
from crmbridge.testing.clock import VirtualClock
from crmbridge_fxiaoke.adapter import FxiaokeAdapter
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.wire import Headers, Request, Response

URL = "http://127.0.0.1:8765"
"""Where the simulator seems to listen."""
QUERY = "/cgi/crm/v2/data/query"


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


@dataclass
class SimulatedFxiaoke:
    """A simulator with its control API; `is_down` cuts the line. `style` is how adapters opened here sign in."""

    clock: VirtualClock = field(default_factory=lambda: VirtualClock(datetime(2026, 6, 1, 12, tzinfo=UTC)))
    style: str = "corp"
    deals: int = 0
    switches: Mapping[str, str | int] = field(default_factory=dict)
    named: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.simulator = FxiaokeSimulator(
            clock=SharedClock(self.clock), deals=self.deals, switches=dict(self.switches), **self.named
        )
        self.is_down = False
        self.sent: list[httpx.Request] = []
        self._lock = threading.Lock()

    @property
    def secret(self) -> str:
        """The credentials of a connection, as its secret holds them."""
        told = self.simulator.credentials
        kept = {key: told[key] for key in ("app_id", "app_secret", "permanent_code", "mobile")}
        return json.dumps({**kept, "style": self.style})

    def handle(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("refused", request=request)
        query = tuple(request.url.params.multi_items())
        headers = Headers(dict(request.headers))
        asked = Request(request.method, request.url.path, query, headers, request.content, request.url.host)
        with self._lock:
            self.sent.append(request)
            answer: Response = self.simulator.handle(asked)
        if answer.dropped:
            raise httpx.ReadError("the line was cut", request=request)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def open(
        self,
        workspace: Path = Path(),
        *,
        read_only: bool = True,
        secret: str | None = None,
        shared: Shared | None = None,
        stop: threading.Event | None = None,
        state_dir: Path | None = None,
        **options: Any,
    ) -> FxiaokeAdapter:
        """An adapter on this simulator; `options` are keys of the connection."""
        config = FxiaokeOptions.model_validate({"simulator": True, "api_url": URL, "credentials": "x", **options})
        context = AdapterContext(
            connection="acme",
            config=config,
            workspace=workspace,
            secrets=SecretText(self.secret if secret is None else secret),
            clock=self.clock,
            stop=stop or threading.Event(),
            read_only=read_only,
            sleep=self.clock.sleep,
            shared=shared or InMemoryShared(),
            state_dir=state_dir,
        )
        return FxiaokeAdapter(context, config, transport=self.transport)

    def api(self, path: str, body: Mapping[str, object], *, style: str = "A") -> Any:
        """A call of Fxiaoke's API past the adapter."""
        headers, signed = self.simulator.signed(style=style)
        asked = Request.of("POST", path, headers=headers, json_body={**signed, **body})
        return json.loads(self.simulator.handle(asked).body)

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

    def bodies(self, path: str = "") -> list[dict[str, Any]]:
        """What was sent to a path, or to all, in the order it was."""
        with self._lock:
            return [json.loads(one.content) for one in self.sent if one.url.path.endswith(path)]
