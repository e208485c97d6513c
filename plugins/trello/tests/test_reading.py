"""Reading cards, members and comments."""

import json

import httpx
import pytest
from plugins.trello.tests.fake import ANN, BO, BOARD, ELSEWHERE, FINISHED, ME, OLD, OTHER, TOKEN
from plugins.trello.tests.opened import TASKS, Desk

from crmbridge.adapter.contract import PullRequest
from crmbridge.model.errors import AuthError, ConfigError, ContractError, ScopeError
from crmbridge_trello.desc import Desc, parse

NOBODY = "f" * 24


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "open"),
        ({"dueComplete": True}, "done"),
        ({"idList": FINISHED}, "done"),
        ({"idList": FINISHED, "closed": True}, "done"),
        ({"dueComplete": True, "closed": True}, "done"),
        ({"closed": True}, "set aside"),
        ({"idList": OLD}, "set aside"),
        ({"closed": True, "desc": "off\n\n[crm-cancelled]"}, "cancelled"),
        ({"desc": "back again\n\n[crm-cancelled]"}, "open"),
    ],
)
def test_state_is_told_by_the_place_of_a_card(desk: Desk, fields: dict[str, object], state: str) -> None:
    card = desk.trello.make(name="Call Ada", **fields)
    assert desk.record(card).payload["state"] == state
    (read,), _, complete = desk.read()
    assert read.payload["state"] == state
    assert complete


@pytest.mark.parametrize(
    "desc",
    [
        Desc(),
        Desc("text"),
        Desc("", "k-1"),
        Desc("two\r\nlines\n\n", "k [1]/%"),
        Desc("x", "k", "https://crm.example.com/tasks/17?a=b"),
        Desc("x", "k", is_cancelled=True),
    ],
)
def test_description_comes_apart_as_it_was_put_together(desc: Desc) -> None:
    assert parse(desc.whole()) == desc


def test_lines_of_ours_are_found_between_what_people_write() -> None:
    desc = "[crm:first]\nbelow it\n\nmore\n[CRM](https://crm.example.com/1)\n[crm:last]\nand the end"
    assert parse(desc) == Desc("\nbelow it\n\nmore\nand the end", "last", "https://crm.example.com/1")
    assert parse("see [crm:no] within a line").key is None
    assert parse(None) == Desc()


def test_first_member_whom_people_names_has_to_do_it(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada", idMembers=[ANN, BO])
    assert desk.record(card).payload["member"] == ANN
    desk.options = {"people": {"bo@acme.example": "bo"}}
    assert desk.record(card).payload["member"] == BO


def test_members_have_the_addresses_that_people_gives_them(desk: Desk) -> None:
    desk.options = {"people": {"ann@acme.example": ANN, "bo@acme.example": "bo"}}
    users, _, complete = desk.read("users")
    assert complete
    told = {one.external_id: one.payload["email"] for one in users}
    assert told == {ME: None, ANN: "ann@acme.example", BO: "bo@acme.example"}
    ((found,),) = desk.open().find("users", "email", ["bo@acme.example"])
    assert found.external_id == BO
    assert [one.external_id if one else None for one in desk.open().fetch("users", [BO, NOBODY])] == [BO, None]


def test_comments_of_our_cards_are_records_and_one_text(desk: Desk) -> None:
    ours, foreign = desk.trello.make(name="Ours", desc="[crm:k-1]"), desk.trello.make(name="Foreign")
    first = desk.trello.say(ours, "Who calls?")
    desk.trello.say(foreign, "Not about us")
    second = desk.trello.say(ours, "I do", ME)
    desk.options = {"page_size": 1}
    found, cursor, complete = desk.read("comments")
    assert complete
    assert {one.external_id: (one.payload["text"], one.payload["ours"]) for one in found} == {
        first: ("Who calls?", False),
        second: ("I do", True),
    }
    assert {one.payload["card"] for one in found} == {ours}
    assert len(desk.read("comments", cursor)[0]) == 2
    assert [one is not None for one in desk.open().fetch("comments", [first, NOBODY])] == [True, False]
    text = desk.record(ours).payload["comments"]
    assert isinstance(text, str)
    assert [line[10:] for line in text.splitlines()] == [" ann: Who calls?", " bridge: I do"]
    assert {one.external_id: one.payload for one in desk.read()[0]}[ours]["comments"] == text


def test_comments_are_asked_for_only_where_they_are_wanted_and_there(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada")
    desk.read()
    desk.trello.say(card, "Done?")
    list(desk.open().pull(PullRequest("tasks", fields=frozenset({"name"}))))
    assert not desk.sent("GET", "/actions")
    desk.read()
    assert len(desk.sent("GET", "/actions")) == 2


def test_archived_cards_are_read_too_and_the_oldest_page_is_the_last(desk: Desk) -> None:
    made = [desk.trello.make(name=str(number), closed=number % 2 == 0) for number in range(7)]
    desk.options = {"page_size": 3}
    pages = list(desk.open().pull(PullRequest("tasks")))
    assert [one.external_id for page in pages for one in page.records] == made[::-1]
    assert [page.complete for page in pages] == [False, False, True]
    rest = list(desk.open().pull(PullRequest("tasks", pages[0].cursor)))
    assert [one.external_id for page in rest for one in page.records] == made[3::-1]
    assert not any(page.complete or page.whole for page in rest)


@pytest.mark.parametrize("name", ["tasks", "users", "comments"])
def test_cursor_moves_with_every_reading(desk: Desk, name: str) -> None:
    desk.trello.say(desk.trello.make(name="Call Ada", desc="[crm:k-1]"), "Who calls?")
    cursor = None
    for _ in range(3):
        found, later, complete = desk.read(name, cursor)
        assert found
        assert complete
        assert later != cursor
        cursor = later


def test_cursor_of_another_board_reads_everything(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada")
    for cursor in ("[", "[1]", json.dumps({"v": 1, "b": OTHER, "a": "0"}), json.dumps({"v": 2})):
        found, _, complete = desk.read(cursor=cursor)
        assert ([one.external_id for one in found], complete) == ([card], True)


def test_card_that_cannot_be_read_is_a_problem_of_its_page(desk: Desk) -> None:
    good, bad = desk.trello.make(name="good"), desk.trello.make(name="bad")
    desk.trello.cards[bad]["dateLastActivity"] = "yesterday"
    (page,) = desk.open().pull(PullRequest("tasks"))
    assert [one.external_id for one in page.records] == [good]
    assert [one.external_id for one in page.problems] == [bad]
    with pytest.raises(ContractError):
        desk.open().find("tasks", "name", ["good"])


def test_gone_is_believed_only_while_the_board_can_be_read(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada")
    assert [one is None for one in desk.open().fetch("tasks", [card, NOBODY, "no-id"])] == [False, True, True]
    desk.trello.hidden.add(BOARD)
    with pytest.raises(ScopeError):
        desk.open().fetch("tasks", [NOBODY])


def test_card_that_is_not_for_us_stays_and_says_nothing(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada")
    desk.trello.hidden.add(card)
    record = desk.record(card)
    assert (dict(record.payload), record.deleted) == ({"id": card}, False)


def test_card_on_another_board_stays_the_same_record(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada", idList=ELSEWHERE)
    assert desk.read()[0] == []
    assert desk.record(card).payload["state"] == "open"
    desk.objects["south"] = {"board": OTHER, "list": ELSEWHERE, "done": [ELSEWHERE]}
    assert desk.record(card).payload["state"] == "done"
    del desk.objects["south"]
    desk.trello.hidden.add(OTHER)
    assert desk.record(card).payload["state"] == "open"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401, text="invalid key"), AuthError),
        (httpx.Response(401, json={"message": "missing scopes"}), ScopeError),
        (httpx.Response(404, text="The requested resource was not found."), ConfigError),
        (httpx.Response(400, text="invalid id"), ContractError),
        (httpx.Response(403, json={"error": "API_TOO_MANY_CARDS_REQUESTED"}), ScopeError),
    ],
)
def test_errors_of_a_board_are_never_an_empty_one(desk: Desk, answer: httpx.Response, error: type) -> None:
    desk.trello.before = lambda request: answer if "/boards/" in request.url.path else None
    with pytest.raises(error):
        desk.read()


def test_login_is_nowhere_in_an_address(desk: Desk) -> None:
    desk.trello.make(name="Call Ada")
    desk.read()
    assert not [one for one in desk.trello.calls if "canary" in str(one.url)]
    assert TOKEN in desk.trello.calls[0].headers["authorization"]


def test_another_account_is_refused(desk: Desk) -> None:
    desk.options = {"account": ANN}
    with pytest.raises(ConfigError, match="is for"):
        desk.read()


def test_check_names_lists_and_boards_that_are_not_there(desk: Desk) -> None:
    desk.objects = {"tasks": {**TASKS, "done": [OLD]}, "lost": {"board": NOBODY}}
    health = desk.open().check()
    assert health.org_id == ME
    assert OLD in health.problems[0]
    assert NOBODY in health.problems[1]
    desk.objects = {}
    assert len(desk.open().check().problems) == 1


def test_describe_tells_lists_as_stages_and_a_board_that_cannot_be_read(desk: Desk) -> None:
    desk.objects["lost"] = {"board": NOBODY}
    catalog = desk.open().describe()
    (pipeline,) = catalog.pipelines
    assert [one.label for one in pipeline.stages] == ["Inbox", "This week", "Done", "Old"]
    lost = catalog.object("lost")
    assert lost is not None
    assert not lost.readable
