"""Goals split over periods or people, as a person asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from crmbridge.app.wiring import Wiring
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import Money
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing
from crmbridge.services.fiscal import FiscalYear, Level
from crmbridge.services.goal_tree import Goal, OrgNode, Plan, Unit
from crmbridge.services.goals import Method, OrgSplit, Split, TimeSplit, plan

_LEVELS: dict[str, tuple[Level, ...]] = {
    "quarter": ("quarter",),
    "month": ("quarter", "month"),
    "week": ("quarter", "month", "day"),
    "day": ("quarter", "month", "day"),
}
_COLUMNS = (
    Column("node", mark("who")),
    Column("level", mark("level"), "word"),
    Column("period", mark("period")),
    Column("start", mark("from"), "date"),
    Column("end", mark("to, not counted"), "date"),
    Column("target", mark("target"), "value"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to split (`total` as typed), over a fiscal year down to a level, or over receivers `NAME=WEIGHT`."""

    total: str
    year: int | None = None
    method: Literal["even", "working_days", "seasonal", "spread"] = "even"
    level: Literal["quarter", "month", "week", "day"] = "month"
    weights: Sequence[str] = ()
    receivers: Sequence[str] = ()
    currency: str | None = None
    is_count: bool = False


def allocate(wiring: Wiring, wanted: Wanted) -> Listing:
    """The goal's tree as a listing, parents first; every parent is the sum of its children."""
    section = wiring.workspace.config.workspace
    unit = Unit("count") if wanted.is_count else Unit("money", wanted.currency or section.currency)
    target = unit.parse(wanted.total)
    fiscal = FiscalYear(wanted.year, section.fiscal_year_start) if wanted.year is not None else None
    made = plan(
        target,
        unit=unit,
        over=_splits(wanted, fiscal),
        calendar=wiring.calendar,
        org=_receivers(section.name, wanted.receivers),
    )
    goals = [goal for _, goal in made.goal.walk()]
    if wanted.level == "week":
        goals = [made.goal, *made.goal.at("quarter"), *made.goal.at("month"), *made.goal.at("week")]
    return Listing(
        definition="goals-allocate/1",
        columns=_COLUMNS,
        rows=tuple(_row(goal, made) for goal in goals),
        warnings=made.notes,
        title=mark("Goal"),
    )


def _splits(wanted: Wanted, fiscal: FiscalYear | None) -> list[Split]:
    if fiscal is None:
        return [OrgSplit("capacity")]
    is_spread = wanted.method == "spread"
    method: Method = "even" if wanted.method == "spread" else wanted.method
    values = tuple(_number(text) for text in wanted.weights)
    return [TimeSplit(fiscal, method, _LEVELS[wanted.level], values, is_spread=is_spread)]


def _receivers(company: str, written: Sequence[str]) -> OrgNode:
    people = []
    for text in written:
        name, equals, weight = text.rpartition("=")
        if not equals or not name:
            raise ConfigError("{text} is no NAME=WEIGHT", text=text, hint="such as lin=1 or chen=0.5")
        people.append(OrgNode(name, fte=_number(weight)))
    return OrgNode(company, tuple(people))


def _number(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise ConfigError("{text} is no number", text=text) from error


def _row(goal: Goal, made: Plan) -> dict[str, object]:
    shown = made.unit.show(goal.target)
    money = made.unit.currency
    period = goal.period
    row: dict[str, object] = {"node": goal.node, "target": int(shown) if money is None else Money(shown, money)}
    if period is not None:
        row |= {"level": period.level, "period": period.label, "start": period.start, "end": period.end}
    return row
