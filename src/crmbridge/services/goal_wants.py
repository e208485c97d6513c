"""Whom to tell of a goal: that it is behind, that it waits for agreement; and what each week came to.

Keys are of goal, version or week and node, so that nobody is told twice of one thing.
"""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

from crmbridge.model.external_keys import key_of
from crmbridge.model.instants import business_date
from crmbridge.model.money import round_half_up
from crmbridge.model.notes import Note
from crmbridge.services.goal_pace_report import PaceReport, PaceRow
from crmbridge.services.goal_plans import PlannedGoal
from crmbridge.services.goal_versions import CHECK, check_of
from crmbridge.services.wants import NoticeWanted

__all__ = ["CHECK", "behind", "checks", "reminders", "unagreed"]
POLICY_PACE, POLICY_CONSENT = "goal-pace", "goal-consent"


def unagreed(report: PaceReport) -> tuple[PaceRow, ...]:
    """The reps' shares of published goals that nobody has agreed to, one row each; the report is of whole periods."""
    return tuple(row for row in report.rows if row.needs_consent)


def reminders(report: PaceReport) -> list[NoticeWanted]:
    """A reminder for each rep who has not agreed so many workdays after the goal was published."""
    rules, texts = report.request.config.consent, report.request.config.texts
    if not rules.enabled:
        return []
    found, goals = [], {goal.entry.id: goal for goal in report.goals}
    for row in unagreed(report):
        goal = goals[row.goal]
        if row.node.user_id is None or goal.published_at is None or not _is_due(report, goal):
            continue
        text = texts.agree[texts.language].format(
            goal=_name(row, texts.language),
            node=row.node.name,
            target=_shown(row, row.target),
            period=row.period.label,
            pace="",
            gap="",
            day=report.day,
        )
        key = key_of(POLICY_CONSENT, row.goal, str(row.version), row.node.key)
        found.append(NoticeWanted(key, row.node.user_id, text, POLICY_CONSENT))
    return found


def _is_due(report: PaceReport, goal: PlannedGoal) -> bool:
    """Whether so many workdays have gone by since the goal was published."""
    if goal.published_at is None:
        return False
    zone, calendar = report.request.calendar.zone, report.request.calendar
    published = business_date(goal.published_at, zone)
    due = calendar.add_business_days(published, report.request.config.consent.after_workdays)
    return report.day >= due


def behind(report: PaceReport) -> tuple[list[NoticeWanted], tuple[Note, ...]]:
    """A notice for each node of a published goal whose pace is too low, and of goals that nobody answers for.

    The report is of whole periods. A rep is told of the own share, else who answers for the goal, or leads the team.
    """
    rules, texts = report.request.config.alerts, report.request.config.texts
    if not rules.enabled:
        return [], ()
    found, nobody = [], list[Note]()
    week = f"{report.day:%G-W%V}"
    for row in report.rows:
        if not _is_behind(report, row, Fraction(rules.below), rules.after_workdays):
            continue
        to = _to(report, row)
        if to is None:
            text = "nobody answers for the goal {goal} of {node}: give it an owner"
            nobody.append(Note("GOAL_NO_OWNER", text, {"goal": row.goal, "node": row.node.name}))
            continue
        text = texts.behind[texts.language].format(
            goal=_name(row, texts.language),
            node=row.node.name,
            pace=f"{round_half_up((row.pace or Fraction(0)) * 100, 0)} %",
            gap=_shown(row, row.gap),
            day=report.day,
            target=_shown(row, row.target),
            period=row.period.label,
        )
        found.append(NoticeWanted(key_of(POLICY_PACE, row.goal, row.node.key, week), to, text, POLICY_PACE))
    return found, tuple(nobody)


def _is_behind(report: PaceReport, row: PaceRow, below: Fraction, after: int) -> bool:
    is_running = row.period.start <= report.day < row.period.end
    is_known = row.version is not None and row.pace is not None and row.is_enough
    return is_running and is_known and row.elapsed >= after and (row.pace or Fraction(0)) < below


def _to(report: PaceReport, row: PaceRow) -> str | None:
    """Who is told: the rep, else who answers for the goal, else who leads the team."""
    if row.node.user_id is not None:
        return row.node.user_id
    owner = next((goal.entry.owner for goal in report.goals if goal.entry.id == row.goal), None)
    if owner is not None:
        return report.people.user(owner) or owner
    return row.node.manager_id


def checks(weekly: PaceReport) -> Iterator[tuple[str, str]]:
    """Subject and body of the result of each week that is over and was not kept yet; the report is by weeks.

    Of a published goal alone, from the week on in which it was published.
    """
    if not weekly.request.config.weekly_check.enabled:
        return
    since = {goal.entry.id: goal.published_at for goal in weekly.goals}
    for row in weekly.rows:
        published = since[row.goal]
        sunday = row.period.start + timedelta(days=7 - row.period.start.weekday())
        if published is None or row.target is None or row.actual is None or weekly.day < min(sunday, row.period.end):
            continue
        subject = f"{row.goal}|{row.node.key}|{row.period.label}"
        if row.period.end <= business_date(published, weekly.request.calendar.zone) or subject in weekly.kept.checks:
            continue
        yield subject, check_of(_result(row))


def _result(row: PaceRow) -> dict[str, object]:
    told = {"target": row.target, "actual": row.actual, "gap": row.gap, "attainment": row.attainment}
    figures = {name: None if value is None else str(value) for name, value in told.items()}
    return {
        "goal": row.goal,
        "node": row.node.key,
        "name": row.node.name,
        "week": row.period.label,
        "version": row.version,
        "state": row.state,
        **figures,
    }


def _name(row: PaceRow, language: str) -> str:
    return row.names.get(language) or row.names.get("en") or row.goal


def _shown(row: PaceRow, value: Fraction | None) -> str:
    """A figure of a goal in a text."""
    if value is None:
        return "?"
    if row.unit.kind == "money":
        return f"{row.unit.currency} {round_half_up(value, row.unit.decimals):,}"
    if row.metric.kind == "rate" and row.metric.is_ratio and (row.metric.kpi is None or row.metric.kpi.unit == "rate"):
        return f"{round_half_up(value * 100, 2).normalize():f} %"
    return f"{round_half_up(value, 2).normalize():,f}"
