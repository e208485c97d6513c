"""Goals split level by level, over people and over time, so that every parent equals the sum of its children.

A split is data: `OrgSplit` goes down the tree of people, `TimeSplit` down the levels of a fiscal year. `plan` applies
them in the order given: people first and then each person's months, or months first and then each month's people.
Formulas: `services.md` 8.2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge.services.allocation import Weight, allocate, spread
from crmbridge.services.fiscal import LEVELS, FiscalYear, Level, NamedPeriod
from crmbridge.services.goal_tree import Goal, GoalNotConserved, OrgNode, Plan, Target, Unit

Method = Literal["even", "working_days", "seasonal", "capacity", "history", "manual"]
OrgMethod = Literal["even", "capacity", "history", "manual"]

WEIGHTS_SUM = "GOAL_WEIGHTS_SUM"
"""The code of the note on percentages that are not a hundred together."""

_LISTED = {"seasonal", "history", "manual"}
_MONTHS, _QUARTERS = 12, 4
_HUNDRED = {1, 100}


@dataclass(frozen=True, slots=True)
class OrgSplit:
    """Down the tree of people, to the last: evenly, by capacity, by last year's actuals, or as given."""

    method: OrgMethod = "even"


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """Down the levels of a fiscal year, from coarse to fine.

    `values` are the percentages of `seasonal`, the actuals of `history` or the targets (in units of the goal) of
    `manual`: twelve months, or four quarters. Below what they tell, months are even. Weeks and days go by workdays (or
    capacity) whatever the method: a week of holidays can carry nothing.
    `is_spread` rounds cumulative shares instead of giving the largest remainders first: for small counts.
    """

    fiscal: FiscalYear
    method: Method = "even"
    levels: tuple[Level, ...] = ("quarter", "month")
    values: tuple[Weight, ...] = ()
    is_spread: bool = False

    def __post_init__(self) -> None:
        ranks = [LEVELS.index(level) for level in self.levels]
        if not ranks or ranks != sorted(set(ranks)):
            raise ConfigError("levels go from coarse to fine: {levels}", levels=", ".join(LEVELS))
        if self.method in _LISTED and len(self.values) not in {_MONTHS, _QUARTERS}:
            raise ConfigError(
                "the method {method} takes 12 months or 4 quarters, not {n} values",
                method=self.method,
                n=len(self.values),
            )
        if self.method == "manual" and not all(isinstance(value, int) for value in self.values):
            raise ConfigError("manual targets are whole units of the goal")
        if self.method not in _LISTED and self.values:
            raise ConfigError("the method {method} takes no values", method=self.method)

    def listed(self, period: NamedPeriod) -> Fraction | None:
        """What the values say of a period; None where it is finer than they are."""
        width = _MONTHS // len(self.values)
        if not period.months or len(period.months) % width:
            return None
        first = period.months.start // width
        return _total(self.values[first : period.months.stop // width])


def _total(values: Sequence[Weight]) -> Fraction:
    return sum((Fraction(value) for value in values), Fraction(0))


Split = OrgSplit | TimeSplit


def plan(
    target: Target,
    *,
    unit: Unit,
    over: Sequence[Split],
    calendar: Calendar,
    org: OrgNode | None = None,
    period: NamedPeriod | None = None,
) -> Plan:
    """The goal of a company (or of the node `org`) split as `over` says, to the last unit.

    Without a `period` it is the fiscal year of the first time split. ConfigError for weights that cannot be,
    `GoalNotConserved` for manual parts that do not sum to their whole.
    """
    times = [split for split in over if isinstance(split, TimeSplit)]
    whole = period or (times[0].fiscal.whole if times else None)
    splitter = _Splitter(unit)
    goal = splitter.grown(org or OrgNode("company"), whole, target, tuple(over), calendar)
    return Plan(goal, unit, (*_day_notes(over, whole, calendar), *_sum_notes(times)))


@dataclass(frozen=True, slots=True)
class _Splitter:
    """Grows the tree of one goal."""

    unit: Unit

    def grown(
        self, node: OrgNode, period: NamedPeriod | None, target: Target, over: tuple[Split, ...], calendar: Calendar
    ) -> Goal:
        """The goal of a node in a period with everything under it."""
        own = node.calendar or calendar
        children: tuple[Goal, ...] = ()
        if over and isinstance(over[0], OrgSplit):
            if not node.children:
                return self.grown(node, period, target, over[1:], calendar)
            parts = self._org_targets(over[0], node, period, target, own)
            children = tuple(
                self.grown(child, period, part, over, own) for child, part in zip(node.children, parts, strict=True)
            )
        elif over and isinstance(over[0], TimeSplit):
            split = over[0]
            if period is None:
                raise ConfigError("a split over time needs a period")
            level, rest = _next_level(split, period)
            if level is None:
                return self.grown(node, period, target, over[1:], calendar)
            periods = split.fiscal.parts(period, level, calendar=own)
            whole = Goal(node.name, period, target)
            targets = self._time_targets(split, whole, periods, [_time_weight(split, node, p, own) for p in periods])
            deeper = (*rest, *over[1:])
            children = tuple(
                self.grown(node, part, share, deeper, calendar) for part, share in zip(periods, targets, strict=True)
            )
        return Goal(node.name, period, target, children, is_inherited=self.unit.kind == "rate")

    def _org_targets(
        self, split: OrgSplit, node: OrgNode, period: NamedPeriod | None, target: Target, calendar: Calendar
    ) -> list[Target]:
        if isinstance(target, Decimal):
            return [target] * len(node.children)
        weights: list[Weight]
        match split.method:
            case "manual":
                given = [child.given for child in node.children]
                return self._checked(given, Goal(node.name, period, target))
            case "even":
                weights = [1] * len(node.children)
            case "history":
                weights = [child.past for child in node.children]
            case _:
                weights = [child.capacity(period, calendar) for child in node.children]
        return _shares(target, weights, is_spread=False)

    def _time_targets(
        self, split: TimeSplit, whole: Goal, periods: Sequence[NamedPeriod], weights: Sequence[Weight]
    ) -> list[Target]:
        target = whole.target
        if isinstance(target, Decimal):
            return [target] * len(periods)
        if not periods and target:
            shown = self.unit.show(target)
            raise ConfigError("there is no workday in {period} to carry {target}", period=whole.name, target=shown)
        if split.method == "manual":
            given = [split.listed(part) for part in periods]
            if None not in given:
                return self._checked([int(part or 0) for part in given], whole)
        return _shares(target, weights, is_spread=split.is_spread)

    def _checked(self, parts: Sequence[int], whole: Goal) -> list[Target]:
        if sum(parts) != whole.target:
            raise GoalNotConserved(self.unit.show(whole.target), self.unit.show(sum(parts)), of=whole.name)
        return list(parts)


def _next_level(split: TimeSplit, period: NamedPeriod) -> tuple[Level | None, tuple[TimeSplit, ...]]:
    """The next level finer than the period, and the split that remains below it."""
    finer = [level for level in split.levels if LEVELS.index(level) > LEVELS.index(period.level)]
    if not finer:
        return None, ()
    return finer[0], (replace(split, levels=tuple(finer[1:])),) if finer[1:] else ()


def _time_weight(split: TimeSplit, node: OrgNode, part: NamedPeriod, calendar: Calendar) -> Weight:
    if split.method == "capacity":
        return node.capacity(part, calendar)
    if split.method == "working_days" or not part.months:
        return calendar.workdays_in(part.start, part.end)
    listed = split.listed(part) if split.method in _LISTED else None
    return 1 if listed is None else listed


def _shares(target: int, weights: Sequence[Weight], *, is_spread: bool) -> list[Target]:
    """The parts of a target; a target of zero needs no weight to be split by."""
    if not target:
        return [0] * len(weights)
    return list(spread(target, weights) if is_spread else allocate(target, weights))


def _day_notes(over: Sequence[Split], whole: NamedPeriod | None, calendar: Calendar) -> Iterator[Note]:
    """What the calendar has to say where workdays decide."""
    by_days = (
        any(
            split.method in {"working_days", "capacity"} or not {"week", "day"}.isdisjoint(split.levels)
            for split in over
            if isinstance(split, TimeSplit)
        )
        or OrgSplit("capacity") in over
    )
    if whole is not None and by_days:
        yield from calendar.notes(whole.start, whole.end - timedelta(days=1))


def _sum_notes(times: Sequence[TimeSplit]) -> Iterator[Note]:
    for split in times:
        total = _total(split.values)
        if split.method == "seasonal" and total not in _HUNDRED:
            yield Note(
                WEIGHTS_SUM,
                "the percentages sum to {sum}, not to 100: they were taken as shares of their sum",
                {"sum": f"{float(total):g}"},
            )
