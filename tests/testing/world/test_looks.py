"""What the checker makes of answers, of late creates, of our own deletions and of calls to a CRM that is away."""

import random

import pytest

from crmbridge.ledger.conflicts import Conflict
from crmbridge.model.errors import Unavailable
from crmbridge.sync.twoway.merging import Policy
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.world.checker import check
from crmbridge.testing.world.chronicle import Answer, Chronicle, Who
from crmbridge.testing.world.crm import Crm, Late
from crmbridge.testing.world.habits import MARK, Habits
from crmbridge.testing.world.line import Line, Reached, too_soon
from crmbridge.testing.world.scenario import Lived

FIELDS = {MARK: "M1", "name": "Name 1", "city": "City 2"}


@pytest.fixture
def crms() -> list[Crm]:
    chronicle, clock = Chronicle(), VirtualClock()
    return [Crm(Habits(name), clock, random.Random(1), chronicle) for name in "ab"]  # noqa: S311 - a story


def broken(crms: list[Crm], *conflicts: Conflict) -> set[str]:
    lived = Lived(1, crms[0].chronicle, crms, Policy.NEWEST, deletes=True)
    lived.edits, lived.conflicts = 99, list(conflicts)
    return {one.promise for one in check(lived)}


def test_what_we_deleted_ourselves_is_no_reason_to_delete(crms: list[Crm]) -> None:
    left, right = crms
    row, other = left.create(FIELDS, who="user"), right.create(FIELDS, who="engine")
    left.delete(row, who="user")
    right.delete(other, who="engine")
    assert broken(crms) == set()
    left.restore(row)
    left.chronicle.ask("fetch", "b", [other.external_id])
    left.chronicle.ask("push", "a")
    left.delete(row, who="engine")
    assert broken(crms) == {"I7"}


@pytest.mark.parametrize(("by", "found"), [("user", set()), (None, {"I7"})])
def test_one_that_is_back_may_go_again_for_what_somebody_deleted_in_a_third_system(
    by: Who | None, found: set[str]
) -> None:
    chronicle, clock = Chronicle(), VirtualClock()
    crms = [Crm(Habits(name), clock, random.Random(1), chronicle) for name in "abc"]  # noqa: S311 - a story
    first, middle, last = (crm.create(FIELDS, who="user" if crm.name == "a" else "engine") for crm in crms)
    if by is not None:
        crms[0].delete(first, who=by)
    crms[2].delete(last, who="user")
    crms[1].delete(middle, who="engine")  # for both of them
    crms[2].restore(last)
    crms[2].chronicle.ask("push", "c")
    crms[2].delete(last, who="engine")
    assert broken(crms) & {"I7"} == found


@pytest.mark.parametrize(("is_restored", "found"), [(True, set()), (False, {"I5"})])
def test_a_late_create_may_meet_what_was_brought_back(crms: list[Crm], is_restored: bool, found: set[str]) -> None:  # noqa: FBT001 - a parameter
    left, right = crms
    left.create(FIELDS, who="user")
    row = right.create(FIELDS, who="engine")
    if is_restored:
        right.delete(row, who="user")
        right.restore(row)
    right.late.append(Late(0, None, FIELDS, None, is_delete=False, calls=0))
    right.land_late()
    assert broken(crms) == found


@pytest.mark.parametrize(("where", "found"), [("right", {"I2"}), ("left", set())])
def test_a_side_wins_by_what_somebody_typed_there(crms: list[Crm], where: str, found: set[str]) -> None:
    left, right = crms
    left.create(FIELDS, who="user")
    right.create(FIELDS, who="engine")
    told = ("ab", "account", "R1", "city", None, "[]", "newest", where, '"City 2"', 5, 5, "policy")
    assert broken(crms, Conflict(1, 1, *told)) == found


@pytest.mark.parametrize(("city", "found"), [("City 2", set()), ("City 9", {"I2"})])
def test_a_side_may_win_by_what_the_system_behind_it_shows(city: str, found: set[str]) -> None:
    chronicle, clock = Chronicle(), VirtualClock()
    crms = [Crm(Habits(name), clock, random.Random(1), chronicle) for name in "abc"]  # noqa: S311 - a story
    crms[0].create(FIELDS, who="user")
    crms[1].create(FIELDS, who="engine")
    crms[2].create({**FIELDS, "city": city}, who="engine")
    told = ("ab", "account", "R1", "city", None, "[]", "right", "right", '"City 2"')
    now_us = crms[2].now_us()
    assert broken(crms, Conflict(1, 1, *told, now_us, now_us, "policy")) & {"I2"} == found


@pytest.mark.parametrize(("is_informed", "found"), [(True, {"I2"}), (False, set())])
def test_an_answer_holds_where_the_person_saw_what_there_was(
    crms: list[Crm],
    is_informed: bool,  # noqa: FBT001 - a parameter
    found: set[str],
) -> None:
    left, right = crms
    left.create(FIELDS, who="user")
    right.create(FIELDS, who="engine")
    left.chronicle.say(Answer(2, ("a", "b"), "M1", "city", "City 3", is_informed))
    assert broken(crms) == found


@pytest.mark.parametrize(("mark", "found"), [("M1", set()), ("M2", {"I1"})])
def test_an_answer_that_somebody_contradicts_before_it_arrives_is_asked_about(
    crms: list[Crm], mark: str, found: set[str]
) -> None:
    left, right = crms
    row = left.create(FIELDS, who="user")
    right.create(FIELDS, who="engine")
    left.edit(row, {"city": None}, who="user")
    left.chronicle.say(Answer(0, ("a", "b"), mark, "city", "answer 3", is_informed=False))
    told = ("ab", "account", "R1", "city", None, '[["left", null, 1], ["decided", "answer 3", 1]]')
    assert broken(crms, Conflict(1, 1, *told, "review", None, None, 5, None, None)) == found


def test_calls_that_leave_too_soon_are_seen() -> None:
    failed = [Reached(float(second), is_answered=False) for second in range(5)]
    assert too_soon([*failed, Reached(63.9, is_answered=True)]) == [63.9]
    assert too_soon([*failed, Reached(64.0, is_answered=True)]) == []
    assert too_soon([*failed[:4], Reached(5.0, is_answered=True)]) == []


def test_the_way_to_a_crm_is_closed_after_failures_until_it_may_be_there_again() -> None:
    clock = VirtualClock()
    line = Line("a", clock)
    for _ in range(5):
        line.ask()
        line.failed()
    with pytest.raises(Unavailable):
        line.ask()
    clock.advance(line.wait_s)
    line.ask()
    line.answered()
    line.ask()
    assert too_soon(line.reached) == []
