"""The conformance kit on the simulated Jira: Cloud, with a lagging index and short pages, and Data Center."""

import hashlib
import hmac
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import httpx
import pytest
from plugins.jira.tests.opened import OneSecret
from plugins.jira.tests.simulated import QUIET, SimulatedJira

from crmbridge.adapter.capabilities import Support, vendor_cannot
from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import Payload
from crmbridge.testing.kit import AdapterConformance, Fault, Harness, Need
from crmbridge_jira.adapter import JiraAdapter
from crmbridge_jira.catalog import BATCH
from crmbridge_jira.config import JiraOptions
from crmbridge_jira.issues import KEY, MARK, PROPERTY, asked, label_of, record_of
from crmbridge_jira.plugin import DESCRIPTOR

LAG_S = 30
WRONG = "wrong-token-canary"
ONE_LINE = "a summary is one line"


class JiraHarness(Harness):
    """The issues of one project of a simulated site."""

    descriptor = DESCRIPTOR
    object_name = "tasks"
    field = "summary"
    other_field = "customfield_10051"
    key_field = KEY
    cannot: ClassVar[Mapping[Fault | Need, Support]] = {
        Need.CHOSEN_IDS: vendor_cannot("Jira gives the ids", "ID 由 Jira 分配"),
        Need.NULLS: vendor_cannot("Jira gives every field that is asked for", "Jira 会返回请求的每个字段"),
        Need.SAME_INSTANT: vendor_cannot("a write of Jira has a millisecond of its own", "Jira 的每次写入时间不同"),
        Need.NUMBERS: vendor_cannot("a number of Jira is a JSON double", "Jira 的数字是 JSON 双精度数"),
    }
    cannot_hold: ClassVar[Mapping[str, str]] = {"line break": ONE_LINE, "carriage return": ONE_LINE}

    switches: ClassVar[Mapping[str, Any]] = QUIET

    def __init__(self) -> None:
        super().__init__()
        self.shared = InMemoryShared()
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

    def notification(self, external_ids: Sequence[str], secret: str) -> tuple[dict[str, str], bytes]:
        issues = [{"id": one, "key": "SALE-1"} for one in external_ids]
        told: dict[str, Any] = {"webhookEvent": "jira:issue_updated", "timestamp": 1, "issue": issues[0]}
        body = json.dumps(told | {"padding": "x" * (2 << 20)} if len(issues) > 1000 else told).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature": f"sha256={signature}"}, body


class LaggingHarness(JiraHarness):
    """An index that learns late, and pages that are short."""

    switches: ClassVar[Mapping[str, Any]] = {"index_lag_s": LAG_S - 1, "short_every": 1}

    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> JiraAdapter:
        """Whoever looks has waited for as long as the index takes."""
        self.clock.advance(LAG_S)
        return super().open(read_only=read_only, stop=stop, wrong_credentials=wrong_credentials)


class JiraKit(AdapterConformance):
    """All groups of the kit; finding is by our key, for Jira finds no text exactly."""

    def test_genuine_notification_names_its_records(self, harness: Harness) -> None:
        """One at a time: a notification of Jira never speaks of several issues."""
        (one,) = harness.seed([harness.sample(1)])
        adapter = harness.open()
        assert isinstance(adapter, JiraAdapter)
        found = adapter.receive(*harness.notification([one], "secret"), "secret")
        assert list(found) == [("tasks", one)]


class DataCenterHarness(JiraHarness):
    """A site of the company's own."""

    switches: ClassVar[Mapping[str, Any]] = {**QUIET, "deployment": "data_center"}


class TestDataCenter(JiraKit):
    """All groups once more."""

    @pytest.fixture
    def harness(self, request: pytest.FixtureRequest) -> JiraHarness:
        return made(DataCenterHarness, request)


class TestJira(JiraKit):
    """All groups."""

    @pytest.fixture
    def harness(self, request: pytest.FixtureRequest) -> JiraHarness:
        return made(JiraHarness, request)


class TestLagging(JiraKit):
    """All groups again."""

    @pytest.fixture
    def harness(self, request: pytest.FixtureRequest) -> JiraHarness:
        return made(LaggingHarness, request)


def made(kind: type[JiraHarness], request: pytest.FixtureRequest) -> JiraHarness:
    harness = kind()
    if request.node.name.startswith("test_find"):
        harness.field = KEY
        sample = harness.sample
        harness.sample = lambda number: {"summary": f"issue {number}", **sample(number)}  # type: ignore[method-assign]
    return harness
