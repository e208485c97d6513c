"""Bulk read: jobs one after another, a zip with a CSV, chunks by page token."""

from __future__ import annotations

import pytest
from plugins.sim.tests.conftest import Client, unpacked

from crmbridge_sim.faults import Fault
from crmbridge_sim.zoho import ZohoSimulator

PIPELINE = {"Pipeline": "Standard (Standard)", "Stage": "Qualification"}
READ = "/crm/bulk/v8/read"


def add(client: Client, **query: object) -> str:
    answer = client.call("POST", READ, json={"query": {"module": {"api_name": "Deals"}, **query}})
    assert answer.status == 201, answer.body
    item = answer.json()["data"][0]
    assert item["code"] == "ADDED_SUCCESSFULLY"
    assert item["details"]["state"] == "ADDED"
    return str(item["details"]["id"])


def state(client: Client, job: str) -> str:
    return str(client.call("GET", f"{READ}/{job}").json()["data"][0]["state"])


def table(client: Client, job: str) -> list[dict[str, str]]:
    return unpacked(client.call("GET", f"{READ}/{job}/result"), job)


@pytest.fixture
def deals(client: Client) -> list[str]:
    account = client.post("/Accounts", {"data": [{"Account_Name": 'Nord, "Lys"'}]}).json()["data"][0]["details"]["id"]
    made = [
        {"Deal_Name": "One", "Amount": 10.5, "Account_Name": {"id": account}, "Competitors": ["In-house", "北方软件"]},
        {"Deal_Name": "Two\nlines", "Is_Strategic": True},
        {"Deal_Name": "Three", "Amount": 30},
    ]
    answer = client.post("/Deals", {"data": [{**PIPELINE, **deal} for deal in made]})
    return [item["details"]["id"] for item in answer.json()["data"]]


def test_a_job_goes_through_its_states_and_the_next_waits(client: Client, deals: list[str]) -> None:
    first, second = add(client), add(client)
    assert (state(client, first), state(client, second)) == ("ADDED", "ADDED")
    client.sim.clock.advance(1)
    assert (state(client, first), state(client, second)) == ("IN PROGRESS", "ADDED")
    client.sim.clock.advance(3)
    assert (state(client, first), state(client, second)) == ("COMPLETED", "ADDED")
    client.sim.clock.advance(4)
    assert state(client, second) == "COMPLETED"


def test_the_csv_has_bare_ids_joins_and_offsets(client: Client, deals: list[str]) -> None:
    fields = ["Deal_Name", "Amount", "Account_Name", "Account_Name.Account_Name", "Owner.last_name", "Modified_Time"]
    job = add(client, fields=[*fields, "Is_Strategic", "Competitors"])
    client.sim.clock.advance(10)
    rows = table(client, job)
    assert list(rows[0]) == ["Id", *fields, "Is_Strategic", "Competitors"]
    assert [row["Id"] for row in rows] == deals
    assert rows[0]["Account_Name"].isdigit()
    assert rows[0]["Account_Name.Account_Name"] == 'Nord, "Lys"'
    assert rows[0]["Owner.last_name"] == "User"
    assert rows[0]["Modified_Time"] == "2026-06-30T14:00:00+02:00"
    assert rows[0]["Competitors"] == "In-house;北方软件"
    assert (rows[0]["Amount"], rows[1]["Amount"], rows[2]["Amount"]) == ("10.5", "", "30")
    assert (rows[0]["Is_Strategic"], rows[1]["Is_Strategic"]) == ("false", "true")
    assert rows[1]["Deal_Name"] == "Two\nlines"


def test_without_fields_every_column_comes(client: Client, deals: list[str]) -> None:
    client.sim.switches.set("bulk_id_header", "id")
    job = add(client)
    client.sim.clock.advance(10)
    row = table(client, job)[0]
    assert row["id"] == deals[0]
    assert {"Stage", "Contract_No", "Created_By", "Tag"} <= set(row)
    assert "Line_Items" not in row


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"field": {"api_name": "Amount"}, "comparator": "greater_than", "value": 10}, [0, 2]),
        ({"field": {"api_name": "Amount"}, "comparator": "equal", "value": "${EMPTY}"}, [1]),
        ({"field": {"api_name": "Amount"}, "comparator": "not_equal", "value": "${EMPTY}"}, [0, 2]),
        ({"field": {"api_name": "Deal_Name"}, "comparator": "ends_with", "value": "e"}, [0, 2]),
        ({"field": {"api_name": "Deal_Name"}, "comparator": "not_contains", "value": "w"}, [0, 2]),
        ({"field": {"api_name": "Amount"}, "comparator": "between", "value": ["10", "20"]}, [0]),
        (
            {
                "group_operator": "or",
                "group": [
                    {"field": {"api_name": "Deal_Name"}, "comparator": "equal", "value": "Three"},
                    {"field": {"api_name": "Is_Strategic"}, "comparator": "equal", "value": True},
                ],
            },
            [1, 2],
        ),
    ],
)
def test_criteria_choose_the_rows(
    client: Client, deals: list[str], criteria: dict[str, object], expected: list[int]
) -> None:
    job = add(client, fields=["Deal_Name"], criteria=criteria)
    client.sim.clock.advance(10)
    assert [deals.index(row["Id"]) for row in table(client, job)] == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"module": {"api_name": "Notes"}}, "MODULE_NOT_SUPPORTED"),
        ({"module": {"api_name": "Nothing"}}, "MODULE_NOT_AVAILABLE"),
        ({"fields": ["Nope"]}, "FIELD_NOT_AVAILABLE"),
        ({"page": 51}, "PAGE_RANGE_EXCEEDED"),
        ({"cvid": "1"}, "INVALID_DATA"),
        ({"page_token": "made up"}, "INVALID_DATA"),
        (
            {"criteria": {"field": {"api_name": "Nope"}, "comparator": "equal", "value": 1}},
            "FIELD_IN_CRITERIA_NOT_AVAILABLE",
        ),
        ({"criteria": {"field": {"api_name": "Amount"}}}, "INVALID_CRITERIA"),
        ({"criteria": {"group_operator": "xor", "group": []}}, "GROUP_OPERATOR_NOT_SUPPORTED"),
        (
            {
                "criteria": {
                    "field": {"api_name": "Modified_Time"},
                    "comparator": "greater_equal",
                    "value": "2026-06-30T12:00:00.123+00:00",
                }
            },
            "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE",
        ),
    ],
)
def test_refusals(client: Client, query: dict[str, object], code: str) -> None:
    body = {"query": {"module": {"api_name": "Deals"}, **query}}
    answer = client.call("POST", READ, json=body)
    assert (answer.status, answer.json()["code"]) == (400, code)


def test_a_custom_view_chooses_the_rows(client: Client, deals: list[str]) -> None:
    views = client.get("/settings/custom_views?module=Deals").json()["custom_views"]
    mine = next(view["id"] for view in views if view["system_name"] == "MYVIEWS")
    client.sim.store.db.execute('UPDATE "Deals" SET "Owner" = 1 WHERE id = ?', (int(deals[0]),))
    job = add(client, cvid=mine, fields=["Deal_Name"])
    client.sim.clock.advance(10)
    assert [row["Id"] for row in table(client, job)] == deals[1:]


def test_another_content_type_is_415(client: Client) -> None:
    assert client.call("POST", READ, headers={"Content-Type": "text/plain"}).status == 415


def test_chunks_follow_by_page_token_and_by_page(client: Client, deals: list[str]) -> None:
    client.sim.switches.set("bulk_page_rows", 2)
    first = add(client, fields=["Deal_Name"])
    client.sim.clock.advance(10)
    result = client.call("GET", f"{READ}/{first}").json()["data"][0]["result"]
    assert (result["count"], result["more_records"], result["per_page"]) == (2, True, 2)
    answer = client.call("POST", READ, json={"query": {"page_token": result["next_page_token"]}})
    rest = answer.json()["data"][0]["details"]["id"]
    paged = add(client, fields=["Deal_Name"], page=2)
    client.sim.clock.advance(10)
    assert [row["Id"] for row in table(client, rest)] == deals[2:]
    assert [row["Id"] for row in table(client, paged)] == deals[2:]
    last = client.call("GET", f"{READ}/{rest}").json()["data"][0]["result"]
    assert last["more_records"] is False
    assert "next_page_token" not in last


def test_page_tokens_are_of_one_user_and_one_day(client: Client, deals: list[str]) -> None:
    client.sim.switches.set("bulk_page_rows", 1)
    job = add(client)
    client.sim.clock.advance(10)
    token = client.call("GET", f"{READ}/{job}").json()["data"][0]["result"]["next_page_token"]
    client.sim.clock.advance(86_400)
    client.token = client.sim.token()
    answer = client.call("POST", READ, json={"query": {"page_token": token}})
    assert (answer.status, answer.json()["code"]) == (400, "EXPIRED_VALUE")


def test_ten_downloads_a_minute(client: Client, deals: list[str]) -> None:
    job = add(client)
    client.sim.clock.advance(10)
    statuses = [client.call("GET", f"{READ}/{job}/result").status for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    client.sim.clock.advance(60)
    assert client.call("GET", f"{READ}/{job}/result").status == 200


def test_a_result_is_not_there_too_early_nor_too_late(client: Client, deals: list[str]) -> None:
    job = add(client)
    assert client.call("GET", f"{READ}/{job}/result").status == 404
    client.sim.clock.advance(90_000)
    client.token = client.sim.token()
    answer = client.call("GET", f"{READ}/{job}/result")
    assert (answer.status, answer.json()["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert client.call("GET", f"{READ}/12345").status == 404


def test_a_job_costs_fifty_credits_and_status_one(client: Client) -> None:
    job = add(client)
    state(client, job)
    assert [call.credits for call in client.sim.calls][-2:] == [50, 1]


def test_a_failed_job_says_why_and_calls_back(client: Client) -> None:
    client.sim.faults.add(Fault("bulk_failure", path=READ, options={"message": "out of luck"}))
    body = {"query": {"module": {"api_name": "Deals"}}, "callback": {"url": "https://x.example/h", "method": "post"}}
    job = client.call("POST", READ, json=body).json()["data"][0]["details"]["id"]
    client.sim.clock.advance(10)
    shown = client.call("GET", f"{READ}/{job}").json()["data"][0]
    assert shown["state"] == "FAILURE"
    assert shown["result"]["error_message"]["message"] == "out of luck"
    told = client.sim.features.due()
    assert [(callback.url, callback.body["state"]) for callback in told] == [("https://x.example/h", "FAILURE")]
    assert client.sim.features.due() == []


def test_a_callback_needs_https_and_post(client: Client) -> None:
    for callback, code in (
        ({"url": "http://x.example/h", "method": "post"}, "INVALID_CALLBACK_URL"),
        ({"url": "https://x.example/h", "method": "get"}, "INVALID_CALLBACK_METHOD"),
    ):
        body = {"query": {"module": {"api_name": "Deals"}}, "callback": callback}
        assert client.call("POST", READ, json=body).json()["code"] == code


def test_history_without_its_deal_is_left_out(client: Client, deals: list[str]) -> None:
    client.delete(f"/Deals/{deals[0]}")
    job = add(client, module={"api_name": "DealHistory"}, fields=["Potential_Name"])
    client.sim.clock.advance(10)
    assert [row["Potential_Name"] for row in table(client, job)] == deals[1:]


def test_what_is_not_stored_reads_alike_everywhere(client: Client, deals: list[str]) -> None:
    """A record nobody drafted or trashed is Available, whichever way it is read or asked for (dossier 4.1)."""
    listed = client.get("/Deals?fields=Record_Status__s").json()["data"]
    exported = client.export("Deals", "Record_Status__s")
    asked = client.coql("select Record_Status__s from Deals where Record_Status__s = 'Available'")
    assert [row["Record_Status__s"] for row in (*listed, *exported, *asked)] == ["Available"] * 9
    assert client.coql("select id from Deals where Record_Status__s != 'Available'") == []
    assert client.export("Deals")[0]["Record_Status__s"] == "Available"


def test_a_large_export_stays_cheap(sim: ZohoSimulator) -> None:
    ids = sim.store.reserve_ids(50_000)
    columns = ("id", "Deal_Name", "Amount", "Modified_Time")
    sim.store.insert_many("Deals", columns, ((one, "Deal", n, 1_780_000_000 + n) for n, one in enumerate(ids)))
    client = Client(sim)
    job = add(client, fields=list(columns[1:]))
    sim.clock.advance(10)
    assert len(table(client, job)) == 50_000
