"""The conformance kit on the simulated Zoho."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from plugins.zoho.tests.simulated import SecretText, SimulatedZoho
from pydantic import JsonValue

from crmbridge.adapter.capabilities import Support, vendor_cannot
from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import Payload
from crmbridge.testing.kit import AdapterConformance, Fault, Harness, Need
from crmbridge.testing.kit.harness import Watch
from crmbridge_zoho.adapter import ZohoAdapter
from crmbridge_zoho.config import ZohoOptions
from crmbridge_zoho.payload import Shape
from crmbridge_zoho.plugin import DESCRIPTOR

DEALS = "Deals"
NUMBERS = vendor_cannot(
    "a number of Zoho is a JSON double of at most 16 digits", "Zoho 的数字是最多 16 位的 JSON 双精度数"
)
SECRETS = ("wrong-secret-canary", "wrong-refresh-canary")


class ZohoHarness(Harness):
    """Deals of an organisation that has nothing else, with a long text field of its own."""

    descriptor = DESCRIPTOR
    object_name = DEALS
    field = "Kit_Text"
    other_field = "Next_Step"
    key_field = "Kit_Key"
    read_by = "list"
    list_page = 3
    stages = ("Needs Analysis", "Value Proposition", "Closed Won")
    cannot: ClassVar[Mapping[Fault | Need, Support]] = {
        Need.CHOSEN_IDS: vendor_cannot("Zoho gives the ids", "ID 由 Zoho 分配"),
        Need.NUMBERS: NUMBERS,
        Need.NULLS: vendor_cannot("a list gives every field that is asked for", "列表会返回请求的每个字段"),
        Need.SIGNED: vendor_cannot("a token is echoed, nothing is signed", "仅回传令牌，没有签名"),
    }

    def __init__(self, workspace: Path) -> None:
        super().__init__()
        self.workspace, self.shared = workspace, InMemoryShared()
        self.zoho = SimulatedZoho(self.clock, switches={"restore_moves_modified": True})
        self.zoho.act("add_field", module=DEALS, name="Kit_Text", data_type="textarea", length=32_000)
        self.zoho.act("add_field", module=DEALS, name="Kit_Key", data_type="text", length=255, unique=True)
        self.zoho.act("add_field", module=DEALS, name="Kit_Line", data_type="text", length=255)
        right = self.zoho.simulator.credentials
        self.canaries = (*SECRETS, str(right["client_secret"]), str(right["refresh_token"]))
        self.wrong = {"client_id": right["client_id"], "client_secret": SECRETS[0], "refresh_token": SECRETS[1]}

    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> ZohoAdapter:
        options = {
            "read_by": self.read_by,
            "page_size": self.list_page,
            "credentials": "x",
            "external_id_field": "Kit_Key",
        }
        config = ZohoOptions.model_validate({**options, "daily_share": 1.0, "reserve": 0.0})
        secrets = SecretText(json.dumps(self.wrong) if wrong_credentials else self.zoho.secret)
        context = self.context(config, workspace=self.workspace, secrets=secrets, read_only=read_only, stop=stop)
        context = replace(context, state_dir=self.workspace, shared=self.shared)
        return ZohoAdapter(context, config, transport=self.zoho.transport)

    def seed(
        self,
        records: Sequence[Mapping[str, object]],
        *,
        ids: Sequence[str] | None = None,  # noqa: ARG002 - Zoho gives the ids
        together: bool = False,
    ) -> list[str]:
        self.clock.advance(60)
        return self.zoho.create(DEALS, records, apart_s=0 if together else 1)

    def seed_late(self, records: Sequence[Mapping[str, object]]) -> list[str]:
        return self.zoho.create(DEALS, records, apart_s=0)

    def edit(self, external_id: str, fields: Mapping[str, object]) -> None:
        self.clock.advance(60)
        self.zoho.act("edit", module=DEALS, record_id=external_id, changes=dict(fields))

    def delete(self, external_id: str) -> None:
        self.clock.advance(60)
        self.zoho.act("delete", module=DEALS, record_id=external_id)

    def delete_together(self, external_ids: Sequence[str]) -> None:
        self.clock.advance(60)
        for external_id in external_ids:
            self.zoho.act("delete", module=DEALS, record_id=external_id)

    def restore(self, external_id: str) -> None:
        self.clock.advance(60)
        self.zoho.act("restore", record_id=external_id)

    def move(self, moves: Sequence[tuple[str, str]], *, together: bool = False) -> None:
        self.clock.advance(60)
        for external_id, label in moves:
            self.clock.advance(0 if together else 1)
            self.zoho.act("stage", deal=external_id, stage=label)

    def stored(self) -> Mapping[str, Payload]:
        """The simulator's own state in the one form of payloads, cut down to what a list gives of all fields."""
        adapter = self.open()
        known = adapter.modules.fields(DEALS)
        shape = Shape(known.values(), currency=adapter.session.org.currency)
        names = {name for name, one in known.items() if one.ways} | {"id"}
        return {
            key: shape.from_json({name: value for name, value in record.items() if name in names})
            for key, record in self.zoho.records(DEALS).items()
        }

    def writes(self) -> int:
        rows: list[dict[str, Any]] = self.zoho.look("calls/rows")
        reads = ("/crm/v8/coql", "/crm/bulk/v8/read", "/oauth/")
        return sum(1 for row in rows if row["method"] != "GET" and not str(row["path"]).startswith(reads))

    def jobs(self) -> int:
        rows: list[dict[str, Any]] = self.zoho.look("calls/rows")
        return sum(1 for row in rows if row["method"] == "POST" and row["path"] == "/crm/bulk/v8/read")

    def inject(self, fault: Fault) -> None:
        act = self.zoho.act
        if fault is Fault.THROTTLE:
            act("fault", kind="throttle", path="/crm/v8/", times=1)
        elif fault is Fault.GARBAGE:
            act("fault", kind="garbage", path="/crm/", times=-1)
        elif fault is Fault.UNREACHABLE:
            self.zoho.is_down = True
        elif fault is Fault.JOB_FAILS:
            act("fault", kind="bulk_failure", times=1)
        elif fault is Fault.JOB_LOST:
            self.clock.advance(100_000)
        elif fault is Fault.LOST_ANSWER:
            act("fault", kind="drop_after_commit", method="POST", path=f"/crm/v8/{DEALS}", times=1)
            act("fault", kind="drop_after_commit", method="PUT", path=f"/crm/v8/{DEALS}", times=1)
        elif fault is Fault.BREAK_MIDWAY:
            act("fault", kind="drop_after_commit", method="PUT", path=f"/crm/v8/{DEALS}", after=1, times=-1)
        elif fault is Fault.LOST_REQUEST:
            act("fault", kind="drop", method="POST", path=f"/crm/v8/{DEALS}", times=1)
            act("fault", kind="drop", method="PUT", path=f"/crm/v8/{DEALS}", times=1)

    def heal(self) -> None:
        self.zoho.is_down = False
        self.zoho.act("faults/clear")

    def notification(self, external_ids: Sequence[str], secret: str) -> tuple[dict[str, str], bytes]:
        """A callback as Zoho's page on notifications shows it."""
        told = {
            "server_time": 1718117126473,
            "query_params": {},
            "module": DEALS,
            "resource_uri": f"https://www.zohoapis.com/crm/v8/{DEALS}",
            "ids": list(external_ids),
            "affected_fields": [],
            "operation": "update",
            "channel_id": "1000000068001",
            "token": secret,
        }
        return {"Content-Type": "application/json"}, json.dumps(told).encode()

    def watches(self) -> Sequence[Watch]:
        answer = self.zoho.api("GET", "/crm/v8/actions/watch")
        found = {one["channel_id"]: one for one in (answer or {}).get("watch", [])}
        return [Watch(one["notify_url"], datetime.fromisoformat(one["channel_expiry"])) for one in found.values()]

    def fields(self) -> Mapping[str, str]:
        answer = self.zoho.api("GET", "/crm/v8/settings/fields", module=DEALS)
        return {one["api_name"]: one["data_type"] for one in answer["fields"]}

    def sample(self, number: int) -> dict[str, JsonValue]:
        standard: dict[str, JsonValue] = {
            "Deal_Name": f"deal {number}",
            "Stage": "Qualification",
            "Pipeline": "Standard (Standard)",
            "Closing_Date": "2026-09-30",
        }
        return {**standard, **super().sample(number)}


def made(kind: type[ZohoHarness], tmp_path: Path, request: pytest.FixtureRequest) -> ZohoHarness:
    """A harness; for finding with a field of one line, for no query of Zoho looks into several lines."""
    harness = kind(tmp_path)
    if request.node.name.startswith("test_find"):
        harness.field = "Kit_Line"
    return harness


class TestZoho(AdapterConformance):
    """All groups of the kit."""

    @pytest.fixture
    def harness(self, tmp_path: Path, request: pytest.FixtureRequest) -> ZohoHarness:
        return made(ZohoHarness, tmp_path, request)


class QueryHarness(ZohoHarness):
    """The same, read by queries: a page of them holds ten list pages."""

    read_by = "query"
    list_page = 1
    page_size = 10

    def __init__(self, workspace: Path) -> None:
        super().__init__(workspace)
        for name in ("Tag", "Layout", "Contract_Files"):
            self.zoho.act("hide_field", module=DEALS, name=name)


class TestZohoByQuery(AdapterConformance):
    """All groups again, where every field can be queried."""

    @pytest.fixture
    def harness(self, tmp_path: Path, request: pytest.FixtureRequest) -> ZohoHarness:
        return made(QueryHarness, tmp_path, request)
