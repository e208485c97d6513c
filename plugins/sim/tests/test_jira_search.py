"""Search of the Jira simulator: bounds, pages, lag, flicker, the zone trap, JQL (dossier A3)."""

from __future__ import annotations

import pytest
from plugins.sim.tests.jira_client import QUIET, JiraClient, document

from crmbridge_sim.jira import JiraSimulator


@pytest.fixture
def client() -> JiraClient:
    return JiraClient(JiraSimulator(deals=0, switches=QUIET))


def test_the_default_is_the_id_alone(client: JiraClient) -> None:
    made = client.create(labels=["a"])
    page = client.ok("POST", "/search/jql", {"jql": "project = SALE"})
    assert page == {"issues": [{"id": made}], "isLast": True}
    page = client.ok("POST", "/search/jql", {"jql": "project = SALE", "fields": ["key", "labels"]})
    assert page["issues"][0]["key"] == "SALE-1"
    assert page["issues"][0]["fields"] == {"labels": ["a"]}
    got = client.ok("GET", "/search/jql?jql=project%20%3D%20SALE&fields=key,labels&properties=crm.task")
    assert got["issues"][0]["fields"] == {"labels": ["a"]}


def test_pages_by_token(client: JiraClient) -> None:
    made = [client.create(str(number)) for number in range(5)]
    asked = {"jql": "project = SALE ORDER BY id ASC", "maxResults": 2}
    first = client.ok("POST", "/search/jql", asked)
    assert ([one["id"] for one in first["issues"]], first["isLast"]) == (made[:2], False)
    assert "total" not in first
    other = {"jql": "project = OPS", "nextPageToken": first["nextPageToken"]}
    assert client.refused("POST", "/search/jql", other)[0] == 400
    assert client.found("project = SALE ORDER BY id ASC", maxResults=2) == made
    client.sim.clock.advance(8 * 86_400)
    assert client.refused("POST", "/search/jql", {**asked, "nextPageToken": first["nextPageToken"]})[0] == 400
    for size in (0, 5001):
        assert client.refused("POST", "/search/jql", {**asked, "maxResults": size})[0] == 400
    assert client.ok("POST", "/search/approximate-count", {"jql": "project = SALE"}) == {"count": 5}


def test_a_short_page_is_not_the_last(client: JiraClient) -> None:
    made = [client.create(str(number)) for number in range(4)]
    client.sim.switches.set("short_every", 1)
    page = client.ok("POST", "/search/jql", {"jql": "project = SALE", "fields": ["summary"]})
    assert (len(page["issues"]), page["isLast"]) == (2, False)
    assert sorted(client.found("project = SALE", fields=["summary"])) == made
    client.sim.switches.set("most_with_fields", 1)
    client.sim.switches.set("short_every", 0)
    assert sorted(client.found("project = SALE", fields=["summary"])) == made


def test_unbounded_and_broken_queries(client: JiraClient) -> None:
    told = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
    for jql in ("", "ORDER BY updated"):
        assert client.refused("POST", "/search/jql", {"jql": jql}) == (400, [told])
    for jql in (
        "project =",
        "project SALE",
        "(project = SALE",
        "project = SALE AND",
        "labels in (a",
        "a = 'b",
        "x ~ ~",
    ):
        status, messages = client.refused("POST", "/search/jql", {"jql": jql})
        assert (status, messages[0][:22]) == (400, "Error in the JQL Query")


def test_the_old_search_is_gone(client: JiraClient) -> None:
    for method in ("GET", "POST"):
        answer = client.send(method, "/search?jql=project=SALE")
        assert answer.status == 410
        assert answer.json()["errorMessages"][0].startswith("The requested API has been removed. Please migrate")


def test_search_sees_changes_later_and_reconciled_ones_at_once() -> None:
    client = JiraClient(JiraSimulator(deals=0, switches={"index_lag_s": 5, "short_every": 0}))
    made = client.create(labels=["a"])
    assert client.found("labels = a") == []
    assert client.found("labels = a", reconcileIssues=[int(made)]) == [made]
    client.sim.clock.advance(5)
    assert client.found("labels = a") == [made]
    client.ok("DELETE", f"/issue/{made}", status=204)
    assert client.found("labels = a") == [made]
    assert client.found("labels = a", reconcileIssues=[int(made)]) == []
    client.sim.clock.advance(5)
    assert client.found("labels = a") == []
    assert client.refused("POST", "/search/jql", {"jql": "labels = a", "reconcileIssues": ["SALE-1"]})[0] == 400


def test_an_issue_once_seen_may_vanish(client: JiraClient) -> None:
    made = client.create()
    client.sim.switches.set("vanish_every", 2)
    assert [client.found("project = SALE") for _ in range(4)] == [[made], [], [made], []]
    client.found("project = SALE")
    assert client.found("project = SALE", reconcileIssues=[int(made)]) == [made]
    client.sim.switches.set("vanish_every", 0)
    client.sim.backdoor.vanish(made, 30)
    assert client.found("project = SALE") == []
    client.sim.clock.advance(30)
    assert client.found("project = SALE") == [made]


def test_local_text_is_in_the_zone_of_the_account(client: JiraClient) -> None:
    made = client.create()  # at 12:00 UTC, 14:00 in Stockholm
    ms = client.sim.now_ms()
    assert client.found(f"updated >= {ms}") == [made]
    assert client.found(f"updated > {ms}") == []
    assert client.found('updated >= "2026-06-30 12:30"') == [made]
    assert client.found('updated >= "2026-06-30 14:01"') == []
    assert client.found('updated >= "2026-06-30 12:30 UTC"') == []
    client.sim.backdoor.set_zone("UTC")
    assert client.found('updated >= "2026-06-30 12:30"') == []
    assert client.found("updated >= -5m") == [made]
    assert client.refused("POST", "/search/jql", {"jql": "updated >= yesterday"})[0] == 400


def test_the_subset_of_jql(client: JiraClient) -> None:
    who = list(client.sim.people)[3]
    one = client.create("Alpha", labels=["a", "b"], assignee={"accountId": who}, duedate="2026-12-03")
    two = client.create("Beta", description=document("gamma"))
    far = client.create("Delta", project={"key": "OPS"}, issuetype={"id": "10012"})
    client.sim.backdoor.transition(two, "done")
    cases = {
        "project = SALE ORDER BY key ASC": [one, two],
        "project in (SALE, 'OPS') and labels in (a)": [one],
        "labels = A": [one],
        "labels is EMPTY ORDER BY id": [two, far],
        "labels != a": [],
        "statusCategory = Done": [two],
        "statusCategory != done order by id asc": [one, far],
        "status = 'To Do' or status = 待办 order by id desc": [far, one],
        f"assignee = {who}": [one],
        "assignee is not empty": [one],
        "assignee = currentUser()": [],
        f"id in ({one}, SALE-2) order by summary desc": [two, one],
        "key = sale-1": [one],
        "NOT (project = SALE)": [far],
        "project = SALE AND (labels = a OR statusCategory = done) ORDER BY id": [one, two],
        "text ~ gamma": [two],
        "due <= '2026-12-03'": [one],
        "resolution = Done": [two],
        "labels = nobody": [],
        "project = NONE": [],
    }
    assert {jql: client.found(jql) for jql in cases} == cases


def test_what_nobody_has_is_empty_or_an_error(client: JiraClient) -> None:
    client.create()
    assert client.found("project = NONE OR project = SALE") != []
    client.sim.switches.set("unknown_value", "error")
    for jql in ("project = NONE", "nonsense = 1", "status = Nowhere", "key = SALE-99"):
        assert client.refused("POST", "/search/jql", {"jql": jql})[0] == 400


def test_jql_on_properties_needs_an_index(client: JiraClient) -> None:
    made = client.create()
    client.ok("PUT", f"/issue/{made}/properties/crm.task", {"id": "t1"}, status=201)
    jql = "issue.property[crm.task].id = t1"
    assert client.refused("POST", "/search/jql", {"jql": jql})[0] == 400
    client.sim.switches.set("property_jql", "empty")
    assert client.found(jql) == []
    client.sim.switches.set("property_jql", "works")
    assert client.found(jql) == [made]


def test_a_page_may_repeat_its_token(client: JiraClient) -> None:
    from crmbridge_sim.jira.mishaps import JiraFault  # noqa: PLC0415

    for number in range(3):
        client.create(str(number))
    first = client.ok("POST", "/search/jql", {"jql": "project = SALE", "maxResults": 1})
    client.sim.faults.add(JiraFault("repeat_token", path="search"))
    again = {"jql": "project = SALE", "maxResults": 1, "nextPageToken": first["nextPageToken"]}
    assert client.ok("POST", "/search/jql", again)["nextPageToken"] == first["nextPageToken"]
