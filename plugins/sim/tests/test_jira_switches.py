"""The other settings of the Jira simulator's switches, and the faults around search, one look at each."""

from __future__ import annotations

from typing import Any

import pytest
from plugins.sim.tests.jira_client import QUIET, JiraClient, basic, document

from crmbridge_sim.jira import JiraSimulator
from crmbridge_sim.jira.mishaps import JiraFault

URL, EVENTS = "https://hook.example.com/j", ("jira:issue_updated", "comment_created")


def made(**switches: Any) -> JiraClient:
    return JiraClient(JiraSimulator(deals=0, switches={**QUIET, **switches}))


def app(client: JiraClient) -> JiraClient:
    bearer = "Bearer " + client.sim.backdoor.new_token(kind="access")
    return JiraClient(client.sim, authorization=bearer, prefix=f"/ex/jira/{client.sim.cloud_id}/rest/api/3")


@pytest.mark.parametrize("status", ["401", "403", "404"])
def test_how_an_anonymous_write_is_refused(status: str) -> None:
    client = made(anonymous_write=status, dead_myself="403")
    client.sim.backdoor.revoke_tokens()
    assert client.send("POST", "/issue", {"fields": {}}).status == int(status)
    assert client.send("GET", "/myself").status == 403


@pytest.mark.parametrize(("setting", "told"), [("own", [True, False]), ("none", [False, False]), ("all", [True, True])])
def test_whose_address_is_told(setting: str, told: list[bool]) -> None:
    client = made(emails=setting)
    other = list(client.sim.people)[3]
    rows = [client.ok("GET", "/myself"), client.ok("GET", f"/user?accountId={other}")]
    assert ["emailAddress" in one for one in rows] == told


def test_points() -> None:
    client = made(points_per_hour=6, quota_reason="jira-quota-tenant-based", quota_header="Beta-RateLimit")
    client.create("a")
    client.create("b")
    caller = app(client)
    answer = caller.send("POST", "/search/jql", {"jql": "project = SALE"})
    assert answer.headers["Beta-RateLimit"].startswith('"global-app-quota";r=3;'), "one, and one for each issue"
    assert caller.send("GET", "/myself").status == caller.send("GET", "/field").status == 200
    assert caller.send("GET", "/issue/SALE-1").status == 200
    answer = caller.send("GET", "/myself")
    assert (answer.status, answer.headers["RateLimit-Reason"]) == (429, "jira-quota-tenant-based")
    assert client.send("GET", "/myself").status == 200
    client.sim.switches.set("points_on_tokens", True)
    assert client.send("GET", "/myself").status == 429


def test_retry_after() -> None:
    client = made(retry_after_s=7, burst_get=1)
    client.send("GET", "/field")
    assert client.send("GET", "/field").headers["Retry-After"] == "7"


def test_bulk_is_seen_later_than_single_ones() -> None:
    client = made(bulk_lag_s=60)
    one = {"fields": {"project": {"key": "SALE"}, "issuetype": {"id": "10002"}, "summary": "x"}}
    client.ok("POST", "/issue/bulk", {"issueUpdates": [one, one]}, status=201)
    client.create()
    assert len(client.found("project = SALE")) == 1
    client.sim.clock.advance(60)
    assert len(client.found("project = SALE")) == 3


@pytest.mark.parametrize("setting", ["403", "404", "204"])
def test_a_write_to_an_archived_issue(setting: str) -> None:
    client = made(archived_put=setting)
    held = client.create()
    client.sim.backdoor.archive(held)
    assert client.send("PUT", f"/issue/{held}", {"fields": {"summary": "x"}}).status == int(setting)


def test_the_plan_decides_on_archiving() -> None:
    client = made()
    held, sim = client.create(), client.sim
    admin = JiraClient(sim, authorization=basic(sim.admin.email, sim.admin_token))
    assert admin.ok("PUT", "/issue/archive", {"issueIdsOrKeys": [held, "X-1"]})["numberOfIssuesUpdated"] == 1
    assert admin.ok("PUT", "/issue/unarchive", {"issueIdsOrKeys": [held]})["numberOfIssuesUpdated"] == 1
    sim.switches.set("premium", False)
    assert admin.send("PUT", "/issue/archive", {"issueIdsOrKeys": [held]}).status == 403


@pytest.mark.parametrize(("setting", "status"), [("text", 204), ("json", 400)])
def test_what_the_length_of_a_document_counts(setting: str, status: int) -> None:
    client = made(text_length=setting)
    held = client.create()
    body = {"fields": {"description": document("x" * 32_767)}}
    assert client.send("PUT", f"/issue/{held}", body).status == status


@pytest.mark.parametrize("moves", [False, True])
def test_whether_a_property_moves_updated(moves: bool) -> None:  # noqa: FBT001  # a setting
    client = made(property_moves_updated=moves)
    held = client.create()
    before = client.issue(held)["fields"]["updated"]
    client.sim.clock.advance(60)
    client.ok("PUT", f"/issue/{held}/properties/a", 1, status=201)
    assert (client.issue(held)["fields"]["updated"] != before) is moves


def test_how_events_look() -> None:
    client = made(event_text="adf", comment_event_issue=False, event_flow="Secondary", event_delay_ms=1000)
    sim = client.sim
    sim.backdoor.add_webhook(URL, EVENTS)
    held = client.create()
    sim.backdoor.comment(held, "hello")
    assert sim.events.due() == []
    sim.clock.advance(1)
    (one,) = sim.events.due()
    assert one.json()["comment"]["body"] == document("hello")
    assert "issue" not in one.json()
    assert one.headers["X-Atlassian-Webhook-Flow"] == "Secondary"


def test_every_so_many_events_are_dropped_or_doubled() -> None:
    client = made(event_drop_every=3, event_twice_every=2, event_retries=0)
    client.sim.backdoor.add_webhook(URL, EVENTS)
    held = client.create()
    for number in range(3):
        client.sim.backdoor.edit(held, {"summary": str(number)})
    told = [one.json()["issue"]["fields"]["summary"] for one in client.sim.events.due()]
    assert told == ["0", "1", "1"]
    assert client.sim.events.lost == 3


def test_the_life_of_an_apps_webhook() -> None:
    client = made(webhook_days=1)
    caller = app(client)
    body = {"url": URL, "webhooks": [{"events": list(EVENTS), "jqlFilter": "project = SALE"}]}
    caller.ok("POST", "/webhook", body)
    client.sim.clock.advance(86_400)
    assert client.sim.events.live() == []


def test_faults_around_search() -> None:
    client = made()
    held = [client.create(str(number)) for number in range(4)]
    faults, asked = client.sim.faults, {"jql": "project = SALE ORDER BY id ASC", "fields": ["summary"]}
    faults.add(JiraFault("vanish", path="search"))
    assert client.found("project = SALE ORDER BY id ASC", fields=["summary"]) == held[1:]
    faults.add(JiraFault("short_page", path="search"))
    page = client.ok("POST", "/search/jql", asked)
    assert (len(page["issues"]), "nextPageToken" in page) == (2, True)
    faults.add(JiraFault("edit_during_paging", path="search", options={"count": 2}))
    client.ok("POST", "/search/jql", asked)
    assert [one["fields"]["summary"] for one in client.ok("POST", "/search/jql", asked)["issues"]][:2] == ["0+", "1+"]
    faults.add(JiraFault("truncate", options={"keep": 3}))
    assert len(client.send("GET", "/myself").body) == 3
    faults.add(JiraFault("clock_skew", options={"seconds": 3600}))
    assert "13:00:00" in client.send("GET", "/myself").headers["Date"]
    faults.add(JiraFault("delay", options={"seconds": 0}))
    assert client.send("GET", "/myself").status == 200
