"""How far a period has come, and where it ends at this pace: `services.md` 8.4, as exact ratios.

What nothing has happened of yet has no pace: None, never zero.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from crmbridge.services import stats
from crmbridge.services.goal_tree import Plan
from crmbridge.services.results import Period
from crmbridge.services.world import World

Exact = int | Fraction


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
