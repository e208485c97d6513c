"""Issues of the Jira simulator: create, edit, assign, delete, bulk, comments, links, properties (dossier A2, A6)."""

from __future__ import annotations

from typing import Any

import pytest
from plugins.sim.tests.jira_client import QUIET, JiraClient, document

from crmbridge_sim.jira import JiraSimulator

NOT_ADF = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
NO_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of {} characters."


@pytest.fixture
def client() -> JiraClient:
    return JiraClient(JiraSimulator(deals=0, switches=QUIET))


def person(client: JiraClient) -> str:
    return list(client.sim.people)[3]


def test_what_is_created_is_read_at_once(client: JiraClient) -> None:
    sent = {
        "description": document("Deal D-88"), "duedate": "2026-12-03", "assignee": {"accountId": person(client)},
        "labels": ["crm-sync", "crm-t-1"], "customfield_10053": {"value": "Phone"}, "priority": {"id": "2"},
    }  # fmt: skip
    begin = {"project": {"key": "SALE"}, "issuetype": {"name": "Follow-up"}, "summary": "Call Ada"}
    body = {"fields": {**begin, **sent}, "properties": [{"key": "crm.task", "value": {"id": "1"}}]}
    made = client.ok("POST", "/issue", body, status=201)
    assert set(made) == {"id", "key", "self"}
    told = client.ok("GET", f"/issue/{made['key']}?properties=crm.task")
    fields = told["fields"]
    assert (told["id"], told["properties"]) == (made["id"], {"crm.task": {"id": "1"}})
    assert fields["description"] == document("Deal D-88")
    assert (fields["duedate"], fields["labels"]) == ("2026-12-03", ["crm-sync", "crm-t-1"])
    assert (fields["assignee"]["accountId"], fields["priority"]["name"]) == (person(client), "High")
    assert (fields["customfield_10053"]["value"], fields["status"]["statusCategory"]["key"]) == ("Phone", "new")
    assert fields["created"] == "2026-06-30T14:00:00.000+0200"
    assert "emailAddress" not in fields["assignee"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"summary": "a\nb"}, {"summary": "The summary is invalid because it contains newline characters."}),
        ({"summary": ""}, {"summary": "You must specify a summary of the issue."}),
        ({"summary": "x" * 256}, {"summary": TOO_LONG.format("255")}),
        ({"description": "text"}, {"description": NOT_ADF}),
        ({"customfield_10050": "text"}, {"customfield_10050": NOT_ADF}),
        ({"customfield_10051": document("x")}, {"customfield_10051": "Operation value must be a string"}),
        ({"description": document("x" * 32_768)}, {"description": TOO_LONG.format("32,767")}),
        ({"labels": ["a b"]}, {"labels": "The label 'a b' contains spaces which is invalid."}),
        ({"duedate": "3.12.2026"}, {"duedate": "Error parsing date string: 3.12.2026"}),
        ({"status": {"id": "10004"}}, {"status": NO_SCREEN.format("status")}),
        ({"nonsense": 1}, {"nonsense": NO_SCREEN.format("nonsense")}),
        ({"assignee": {"accountId": "x"}}, {"assignee": "User 'x' does not exist."}),
    ],
)  # fmt: skip
def test_one_bad_field_fails_a_write_as_a_whole(
    client: JiraClient, fields: dict[str, Any], told: dict[str, str]
) -> None:
    begin = {"project": {"key": "SALE"}, "issuetype": {"id": "10002"}, "summary": "x"}
    assert client.refused("POST", "/issue", {"fields": {**begin, **fields}}) == (400, told)
    held = client.create("before")
    assert client.refused("PUT", f"/issue/{held}", {"fields": {"priority": {"id": "1"}, **fields}}) == (400, told)
    assert client.issue(held)["fields"]["priority"]["id"] == "3"


def test_a_type_without_the_due_date_on_its_screen(client: JiraClient) -> None:
    told = NO_SCREEN.format("duedate")
    fields = {"project": {"key": "SALE"}, "issuetype": {"id": "10008"}, "summary": "x", "duedate": "2026-12-03"}
    assert client.refused("POST", "/issue", {"fields": fields}) == (400, {"duedate": told})
    screen = client.ok("GET", "/issue/createmeta/SALE/issuetypes/10008")["fields"]
    assert "duedate" not in {one["fieldId"] for one in screen}
    types = client.ok("GET", "/issue/createmeta/SALE/issuetypes")["issueTypes"]
    assert [one["name"] for one in types] == ["Follow-up", "Task", "Sub-task"]


def test_edits_keep_other_labels_and_write_the_changelog(client: JiraClient) -> None:
    made = client.create(labels=["theirs"])
    client.sim.clock.advance(60)
    body = {"fields": {"summary": "Call Bo"}, "update": {"labels": [{"add": "ours"}, {"remove": "none"}]}}
    client.ok("PUT", f"/issue/{made}", body, status=204)
    told = client.ok("PUT", f"/issue/{made}?returnIssue=true", {"fields": {"duedate": "2026-12-03"}})
    assert told["fields"]["labels"] == ["theirs", "ours"]
    assert told["fields"]["updated"] == "2026-06-30T14:01:00.000+0200"
    rows = client.ok("GET", f"/issue/{made}/changelog")["values"]
    lines = [(one["fieldId"], one["fromString"], one["toString"]) for row in rows for one in row["items"]]
    assert lines[:2] == [("summary", "Call Ada", "Call Bo"), ("labels", "theirs", "theirs ours")]
    assert lines[2][0] == "duedate"
    bulk = client.ok("POST", "/changelog/bulkfetch", {"issueIdsOrKeys": [made], "fieldIds": ["duedate"]})
    assert len(bulk["issueChangeLogs"][0]["changeHistories"]) == 1


def test_an_edit_without_a_change_moves_nothing(client: JiraClient) -> None:
    made = client.create()
    client.sim.clock.advance(60)
    client.ok("PUT", f"/issue/{made}", {"fields": {"summary": "Call Ada"}}, status=204)
    assert client.issue(made)["fields"]["updated"] == "2026-06-30T14:00:00.000+0200"


def test_assigning(client: JiraClient) -> None:
    made = client.create()
    client.ok("PUT", f"/issue/{made}/assignee", {"accountId": person(client)}, status=204)
    assert client.issue(made)["fields"]["assignee"]["accountId"] == person(client)
    client.ok("PUT", f"/issue/{made}/assignee", {"accountId": "-1"}, status=204)
    assert client.issue(made)["fields"]["assignee"]["accountId"] == client.sim.admin.account_id
    client.ok("PUT", f"/issue/{made}/assignee", {"accountId": None}, status=204)
    assert client.issue(made)["fields"]["assignee"] is None
    client.sim.backdoor.not_assignable(person(client))
    assert client.refused("PUT", f"/issue/{made}/assignee", {"accountId": person(client)})[0] == 400
    found = client.ok("GET", "/user/assignable/search?project=SALE&maxResults=1000")
    assert person(client) not in {one["accountId"] for one in found}


def test_bulk_tells_which_failed(client: JiraClient) -> None:
    good = {"fields": {"project": {"key": "SALE"}, "issuetype": {"id": "10002"}, "summary": "x"}}
    told = client.ok("POST", "/issue/bulk", {"issueUpdates": [good, {"fields": {}}, good]}, status=201)
    assert (len(told["issues"]), [one["failedElementNumber"] for one in told["errors"]]) == (2, [1])
    assert client.refused("POST", "/issue/bulk", {"issueUpdates": [{"fields": {}}]})[0] == 400
    assert client.refused("POST", "/issue/bulk", {"issueUpdates": [good] * 51})[0] == 400


def test_bulk_fetch_is_silent_about_what_is_gone(client: JiraClient) -> None:
    made = [client.create(str(number)) for number in range(3)]
    client.ok("DELETE", f"/issue/{made[1]}", status=204)
    told = client.ok("POST", "/issue/bulkfetch", {"issueIdsOrKeys": [made[2], made[1], made[0]], "fields": ["summary"]})
    assert [one["id"] for one in told["issues"]] == [made[0], made[2]]
    assert told["issueErrors"] == []
    text = "Issue does not exist or you do not have permission to see it."
    assert client.refused("GET", f"/issue/{made[1]}") == (404, [text])


def test_a_parent_is_deleted_with_its_subtasks_or_not_at_all(client: JiraClient) -> None:
    above = client.create()
    below = client.create(issuetype={"id": "10009"}, parent={"id": above})
    assert client.issue(above)["fields"]["subtasks"][0]["id"] == below
    assert client.refused("DELETE", f"/issue/{above}")[0] == 400
    client.ok("DELETE", f"/issue/{above}?deleteSubtasks=true", status=204)
    assert client.send("GET", f"/issue/{below}").status == 404


def test_comments(client: JiraClient) -> None:
    made = client.create()
    path = f"/issue/{made}/comment"
    body = {"body": document("first"), "properties": [{"key": "crm.c", "value": {"id": "c9"}}]}
    first = client.ok("POST", path, body, status=201)
    client.sim.clock.advance(1)
    second = client.ok("POST", path, {"body": document("second")}, status=201)
    assert client.refused("POST", path, {"body": "text"})[1] == {"comment": NOT_ADF}
    client.ok("PUT", f"{path}/{first['id']}", {"body": document("edited")})
    told = client.ok("GET", f"{path}?orderBy=-created&expand=renderedBody")
    assert [one["id"] for one in told["comments"]] == [second["id"], first["id"]]
    assert told["comments"][1]["renderedBody"] == "<p>edited</p>"
    assert client.ok("GET", f"/comment/{first['id']}/properties/crm.c")["value"] == {"id": "c9"}
    assert len(client.ok("POST", "/comment/list", {"ids": [int(first["id"]), 1]})["values"]) == 1
    client.ok("DELETE", f"{path}/{first['id']}", status=204)
    assert client.ok("GET", path)["total"] == 1
    assert client.send("GET", f"{path}/{first['id']}").status == 404


def test_a_remote_link_is_one_for_each_global_id(client: JiraClient) -> None:
    path = f"/issue/{client.create()}/remotelink"
    thing = {"url": "https://crm.example.com/1", "title": "Deal"}
    body = {"globalId": "crm:1", "relationship": "about", "object": thing}
    first = client.ok("POST", path, body, status=201)
    assert client.ok("POST", path, {"globalId": "crm:1", "object": thing})["id"] == first["id"]
    for _ in range(2):
        client.ok("POST", path, {"object": thing}, status=201)
    rows = client.ok("GET", path)
    assert (len(rows), "relationship" in rows[0]) == (3, False)
    assert client.send("DELETE", f"{path}?globalId=crm:1").status == 415
    assert client.send("DELETE", f"{path}?globalId=crm:1", **{"Content-Type": "application/json"}).status == 204
    assert len(client.ok("GET", path)) == 2


def test_an_issue_link_answers_with_nothing(client: JiraClient) -> None:
    first, second = client.create("a"), client.create("b")
    body = {"type": {"name": "Relates"}, "inwardIssue": {"key": "SALE-1"}, "outwardIssue": {"key": "SALE-2"}}
    answer = client.send("POST", "/issueLink", body)
    assert (answer.status, answer.body) == (201, b"")
    link = client.issue(first, "issuelinks")["fields"]["issuelinks"][0]
    assert link["outwardIssue"]["id"] == second
    client.ok("DELETE", f"/issueLink/{link['id']}", status=204)
    assert client.issue(second, "issuelinks")["fields"]["issuelinks"] == []


def test_properties(client: JiraClient) -> None:
    path = f"/issue/{client.create()}/properties"
    client.ok("PUT", f"{path}/crm.task", {"id": 1}, status=201)
    client.ok("PUT", f"{path}/crm.task", [2])
    assert client.ok("GET", f"{path}/crm.task")["value"] == [2]
    assert client.send("PUT", f"{path}/crm.task", "x" * 32_768).status == 400
    assert [one["key"] for one in client.ok("GET", path)["keys"]] == ["crm.task"]
    client.ok("DELETE", f"{path}/crm.task", status=204)
    assert client.send("GET", f"{path}/crm.task").status == 404


def test_transitions_depend_on_the_status_and_some_have_a_screen(client: JiraClient) -> None:
    made = client.create(project={"key": "OPS"}, issuetype={"id": "10012"})
    path = f"/issue/{made}/transitions"
    (first,) = client.ok("GET", path)["transitions"]
    assert (first["to"]["statusCategory"]["key"], "fields" in first) == ("indeterminate", False)
    assert client.refused("POST", path, {"transition": {"id": "71"}})[0] == 400
    client.ok("POST", path, {"transition": {"id": first["id"]}}, status=204)
    last = client.ok("GET", f"{path}?expand=transitions.fields")["transitions"][0]
    assert (last["hasScreen"], last["fields"]["resolution"]["required"]) == (True, True)
    assert client.refused("POST", path, {"transition": {"id": "71"}})[1] == {"resolution": "Resolution is required."}
    client.ok("POST", path, {"transition": {"id": "71"}, "fields": {"resolution": {"name": "Done"}}}, status=204)
    fields = client.issue(made)["fields"]
    assert (fields["status"]["statusCategory"]["key"], fields["resolution"]["name"]) == ("done", "Done")
    client.sim.backdoor.lack("TRANSITION_ISSUES")
    assert client.ok("GET", path)["transitions"] == []


def test_v2_of_cloud_takes_and_gives_plain_text(client: JiraClient) -> None:
    plain = JiraClient(client.sim, prefix="/rest/api/2")
    made = plain.create(description="one\ntwo")
    assert plain.issue(made)["fields"]["description"] == "one\ntwo"
    assert len(client.issue(made)["fields"]["description"]["content"]) == 2


def test_archiving_needs_an_administrator(client: JiraClient) -> None:
    made = client.create()
    assert client.refused("PUT", "/issue/archive", {"issueIdsOrKeys": [made]})[0] == 403
    client.sim.backdoor.archive(made)
    assert client.found("project = SALE") == []
    assert client.issue(made)["id"] == made
    assert client.refused("PUT", f"/issue/{made}", {"fields": {"summary": "x"}})[0] == 403
    client.sim.switches.set("archived_get", "404")
    assert client.send("GET", f"/issue/{made}").status == 404


def test_statuses_have_two_sets_of_words(client: JiraClient) -> None:
    kinds = client.ok("GET", "/project/OPS/statuses")
    assert [one["statusCategory"]["key"] for one in kinds[0]["statuses"]] == ["new", "indeterminate", "done"]
    rows = client.ok("GET", "/statuses/search")["values"]
    assert {one["statusCategory"] for one in rows} == {"TODO", "IN_PROGRESS", "DONE"}
    assert {one["id"] for one in client.ok("GET", "/field")} >= {"summary", "customfield_10050"}


def test_a_missing_right_makes_people_invisible(client: JiraClient) -> None:
    assert len(client.ok("GET", "/user/search?query=crm")) == 1
    client.sim.backdoor.lack("USER_PICKER")
    assert client.ok("GET", "/user/search?query=crm") == []
