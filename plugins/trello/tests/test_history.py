"""The moves of cards from list to list."""

import json

from plugins.trello.tests.fake import ANN, BOARD, DOING, FINISHED, INBOX
from plugins.trello.tests.opened import Desk

from crmbridge.adapter.contract import HistoryPage, PullRequest


def listed(desk: Desk, cursor: str | None = None, name: str = "tasks") -> list[HistoryPage]:
    return list(desk.open().list_history(PullRequest(name, cursor)))


def test_move_says_where_from_where_to_when_and_by_whom(desk: Desk) -> None:
    card = desk.trello.make(name="A deal")
    move = desk.trello.move(card, DOING)
    (page,) = listed(desk)
    (change,) = page.changes
    assert (change.record_id, change.change_id, change.by, change.pipeline) == (card, move, ANN, BOARD)
    assert (change.from_label, change.to_label) == (INBOX, DOING)
    assert page.complete


def test_move_that_trello_learns_of_late_is_told_and_no_other_twice(desk: Desk) -> None:
    card = desk.trello.make(name="A deal")
    late = desk.trello.move(card, DOING)
    kept = desk.trello.actions.pop(late)
    desk.trello.clock.advance(30)
    desk.trello.move(card, FINISHED)
    (first,) = listed(desk)
    desk.trello.actions[late] = kept
    (second,) = listed(desk, first.cursor)
    assert [one.change_id for one in second.changes] == [late]
    (third,) = listed(desk, second.cursor)
    assert (list(third.changes), third.cursor, third.complete) == ([], second.cursor, False)


def test_what_only_edits_is_no_move(desk: Desk) -> None:
    card = desk.trello.make(name="A deal")
    move = desk.trello.move(card, DOING)
    desk.trello.actions[move]["data"] = {"card": {"id": card}, "old": {"name": "A"}}
    (page,) = listed(desk)
    assert list(page.changes) == []
    desk.trello.move(card, FINISHED)
    assert len(listed(desk, page.cursor)[0].changes) == 1


def test_cursor_of_something_else_reads_everything(desk: Desk) -> None:
    desk.trello.move(desk.trello.make(name="A deal"), DOING)
    for cursor in ("[", "1", '{"v":1}', json.dumps({"v": 1, "b": BOARD, "l": "no id", "k": []})):
        (page,) = listed(desk, cursor)
        assert len(page.changes) == 1
    assert [list(one.changes) for one in listed(desk, name="users")] == [[]]
