"""Asks how the goals of a workspace stand: its `goals.toml`, its file of figures, and what was published."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from crmbridge.app import forecasting
from crmbridge.app.asker import Asker
from crmbridge.app.policies import own_policy
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.goals import pace_listing, page_listing, tree_listing
from crmbridge.report.listing import Listing
from crmbridge.services.fiscal import Level
from crmbridge.services.goal_actuals import FileFigure
from crmbridge.services.goal_desk import GoalDesk
from crmbridge.services.goal_figures import read_figures
from crmbridge.services.goal_metrics import scoped
from crmbridge.services.goal_org import COMPANY
from crmbridge.services.goal_pace import PaceReport, PaceRequest, pace
from crmbridge.services.goal_page import goal_page
from crmbridge.services.goal_versions import goal_named
from crmbridge.services.goal_view import Sight, seen
from crmbridge.services.goals_document import GoalsConfig, built_in, load_goals
from crmbridge.services.kpi import Kpi, records_of_kpi, registry
from crmbridge.services.owners import owners_seen

FILE = "goals.toml"


def own_document(wiring: Wiring) -> GoalsConfig:
    """The workspace's `goals.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_goals, built_in)


def request_of(wiring: Wiring, as_of: datetime, own: Sequence[Kpi], level: Level | None = None) -> PaceRequest:
    """What is asked, by the rules of the workspace."""
    config, section = own_document(wiring), wiring.workspace.config.workspace
    return PaceRequest(
        as_of,
        wiring.calendar,
        config,
        registry(tuple(own)),
        _figures(wiring, config),
        start_month=section.fiscal_year_start,
        currency=section.currency,
        company=section.name,
        level=level,
        forecast=forecasting.own_document(wiring),
    )


def paces(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    as_of: datetime,
    own: Sequence[Kpi],
    *,
    level: Level | None = None,
    goals: Sequence[str] = (),
) -> PaceReport:
    """The pace of the workspace's goals, of whole periods or by those of a level; `own` are its own KPIs."""
    return pace(facts, pipelines, replace(request_of(wiring, as_of, own, level), goals=tuple(goals)))


def desk_of(asker: Asker) -> GoalDesk:
    """The goals of a workspace opened."""
    return GoalDesk(asker.facts, asker.pipelines, request_of(asker.wiring, asker.as_of, asker.own))


def ask_pace(
    asker: Asker,
    *,
    goals: Sequence[str] = (),
    node: str | None = None,
    level: Level | None = None,
    viewer: str | None = None,
    explain: bool = False,
) -> Listing:
    """How goals stand: expected, pace, where they end, what each day left must bring; as `viewer` may see it."""
    asked = request_of(asker.wiring, asker.as_of, asker.own, level)
    request = replace(asked, goals=tuple(goals), node=node, with_pipeline=True)
    report = pace(asker.facts, asker.pipelines, request)
    report = replace(report, rows=seen(report.rows, _sight(asker, viewer)))
    behind = {"definition": _DEFINITION, "records": _records(asker, report)} if explain else None
    return pace_listing(report, behind).in_zone(asker.facts.zone)


def ask_tree(asker: Asker, *, goals: Sequence[str] = (), viewer: str | None = None) -> Listing:
    """Who has which share of the goals, and who has agreed; as `viewer` may see it, all where nobody is named."""
    report = paces(asker.wiring, asker.facts, asker.pipelines, asker.as_of, asker.own, goals=goals)
    return tree_listing(report, seen(report.rows, _sight(asker, viewer))).in_zone(asker.facts.zone)


def ask_page(asker: Asker, goal: str) -> Listing:
    """A goal on one page: what is to be done and is done, how it stands, how it ended."""
    desk = desk_of(asker)
    return page_listing(goal_page(desk, goal_named(desk.goals(), goal)), desk).in_zone(asker.facts.zone)


def _sight(asker: Asker, viewer: str | None) -> Sight | None:
    """Whose shares a viewer sees; None sees all."""
    if viewer is None:
        return None
    found = owners_seen(desk_of(asker).world, viewer)
    return None if found is None else Sight(frozenset(found))


def _figures(wiring: Wiring, config: GoalsConfig) -> list[FileFigure]:
    file = wiring.workspace.folder / config.figures
    if not file.exists():
        return []
    month = wiring.workspace.config.workspace.fiscal_year_start
    return read_figures(file.read_text(encoding="utf-8-sig"), file=config.figures, start_month=month)


def _records(asker: Asker, report: PaceReport) -> dict[str, dict[str, list[str]]]:
    """By goal and node the records behind the actual of the whole period, of the nodes that have a row."""
    told = {(row.goal, row.node.key) for row in report.rows}
    found: dict[str, dict[str, list[str]]] = {}
    for goal in report.goals:
        if goal.metric.kpi is None:
            continue
        kpi = scoped(goal.entry, goal.metric.kpi)
        place = (asker.facts, asker.pipelines, kpi)
        asked = {"as_of": asker.as_of, "window": None if goal.metric.is_stock else goal.period.period}
        for _, node in goal.tree.walk():
            if (goal.entry.id, node.key) not in told:
                continue
            if node.kind == COMPANY:
                ids = records_of_kpi(*place, **asked)  # type: ignore[arg-type]
            elif node.children:
                continue
            else:
                keys = sorted(node.owners)
                ids = tuple(
                    one
                    for key in keys
                    for one in records_of_kpi(*place, **asked, by=goal.metric.by, key=key)  # type: ignore[arg-type]
                )
            found.setdefault(goal.entry.id, {})[node.key] = list(ids)
    return found


_DEFINITION = {
    "expected": "the targets of all workdays up to and with the day of as_of; a rate is expected whole from the first",
    "pace": "actual / expected; where less is better expected / actual, up to 2",
    "attainment": "actual / target; where less is better target / actual, up to 2; none for a target of nothing",
    "linear": "actual x workdays of the period / workdays that are over",
    "planned": "actual x target / expected",
    "pipeline": "actual and the open deals that close in the period, each by its chance",
    "required": "what is left of the target / workdays that are left",
    "strain": "required / what each workday brought so far",
    "unassigned": "what nobody in the tree below has: with the rows beside it, it is the row above to the last unit",
}
