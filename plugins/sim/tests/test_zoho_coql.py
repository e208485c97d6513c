"""COQL answers from the records: what is selected, found, ordered and counted."""

from __future__ import annotations

import time

import pytest
from plugins.sim.tests.conftest import Client

from crmbridge_sim.wire import Request
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.coql.parser import parse
from crmbridge_sim.zoho.coql.run import run

PIPELINE = {"Pipeline": "Standard (Standard)"}


def rows(client: Client, query: str) -> list[dict[str, object]]:
    answer = client.post("/coql", {"select_query": query})
    if answer.status == 204:
        assert answer.body == b""
        return []
    assert answer.status == 200, answer.body
    found: list[dict[str, object]] = answer.json()["data"]
    return found


@pytest.fixture
def deals(client: Client) -> list[str]:
    account = client.post("/Accounts", {"data": [{"Account_Name": "Nordlys", "Industry": "Technology"}]})
    link = {"id": account.json()["data"][0]["details"]["id"]}
    made = [
        {"Deal_Name": "Alpha", "Stage": "Qualification", "Amount": 10, "Closing_Date": "2026-07-01"},
        {"Deal_Name": "beta_1", "Stage": "Closed Won", "Amount": 20.5, "Closing_Date": "2026-08-01"},
        {"Deal_Name": "Beta 50%", "Stage": "Id. Decision Makers", "Account_Name": link, "Is_Strategic": True},
        {"Deal_Name": "O'Neil", "Stage": "Qualification", "Amount": 40, "Competitors": ["Beta Works", "In-house"]},
    ]
    answer = client.post("/Deals", {"data": [{**PIPELINE, **deal} for deal in made]})
    assert answer.status == 201, answer.body
    return [item["details"]["id"] for item in answer.json()["data"]]


def test_only_the_selected_columns_and_the_id(client: Client, deals: list[str]) -> None:
    found = rows(
        client, "select Deal_Name, Owner.last_name, Account_Name.Industry, Owner from Deals where id > 0 order by id"
    )
    assert [row["id"] for row in found] == deals
    owner = {"id": str(client.sim.api_user.id)}
    assert found[2] == {
        "Deal_Name": "Beta 50%",
        "Owner.last_name": "User",
        "Account_Name.Industry": "Technology",
        "Owner": owner,
        "id": deals[2],
    }


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Amount > 10", [1, 3]),
        ("Amount between 10 and 20.5", [0, 1]),
        ("Amount not between 10 and 20.5", [3]),
        ("Amount is null", [2]),
        ("Amount is not null", [0, 1, 3]),
        ("Deal_Name = 'ALPHA'", [0]),
        ("Deal_Name = 'O''Neil'", [3]),
        ("Deal_Name like 'beta%'", [1, 2]),
        ("Deal_Name like '%a_1'", [1]),
        ("Deal_Name not like '%eta%'", [0, 3]),
        ("Stage in ('Qualification','Closed Won')", [0, 1, 3]),
        ("Stage not in ('Qualification')", [1, 2]),
        ("Stage = 'Identify Decision Makers'", [2]),
        ("Stage = 'Id. Decision Makers'", [2]),
        ("Closing_Date < '2026-08-01'", [0]),
        ("Is_Strategic = true", [2]),
        ("Competitors = 'In-house'", [3]),
        ("Account_Name is not null", [2]),
        ("Account_Name.Account_Name = 'nordlys'", [2]),
        ("(Amount = 10 or Amount = 40)", [0, 3]),
        ("((Amount = 10 or Amount = 40) and Deal_Name != 'Alpha')", [3]),
    ],
)
def test_conditions_find_what_they_say(client: Client, deals: list[str], where: str, expected: list[int]) -> None:
    found = rows(client, f"select id from Deals where {where} order by id")
    assert [deals.index(str(row["id"])) for row in found] == expected


def test_not_equal_leaves_empty_fields_out_unless_a_switch_says_so(client: Client, deals: list[str]) -> None:
    query = "select id from Deals where Amount != 10"
    assert len(rows(client, query)) == 2
    client.sim.switches.set("not_equal_finds_empty", value=True)
    assert len(rows(client, query)) == 3


def test_aggregates_count_and_sum_by_group(client: Client, deals: list[str]) -> None:
    query = "select Stage, COUNT(id) as n, SUM(Amount) from Deals where id > 0 group by Stage order by n desc limit 1"
    assert rows(client, query) == [{"Stage": "Qualification", "n": 2, "SUM(Amount)": 50}]


def test_pages_by_offset_and_says_whether_there_is_more(client: Client, deals: list[str]) -> None:
    answer = client.post("/coql", {"select_query": "select id from Deals where id > 0 order by id limit 2, 1"}).json()
    assert [row["id"] for row in answer["data"]] == [deals[2]]
    assert answer["info"] == {"count": 1, "more_records": True}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select Nope from Deals where id > 0", "INVALID_QUERY"),
        ("select id from Deals where Nope = 1", "INVALID_QUERY"),
        ("select id from Nothing where id > 0", "INVALID_MODULE"),
        ("select id from Deals where Amount = 'x'", "INVALID_QUERY"),
        ("select id from Deals where Modified_Time > 'yesterday'", "INVALID_QUERY"),
        ("select id from Deals where Description like '%x%'", "INVALID_QUERY"),
        ("select Deal_Name, COUNT(id) from Deals where id > 0 group by Stage", "INVALID_QUERY"),
        ("select SUM(Deal_Name) from Deals where id > 0", "INVALID_QUERY"),
        ("select id from Deals", "SYNTAX_ERROR"),
    ],
)
def test_refusals(client: Client, query: str, code: str) -> None:
    answer = client.post("/coql", {"select_query": query})
    assert (answer.status, answer.json()["code"]) == (400, code)


def test_limit_decides_the_credits(client: Client) -> None:
    for limit, credits_ in ((200, 1), (1000, 2), (2000, 3)):
        client.post("/coql", {"select_query": f"select id from Deals where id > 0 limit {limit}"})
        assert [call.credits for call in client.sim.calls][-1] == credits_


def test_coql_needs_its_own_scope(sim: ZohoSimulator) -> None:
    client = Client(sim, sim.token(scopes=("ZohoCRM.modules.ALL",)))
    query = {"select_query": "select id from Deals where id > 0"}
    assert client.post("/coql", query).json()["code"] == "OAUTH_SCOPE_MISMATCH"
    sim.switches.set("coql_needs_coql_scope", value=False)
    assert client.post("/coql", query).status == 204


def test_a_custom_view_may_stand_for_the_module(client: Client, deals: list[str]) -> None:
    views = client.get("/settings/custom_views?module=Deals").json()["custom_views"]
    mine = next(view["id"] for view in views if view["system_name"] == "MYVIEWS")
    client.sim.store.db.execute('UPDATE "Deals" SET "Owner" = 1 WHERE id = ?', (int(deals[0]),))
    found = rows(client, f"select id from {mine} where id > 0 order by id")
    assert [row["id"] for row in found] == deals[1:]


def test_a_module_without_permission_is_403(client: Client) -> None:
    client.sim.schema["Deals"].permitted = False
    answer = client.post("/coql", {"select_query": "select id from Deals where id > 0"})
    assert (answer.status, answer.json()["code"]) == (403, "NO_PERMISSION")


def test_stage_history_is_a_module(client: Client, deals: list[str]) -> None:
    client.sim.clock.advance(86_400 * 2)
    client.token = client.sim.token()
    client.put(f"/Deals/{deals[0]}", {"data": [{"Stage": "Closed Won"}]})
    columns = "Potential_Name, Stage, Moved_To__s, Modified_Time"
    found = rows(client, f"select {columns} from DealHistory where Potential_Name = '{deals[0]}' order by id")
    moves = [(row["Stage"], row["Moved_To__s"]) for row in found]
    assert moves == [("Qualification", "Closed Won"), ("Closed Won", None)]
    assert found[0]["Potential_Name"] == {"id": deals[0]}
    assert found[1]["Modified_Time"] == "2026-07-02T14:00:00+02:00"


@pytest.fixture(scope="module")
def large() -> ZohoSimulator:
    """200,000 deals put in behind the API, a second apart."""
    sim = ZohoSimulator(deals=0)
    start = int(sim.clock.now()) - 300_000
    ids = sim.store.reserve_ids(200_000)
    columns = ("id", "Deal_Name", "Stage", "Amount", "Modified_Time")
    sim.store.insert_many(
        "Deals", columns, ((one, f"Deal {n}", "Qualification", n, start + n) for n, one in enumerate(ids))
    )
    return sim


@pytest.mark.parametrize(
    "where",
    [
        "id > <id> order by id",
        "(Modified_Time >= '2026-01-01T00:00:00+00:00' and id > <id>) order by id",
        "Modified_Time >= '<late>' order by Modified_Time, id",
        "((Modified_Time > '<mid>') or (Modified_Time = '<mid>' and id > <id>)) order by Modified_Time asc, id asc",
    ],
)
def test_keyset_walks_take_an_index(large: ZohoSimulator, where: str) -> None:
    ctx = Ctx(large, Request("POST", "/"), large.api_user, frozenset(), int(large.clock.now()))
    middle = large.store.db.execute('SELECT id, Modified_Time FROM "Deals" LIMIT 1 OFFSET 100000').fetchone()
    text = where.replace("<id>", str(middle[0])).replace("<mid>", str(ctx.instant(middle[1])))
    text = text.replace("<late>", str(ctx.instant(middle[1] + 90_000)))
    query = parse(f"select id, Deal_Name, Amount, Modified_Time from Deals where {text} limit 2000")
    run(ctx, query)
    begin = time.perf_counter()
    _, count, more = run(ctx, query)
    assert (count, more) == (2000, True)
    assert time.perf_counter() - begin < 0.15  # a walk over 100,000 rows with a sort takes longer
