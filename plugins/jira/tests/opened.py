"""Adapters on the fake."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from plugins.jira.tests.fake import SECRET, SITE, FakeJira
from pydantic import JsonValue

from crmbridge.adapter.context import AdapterContext, InMemoryShared
from crmbridge.adapter.contract import Change, Outcome, PullRequest, RawRecord
from crmbridge.testing.clock import VirtualClock
from crmbridge_jira.adapter import JiraAdapter
from crmbridge_jira.config import JiraOptions

TASKS = {"project": "SALE", "type": "Follow-up"}


@dataclass(frozen=True)
class OneSecret:
    value: str

    def resolve(self, reference: str) -> str:  # noqa: ARG002 - there is but one
        return self.value


@dataclass
class Desk:
    """A connection that may write, and what it does."""

    jira: FakeJira = field(default_factory=FakeJira)
    shared: InMemoryShared = field(default_factory=InMemoryShared)
    tasks: dict[str, Any] = field(default_factory=lambda: dict(TASKS))
    options: dict[str, Any] = field(default_factory=dict)

    def open(self, *, secret: str = SECRET, read_only: bool = False) -> JiraAdapter:
        return self.opened(self.jira.clock, self.jira.handle, secret, read_only=read_only)

    def opened(
        self, clock: VirtualClock, handle: Callable[[httpx.Request], httpx.Response], secret: str, *, read_only: bool
    ) -> JiraAdapter:
        """An adapter on whatever answers."""
        told = {"site": SITE, "simulator": True, "credentials": "x", "objects": {"tasks": self.tasks}, **self.options}
        config = JiraOptions.model_validate(told)
        context = AdapterContext(
            "jira",
            config,
            Path(),
            secrets=OneSecret(secret),
            clock=clock,
            sleep=clock.sleep,
            shared=self.shared,
            read_only=read_only,
        )
        return JiraAdapter(context, config, transport=httpx.MockTransport(handle))

    def push(
        self, external_id: str | None, key: str = "cb1-1", base: str | None = None, **fields: JsonValue
    ) -> Outcome:
        (outcome,) = self.open().push([Change(key, "tasks", external_id, fields, base)])
        return outcome

    def delete(self, external_id: str) -> Outcome:
        (outcome,) = self.open().push([Change("cb1-d", "tasks", external_id, {}, delete=True)])
        return outcome

    def read(self, name: str = "tasks", cursor: str | None = None) -> tuple[list[RawRecord], str, bool]:
        pages = list(self.open().pull(PullRequest(name, cursor)))
        return [one for page in pages for one in page.records], pages[-1].cursor, pages[-1].complete

    def record(self, external_id: str) -> RawRecord:
        (found,) = self.open().fetch("tasks", [external_id])
        assert found is not None
        return found

    def sent(self, method: str, end: str = "") -> list[Mapping[str, Any]]:
        found = [one for one in self.jira.calls if one.method == method and one.url.path.endswith(end)]
        return [json.loads(one.content) if one.content else {} for one in found]
