"""Scopes, credits, concurrency and errors before any handler (dossier 1.7, 5)."""

from __future__ import annotations

import threading

import pytest
from plugins.sim.tests.conftest import Client

from crmbridge_sim.zoho import ZohoSimulator


def reader(sim: ZohoSimulator, *scopes: str) -> Client:
    return Client(sim, sim.token(scopes=scopes))


def test_a_missing_scope(sim: ZohoSimulator) -> None:
    client = reader(sim, "ZohoCRM.modules.READ")
    assert client.get("/Leads?fields=id").status == 204
    answer = client.post("/Leads", {"data": [{"Last_Name": "x"}]})
    assert (answer.status, answer.json()["code"]) == (401, "OAUTH_SCOPE_MISMATCH")
    assert client.get("/settings/fields?module=Leads").json()["code"] == "OAUTH_SCOPE_MISMATCH"


@pytest.mark.parametrize("scope", ["ZohoCRM.modules.leads.READ", "ZohoCRM.modules.Leads.ALL", "ZohoCRM.modules.ALL"])
def test_scopes_of_one_module_and_all(sim: ZohoSimulator, scope: str) -> None:
    client = reader(sim, scope)
    assert client.get("/Leads?fields=id").status == 204
    assert client.get("/Deals?fields=id").status == (204 if "modules.ALL" in scope else 401)


def test_settings_scopes_meet_their_items(sim: ZohoSimulator) -> None:
    assert reader(sim, "ZohoCRM.settings.READ").get("/settings/fields?module=Leads").status == 200
    assert reader(sim, "ZohoCRM.settings.fields.READ").get("/settings/fields?module=Leads").status == 200
    assert reader(sim, "ZohoCRM.settings.layouts.READ").get("/settings/fields?module=Leads").status == 401


def test_a_dropped_scope_hits_living_tokens(client: Client) -> None:
    client.sim.administration.drop_scope("zohocrm.ORG.all")
    assert client.get("/org").json()["code"] == "OAUTH_SCOPE_MISMATCH"


def test_a_module_without_permission(client: Client) -> None:
    client.sim.administration.set_permission("Leads", allowed=False)
    answer = client.get("/Leads?fields=id")
    assert (answer.status, answer.json()["code"]) == (403, "NO_PERMISSION")
    assert answer.json()["details"] == {"permissions": ["Crm_Implied_View_Leads"]}
    assert client.get("/settings/modules/Leads").status == 204


def test_unknown_module_url_and_method(client: Client) -> None:
    answer = client.get("/Nothing?fields=id")
    assert (answer.status, answer.json()["code"]) == (400, "INVALID_MODULE")
    assert answer.json()["details"] == {"resource_path_index": 0}
    wrong = client.get("/a/b/c/d/e")
    assert (wrong.status, wrong.json()["code"]) == (404, "INVALID_URL_PATTERN")
    assert client.call("PATCH", "/crm/v8/org").json()["code"] == "INVALID_REQUEST_METHOD"


def test_credits_by_edition_and_the_header_from_half_on(client: Client) -> None:
    sim = client.sim
    assert sim.credits.limit == 50_000 + 25 * 1_000
    sim.administration.set_edition("free")
    assert sim.credits.limit == 5_000
    sim.credits.charge(sim.clock.now(), 2_498)
    assert "X-API-CREDITS-REMAINING" not in client.get("/org").headers
    assert client.get("/org").headers["X-API-CREDITS-REMAINING"] == "2500"


def test_credits_run_out_and_return_after_24_hours(client: Client) -> None:
    sim = client.sim
    sim.switches.set("edition_credits", 3)
    assert [client.get("/org").status for _ in range(4)] == [200, 200, 200, 429]
    assert client.get("/org").json()["code"] == "TOO_MANY_REQUESTS"
    sim.clock.advance(86_400)
    assert Client(sim).get("/org").status == 200


def test_prices(client: Client) -> None:
    sim = client.sim
    view = client.get("/settings/custom_views?module=Leads").json()["custom_views"][0]["id"]
    sim.calls.reset()
    client.get("/Leads?fields=id")
    client.get(f"/Leads?fields=id&cvid={view}")
    client.get("/Leads/deleted")
    client.post("/Leads", {"data": [{"Last_Name": "x"}] * 21})
    client.delete("/Leads?ids=1,2")
    assert [call.credits for call in sim.calls] == [1, 3, 2, 3, 1]


def test_failed_calls_are_charged_by_a_switch(client: Client) -> None:
    client.get("/Nothing?fields=id")
    assert client.sim.credits.used(client.sim.clock.now()) == 1
    client.sim.switches.set("credits_for_failed_calls", value=False)
    client.get("/Nothing?fields=id")
    assert client.sim.credits.used(client.sim.clock.now()) == 1
    assert [call.credits for call in client.sim.calls] == [1, 0]


def test_calls_at_one_time_are_limited_and_heavy_ones_more() -> None:
    sim = ZohoSimulator(deals=0, switches={"edition_concurrency": 4, "heavy_concurrency": 2})
    client = Client(sim)
    inside, go = threading.Barrier(3), threading.Event()

    def slow(seconds: float) -> None:
        if seconds > 0:
            inside.wait()
            go.wait()

    sim.wait = slow  # type: ignore[method-assign]  # the place where a call takes time
    sim.latency_s = 1.0
    path = "/Leads?fields=id&sort_by=Modified_Time"
    threads = [threading.Thread(target=client.get, args=(path,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait()
    sim.latency_s = 0.0
    third = client.get(path)
    assert (third.status, third.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert client.get("/Leads?fields=id").status == 204
    go.set()
    for thread in threads:
        thread.join()
    assert client.get(path).status == 204
    assert sim.concurrency.most_heavy == 2


def test_both_spellings_of_the_throttle() -> None:
    sim = ZohoSimulator(deals=0, switches={"throttle_code": "RATE_LIMIT_EXCEEDED", "retry_after_s": 7})
    sim.credits.exhaust(sim.clock.now())
    answer = Client(sim).get("/org")
    assert (answer.status, answer.json()["code"], answer.headers["Retry-After"]) == (429, "RATE_LIMIT_EXCEEDED", "7")
