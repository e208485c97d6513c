"""The conformance kit."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import httpx
import pytest
from plugins.trello.tests.fake import DOING, FINISHED, INBOX, KEY, SECRET, TOKEN, URL, FakeTrello
from plugins.trello.tests.opened import TASKS, OneSecret

from crmbridge.adapter.capabilities import Support, vendor_cannot
from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import Payload
from crmbridge.testing.kit import AdapterConformance, Fault, Harness, Need
from crmbridge_trello.adapter import TrelloAdapter
from crmbridge_trello.cards import created
from crmbridge_trello.catalog import BATCH
from crmbridge_trello.config import TrelloOptions
from crmbridge_trello.desc import Desc, parse
from crmbridge_trello.plugin import DESCRIPTOR

WRONG = "wrong-token-canary"


class TrelloHarness(Harness):
    """The cards of one board."""

    descriptor = DESCRIPTOR
    object_name = "tasks"
    field = "name"
    other_field = "text"
    key_field = "external_key"
    stages = (INBOX, DOING, FINISHED)
    cannot: ClassVar[Mapping[Fault | Need, Support]] = {
        Need.CHOSEN_IDS: vendor_cannot("Trello gives the ids", "ID 由 Trello 分配"),
        Need.NULLS: vendor_cannot("Trello gives every field that is asked for", "Trello 会返回请求的每个字段"),
        Need.SAME_INSTANT: vendor_cannot("a write of Trello has a millisecond of its own", "每次写入时间不同"),
        Need.NUMBERS: vendor_cannot("no number of a card is read", "不读取卡片中的数字"),
    }

    def __init__(self) -> None:
        super().__init__()
        self.trello, self.shared = FakeTrello(self.clock), InMemoryShared()
        self.canaries = (KEY, TOKEN, WRONG)
        self.is_down = False

    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> TrelloAdapter:
        told = {"api_url": URL, "simulator": True, "credentials": "x", "objects": {"tasks": TASKS}, "page_size": 3}
        config = TrelloOptions.model_validate(told)
        secret = json.dumps({"key": KEY, "token": WRONG}) if wrong_credentials else SECRET
        context = self.context(config, secrets=OneSecret(secret), read_only=read_only, stop=stop)
        context = replace(context, shared=self.shared)

        def answer(request: httpx.Request) -> httpx.Response:
            if self.is_down:
                raise httpx.ConnectError("refused")
            return self.trello.handle(request)

        return TrelloAdapter(context, config, transport=httpx.MockTransport(answer))

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
            made.append(self.trello.make(**self._told(record)))
        return made

    def edit(self, external_id: str, fields: Mapping[str, object]) -> None:
        self.clock.advance(60)
        self.trello.touch(external_id, **self._told(fields))

    def delete(self, external_id: str) -> None:
        self.clock.advance(60)
        del self.trello.cards[external_id]

    def move(self, moves: Sequence[tuple[str, str]], *, together: bool = False) -> None:  # noqa: ARG002 - never
        for card, place in moves:
            self.clock.advance(60)
            self.trello.move(card, place)

    def stored(self) -> Mapping[str, Payload]:
        return {key: self._payload(one) for key, one in self.trello.cards.items()}

    def writes(self) -> int:
        return self.trello.writes

    def refused(self) -> dict[str, Any]:
        return {"name": "refuse"}

    def inject(self, fault: Fault) -> None:
        if fault is Fault.UNREACHABLE:
            self.is_down = True
        elif fault is Fault.THROTTLE:
            said = {"error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded"}
            self.trello.before = self._once(lambda _: httpx.Response(429, json=said))
        elif fault is Fault.GARBAGE:
            self.trello.before = lambda _: httpx.Response(200, json=["what"])
        elif fault is Fault.LOST_REQUEST:
            self.trello.before = self._once(self._lost, writes=True)
        elif fault is Fault.LOST_ANSWER:
            self.trello.after = self._after(0)
        elif fault is Fault.BREAK_MIDWAY:
            self.trello.after = self._after(BATCH)

    def heal(self) -> None:
        self.trello.before = self.trello.after = None
        self.is_down = False

    @staticmethod
    def _told(record: Mapping[str, object]) -> dict[str, object]:
        told = {name: value for name, value in record.items() if name not in {"text", "external_key"}}
        if "text" in record or "external_key" in record:
            key = record.get("external_key")
            told["desc"] = Desc(str(record.get("text") or ""), key if isinstance(key, str) else None).whole()
        return told

    @staticmethod
    def _payload(card: Mapping[str, Any]) -> Payload:
        desc = parse(card["desc"])
        mine = {"external_key": desc.key, "text": desc.text, "link": None, "state": "open", "member": None}
        return {**card, **mine, "comments": None, "created": created(card["id"])}

    def _once(self, answer: Any, *, writes: bool = False) -> Any:
        def before(request: httpx.Request) -> httpx.Response | None:
            if writes and request.method == "GET":
                return None
            self.trello.before = None
            found: httpx.Response = answer(request)
            return found

        return before

    def _after(self, count: int) -> Any:
        seen: list[str] = []

        def after(request: httpx.Request) -> httpx.Response | None:
            if request.method != "GET":
                seen.append(request.method)
                if len(seen) > count:
                    return self._lost(request)
            return None

        return after

    @staticmethod
    def _lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("no answer", request=request)


class TestTrello(AdapterConformance):
    """All groups of the kit."""

    @pytest.fixture
    def harness(self) -> TrelloHarness:
        return TrelloHarness()
