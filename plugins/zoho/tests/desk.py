"""A desk to write from: a simulated organisation, adapters that may write to it, and what they sent."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from plugins.zoho.tests.simulated import SecretText, SimulatedZoho
from pydantic import JsonValue

from crmbridge.adapter.context import AdapterContext, InMemoryShared
from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected
from crmbridge.report.i18n import catalog
from crmbridge_zoho.adapter import ZohoAdapter
from crmbridge_zoho.config import ZohoOptions

KEY_FIELD = "Our_Key"
DEAL: dict[str, JsonValue] = {
    "Deal_Name": "retrofit",
    "Stage": "Qualification",
    "Pipeline": "Standard (Standard)",
    "Closing_Date": "2026-09-30",
}
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
READING_POSTS = ("/crm/v8/coql", "/oauth/")
Alter = Callable[[httpx.Request, httpx.Response], httpx.Response]


class Desk:
    """`sent` are the requests that write, as they came; `alter` may change what comes back; `seen` calls are old."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.zoho = SimulatedZoho(**options)
        self.shared, self.folder = InMemoryShared(), folder
        self.sent: list[httpx.Request] = []
        self.alter: Alter | None = None
        self.seen = 0
        for module in ("Deals", "Leads", "Contacts"):
            self.zoho.act("add_field", module=module, name=KEY_FIELD, data_type="text", length=255, unique=True)
        for module in ("Tasks", "Events", "Calls"):
            self.zoho.act("add_field", module=module, name=KEY_FIELD, data_type="text", length=255)

    def open(self, *, read_only: bool = False, **options: Any) -> ZohoAdapter:
        given = {"credentials": "x", "daily_share": 1.0, "reserve": 0.0, "external_id_field": KEY_FIELD, **options}
        config = ZohoOptions.model_validate(given)
        context = AdapterContext(
            "desk",
            config,
            self.folder,
            secrets=SecretText(self.zoho.secret),
            clock=self.zoho.clock,
            sleep=self.zoho.clock.sleep,
            read_only=read_only,
            shared=self.shared,
            state_dir=self.folder,
        )
        return ZohoAdapter(context, config, transport=httpx.MockTransport(self._handle))

    def push(self, *changes: Change, **options: Any) -> list[Outcome]:
        return list(self.open(**options).push(changes))

    def one(self, change: Change, **options: Any) -> Outcome:
        (outcome,) = self.push(change, **options)
        return outcome

    def deal(self, **fields: JsonValue) -> str:
        """A deal that a person made."""
        return self.zoho.create("Deals", [{**DEAL, **fields}])[0]

    def stored(self, module: str, identity: str) -> dict[str, Any]:
        return self.zoho.records(module)[identity]

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.sent if request.content]

    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path.removeprefix('/crm/v8/')}" for request in self.sent]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if request.method in WRITES and not request.url.path.startswith(READING_POSTS):
            self.sent.append(request)
        answer = self.zoho.handle(request)
        return self.alter(request, answer) if self.alter is not None else answer


def update(identity: str, base: str | None = None, *, module: str = "Deals", **fields: JsonValue) -> Change:
    return Change(f"u-{identity}", module, identity, fields, base)


def create(key: str, *, module: str = "Deals", **fields: JsonValue) -> Change:
    return Change(key, module, None, {**(DEAL if module == "Deals" else {}), **fields})


def applied(outcome: Outcome) -> Applied:
    assert isinstance(outcome, Applied), outcome
    return outcome


def rejected(outcome: Outcome) -> Rejected:
    """The refusal, which a person who reads Chinese is told in Chinese, with nothing left open."""
    assert isinstance(outcome, Rejected), outcome
    texts = [catalog("zh").message(one, outcome.params) for one in (outcome.message, outcome.hint) if one]
    assert all(re.search("[\u4e00-\u9fff]", text) and "{" not in text for text in texts), texts
    return outcome


def results(answer: httpx.Response, change: Callable[[list[Any]], Sequence[Any]]) -> httpx.Response:
    """The answer with other results in it."""
    body: Mapping[str, Any] = answer.json()
    return httpx.Response(answer.status_code, json={**body, "data": list(change(body["data"]))})
