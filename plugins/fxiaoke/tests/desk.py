"""A desk to write from: a simulated company, ways to write to it, and what they sent."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import JsonValue

from crmbridge.adapter.context import AdapterContext, InMemoryShared
from crmbridge.adapter.contract import Applied, Change, Outcome, RawRecord, Rejected, Unknown
from crmbridge.testing.clock import VirtualClock
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_fxiaoke.find import find
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import READS, Session
from crmbridge_fxiaoke.write import Writer
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.wire import Headers, Request

KEY_FIELD = "external_key__c"
LEADS, DEALS = "LeadsObj", "NewOpportunityObj"
URL = "http://127.0.0.1:1"
Alter = Callable[[httpx.Request, httpx.Response], httpx.Response]


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


class Hand:
    """One opened connection that may write."""

    def __init__(self, context: AdapterContext, options: FxiaokeOptions, transport: httpx.MockTransport) -> None:
        self.session = Session(context, options, transport=transport)
        self.objects = Objects(self.session)

    def push(self, *changes: Change) -> list[Outcome]:
        return Writer(self.session, self.objects).push(changes)

    def one(self, change: Change) -> Outcome:
        (outcome,) = self.push(change)
        return outcome

    def find(self, object_name: str, field: str, *values: str) -> list[list[RawRecord]]:
        return find(self.session, self.objects, object_name, field, values)


class Desk:
    """`sent` are the bodies of the calls that write, with their paths; `alter` may change what comes back."""

    def __init__(self, folder: Path, *, style: str = "A", deals: int = 0, **switches: Any) -> None:
        self.clock = VirtualClock(datetime(2026, 6, 1, 4, tzinfo=UTC))
        self.sim = FxiaokeSimulator(seed=7, deals=deals, switches=switches, clock=SharedClock(self.clock))
        self.folder, self.style = folder, style
        self.shared = InMemoryShared()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.alter: Alter | None = None
        self.handled: Callable[[str], None] = lambda _path: None
        """Called with each path once the simulator has answered, before the answer arrives."""
        self.is_down = False
        self.user = self.signed()[1].get("currentOpenUserId") or str(self.look("credentials")["user_id"])

    def signed(self) -> tuple[Mapping[str, str], dict[str, Any]]:
        headers, body = self.sim.signed(style=self.style)
        return headers, dict(body)

    # the way in

    def open(self, *, read_only: bool = False, **options: Any) -> Hand:
        given = {
            "credentials": "x",
            "simulator": True,
            "api_url": URL,
            "external_id_field": KEY_FIELD,
            "style": "corp" if self.style == "A" else "oauth",
            **options,
        }
        config = FxiaokeOptions.model_validate(given)
        context = AdapterContext(
            "desk",
            config,
            self.folder,
            secrets=SecretText(json.dumps(self.look("credentials"))),
            clock=self.clock,
            sleep=self.clock.sleep,
            read_only=read_only,
            shared=self.shared,
            state_dir=self.folder,
        )
        return Hand(context, config, httpx.MockTransport(self._handle))

    def push(self, *changes: Change, **options: Any) -> list[Outcome]:
        return self.open(**options).push(*changes)

    def one(self, change: Change, **options: Any) -> Outcome:
        return self.open(**options).one(change)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("refused", request=request)
        path = request.url.path
        self.asked.append(path)
        if f"POST {path}" not in READS and "oken" not in path:
            self.sent.append((path, json.loads(request.content)))
        query = tuple(request.url.params.multi_items())
        asked = Request("POST", path, query, Headers(dict(request.headers)), request.content, request.url.host)
        told = self.sim.handle(asked)
        self.handled(path)
        if told.dropped:
            raise httpx.ReadError("the line was cut", request=request)
        answer = httpx.Response(told.status, headers=told.headers, content=told.body)
        return self.alter(request, answer) if self.alter is not None else answer

    def verbs(self) -> list[str]:
        """The last words of the paths of what was sent."""
        return [path.rsplit("/", 1)[1] for path, _ in self.sent]

    def data(self, place: int = -1) -> dict[str, Any]:
        """The data of one write."""
        found: dict[str, Any] = self.sent[place][1]["data"]
        return found

    # behind the adapter

    def look(self, what: str, **query: object) -> Any:
        asked = tuple((key, str(value)) for key, value in query.items())
        return self._told(Request("GET", f"/__sim__/{what}", asked))

    def act(self, action: str, **arguments: object) -> Any:
        return self._told(Request("POST", f"/__sim__/{action}", body=json.dumps(arguments).encode()))

    def _told(self, request: Request) -> Any:
        answer = self.sim.handle(request)
        told = json.loads(answer.body)
        assert answer.status == 200, told
        return told.get("result", told) if isinstance(told, Mapping) else told

    def api(self, path: str, data: Mapping[str, Any], **top: Any) -> dict[str, Any]:
        """A call past the adapter."""
        headers, body = self.signed()
        told = self.sim.handle(Request.of("POST", path, headers=headers, json_body={**body, **top, "data": data}))
        found: dict[str, Any] = json.loads(told.body)
        return found

    def made(self, object_name: str, **fields: Any) -> str:
        """A record that a person made."""
        given = {"owner": [self.user], **fields}
        named = {"dataObjectApiName": object_name, **{name: one for name, one in given.items() if one is not None}}
        told = self.api("/cgi/crm/v2/data/create", {"object_data": named}, triggerWorkFlow=False)
        assert told["errorCode"] == 0, told
        return str(told["dataId"])

    def lead(self, **fields: Any) -> str:
        return self.made(LEADS, **{"name": "王示例", **fields})

    def stored(self, object_name: str, identity: str) -> dict[str, Any]:
        data = {"dataObjectApiName": object_name, "objectDataId": identity}
        told = self.api("/cgi/crm/v2/data/get", data)
        assert told["errorCode"] == 0, told
        found: dict[str, Any] = told["data"]
        return found

    def rows(self, object_name: str) -> list[dict[str, Any]]:
        """Every live row, as the simulator's own state has it."""
        state = self.look("state", style=self.style)["objects"].get(object_name, {})
        rows: Sequence[dict[str, Any]] = list(state.values()) if isinstance(state, Mapping) else state
        return [row for row in rows if row.get("life_status") != "invalid"]

    def keyed(self, object_name: str, key: str) -> list[dict[str, Any]]:
        return [row for row in self.rows(object_name) if row.get(KEY_FIELD) == key]

    def version(self, object_name: str, identity: str) -> str:
        return str(self.stored(object_name, identity)["version"])


def update(identity: str, base: str | None = None, /, *, on: str = LEADS, **fields: JsonValue) -> Change:
    return Change(f"u-{identity}", on, identity, fields, base)


def create(desk: Desk, key: str, **fields: JsonValue) -> Change:
    """A new lead of the acting employee."""
    return Change(key, LEADS, None, {"name": f"线索 {key}", "owner": [desk.user], **fields})


def applied(outcome: Outcome) -> Applied:
    assert isinstance(outcome, Applied), outcome
    return outcome


def rejected(outcome: Outcome) -> Rejected:
    assert isinstance(outcome, Rejected), outcome
    assert str(outcome)
    return outcome


def unknown(outcome: Outcome) -> Unknown:
    assert isinstance(outcome, Unknown), outcome
    assert str(outcome)
    return outcome
