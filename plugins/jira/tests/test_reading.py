"""Reading issues, users and comments: increments, whole listings, odd pages, and a login that became nobody's."""

import json
from typing import Any

import httpx
import pytest
from plugins.jira.tests.fake import FakeJira, refusal
from plugins.jira.tests.opened import Desk

from crmbridge.adapter.contract import PullRequest
from crmbridge.adapter.lens import LensFailure
from crmbridge.model.errors import AuthError, ConfigError, ContractError, ScopeError, Throttled
from crmbridge_jira.issues import MARK, PROPERTY
from crmbridge_jira.lenses import CommentsLens

HOUR = 3600


def queries(desk: Desk) -> list[str]:
    return [str(body["jql"]) for body in desk.sent("POST", "/search/jql")]


def comment(desk: Desk, issue: str, text: str, author: str = "acc-ann") -> str:
    comments = desk.jira.issues[issue]["comments"]
    content = [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]
    now = desk.jira.stamp()
    made = {"id": str(10_300 + len(comments)), "author": FakeJira.person(author), "created": now, "updated": now}
    comments.append({**made, "body": {"type": "doc", "version": 1, "content": content}})
    desk.jira.touch(issue)
    return f"{issue}/{made['id']}"


def test_an_increment_asks_by_milliseconds_with_an_overlap(desk: Desk) -> None:
    desk.jira.make({"summary": "old"})
    desk.jira.clock.advance(HOUR)
    _, cursor, is_complete = desk.read()
    assert is_complete
    began = json.loads(cursor)["m"]
    desk.jira.clock.advance(HOUR)
    new = desk.jira.make({"summary": "new"})
    records, _, is_complete = desk.read(cursor=cursor)
    assert [one.external_id for one in records] == [new]
    assert not is_complete
    query = 'project = "SALE" AND issuetype = "Follow-up" AND updated >= {} ORDER BY updated ASC'
    assert queries(desk)[-1] == query.format(began - 5 * 60 * 1000)


def test_two_readings_of_one_second_have_two_cursors(desk: Desk) -> None:
    desk.jira.make({"summary": "one"})
    _, first, _ = desk.read()
    records, second, _ = desk.read(cursor=first)
    assert records
    assert second != first
    assert desk.read(cursor=second)[1] != second


def test_once_a_day_everything_is_listed_so_that_deletions_are_noticed(desk: Desk) -> None:
    kept, gone = desk.jira.make({"summary": "kept"}), desk.jira.make({"summary": "gone"})
    _, cursor, _ = desk.read()
    del desk.jira.issues[gone]
    desk.jira.clock.advance(23 * HOUR)
    _, cursor, is_complete = desk.read(cursor=cursor)
    assert not is_complete
    desk.jira.clock.advance(2 * HOUR)
    records, cursor, is_complete = desk.read(cursor=cursor)
    assert [one.external_id for one in records] == [kept]
    assert is_complete
    _, _, is_complete = desk.read(cursor=cursor)
    assert not is_complete


def test_other_options_read_everything_again(desk: Desk) -> None:
    one = desk.jira.make({"summary": "one"})
    _, cursor, _ = desk.read()
    desk.jira.clock.advance(HOUR)
    desk.tasks["states"] = {"cancelled": "10003"}
    records, _, is_complete = desk.read(cursor=cursor)
    assert [(found.external_id, found.payload["state"]) for found in records] == [(one, "cancelled")]
    assert is_complete


def test_a_short_page_is_not_the_last(desk: Desk) -> None:
    made = [desk.jira.make({"summary": str(number)}) for number in range(7)]
    desk.jira.page_cap = 2
    records, _, _ = desk.read()
    assert [one.external_id for one in records] == made


def test_a_token_that_comes_twice_ends_the_list(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    page = {"issues": [desk.jira.shown(key, ["summary", "updated", "status"])], "nextPageToken": "again"}

    def odd(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, json=page) if request.url.path.endswith("/search/jql") else None

    desk.jira.before = odd
    records, _, _ = desk.read()
    assert len(records) == 2


def test_a_token_that_has_died_begins_the_list_again(desk: Desk) -> None:
    made = [desk.jira.make({"summary": str(number)}) for number in range(4)]
    desk.jira.page_cap = 2
    first = next(iter(desk.open().pull(PullRequest("tasks"))))

    def dead(request: httpx.Request) -> httpx.Response | None:
        body = json.loads(request.content) if request.content else {}
        return refusal(400, "The token is not valid.") if "nextPageToken" in body else None

    desk.jira.page_cap, desk.jira.before = 10, dead
    records, _, is_complete = desk.read(cursor=first.cursor)
    assert [one.external_id for one in records] == made
    assert not is_complete


def test_empty_answers_to_nobody_are_never_an_empty_project(desk: Desk) -> None:
    desk.jira.make({"summary": "one"})
    adapter = desk.open()
    adapter.check()
    desk.jira.account = "nobody"
    with pytest.raises(AuthError, match="connect jira"):
        list(adapter.pull(PullRequest("tasks")))


@pytest.mark.parametrize(
    ("status", "error"), [(401, AuthError), (403, ScopeError), (410, ContractError), (418, ContractError)]
)
def test_what_jira_refuses_a_reading_is_told_in_its_class(desk: Desk, status: int, error: type[Exception]) -> None:
    def no(request: httpx.Request) -> httpx.Response | None:
        return refusal(status, "said so") if request.url.path.endswith("/search/jql") else None

    desk.jira.before = no
    with pytest.raises(error):
        desk.read()


def test_a_quota_of_the_hour_stops_all_and_a_burst_only_waits(desk: Desk) -> None:
    desk.jira.make({"summary": "one"})
    reasons = ["jira-burst-based", "jira-per-issue-on-write", "jira-quota-tenant-based"]

    def throttle(request: httpx.Request) -> httpx.Response | None:
        if reasons and request.url.path.endswith("/search/jql"):
            return httpx.Response(429, headers={"Retry-After": "5", "RateLimit-Reason": reasons.pop(0)})
        return None

    desk.jira.before = throttle
    with pytest.raises(Throttled):
        desk.read()
    assert reasons == []


def test_users_have_their_addresses_from_the_configuration(desk: Desk) -> None:
    desk.options = {"people": {"ann@acme.example": "acc-ann"}}
    records, _, is_complete = desk.read("users")
    emails = {one.external_id: one.payload["emailAddress"] for one in records}
    assert emails == {"acc-bridge": "bridge@acme.example", "acc-ann": "ann@acme.example", "acc-bo": "bo@acme.example"}
    assert is_complete
    cursors = ["1:1", "1:2", "2:7", "1:x", "1"]
    assert [desk.read("users", one)[1] for one in cursors] == ["1:2", "1:3", "1:1", "1:1", "1:1"]
    ((found,),) = desk.open().find("users", "emailAddress", ["ann@acme.example"])
    assert desk.open().fetch("users", ["acc-none", "acc-ann"]) == [None, found]


def test_comments_of_our_issues_are_read_by_the_issue(desk: Desk) -> None:
    ours = desk.jira.make({"summary": "ours", "labels": [MARK]}, {PROPERTY: {"id": "cb1-1"}})
    other = desk.jira.make({"summary": "other"})
    comment(desk, other, "not read")
    ids = [
        comment(desk, ours, text, by) for text, by in (("one", "acc-ann"), ("two", "acc-bridge"), ("three", "acc-bo"))
    ]
    desk.jira.clock.advance(HOUR)
    records, cursor, is_complete = desk.read("comments")
    assert [one.external_id for one in records] == ids
    assert [one.payload["ours"] for one in records] == [False, True, False]
    assert {one.payload["issue"] for one in records} == {ours}
    assert is_complete
    desk.jira.clock.advance(HOUR)
    assert desk.read("comments", cursor)[0] == []
    (first, gone) = desk.open().fetch("comments", [ids[0], f"{ours}/99"])
    assert first == records[0]
    assert gone is None
    assert desk.open().fetch("comments", ["1/2", "x"]) == [None, None]


def test_the_comments_of_an_issue_are_all_with_it(desk: Desk) -> None:
    issue = desk.jira.make({"summary": "one"})
    for text in ("one", "two", "three"):
        comment(desk, issue, text)
    ((found,), _, _) = desk.read()
    said = CommentsLens().read(found.payload["comment"])
    assert said == "2026-01-05 Ann: one\n2026-01-05 Ann: two\n2026-01-05 Ann: three"
    assert desk.record(issue).payload == found.payload
    assert CommentsLens().read({"comments": []}) is None
    assert isinstance(CommentsLens().read({}), LensFailure)
    assert isinstance(CommentsLens().write("x"), LensFailure)


def test_only_keys_and_addresses_are_found(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="external_key"):
        desk.open().find("tasks", "summary", ["x"])
    with pytest.raises(ConfigError, match="emailAddress"):
        desk.open().find("users", "displayName", ["x"])


def test_statuses_are_stages_and_the_fields_those_of_the_screen(desk: Desk) -> None:
    catalog = desk.open().describe()
    (pipeline,) = catalog.pipelines
    stages = [(one.id, one.label, one.category) for one in pipeline.stages]
    assert stages == [
        ("10003", "To Do", "open"),
        ("10005", "Doing", "open"),
        ("10004", "Done", None),
        ("10007", "Cancelled", None),
    ]
    assert catalog.required_fields()["tasks"] == {"summary"}
    assert catalog.external_key_fields() == {"tasks": "external_key"}
    assert catalog.limits.find_lag_s == 300


def test_a_project_that_is_not_seen_any_more_loses_no_issue(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    _, cursor, _ = desk.read()

    def blind(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(("/project/SALE", f"/issue/{key}", "/issue/1")):
            return refusal(404, "Issue does not exist or you do not have permission to see it.")
        return None

    desk.jira.before = blind
    del desk.jira.issues[key]
    for ask in (
        desk.read,
        lambda: desk.open().fetch("tasks", [key]),
        lambda: desk.read("comments"),
        lambda: desk.open().fetch("comments", [f"{key}/1"]),
    ):
        with pytest.raises(ScopeError, match="Browse Projects"):
            ask()
    assert desk.read(cursor=cursor)[0] == []
    desk.options = {"objects": {}}
    with pytest.raises(ConfigError):
        desk.read("comments")


def test_a_search_is_asked_to_be_right_about_what_we_wrote(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    desk.push(key, summary="two")
    desk.read()
    assert desk.sent("POST", "/search/jql")[-1]["reconcileIssues"] == [int(key)]
    desk.jira.clock.advance(HOUR)
    desk.read()
    assert "reconcileIssues" not in desk.sent("POST", "/search/jql")[-1]


def test_a_project_that_cannot_be_read_stops_no_other(desk: Desk) -> None:
    desk.options = {"objects": {"tasks": {"project": "SALE"}, "other": {"project": "NONE"}}}
    catalog = desk.open().describe()
    assert [(one.name, one.readable) for one in catalog.objects[:2]] == [("tasks", True), ("other", False)]
    assert desk.open().check().problems


class DataCenter:
    """Issues of a Data Center, by offsets that shift."""

    def __init__(self, count: int) -> None:
        self.issues: list[dict[str, Any]] = [self.issue(number) for number in range(1, count + 1)]

    @staticmethod
    def issue(number: int) -> dict[str, Any]:
        status = {"id": "1", "statusCategory": {"key": "new"}}
        fields = {"updated": "2026-01-01T00:00:00.000+0000", "status": status, "labels": ["crm-t-cb1-9", "x"]}
        return {"id": str(number), "key": f"SALE-{number}", "fields": fields}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer pat-canary"
        path = request.url.path.removeprefix("/jira/rest/api/2")
        if path == "/myself":
            return httpx.Response(200, json={"name": "bridge", "displayName": "Bridge"})
        if path == "/project/SALE":
            return httpx.Response(200, json={"key": "SALE"})
        assert path == "/search"
        body = json.loads(request.content)
        page = self.issues[body["startAt"] : body["startAt"] + 2]
        return httpx.Response(200, json={"startAt": body["startAt"], "total": len(self.issues), "issues": page})


def test_data_center_pages_begin_again_where_one_went_away(desk: Desk) -> None:
    server = DataCenter(5)
    desk.jira.before = server
    site = "https://jira.acme.example/jira"
    desk.options = {"deployment": "data_center", "site": site, "simulator": False}
    adapter = desk.open(secret=json.dumps({"token": "pat-canary"}))
    pages = adapter.pull(PullRequest("tasks", fields=frozenset({"summary"})))
    first = next(pages)
    del server.issues[0]
    rest = [one.external_id for page in pages for one in page.records]
    assert [one.external_id for one in first.records] == ["1", "2"]
    assert rest == ["2", "3", "4", "5"]
    assert first.records[0].payload["external_key"] == "cb1-9"
