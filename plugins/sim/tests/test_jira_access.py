"""Signing in, limits and faults of the Jira simulator, and Data Center (dossier A1, A6, A8)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from plugins.sim.tests.jira_client import QUIET, JiraClient, basic, document

from crmbridge_sim.jira import JiraSimulator
from crmbridge_sim.jira.mishaps import JiraFault
from crmbridge_sim.wire import Request


@pytest.fixture
def client() -> JiraClient:
    return JiraClient(JiraSimulator(deals=0, switches=QUIET))


def test_a_dead_pair_becomes_an_anonymous_caller(client: JiraClient) -> None:
    made = client.create()
    client.sim.backdoor.revoke_tokens()
    answers = [
        client.send("POST", "/search/jql", {"jql": "project = SALE"}),
        client.send("GET", "/project/search"),
        client.send("GET", f"/issue/{made}"),
        client.send("GET", "/myself"),
    ]
    assert [one.status for one in answers] == [200, 200, 404, 401]
    assert answers[0].json()["issues"] == answers[1].json()["values"] == []
    assert {one.headers["x-seraph-loginreason"] for one in answers} == {"AUTHENTICATED_FAILED"}
    assert client.send("PUT", f"/issue/{made}", {"fields": {}}).status == 401
    client.sim.switches.set("bad_basic", "401")
    assert client.send("GET", "/project/search").status == 401


def test_nobody_at_all_has_no_login_reason(client: JiraClient) -> None:
    answer = client.sim.handle(Request.of("GET", "/rest/api/3/project/search"))
    assert (answer.status, answer.json()["total"], "x-seraph-loginreason" in answer.headers) == (200, 0, False)
    assert client.sim.handle(Request.of("GET", "/rest/api/3/serverInfo")).json()["deploymentType"] == "Cloud"


def test_tokens_expire(client: JiraClient) -> None:
    assert client.ok("GET", "/myself")["accountId"] == client.sim.caller.account_id
    client.sim.clock.advance(366 * 86_400)
    assert client.send("GET", "/myself").status == 401


def test_bearers_at_the_site(client: JiraClient) -> None:
    stray = JiraClient(client.sim, authorization="Bearer nonsense")
    answer = stray.send("GET", "/myself")
    assert (answer.status, answer.json()) == (403, {"error": "Failed to parse Connect Session Auth Token"})
    good = JiraClient(client.sim, authorization="Bearer " + client.sim.backdoor.new_token(kind="access"))
    assert good.send("GET", "/myself").status == 401


def gateway(sim: JiraSimulator) -> str:
    return f"/ex/jira/{sim.cloud_id}/rest/api/3"


def test_scoped_tokens_live_at_the_gateway(client: JiraClient) -> None:
    sim = client.sim
    scoped = basic(sim.caller.email, sim.scoped_token)
    assert JiraClient(sim, authorization=scoped, prefix=gateway(sim)).send("GET", "/myself").status == 200
    assert JiraClient(sim, authorization=scoped).send("GET", "/myself").status == 401
    assert JiraClient(sim, prefix=gateway(sim)).send("GET", "/myself").status == 401
    narrow = basic(sim.caller.email, sim.backdoor.new_token(kind="scoped", scopes=["read:jira-work"]))
    reader = JiraClient(sim, authorization=narrow, prefix=gateway(sim))
    assert reader.send("GET", "/project/search").status == 200
    assert reader.send("POST", "/issue", {}).status == 401
    sim.switches.set("scope_lacking", "403")
    assert reader.send("POST", "/issue", {}).status == 403


def exchange(sim: JiraSimulator, **sent: str) -> Any:
    body = {"client_id": sim.accounts.client_id, "client_secret": sim.accounts.client_secret, **sent}
    return sim.handle(Request.of("POST", "/oauth/token", json_body=body))


def test_refresh_tokens_rotate(client: JiraClient) -> None:
    sim = client.sim
    told = exchange(sim, grant_type="refresh_token", refresh_token=sim.refresh_token).json()
    assert told["refresh_token"] != sim.refresh_token
    bearer = {"Authorization": f"Bearer {told['access_token']}"}
    sites = sim.handle(Request.of("GET", "/oauth/token/accessible-resources", headers=bearer)).json()
    assert sites[0]["id"] == sim.cloud_id
    app = JiraClient(sim, authorization=bearer["Authorization"], prefix=gateway(sim))
    answer = app.send("GET", "/myself")
    assert (answer.status, "global-app-quota" in answer.headers["RateLimit"]) == (200, True)
    sim.clock.advance(500)
    assert exchange(sim, grant_type="refresh_token", refresh_token=sim.refresh_token).status == 200
    sim.clock.advance(601)
    assert exchange(sim, grant_type="refresh_token", refresh_token=sim.refresh_token).status == 403
    sim.clock.advance(3600)
    assert app.send("GET", "/myself").status == 401
    sim.clock.advance(91 * 86_400)
    assert exchange(sim, grant_type="refresh_token", refresh_token=told["refresh_token"]).status == 403
    code = sim.backdoor.consent()
    assert exchange(sim, grant_type="authorization_code", code=code).status == 200
    form = urlencode({"client_id": "x", "grant_type": "refresh_token"}).encode()
    sent = Request.of("POST", "/oauth/token", headers={"Content-Type": "application/x-www-form-urlencoded"}, body=form)
    assert sim.handle(sent).status == 401


def test_three_reasons_of_429(client: JiraClient) -> None:
    sim = client.sim
    made = client.create()
    for number in range(20):
        client.ok("PUT", f"/issue/{made}/properties/a", number, status=200 if number else 201)
    answer = client.send("PUT", f"/issue/{made}/properties/a", 99)
    assert (answer.status, answer.headers["RateLimit-Reason"]) == (429, "jira-per-issue-on-write")
    assert client.ok("GET", f"/issue/{made}/properties/a")["value"] == 19
    answers = [client.send("GET", "/myself") for _ in range(101)]
    assert [one.status for one in answers[-2:]] == [200, 429]
    assert answers[90].headers["X-RateLimit-NearLimit"] == "true"
    refused = answers[-1].headers
    assert (refused["RateLimit-Reason"], refused["Retry-After"], refused["X-RateLimit-Remaining"]) == (
        "jira-burst-based", "2", "0",
    )  # fmt: skip
    sim.clock.advance(2)
    assert client.send("GET", "/myself").status == 200
    bearer = "Bearer " + sim.backdoor.new_token(kind="access")
    app = JiraClient(sim, authorization=bearer, prefix=gateway(sim))
    sim.backdoor.exhaust_points()
    answer = app.send("GET", "/myself")
    assert (answer.status, answer.headers["RateLimit-Reason"]) == (429, "jira-quota-global-based")
    assert client.send("GET", "/myself").status == 200, "API tokens are exempt"
    sim.clock.advance(float(answer.headers["Retry-After"]))
    assert app.send("GET", "/myself").status == 200


def test_a_write_whose_answer_is_lost_was_done(client: JiraClient) -> None:
    sim = client.sim
    fields = {"project": {"key": "SALE"}, "issuetype": {"id": "10002"}, "summary": "x", "labels": ["crm-t-1"]}
    sim.faults.add(JiraFault("drop_after_commit", method="POST"))
    assert client.send("POST", "/issue", {"fields": fields}).dropped
    sim.faults.add(JiraFault("error_after_commit", method="POST", options={"status": 503}))
    assert client.send("POST", "/issue", {"fields": fields}).status == 503
    sim.faults.add(JiraFault("drop", method="POST"))
    assert client.send("POST", "/issue", {"fields": fields}).dropped
    assert len(client.found("labels = crm-t-1")) == 2
    made = client.found("labels = crm-t-1")[0]
    sim.faults.add(JiraFault("drop_after_commit", method="PUT"))
    assert client.send("PUT", f"/issue/{made}", {"fields": {}}).dropped
    assert not client.send("PUT", f"/issue/{made}", {"fields": {}}).dropped


def test_other_faults(client: JiraClient) -> None:
    made = client.create()
    kinds = {"conflict": 409, "workflow": 422, "server_error": 500, "gateway_html": 502, "throttle": 429}
    for kind, status in kinds.items():
        client.sim.faults.add(JiraFault(kind))
        assert client.send("PUT", f"/issue/{made}", {"fields": {"summary": kind}}).status == status
    assert client.issue(made)["fields"]["summary"] == "Call Ada"
    client.sim.faults.add(JiraFault("garbage"))
    with pytest.raises(json.JSONDecodeError):
        client.send("GET", "/myself").json()
    client.sim.faults.add(JiraFault("token_death"))
    assert client.send("GET", "/myself").status == 401


def test_what_is_unknown_or_broken(client: JiraClient) -> None:
    answer = client.send("GET", "/nonsense")
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert client.send("PATCH", "/issue/1").status == 405
    for body in (b"{", b"[1]", b'"x"', b'{"fields": NaN}', b'{"fields": [1]}', b""):
        sent = Request.of("POST", "/rest/api/3/issue", headers={"Authorization": client.authorization}, body=body)
        assert client.sim.handle(sent).status == 400, body


def test_the_ledger(client: JiraClient) -> None:
    client.create()
    client.send("GET", "/issue/SALE-1")
    assert [(one.route, one.status) for one in client.sim.calls] == [("/issue", 201), ("/issue/{issue}", 200)]


@pytest.fixture
def server() -> JiraClient:
    sim = JiraSimulator(deals=0, switches={**QUIET, "deployment": "data_center"})
    return JiraClient(sim, authorization=f"Bearer {sim.token}")


def test_data_center_has_names_strings_and_numbered_pages(server: JiraClient) -> None:
    name = list(server.sim.people.values())[3].name
    made = [server.create(str(n), description="h1. wiki", assignee={"name": name}) for n in range(3)]
    told = server.issue(made[0], "assignee", "description")
    assert (told["fields"]["assignee"]["name"], told["fields"]["description"]) == (name, "h1. wiki")
    assert "accountId" not in told["fields"]["assignee"]
    page = server.ok("POST", "/search", {"jql": "order by key", "startAt": 1, "maxResults": 1, "fields": ["summary"]})
    assert (page["total"], page["startAt"], [one["id"] for one in page["issues"]]) == (3, 1, [made[1]])
    server.ok("PUT", f"/issue/{made[0]}", {"fields": {"summary": "x"}}, status=204)
    log = server.ok("GET", f"/issue/{made[0]}?expand=changelog")["changelog"]["histories"]
    assert log[0]["items"][0]["toString"] == "x"
    server.ok("POST", f"/issue/{made[0]}/comment", {"body": "plain"}, status=201)
    assert server.send("POST", f"/issue/{made[0]}/comment", {"body": document("x")}).status == 400
    assert server.ok("GET", "/serverInfo")["deploymentType"] == "Server"
    assert "values" in server.ok("GET", "/issue/createmeta/SALE/issuetypes")
    assert len(server.ok("GET", f"/user/assignable/search?project=SALE&username={name}")) == 1
    for method, path in (("POST", "/search/jql"), ("POST", "/issue/bulkfetch"), ("GET", f"/issue/{made[0]}/changelog")):
        assert server.send(method, path, {}).status in {404, 405}
    assert JiraClient(server.sim, authorization="Bearer dead").send("GET", "/myself").status == 401


def test_data_center_has_a_bucket(server: JiraClient) -> None:
    server.sim.switches.set("dc_bucket", 2)
    answers = [server.send("GET", "/myself") for _ in range(3)]
    assert [one.status for one in answers] == [200, 200, 429]
    assert [one.headers["retry-after"] for one in answers] == ["0", "0", "1"]
