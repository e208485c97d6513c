"""Delete, the deleted feed and its ageing, restore (dossier 2.5, 2.6)."""

from __future__ import annotations

import pytest
from plugins.sim.tests.conftest import Client

DAY_S = 86_400


@pytest.fixture
def leads(client: Client) -> list[str]:
    return [client.sim.backdoor.create("Leads", {"Last_Name": name}) for name in "ABC"]


def later(client: Client, days: float) -> Client:
    client.sim.clock.advance(days * DAY_S)
    return Client(client.sim)


def test_outcomes_of_a_mixed_delete(client: Client, leads: list[str]) -> None:
    answer = client.delete(f"/Leads?ids={leads[0]},17")
    assert answer.status == 207
    good, bad = answer.json()["data"]
    assert good == {"code": "SUCCESS", "details": {"id": leads[0]}, "message": "record deleted", "status": "success"}
    assert (bad["code"], bad["message"], bad["details"]) == ("INVALID_DATA", "record not deleted", {"id": "17"})
    assert client.delete(f"/Leads/{leads[1]}").status == 200
    assert client.get(f"/Leads/{leads[1]}").status == 204
    assert client.delete("/Leads").json()["code"] == "REQUIRED_PARAM_MISSING"


def test_the_feed_names_who_when_and_how(client: Client, leads: list[str]) -> None:
    assert client.get("/Leads/deleted").status == 204
    client.delete(f"/Leads/{leads[0]}")
    client.sim.backdoor.delete("Leads", leads[1], permanent=True)
    rows = {row["id"]: row for row in client.get("/Leads/deleted").json()["data"]}
    assert rows[leads[0]]["type"] == "recycle"
    assert rows[leads[0]]["display_name"] == "A"
    assert rows[leads[0]]["deleted_time"] == "2026-06-30T14:00:00+02:00"
    assert rows[leads[0]]["deleted_by"]["name"] == "Api User"
    assert (rows[leads[1]]["type"], rows[leads[1]]["display_name"]) == ("permanent", None)
    assert len(client.get("/Leads/deleted?type=recycle").json()["data"]) == 1
    assert client.get("/Leads/deleted?type=gone").json()["code"] == "PATTERN_NOT_MATCHED"


def test_recycled_rows_are_listed_60_days_and_permanent_ones_120(client: Client, leads: list[str]) -> None:
    client.delete(f"/Leads/{leads[0]}")
    client.sim.backdoor.delete("Leads", leads[1], permanent=True)
    client = later(client, 59.9)
    assert len(client.get("/Leads/deleted").json()["data"]) == 2
    client = later(client, 0.1)
    assert [row["type"] for row in client.get("/Leads/deleted").json()["data"]] == ["permanent"]
    assert later(client, 60).get("/Leads/deleted").status == 204


def test_if_modified_since_compares_the_deleted_time(client: Client, leads: list[str]) -> None:
    client.delete(f"/Leads/{leads[0]}")
    client = later(client, 1)
    client.delete(f"/Leads/{leads[1]}")
    rows = client.get("/Leads/deleted", If_Modified_Since="2026-07-01T14:00:00+02:00").json()["data"]
    assert [row["id"] for row in rows] == [leads[1]]
    assert client.get("/Leads/deleted", If_Modified_Since="2026-07-01T14:00:01+02:00").status == 304


@pytest.mark.parametrize(("order", "first"), [("newest_first", 2), ("oldest_first", 0)])
def test_the_feeds_order_is_a_switch(client: Client, leads: list[str], order: str, first: int) -> None:
    client.sim.switches.set("deleted_order", order)
    for lead in leads:
        client.delete(f"/Leads/{lead}")
        client.sim.clock.advance(1)
    rows = client.get("/Leads/deleted").json()["data"]
    assert [row["id"] for row in rows] == (leads[::-1] if first else leads)
    page = client.get("/Leads/deleted?per_page=1").json()
    assert (page["data"][0]["id"], page["info"]["more_records"]) == (leads[first], True)


def test_pages_of_the_feed(client: Client) -> None:
    rows = ((n, "Leads", None, "recycle", 1_782_820_000, None, None, None) for n in range(2_100))
    client.sim.store.db.executemany("INSERT INTO trash VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    content = client.get("/Leads/deleted?page=10").json()
    assert content["info"] == {"per_page": 200, "count": 200, "page": 10, "more_records": True}
    assert client.get("/Leads/deleted?page=11").json()["code"] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    client.sim.switches.set("deleted_limit", 0)
    assert client.get("/Leads/deleted?page=11").json()["info"]["more_records"] is False


@pytest.mark.parametrize("moves", [False, True])
def test_a_restored_record_leaves_the_feed(client: Client, leads: list[str], moves: bool) -> None:  # noqa: FBT001
    client.sim.switches.set("restore_moves_modified", moves)
    client.delete(f"/Leads/{leads[0]}")
    client = later(client, 1)
    answer = client.post("/settings/recycle_bin/actions/restore", {"ids": [leads[0]]})
    assert answer.status == 200
    assert client.get("/Leads/deleted").status == 204
    row = client.get(f"/Leads/{leads[0]}").json()["data"][0]
    assert row["Last_Name"] == "A"
    assert row["Modified_Time"] == f"2026-0{'7-01' if moves else '6-30'}T14:00:00+02:00"


def test_what_was_purged_cannot_come_back(client: Client, leads: list[str]) -> None:
    client.delete(f"/Leads/{leads[0]}")
    assert client.sim.backdoor.purge(leads[0])
    assert not client.sim.backdoor.restore(leads[0])
    assert client.get("/Leads/deleted").json()["data"][0]["type"] == "permanent"


def test_a_lookup_to_a_deleted_record_is_null_and_comes_back(client: Client) -> None:
    account = client.sim.backdoor.create("Accounts", {"Account_Name": "A"})
    contact = client.sim.backdoor.create("Contacts", {"Last_Name": "P", "Account_Name": account})
    client.delete(f"/Accounts/{account}")
    assert client.get(f"/Contacts/{contact}").json()["data"][0]["Account_Name"] is None
    client.sim.backdoor.restore(account)
    assert client.get(f"/Contacts/{contact}").json()["data"][0]["Account_Name"]["id"] == account


def test_unknown_and_malformed_ids(client: Client) -> None:
    assert client.get("/Leads/6102037000000999999").status == 204
    bad = client.get("/Leads/12x")
    assert (bad.status, bad.json()["message"]) == (400, "the id given seems to be invalid")
    client.sim.switches.set("unknown_id", "400")
    assert client.get("/Leads/6102037000000999999").json()["code"] == "INVALID_DATA"


def test_hidden_records_are_gone_without_a_word(client: Client, leads: list[str]) -> None:
    client.sim.clock.advance(60)
    assert client.sim.backdoor.hide("Leads", list(leads[:2])) == 2
    assert client.get(f"/Leads/{leads[0]}").status == 204
    assert client.get("/Leads/deleted").status == 204
    assert client.sim.state(["Leads"])["deleted"]["Leads"] == {}
    assert not client.sim.backdoor.restore(leads[0])
    assert client.sim.backdoor.unhide() == 2
    row = client.get(f"/Leads/{leads[0]}").json()["data"][0]
    assert row["Modified_Time"] == "2026-06-30T14:00:00+02:00"


def test_single_errors_are_wrapped_by_a_switch(client: Client) -> None:
    client.sim.switches.set("wrap_single_errors", value=True)
    assert client.get("/Leads").json()["data"][0]["code"] == "REQUIRED_PARAM_MISSING"
    client.token = "none"  # noqa: S105  # a wrong one
    assert client.get("/Leads").json()["code"] == "INVALID_TOKEN"
