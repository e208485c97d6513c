"""Data quality: what is wrong with the records, how bad it is, what to do, and how owners and teams stand.

Each kind is read once: every check is a pair of conditions over one row, counted for each slice in the same query.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.facts.tables import plural
from crmbridge.model.errors import ConfigError
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.dimensions import Dimension
from crmbridge.services.duplicates import DuplicateGroup
from crmbridge.services.quality_checks import Check, base
from crmbridge.services.quality_plan import Plan, plan
from crmbridge.services.quality_report import (
    FailingRecord,
    Finding,
    QualityReport,
    QualityRequest,
    Score,
    Tally,
    added,
    ranked,
    score,
    worst,
)
from crmbridge.services.quality_texts import TOPICS
from crmbridge.services.results import Evidence
from crmbridge.services.slicing import sliced

DEFINITION = "quality/1"
WHOLE = "all"
_BETWEEN = "\x1f"
"""Stands between the parts of a standing in quality_tally.sql."""
_BLANK = Dimension("blank", "", "NULL", "NULL")
_TITLES = {
    "lead": "coalesce(nullif(r.full_name, ''), r.company_name)",
    "contact": "r.full_name",
    "task": "r.title",
    "activity": "r.subject_text",
    "order": "r.external_id",
}


@dataclass(slots=True)
class _Slice:
    """What is gathered of one slice over all kinds."""

    label: str | None = None
    judged: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)


def quality(facts: Facts, pipelines: Sequence[Pipeline], request: QualityRequest) -> QualityReport:
    """Every check that the facts can answer, the worst first, with scores for each slice.

    ConfigError for an unknown check, or a dimension that no kind has.
    """
    return report_of(plan(facts, pipelines, request))


def quality_with_records(
    facts: Facts, pipelines: Sequence[Pipeline], request: QualityRequest
) -> tuple[QualityReport, tuple[FailingRecord, ...]]:
    """The report together with every record that fails a check of it, in one look at the facts."""
    made = plan(facts, pipelines, request)
    return report_of(made), _failing(made, WHOLE)


def failing_records(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    request: QualityRequest,
    *,
    key: str | None = WHOLE,
) -> tuple[FailingRecord, ...]:
    """The records that fail the checks asked for, as many as the findings say, check by check.

    With `key` those of one slice of `request.by` (None: the blank one). A record that fails several is there for each.
    """
    return _failing(plan(facts, pipelines, request), key)


def report_of(made: Plan) -> QualityReport:
    """The report of checks that are ready to be run."""
    request = made.request
    by = _dimensions(made, request.by)
    owners = by if made.seen is None else _dimensions(made, "owner")
    slices: dict[str | None, _Slice] = {}
    findings: list[Finding] = []
    for name, checks in made.checks.items():
        if checks:
            rows = _tally(made, name, checks, by[name], owners[name])
            for row in rows:
                _gather(slices, row, checks)
            findings += [_finding(made, check, place, rows) for place, check in enumerate(checks)]
    weights = {name: setting.weight for name, setting in request.config.checks.items()}
    scores = [_score(request, key, found.label or "unknown", found, weights) for key, found in slices.items()]
    everything = _Slice(WHOLE, sum(s.judged for s in slices.values()), added(s.tallies for s in slices.values()))
    whole = _score(request, WHOLE, WHOLE, everything, weights)
    return QualityReport(
        request=request,
        findings=ranked(findings),
        unjudged=tuple(made.unjudged),
        whole=whole,
        scores=tuple(sorted(scores, key=_standing)),
        duplicates=_groups(made),
        evidence=Evidence(DEFINITION, whole.n, request.as_of, cut=request.as_of, zone=str(made.world.facts.zone)),
    )


def _groups(made: Plan) -> tuple[DuplicateGroup, ...]:
    """The groups of duplicates, those alone of which the viewer sees every record."""
    ids = sorted({record for group in made.groups for record in group.records})
    if made.seen is None or not ids:
        return made.groups
    mine = {record for record, owner, _ in made.world.tuples("record_owners", ids=ids) if owner in made.seen}
    return tuple(group for group in made.groups if mine.issuperset(group.records))


def _failing(made: Plan, key: str | None) -> tuple[FailingRecord, ...]:
    by, owners = _dimensions(made, made.request.by), _dimensions(made, "owner")
    return tuple(
        record
        for name, checks in made.checks.items()
        for one in checks
        for record in _records(made, one, by[name], owners[name], key)
    )


def _dimensions(made: Plan, by: str) -> dict[str, Dimension]:
    """How each kind is sliced. A kind that has no such dimension falls into the blank slice; ConfigError if none has.

    Activities and tasks belong to whoever did, or does, them.
    """
    found, refused = {}, []
    for name in (name for name, checks in made.checks.items() if checks):
        path = {"team": "owner.org_unit", "manager": "owner.manager"}.get(by, by).split(".")
        wanted = ".".join((made.actor(name), *path[1:])) if path[0] == "owner" and name in {"activity", "task"} else by
        try:
            found[name] = sliced(made.world, name, wanted)
        except ConfigError as error:
            found[name] = _BLANK
            refused.append(error)
    if refused and len(refused) == len(found):
        raise refused[0]
    return found


def _fragments(made: Plan, name: str, checks: Sequence[Check], by: Dimension, owner: Dimension) -> dict[str, str]:
    joins, live = base(name)
    dimensions = (by, owner)
    if made.seen is not None:
        live = f"({live}) AND list_contains($seen, CAST({owner.key} AS VARCHAR))"
    every = (*joins, *(j for d in dimensions for j in d.joins), *(j for check in checks for j in check.joins))
    return {"table": f'"{plural(name)}"', "joins": " ".join(dict.fromkeys(every)), "live": live}


def _tally(made: Plan, name: str, checks: Sequence[Check], by: Dimension, owner: Dimension) -> list[dict[str, Any]]:
    flags, tallies = [], []
    for place, check in enumerate(checks):
        flags.append(f", CASE WHEN {check.applies} THEN coalesce({check.fails}, false) END AS c{place}")
        tallies.append(f", count(c{place}) AS a{place}, count(*) FILTER (c{place}) AS f{place}")
        if made.request.examples:
            tallies.append(f", min(standing, {made.request.examples}) FILTER (c{place}) AS e{place}")
        for number, (_, condition) in enumerate(check.parts):
            flags.append(f", {condition} AS c{place}p{number}")
            tallies.append(f", count(*) FILTER (c{place} AND c{place}p{number}) AS f{place}p{number}")
    fragments = _fragments(made, name, checks, by, owner) | {
        "key": by.key,
        "label": by.label,
        "flags": "".join(flags),
        "tallies": "".join(tallies),
        "judged": " OR ".join(f"c{place} IS NOT NULL" for place in range(len(checks))),
        "title": _title(name),
    }
    parameters = {key: value for check in checks for key, value in check.parameters.items()}
    parameters |= {**by.parameters, **owner.parameters}
    return made.world.rows("quality_tally", fragments, **parameters, seen=made.seen)


def _gather(slices: dict[str | None, _Slice], row: Mapping[str, Any], checks: Sequence[Check]) -> None:
    held = slices.setdefault(row["key"], _Slice())
    held.label = held.label or row["label"]
    held.judged += row["judged"]
    own = ({check.id: Tally(row[f"a{place}"], row[f"f{place}"])} for place, check in enumerate(checks))
    held.tallies = added((held.tallies, *own))


def _finding(made: Plan, check: Check, place: int, rows: Sequence[Mapping[str, Any]]) -> Finding:
    setting = made.request.config.checks[check.id]
    parts = {label: sum(row[f"f{place}p{number}"] for row in rows) for number, (label, _) in enumerate(check.parts)}
    return Finding(
        topic=TOPICS[check.id],
        kind=check.kind,
        severity=setting.severity,
        weight=setting.weight,
        tally=Tally(sum(row[f"a{place}"] for row in rows), sum(row[f"f{place}"] for row in rows)),
        parts=dict(sorted(((k, n) for k, n in parts.items() if n), key=lambda part: (-part[1], part[0]))),
        examples=_examples(made, (one for row in rows for one in row.get(f"e{place}") or ())),
        not_judged=made.missing.get((check.id, check.kind), 0),
    )


def _examples(made: Plan, standings: Iterable[str]) -> tuple[str, ...]:
    """The oldest records of all slices; what stands last in a standing is the record's subject."""
    return tuple(standing.rpartition(_BETWEEN)[2] for standing in sorted(standings)[: made.request.examples])


def _title(name: str) -> str:
    """What a record of a kind is called, as SQL."""
    return _TITLES.get(name, "r.name")


def _score(request: QualityRequest, key: str | None, label: str, found: _Slice, weights: Mapping[str, int]) -> Score:
    return Score(
        key=key,
        label=label,
        n=found.judged,
        value=score(found.tallies, weights),
        is_enough=found.judged >= request.config.insufficient_below,
        worst=worst(found.tallies, weights),
        tallies=found.tallies,
    )


def _standing(found: Score) -> tuple[bool, bool, Any, str, str]:
    """The lowest score first, too small samples after them, what nobody could place last."""
    return (
        found.key is None,
        not found.is_enough,
        found.value if found.value is not None else 101,
        found.label,
        found.key or "",
    )


def _records(made: Plan, check: Check, by: Dimension, owner: Dimension, key: str | None) -> list[FailingRecord]:
    told = ", ".join(f"CASE WHEN {condition} THEN '{label}' END" for label, condition in check.parts)
    fragments = _fragments(made, check.kind, (check,), by, owner) | {
        "applies": check.applies,
        "fails": check.fails,
        "key": by.key,
        "owner": owner.label,
        "title": _title(check.kind),
        "parts": f"[{told}]",
    }
    rows = made.world.rows(
        "quality_records",
        fragments,
        **{**check.parameters, **by.parameters, **owner.parameters},
        seen=made.seen,
        one_slice=key != WHOLE,
        slice=None if key == WHOLE else key,
    )
    return [
        FailingRecord(
            check=check.id,
            kind=check.kind,
            record_id=row["record_id"],
            subject=row["subject"],
            title=row["title"],
            owner=row["owner"],
            parts=tuple(part for part in row["parts"] if part is not None),
        )
        for row in rows
    ]
