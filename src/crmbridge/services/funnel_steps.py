"""The stage rows of a funnel, and what makes them unavailable.

A conversion says something only where lost deals are known to have been lost somewhere. Where none is, every known deal
is won or still open, and the rate would read as 100 %: such a figure is refused instead.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline, Stage
from crmbridge.services.bottlenecks import Step
from crmbridge.services.funnel_report import FunnelRequest, FurthestUnknown, StageRow
from crmbridge.services.funnel_rows import amount, durations
from crmbridge.services.results import Durations, Rate, Unavailable
from crmbridge.services.world import World

WON = "won"
NO_DWELL = Note("NO_STAGE_TIMES", "no deal has a known time of entering and leaving {stage}", {})
NOT_ASKED = Unavailable(Note("DWELL_NOT_ASKED", "time in stage is not asked for"))
NO_HISTORY = Note("NO_STAGE_HISTORY", "no deal of {pipeline} has a stage history, only where it stands", {})
LOST_SOMEWHERE = Note(
    "FURTHEST_UNKNOWN", "nobody knows in which stage the {lost} lost deals of {pipeline} were lost", {}
)
IN_PERIOD = Note("VIEW_SNAPSHOT", "how far deals got is a question to a cohort, not to what closed in a period")

Found = Mapping[tuple[str, str], Mapping[str, Any]]


def stage_rows(
    world: World, request: FunnelRequest, currency: str, known: Sequence[Mapping[str, Any]]
) -> tuple[StageRow, ...]:
    """One row an open stage of every pipeline asked for, in order; `known` is what furthest_unknown.sql tells."""
    world.make("ages")
    dwell = _dwells(world) if request.dwell else None
    ages = {(row["pipeline"], row["stage"]): row for row in world.rows("age_rows")}
    reasons = {row["pipeline"]: _refusal(request, row) for row in known}
    found = []
    for row in world.rows("steps"):
        pipeline = world.pipelines[row["pipeline"]]
        reason = reasons.get(row["pipeline"], IN_PERIOD if request.view == "snapshot" else None)
        found.append(_row(row, pipeline, reason=reason, dwell=dwell, ages=ages, currency=currency))
    return tuple(found)


def _dwells(world: World) -> Found:
    in_business_days = any(s.sla_unit == "business" for p in world.pipelines.values() for s in p.open_stages)
    return {(row["pipeline"], row["stage"]): row for row in world.rows("dwell", in_business_days=in_business_days)}


def furthest_unknown(known: Sequence[Mapping[str, Any]]) -> tuple[FurthestUnknown, ...]:
    """The deals that are in no stage row, by pipeline; none is named where there are none."""
    return tuple(
        FurthestUnknown(row["pipeline"], row["open"], row["lost"]) for row in known if row["open"] or row["lost"]
    )


def steps(rows: tuple[StageRow, ...], pipeline: str) -> tuple[Step, ...]:
    """The transitions of a pipeline for the bottleneck rule; none where the histories do not allow conversions."""
    found = []
    for row in rows:
        counts = (row.reached, row.reached_next, row.open_at)
        if row.pipeline != pipeline or isinstance(row.mature, Unavailable):
            continue
        reached, reached_next, open_at = (count for count in counts if isinstance(count, int))
        found.append(Step(row.stage, reached, reached_next, open_at, row.left, row.dwell_in_unit, row.sla_days))
    return tuple(found)


def _refusal(request: FunnelRequest, counts: Mapping[str, Any]) -> Note | None:
    """Why conversions cannot be given, or None where they can."""
    params: dict[str, object] = {"lost": counts["lost"], "pipeline": counts["pipeline"] or ""}
    if request.view == "snapshot":
        return IN_PERIOD
    if not counts["told"]:
        return Note(NO_HISTORY.code, NO_HISTORY.template, params)
    if counts["lost"] and not counts["lost_known"]:
        return Note(LOST_SOMEWHERE.code, LOST_SOMEWHERE.template, params)
    return None


def _row(
    row: Mapping[str, Any], pipeline: Pipeline, *, reason: Note | None, dwell: Found | None, ages: Found, currency: str
) -> StageRow:
    key = (row["pipeline"], row["stage"])
    stages = pipeline.open_stages
    stage = stages[row["rank"] - 1]
    is_snapshot = reason is IN_PERIOD
    rates: dict[str, Any] = _rates(row, Unavailable(reason) if reason else None)
    counts: dict[str, Any] = {name: row[name] for name in ("reached", "reached_next", "open_at", "lost_at")}
    if is_snapshot:
        counts = dict.fromkeys(counts, Unavailable(IN_PERIOD))
    time, in_unit = (NOT_ASKED, None) if dwell is None else _dwell(dwell.get(key), stage)
    age = ages.get(key)
    return StageRow(
        pipeline=pipeline.id,
        stage=stage.key,
        names=stage.names,
        rank=row["rank"],
        next_stage=stages[row["rank"]].key if row["rank"] < len(stages) else WON,
        **counts,
        lost_amount=amount(row["lost_amount"], currency),
        **rates,
        now=row["now"],
        now_amount=amount(row["now_amount"], currency),
        left=time.n if isinstance(time, Durations) else 0,
        dwell=time,
        dwell_in_unit=in_unit,
        sla_days=stage.sla_days,
        sla_unit=stage.sla_unit,
        is_over_sla=None if in_unit is None or stage.sla_days is None else in_unit > stage.sla_days,
        open_age=durations(age["age"], age["deals"]) if age else Durations(0, None, None, None, None, None),
        stalled=age["stalled"] if age else 0,
        on_hold=age["on_hold"] if age else 0,
    )


def _rates(row: Mapping[str, Any], refused: Unavailable | None) -> dict[str, Any]:
    if refused:
        return dict.fromkeys(("to_date", "mature", "leakage"), refused)
    return {
        "to_date": Rate.of(row["reached_next"], row["reached"]),
        "mature": Rate.of(row["reached_next"], row["reached"] - row["open_at"]),
        "leakage": Rate.of(row["lost_at"], row["reached"]),
    }


def _dwell(found: Mapping[str, Any] | None, stage: Stage) -> tuple[Durations | Unavailable, float | None]:
    """Time in stage, and its median in the unit of the stage's SLA."""
    if found is None or not found["dwell"]["n"]:
        return Unavailable(Note(NO_DWELL.code, NO_DWELL.template, {"stage": stage.key})), None
    time = durations(found["dwell"], found["deals"])
    if stage.sla_unit == "calendar":
        return time, time.median
    return time, durations(found["business"], found["deals"], unit_us=1).median
