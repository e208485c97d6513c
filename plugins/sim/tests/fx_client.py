"""A bare client of the Fxiaoke simulator for its tests: one caller, calls as one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke.people import Employee
from crmbridge_sim.wire import Request, Response

PRESET, CUSTOM = "/cgi/crm/v2/data", "/cgi/crm/custom/v2/data"
NORMAL = {"triggerApprovalFlow": False, "triggerWorkFlow": False}


class FxClient:
    """Signs each call in the style it was made with; a refusal is an answer like any other."""

    def __init__(self, sim: FxiaokeSimulator, *, style: str = "A", user: Employee | None = None) -> None:
        self.sim, self.style, self.user = sim, style, user

    def send(self, path: str, **body: Any) -> Response:
        headers, signed = self.sim.signed(style=self.style, user=self.user)
        url = f"{path}?thirdTraceId=00000000-0000-4000-8000-000000000000"
        return self.sim.handle(Request.of("POST", url, headers=headers, json_body={**signed, **body}))

    def call(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.send(path, **body)
        assert answer.status == 200
        told: dict[str, Any] = answer.json()
        return told

    def ok(self, path: str, **body: Any) -> dict[str, Any]:
        told = self.call(path, **body)
        assert told["errorCode"] == 0, told
        return told

    def refused(self, path: str, **body: Any) -> tuple[int, str]:
        told = self.call(path, **body)
        assert told["errorCode"] != 0, told
        return told["errorCode"], told.get("errorDescription") or told["errorMessage"]

    def page(self, name: str, *filters: Sequence[Any], **info: Any) -> dict[str, Any]:
        """One page: filters as (field, operator, values), orders as names with - for falling ones."""
        return self.ok(f"{PRESET}/query", data=self.asked(name, *filters, **info))["data"]  # type: ignore[no-any-return]

    def rows(self, name: str, *filters: Sequence[Any], **info: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.page(name, *filters, **info)["dataList"]
        return rows

    @staticmethod
    def asked(name: str, *filters: Sequence[Any], orders: Sequence[str] = (), **info: Any) -> dict[str, Any]:
        sent = [{"field_name": one[0], "operator": one[1], "field_values": one[2]} for one in filters]
        by = [{"fieldName": one.lstrip("-"), "isAsc": not one.startswith("-")} for one in orders]
        search = {"offset": 0, "limit": 100, "filters": sent, "orders": by, **info}
        return {"dataObjectApiName": name, "search_query_info": search}

    def get(self, name: str, record_id: str) -> dict[str, Any]:
        told = self.ok(f"{PRESET}/get", data={"dataObjectApiName": name, "objectDataId": record_id})
        row: dict[str, Any] = told["data"]
        return row

    def create(self, name: str, /, **fields: Any) -> str:
        told = self.ok(f"{PRESET}/create", **NORMAL, data={"object_data": {"dataObjectApiName": name, **fields}})
        record_id: str = told["dataId"]
        return record_id

    def update(self, name: str, record_id: str, /, **fields: Any) -> dict[str, Any]:
        sent = {"dataObjectApiName": name, "_id": record_id, **fields}
        return self.call(f"{PRESET}/update", **NORMAL, data={"object_data": sent})

    def me(self) -> str:
        who = self.user or self.sim.admin
        return who.open_id if self.style == "A" else who.id

    def lead(self, **fields: Any) -> str:
        return self.create("LeadsObj", **{"name": "王示例", "owner": [self.me()], **fields})

    def account(self, **fields: Any) -> str:
        return self.create("AccountObj", **{"name": "示例科技", "owner": [self.me()], **fields})

    def deal(self, **fields: Any) -> str:
        process = self.sim.stages.process_id("sales")
        begin = {"name": "年度采购", "owner": [self.me()], "sales_process_id": process, "sales_stage": "1"}
        if "account_id" not in fields:
            fields["account_id"] = self.account(name=f"示例科技{len(self.rows('AccountObj'))}")
        return self.create("NewOpportunityObj", **{**begin, **fields})
