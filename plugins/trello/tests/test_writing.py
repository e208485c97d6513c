"""Writing cards."""

from datetime import UTC, datetime

import httpx
import pytest
from plugins.trello.tests.fake import ANN, BO, BOARD, DOING, ELSEWHERE, FINISHED, INBOX, ME, OLD, OTHER
from plugins.trello.tests.opened import TASKS, Desk

from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected, Stale, Unknown

NOBODY = "f" * 24


def applied(outcome: Outcome) -> str:
    assert isinstance(outcome, Applied), outcome
    return outcome.external_id


def refused(outcome: Outcome) -> str:
    assert isinstance(outcome, Rejected), outcome
    assert str(outcome)
    return outcome.code


def test_create_sends_the_key_along(desk: Desk) -> None:
    told = {"name": "Call Ada", "text": "Ask for Bo", "link": "https://crm.example.com/1", "member": ANN}
    card = applied(desk.push(None, "t 1", due="2026-12-03T18:00:00+08:00", **told))
    (body,) = desk.sent("POST")
    assert body == {
        "name": "Call Ada",
        "desc": "Ask for Bo\n\n[CRM](https://crm.example.com/1)\n[crm:t%201]",
        "due": "2026-12-03T10:00:00.000Z",
        "idList": INBOX,
        "idMembers": [ANN],
    }
    payload = desk.record(card).payload
    assert {name: payload[name] for name in told} == told
    assert payload["external_key"] == "t 1"
    assert datetime.fromisoformat(str(payload["created"])) == desk.trello.clock().astimezone(UTC).replace(microsecond=0)


@pytest.mark.parametrize("fields", [{}, {"closed": True}, {"idList": OLD}, {"idList": FINISHED}])
def test_create_finds_the_card_of_its_key_wherever_it_is(desk: Desk, fields: dict[str, object]) -> None:
    first = desk.trello.make(name="Call Ada", desc="[crm:t-1]", **fields)
    desk.trello.make(name="a copy", desc="[crm:t-1]")
    assert applied(desk.push(None, "t-1", name="Call Ada")) == first
    assert not desk.sent("POST")


def test_create_of_a_card_that_is_done_or_cancelled(desk: Desk) -> None:
    done = desk.record(applied(desk.push(None, "t-1", name="Done", state="done")))
    assert (done.payload["state"], done.payload["idList"]) == ("done", FINISHED)
    off = desk.record(applied(desk.push(None, "t-2", name="Off", state="cancelled")))
    assert (off.payload["state"], off.payload["closed"]) == ("cancelled", True)
    assert applied(desk.push(None, "t-2", name="Off")) == off.external_id


def test_create_for_a_member_of_another_board_is_unassigned(desk: Desk) -> None:
    card = applied(desk.push(None, "t-1", name="Call Ada", member=NOBODY))
    assert desk.record(card).payload["member"] is None
    assert refused(desk.push(card, name="Call Bo", member=NOBODY)) == "PARTLY"
    assert desk.record(card).payload["name"] == "Call Bo"


def test_create_without_a_list_is_refused(desk: Desk) -> None:
    desk.objects = {"tasks": {"board": BOARD}}
    assert refused(desk.push(None, name="Call Ada")) == "NO_LIST"
    assert applied(desk.push(None, name="Call Ada", idList=DOING))
    desk.objects = {"tasks": {"board": BOARD, "list": OLD}}
    assert refused(desk.push(None, "t-2", name="Call Ada")) == "LIST"


def test_state_moves_the_card_and_back(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada", idList=DOING)
    applied(desk.push(card, state="done"))
    assert desk.sent("PUT")[-1] == {"dueComplete": True, "idList": FINISHED}
    applied(desk.push(card, state="done"))
    assert desk.sent("PUT")[-1] == {"dueComplete": True}
    applied(desk.push(card, state="open"))
    assert desk.sent("PUT")[-1] == {"dueComplete": False, "idList": INBOX}
    applied(desk.push(card, state="cancelled"))
    assert desk.sent("PUT")[-1] == {"closed": True, "desc": "[crm-cancelled]"}
    assert desk.record(card).payload["state"] == "cancelled"
    applied(desk.push(card, name="still ours"))
    applied(desk.push(card, state="open"))
    assert desk.sent("PUT")[-1] == {"dueComplete": False, "closed": False, "desc": ""}
    assert desk.record(card).payload["state"] == "open"


def test_cancelled_cards_go_to_their_list_where_there_is_one(desk: Desk) -> None:
    desk.objects["tasks"] |= {"cancelled": [DOING]}
    card = desk.trello.make(name="Call Ada")
    applied(desk.push(card, state="cancelled"))
    assert desk.sent("PUT")[-1] == {"idList": DOING}
    assert desk.record(card).payload["state"] == "cancelled"
    applied(desk.push(card, state="open"))
    assert desk.sent("PUT")[-1] == {"dueComplete": False, "idList": INBOX}


def test_cancelled_card_that_is_done_after_all_leaves_its_list(desk: Desk) -> None:
    desk.objects["tasks"] = {"board": BOARD, "list": INBOX, "cancelled": [DOING]}
    card = desk.trello.make(name="Call Ada", idList=DOING)
    applied(desk.push(card, state="done"))
    assert desk.sent("PUT")[-1] == {"dueComplete": True, "idList": INBOX}
    assert desk.record(card).payload["state"] == "done"


@pytest.mark.parametrize("answer", [[], {"id": "x", "dateLastActivity": "soon"}])
def test_write_whose_answer_says_little_stands(desk: Desk, answer: object) -> None:
    card = desk.trello.make(name="Call Ada")
    desk.trello.before = lambda request: httpx.Response(200, json=answer) if request.method == "PUT" else None
    assert desk.push(card, name="Call Bo") == Applied(card, None)


def test_stage_is_the_list(desk: Desk) -> None:
    card = desk.trello.make(name="A deal")
    applied(desk.push(card, idList=DOING))
    assert desk.sent("PUT") == [{"idList": DOING}]
    assert refused(desk.push(card, idList=OLD)) == "LIST"
    assert refused(desk.push(card, idList=ELSEWHERE)) == "LIST"


def test_text_leaves_our_lines_and_our_lines_leave_the_text(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada", desc="Old\n\n[crm:t-1]")
    applied(desk.push(card, text="New"))
    assert desk.sent("PUT")[-1] == {"desc": "New\n\n[crm:t-1]"}
    applied(desk.push(card, link="https://crm.example.com/1"))
    assert desk.record(card).payload["text"] == "New"
    applied(desk.push(card, external_key="t-2", text=None))
    assert desk.sent("PUT")[-1] == {"desc": "[CRM](https://crm.example.com/1)\n[crm:t-2]"}


@pytest.mark.parametrize("people", [{}, {"ann@acme.example": ANN, "bo@acme.example": "bo"}])
def test_members_of_other_people_stay(desk: Desk, people: dict[str, str]) -> None:
    desk.options = {"people": people}
    card = desk.trello.make(name="Call Ada", idMembers=[ANN, ME])
    applied(desk.push(card, member=BO))
    assert desk.trello.cards[card]["idMembers"] == [ME, BO]
    assert not desk.sent("PUT")


def test_unassigned_and_assigned_to_whom_it_is_already(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada", idMembers=[ANN])
    applied(desk.push(card, member=ANN))
    assert desk.trello.cards[card]["idMembers"] == [ANN]
    applied(desk.push(card, member=None))
    assert desk.trello.cards[card]["idMembers"] == []
    desk.options = {"people": {"bo@acme.example": BO}}
    desk.trello.touch(card, idMembers=[ANN])
    applied(desk.push(card, member=None))
    assert desk.trello.cards[card]["idMembers"] == [ANN], "nobody whom people does not name is taken off"
    assert refused(desk.push(card, member=NOBODY)) == "TRELLO_400"


def test_due_of_a_day_is_its_last_minute_where_the_team_is(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada", due="2026-12-01T08:00:00.000Z")
    applied(desk.push(card, due="2026-12-03"))
    assert desk.sent("PUT")[-1] == {"due": "2026-12-03T15:59:00.000Z"}
    applied(desk.push(card, due="2026-12-03T10:00:00"))
    assert desk.sent("PUT")[-1] == {"due": "2026-12-03T02:00:00.000Z"}
    applied(desk.push(card, due=None))
    assert desk.record(card).payload["due"] is None
    assert refused(desk.push(card, due="soon")) == "TIME"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"idMembers": []}, "GIVEN"),
        ({"comments": "hello"}, "GIVEN"),
        ({"state": "set aside"}, "STATE"),
        ({"link": "two words"}, "LINK"),
        ({"name": "x" * 16385}, "TOO_LONG"),
        ({"text": "half \ud83d"}, "TEXT_UNUSABLE"),
        ({"name": "refuse"}, "TRELLO_400"),
    ],
)
def test_what_trello_never_takes_is_refused(desk: Desk, fields: dict[str, object], code: str) -> None:
    card = desk.trello.make(name="Call Ada")
    assert refused(desk.push(card, **fields)) == code  # type: ignore[arg-type]
    assert desk.trello.cards[card]["name"] == "Call Ada"


@pytest.mark.parametrize("fields", [{"closed": True}, {"idList": OLD}, {"closed": True, "dueComplete": True}])
def test_what_people_set_aside_is_left_alone_until_it_is_back(desk: Desk, fields: dict[str, object]) -> None:
    card = desk.trello.make(name="Call Ada", **fields)
    for change in ({"name": "Call Bo"}, {"state": "open"}, {"state": "done"}):
        assert refused(desk.push(card, **change)) == "ASIDE"
    desk.trello.touch(card, closed=False, idList=INBOX)
    applied(desk.push(card, name="Call Bo"))


def test_what_is_gone_hidden_or_moved_on_is_not_written(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada")
    revision = desk.record(card).revision
    desk.trello.touch(card, name="Call Cy")
    stale = desk.push(card, base=revision, name="Call Bo")
    assert isinstance(stale, Stale)
    assert stale.current is not None
    assert stale.current.payload["name"] == "Call Cy"
    (outcome,) = desk.open().push([Change("k", "tasks", card, {}, revision, delete=True)])
    assert isinstance(outcome, Stale)
    desk.trello.hidden.add(card)
    assert refused(desk.push(card, name="Call Bo")) == "HIDDEN"
    assert refused(desk.push(NOBODY, name="Call Bo")) == "GONE"
    assert refused(desk.push("17", name="Call Bo")) == "GONE"
    (outcome,) = desk.open().push([Change("k", "users", ANN, {"fullName": "Ann"})])
    assert refused(outcome) == "READ_ONLY"
    assert desk.trello.writes == 0


def test_card_on_a_board_that_is_none_of_ours_is_done_where_it_is(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada", idList=ELSEWHERE)
    applied(desk.push(card, state="done"))
    assert desk.sent("PUT") == [{"dueComplete": True}]
    desk.objects["south"] = {"board": OTHER, "list": ELSEWHERE, "cancelled": [ELSEWHERE]}
    assert desk.record(card).payload["state"] == "cancelled"


def test_create_in_doubt_is_not_sent_again(desk: Desk) -> None:
    def lost(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            raise httpx.ReadTimeout("no answer", request=request)
        return None

    desk.trello.after = lost
    change = Change("t-1", "tasks", None, {"name": "Call Ada"})
    first, second = desk.open().push([change, change])
    assert isinstance(first, Unknown)
    assert isinstance(second, Unknown)
    assert len(desk.sent("POST")) == 1
    desk.trello.after = None
    assert applied(desk.push(None, "t-1", name="Call Ada")) in desk.trello.cards
    assert len(desk.trello.cards) == 1


def test_create_whose_answer_is_none_is_in_doubt(desk: Desk) -> None:
    desk.trello.before = lambda request: httpx.Response(200, json=[]) if request.method == "POST" else None
    assert isinstance(desk.push(None, name="Call Ada"), Unknown)


def test_two_creates_of_one_push_read_the_board_once(desk: Desk) -> None:
    changes = [Change(key, "tasks", None, {"name": key}) for key in ("t-1", "t-2", "t-1")]
    one, two, again = map(applied, desk.open().push(changes))
    assert one == again != two
    assert len(desk.sent("GET", f"/boards/{TASKS['board']}/cards")) == 1


def test_deleting_twice_breaks_nothing(desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada")
    for base in (desk.record(card).revision, None, "2026-01-01T00:00:00.000+00:00"):
        (outcome,) = desk.open().push([Change("k", "tasks", card, {}, base, delete=True)])
        assert applied(outcome) == card
    assert desk.trello.cards == {}
