"""Experiments of a company: leads or deals that came in, in two arms, measured by a share, and what is decided.

Method: `services.md` 15. Which arm a record is in follows from its subject (`connection:external_id`), so nobody
chooses it and it never changes. The figures of the arms are shown at any time, a verdict only when it may be given.
Decisions are kept for ever as events of the service `experiments`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import orjson

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.instants import business_date
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.experiment import Arm, arm, judge
from crmbridge.services.experiments_document import Experiment, ExperimentsConfig
from crmbridge.services.experiments_report import ArmFigures, Choice, Decision, ExperimentsReport, Standing, State
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.kpi import kpi_world, missing_of
from crmbridge.services.kpi_document import Kpi
from crmbridge.services.kpi_query import KpiQuery, query
from crmbridge.services.results import Evidence, Period
from crmbridge.services.world import World, naive, text

DEFINITION = "experiments/1"
SERVICE = "experiments"
"""The service of the events that say what was decided."""
ARMS: tuple[Arm, ...] = ("control", "treatment")
_CAME_IN = "created_at"
Row = tuple[str, str, bool, bool]
"""Subject, id, whether the metric is a share of it, whether the share counts it."""


def experiments(
    facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime, config: ExperimentsConfig, kpis: Mapping[str, Kpi]
) -> ExperimentsReport:
    """How each experiment stands at `as_of`; every metric of `config` is one of `kpis`."""
    told = decisions(facts, as_of)
    world = kpi_world(facts, pipelines, FunnelRequest(as_of=as_of)) if config.experiments else None
    found = [
        _standing(world, name, plan, kpis[plan.metric], told=told.get(name, ()), as_of=as_of)
        for name, plan in config.experiments.items()
        if world is not None
    ]
    found.sort(key=lambda one: (one.plan.start, one.id))
    n = sum(len(one.measured) for standing in found for one in standing.arms.values())
    return ExperimentsReport(as_of, tuple(found), Evidence(DEFINITION, n, as_of, cut=as_of, zone=str(facts.zone)))


def find(found: Sequence[Standing], name: str) -> Standing:
    """The experiment of an id; ConfigError with the nearest one."""
    known = {one.id: one for one in found}
    if name in known:
        return known[name]
    raise ConfigError(
        "there is no experiment {name}", name=name, nearest=suggestion(name, known), hint="did you mean {nearest}?"
    )


def assigned(facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime, one: Standing, id_: str) -> tuple[str, bool]:
    """By which name the record of an id is put into an arm, and whether it came in while the experiment runs."""
    world = kpi_world(facts, pipelines, FunnelRequest(as_of=as_of))
    found = [row for row in _rows(world, one.kpi, None) if row[1] == id_]
    if not found:
        raise ConfigError("{id} is no {kind} of that moment", id=id_, kind=one.plan.unit)
    is_in = any(row[1] == id_ for row in _rows(world, one.kpi, Period(one.plan.start, one.end)))
    return found[0][0], is_in


def decided(one: Standing, choice: Choice, *, by: str, reason: str, on: date, until: date | None = None) -> Decision:
    """The decision with the numbers of now; ConfigError where it cannot be made.

    A change is adopted only once there is a verdict. It may be dropped at any time, or extended to a later end.
    """
    last = one.decision
    if last is not None and one.is_decided:
        raise ConfigError("{name} is decided already: {choice}", name=one.id, choice=last.choice)
    if not (by.strip() and reason.strip()):
        raise ConfigError("an experiment is decided by somebody, for a reason", hint="give --by and --reason")
    if choice == "adopt" and one.result is None:
        raise ConfigError(
            "{name} cannot be adopted: there is no verdict before {planned} records in each arm and {end}",
            name=one.id,
            planned=one.plan.planned,
            end=one.end,
            hint="wait, or extend or drop it",
        )
    if (choice == "extend") != (until is not None):
        raise ConfigError("extend, and it alone, needs a new end", hint="give --until DAY")
    if until is not None and until <= max(one.end, on):
        raise ConfigError("{until} is no later end than {end}", until=until, end=max(one.end, on))
    control, treatment = (one.arms[name].pair for name in ARMS)
    verdict = None if one.result is None else one.result.verdict
    return Decision(
        choice, on, by.strip(), reason.strip(), one.plan.metric, control, treatment, one.plan.planned, verdict, until
    )


def with_decision(one: Standing, decision: Decision) -> Standing:
    """How it stands once that is decided; an extension is judged at its new end."""
    if decision.until is None:
        return replace(one, decisions=(*one.decisions, decision))
    today = decision.on
    state = _state(one.plan, decision.until, today, has_enough=one.waits_for != "records")
    waits = one.waits_for or "end"
    return replace(
        one, decisions=(*one.decisions, decision), end=decision.until, state=state, result=None, waits_for=waits
    )


def body(decision: Decision) -> Mapping[str, object]:
    """A decision as its event holds it."""
    return {
        "choice": decision.choice,
        "by": decision.by,
        "reason": decision.reason,
        "metric": decision.metric,
        "control": list(decision.control),
        "treatment": list(decision.treatment),
        "planned": decision.planned,
        "verdict": decision.verdict,
        "until": None if decision.until is None else decision.until.isoformat(),
    }


def decisions(facts: Facts, as_of: datetime) -> dict[str, tuple[Decision, ...]]:
    """What was decided about each experiment up to `as_of`, the earliest first."""
    rows = facts.connection.cursor().execute(text("service_history"), {"service": SERVICE, "cut": naive(as_of)})
    found: dict[str, tuple[Decision, ...]] = {}
    for name, at, told in rows.fetchall():
        one = _read(business_date(at.replace(tzinfo=UTC), facts.zone), orjson.loads(told))
        found[name] = (*found.get(name, ()), one)
    return found


def _read(on: date, told: Mapping[str, Any]) -> Decision:
    until = told["until"]
    return Decision(
        told["choice"],
        on,
        told["by"],
        told["reason"],
        told["metric"],
        (told["control"][0], told["control"][1]),
        (told["treatment"][0], told["treatment"][1]),
        told["planned"],
        told["verdict"],
        None if until is None else date.fromisoformat(until),
    )


def _standing(
    world: World, name: str, plan: Experiment, kpi: Kpi, *, told: tuple[Decision, ...], as_of: datetime
) -> Standing:
    end = max([plan.end, *(one.until for one in told if one.until is not None)])
    today = business_date(as_of, world.facts.zone)
    window = Period(plan.start, end)
    built = _query(kpi, window)
    missing = missing_of(world, [kpi], {kpi.id: built}).get(kpi.id)
    if missing is not None:
        state = _state(plan, end, today, has_enough=False)
        empty = {one: ArmFigures() for one in ARMS}
        return Standing(name, plan, kpi, state, end, empty, None, None, told, missing)
    arms = _arms(name, _rows(world, kpi, window))
    judged = judge(
        arms["control"].pair,
        arms["treatment"].pair,
        planned=plan.planned,
        end=end,
        today=today,
        direction=kpi.direction,
    )
    state = _state(plan, end, today, has_enough=judged.waits_for != "records")
    return Standing(name, plan, kpi, state, end, arms, judged.result, judged.waits_for, told)


def _query(kpi: Kpi, window: Period | None) -> KpiQuery:
    """The metric over the records that came in within a window."""
    formula = kpi.formula.model_copy(update={"date": _CAME_IN})
    return query(formula, window=window, by=None, currency=None)


def _rows(world: World, kpi: Kpi, window: Period | None) -> list[Row]:
    built = _query(kpi, window)
    fragments = {**built.records, "base": built.base, "counted": built.counted}
    return world.tuples("experiments", fragments, **built.parameters)


def _arms(name: str, rows: Sequence[Row]) -> dict[Arm, ArmFigures]:
    by_arm: dict[Arm, list[tuple[str, bool, bool]]] = {one: [] for one in ARMS}
    for subject, id_, is_measured, is_counted in rows:
        by_arm[arm(name, subject)].append((id_, is_measured, is_counted))
    return {
        one: ArmFigures(
            len(records),
            tuple(id_ for id_, is_measured, _ in records if is_measured),
            tuple(id_ for id_, _, is_counted in records if is_counted),
        )
        for one, records in by_arm.items()
    }


def _state(plan: Experiment, end: date, today: date, *, has_enough: bool) -> State:
    if today < plan.start:
        return "planned"
    if today < end:
        return "running"
    return "ended" if has_enough else "too_few"
