"""What is wrong with the records, as a listing: findings first, the worst first, each with its next step."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from crmbridge.model.money import round_half_up
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Rate, Section, Word
from crmbridge.services.duplicates import CERTAINTIES
from crmbridge.services.quality_report import FailingRecord, Finding, QualityReport, Score, Tally
from crmbridge.services.quality_texts import TOPICS

SHOWN_RECORDS = 1000
"""How many failing records of one check a listing names; `explain` has all of them."""

ALL = "all"
"""What cannot be judged where nothing of a kind can be."""

TOP = 5
"""How many findings stand below a first sync."""

_COLUMNS = (
    Column("says", mark("what is wrong")),
    Column("kind", mark("kind"), "word"),
    Column("failing", mark("failing"), "rate"),
    Column("severity", mark("severity"), "word"),
    Column("check", mark("check")),
    Column("fix", mark("next step")),
    Column("parts", mark("of these"), "json"),
    Column("examples", mark("for example"), "json"),
    Column("not_judged", mark("not judged"), "count"),
    Column("slice", mark("slice")),
    Column("score", mark("score"), "number"),
    Column("n", mark("records judged"), "count"),
    Column("worst", mark("worst checks"), "json"),
    Column("subject", mark("record")),
    Column("title", mark("name")),
    Column("owner", mark("owner")),
    Column("certainty", mark("certainty"), "word"),
    Column("records", mark("records"), "count"),
    Column("survivor", mark("proposed survivor")),
    Column("others", mark("the others"), "json"),
    Column("evidence", mark("what they share"), "json"),
    Column("applicable", mark("records"), "count"),
    Column("reason", mark("reason")),
)
_SECTIONS = (
    Section("findings", mark("Findings"), ("says", "kind", "failing", "severity", "check", "fix")),
    Section("duplicates", mark("Duplicates"), ("kind", "certainty", "records", "survivor", "others", "evidence")),
    Section("records", mark("Failing records"), ("kind", "subject", "title", "owner", "parts")),
    Section("scores", mark("Scores"), ("slice", "score", "n", "worst")),
    Section("clean", mark("Without fault"), ("check", "kind", "applicable")),
    Section("unavailable", mark("Not judged"), ("check", "kind", "reason")),
)
SEVERITIES = (mark("error"), mark("warning"), mark("info"))
CERTAINTY_WORDS = (mark("certain"), mark("probable"), mark("possible"))


def quality_listing(
    report: QualityReport,
    *,
    with_scores: bool,
    records: Sequence[FailingRecord] = (),
    explain: Mapping[str, object] | None = None,
) -> Listing:
    """The findings, what each check could not judge, and the scores; `records` are named where one check is asked for.

    Groups of duplicates stand in full only where that check is asked for; otherwise a note counts the merely possible.
    """
    rows: list[Mapping[str, object]] = [_finding(found) for found in report.failing]
    if "duplicates" in report.request.checks:
        rows += _groups(report)
    rows += [_record(record) for record in records[:SHOWN_RECORDS]]
    rows.append(_score(report, report.whole))
    rows += [_score(report, one) for one in report.scores] if with_scores else []
    rows += [_clean(found) for found in report.findings if not found.tally.failed and found.tally.applicable]
    rows += [
        {
            "section": "unavailable",
            "check": Word(one.check) if one.check == ALL else one.check,
            "kind": one.kind,
            "reason": one.unavailable.reason,
        }
        for one in report.unjudged
    ]
    return Listing(
        report.evidence.definition,
        _COLUMNS,
        tuple(rows),
        as_of=report.request.as_of,
        window={"by": report.request.by if with_scores else None, "zone": report.evidence.zone},
        warnings=(*_possible(report), *_cut(records)),
        explain=explain,
        title=mark("Data quality"),
        sections=_SECTIONS,
    )


def top_findings(report: QualityReport, count: int = TOP) -> tuple[Note, ...]:
    """The worst findings in a line each, for the end of a first sync, and where to read on."""
    worst = report.failing[:count]
    notes = [
        Note(
            found.topic.says.code,
            "{count} of {total} ({kind} {check}): {reason}",
            {
                "count": f"{found.tally.failed:,}",
                "total": f"{found.tally.applicable:,}",
                "kind": found.kind,
                "check": found.topic.id,
                "reason": found.topic.says.template,
            },
        )
        for found in worst
    ]
    if notes:
        rest = len(report.failing) - len(worst)
        text = "data quality: {rest} more findings; crmbridge quality shows all with the next step, and --check ID one"
        notes.append(Note("QUALITY", text, {"rest": rest}))
    return tuple(notes)


def worst_said(worst: Sequence[tuple[str, Tally]]) -> list[Note]:
    """The checks that cost the most as people read them: what is wrong, and with how many."""
    return [
        Note(
            TOPICS[name].says.code,
            "{reason}: {failed} of {total}",
            {"reason": TOPICS[name].says.template, "failed": tally.failed, "total": tally.applicable, "check": name},
        )
        for name, tally in worst
    ]


def explanation(report: QualityReport, records: Sequence[FailingRecord]) -> dict[str, object]:
    """Each check with failing records: its weight, its severity, and the ids of all those records."""
    made: dict[str, dict[str, object]] = {}
    for found in report.failing:
        ids = [one.record_id for one in records if one.check == found.topic.id and one.kind == found.kind]
        made[f"{found.kind} {found.topic.id}"] = {
            "weight": found.weight,
            "severity": found.severity,
            "parts": dict(found.parts),
            "records": ids,
        }
    return {"definition": _DEFINITION, "checks": made}


_DEFINITION = {
    "failing": "records that fail the check / records that it applies to; of sources that cannot tell, none",
    "score": "100 x sum of weight x passing share / sum of weights, over the checks that apply to anything",
    "worst": "the checks that cost the most: weight x failing share",
}


def _finding(found: Finding) -> dict[str, object]:
    return {
        "section": "findings",
        "check": found.topic.id,
        "says": found.topic.says,
        "kind": found.kind,
        "failing": _rate(found.tally),
        "severity": found.severity,
        "fix": found.topic.fix,
        "parts": dict(found.parts),
        "examples": list(found.examples),
        "not_judged": found.not_judged,
    }


def _rate(tally: Tally) -> Rate:
    return Rate(tally.failed, tally.applicable, tally.applicable)


def _clean(found: Finding) -> dict[str, object]:
    return {
        "section": "clean",
        "check": found.topic.id,
        "kind": found.kind,
        "applicable": found.tally.applicable,
        "not_judged": found.not_judged,
    }


def _score(report: QualityReport, one: Score) -> dict[str, object]:
    least = report.request.config.insufficient_below
    value: object = None if one.value is None else round_half_up(Fraction(one.value), 2)
    if not one.is_enough:
        value = Note("INSUFFICIENT", "fewer than {count} records say nothing", {"count": least})
    return {
        "section": "scores",
        "slice": Word(one.label) if one is report.whole or one.key is None else one.label,
        "key": one.key,
        "score": value,
        "n": one.n,
        "worst": worst_said(one.worst),
    }


def _record(record: FailingRecord) -> dict[str, object]:
    return {
        "section": "records",
        "id": record.record_id,
        "check": record.check,
        "kind": record.kind,
        "subject": record.subject,
        "title": record.title,
        "owner": record.owner,
        "parts": list(record.parts),
    }


def _groups(report: QualityReport) -> Iterator[dict[str, object]]:
    for group in report.duplicates:
        yield {
            "section": "duplicates",
            "ids": list(group.records),
            "kind": group.kind,
            "certainty": group.certainty,
            "records": len(group.records),
            "survivor": group.subjects[0],
            "others": list(group.subjects[1:]),
            "evidence": [f"{what} {key}" for what, key in group.evidence],
        }


def _possible(report: QualityReport) -> Iterator[Note]:
    """Equal names alone are never a finding: only counted."""
    possible = [group for group in report.duplicates if group.certainty == CERTAINTIES[-1]]
    if possible:
        yield Note(
            "POSSIBLE_DUPLICATES",
            "{records} records in {groups} groups share only their name, which is no finding; "
            "crmbridge quality --check duplicates lists them",
            {"records": sum(len(group.records) for group in possible), "groups": len(possible)},
        )


def _cut(records: Sequence[FailingRecord]) -> Iterator[Note]:
    if len(records) > SHOWN_RECORDS:
        yield Note(
            "NOT_ALL_SHOWN",
            "{count} of {total} failing records are shown; --explain has the ids of all",
            {"count": SHOWN_RECORDS, "total": len(records)},
        )
