"""One field, every way in which two people and we can meet in it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model.canonical import Value
from crmbridge.sync.twoway.merging import UNSEEN, Candidate, Held, Merged, Policy, Rule, Unseen, Who, merge
from crmbridge.sync.twoway.tidying import is_alike

REVIEW = Rule()
FREE = [policy for policy in Policy if policy.owner is None]
VALUES = st.sampled_from(["a", "b", "c", None])
MAYBE = st.one_of(VALUES, st.just(UNSEEN))


def held(value: Value, known: Value | Unseen = "old", shows: Value | Unseen = "old", **more: object) -> Held:
    return Held(value, known, shows, **more)  # type: ignore[arg-type] # loosely typed above


def test_nothing_changed_nothing_is_decided() -> None:
    assert merge("old", held("old"), held("old"), REVIEW) == Merged("old")


@pytest.mark.parametrize("policy", FREE)
def test_one_edit_wins_whatever_the_policy(policy: Policy) -> None:
    assert merge("old", held("new"), held("old"), Rule(policy)) == Merged("new", Who.LEFT)
    assert merge("old", held("old"), held("new"), Rule(policy)) == Merged("new", Who.RIGHT)


def test_the_same_edit_on_both_sides_is_no_conflict() -> None:
    assert merge("old", held("new"), held("new"), REVIEW).losers == ()
    assert merge("old", held("new"), held("new"), REVIEW).value == "new"


def test_a_person_decides_where_both_sides_differ_and_nothing_moves_until_then() -> None:
    found = merge("old", held("l"), held("r"), REVIEW)
    assert found.is_open
    assert found.value == "old"
    assert [(one.who, one.value) for one in found.losers] == [(Who.LEFT, "l"), (Who.RIGHT, "r")]


@pytest.mark.parametrize(("policy", "wins"), [(Policy.LEFT, "l"), (Policy.RIGHT, "r")])
def test_a_named_side_wins_and_the_loser_is_told(policy: Policy, wins: str) -> None:
    found = merge("old", held("l"), held("r"), Rule(policy))
    assert found.value == wins
    assert [one.value for one in found.losers] == [{"l": "r", "r": "l"}[wins]]


def test_what_the_other_side_makes_of_a_field_that_one_side_owns_is_put_back_and_told() -> None:
    owned = Rule(Policy.LEFT_OWNS)
    assert merge("old", held("old"), held("new"), owned) == Merged("old", Who.DECIDED, (Candidate(Who.RIGHT, "new"),))
    assert merge("old", held("new"), held("old"), owned) == Merged("new", Who.LEFT)
    assert merge("old", held("l"), held("r"), owned) == Merged("l", Who.LEFT, (Candidate(Who.RIGHT, "r"),))
    assert merge("old", held("same"), held("same"), owned) == Merged("same", Who.LEFT)
    assert merge("old", held("old"), held("old"), owned) == Merged("old")
    assert merge("old", None, held("new"), owned).value == "new", "nobody is there who could own it"
    assert merge(UNSEEN, Held("l"), Held("r"), owned).value == "l"
    assert merge(UNSEEN, Held(None), Held("r"), owned).value == "r", "at first sight an empty side is filled"
    assert merge("old", held("l"), held("r"), Rule(Policy.RIGHT_OWNS)).value == "r"


def test_the_newest_wins_only_where_every_time_can_be_trusted() -> None:
    newest = Rule(Policy.NEWEST)
    assert merge("old", held("l", at_us=1), held("r", at_us=2), newest).value == "r"
    assert merge("old", held("l", at_us=2), held("r", at_us=1), newest).value == "l"
    assert merge("old", held("l", at_us=2), held("r"), newest).is_open
    assert merge("old", held("l", at_us=2), held("r", at_us=2), newest).is_open


def test_an_edit_where_the_last_decision_has_not_arrived_contradicts_it() -> None:
    """The right side said `decided`, the left has not got it yet and is edited: two people disagree."""
    left = held("edit", known="old", shows="decided")
    right = held("decided", known="decided", shows="decided")
    found = merge("decided", left, right, REVIEW)
    assert found.is_open
    assert {one.who for one in found.losers} == {Who.LEFT, Who.DECIDED}
    assert merge("decided", left, right, Rule(Policy.NEWEST), decided_us=1).is_open
    newer = held("edit", known="old", shows="decided", at_us=2)
    found = merge("decided", newer, right, Rule(Policy.NEWEST), decided_us=1)
    assert found == Merged("edit", Who.LEFT, (Candidate(Who.DECIDED, "decided", 1),))
    assert merge("decided", left, right, Rule(Policy.RIGHT)).value == "decided"
    assert merge("decided", left, right, Rule(Policy.LEFT)).value == "edit"


def test_an_edit_where_the_decision_has_arrived_contradicts_nothing() -> None:
    left = held("edit", known="decided", shows="decided")
    right = held("decided", known="decided", shows="decided")
    assert merge("decided", left, right, REVIEW) == Merged("edit", Who.LEFT)


def test_a_write_of_ours_that_lands_late_wins_nothing_and_is_told() -> None:
    left = held("sent before", known="old", shows="decided", late={"sent before"})
    right = held("decided", known="decided", shows="decided")
    told = (Candidate(Who.LEFT, "sent before"),)  # somebody may have typed that very value
    assert merge("decided", left, right, REVIEW) == Merged("decided", Who.DECIDED, told)


def test_a_sides_own_form_of_the_decision_is_the_decision() -> None:
    left = held("MÜLLER", known="old", shows="MÜLLER")
    assert merge("Müller", left, held("Müller", known="Müller", shows="Müller"), REVIEW) == Merged("Müller")


def test_a_value_that_a_side_cannot_take_is_no_edit_of_that_side() -> None:
    left = held("old", known="old", shows=UNSEEN)
    right = held("too long", known="too long", shows="too long")
    assert merge("too long", left, right, REVIEW) == Merged("too long")


@pytest.mark.parametrize(
    ("one", "other"), [("  Müller GmbH", "MÜLLER  GMBH"), ("+49 (30) 12-34", "4930 1234"), (("a", "B"), ("A", "b"))]
)
def test_what_a_system_tidies_up_is_alike(one: Value, other: Value) -> None:
    assert is_alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("C", "C++"), ("C#", "C"), ("???", "!!!"), ("A-1", "A1"), ("", "?"), (None, ""), (12, "12")]
)
def test_what_says_something_else_is_not_alike(one: Value, other: Value) -> None:
    """An edit from the one to the other is an edit: nothing may be written or deleted over it."""
    assert not is_alike(one, other)


@pytest.mark.parametrize("policy", Policy)
def test_at_first_sight_an_empty_side_is_filled(policy: Policy) -> None:
    assert merge(UNSEEN, Held("x"), Held(None), Rule(policy)) == Merged("x", Who.LEFT)
    assert merge(UNSEEN, Held(None), Held("x"), Rule(policy)) == Merged("x", Who.RIGHT)
    assert merge(UNSEEN, Held("x"), None, Rule(policy)) == Merged("x", Who.LEFT)
    assert merge(UNSEEN, Held("x"), Held("x"), Rule(policy)).losers == ()


def test_at_first_sight_two_values_are_a_conflict() -> None:
    assert merge(UNSEEN, Held("x"), Held("y"), REVIEW).is_open
    assert merge(UNSEEN, Held("x"), Held("y"), Rule(Policy.LEFT)).value == "x"


def test_an_emptied_field_is_an_edit_like_any_other() -> None:
    assert merge("old", held(None), held("old"), REVIEW) == Merged(None, Who.LEFT)
    assert merge("old", held(None), held("r"), REVIEW).is_open


def test_an_open_question_ends_when_the_sides_agree_and_never_by_filling() -> None:
    assert merge("old", held("same"), held("same"), REVIEW, is_open=True) == Merged("same", Who.LEFT)
    assert merge("old", held(None), held("r"), REVIEW, is_open=True).is_open
    assert merge("old", held("l"), held("r"), Rule(Policy.RIGHT), is_open=True).value == "r"


def test_a_list_keeps_what_either_side_added_and_loses_what_either_took_out() -> None:
    a_set = Rule(is_set=True)
    base = ("gone left", "gone right", "kept")
    left = held(("gone right", "kept", "new left"), known=base, shows=base)
    right = held(("gone left", "kept", "new right"), known=base, shows=base)
    found = merge(base, left, right, a_set)
    assert found.value == ("kept", "new left", "new right")
    assert not found.losers
    assert merge(UNSEEN, Held(("a",)), Held(("b",)), a_set).value == ("a", "b")
    assert merge(base, held(None, known=base, shows=base), held(base, known=base, shows=base), a_set).value is None


HELD = st.one_of(
    st.none(),
    st.builds(Held, VALUES, MAYBE, MAYBE, st.frozensets(VALUES, max_size=2), st.one_of(st.none(), st.integers(0, 3))),
)


RULES = st.builds(Rule, st.sampled_from([Policy.NEWEST, Policy.REVIEW]), st.booleans())


@given(MAYBE, HELD, HELD, RULES, st.integers(0, 3))
def test_the_sides_may_be_called_the_other_way_round(
    decided: Value | Unseen, left: Held | None, right: Held | None, rule: Rule, at: int
) -> None:
    one = merge(decided, left, right, rule, decided_us=at)
    other = merge(decided, right, left, rule, decided_us=at)
    assert (one.value, one.is_open) == (other.value, other.is_open)
    assert {c.value for c in one.losers} == {c.value for c in other.losers}


@given(MAYBE, HELD, HELD, st.sampled_from(list(Policy)), st.integers(0, 3))
def test_every_candidate_wins_or_is_told(
    decided: Value | Unseen, left: Held | None, right: Held | None, policy: Policy, at: int
) -> None:
    found = merge(decided, left, right, Rule(policy), decided_us=at)
    told = {one.value for one in found.losers} | ({found.value} if not found.is_open else set())
    for held_ in (left, right):
        if held_ is not None and held_.is_changed and (decided is not UNSEEN or held_.value is not None):
            assert held_.value in told
    if found.is_open:
        assert len({one.value for one in found.losers}) > 1
        assert found.value == decided


def test_an_open_question_is_never_decided_by_time_alone_under_review() -> None:
    for one, two in product(("l", None), ("r", "x")):
        assert merge("old", held(one, at_us=9), held(two, at_us=1), REVIEW).is_open


@pytest.mark.parametrize("more", [{"is_covered": True}, {"is_unread": True}])
@pytest.mark.parametrize("policy", FREE)
def test_an_edit_where_nobody_has_seen_the_decision_stand_wins_and_the_decision_is_told(
    policy: Policy, more: dict[str, bool]
) -> None:
    """Something of ours may have landed over it unseen, or it never stood there: the editor may not have seen it."""
    over = held("new", "old", "old", **more)
    assert merge("old", held("old"), over, Rule(policy)) == Merged("new", Who.RIGHT, (Candidate(Who.DECIDED, "old"),))
    assert merge("old", held("old"), held("old", "old", "old", **more), Rule(policy)) == Merged("old")
    both = merge("old", held("new"), over, Rule(policy))
    assert (both.value, [one.value for one in both.losers]) == ("new", ["old"])


def test_the_decision_that_an_edit_may_have_covered_is_told_beside_a_question() -> None:
    found = merge("old", held("l"), held("r", is_covered=True), REVIEW)
    assert found.is_open
    assert [one.value for one in found.losers] == ["l", "r", "old"]
