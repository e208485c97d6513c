"""What a goal's plan becomes when reality differs: a proposal, period by period, with the year's total kept.

    redistribute   what is over stays as it came; what is left goes to the periods left by the weights of the plan
    carry_next     what is over stays as it came; the whole shortfall goes to the next period
    keep           the plan stays, the gap is followed

Each rep's plan changes by itself: who is ahead keeps the plan (`floor`), unless told otherwise. `services.md` 8.5.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge.services.allocation import allocate
from crmbridge.services.fiscal import LEVELS, Level, NamedPeriod
from crmbridge.services.goal_desk import GoalDesk
from crmbridge.services.goal_org import Node
from crmbridge.services.goal_plans import PlannedGoal, rounded, shown
from crmbridge.services.goal_tree import Target

Mode = Literal["redistribute", "carry_next", "keep"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a node shall reach in a period, before and after; `actual` of a period that is over."""

    node: Node
    depth: int
    period: NamedPeriod
    before: Fraction
    after: Fraction
    actual: Fraction | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A goal with its new shares, and what changes: by quarter and by month, of each node."""

    goal: PlannedGoal
    changed: PlannedGoal
    mode: Mode
    changes: tuple[Change, ...]
    notes: tuple[Note, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return self.goal.parts == self.changed.parts


@dataclass(frozen=True, slots=True)
class _Part:
    """A period of one leaf's plan with the parts in it; `weight` is its share among those beside it."""

    period: NamedPeriod
    before: int
    weight: Fraction
    is_over: bool
    actual: int | None
    parts: tuple["_Part", ...] = ()

    @property
    def closed(self) -> bool:
        """Whether all of it is over."""
        return all(one.closed for one in self.parts) if self.parts else self.is_over

    @property
    def is_touched(self) -> bool:
        """Whether any of it is over."""
        return any(one.is_touched for one in self.parts) if self.parts else self.is_over

    @property
    def came(self) -> int:
        """What the parts of it that are over came to."""
        return sum(one.came for one in self.parts) if self.parts else (self.actual or 0) if self.is_over else 0

    @property
    def planned(self) -> int:
        """What they should have come to."""
        return sum(one.planned for one in self.parts) if self.parts else self.before if self.is_over else 0

    @property
    def left(self) -> Fraction:
        """The weight of what of it is not over."""
        if not self.parts:
            return Fraction(0) if self.is_over else self.weight
        whole = sum((one.weight for one in self.parts), Fraction(0))
        open_ = sum((one.left for one in self.parts), Fraction(0))
        return self.weight * open_ / whole if whole else Fraction(0)


def replan(desk: GoalDesk, goal: PlannedGoal, mode: Mode, *, floor: bool = True) -> Proposal:
    """The proposal as of the day of the desk; ConfigError for a goal whose parts do not sum up, or with no actuals."""
    if not goal.metric.is_additive or goal.metric.kpi is None:
        text = "the goal {goal} cannot be re-planned: its periods do not add up to it"
        raise ConfigError(text, goal=goal.entry.id, hint="only sums and counts out of the records can")
    parts: dict[str, Mapping[str, Target]] = {}
    notes: list[Note] = []
    for key, leaf in goal.leaves.items():
        tree = _tree(desk, goal, leaf)
        after, note = _replanned(tree, mode, floor=floor)
        parts[key] = {label: after[label] for label in goal.parts[key]}
        if note is not None:
            notes.append(replace(note, params={"node": leaf.name}))
    changed = replace(goal, parts=parts, mode=mode)
    return Proposal(goal, changed, mode, tuple(_changes(desk, goal, changed)), tuple(notes))


def _replanned(tree: _Part, mode: Mode, *, floor: bool) -> tuple[dict[str, int], Note | None]:
    """The targets of a leaf's periods by label, and why nothing changed where nothing did."""
    stays = mode == "keep" or (floor and tree.came == tree.planned and tree.is_touched)
    reason = None if stays else _reason(tree, floor=floor)
    if stays or reason is not None:
        return dict(_leaves(tree)), reason
    if mode == "redistribute":
        return dict(_redistributed(tree, tree.before - tree.came)), None
    return dict(_carried(tree, tree.planned - tree.came)), None


def _reason(tree: _Part, *, floor: bool) -> Note | None:
    """Why the plan of a leaf stays as it is, whatever the mode."""
    if tree.closed:
        return _stays("REPLAN_OVER", "no period of the goal of {node} is left")
    if not tree.is_touched:
        return _stays("REPLAN_EARLY", "no period of the goal of {node} is over yet")
    if tree.came >= tree.before:
        return _stays("REPLAN_MET", "{node} has reached the whole target already: nothing is left to re-plan")
    if floor and tree.came > tree.planned:
        return _stays("REPLAN_AHEAD", "{node} is ahead of the plan, which stays as it is")
    return None


def _stays(code: str, text: str) -> Note:
    return Note(code, text, sort="remark")


def _leaves(part: _Part) -> Iterator[tuple[str, int]]:
    if not part.parts:
        yield part.period.label, part.before
    for one in part.parts:
        yield from _leaves(one)


def _frozen(part: _Part) -> Iterator[tuple[str, int]]:
    """A part that is over, at what it came to."""
    if not part.parts:
        yield part.period.label, part.actual or 0
    for one in part.parts:
        yield from _frozen(one)


def _redistributed(part: _Part, amount: int) -> Iterator[tuple[str, int]]:
    """The amount over what of a part is not over, level by level, by the weights of the plan."""
    if not part.parts:
        yield part.period.label, amount
        return
    weights = [one.left for one in part.parts]
    shares = allocate(amount, weights) if any(weights) else _equal(amount, part.parts)
    for one, share in zip(part.parts, shares, strict=True):
        yield from _frozen(one) if one.closed else _redistributed(one, share)


def _equal(amount: int, parts: Sequence[_Part]) -> list[int]:
    return allocate(amount, [0 if one.closed else 1 for one in parts])


def _carried(part: _Part, shortfall: int) -> Iterator[tuple[str, int]]:
    """The shortfall into the next period; what of a surplus that does not take goes on to the one after it."""
    if not part.parts:
        yield part.period.label, part.before + shortfall
        return
    rest = shortfall
    for one in part.parts:
        if one.closed:
            yield from _frozen(one)
            continue
        still = one.before - one.planned
        taken = rest if still + rest >= 0 else -still
        rest -= taken
        if not taken and not one.is_touched:
            yield from _leaves(one)
        elif one.is_touched:
            yield from _carried(one, taken)
        else:
            yield from _redistributed(one, one.before + taken)


def _tree(desk: GoalDesk, goal: PlannedGoal, leaf: Node) -> _Part:
    """The plan of one leaf as its levels, each period with its weight and what it came to."""
    calendar = leaf.own(desk.request.calendar)
    entry = goal.entry.time
    levels = tuple(one for one in entry.levels if LEVELS.index(one) > LEVELS.index(goal.period.level))
    return _part(_Leaf(desk, goal, leaf, calendar), goal.period, levels)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """Whose plan it is."""

    desk: GoalDesk
    goal: PlannedGoal
    node: Node
    calendar: Calendar


def _part(leaf: _Leaf, period: NamedPeriod, levels: Sequence[Level]) -> _Part:
    goal = leaf.goal
    targets = goal.parts[leaf.node.key]
    inside = goal.fiscal.parts(period, levels[0], calendar=leaf.calendar) if levels else ()
    parts = tuple(_part(leaf, one, levels[1:]) for one in inside)
    before = sum(one.before for one in parts) if parts else int(targets[period.label])
    is_over = period.end <= _tomorrow(leaf.desk)
    return _Part(
        period,
        before,
        _weight(leaf, period, before),
        is_over=is_over,
        actual=_actual(leaf, period) if is_over and not parts else None,
        parts=parts,
    )


def _weight(leaf: _Leaf, period: NamedPeriod, before: int) -> Fraction:
    """The share of a period among those beside it, as the plan was made; of a plan made otherwise, its target."""
    method = leaf.goal.entry.time.method
    if method == "even":
        return Fraction(1)
    if method == "working_days":
        return Fraction(leaf.calendar.workdays_in(period.start, period.end))
    return Fraction(max(before, 0))


def _tomorrow(desk: GoalDesk) -> date:
    """What ends with this day is over."""
    return desk.day + timedelta(days=1)


def _actual(leaf: _Leaf, period: NamedPeriod) -> int:
    """What a period came to, in units of the goal, rounded once."""
    tally, reason = leaf.desk.told(leaf.goal, leaf.node, period.period)
    value = None if tally is None else tally.value(is_rate=False)
    if value is None:
        told = "unknown" if reason is None else str(reason)
        text = "{node} cannot be re-planned: what {period} came to is not known ({reason})"
        raise ConfigError(text, node=leaf.node.name, period=period.label, reason=told)
    return int(rounded(value, leaf.goal.unit))


def _changes(desk: GoalDesk, goal: PlannedGoal, changed: PlannedGoal) -> Iterator[Change]:
    """The quarters and months of each node before and after, what came among those that are over."""
    levels = [one for one in goal.entry.time.levels if LEVELS.index(one) > LEVELS.index(goal.period.level)]
    spans = [part for level in levels for part in goal.fiscal.parts(goal.period, level, calendar=desk.request.calendar)]
    for path, node in goal.tree.walk():
        keys = [leaf.key for _, leaf in node.walk() if not leaf.children]
        for span in spans or [goal.period]:
            before, after = (_within(one, keys, span) for one in (goal, changed))
            tally = desk.told(goal, node, span.period)[0] if span.end <= _tomorrow(desk) else None
            actual = None if tally is None else tally.value(is_rate=False)
            yield Change(node, len(path), span, shown(before, goal.unit), shown(after, goal.unit), actual)


def _within(goal: PlannedGoal, keys: Sequence[str], span: NamedPeriod) -> int:
    total = 0
    for key in keys:
        for label, target in goal.parts[key].items():
            period = goal.named(label)
            if span.start <= period.start and period.end <= span.end:
                total += int(target)
    return total
