"""The sections of a pack about goals: how they stand, and which shares of them nobody has agreed to yet."""

from dataclasses import replace

from crmbridge.app import goal_paces
from crmbridge.app.pack_asking import PackAsked
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.report.goals import pace_listing
from crmbridge.report.i18n import mark
from crmbridge.report.pack import PackSection
from crmbridge.services.fiscal import Level
from crmbridge.services.goal_pace_report import PaceReport, PaceRow
from crmbridge.services.goal_wants import unagreed

_LEVELS: dict[str, tuple[Level, ...]] = {
    "week": ("week", "month", "quarter"),
    "month": ("month", "quarter", "year"),
    "quarter": ("quarter", "year"),
}
"""Of which periods goals are shown in the pack of a level."""
_FIGURES = ("target", "actual", "attainment", "pace", "gap", "required")


def goals_section(asked: PackAsked) -> PackSection:
    """Target, actual, pace, landing, gap and what each workday must bring, of the pack's own period and longer ones."""
    rows: list[dict[str, object]] = []
    for level in _LEVELS[asked.period.level]:
        report = _paces(asked, level)
        current = tuple(
            row for row in report.rows if row.period.start <= asked.day < row.period.end and _is_ours(asked, row)
        )
        for held in pace_listing(replace(report, rows=current)).rows:
            if held.get("target") is None or held["section"] != "pace":
                continue
            row = {"what": held.get("goal"), "who": held.get("node"), "period": held.get("period")}
            row |= {name: held.get(name) for name in _FIGURES}
            row |= {"landing": held.get("planned") or held.get("linear"), "colour": held.get("colour")}
            rows.append({name: value for name, value in row.items() if value is not None})
    none = Note("NO_GOALS", mark("the workspace has no goals: write them into goals.toml"))
    columns = ("what", "who", "period", "target", "actual", "attainment", "pace", "landing", "gap", "required")
    return PackSection("goals", columns, _once(rows), () if rows else (none,))


def consent_section(asked: PackAsked) -> PackSection:
    """The shares of published goals that a rep has not agreed to, the ones that wait longest first."""
    report = _paces(asked, None)
    published = {goal.entry.id: goal.published_at for goal in report.goals}
    calendar, zone, rows = asked.asker.wiring.calendar, asked.asker.facts.zone, []
    waiting = tuple(row for row in unagreed(report) if asked.is_ours(row.node.user_id))
    for row, held in zip(waiting, _listed(report, waiting), strict=True):
        since = published[row.goal]
        day = None if since is None else business_date(since, zone)
        rows.append(
            {
                "what": held.get("goal"),
                "who": held.get("node"),
                "period": held.get("period"),
                "target": held.get("target"),
                "from": day,
                "age": None if day is None else calendar.business_days_between(day, max(day, asked.today)),
            }
        )
    rows.sort(key=lambda row: -(row["age"] or 0))  # type: ignore[operator]
    none = Note("ALL_AGREED", mark("everybody has agreed to the own share"))
    if not any(published.values()):
        none = Note("NOT_PUBLISHED", mark("no goal has been published: crmbridge goals publish"))
    return PackSection("consent", ("what", "who", "period", "target", "from", "age"), rows, () if rows else (none,))


def _paces(asked: PackAsked, level: Level | None) -> PaceReport:
    asker = asked.asker
    return goal_paces.paces(asker.wiring, asker.facts, asker.pipelines, asker.as_of, asker.own, level=level)


def _listed(report: PaceReport, rows: tuple[PaceRow, ...]) -> list[dict[str, object]]:
    """The cells of each row of the report, in order."""
    return [dict(one) for one in pace_listing(replace(report, rows=rows)).rows if one["section"] == "pace"]


def _is_ours(asked: PackAsked, row: PaceRow) -> bool:
    """The company and what lies just below it; of a team its own node and its people; of a rep the own."""
    if asked.members is None:
        return row.depth <= 1
    return row.node.user_id in asked.members or (asked.team is not None and row.node.key == f"team/{asked.team}")


def _once(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [row for place, row in enumerate(rows) if row not in rows[:place]]
