"""Goals as listings: how they stand, who has which share, a page of one, drafts with what they lack, what changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from crmbridge.model.money import Money, round_half_up
from crmbridge.model.notes import Note
from crmbridge.report.cells import once
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Days, Listing, Names, Rate, Section, Word
from crmbridge.services.goal_desk import GoalDesk
from crmbridge.services.goal_history import Linted
from crmbridge.services.goal_metrics import Metric
from crmbridge.services.goal_org import Node
from crmbridge.services.goal_pace_report import PaceReport, PaceRow
from crmbridge.services.goal_page import GoalPage
from crmbridge.services.goal_plans import PlannedGoal
from crmbridge.services.goal_publish import Publication
from crmbridge.services.goal_replan import Proposal
from crmbridge.services.goal_tree import Unit

_WORDS = (mark("unassigned"), mark("others"), mark("green"), mark("amber"), mark("red"), mark("met"), mark("missed"))
_MORE_WORDS = (
    mark("company"),
    mark("team"),
    mark("rep"),
    mark("overdue"),
    mark("error"),
    mark("partly"),
    mark("draft"),
)
_PACE = (
    Column("goal", mark("goal")),
    Column("node", mark("who")),
    Column("kind", mark("kind"), "word"),
    Column("id", mark("id")),
    Column("level", mark("level"), "word"),
    Column("period", mark("period")),
    Column("target", mark("target"), "value"),
    Column("expected", mark("expected by now"), "value"),
    Column("actual", mark("actual"), "value"),
    Column("pace", mark("pace"), "percent"),
    Column("colour", mark("colour"), "word"),
    Column("attainment", mark("attainment"), "percent"),
    Column("gap", mark("gap"), "value"),
    Column("state", mark("state"), "word"),
    Column("linear", mark("ends at this rate"), "value"),
    Column("planned", mark("ends by its plan"), "value"),
    Column("pipeline", mark("with open deals"), "value"),
    Column("required", mark("needed a day"), "value"),
    Column("so_far", mark("came a day"), "value"),
    Column("strain", mark("needed over came"), "number"),
    Column("workdays", mark("workdays"), "count"),
    Column("elapsed", mark("workdays over"), "count"),
    Column("n", mark("n"), "count"),
    Column("unknown", mark("without a value"), "count"),
    Column("enough", mark("enough data"), "bool"),
    Column("metric", mark("metric")),
    Column("unit", mark("unit"), "word"),
    Column("source", mark("comes from"), "word"),
    Column("version", mark("version"), "count"),
    Column("agreed_at", mark("agreed at"), "instant"),
)
_SHOWN = ("goal", "node", "period", "target", "expected", "actual", "pace", "colour", "attainment", "gap", "state")
_LANDING = ("goal", "node", "period", "linear", "planned", "pipeline", "required", "strain", "elapsed", "workdays")
_TREE = ("goal", "node", "kind", "period", "target", "version", "agreed_at")


def pace_listing(report: PaceReport, explain: Mapping[str, object] | None = None) -> Listing:
    """How goals stand, and where they end; a row for each node and period."""
    rows: list[Mapping[str, object]] = [{"section": "pace", **_row(row)} for row in report.rows]
    rows += [{"section": "landing", **_landing(row)} for row in report.rows if row.linear is not None]
    config = report.request.config.pace
    return Listing(
        definition=report.evidence.definition,
        columns=_PACE,
        rows=tuple(rows),
        as_of=report.request.as_of,
        window={
            "day": report.day,
            "zone": report.evidence.zone,
            "calendar": report.request.calendar.id,
            "green": config.green,
            "amber": config.amber,
        },
        warnings=once(report.notes),
        explain=explain,
        title=mark("Pace of goals"),
        sections=(Section("pace", mark("Pace"), _SHOWN), Section("landing", mark("Landing"), _LANDING)),
        empty=mark("goals.toml names no goals"),
    )


def tree_listing(report: PaceReport, rows: Sequence[PaceRow]) -> Listing:
    """Who has which share of the goals, and who has agreed to it."""
    kept = ("section", "id", "metric", "unit", *_TREE)
    told = [{"section": "tree", **_row(row)} for row in rows if row.node.kind != "unassigned"]
    shown = [{name: value for name, value in one.items() if name in kept} for one in told]
    shown += [
        {"section": "waiting", "goal": row.goal, "node": _who(row.node), "period": row.period.label}
        for row in rows
        if row.needs_consent
    ]
    return Listing(
        definition="goals-show/1",
        columns=_PACE,
        rows=tuple(shown),
        as_of=report.request.as_of,
        warnings=once(report.notes),
        title=mark("Goals"),
        sections=(
            Section("tree", mark("Shares"), _TREE),
            Section("waiting", mark("Not agreed to yet"), ("goal", "node", "period")),
        ),
        empty=mark("goals.toml names no goals"),
    )


_PAGE = (
    *_PACE,
    Column("done", mark("tasks done"), "count"),
    Column("total", mark("tasks"), "count"),
    Column("task", mark("task")),
    Column("due", mark("due"), "date"),
    Column("owner", mark("owner")),
    Column("done_on", mark("done on"), "date"),
    Column("week", mark("week")),
    Column("result", mark("result"), "word"),
    Column("by", mark("by")),
    Column("at", mark("at"), "instant"),
    Column("text", mark("remark")),
)


def page_listing(page: GoalPage, desk: GoalDesk) -> Listing:
    """A goal on one page: target, tasks done of all, pace, what the weeks came to, and how it ended."""
    (first, *_) = page.rows
    review = page.review
    head = {"section": "goal", **_row(first), "done": page.done, "total": page.total}
    rows: list[Mapping[str, object]] = [head | {"result": review.result if review else None}]
    rows += [{"section": "pace", **_row(row)} for row in page.rows[1:]]
    for task in page.tasks:
        told = {"task": task.title, "due": task.due, "owner": task.owner, "state": task.state, "done_on": task.done_on}
        rows.append({"section": "tasks", **told, "source": task.source})
    rows += [{"section": "weeks", **_week(check, page.goal)} for check in page.checks]
    if review:
        told_by = {"result": review.result, "by": review.by, "at": review.at, "text": review.text}
        rows.append({"section": "review", **told_by})
    return Listing(
        definition="goals-plan/1",
        columns=_PAGE,
        rows=tuple(rows),
        as_of=desk.request.as_of,
        warnings=once(desk.notes),
        title=mark("Plan"),
        sections=(
            Section("goal", mark("Goal"), ("goal", "target", "actual", "pace", "colour", "done", "total", "result")),
            Section("pace", mark("Pace"), _SHOWN),
            Section("tasks", mark("Tasks"), ("task", "due", "owner", "state", "done_on", "source")),
            Section("weeks", mark("Weeks"), ("node", "week", "target", "actual", "attainment", "gap", "state")),
            Section("review", mark("Review"), ("result", "by", "at", "text")),
        ),
    )


_LINT = (
    Column("draft", mark("draft")),
    Column("letter", mark("SMART"), "word"),
    Column("severity", mark("severity"), "word"),
    Column("code", mark("code"), "word"),
    Column("finding", mark("finding")),
    Column("metric", mark("metric")),
    Column("target", mark("target"), "value"),
    Column("period", mark("period")),
    Column("best", mark("best so far"), "value"),
    Column("ratio", mark("target over best"), "number"),
)


def lint_listing(told: Sequence[tuple[str, Linted]], *, as_of: datetime) -> Listing:
    """Each draft as understood, and what it lacks. The code is 78 where one is no goal yet."""
    rows: list[Mapping[str, object]] = []
    for name, one in told:
        found = one.found
        unit, metric = found.unit, found.metric
        row: dict[str, object] = {"section": "understood", "draft": name, "metric": metric.id if metric else None}
        if unit is not None:
            row |= {"target": _value(found.amount, unit, metric), "best": _value(found.best, unit, metric)}
        rows.append(row | {"period": found.period.label if found.period else None, "ratio": found.ratio})
        for finding in one.findings:
            said = {"letter": finding.letter, "severity": finding.severity, "code": finding.note.code}
            rows.append({"section": "findings", "draft": name, **said, "finding": finding.note})
    return Listing(
        definition="goals-lint/1",
        columns=_LINT,
        rows=tuple(rows),
        as_of=as_of,
        title=mark("Drafts of goals"),
        sections=(
            Section("understood", mark("As understood"), ("draft", "metric", "target", "period", "best", "ratio")),
            Section("findings", mark("Findings"), ("draft", "letter", "severity", "finding")),
        ),
        exit_code=78 if any(one.has_errors for _, one in told) else 0,
        empty=mark("goals.toml names no goals"),
    )


_PUBLISHED = (
    Column("goal", mark("goal")),
    Column("version", mark("version"), "count"),
    Column("period", mark("period")),
    Column("target", mark("target"), "value"),
    Column("new", mark("new"), "bool"),
)


def published_listing(made: Sequence[Publication], *, as_of: datetime, notes: tuple[Note, ...] = ()) -> Listing:
    """Which goals have a new version, and which stay as they are."""
    rows = [
        {
            "goal": one.goal.entry.id,
            "version": one.number,
            "period": one.goal.period.label,
            "target": _value(Fraction(one.goal.unit.show(one.goal.target)), one.goal.unit, one.goal.metric),
            "new": one.body is not None,
        }
        for one in made
    ]
    return Listing(
        "goals-publish/1", _PUBLISHED, tuple(rows), as_of, warnings=once(notes), title=mark("Published goals")
    )


def agreed_listing(goal: PlannedGoal, node: Node, by: str, *, as_of: datetime) -> Listing:
    """Who agreed to what."""
    columns = (
        Column("goal", mark("goal")),
        Column("version", mark("version"), "count"),
        Column("node", mark("who")),
        Column("target", mark("target"), "value"),
        Column("by", mark("by")),
        Column("at", mark("at"), "instant"),
    )
    share = _value(Fraction(goal.unit.show(goal.share(node))), goal.unit, goal.metric)
    row = {"goal": goal.entry.id, "version": goal.version, "node": node.name, "target": share, "by": by, "at": as_of}
    return Listing("goals-agree/1", columns, (row,), as_of, title=mark("Agreed"))


_REPLAN = (
    Column("node", mark("who")),
    Column("level", mark("level"), "word"),
    Column("period", mark("period")),
    Column("before", mark("before"), "value"),
    Column("after", mark("after"), "value"),
    Column("change", mark("change"), "percent"),
    Column("actual", mark("actual"), "value"),
)


def replan_listing(proposal: Proposal, made: Publication | None, *, as_of: datetime) -> Listing:
    """What each node shall reach in each period, before and after."""
    unit, metric = proposal.goal.unit, proposal.goal.metric
    rows = [
        {
            "node": _who(one.node),
            "level": one.period.level,
            "period": one.period.label,
            "before": _value(one.before, unit, metric),
            "after": _value(one.after, unit, metric),
            "change": one.after / one.before - 1 if one.before else None,
            **({} if one.actual is None else {"actual": _value(one.actual, unit, metric)}),
        }
        for one in proposal.changes
    ]
    window: dict[str, object] = {"goal": proposal.goal.entry.id, "mode": Word(proposal.mode)}
    if made is not None:
        window |= {"version": made.number, "new": made.body is not None}
    return Listing(
        definition="goals-replan/1",
        columns=_REPLAN,
        rows=tuple(rows),
        as_of=as_of,
        window=window,
        warnings=once(proposal.notes),
        title=mark("Re-planned goal"),
    )


def _row(row: PaceRow) -> dict[str, object]:
    """The cells of a row; what does not apply to it has none."""
    unit, metric = row.unit, row.metric
    told: dict[str, object] = {
        "goal": Names(row.names) if row.names else row.goal,
        "node": _who(row.node),
        "kind": row.node.kind,
        "id": row.node.key,
        "level": row.level,
        "period": row.period.label,
        "actual": _actual(row),
        "n": row.n,
        "metric": metric.id,
        "unit": row.kpi and metric.kpi.unit if metric.kpi else unit.kind,
        "source": row.source,
        "version": row.version,
    }
    if row.unknown:
        told["unknown"] = row.unknown
    if row.target is None:
        return told
    told |= {"target": _value(row.target, unit, metric), "expected": _value(row.expected, unit, metric)}
    if row.actual is not None:
        told |= {"pace": row.pace, "colour": row.colour, "attainment": row.attainment, "state": row.state}
        told |= {"gap": _value(row.gap, unit, metric), "enough": row.is_enough}
    if row.node.kind == "rep":
        told["agreed_at"] = row.agreed_at
    return told | (_landing(row) if row.linear is not None else {})


def _landing(row: PaceRow) -> dict[str, object]:
    unit, metric = row.unit, row.metric
    told: dict[str, object] = {
        "goal": Names(row.names) if row.names else row.goal,
        "node": _who(row.node),
        "id": row.node.key,
        "period": row.period.label,
        "workdays": row.workdays,
        "elapsed": row.elapsed,
        "linear": _value(row.linear, unit, metric),
        "planned": _value(row.planned, unit, metric),
        "required": _value(row.required, unit, metric),
        "so_far": _value(row.so_far, unit, metric),
        "strain": row.strain,
    }
    return told | ({} if row.pipeline is None else {"pipeline": _value(row.pipeline, unit, metric)})


def _actual(row: PaceRow) -> object:
    if row.unavailable is not None:
        return row.unavailable.reason
    if row.metric.is_ratio and row.denominator and row.numerator is not None and row.actual is not None:
        is_rate = row.metric.kpi is None or row.metric.kpi.unit == "rate"
        if is_rate and row.denominator != 1:
            return Rate(row.numerator, row.denominator, row.n)
    return _value(row.actual, row.unit, row.metric)


def _value(value: Fraction | None, unit: Unit, metric: Metric | None) -> object:
    """A figure by its unit: an amount in the currency's decimals, days, a count, a share."""
    if value is None:
        return None
    if unit.kind == "money" and unit.currency:
        return Money(round_half_up(value, unit.decimals), unit.currency)
    if metric is not None and metric.kpi is not None and metric.kpi.unit == "days":
        return Days(value)
    return value.numerator if value.denominator == 1 else value


def _who(node: Node) -> str:
    return Word(node.name) if node.kind == "unassigned" or node.key.endswith("/others") else node.name


def _week(check: Mapping[str, object], goal: PlannedGoal) -> dict[str, object]:
    """A week that was kept, its figures read again."""
    told: dict[str, object] = {"node": check["name"], "week": check["week"], "state": check["state"]}
    for name in ("target", "actual", "gap"):
        kept = check[name]
        told[name] = None if kept is None else _value(Fraction(str(kept)), goal.unit, goal.metric)
    attainment = check["attainment"]
    return told | {"attainment": None if attainment is None else Fraction(str(attainment))}
