"""How far a period has come, and where it ends at this pace: `services.md` 8.4, as exact ratios.

What nothing has happened of yet has no pace: None, never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from crmbridge.model.calendar import Calendar
from crmbridge.services import stats
from crmbridge.services.attainment import Direction
from crmbridge.services.goal_tree import Plan
from crmbridge.services.results import Period
from crmbridge.services.world import World

Exact = int | Fraction
Colour = Literal["green", "amber", "red"]
State = Literal["open", "met", "missed"]
"""`open`: there are workdays left. `met`: the target is reached. `missed`: none are left, and it is not."""


@dataclass(frozen=True, slots=True)
class WorkdaysOf:
    """The workdays of a period, and how many of them are over at the end of a day."""

    total: int
    elapsed: int


def workdays_of(world: World, period: Period, day: date) -> WorkdaysOf | None:
    """Counted in the calendar of the world; None where that does not know every day of the period."""
    ((known, total, elapsed),) = world.tuples("workdays", first=period.start, after=period.end, day=day)
    return WorkdaysOf(total, elapsed) if known == (period.end - period.start).days else None


def linear_landing(actual: Exact, days: WorkdaysOf) -> Fraction | None:
    """Where the period ends if every workday left brings what one brought so far; None before the first is over."""
    return stats.ratio(actual * days.total, days.elapsed)


def planned_landing(actual: Exact, target: Exact, expected: Exact) -> Fraction | None:
    """Where the period ends if it goes on to miss its plan by the same share; None while nothing is expected."""
    return stats.ratio(actual * target, expected)


def expected_to_date(plan: Plan, day: date) -> int:
    """The targets of all days up to and with `day` together, in units of the goal: the plan reaches down to days."""
    return sum(int(goal.target) for goal in plan.goal.at("day") if goal.period and goal.period.start <= day)


def workdays_until(calendar: Calendar, period: Period, day: date) -> WorkdaysOf:
    """The same, counted in a calendar."""
    total = calendar.workdays_in(period.start, period.end)
    if day < period.start:
        return WorkdaysOf(total, 0)
    after = min(date.fromordinal(day.toordinal() + 1), period.end)
    return WorkdaysOf(total, calendar.workdays_in(period.start, after))


def days_to_date(days: Mapping[date, int], period: Period, day: date) -> tuple[int, int]:
    """The target of a period, and of its days up to and with `day`, out of the targets of days."""
    inside = [(one, target) for one, target in days.items() if period.start <= one < period.end]
    return sum(target for _, target in inside), sum(target for one, target in inside if one <= day)


def colour_of(pace: Fraction | None, *, green: Exact, amber: Exact) -> Colour | None:
    """The colour of a pace; None where there is none."""
    if pace is None:
        return None
    return "green" if pace >= green else "amber" if pace >= amber else "red"


def state_of(actual: Exact, target: Exact, days: WorkdaysOf, direction: Direction) -> State:
    """How a target stands; where less is better it is met only once no workday is left."""
    is_over = days.elapsed >= days.total
    if direction == "down":
        return "missed" if actual > target else "met" if is_over else "open"
    return "met" if actual >= target else "missed" if is_over else "open"


@dataclass(frozen=True, slots=True)
class Rates:
    """What each workday left must bring, what each brought so far, and the one over the other; None: no day for it."""

    required: Fraction | None
    so_far: Fraction | None
    strain: Fraction | None


def rates(actual: Exact, target: Exact, days: WorkdaysOf) -> Rates:
    """What is needed a day from now on. A target that is reached needs nothing."""
    required = stats.ratio(max(target - actual, Fraction(0)), days.total - days.elapsed)
    so_far = stats.ratio(actual, days.elapsed)
    strain = None if required is None or so_far is None else stats.ratio(required, so_far)
    return Rates(required, so_far, strain)
