"""The conformance kit."""

import hashlib
import hmac
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import httpx
import pytest
from plugins.jira.tests.fake import ME, SECRET, SITE, TOKEN, FakeJira
from plugins.jira.tests.opened import TASKS, OneSecret

from crmbridge.adapter.capabilities import Support, vendor_cannot
from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import Payload
from crmbridge.testing.kit import AdapterConformance, Fault, Harness, Need
from crmbridge_jira.adapter import JiraAdapter
from crmbridge_jira.catalog import BATCH
from crmbridge_jira.config import JiraOptions
from crmbridge_jira.issues import COMMENT, KEY, LINK, MARK, PROPERTY, STATE, label_of
from crmbridge_jira.plugin import DESCRIPTOR

WRONG = "wrong-token-canary"
ONE_LINE = "a summary is one line"


class JiraHarness(Harness):
    """The issues of one project."""

    descriptor = DESCRIPTOR
    object_name = "tasks"
    field = "summary"
    other_field = "customfield_10050"
    number_field = "customfield_10051"
    key_field = KEY
    cannot: ClassVar[Mapping[Fault | Need, Support]] = {
        Need.CHOSEN_IDS: vendor_cannot("Jira gives the ids", "ID 由 Jira 分配"),
        Need.NULLS: vendor_cannot("Jira gives every field that is asked for", "Jira 会返回请求的每个字段"),
        Need.SAME_INSTANT: vendor_cannot("a write of Jira has a millisecond of its own", "Jira 的每次写入时间不同"),
        Need.NUMBERS: vendor_cannot("a number of Jira is a JSON double", "Jira 的数字是 JSON 双精度数"),
    }
    cannot_hold: ClassVar[Mapping[str, str]] = {"line break": ONE_LINE, "carriage return": ONE_LINE}

    def __init__(self) -> None:
        super().__init__()
        self.jira, self.shared = FakeJira(self.clock), InMemoryShared()
        self.canaries = (TOKEN, WRONG)
        self.is_down = False

    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> JiraAdapter:
        told = {"site": SITE, "simulator": True, "credentials": "x", "objects": {"tasks": TASKS}, "page_size": 3}
        config = JiraOptions.model_validate(told)
        secret = json.dumps({"email": "x@acme.example", "token": WRONG}) if wrong_credentials else SECRET
        context = self.context(config, secrets=OneSecret(secret), read_only=read_only, stop=stop)
        context = replace(context, shared=self.shared)

        def answer(request: httpx.Request) -> httpx.Response:
            if self.is_down:
                raise httpx.ConnectError("refused")
            self.jira.account = "nobody" if wrong_credentials else ME
            return self.jira.handle(request)

        return JiraAdapter(context, config, transport=httpx.MockTransport(answer))

    def seed(
        self,
        records: Sequence[Mapping[str, object]],
        *,
        ids: Sequence[str] | None = None,  # noqa: ARG002 - Jira gives the ids
        together: bool = False,  # noqa: ARG002 - never
    ) -> list[str]:
        made = []
        for record in records:
            self.clock.advance(60)
            fields, key = dict(record), record.get(KEY)
            fields.pop(KEY, None)
            if isinstance(key, str):
                fields["labels"] = [MARK, label_of(key)]
            made.append(self.jira.make(fields, {PROPERTY: {"id": key}} if key else None))
        return made

    def edit(self, external_id: str, fields: Mapping[str, object]) -> None:
        self.clock.advance(60)
        self.jira.touch(external_id, **fields)

    def delete(self, external_id: str) -> None:
        self.clock.advance(60)
        del self.jira.issues[external_id]

    def stored(self) -> Mapping[str, Payload]:
        return {key: self._payload(one) for key, one in self.jira.issues.items()}

    def writes(self) -> int:
        return self.jira.writes

    def inject(self, fault: Fault) -> None:
        if fault is Fault.UNREACHABLE:
            self.is_down = True
        elif fault is Fault.THROTTLE:
            self.jira.before = self._once(lambda _: httpx.Response(429, headers={"Retry-After": "3"}))
        elif fault is Fault.GARBAGE:
            self.jira.before = lambda _: httpx.Response(200, json=["what"])
        elif fault is Fault.LOST_REQUEST:
            self.jira.before = self._once(self._lost, writes=True)
        elif fault is Fault.LOST_ANSWER:
            self.jira.after = self._after(0)
        elif fault is Fault.BREAK_MIDWAY:
            self.jira.after = self._after(BATCH)

    def heal(self) -> None:
        self.jira.before = self.jira.after = None
        self.is_down = False

    def notification(self, external_ids: Sequence[str], secret: str) -> tuple[dict[str, str], bytes]:
        issues = [{"id": one, "key": "SALE-1"} for one in external_ids]
        told: dict[str, Any] = {"webhookEvent": "jira:issue_updated", "timestamp": 1, "issue": issues[0]}
        body = json.dumps(told | {"padding": "x" * (2 << 20)} if len(issues) > 1000 else told).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature": f"sha256={signature}"}, body

    @staticmethod
    def _payload(issue: Mapping[str, Any]) -> Payload:
        told = issue["properties"].get(PROPERTY)
        state = "done" if issue["fields"]["status"]["statusCategory"]["key"] == "done" else "open"
        own = {"id": issue["id"], "key": issue["key"], KEY: told["id"] if told else None, LINK: None, STATE: state}
        own[COMMENT] = {"comments": [], "total": 0, "maxResults": 1}
        return {**issue["fields"], **own}

    def _once(self, answer: Any, *, writes: bool = False) -> Any:
        def before(request: httpx.Request) -> httpx.Response | None:
            if writes and not self._is_write(request):
                return None
            self.jira.before = None
            found: httpx.Response = answer(request)
            return found

        return before

    def _after(self, count: int) -> Any:
        seen: list[str] = []

        def after(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            if self._is_write(request):
                seen.append(request.method)
                if len(seen) > count:
                    return self._lost(request)
            return answer

        return after

    @staticmethod
    def _is_write(request: httpx.Request) -> bool:
        return request.method != "GET" and not request.url.path.endswith(("/search/jql", "/bulkfetch"))

    @staticmethod
    def _lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("no answer", request=request)


class JiraKit(AdapterConformance):
    """All groups of the kit; finding is by our key, for Jira finds no text exactly."""

    @pytest.fixture
    def harness(self, request: pytest.FixtureRequest) -> JiraHarness:
        harness = JiraHarness()
        if request.node.name.startswith("test_find"):
            harness.field = KEY
        return harness

    def test_genuine_notification_names_its_records(self, harness: Harness) -> None:
        """One at a time: a notification of Jira never speaks of several issues."""
        (one,) = harness.seed([harness.sample(1)])
        adapter = harness.open()
        assert isinstance(adapter, JiraAdapter)
        found = adapter.receive(*harness.notification([one], "secret"), "secret")
        assert list(found) == [("tasks", one)]


class TestJira(JiraKit):
    """On the fake."""
