"""The fault plan: what goes wrong, where and how often."""

from __future__ import annotations

import json

import pytest
from plugins.sim.tests.conftest import Client

from crmbridge_sim.faults import Fault, UnknownFault
from crmbridge_sim.zoho import ZohoSimulator


def plan(client: Client, kind: str, **rest: object) -> None:
    own = {k: v for k, v in rest.items() if k in {"method", "path", "module", "after", "times", "every"}}
    options = {k: v for k, v in rest.items() if k not in own}
    client.sim.faults.add(Fault(kind, **own, options=options))  # type: ignore[arg-type]  # a test's own words


def statuses(client: Client, times: int, path: str = "/org") -> list[int]:
    return [client.get(path).status for _ in range(times)]


def test_an_unknown_fault_names_the_nearest() -> None:
    with pytest.raises(UnknownFault, match="did you mean throttle"):
        Fault("throtle")


def test_throttling_some_calls(client: Client) -> None:
    plan(client, "throttle", times=2, retry_after=3)
    answer = client.get("/org")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
    assert statuses(client, 2) == [429, 200]


def test_after_and_every(client: Client) -> None:
    plan(client, "server_error", after=2, every=2, times=-1, status=503)
    assert statuses(client, 7) == [200, 200, 503, 200, 503, 200, 503]
    client.sim.faults.clear()
    assert statuses(client, 1) == [200]


def test_filters_by_method_path_and_module(client: Client) -> None:
    plan(client, "server_error", times=-1, module="Leads", method="GET")
    assert client.get("/Leads?fields=id").status == 500
    assert client.get("/Deals?fields=id").status == 204
    assert client.post("/Leads", {"data": [{"Last_Name": "x"}]}).status == 201


def test_a_gateway_answers_html(client: Client) -> None:
    plan(client, "gateway_html")
    answer = client.get("/org")
    assert (answer.status, answer.headers["Content-Type"]) == (502, "text/html")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_drop_before_does_nothing_and_drop_after_commits(client: Client) -> None:
    plan(client, "drop", method="POST")
    assert client.post("/Leads", {"data": [{"Last_Name": "x"}]}).dropped
    assert client.sim.store.count("Leads") == 0
    client.sim.faults.clear()
    plan(client, "drop_after_commit", method="POST")
    assert client.post("/Leads", {"data": [{"Last_Name": "x"}]}).dropped
    assert client.sim.store.count("Leads") == 1


def test_garbage_truncation_and_an_empty_list(client: Client) -> None:
    plan(client, "garbage")
    with pytest.raises(json.JSONDecodeError):
        client.get("/org").json()
    plan(client, "truncate", keep=5)
    assert client.get("/org").body == b'{"org'
    client.sim.backdoor.create("Leads", {"Last_Name": "x"})
    plan(client, "empty_list")
    assert statuses(client, 2, "/Leads?fields=id") == [204, 200]


def test_a_token_expires_under_the_call(client: Client) -> None:
    plan(client, "token_expiry", after=1)
    assert statuses(client, 3) == [200, 401, 401]
    assert Client(client.sim).get("/org").status == 200


def test_credits_exhausted(client: Client) -> None:
    plan(client, "credits_exhausted")
    assert statuses(client, 2) == [429, 429]
    client.sim.clock.advance(86_400)
    assert Client(client.sim).get("/org").status == 200


def test_a_skewed_clock_shows_in_the_date_header(client: Client) -> None:
    plan(client, "clock_skew", seconds=-3_600)
    assert client.get("/org").headers["Date"] == "Tue, 30 Jun 2026 11:00:00 GMT"
    assert client.get("/org").headers["Date"] == "Tue, 30 Jun 2026 12:00:00 GMT"


def walk(client: Client, path: str) -> list[str]:
    ids: list[str] = []
    content = client.get(path).json()
    while True:
        ids += [row["id"] for row in content["data"]]
        if not content["info"]["more_records"]:
            return ids
        content = client.get(f"{path}&page_token={content['info']['next_page_token']}").json()


@pytest.mark.parametrize("walks", ["keyset", "offset"])
@pytest.mark.parametrize("sort", ["id", "Modified_Time"])
def test_rows_repeat_over_a_page_border(walks: str, sort: str) -> None:
    client = Client(ZohoSimulator(deals=120, switches={"token_walk": walks}))
    plan(client, "duplicate_rows", times=-1, count=3)
    ids = walk(client, f"/Deals?fields=id&per_page=50&sort_by={sort}&sort_order=asc")
    assert len(set(ids)) == 120
    assert len(ids) == 120 + 6
    assert ids[47:50] == ids[50:53]


def test_records_are_edited_during_paging() -> None:
    client = Client(ZohoSimulator(deals=120))
    plan(client, "edit_during_paging", times=1, module="Deals", count=2)
    ids = walk(client, "/Deals?fields=id&per_page=50&sort_by=Modified_Time&sort_order=asc")
    assert len(set(ids)) == 120
    assert ids[-2:] == ids[:2]


def test_the_ledger_counts(client: Client) -> None:
    plan(client, "throttle")
    statuses(client, 2)
    client.get("/Leads?fields=id")
    rows = list(client.sim.calls)
    assert [(row.number, row.status, row.fault) for row in rows] == [(1, 429, "throttle"), (2, 200, ""), (3, 204, "")]
    assert client.sim.calls.matching(module="Leads")[0].query == "fields=id"
    assert client.sim.calls.summary()["by_status"] == {"429": 1, "200": 1, "204": 1}
