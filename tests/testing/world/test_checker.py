"""What the checker lets pass, and what it does not: stories of a few deeds."""

import random

import pytest

from crmbridge.sync.twoway.merging import Policy
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.world.checker import check
from crmbridge.testing.world.chronicle import Chronicle
from crmbridge.testing.world.crm import Crm
from crmbridge.testing.world.habits import MARK, Habits
from crmbridge.testing.world.scenario import Lived

FIELDS = {MARK: "M1", "name": "Name 1", "city": "City 2"}


@pytest.fixture
def crms() -> list[Crm]:
    chronicle, clock = Chronicle(), VirtualClock()
    habits = Habits("a"), Habits("b", tidy={"name": "upper"})
    return [Crm(one, clock, random.Random(1), chronicle) for one in habits]  # noqa: S311 - a story


def broken(crms: list[Crm]) -> set[str]:
    lived = Lived(1, crms[0].chronicle, crms, Policy.NEWEST, deletes=True)
    lived.edits = 99
    return {one.promise for one in check(lived)}


@pytest.mark.parametrize(("calls", "found"), [([], {"I7"}), (["fetch"], set()), (["fetch", "pull"], {"I7"})])
def test_a_peer_may_come_back_only_in_the_breath_after_it_was_asked_for(
    crms: list[Crm], calls: list[str], found: set[str]
) -> None:
    left, right = crms
    row, other = left.create(FIELDS, who="user"), right.create(FIELDS, who="engine")
    left.delete(row, who="user")
    for call in calls:
        left.chronicle.ask(call, "a", [row.external_id] if call == "fetch" else [])
    left.restore(row)
    right.chronicle.ask("push", "b")
    right.delete(other, who="engine")
    assert broken(crms) == found


def test_a_deletion_arrives_unless_somebody_typed_there_what_the_other_side_never_got(crms: list[Crm]) -> None:
    left, right = crms
    row, other = left.create(FIELDS, who="user"), right.create(FIELDS, who="engine")
    left.delete(row, who="user")
    assert broken(crms) == {"I1"}
    right.edit(other, {"city": "City 9"}, who="user")
    right.edit(other, {"city": "City 2"}, who="user")
    assert "I1" not in broken(crms)


@pytest.mark.parametrize(("heard", "found"), [(1, set()), (2, {"I1"})])
def test_a_deletion_need_not_arrive_where_nobody_heard_whether_our_last_update_had(
    crms: list[Crm], heard: int, found: set[str]
) -> None:
    left, right = crms
    row, other = left.create(FIELDS, who="user"), right.create(FIELDS, who="engine")
    left.edit(row, {"city": "City 9"}, who="user")
    right.edit(other, {"city": "City 9"}, who="engine")
    right.tell(other, other.versions[heard - 1])
    right.keep()
    right.tell(other, other.now)
    right.forget()  # the process died over that
    right.delete(other, who="user")
    assert broken(crms) == found


def test_a_form_that_goes_back_is_a_value_that_nobody_typed(crms: list[Crm]) -> None:
    left, right = crms
    row = left.create(FIELDS, who="user")
    right.create(FIELDS, who="engine")
    assert broken(crms) == set()
    left.edit(row, {"name": "NAME 1"}, who="engine")
    assert "I3" in broken(crms)


@pytest.mark.parametrize(("is_looked_after", "found"), [(False, set()), (True, {"I5"})])
def test_who_is_brought_back_after_the_last_look_may_meet_another_one(
    crms: list[Crm], *, is_looked_after: bool, found: set[str]
) -> None:
    left, right = crms
    row = left.create(FIELDS, who="user")
    right.create(FIELDS, who="engine")
    left.delete(row, who="user")
    left.chronicle.ask("find", "a")
    left.restore(row)
    if is_looked_after:
        left.chronicle.ask("find", "a")
    left.chronicle.ask("push", "a")
    left.create(FIELDS, who="engine")
    assert broken(crms) == found
