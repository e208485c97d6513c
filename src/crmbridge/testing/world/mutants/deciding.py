"""Planted bugs in the merge, and in what it remembers."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import PropertyMock, patch

from crmbridge.ledger import conflicts
from crmbridge.ledger.conflicts import Conflict
from crmbridge.sync.twoway import acknowledging, canary, deciding, merging, planning, reviewing, settling, state
from crmbridge.sync.twoway.merging import UNSEEN, Candidate, Held, Merged, Side
from crmbridge.sync.twoway.sight import Seen, Sight
from crmbridge.sync.twoway.state import FieldState

Plant = AbstractContextManager[object]


def one_shadow() -> Plant:
    """One value is remembered for both sides: the textbook's three-way merge."""

    def known(self: FieldState, _side: Side) -> object:
        return self.decided

    return patch.object(FieldState, "known", known)


def decisions_do_not_contradict() -> Plant:
    """A decision that a side has not taken over is no candidate."""
    return patch.object(Held, "is_behind", PropertyMock(return_value=False))


def raw_comparison() -> Plant:
    """What a system shows is compared as it is, not as it would show the decision."""

    def shows(_self: Sight, _seen: Seen, _name: str, value: object) -> object:
        return value

    def is_alike(one: object, other: object) -> bool:
        return one == other

    def is_form(given: object, shown: object, _keeps: object = None) -> bool:
        return given == shown

    stack = ExitStack()
    stack.enter_context(patch.object(Sight, "shows", shows))
    for module in (acknowledging, canary, planning):
        stack.enter_context(patch.object(module, "is_alike", is_alike))
    for module in (acknowledging, merging, settling):
        stack.enter_context(patch.object(module, "is_form", is_form))
    return stack


def late_writes_are_edits() -> Plant:
    """A write of ours that lands late is taken for somebody's edit."""

    def late_values(*_: object) -> dict[object, object]:
        return {}

    return patch.object(deciding, "late_values", late_values)


def losers_are_forgotten() -> Plant:
    """Who loses is told to nobody."""

    def keep(*_: object, **__: object) -> None:
        """Nothing is kept."""

    return patch.object(deciding, "keep", keep)


def first_come_first_served() -> Plant:
    """Of several candidates the first wins, and there are no losers."""

    def choose(decided: Any, found: Sequence[Candidate], _rule: object) -> Merged:  # noqa: ANN401
        return Merged(found[0].value, found[0].who) if found else Merged(decided)

    return patch.object(merging, "_choose", choose)


def empty_is_nothing() -> Plant:
    """That somebody has emptied a field is not carried over."""
    real = planning._Drafter._wanted  # noqa: SLF001

    def wanted(self: Any, name: str, one: FieldState) -> object:  # noqa: ANN401
        found = real(self, name, one)
        return UNSEEN if found is None else found

    return patch.object(planning._Drafter, "_wanted", wanted)  # noqa: SLF001


def taken_over_for_good() -> Plant:
    """A side that took over one decision counts as having taken over the next."""
    real = deciding._after  # noqa: SLF001

    def after(before: FieldState, *rest: Any) -> FieldState:  # noqa: ANN401
        return replace(real(before, *rest), acked=before.acked)

    return patch.object(deciding, "_after", after)


def answers_are_forgotten() -> Plant:
    """What a person answers closes the question, and is carried to nobody."""

    def decide(tx: Any, asked: Conflict, value: Any, *, winner: str, by: str, now_us: int) -> None:  # noqa: ANN401
        conflicts.settle(tx, [(asked.id, winner, state.dump_value(value), by)], now_us=now_us)

    return patch.object(reviewing, "decide", decide)


PLANTED = (
    one_shadow,
    decisions_do_not_contradict,
    raw_comparison,
    late_writes_are_edits,
    losers_are_forgotten,
    first_come_first_served,
    empty_is_nothing,
    taken_over_for_good,
    answers_are_forgotten,
)
