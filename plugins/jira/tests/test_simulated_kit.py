"""The conformance kit on the simulated Jira: where all goes well, and with a lagging index and short pages."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import httpx
import pytest
from plugins.jira.tests.opened import OneSecret
from plugins.jira.tests.simulated import QUIET, SimulatedJira
from plugins.jira.tests.test_conformance import WRONG, JiraHarness, JiraKit

from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import Payload
from crmbridge.testing.kit import Fault
from crmbridge_jira.adapter import JiraAdapter
from crmbridge_jira.catalog import BATCH
from crmbridge_jira.config import JiraOptions
from crmbridge_jira.issues import KEY, MARK, PROPERTY, asked, label_of, record_of

LAG_S = 30


class SimulatedHarness(JiraHarness):
    """The issues of one project of a simulated site."""

    other_field = "customfield_10051"
    switches: ClassVar[Mapping[str, Any]] = QUIET

    def __init__(self) -> None:
        super().__init__()
        self.site = SimulatedJira(self.clock, self.switches)
        self.canaries = (self.site.pat or self.site.sim.token, WRONG)

    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> JiraAdapter:
        tasks = {"project": "SALE", "type": "Follow-up"}
        told: dict[str, object] = {
            "site": "http://127.0.0.1:7101",
            "simulator": True,
            "credentials": "x",
            "page_size": 3,
        }
        told["deployment"] = "cloud" if self.site.sim.cloud else "data_center"
        config = JiraOptions.model_validate({**told, "objects": {"tasks": tasks}})
        wrong = json.dumps({"email": self.site.sim.caller.email, "token": WRONG})
        secret = wrong if wrong_credentials else self.site.login
        context = self.context(config, secrets=OneSecret(secret), read_only=read_only, stop=stop)
        transport = httpx.MockTransport(self.site.handle)
        return JiraAdapter(replace(context, shared=self.shared), config, transport=transport)

    def seed(
        self,
        records: Sequence[Mapping[str, object]],
        *,
        ids: Sequence[str] | None = None,  # noqa: ARG002 - Jira gives the ids
        together: bool = False,  # noqa: ARG002 - never
    ) -> list[str]:
        made = []
        for record in records:
            self.clock.advance(1)
            fields, key = {**record}, record.get(KEY)
            fields.pop(KEY, None)
            if isinstance(key, str):
                fields["labels"] = [MARK, label_of(key)]
            summary = str(fields.pop("summary"))
            issue = self.site.sim.backdoor.create(summary, fields=fields, type_id="10002")
            if key is not None:
                self.site.sim.backdoor.set_property(issue, PROPERTY, {"id": key})
            made.append(str(issue))
        self.clock.advance(LAG_S)
        return made

    def edit(self, external_id: str, fields: Mapping[str, object]) -> None:
        self.clock.advance(1)
        self.site.sim.backdoor.edit(external_id, dict(fields))
        self.clock.advance(LAG_S)

    def delete(self, external_id: str) -> None:
        self.clock.advance(1)
        self.site.sim.backdoor.delete(external_id)

    def stored(self) -> Mapping[str, Payload]:
        session = self.open().session
        context = replace(session.context, shared=InMemoryShared())
        adapter = JiraAdapter(context, session.options, transport=httpx.MockTransport(self.site.sim_only))
        fields = asked(None, adapter._projects.fields("tasks"))
        ids = self.site.ids()
        return {key: record_of(adapter.session, "tasks", self.site.issue(key, fields)).payload for key in ids}

    def writes(self) -> int:
        return self.site.writes

    def inject(self, fault: Fault) -> None:
        act = self.site.act
        if fault is Fault.UNREACHABLE:
            self.site.is_down = True
        elif fault is Fault.THROTTLE:
            act("fault", kind="throttle", times=1)
        elif fault is Fault.GARBAGE:
            self.site.is_garbage = True
        else:
            kind = "drop" if fault is Fault.LOST_REQUEST else "drop_after_commit"
            after, times = (BATCH, -1) if fault is Fault.BREAK_MIDWAY else (0, 1)
            for method in ("POST", "PUT"):
                path = f"{self.site.prefix}/issue"
                act("fault", kind=kind, method=method, path=path, after=after, times=times)

    def heal(self) -> None:
        self.site.is_down = self.site.is_garbage = False
        self.site.act("faults/clear")


class LaggingHarness(SimulatedHarness):
    """An index that learns late, and pages that are short."""

    switches: ClassVar[Mapping[str, Any]] = {"index_lag_s": LAG_S - 1, "short_every": 1}

    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> JiraAdapter:
        """Whoever looks has waited for as long as the index takes."""
        self.clock.advance(LAG_S)
        return super().open(read_only=read_only, stop=stop, wrong_credentials=wrong_credentials)


class DataCenterHarness(SimulatedHarness):
    """A site of the company's own."""

    switches: ClassVar[Mapping[str, Any]] = {**QUIET, "deployment": "data_center"}


class TestDataCenter(JiraKit):
    """All groups once more."""

    @pytest.fixture
    def harness(self, request: pytest.FixtureRequest) -> JiraHarness:
        return made(DataCenterHarness, request)


class TestSimulated(JiraKit):
    """All groups."""

    @pytest.fixture
    def harness(self, request: pytest.FixtureRequest) -> JiraHarness:
        return made(SimulatedHarness, request)


class TestLagging(JiraKit):
    """All groups again."""

    @pytest.fixture
    def harness(self, request: pytest.FixtureRequest) -> JiraHarness:
        return made(LaggingHarness, request)


def made(kind: type[SimulatedHarness], request: pytest.FixtureRequest) -> JiraHarness:
    harness = kind()
    if request.node.name.startswith("test_find"):
        harness.field = KEY
        sample = harness.sample
        harness.sample = lambda number: {"summary": f"issue {number}", **sample(number)}  # type: ignore[method-assign]
    return harness
