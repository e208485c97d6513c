"""How the agreed way of working is kept, by rep, team and stage (services.md 13).

The checks are those of data quality that belong to the process; beside them stand the time limits of stages, stages
that are recorded but not supported, the audit of a period, how the system is used, and people whom two reps own.
"""

from collections.abc import Iterator, Sequence

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.compliance_report import (
    AUDITED,
    Adoption,
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
from crmbridge.services.quality_plan import plan
from crmbridge.services.quality_report import QualityReport, Tally
from crmbridge.services.results import Evidence, Rate
from crmbridge.services.world import World

DEFINITION = "compliance/1"


def compliance(facts: Facts, pipelines: Sequence[Pipeline], request: ComplianceRequest) -> ComplianceReport:
    """How the way of working is kept; ConfigError for a dimension that no kind has."""
    made = plan(facts, pipelines, request.quality)
    judged, world = report_of(made), made.world
    unjudgeable = write_gates(world, pipelines, request.quality.unfilled, request.quality.not_connected)
    world.make("ages")
    world.parameters |= {"start": request.period.start, "end": request.period.end}
    ((deals,),) = world.sql("SELECT count(*) FROM svc_states WHERE state = 'open'")
    return ComplianceReport(
        request=request,
        quality=judged,
        counts=tuple(_counts(judged)),
        limits=_limits(world, pipelines),
        claims=tuple(StageClaim(**row | {"lacks": tuple(row["lacks"])}) for row in world.rows("compliance_claims")),
        judged=deals,
        audit=tuple(_audit(world)),
        adoption=tuple(_adoption(world, request)),
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


def _counts(judged: QualityReport) -> Iterator[Counted]:
    """Every check in every slice, the company first; a check that applies to nothing in a slice is not there."""
    for score in (judged.whole, *judged.scores):
        for check, tally in sorted(score.tallies.items()):
            if tally.applicable:
                yield Counted(check, score.label, score.key, _passing(tally))


def _passing(tally: Tally) -> Rate:
    return Rate.of(tally.passed, tally.applicable)


def _limits(world: World, pipelines: Sequence[Pipeline]) -> tuple[StageLimit, ...]:
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
    for what in AUDITED:
        events, records = told.get(what, (0, ()))
        yield AuditRow(what, events, records)


def _adoption(world: World, request: ComplianceRequest) -> Iterator[Adoption]:
    for row in world.rows("compliance_adoption", adoption_days=request.config.adoption_days):
        yield Adoption(
            row["owner_id"],
            row["owner"],
            Rate.of(row["with_step"], row["deals"]),
            row["touches"],
            Rate.of(row["with_result"], row["touches"]),
            Rate.of(row["in_time"], row["timed"]),
        )


def _shared(world: World, groups: Sequence[DuplicateGroup]) -> Iterator[SharedPerson]:
    """Groups that are certainly one, with records of several owners."""
    certain = [group for group in groups if group.certainty == CERTAINTIES[0]]
    ids = sorted({record for group in certain for record in group.records})
    owners = {record: (user, name) for record, user, name in world.tuples("compliance_owners", ids=ids)} if ids else {}
    for group in certain:
        held = {owners[record] for record in group.records if record in owners}
        if len(held) > 1:
            yield SharedPerson(group, tuple(name or user for user, name in sorted(held)))
