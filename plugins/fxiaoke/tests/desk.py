"""A desk to write from: a simulated company, adapters that may write to it, and what they sent."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from plugins.fxiaoke.tests.simulated import SimulatedFxiaoke
from pydantic import JsonValue

from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected, Unknown
from crmbridge_fxiaoke.adapter import FxiaokeAdapter
from crmbridge_fxiaoke.session import READS
from crmbridge_sim.wire import Headers, Request

KEY_FIELD = "external_key__c"
LEADS, DEALS = "LeadsObj", "NewOpportunityObj"
Alter = Callable[[httpx.Request, httpx.Response], httpx.Response]


class Desk(SimulatedFxiaoke):
    """`writes` are the paths and bodies of the calls that write; `alter` may change what comes back."""

    def __init__(self, folder: Path, *, letter: str = "A", deals: int = 0, **switches: Any) -> None:
        self.writes: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.alter: Alter | None = None
        self.handled: Callable[[str], None] = lambda _path: None
        """Called with each path once the simulator has answered, before the answer arrives."""
        self.folder, self.letter, self.shared = folder, letter, InMemoryShared()
        super().__init__(style="corp" if letter == "A" else "oauth", deals=deals, switches=switches)
        told = self.look("credentials")
        self.user = str(self.simulator.signed(style="A")[1]["currentOpenUserId"] if letter == "A" else told["user_id"])

    # the way in

    def hand(self, *, read_only: bool = False, **options: Any) -> FxiaokeAdapter:
        """An adapter that may write."""
        given = {"external_id_field": KEY_FIELD, **options}
        return self.open(self.folder, read_only=read_only, shared=self.shared, state_dir=self.folder, **given)

    def push(self, *changes: Change, **options: Any) -> list[Outcome]:
        return list(self.hand(**options).push(changes))

    def one(self, change: Change, **options: Any) -> Outcome:
        (outcome,) = self.push(change, **options)
        return outcome

    def handle(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if not self.is_down:
            self.asked.append(path)
            if f"POST {path}" not in READS and "oken" not in path:
                self.writes.append((path, json.loads(request.content)))
        try:
            answer = super().handle(request)
        finally:
            self.handled(path)
        return self.alter(request, answer) if self.alter is not None else answer

    def verbs(self) -> list[str]:
        """The last words of the paths of what was sent."""
        return [path.rsplit("/", 1)[1] for path, _ in self.writes]

    def data(self, place: int = -1) -> dict[str, Any]:
        """The data of one write."""
        found: dict[str, Any] = self.writes[place][1]["data"]
        return found

    # behind the adapter

    def call(self, path: str, data: Mapping[str, Any], **top: Any) -> dict[str, Any]:
        """A call past the adapter, in its own style."""
        headers, signed = self.simulator.signed(style=self.letter)
        body = json.dumps({**signed, **top, "data": data}).encode()
        answer = self.simulator.handle(Request("POST", path, (("thirdTraceId", "desk"),), Headers(dict(headers)), body))
        told: dict[str, Any] = json.loads(answer.body)
        return told

    def made(self, object_name: str, **fields: Any) -> str:
        """A record that a person made."""
        given = {"owner": [self.user], **fields}
        named = {"dataObjectApiName": object_name, **{name: one for name, one in given.items() if one is not None}}
        told = self.call("/cgi/crm/v2/data/create", {"object_data": named}, triggerWorkFlow=False)
        assert told["errorCode"] == 0, told
        return str(told["dataId"])

    def lead(self, **fields: Any) -> str:
        return self.made(LEADS, **{"name": "王示例", **fields})

    def stored(self, object_name: str, identity: str) -> dict[str, Any]:
        data = {"dataObjectApiName": object_name, "objectDataId": identity}
        told = self.call("/cgi/crm/v2/data/get", data)
        assert told["errorCode"] == 0, told
        found: dict[str, Any] = told["data"]
        return found

    def rows(self, object_name: str) -> list[dict[str, Any]]:
        """Every live row, as the simulator's own state has it."""
        state = self.look("state", style=self.letter)["objects"].get(object_name, {})
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
