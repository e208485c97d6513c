"""Search finds by criteria, email, phone or word, late and at most 2,000; count counts the same."""

from __future__ import annotations

import pytest
from plugins.sim.tests.conftest import Client


@pytest.fixture
def leads(client: Client) -> list[str]:
    made = [
        {"Last_Name": "Berg", "Company": "Nord (North), AB", "Email": "elin@nord.example", "Phone": "+46 8 555 0101"},
        {"Last_Name": "Bergman", "Company": "Sud", "Annual_Revenue": 500, "Email_Opt_Out": True},
        {"Last_Name": "Li", "Company": "北方", "Lead_Status": "Contacted", "Annual_Revenue": 1500},
    ]
    answer = client.post("/Leads", {"data": made})
    assert answer.status == 201, answer.body
    client.sim.clock.advance(60)
    return [item["details"]["id"] for item in answer.json()["data"]]


def found(client: Client, query: str) -> list[str]:
    answer = client.get(f"/Leads/search?{query}&fields=Last_Name")
    assert answer.status in {200, 204}, answer.body
    return [row["id"] for row in answer.json()["data"]] if answer.status == 200 else []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("criteria=(Last_Name:equals:Berg)", [1, 0]),
        ("criteria=(Last_Name:starts_with:Bergm)", [1]),
        ("criteria=(Last_Name:not_equal:Berg)", [2, 1]),
        (r"criteria=(Company:equals:Nord%20\(North\)\, AB)", [0]),
        ("criteria=((Annual_Revenue:greater_than:400)and(Annual_Revenue:less_equal:500))", [1]),
        ("criteria=((Lead_Status:equals:Contacted)or(Email_Opt_Out:equals:true))", [2, 1]),
        ("email=elin@nord.example", [0]),
        ("phone=5550101", []),
        ("phone=555%200101", [0]),
        ("word=北方", [2]),
        ("criteria=(Last_Name:equals:Li)&email=elin@nord.example", [2]),
        ("word=nobody", []),
    ],
)
def test_ways_to_search(client: Client, leads: list[str], query: str, expected: list[int]) -> None:
    assert found(client, query) == [leads[number] for number in expected]


def test_a_written_record_is_found_after_the_lag(client: Client) -> None:
    made = client.post("/Leads", {"data": [{"Last_Name": "Fresh", "Company": "X"}]}).json()["data"][0]["details"]["id"]
    assert found(client, "criteria=(Last_Name:equals:Fresh)") == []
    client.sim.clock.advance(60)
    assert found(client, "criteria=(Last_Name:equals:Fresh)") == [made]


def test_without_a_way_the_ways_are_named(client: Client) -> None:
    answer = client.get("/Leads/search?fields=Last_Name")
    assert (answer.status, answer.json()["code"]) == (400, "EXPECTED_PARAM_MISSING")
    assert answer.json()["details"]["param_names"] == ["criteria", "email", "phone", "word"]


@pytest.mark.parametrize(
    "criteria", ["(Nope:equals:1)", "(Annual_Revenue:starts_with:1)", "(Annual_Revenue:equals:x)", "Last_Name:equals:x"]
)
def test_bad_criteria_are_refused(client: Client, criteria: str) -> None:
    answer = client.get(f"/Leads/search?criteria={criteria}")
    assert (answer.status, answer.json()["code"]) == (400, "INVALID_QUERY")


def test_more_than_two_thousand_cannot_be_reached(client: Client, leads: list[str]) -> None:
    assert client.get("/Leads/search?word=Berg&page=10").status == 204
    answer = client.get("/Leads/search?word=Berg&page=11")
    assert (answer.status, answer.json()["code"]) == (400, "LIMIT_REACHED")


def test_pages_and_sorting(client: Client, leads: list[str]) -> None:
    path = "/Leads/search?criteria=(Last_Name:not_equal:x)&fields=Last_Name&per_page=2&sort_by=id&sort_order=asc"
    answer = client.get(path).json()
    assert [row["id"] for row in answer["data"]] == leads[:2]
    assert answer["info"] == {
        "per_page": 2,
        "count": 2,
        "sort_by": "id",
        "sort_order": "asc",
        "page": 1,
        "more_records": True,
    }
    assert [row["id"] for row in client.get(path + "&page=2").json()["data"]] == leads[2:]


def test_converted_leads_are_found_only_when_asked_for(client: Client, leads: list[str]) -> None:
    client.post(f"/Leads/{leads[2]}/actions/convert", {"data": [{}]})
    client.sim.clock.advance(60)
    assert found(client, "word=北方") == []
    assert found(client, "word=北方&converted=true") == [leads[2]]
    assert found(client, "word=北方&converted=both") == [leads[2]]


def test_count_with_and_without_a_search(client: Client, leads: list[str]) -> None:
    assert client.get("/Leads/actions/count").json() == {"count": 3}
    assert client.get("/Leads/actions/count?criteria=(Last_Name:equals:Berg)").json() == {"count": 2}
    assert client.get("/Nothing/actions/count").json()["code"] == "INVALID_MODULE"


def test_search_is_a_heavy_call(client: Client) -> None:
    client.sim.switches.set("heavy_concurrency", 0)
    assert client.get("/Leads/search?word=x").status == 429
    assert client.get("/Leads/actions/count").status == 200
