"""The adapter on a simulated site, under each setting of what nobody knows of Jira, and each of its mishaps."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from plugins.jira.tests.simulated import QUIET, SimulatedDesk
from pydantic import JsonValue

from crmbridge.adapter.contract import Applied, Outcome, PullRequest, Rejected, Unknown
from crmbridge.model.errors import AuthError, ContractError, CrmBridgeError, ScopeError
from crmbridge_jira.adf import document_of
from crmbridge_jira.lenses import CommentsLens

DAY_S = 86_400
SETTINGS: list[dict[str, Any]] = [
    {},
    {"index_lag_s": 20, "short_every": 1},
    {"short_every": 1, "most_with_fields": 1},
    {"deployment": "data_center"},
    {"emails": "all"},
    {"emails": "none"},
    {"unknown_value": "error"},
    {"archived_get": "404", "archived_put": "404"},
    {"archived_put": "204"},
    {"comment_moves_updated": "none"},
    {"text_length": "json"},
    {"property_moves_updated": True},
    {"clone_copies_properties": True},
    {"points_on_tokens": True, "points_per_hour": 100_000},
    {"dead_myself": "403", "anonymous_write": "404"},
    {"bad_basic": "401", "anonymous_write": "403"},
]
LOST = ["server_error", "error_after_commit", "gateway_html", "drop", "drop_after_commit", "truncate"]
STATES = {"cancelled": "10007"}


def desk_of(**switches: Any) -> SimulatedDesk:
    desk = SimulatedDesk({**QUIET, **switches})
    desk.tasks = {**desk.tasks, "states": STATES}
    if not desk.site.sim.cloud:
        desk.options = {"deployment": "data_center"}
    return desk


def applied(outcome: Outcome) -> str:
    assert isinstance(outcome, Applied), outcome
    return outcome.external_id


def refused(outcome: Outcome) -> Rejected:
    assert isinstance(outcome, Rejected), outcome
    return outcome


def ids(desk: SimulatedDesk, name: str = "tasks", cursor: str | None = None) -> list[str]:
    return [one.external_id for one in desk.read(name, cursor)[0]]


def named(settings: Mapping[str, Any]) -> str:
    return ",".join(f"{key}={value}" for key, value in settings.items()) or "quiet"


@pytest.mark.parametrize("settings", SETTINGS, ids=named)
def test_the_life_of_a_task(settings: dict[str, Any]) -> None:
    desk = desk_of(**settings)
    backdoor, clock = desk.site.sim.backdoor, desk.site.clock
    users = {str(one.payload["displayName"]): one.external_id for one in desk.read("users")[0]}
    somebody = users[min(set(users) - {"CRM Sync"})]
    fields: dict[str, JsonValue] = {
        "summary": "Call Ada",
        "duedate": "2026-12-03",
        "description": document_of("Deal D-88\nask"),  # type: ignore[dict-item]
        "assignee": {"id": somebody},
        "link": "https://crm.example.com/1",
    }
    key = applied(desk.push(None, "cb1-1", None, **fields))
    assert applied(desk.push(None, "cb1-1", None, **fields)) == key
    clock.advance(60)
    ((record,), cursor, is_complete) = desk.read()
    assert is_complete
    told = record.payload
    assert (record.external_id, told["external_key"], told["state"]) == (key, "cb1-1", "open")
    assert told["duedate"] == "2026-12-03"
    if desk.site.sim.cloud:
        assert told["link"] == "https://crm.example.com/1"
    assert desk.open().find("tasks", "external_key", ["cb1-1"])[0][0].external_id == key

    clock.advance(3600)
    backdoor.comment(key, "called")
    backdoor.transition(key, "done")
    clock.advance(60)
    ((after,), cursor, _) = desk.read(cursor=cursor)
    assert after.payload["state"] == "done"
    assert str(CommentsLens().read(after.payload["comment"])).endswith(": called")
    assert len(desk.read("comments")[0]) == 1

    for state in ("open", "cancelled", "open", "done"):
        applied(desk.push(key, state=state))
        assert desk.record(key).payload["state"] == state

    clock.advance(60)
    backdoor.delete(key)
    clock.advance(DAY_S + 60)
    records, _, is_complete = desk.read(cursor=cursor)
    assert (records, is_complete) == ([], True)
    assert desk.open().fetch("tasks", [key]) == [None]
    assert refused(desk.push(key, summary="x")).code == "GONE"


def test_a_dead_token_is_never_an_empty_site() -> None:
    for settings in ({}, {"bad_basic": "401"}, {"dead_myself": "403"}):
        desk = desk_of(**settings)
        key = desk.site.sim.backdoor.create("one")
        adapter = desk.open()
        adapter.check()
        desk.site.sim.backdoor.revoke_tokens()
        calls: list[Callable[[], object]] = [
            adapter.check,
            lambda adapter=adapter: list(adapter.pull(PullRequest("tasks"))),  # type: ignore[misc]
            lambda adapter=adapter, key=key: adapter.fetch("tasks", [key]),  # type: ignore[misc]
            lambda adapter=adapter: adapter.find("tasks", "external_key", ["cb1-1"]),  # type: ignore[misc]
            lambda desk=desk, key=key: desk.push(key, summary="x"),  # type: ignore[misc]
        ]
        for call in calls:
            with pytest.raises(AuthError):
                call()


def test_a_project_out_of_sight_is_a_permission_and_nothing_is_gone() -> None:
    desk = desk_of()
    key = desk.site.sim.backdoor.create("one")
    desk.read()
    desk.site.sim.backdoor.hide_project("SALE")
    for ask in (desk.read, lambda: desk.open().fetch("tasks", [key])):
        with pytest.raises(ScopeError):
            ask()
    desk.site.sim.backdoor.hide_project("SALE", on=False)
    assert ids(desk) == [key]


@pytest.mark.parametrize("settings", [{}, {"archived_put": "404"}, {"archived_get": "404"}])
def test_an_archived_issue_takes_no_writes(settings: dict[str, Any]) -> None:
    desk = desk_of(**settings)
    key = desk.site.sim.backdoor.create("one")
    desk.site.sim.backdoor.archive(key)
    assert refused(desk.push(key, summary="two")).code in {"ARCHIVED", "GONE", "JIRA_403"}
    assert desk.site.issue(key, ["summary"])["fields"]["summary"] == "one" if not settings else True


def test_a_moved_issue_is_the_same_record() -> None:
    desk = desk_of()
    key = desk.site.sim.backdoor.create("one")
    desk.site.sim.backdoor.move(key, "OPS")
    assert str(desk.record(key).payload["key"]).startswith("OPS-")
    assert applied(desk.push(key, summary="two")) == key


def test_a_clone_is_not_ours() -> None:
    desk = desk_of()
    key = applied(desk.push(None, summary="one"))
    copy = desk.site.sim.backdoor.copy(key)
    desk.site.clock.advance(60)
    assert [one.external_id for one in desk.open().find("tasks", "external_key", ["cb1-1"])[0]] == [key]
    assert {one.external_id: one.payload["external_key"] for one in desk.read()[0]} == {key: "cb1-1", copy: None}


def test_rights_that_are_lacking_refuse_the_record_with_what_to_do() -> None:
    desk = desk_of()
    key = desk.site.sim.backdoor.create("one")
    somebody = desk.read("users")[0][0].external_id
    desk.site.sim.backdoor.not_assignable(somebody)
    told = refused(desk.push(key, assignee={"id": somebody}))
    assert told.field == "assignee"
    assert "Assignable" in str(told)
    desk.site.sim.backdoor.lack("TRANSITION_ISSUES")
    assert "Transition Issues" in str(refused(desk.push(key, state="done")))
    desk.site.sim.backdoor.off_screen("duedate")
    told = refused(desk.push(key, duedate="2026-12-03"))
    assert told.field == "duedate"
    assert "screen" in str(told)


def test_no_user_is_gone_where_the_account_may_not_look_for_users() -> None:
    desk = desk_of()
    somebody = desk.read("users")[0][0].external_id
    desk.site.sim.backdoor.lack("USER_PICKER")
    (page,) = desk.open().pull(PullRequest("users"))
    assert [one.code for one in page.notices] == ["users.none"]
    assert not page.complete
    assert desk.open().fetch("users", [somebody])[0] is not None
    with pytest.raises(ScopeError, match="Browse users"):
        desk.open().fetch("users", ["nobody"])


@pytest.mark.parametrize("deployment", ["cloud", "data_center"])
def test_who_has_left_is_inactive_and_not_gone(deployment: str) -> None:
    desk = desk_of(deployment=deployment)
    somebody = desk.read("users")[0][-1].external_id
    account = next(key for key, one in desk.site.sim.people.items() if somebody in {key, one.name})
    desk.site.sim.backdoor.deactivate(account)
    assert somebody not in ids(desk, "users")
    (found, nobody) = desk.open().fetch("users", [somebody, "nobody"])
    assert found is not None
    assert found.payload["active"] is False
    assert nobody is None


def test_a_type_may_be_named_by_its_id() -> None:
    desk = desk_of()
    desk.tasks = {**desk.tasks, "type": "10002"}
    key = applied(desk.push(None, summary="one"))
    assert ids(desk) == [key]
    assert desk.open().describe().required_fields()["tasks"] == {"summary"}


def test_what_vanishes_from_the_index_is_still_there() -> None:
    desk = desk_of()
    key, other = (desk.site.sim.backdoor.create(text) for text in ("one", "two"))
    desk.site.sim.backdoor.vanish(key, 600)
    assert ids(desk) == [other]
    assert desk.open().fetch("tasks", [key])[0] is not None


@pytest.mark.parametrize("kind", ["repeat_token", "short_page", "edit_during_paging", "server_error"])
def test_a_mishap_of_a_listing_loses_nothing(kind: str) -> None:
    desk = desk_of()
    desk.options = {"page_size": 2}
    made = [desk.site.sim.backdoor.create(str(number)) for number in range(7)]
    desk.site.act("fault", kind=kind, path="search", after=1, times=1)
    seen: set[str] = set()
    cursor = None
    for _ in range(2):
        records, cursor, _ = desk.read(cursor=cursor)
        seen |= {one.external_id for one in records}
        desk.site.clock.advance(DAY_S + 1)
    assert seen == set(made)


@pytest.mark.parametrize(
    ("kind", "method", "expected"),
    [
        ("conflict", "PUT", Applied),
        ("workflow", "PUT", Rejected),
        ("server_error", "PUT", Unknown),
        ("error_after_commit", "PUT", Unknown),
        ("gateway_html", "PUT", Unknown),
        ("drop", "PUT", Unknown),
        ("drop_after_commit", "PUT", Unknown),
        ("throttle", "PUT", Applied),
        ("server_error", "GET", Applied),
        ("gateway_html", "GET", Applied),
        ("truncate", "GET", Applied),
        ("drop", "GET", Applied),
    ],
)
def test_a_mishap_of_a_write_has_an_honest_outcome(kind: str, method: str, expected: type[Outcome]) -> None:
    desk = desk_of()
    key = desk.site.sim.backdoor.create("one")
    desk.site.act("fault", kind=kind, method=method, path="/rest/api/3/issue", times=1)
    assert isinstance(desk.push(key, summary="two"), expected)
    if expected is Applied:
        assert desk.record(key).payload["summary"] == "two"


@pytest.mark.parametrize(
    "kind", ["server_error", "error_after_commit", "gateway_html", "drop", "drop_after_commit", "truncate"]
)
def test_a_create_without_an_answer_is_never_two(kind: str) -> None:
    desk = desk_of(index_lag_s=20)
    desk.site.act("fault", kind=kind, method="POST", path="/rest/api/3/issue", times=1)
    assert isinstance(desk.push(None, summary="one"), Unknown)
    assert isinstance(desk.push(None, summary="one"), Unknown | Applied)
    desk.site.clock.advance(600)
    key = applied(desk.push(None, summary="one"))
    assert desk.site.ids() == [key]


def test_a_quota_and_an_hour_that_is_used_up_stop_all() -> None:
    desk = desk_of(points_on_tokens=True)
    desk.site.sim.backdoor.create("one")
    desk.site.sim.backdoor.exhaust_points()
    with pytest.raises(CrmBridgeError) as caught:
        desk.read()
    assert caught.value.code == "throttled"


def test_a_search_that_jira_refuses_is_told() -> None:
    desk = desk_of(unknown_value="error")
    desk.tasks = {"project": "NONE"}
    with pytest.raises((ContractError, ScopeError)):
        desk.read()
