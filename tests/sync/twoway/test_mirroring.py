"""A task tool beside a CRM: open tasks are made on the board of whoever has them, and what is done there is done."""

from collections.abc import Callable

import pytest

from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.mirror import Mirror

from .pairing import Pairing

CRM = """
format = 1
[objects.units]
kind = "org_unit"
fields = { name = "name", parent = { from = "parent", object = "units" } }
[objects.users]
kind = "user"
keys = ["email"]
[objects.users.fields]
name = "name"
email = "mail"
manager = { from = "boss", object = "users" }
org_unit = { from = "unit", object = "units" }
[objects.tasks]
kind = "task"
[objects.tasks.fields]
title = "subject"
due_date = "due"
status = { from = "state", values = { "Open" = "open", "Done" = "done", "Dropped" = "cancelled" } }
assignee = { from = "who", object = "users" }
external_key = "ours"
"""
TOOL = """
format = 1
[objects.members]
kind = "user"
keys = ["email"]
fields = { name = "name", email = "mail" }
[objects.north]
kind = "task"
[objects.north.fields]
title = "summary"
due_date = "due"
assignee = { from = "member", object = "members" }
external_key = "ours"
[objects.north.fields.status]
from = "column"
values = { "To do" = "open", "Doing" = "open", "Done" = "done", "Off" = "cancelled" }
write = { "open" = "To do" }
[objects.south]
like = "north"
"""
_CARD = ("summary", "due", "column", "member", "ours")
OBJECTS = {
    Side.LEFT: {
        "units": ("name", "parent"),
        "users": ("name", "mail", "boss", "unit"),
        "tasks": ("subject", "due", "state", "who", "ours"),
    },
    Side.RIGHT: {"members": ("name", "mail"), "north": _CARD, "south": _CARD},
}


@pytest.fixture
def office(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    """Ann leads the north, Bo works for her; Chi is in the south; all are members of the tool, and Dee is not."""
    pairing = Pairing(
        ledger,
        ids,
        policies={
            "title": Policy.LEFT_OWNS,
            "due_date": Policy.LEFT_OWNS,
            "status": Policy.RIGHT,
            "assignee": Policy.LEFT,
        },
        mappings={Side.LEFT: CRM, Side.RIGHT: TOOL},
        objects=OBJECTS,
        kinds=("task",),
        creates=frozenset({Side.RIGHT}),
        mirror=Mirror({"status": ("open",)}, {"North": "north", "chi@x.example": "south", "*": "north"}),
    )
    north = pairing.left.put("units", {"name": "North"})
    ann = pairing.left.put("users", {"name": "Ann", "mail": "ann@x.example", "unit": north})
    for name, more in (("Bo", {"boss": ann, "unit": north}), ("Chi", {}), ("Dee", {"boss": ann})):
        pairing.left.put("users", {"name": name, "mail": f"{name.lower()}@x.example", **more})
    for name in ("Ann", "Bo", "Chi"):
        pairing.right.put("members", {"name": name, "mail": f"{name.lower()}@x.example"})
    return pairing


def person(office: Pairing, name: str, object_name: str = "users") -> str:
    store = office.left if object_name == "users" else office.right
    return next(row.external_id for row in store.live(object_name) if row.fields["name"] == name)


def task(office: Pairing, title: str, who: str, state: str = "Open", due: str = "2026-07-01") -> str:
    fields = {"subject": title, "state": state, "who": person(office, who), "due": due, "ours": f"cb1-{title}"}
    return office.left.put("tasks", fields)


def state(office: Pairing, made: str) -> object:
    return next(row.fields["state"] for row in office.left.live("tasks") if row.external_id == made)


def cards(office: Pairing, board: str) -> dict[str, tuple[object, object]]:
    return {str(row.fields["summary"]): (row.fields["column"], row.fields["due"]) for row in office.right.live(board)}


def card(office: Pairing, board: str) -> str:
    (row,) = office.right.live(board)
    return row.external_id


def test_open_tasks_stand_on_the_board_of_their_team_once(office: Pairing) -> None:
    task(office, "Call Bo's customer", "Bo")
    task(office, "Call Chi's customer", "Chi")
    task(office, "Long done", "Bo", state="Done")
    task(office, "For somebody who is no member", "Dee")
    office.settle()
    assert cards(office, "south") == {"Call Chi's customer": ("To do", "2026-07-01")}
    assert set(cards(office, "north")) == {"Call Bo's customer", "For somebody who is no member"}
    members = {row.fields["summary"]: row.fields.get("member") for row in office.right.live("north")}
    assert members["Call Bo's customer"] == person(office, "Bo", "members")
    assert not members["For somebody who is no member"]
    assert all(not row.fields.get("ours") for row in office.right.live("north")), "a key is of one system"
    before = (office.left.writes, office.right.writes)
    assert office.settle() == 1
    assert (office.left.writes, office.right.writes) == before


def test_what_is_done_in_the_tool_is_done_in_the_crm_once(office: Pairing) -> None:
    made = task(office, "Call", "Bo")
    office.settle()
    office.right.edit("north", card(office, "north"), {"column": "Doing"})
    office.settle()
    assert state(office, made) == "Open", "the same to us, and nobody is told"
    office.right.edit("north", card(office, "north"), {"column": "Done"})
    done = office.round()
    assert [(write.op, write.side) for write in done.draft.writes] == [("update", "left")]
    assert state(office, made) == "Done"
    assert office.settle() == 1


def test_title_and_due_date_are_the_crms_and_put_back(office: Pairing) -> None:
    made = task(office, "Call", "Bo")
    office.settle()
    office.right.edit("north", card(office, "north"), {"due": "2027-01-01", "summary": "Lunch"})
    office.settle()
    assert cards(office, "north") == {"Call": ("To do", "2026-07-01")}
    assert {(one.field, one.kind) for one in office.conflicts(is_open=False)} == {
        ("title", "task"),
        ("due_date", "task"),
    }
    office.left.edit("tasks", made, {"due": "2026-07-09"})
    office.settle()
    assert cards(office, "north") == {"Call": ("To do", "2026-07-09")}


def test_what_was_deleted_in_the_tool_is_made_again_only_where_that_is_wanted_and_it_is_open(office: Pairing) -> None:
    made = task(office, "Call", "Bo")
    office.settle()
    office.right.delete("north", card(office, "north"))
    office.settle()
    assert not office.right.live("north")
    assert state(office, made) == "Open", "it is nobody's word that it is done"
    office.mirror = Mirror(office.mirror.only, office.mirror.boards, remakes=True)
    office.left.edit("tasks", made, {"due": "2026-07-03"})
    office.settle()
    assert cards(office, "north") == {"Call": ("To do", "2026-07-03")}
    for _ in range(3):
        assert office.settle() == 1
    office.right.edit("north", card(office, "north"), {"column": "Done"})
    office.settle()
    assert state(office, made) == "Done", "the new card is the task's"
    office.right.delete("north", card(office, "north"))
    office.settle()
    assert not office.right.live("north"), "done: nobody needs it"


def test_what_was_deleted_in_the_crm_is_cancelled_in_the_tool(office: Pairing) -> None:
    office.deletes = True
    office.mirror = Mirror(office.mirror.only, office.mirror.boards, cancels=True)
    made = task(office, "Call", "Bo")
    office.settle()
    office.left.delete("tasks", made)
    office.settle()
    assert cards(office, "north") == {"Call": ("Off", "2026-07-01")}
    assert office.settle() == 1


def test_a_task_for_which_there_is_no_board_waits_and_says_so(office: Pairing) -> None:
    office.mirror = Mirror(office.mirror.only, {"South": "south"})
    task(office, "Call", "Bo")
    done = office.round()
    assert done.plan is None
    assert [(one.about, one.template) for one in done.draft.held] == [("owner", "no board is for {who}")]


def test_a_task_that_is_brought_back_is_open_again_in_the_tool(office: Pairing) -> None:
    office.deletes = True
    office.mirror = Mirror(office.mirror.only, office.mirror.boards, cancels=True)
    made = task(office, "Call", "Bo")
    office.settle()
    office.left.delete("tasks", made)
    office.settle()
    office.right.edit("north", card(office, "north"), {"column": "Doing"})
    office.settle()
    assert cards(office, "north") == {"Call": ("Doing", "2026-07-01")}, "whoever takes it up again is not overruled"
    office.right.edit("north", card(office, "north"), {"column": "Off"})
    office.settle()
    office.left.restore("tasks", made)
    office.settle()
    assert state(office, made) == "Dropped", "two words on it, and the tool has the last one"
    assert office.settle() == 1


def test_the_nearest_that_has_a_board_gives_it(office: Pairing) -> None:
    """The person before the team, the team before the manager, the manager before everybody."""
    office.mirror = Mirror(office.mirror.only, {"ann@x.example": "south", "North": "north", "*": "south"})
    task(office, "Ann's own", "Ann")
    task(office, "Her team's", "Bo")
    office.settle()
    assert (set(cards(office, "south")), set(cards(office, "north"))) == ({"Ann's own"}, {"Her team's"})
    office.mirror = Mirror(office.mirror.only, {"Ann": "north", "*": "south"})
    task(office, "Of one she leads", "Dee")
    task(office, "Of somebody else", "Chi")
    office.settle()
    assert "Of one she leads" in cards(office, "north")
    assert "Of somebody else" in cards(office, "south")
