"""What hangs on a record: related lists, notes, timeline, tags, blueprint, the bin, and several calls in one."""

from __future__ import annotations

import pytest
from plugins.sim.tests.conftest import Client

PIPELINE = {"Pipeline": "Standard (Standard)", "Stage": "Qualification"}


@pytest.fixture
def deal(client: Client) -> str:
    made = client.post("/Deals", {"data": [{"Deal_Name": "One", **PIPELINE}]})
    return str(made.json()["data"][0]["details"]["id"])


def test_stage_history_as_a_related_list(client: Client, deal: str) -> None:
    client.sim.clock.advance(3_000)
    client.put(f"/Deals/{deal}", {"data": [{"Stage": "Needs Analysis"}]})
    path = f"/Deals/{deal}/Stage_History?fields=Stage,Moved_To__s,Modified_Time&sort_by=id&sort_order=asc"
    answer = client.get(path).json()
    rows = [(row["Stage"], row["Moved_To__s"], row["Modified_Time"]) for row in answer["data"]]
    assert rows == [
        ("Qualification", "Needs Analysis", "2026-06-30T14:00:00+02:00"),
        ("Needs Analysis", None, "2026-06-30T14:50:00+02:00"),
    ]
    assert answer["info"]["more_records"] is False


def test_related_lists_need_fields_and_a_known_name(client: Client, deal: str) -> None:
    assert client.get(f"/Deals/{deal}/Stage_History").json()["code"] == "REQUIRED_PARAM_MISSING"
    assert client.get(f"/Deals/{deal}/Nothing?fields=id").json()["code"] == "INVALID_DATA"
    assert client.get(f"/Deals/{deal}/Tasks?fields=Subject").status == 204
    names = [one["api_name"] for one in client.get("/settings/related_lists?module=Deals").json()["related_lists"]]
    assert {"Notes", "Stage_History", "Contact_Roles"} <= set(names)


def test_notes_of_a_record(client: Client, deal: str) -> None:
    answer = client.post(f"/Deals/{deal}/Notes", {"data": [{"Note_Title": "Scope", "Note_Content": "Phased."}, {}]})
    assert answer.status == 201, answer.body
    rows = client.get(f"/Deals/{deal}/Notes?fields=Note_Title,Parent_Id&sort_order=asc").json()["data"]
    assert [row["Note_Title"] for row in rows] == ["Scope", None]
    assert rows[0]["Parent_Id"]["module"]["api_name"] == "Deals"
    assert rows[0]["Parent_Id"]["id"] == deal
    direct = {"Note_Content": "x", "Parent_Id": {"module": {"api_name": "Deals"}, "id": deal}}
    assert client.post("/Notes", {"data": [direct]}).status == 201
    assert client.post("/Deals/12345/Notes", {"data": [{}]}).json()["code"] == "INVALID_DATA"


def test_activities_of_a_record(client: Client, deal: str) -> None:
    task = {"Subject": "Call", "What_Id": {"id": deal}, "$se_module": "Deals"}
    assert client.post("/Tasks", {"data": [task]}).status == 201
    assert [row["Subject"] for row in client.get(f"/Deals/{deal}/Tasks?fields=Subject").json()["data"]] == ["Call"]


def test_the_timeline_tells_old_and_new(client: Client, deal: str) -> None:
    client.sim.clock.advance(60)
    client.put(f"/Deals/{deal}", {"data": [{"Amount": 5}]})
    entries = client.get(f"/Deals/{deal}/__timeline").json()["__timeline"]
    assert [entry["action"] for entry in entries] == ["updated", "added"]
    amount = next(one for one in entries[0]["field_history"] if one["api_name"] == "Amount")
    assert amount["_value"] == {"old": "blank", "new": "5"}
    assert entries[0]["audited_time"] == "2026-06-30T14:01:00+02:00"


def test_the_timeline_pages_by_token(client: Client, deal: str) -> None:
    for amount in range(4):
        client.put(f"/Deals/{deal}", {"data": [{"Amount": amount}]})
    seen: list[str] = []
    path = f"/Deals/{deal}/__timeline?per_page=2"
    while path:
        answer = client.get(path).json()
        seen += [entry["id"] for entry in answer["__timeline"]]
        token = answer["info"]["next_page_token"]
        path = f"/Deals/{deal}/__timeline?page_token={token}" if token else ""
    assert len(set(seen)) == 5


def test_tags_come_and_go_without_moving_modified_time(client: Client, deal: str) -> None:
    client.sim.clock.advance(60)
    body = {"tags": [{"name": "Expo26"}, {"name": "Hot"}], "ids": [deal, "12345"]}
    answer = client.post("/Deals/actions/add_tags", body)
    assert (answer.status, answer.json()["success_count"]) == (207, "1")
    row = client.get(f"/Deals/{deal}").json()["data"][0]
    assert [tag["name"] for tag in row["Tag"]] == ["Expo26", "Hot"]
    assert row["Modified_Time"] == "2026-06-30T14:00:00+02:00"
    client.post(f"/Deals/{deal}/actions/remove_tags", {"tags": [{"name": "hot"}]})
    assert [tag["name"] for tag in client.get(f"/Deals/{deal}").json()["data"][0]["Tag"]] == ["Expo26"]
    assert [tag["name"] for tag in client.get("/settings/tags?module=Deals").json()["tags"]] == ["Expo26"]
    client.post("/settings/tags?module=Deals", {"tags": [{"name": "Later"}]})
    assert len(client.get("/settings/tags?module=Deals").json()["tags"]) == 2


def test_a_deal_in_a_blueprint_moves_by_transition_only(client: Client, deal: str) -> None:
    assert client.get(f"/Deals/{deal}/actions/blueprint").json()["code"] == "RECORD_NOT_IN_PROCESS"
    if "$process_flow" not in client.sim.schema["Deals"]:
        pytest.skip("the schema has no $process_flow yet")
    client.sim.store.update("Deals", int(deal), {"$process_flow": 1}, at=0, user=0, move=False)
    assert client.put(f"/Deals/{deal}", {"data": [{"Stage": "Needs Analysis"}]}).status == 400
    offered = client.get(f"/Deals/{deal}/actions/blueprint").json()["blueprint"]["transitions"]
    wanted = next(one for one in offered if one["next_field_value"] == "Needs Analysis")
    moved = client.put(f"/Deals/{deal}/actions/blueprint", {"blueprint": [{"transition_id": wanted["id"], "data": {}}]})
    assert moved.status == 200
    assert client.get(f"/Deals/{deal}").json()["data"][0]["Stage"] == "Needs Analysis"


def test_the_bin_lists_counts_and_is_emptied(client: Client, deal: str) -> None:
    assert client.get("/settings/recycle_bin").status == 204
    client.delete(f"/Deals/{deal}")
    item = client.get("/settings/recycle_bin").json()["recycle_bin"][0]
    assert (item["id"], item["display_name"], item["module"]["api_name"]) == (deal, "One", "Deals")
    assert client.get("/settings/recycle_bin/actions/count").json() == {"count": 1}
    assert client.delete(f"/settings/recycle_bin?ids={deal},12345").status == 207
    assert client.get(f"/settings/recycle_bin/{deal}").status == 204
    assert client.get("/Deals/deleted?type=permanent").json()["data"][0]["id"] == deal


def composite(client: Client, *calls: dict[str, object], **options: object) -> tuple[int, list[dict[str, object]]]:
    answer = client.post("/__composite_requests", {**options, "__composite_requests": list(calls)})
    return answer.status, answer.json()["__composite_requests"]


def test_several_calls_in_one(client: Client, deal: str) -> None:
    good: dict[str, object] = {"method": "GET", "uri": f"/crm/v8/Deals/{deal}", "sub_request_id": "1"}
    bad: dict[str, object] = {
        "method": "GET",
        "uri": "/crm/v8/Nothing",
        "params": {"fields": "id"},
        "sub_request_id": "2",
    }
    status, items = composite(client, good, bad)
    assert status == 207
    details = items[0]["details"]
    assert isinstance(details, dict)
    assert details["response"]["body"]["data"][0]["id"] == deal
    assert [item["status"] for item in items] == ["success", "error"]
    assert composite(client, good)[0] == 200
    six = client.post("/__composite_requests", {"__composite_requests": [good] * 6})
    assert six.json()["code"] == "LIMIT_EXCEEDED"


def test_a_failed_call_takes_the_others_back_when_asked(client: Client, deal: str) -> None:
    made: dict[str, object] = {"method": "POST", "uri": "/crm/v8/Accounts", "body": {"data": [{"Account_Name": "X"}]}}
    bad: dict[str, object] = {"method": "GET", "uri": "/crm/v8/Nothing"}
    _, items = composite(client, made, bad, made, rollback_on_fail=True)
    assert [item["code"] for item in items] == ["ROLLBACK_PERFORMED", "SUCCESS", "PROCESSING_STOPPED"]
    assert client.get("/Accounts/actions/count").json() == {"count": 0}
    both = {"rollback_on_fail": True, "parallel_execution": True, "__composite_requests": [bad]}
    assert client.post("/__composite_requests", both).json()["code"] == "AMBIGUITY_DURING_PROCESSING"
