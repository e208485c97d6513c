"""How the agreed way of working is kept, by rep, team and stage (services.md 13).

The checks are those of data quality that belong to the process; beside them stand the time limits of stages, stages
that are recorded but not supported, the audit of a period, how the system is used, and people whom two reps own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.compliance_report import (
    AUDITED,
    Adoption,
    Audited,
    AuditRow,
    ComplianceReport,
    ComplianceRequest,
    Counted,
    SharedPerson,
    StageClaim,
    StageLimit,
)
from crmbridge.services.duplicates import CERTAINTIES, DuplicateGroup
from crmbridge.services.gate_audit import write_gates
from crmbridge.services.quality import report_of
from crmbridge.services.quality_plan import Plan, plan
from crmbridge.services.quality_report import QualityReport, Tally, not_available
from crmbridge.services.quality_supply import Supply
from crmbridge.services.results import Evidence, Rate, Unavailable
from crmbridge.services.world import World

DEFINITION = "compliance/1"
_JUDGED = """SELECT count(*) FROM svc_states s JOIN deals d ON d.no = s.deal_no WHERE s.state = 'open'
AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, coalesce(d.owner_id, nullif(d.owner_ref, ''))))"""
_ASKED = ("next_step", "next_step_due", "content", "outcome", "customer_feedback")


def compliance(facts: Facts, pipelines: Sequence[Pipeline], request: ComplianceRequest) -> ComplianceReport:
    """How the way of working is kept; ConfigError for a dimension that no kind has."""
    made = plan(facts, pipelines, replace(request.quality, ask_too=_ASKED))
    judged, world = report_of(made), made.world
    unjudgeable = write_gates(world, pipelines, request.quality.unfilled, request.quality.not_connected)
    limits = _limits(made, pipelines)
    world.parameters |= {"start": request.period.start, "end": request.period.end}
    ((deals,),) = world.sql(_JUDGED, owners=made.seen)
    return ComplianceReport(
        request=request,
        quality=judged,
        counts=tuple(_counts(judged)),
        limits=limits,
        claims=tuple(StageClaim(**row | {"lacks": tuple(row["lacks"])}) for row in world.rows("compliance_claims")),
        judged=deals,
        audit=tuple(_audit(world)),
        adoption=tuple(_adoption(made, request.config.adoption_days)),
        shared=tuple(_shared(world, judged.duplicates)),
        unjudgeable=tuple(unjudgeable),
        evidence=Evidence(
            DEFINITION,
            judged.whole.n,
            request.as_of,
            window=request.period,
            cut=request.as_of,
            zone=str(facts.zone),
        ),
    )


def scored(
    facts: Facts, pipelines: Sequence[Pipeline], request: ComplianceRequest
) -> tuple[QualityReport, tuple[StageLimit, ...]]:
    """The scores and the time limits alone, as the report has them."""
    made = plan(facts, pipelines, request.quality)
    return report_of(made), _limits(made, pipelines)


def _counts(judged: QualityReport) -> Iterator[Counted]:
    """Every check in every slice, the company first; a check that applies to nothing in a slice is not there."""
    for score in (judged.whole, *judged.scores):
        for check, tally in sorted(score.tallies.items()):
            if tally.applicable:
                yield Counted(check, score.label, score.key, _passing(tally))


def _passing(tally: Tally) -> Rate:
    return Rate.of(tally.passed, tally.applicable)


def _limits(made: Plan, pipelines: Sequence[Pipeline]) -> tuple[StageLimit, ...]:
    world = made.world
    world.make("ages")
    world.parameters["owners"] = made.seen
    roles = {
        (pipeline.id, stage.key): getattr(stage, "owner_role", None)
        for pipeline in pipelines
        for stage in pipeline.stages
    }
    return tuple(
        StageLimit(
            pipeline=row["pipeline"],
            stage=row["stage"],
            role=roles.get((row["pipeline"], row["stage"])),
            owner_id=row["owner_id"],
            owner=row["owner"],
            limit=row["sla_days"],
            unit=row["sla_unit"],
            deals=row["deals"],
            timed=row["timed"],
            over=row["over"],
            breach=row["breach"],
            breach_sum=int(row["breach_sum"] or 0),
            records=tuple(row["records"] or ()),
        )
        for row in world.rows("compliance_limits")
    )


def _audit(world: World) -> Iterator[AuditRow]:
    told = {what: (events, tuple(ids)) for what, events, ids in world.tuples("compliance_audit")}
    ((has_history, has_logs),) = world.tuples("compliance_told")
    can_tell: dict[Audited, bool] = {"gate": bool(world.parameters["gated"]), "logged_late": has_logs}
    for what in AUDITED:
        events, records = told.get(what, (0, ()))
        is_told = has_history and can_tell.get(what, True) if what != "logged_late" else has_logs
        yield AuditRow(what, events, records) if is_told else AuditRow(what, None, (), _UNTOLD[what])


_MOVES = not_available("NO_HISTORY", "no source tells when a deal entered a stage")
_UNTOLD: Mapping[Audited, Unavailable] = {
    "gate": not_available("NO_GATES", "no stage says what must hold before a deal moves on"),
    "skip": _MOVES,
    "regress": _MOVES,
    "reopen": _MOVES,
    "correction": _MOVES,
    "logged_late": not_available("NOT_LOGGED", "no source tells when activities happened and when they were logged"),
}


def _adoption(made: Plan, days: int) -> Iterator[Adoption]:
    world, supplies = made.world, made.supplies
    tells = {
        "steps": _tells(supplies.get("deal"), "next_step", "next_step_due"),
        "results": _tells(supplies.get("activity"), "content", "outcome", "customer_feedback"),
    }
    joins = {name: supplies[kind].join if kind in supplies else "" for name, kind in _JOINED.items()}
    for row in world.rows("compliance_adoption", tells | joins, adoption_days=days):
        yield Adoption(
            row["owner_id"],
            row["owner"],
            Rate.of(row["with_step"], row["deals"]),
            row["touches"],
            Rate.of(row["with_result"], row["telling"]),
            Rate.of(row["in_time"], row["timed"]),
        )


_JOINED = {"deal_sources": "deal", "activity_sources": "activity"}


def _tells(known: Supply | None, *fields: str) -> str:
    """SQL for whether the source of a record supplies any of the fields."""
    told = {known.is_supplied(name) for name in fields} if known else {"false"}
    return "true" if "true" in told else f"({' OR '.join(sorted(told))})"


def _shared(world: World, groups: Sequence[DuplicateGroup]) -> Iterator[SharedPerson]:
    """Groups that are certainly one, with records of several owners."""
    certain = [group for group in groups if group.certainty == CERTAINTIES[0]]
    ids = sorted({record for group in certain for record in group.records})
    owners = {record: (user, name) for record, user, name in world.tuples("record_owners", ids=ids)} if ids else {}
    for group in certain:
        held = {owners[record] for record in group.records if record in owners}
        if len(held) > 1:
            yield SharedPerson(group, tuple(name or user for user, name in sorted(held)))
