"""Writing issues: created once, moved by transitions, only what changed, and every refusal with what to do."""

from typing import Any

import httpx
import pytest
from plugins.jira.tests.fake import FakeJira, refusal
from plugins.jira.tests.opened import TASKS, Desk
from pydantic import JsonValue

from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected, Stale, Unknown
from crmbridge.model.errors import AuthError, ConfigError
from crmbridge_jira.issues import MARK, PROPERTY, label_of
from crmbridge_jira.plugin import DESCRIPTOR

CANCELLED = {"cancelled": "10007"}
ADF: dict[str, JsonValue] = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "hi"}]}],
}


def applied(outcome: Outcome) -> str:
    assert isinstance(outcome, Applied), outcome
    return outcome.external_id


def refused(outcome: Outcome) -> Rejected:
    assert isinstance(outcome, Rejected), outcome
    assert str(outcome)
    return outcome


def status_of(jira: FakeJira, key: str) -> str:
    return str(jira.issues[key]["fields"]["status"]["id"])


def test_a_create_carries_label_and_property(desk: Desk) -> None:
    made = applied(desk.push(None, "cb1-00ff", summary="Call Ada", duedate="2026-12-03", description=ADF))
    (body,) = desk.sent("POST", "/issue")
    assert body["fields"]["labels"] == [MARK, "crm-t-cb1-00ff"]
    assert body["fields"]["project"] == {"key": "SALE"}
    assert body["fields"]["issuetype"] == {"id": "10002"}
    assert body["properties"] == [{"key": PROPERTY, "value": {"id": "cb1-00ff"}}]
    assert desk.record(made).payload["external_key"] == "cb1-00ff"


def test_a_key_that_is_no_label_is_hashed_and_found_exactly(desk: Desk) -> None:
    made = applied(desk.push(None, "a b;ü", summary="one"))
    assert " " not in label_of("a b;ü")
    ((hit,),) = desk.open().find("tasks", "external_key", ["a b;ü"])
    assert hit.external_id == made


def test_an_issue_is_made_once_though_the_index_does_not_know_it_yet(desk: Desk) -> None:
    made = applied(desk.push(None, summary="one"))
    desk.jira.unfound.add(made)
    assert applied(desk.push(None, summary="one")) == made
    assert len(desk.jira.issues) == 1


def test_a_create_in_doubt_is_not_sent_again_before_the_index_can_know(desk: Desk) -> None:
    def lost(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("/issue"):
            raise httpx.ReadTimeout("no answer", request=request)
        return answer

    desk.jira.after = lost
    assert isinstance(desk.push(None, summary="one"), Unknown)
    desk.jira.after = None
    (made,) = desk.jira.issues
    desk.jira.unfound.add(made)
    assert isinstance(desk.push(None, summary="one"), Unknown)
    desk.jira.unfound.clear()
    assert applied(desk.push(None, summary="one")) == made
    assert len(desk.jira.issues) == 1


def test_a_clone_has_the_label_and_is_not_ours(desk: Desk) -> None:
    desk.jira.make({"summary": "clone", "labels": [MARK, label_of("cb1-1")]})
    made = applied(desk.push(None, summary="one"))
    assert len(desk.jira.issues) == 2
    assert made != min(desk.jira.issues)


def test_done_is_a_transition_by_category_and_already_there_is_nothing(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    applied(desk.push(key, state="done"))
    assert status_of(desk.jira, key) == "10004"
    moves = len(desk.sent("POST", "/transitions"))
    applied(desk.push(key, state="done"))
    assert len(desk.sent("POST", "/transitions")) == moves
    applied(desk.push(key, state="open"))
    assert status_of(desk.jira, key) == "10003"
    assert "status" not in str(desk.sent("PUT"))


def test_a_new_issue_is_moved_where_it_should_stand(desk: Desk) -> None:
    made = applied(desk.push(None, summary="one", state="done"))
    assert status_of(desk.jira, made) == "10004"


def test_cancelled_needs_its_status(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    assert "cancelled" in str(refused(desk.push(key, state="cancelled", summary="two")))
    assert desk.jira.issues[key]["fields"]["summary"] == "one"
    desk.tasks = {**TASKS, "states": CANCELLED}
    applied(desk.push(key, state="cancelled"))
    assert desk.record(key).payload["state"] == "cancelled"


def test_a_stage_is_the_id_of_a_status(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    applied(desk.push(key, status="10005"))
    assert status_of(desk.jira, key) == "10005"
    applied(desk.push(key, status={"id": "10007"}))
    assert "no way" in str(refused(desk.push(key, status="10004")))


def test_a_screen_that_asks_for_a_resolution_gets_one(desk: Desk) -> None:
    desk.jira.required_on_done = True
    one, two = desk.jira.make({"summary": "one"}), desk.jira.make({"summary": "two"})
    applied(desk.push(one, state="done"))
    assert desk.jira.issues[one]["fields"]["resolution"] == {"id": "1"}
    desk.tasks = {**TASKS, "states": CANCELLED}
    assert "Won't do (2)" in str(refused(desk.push(two, state="cancelled")))
    desk.tasks = {**TASKS, "states": CANCELLED, "resolutions": {"cancelled": "Won't do"}}
    applied(desk.push(two, state="cancelled"))
    assert desk.jira.issues[two]["fields"]["resolution"] == {"id": "2"}


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        ({"assignee": {"id": "acc-nobody"}}, "assignee"),
        ({"summary": "two\nlines"}, "summary"),
        ({"labels": ["a b"]}, "labels"),
        ({"description": "no document"}, "description"),
        ({"state": "later"}, "state"),
        ({"project": {"key": "B"}}, "project"),
        ({"summary": "\ud800"}, "summary"),
    ],
)
def test_a_refused_field_is_named(desk: Desk, fields: dict[str, Any], about: str) -> None:
    key = desk.jira.make({"summary": "one"})
    assert refused(desk.push(key, **fields)).field == about


def test_an_assignee_goes_by_his_id(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    applied(desk.push(key, assignee={"id": "acc-ann"}))
    applied(desk.push(key, assignee=None))
    assert [body["fields"] for body in desk.sent("PUT")] == [{"assignee": {"accountId": "acc-ann"}}, {"assignee": None}]


def test_our_labels_are_never_taken_away(desk: Desk) -> None:
    made = applied(desk.push(None, summary="one"))
    applied(desk.push(made, labels=["hot"]))
    assert desk.jira.issues[made]["fields"]["labels"] == ["hot", MARK, "crm-t-cb1-1"]


def test_a_key_is_put_on_an_issue_that_is_there(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one", "labels": ["hot"]})
    applied(desk.push(key, external_key="cb1-77"))
    assert desk.jira.issues[key]["fields"]["labels"] == ["hot", MARK, "crm-t-cb1-77"]
    assert desk.record(key).payload["external_key"] == "cb1-77"


def test_a_link_is_one_however_often_it_is_written(desk: Desk) -> None:
    made = applied(desk.push(None, summary="one", link="https://crm.example.com/1"))
    assert desk.record(made).payload["link"] == "https://crm.example.com/1"
    applied(desk.push(made, link="https://crm.example.com/2"))
    assert desk.jira.issues[made]["links"] == {"crm:cb1-1": "https://crm.example.com/2"}
    assert desk.record(made).payload["link"] == "https://crm.example.com/2"
    assert desk.record(made).payload["external_key"] == "cb1-1"
    assert refused(desk.push(made, link=None)).field == "link"


def test_what_follows_a_write_and_is_refused_is_told(desk: Desk) -> None:
    def no(request: httpx.Request) -> httpx.Response | None:
        return refusal(404, "No links here.") if request.url.path.endswith("/remotelink") else None

    desk.jira.before = no
    assert refused(desk.push(None, summary="one", link="https://crm.example.com/1")).code == "PARTLY"
    (made,) = desk.jira.issues
    assert refused(desk.push(made, summary="two", link="https://crm.example.com/2")).code == "PARTLY"
    assert applied(desk.push(None, summary="one")) == made


def test_an_archived_issue_is_frozen(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one", "archiveddate": "2026-11-01T00:00:00.000+0000"})
    assert refused(desk.push(key, summary="two")).code == "ARCHIVED"
    assert refused(desk.delete(key)).code == "ARCHIVED"
    assert desk.sent("PUT") == []


def test_what_moved_on_is_stale_and_a_moved_project_is_the_same_issue(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    base = desk.record(key).revision
    desk.jira.touch(key, summary="theirs")
    outcome = desk.push(key, base=base, summary="ours")
    assert isinstance(outcome, Stale)
    assert outcome.current is not None
    assert outcome.current.payload["summary"] == "theirs"
    desk.jira.issues[key]["key"] = "OTHER-4"
    desk.jira.touch(key, project={"id": "2", "key": "OTHER"})
    assert applied(desk.push(key, summary="ours")) == key


def test_a_conflict_is_read_again_and_sent_once_more(desk: Desk) -> None:
    key, seen = desk.jira.make({"summary": "one"}), list[str]()

    def conflict(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PUT" and not seen:
            seen.append("PUT")
            return refusal(409, "The issue was changed by somebody else.")
        return None

    desk.jira.before = conflict
    applied(desk.push(key, summary="two"))
    assert desk.jira.issues[key]["fields"]["summary"] == "two"


def test_no_404_is_believed_while_the_login_is_nobodys(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    adapter = desk.open()
    adapter.check()
    desk.jira.account = "nobody"
    with pytest.raises(AuthError):
        adapter.fetch("tasks", [key])
    with pytest.raises(AuthError):
        adapter.push([Change("k", "tasks", key, {}, delete=True)])
    desk.jira.account = "acc-bridge"
    assert key in desk.jira.issues


def test_what_is_gone_is_told_and_a_second_delete_is_harmless(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    assert applied(desk.delete(key)) == key
    assert applied(desk.delete(key)) == key
    assert refused(desk.push(key, summary="two")).code == "GONE"


def test_users_and_comments_are_not_written(desk: Desk) -> None:
    (outcome,) = desk.open().push([Change("k", "users", None, {"displayName": "x"})])
    assert refused(outcome).code == "READ_ONLY"


def test_nothing_is_made_without_a_type(desk: Desk) -> None:
    desk.tasks = {"project": "SALE"}
    assert "Follow-up" in str(refused(desk.push(None, summary="one")))


def test_a_scope_that_is_lacking_refuses_the_record(desk: Desk) -> None:
    key = desk.jira.make({"summary": "one"})
    desk.jira.before = lambda request: refusal(403, "You may not.") if request.method == "PUT" else None
    assert "You may not." in str(refused(desk.push(key, summary="two")))


def test_another_account_than_the_pinned_one_is_told(desk: Desk) -> None:
    desk.options = {"account": "acc-other"}
    with pytest.raises(ConfigError, match="acc-other"):
        desk.push(None, summary="one")
    assert DESCRIPTOR.connect is not None
