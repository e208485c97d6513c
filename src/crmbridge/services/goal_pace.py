"""How goals stand: what was expected by now, what came, where it ends, and what each day left must bring.

Formulas: `services.md` 8.4. Actuals are those of the KPIs, day by day and owner by owner, so that rep totals and what
nobody has are the team's total to the last unit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.attainment import attained
from crmbridge.services.fiscal import LEVELS, NamedPeriod, day_of, weeks_of
from crmbridge.services.goal_actuals import Tally
from crmbridge.services.goal_desk import GoalDesk
from crmbridge.services.goal_org import Node
from crmbridge.services.goal_pace_report import PaceReport, PaceRequest, PaceRow
from crmbridge.services.goal_plans import PlannedGoal, shown
from crmbridge.services.goals_document import PaceRules
from crmbridge.services.pace import (
    colour_of,
    days_to_date,
    linear_landing,
    planned_landing,
    rates,
    state_of,
    workdays_until,
)
from crmbridge.services.results import Evidence, Period, Unavailable

__all__ = ["PaceReport", "PaceRequest", "PaceRow", "pace", "remaining_of", "rows_of"]
DEFINITION = "goals-pace/1"


def pace(facts: Facts, pipelines: Sequence[Pipeline], request: PaceRequest) -> PaceReport:
    """The pace of the goals of a request; no rows where there are no goals.

    ConfigError for a goal, node or metric that does not exist; MixedCurrency where amounts of several would be added.
    """
    desk = GoalDesk(facts, pipelines, request)
    goals = desk.goals()
    rows = tuple(row for goal in goals for row in rows_of(desk, goal))
    if request.node is not None and goals:
        rows = _of_node(rows, request.node)
    notes = tuple({str(note): note for note in desk.notes}.values())
    evidence = Evidence(
        DEFINITION,
        sum(row.n for row in rows if row.depth == 0),
        request.as_of,
        cut=request.as_of,
        zone=str(facts.zone),
        warnings=notes,
    )
    return PaceReport(request, desk.day, tuple(goals), desk.people, desk.kept, rows, evidence, notes)


def remaining_of(report: PaceReport, user_id: str, metric: str = "revenue") -> Fraction | None:
    """What is left of an owner's targets in the periods that run, never below nothing; None without such a goal.

    `metric` is that of a goal, or the id of its KPI. Where goals lie inside each other the shortest period counts.
    """
    mine = [
        row
        for row in report.rows
        if row.node.user_id == user_id
        and row.node.kind == "rep"
        and metric in {row.metric.id, row.kpi}
        and row.period.start <= report.day < row.period.end
        and row.gap is not None
    ]
    if not mine:
        return None
    first = min(mine, key=lambda row: (row.period.end - row.period.start, row.period.start, row.goal))
    return max(Fraction(0), first.gap or Fraction(0))


def rows_of(desk: GoalDesk, goal: PlannedGoal) -> Iterator[PaceRow]:
    """The rows of one goal: each node in each period of the level that has begun, and what nobody has."""
    for period in _periods(desk, goal):
        for path, node in goal.tree.walk():
            yield _row(desk, goal, node, len(path), period)
            rest = desk.unassigned(goal, node, period.period)
            if rest is not None:
                nobody = Node(f"{node.key}/unassigned", "unassigned", "unassigned")
                yield _with_actual(goal, _blank(goal, nobody, len(path) + 1, period), rest)


def _periods(desk: GoalDesk, goal: PlannedGoal) -> list[NamedPeriod]:
    """The goal's own period, or those of a finer level in it that have begun."""
    level, whole = desk.request.level, goal.period
    if level is None or level == whole.level:
        return [whole]
    if LEVELS.index(level) < LEVELS.index(whole.level):
        return []
    if level == "week":
        found = list(weeks_of(whole.period))
    elif level == "day":
        found = [day_of(one.day) for one in desk.request.calendar.days(whole.start, whole.end) if one.is_workday]
    else:
        found = list(goal.fiscal.parts(whole, level, calendar=desk.request.calendar))
    return [period for period in found if period.start <= desk.day]


def _row(desk: GoalDesk, goal: PlannedGoal, node: Node, depth: int, period: NamedPeriod) -> PaceRow:
    target, expected = _targets(desk, goal, node, period.period)
    agreed = desk.kept.agreed(goal, node)
    row = replace(
        _blank(goal, node, depth, period),
        target=target,
        expected=expected,
        agreed_at=agreed.at if agreed else None,
    )
    tally, reason = desk.told(goal, node, period.period)
    if tally is None or reason is not None:
        return replace(row, unavailable=None if reason is None else Unavailable(reason))
    return _measured(desk, goal, row, tally)


def _blank(goal: PlannedGoal, node: Node, depth: int, period: NamedPeriod) -> PaceRow:
    """A row of which no figure is known yet."""
    return PaceRow(
        goal=goal.entry.id,
        names=goal.entry.names,
        metric=goal.metric,
        unit=goal.unit,
        node=node,
        depth=depth,
        level=period.level,
        period=period,
        target=None,
        expected=None,
        actual=None,
        version=goal.version,
    )


def _targets(desk: GoalDesk, goal: PlannedGoal, node: Node, period: Period) -> tuple[Fraction, Fraction]:
    """The target of a node in a period, and what of it is expected by the day; a rate is expected from the first."""
    if not goal.metric.is_additive:
        return shown(goal.target, goal.unit), shown(goal.target, goal.unit)
    target, expected = days_to_date(desk.days(goal, node), period, desk.day)
    return shown(target, goal.unit), shown(expected, goal.unit)


def _with_actual(goal: PlannedGoal, row: PaceRow, tally: Tally) -> PaceRow:
    is_rate = goal.metric.is_ratio
    least = goal.metric.kpi.min_sample if goal.metric.kpi else 0
    return replace(
        row,
        actual=tally.value(is_rate=is_rate),
        n=tally.n,
        numerator=tally.numerator,
        denominator=tally.denominator if is_rate else None,
        is_enough=tally.n >= least,
        unknown=tally.unknown,
    )


def _measured(desk: GoalDesk, goal: PlannedGoal, row: PaceRow, tally: Tally) -> PaceRow:
    """The row with everything that follows from its actual."""
    row = _with_actual(goal, row, tally)
    if row.actual is None or row.target is None or row.expected is None:
        return row
    direction = goal.entry.direction or goal.metric.direction
    days = workdays_until(row.node.own(desk.request.calendar), row.period.period, desk.day)
    rules: PaceRules = desk.request.config.pace
    own = attained(row.actual, row.expected, direction)
    row = replace(
        row,
        gap=row.target - row.actual,
        attainment=attained(row.actual, row.target, direction),
        pace=own,
        colour=colour_of(own, green=Fraction(rules.green), amber=Fraction(rules.amber)),
        state=state_of(row.actual, row.target, days, direction),
        workdays=days.total,
        elapsed=days.elapsed,
    )
    return _landing(desk, goal, row) if goal.metric.is_additive else row


def _landing(desk: GoalDesk, goal: PlannedGoal, row: PaceRow) -> PaceRow:
    """Where the period ends, and what each day left must bring; of what adds up over time."""
    actual, target, expected = row.actual or Fraction(0), row.target or Fraction(0), row.expected or Fraction(0)
    days = workdays_until(row.node.own(desk.request.calendar), row.period.period, desk.day)
    needed = rates(actual, target, days)
    weighted = None
    if desk.request.with_pipeline and row.level != "day" and row.period.start <= desk.day < row.period.end:
        weighted = desk.weighted(goal, row.node, row.period.period)
    return replace(
        row,
        linear=linear_landing(actual, days),
        planned=planned_landing(actual, target, expected),
        pipeline=None if weighted is None else actual + weighted,
        required=needed.required,
        so_far=needed.so_far,
        strain=needed.strain,
    )


def _of_node(rows: Sequence[PaceRow], name: str) -> tuple[PaceRow, ...]:
    """The rows of a node and of everything under it."""
    wanted = name.strip().casefold()
    keys = {
        one.key
        for row in rows
        for one in [row.node]
        if wanted in {one.key.casefold(), one.name.strip().casefold(), f"{one.kind}/{one.name}".casefold()}
    }
    if not keys:
        near = suggestion(name, sorted({row.node.name for row in rows}))
        raise ConfigError("no goal has the node {name}", name=name, nearest=near, hint="did you mean {nearest}?")
    under = {below.key for row in rows if row.node.key in keys for _, below in row.node.walk()}
    rests = {f"{key}/unassigned" for key in under}
    return tuple(row for row in rows if row.node.key in under | rests)
