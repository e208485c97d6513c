"""Process compliance as a listing: scores, findings by slice, time limits, stages, the audit of a period, ownership."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from crmbridge.model.money import round_half_up
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.report.listing import Rate as Shown
from crmbridge.report.quality import worst_said
from crmbridge.services.compliance_report import ComplianceReport
from crmbridge.services.quality_report import Score
from crmbridge.services.quality_texts import TOPICS
from crmbridge.services.results import Rate

_COLUMNS = (
    Column("slice", mark("slice")),
    Column("score", mark("score"), "number"),
    Column("n", mark("records judged"), "count"),
    Column("worst", mark("worst checks"), "json"),
    Column("check", mark("check")),
    Column("says", mark("what is wrong")),
    Column("severity", mark("severity"), "word"),
    Column("weight", mark("weight"), "count"),
    Column("failing", mark("failing"), "rate"),
    Column("passing", mark("passing"), "rate"),
    Column("fix", mark("next step")),
    Column("kind", mark("kind"), "word"),
    Column("pipeline", mark("pipeline")),
    Column("stage", mark("stage")),
    Column("role", mark("answers for it")),
    Column("owner", mark("owner"), "value"),
    Column("limit", mark("limit"), "count"),
    Column("unit", mark("unit"), "word"),
    Column("deals", mark("deals"), "count"),
    Column("over", mark("over the limit"), "rate"),
    Column("breach", mark("over by at most"), "count"),
    Column("unknown", mark("nobody knows"), "count"),
    Column("records", mark("records"), "json"),
    Column("deal", mark("deal")),
    Column("id", mark("id")),
    Column("supported", mark("criteria support")),
    Column("lacks", mark("lacks"), "json"),
    Column("what", mark("what happened"), "word"),
    Column("events", mark("how often"), "count"),
    Column("next_steps", mark("deals with a next step"), "rate"),
    Column("touches", mark("touches"), "count"),
    Column("results", mark("with a result"), "rate"),
    Column("in_time", mark("logged in time"), "rate"),
    Column("owners", mark("owners"), "json"),
    Column("reason", mark("reason")),
)
_SECTIONS = (
    Section("scores", mark("Scores"), ("slice", "score", "n", "worst")),
    Section("findings", mark("Findings"), ("says", "kind", "failing", "severity", "fix")),
    Section(
        "limits", mark("Time limits of stages"), ("stage", "role", "owner", "limit", "unit", "deals", "over", "breach")
    ),
    Section("claims", mark("Stages that are not supported"), ("deal", "owner", "stage", "supported", "lacks")),
    Section("audit", mark("Audit of the period"), ("what", "events")),
    Section("adoption", mark("How the system is used"), ("owner", "next_steps", "touches", "results", "in_time")),
    Section("shared", mark("One person, several owners"), ("kind", "owners", "records")),
    Section("unavailable", mark("Not judged"), ("check", "kind", "reason")),
)
WORDS = (
    mark("gate"), mark("skip"), mark("regress"), mark("reopen"), mark("correction"), mark("logged_late"),
    mark("business"), mark("calendar"),
)  # fmt: skip


def compliance_listing(report: ComplianceReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The company first, then the slices, then what stands beside the scores."""
    rows: list[Mapping[str, object]] = [_score(report, one) for one in (report.quality.whole, *report.quality.scores)]
    rows += _findings(report)
    rows += [
        {
            "section": "counts",
            "slice": Word(one.slice) if one.key in {None, "all"} else one.slice,
            "key": one.key,
            "check": one.check,
            "passing": _rate(one.rate),
        }
        for one in report.counts
    ]
    rows += _limits(report)
    rows += [
        {
            "section": "audit",
            "what": one.what,
            "events": one.unavailable.reason if one.unavailable else one.events,
            "records": list(one.records),
        }
        for one in report.audit
    ]
    rows += _people(report)
    rows += _unavailable(report)
    return Listing(
        report.evidence.definition,
        _COLUMNS,
        tuple(rows),
        as_of=report.request.as_of,
        window={
            "zone": report.evidence.zone,
            "by": report.request.quality.by,
            "period": str(report.request.period),
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Process compliance"),
        sections=_SECTIONS,
    )


def _score(report: ComplianceReport, one: Score) -> dict[str, object]:
    least = report.request.quality.config.insufficient_below
    value: object = None if one.value is None else round_half_up(Fraction(one.value), 2)
    if not one.is_enough:
        value = Note("INSUFFICIENT", "fewer than {count} records say nothing", {"count": least})
    is_word = one is report.quality.whole or one.key is None
    return {
        "section": "scores",
        "slice": Word(one.label) if is_word else one.label,
        "key": one.key,
        "score": value,
        "n": one.n,
        "worst": worst_said(one.worst),
    }


def _findings(report: ComplianceReport) -> Iterator[dict[str, object]]:
    for found in report.quality.findings:
        yield {
            "section": "findings",
            "check": found.topic.id,
            "says": found.topic.says,
            "kind": found.kind,
            "severity": found.severity,
            "weight": found.weight,
            "failing": Shown(found.tally.failed, found.tally.applicable, found.tally.applicable),
            "fix": found.topic.fix,
        }


def _limits(report: ComplianceReport) -> Iterator[dict[str, object]]:
    for one in report.limits:
        yield {
            "section": "limits",
            "pipeline": one.pipeline,
            "stage": one.stage,
            "role": one.role,
            "owner": one.owner or one.owner_id,
            "limit": one.limit,
            "unit": one.unit,
            "deals": one.deals,
            "over": Shown(one.over, one.timed, one.timed),
            "unknown": one.unknown,
            "records": list(one.records),
            **({} if one.breach is None else {"breach": one.breach}),
        }
    for claim in report.claims:
        yield {
            "section": "claims",
            "deal": claim.name or claim.id,
            "id": claim.id,
            "owner": claim.owner or claim.owner_id,
            "pipeline": claim.pipeline,
            "stage": claim.stage,
            "supported": claim.supported,
            "lacks": list(claim.lacks),
        }


def _people(report: ComplianceReport) -> Iterator[dict[str, object]]:
    for one in report.adoption:
        yield {
            "section": "adoption",
            "owner": one.owner or one.owner_id,
            "next_steps": _rate(one.next_steps),
            "touches": one.touches,
            "results": _rate(one.results),
            "in_time": _rate(one.in_time),
        }
    for shared in report.shared:
        yield {
            "section": "shared",
            "kind": shared.group.kind,
            "owners": list(shared.owners),
            "records": list(shared.group.subjects),
        }


def _unavailable(report: ComplianceReport) -> Iterator[dict[str, object]]:
    for one in report.quality.unjudged:
        yield {
            "section": "unavailable",
            "check": _check(one.check),
            "kind": one.kind,
            "reason": one.unavailable.reason,
        }
    for gate in report.unjudgeable:
        params: dict[str, object] = {"criterion": f"{gate.stage}.{gate.criterion}"}
        reason = Note("NO_FIELD", "no record holds what {criterion} asks for", params)
        yield {"section": "unavailable", "check": _check("unmet_gate"), "kind": "deal", "reason": reason}


def _check(name: str) -> Word:
    """A check by its id, and as people read it."""
    return Word(name, TOPICS[name].says.template if name in TOPICS else "")


def _rate(rate: Rate) -> Shown:
    return Shown(rate.numerator, rate.denominator, rate.n, rate.low, rate.high)
