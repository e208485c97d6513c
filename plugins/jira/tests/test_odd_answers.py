"""Answers that Jira should not give: told as a broken promise, never taken for data."""

import json
from typing import Any

import httpx
import pytest
from plugins.jira.tests.fake import refusal
from plugins.jira.tests.opened import TASKS, Desk

from crmbridge.adapter.contract import Applied, Change, PullRequest, Rejected, Stale, Unknown
from crmbridge.model.errors import AuthError, ConfigError, ContractError, TransientError
from crmbridge_jira.adapter import open_jira
from crmbridge_jira.issues import instant

SEARCH = "/search/jql"
GOOD: dict[str, Any] = {"updated": "2026-01-01T00:00:00.000+0000", "status": {"id": "1"}, "labels": []}


def answering(desk: Desk, path: str, body: object, status: int = 200) -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, json=body) if request.url.path.endswith(path) else None

    desk.jira.before = answer


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"issues": {}},
        {"issues": ["x"]},
        {"issues": [{"id": "1"}]},
        {"issues": [{"id": 1, "fields": GOOD}]},
        {"issues": [], "nextPageToken": 7},
        {"issues": [{"id": "1", "fields": {**GOOD, "updated": "yesterday"}}]},
        {"issues": [{"id": "1", "fields": {**GOOD, "updated": "2026-01-01T00:00:00"}}]},
    ],
)
def test_a_search_of_another_shape_is_no_data(desk: Desk, body: object) -> None:
    answering(desk, SEARCH, body)
    with pytest.raises(ContractError):
        desk.read()


@pytest.mark.parametrize("body", [{}, {"accountId": 7}, []])
def test_an_account_without_an_id_is_none(desk: Desk, body: object) -> None:
    answering(desk, "/myself", body)
    with pytest.raises(ContractError):
        desk.open().check()


@pytest.mark.parametrize(("status", "said"), [(401, "no"), (403, "Failed to parse Connect Session Auth Token")])
def test_a_token_that_cannot_be_read_is_a_login(desk: Desk, status: int, said: str) -> None:
    answering(desk, "/myself", {"error": said}, status)
    with pytest.raises(AuthError):
        desk.open().check()


def test_the_anonymous_account_is_nobody(desk: Desk) -> None:
    answering(desk, "/myself", {"accountType": "anonymous"})
    with pytest.raises(AuthError, match="nobody"):
        desk.open().check()


def test_a_status_without_a_category_tells_no_state(desk: Desk) -> None:
    bare = {**GOOD, "status": None}
    answering(desk, SEARCH, {"issues": [{"id": "1", "fields": GOOD}, {"id": "2", "fields": bare}], "isLast": True})
    assert [one.payload["state"] for one in desk.read()[0]] == [None, None]


def test_an_empty_time_is_none() -> None:
    assert instant(None) is None


@pytest.mark.parametrize("body", [{}, ["x"], [{"displayName": "x"}]])
def test_users_of_another_shape_are_no_data(desk: Desk, body: object) -> None:
    answering(desk, "/assignable/search", body)
    with pytest.raises(ContractError):
        desk.read("users")


def test_more_users_than_jira_tells_are_told(desk: Desk) -> None:
    answering(desk, "/assignable/search", [{"accountId": "a"}])
    pages = list(desk.open().pull(PullRequest("users")))
    assert [one.code for one in pages[-1].notices] == ["users.cut"]
    assert not pages[-1].complete


def test_comments_without_an_issue_are_no_data(desk: Desk) -> None:
    answering(desk, SEARCH, {"issues": [{"fields": {}}], "isLast": True})
    with pytest.raises(ContractError):
        desk.read("comments")


def test_comments_that_a_search_leaves_out_are_asked_for(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    desk.jira.issues[key]["comments"] = [{"id": "1", "author": {}, "updated": None, "body": None}]
    answering(desk, SEARCH, {"issues": [{"id": key, "fields": {}}], "isLast": True})
    assert [one.external_id for one in desk.read("comments")[0]] == [f"{key}/1"]


def test_comments_without_end_are_told(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    answering(desk, "/comment", {"comments": [{"id": "1"}]})
    desk.jira.issues[key]["comments"] = [{}, {}]
    with pytest.raises(ContractError, match="does not end"):
        desk.read()


@pytest.mark.parametrize("body", ["text", {"key": "SALE-1"}, []])
def test_a_create_whose_answer_is_no_answer_is_in_doubt(desk: Desk, body: object) -> None:
    answering(desk, "/issue", body, 201)
    assert isinstance(desk.push(None, summary="one"), Unknown)
    assert isinstance(desk.push(None, summary="one"), Unknown)
    assert len(desk.sent("POST", "/issue")) == 1


def test_a_broken_line_stops_the_rest_of_a_push(desk: Desk) -> None:
    one, two = desk.jira.make({"summary": "one"}), desk.jira.make({"summary": "two"})

    def after_one(request: httpx.Request) -> httpx.Response | None:
        if f"/issue/{two}" in request.url.path:
            raise httpx.ConnectError("refused")
        return None

    desk.jira.before = after_one
    changes = [Change(key, "tasks", key, {"summary": "new"}) for key in (one, two, one)]
    first, second, third = desk.open().push(changes)
    assert isinstance(first, Applied)
    assert isinstance(second, Unknown)
    assert isinstance(third, Unknown)
    with pytest.raises(TransientError):
        desk.open().push(changes[1:])


def test_two_changes_of_one_record_do_not_pass_each_other(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})

    def lost(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PUT":
            raise httpx.ReadTimeout("no answer", request=request)
        return None

    desk.jira.before = lost
    changes = [Change("k", "tasks", key, {"summary": text}) for text in ("a", "b")]
    assert [type(one) for one in desk.open().push(changes)] == [Unknown, Unknown]
    assert len(desk.sent("PUT")) == 1


def test_a_write_stands_though_its_time_cannot_be_read(desk: Desk) -> None:
    key, seen = desk.jira.make({"summary": "one"}), list[str]()

    def later(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        seen.append(request.method)
        return refusal(418, "teapot") if "PUT" in seen and request.method == "GET" else answer

    desk.jira.after = later
    outcome = desk.push(key, summary="two")
    assert outcome == Applied(key, None)


def test_a_conditional_delete_leaves_what_moved(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    base = desk.record(key).revision
    desk.jira.touch(key, summary="theirs")
    changes = [Change("k", "tasks", key, {}, base, delete=True), Change("k", "tasks", "999", {}, base, delete=True)]
    stale, gone = desk.open().push(changes)
    assert isinstance(stale, Stale)
    assert gone == Applied("999")


def test_a_screen_with_other_fields_is_told(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    to = {"id": "10004", "name": "Done", "statusCategory": {"key": "done"}}
    fields = {"customfield_1": {"name": "Reason", "required": True}}
    answering(desk, "/transitions", {"transitions": [{"id": "1", "to": to, "fields": fields}]})
    outcome = desk.push(key, state="done")
    assert isinstance(outcome, Rejected)
    assert "Reason" in str(outcome)
    assert outcome.code == "SCREEN_FIELDS"


def test_an_unknown_object_refuses_its_change_alone(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    changes = [Change("a", "task", "1", {}), Change("b", "tasks", key, {"summary": "two"})]
    refused, done = desk.open().push(changes)
    assert isinstance(refused, Rejected)
    assert "tasks" in str(refused)
    assert isinstance(done, Applied)


def test_a_type_that_is_not_there_names_the_known_ones(desk: Desk) -> None:
    desk.tasks = {**TASKS, "type": "Folow-up"}
    with pytest.raises(ConfigError, match="Follow-up"):
        desk.open().describe()
    assert "Follow-up" in desk.open().check().problems[0]


def test_a_connection_without_objects_says_so(desk: Desk) -> None:
    desk.options = {"objects": {}}
    assert "project" in desk.open().check().problems[0]
    with pytest.raises(ConfigError, match="users"):
        list(desk.open().pull(PullRequest("user")))


def test_the_fence_is_asked_before_each_write(desk: Desk) -> None:
    key, asked = desk.jira.make({"summary": "one"}), list[int]()
    adapter = desk.open()
    adapter.keep_within(lambda: asked.append(1))
    adapter.push([Change("k", "tasks", key, {"summary": "two"})])
    assert asked
    assert adapter.spent().calls > 0
    assert desk.open().spent().calls == 0


def test_a_configuration_of_another_adapter_is_refused(desk: Desk) -> None:
    context = desk.open().session.context
    assert open_jira(context).session.options == context.config
    object.__setattr__(context, "config", TASKS)
    with pytest.raises(ConfigError, match="not one of jira"):
        open_jira(context)


def test_data_center_writes_names_and_texts(desk: Desk) -> None:
    sent: list[dict[str, Any]] = []
    page = {"values": [{"id": "3", "name": "Task"}], "total": 1}

    def server(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/rest/api/2")
        if path == "/myself":
            return httpx.Response(200, json={"name": "bridge"})
        if path == "/search":
            return httpx.Response(200, json={"issues": [], "total": 0})
        if path.endswith("/issuetypes"):
            return httpx.Response(200, json=page)
        if "/issuetypes/" in path:
            return httpx.Response(200, json={"values": [], "total": 0})
        if request.method == "POST":
            sent.append(json.loads(request.content))
            return httpx.Response(201, json={"id": "9", "key": "SALE-9"})
        return httpx.Response(200, json={"id": "9", "key": "SALE-9", "fields": GOOD})

    desk.jira.before = server
    desk.tasks = {"project": "SALE", "type": "Task"}
    desk.options = {"deployment": "data_center", "site": "https://jira.acme.example", "simulator": False}
    document = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "hi"}]}],
    }
    adapter = desk.open(secret=json.dumps({"token": "pat-canary"}))
    fields: Any = {"summary": "one", "assignee": {"id": "jdoe"}, "description": document}
    assert isinstance(adapter.push([Change("cb1-1", "tasks", None, fields)])[0], Applied)
    assert sent[0]["fields"]["assignee"] == {"name": "jdoe"}
    assert sent[0]["fields"]["description"] == "hi"
