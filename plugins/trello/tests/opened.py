"""Adapters on the fake."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from plugins.trello.tests.fake import BOARD, FINISHED, INBOX, SECRET, URL, FakeTrello
from pydantic import JsonValue

from crmbridge.adapter.context import AdapterContext, InMemoryShared
from crmbridge.adapter.contract import Change, Outcome, PullRequest, RawRecord
from crmbridge_trello.adapter import TrelloAdapter
from crmbridge_trello.config import TrelloOptions

TASKS = {"board": BOARD, "list": INBOX, "done": [FINISHED]}


@dataclass(frozen=True)
class OneSecret:
    value: str

    def resolve(self, reference: str) -> str:  # noqa: ARG002 - there is but one
        return self.value


@dataclass
class Desk:
    """A connection that may write, and what it does."""

    trello: FakeTrello = field(default_factory=FakeTrello)
    shared: InMemoryShared = field(default_factory=InMemoryShared)
    objects: dict[str, Any] = field(default_factory=lambda: {"tasks": dict(TASKS)})
    options: dict[str, Any] = field(default_factory=dict)

    def open(self, *, secret: str = SECRET, read_only: bool = False) -> TrelloAdapter:
        told = {"api_url": URL, "simulator": True, "credentials": "x", "objects": self.objects, **self.options}
        config = TrelloOptions.model_validate(told)
        context = AdapterContext(
            "trello",
            config,
            Path(),
            zone="Asia/Shanghai",
            secrets=OneSecret(secret),
            clock=self.trello.clock,
            sleep=self.trello.clock.sleep,
            shared=self.shared,
            read_only=read_only,
        )
        return TrelloAdapter(context, config, transport=httpx.MockTransport(self.trello.handle))

    def push(
        self, external_id: str | None, key: str = "cb1-1", base: str | None = None, **fields: JsonValue
    ) -> Outcome:
        (outcome,) = self.open().push([Change(key, "tasks", external_id, fields, base)])
        return outcome

    def read(self, name: str = "tasks", cursor: str | None = None) -> tuple[list[RawRecord], str, bool]:
        pages = list(self.open().pull(PullRequest(name, cursor)))
        return [one for page in pages for one in page.records], pages[-1].cursor, pages[-1].complete

    def record(self, external_id: str) -> RawRecord:
        (found,) = self.open().fetch("tasks", [external_id])
        assert found is not None
        return found

    def sent(self, method: str, end: str = "") -> list[Mapping[str, Any]]:
        found = [one for one in self.trello.calls if one.method == method and one.url.path.endswith(end)]
        return [json.loads(one.content) if one.content else {} for one in found]
