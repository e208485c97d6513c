"""What a split goal is: a tree in which every parent is the sum of its children, and the people it is split over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal

from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import exponent
from crmbridge.model.notes import Note
from crmbridge.services.allocation import Weight
from crmbridge.services.fiscal import Level, NamedPeriod, weeks_of

Target = int | Decimal
"""A sum is an int, in minor units or a count; a rate, which is no sum, is a Decimal."""


class GoalNotConserved(ConfigError):
    """Parts that do not sum to the whole; the difference is what is missing, or too much where it is negative."""

    code = "GOAL_NOT_CONSERVED"

    def __init__(self, whole: Target, parts: Target, *, of: str) -> None:
        super().__init__(
            "the parts of {of} sum to {parts}, not to {whole}: the difference is {difference}",
            of=of,
            parts=parts,
            whole=whole,
            difference=whole - parts,
        )


@dataclass(frozen=True, slots=True)
class Unit:
    """What a target counts: money of one currency in minor units, things, or a rate."""

    kind: Literal["money", "count", "rate"]
    currency: str | None = None

    @property
    def decimals(self) -> int:
        """How many decimals of the written amount are one unit: JPY 0, CNY 2, KWD 3; counts 0."""
        return exponent(self.currency) if self.kind == "money" and self.currency else 0

    def parse(self, text: str) -> Target:
        """A written amount as a target; ConfigError where it is no number, or finer than the smallest unit."""
        try:
            written = Decimal(text)
        except InvalidOperation:
            written = Decimal("NaN")
        if not written.is_finite():
            raise ConfigError("{text} is no number such as 10000000 or 1234.50", text=text)
        if self.kind == "rate":
            return written
        minor: Fraction = Fraction(written) * 10**self.decimals
        if minor.denominator != 1:
            unit = self.currency or self.kind
            raise ConfigError("{text} is finer than the {n} decimals of {unit}", text=text, n=self.decimals, unit=unit)
        return minor.numerator

    def show(self, target: Target) -> Decimal:
        """A target as people write it, minor units as an amount; exact for any size."""
        if isinstance(target, Decimal):
            return target
        sign, digits = int(target < 0), tuple(map(int, str(abs(target))))
        return Decimal((sign, digits, -self.decimals))


@dataclass(frozen=True, slots=True)
class OrgNode:
    """Company, team or person. What a node with children has is what they have together.

    `history` is last year's actual, or any other share; `target` what a manual split gives, in units of the goal.
    `leave` are the person's own days off; `calendar` is the node's, where it is not that of the node above.
    """

    name: str
    children: tuple["OrgNode", ...] = ()
    fte: Weight = 1
    ramp: Weight = 1
    leave: frozenset[date] = frozenset()
    calendar: Calendar | None = None
    history: Weight = 0
    target: int = 0

    def capacity(self, period: NamedPeriod | None, calendar: Calendar) -> Fraction:
        """FTE x ramp x available days in the period, summed over people; without a period FTE x ramp."""
        own = self.calendar or calendar
        if self.children:
            return sum((child.capacity(period, own) for child in self.children), Fraction(0))
        days = 1
        if period is not None:
            away = sum(period.start <= day < period.end and own.is_workday(day) for day in self.leave)
            days = own.workdays_in(period.start, period.end) - away
        return Fraction(self.fte) * Fraction(self.ramp) * days

    @property
    def past(self) -> Fraction:
        """Last year's actual, summed over people."""
        return sum((child.past for child in self.children), Fraction(0)) if self.children else Fraction(self.history)

    @property
    def given(self) -> int:
        """The target that a manual split gives, summed over people."""
        return sum(child.given for child in self.children) if self.children else self.target


@dataclass(frozen=True, slots=True)
class Goal:
    """The target of one node in one period, and what it is split into. No period where time plays no part.

    Conserved: children sum to the target, except where they inherit it because it is a rate.
    """

    node: str
    period: NamedPeriod | None
    target: Target
    children: tuple["Goal", ...] = ()
    is_inherited: bool = False

    def __post_init__(self) -> None:
        parts = sum(child.target for child in self.children)
        if self.children and not self.is_inherited and parts != self.target:
            raise GoalNotConserved(self.target, parts, of=self.name)

    @property
    def name(self) -> str:
        """Node and period for a message."""
        return f"{self.node} {self.period.label}" if self.period else self.node

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Goal"]]:
        """This goal and all under it, parents first, each with its depth."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def at(self, level: Level) -> tuple["Goal", ...]:
        """This node's view by periods of one level, each the sum of the goals under it; empty where none reaches there.

        Weeks that no split made are read off the days, and a week without a workday is there with 0.
        """
        grouped: dict[NamedPeriod, list[Goal]] = {}
        for period, goal in self._reached(level):
            grouped.setdefault(period, []).append(goal)
        if level == "week" and not grouped and self.period is not None:
            grouped = self._by_week(self.period)
        ordered = sorted(grouped.items(), key=lambda item: item[0].start)
        return tuple(self._view(period, tuple(goals)) for period, goals in ordered)

    def _reached(self, level: Level) -> Iterator[tuple[NamedPeriod, "Goal"]]:
        """The uppermost goals of a level: what is under one is in it already."""
        if self.period is not None and self.period.level == level:
            yield self.period, self
        else:
            for child in self.children:
                yield from child._reached(level)  # noqa: SLF001 - the same class

    def _by_week(self, whole: NamedPeriod) -> dict[NamedPeriod, list["Goal"]]:
        days = list(self._reached("day"))
        if not days:
            return {}
        weeks: dict[NamedPeriod, list[Goal]] = {week: [] for week in weeks_of(whole.period)}
        of_monday = {week.start - timedelta(days=week.start.weekday()): week for week in weeks}
        for day, goal in days:
            weeks[of_monday[day.start - timedelta(days=day.start.weekday())]].append(goal)
        return weeks

    def _view(self, period: NamedPeriod, parts: tuple["Goal", ...]) -> "Goal":
        if len(parts) == 1 and parts[0].node == self.node and parts[0].period == period:
            return parts[0]
        target = self.target if self.is_inherited else sum(part.target for part in parts)
        return Goal(self.node, period, target, parts, self.is_inherited)


@dataclass(frozen=True, slots=True)
class Plan:
    """A split goal, the unit of its targets, and what has to be said about it."""

    goal: Goal
    unit: Unit
    notes: tuple[Note, ...] = ()
