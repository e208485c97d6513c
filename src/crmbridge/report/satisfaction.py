"""Satisfaction as a listing: CSAT, NPS, CES and who answered; whom to call; who is unhappy or was asked lately."""

from collections.abc import Iterator, Mapping, Sequence

from crmbridge.report.cells import ALL, UNKNOWN, exact, rate
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.services.callbacks_report import Call
from crmbridge.services.recovery import Low
from crmbridge.services.satisfaction_report import SatisfactionReport, SatisfactionRow

_COLUMNS = (
    Column("owner", mark("owner"), "value"),
    Column("account", mark("customer"), "value"),
    Column("product", mark("product"), "value"),
    Column("month", mark("month"), "value"),
    Column("csat", mark("satisfied (CSAT)"), "rate"),
    Column("low", mark("at least"), "percent"),
    Column("high", mark("at most"), "percent"),
    Column("mean", mark("mean"), "number"),
    Column("nps", mark("NPS"), "number"),
    Column("least", mark("at least"), "number"),
    Column("most", mark("at most"), "number"),
    Column("promoters", mark("promoters"), "count"),
    Column("passives", mark("passives"), "count"),
    Column("detractors", mark("detractors"), "count"),
    Column("n", mark("answers"), "count"),
    Column("enough", mark("enough answers"), "word"),
    Column("response", mark("answered of asked"), "rate"),
    Column("customer", mark("customer")),
    Column("contact", mark("contact")),
    Column("steps", mark("what for"), "json"),
    Column("due", mark("due"), "date"),
    Column("state", mark("state"), "word"),
    Column("result", mark("result")),
    Column("feedback", mark("feedback")),
    Column("next_step", mark("next step")),
    Column("type", mark("kind"), "word"),
    Column("score", mark("score"), "number"),
    Column("scale", mark("scale"), "count"),
    Column("comment", mark("comment")),
    Column("day", mark("day"), "date"),
    Column("until", mark("not before"), "date"),
    Column("survey", mark("survey")),
    Column("fault", mark("why"), "word"),
    Column("id", mark("id")),
    Column("key", mark("key")),
)
_ENOUGH = ("n", "enough")
WORDS = (
    mark("done"), mark("cancelled"), mark("first_use"), mark("satisfaction"), mark("renewal"), mark("vip"),
    mark("insufficient"), mark("sufficient"), mark("CSAT"), mark("NPS"), mark("CES"), mark("enough_from"),
)  # fmt: skip
_STATES = {
    "due": mark("now"),
    "made": mark("task made"),
    "refused": mark("does not want it"),
    "resting": mark("asked lately"),
    "missed": mark("no task was made in time"),
}
"""What people read for the states of a call."""
_FAULTS = {
    "NO_TYPE": mark("nobody tells what was asked"),
    "UNDATED": mark("nobody tells when"),
    "WRONG_SCALE": mark("its scale is not in satisfaction.toml"),
    "OUT_OF_RANGE": mark("it is not on its scale"),
}


def satisfaction_listing(
    report: SatisfactionReport,
    calls: Sequence[Call],
    lows: Sequence[Low],
    explain: Mapping[str, object] | None = None,
) -> Listing:
    """The company first, then its slices; then the lists of what is to be done, and what counts nowhere."""
    by = report.request.by
    slices: list[_Slice] = [({by[0]: ALL} if by else {}, report.whole)]
    slices += [(dict(zip(by, _labels(row), strict=True)), row) for row in report.rows]
    rows: list[Mapping[str, object]] = [row for section in _FIGURES for row in _figures(section, slices, report)]
    rows += [_call(one) for one in calls]
    rows += [_low(one) for one in lows]
    rows += [
        {"section": "resting", "contact": one.who, "customer": one.account, "day": one.asked_on, "until": one.again_on}
        | {"id": one.id}
        for one in report.resting
    ]
    rows += [
        {"section": "rejected", "survey": one.survey, "customer": one.who, "type": _type(one.kind), "score": one.score}
        | {"scale": one.scale, "fault": Word(one.fault, _FAULTS[one.fault]), "id": one.id}
        for one in report.rejected
    ]
    return Listing(
        report.evidence.definition,
        _COLUMNS,
        tuple(rows),
        as_of=report.request.as_of,
        window={
            "from": report.period.start.isoformat(),
            "to": report.period.end.isoformat(),
            "zone": report.evidence.zone,
            "enough_from": report.request.config.min_n,
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Satisfaction"),
        sections=_sections(by),
        empty=mark("nobody was asked, and nobody is to be called"),
    )


def _sections(by: Sequence[str]) -> tuple[Section, ...]:
    return (
        Section("csat", mark("Satisfied customers (CSAT)"), (*by, "csat", "low", "high", "mean", *_ENOUGH)),
        Section(
            "nps",
            mark("Net promoter score (NPS)"),
            (*by, "nps", "least", "most", "promoters", "passives", "detractors", *_ENOUGH),
        ),
        Section("ces", mark("Effort (CES)"), (*by, "mean", *_ENOUGH)),
        Section("response", mark("Who answered"), (*by, "response")),
        Section("calls", mark("Call-backs"), ("customer", "owner", "due", "steps", "state", "result", "feedback")),
        Section("lows", mark("Low scores"), ("customer", "owner", "type", "score", "day", "comment")),
        Section("resting", mark("Asked lately"), ("contact", "customer", "day", "until")),
        Section("rejected", mark("Rejected scores"), ("survey", "customer", "type", "score", "scale", "fault")),
    )


_FIGURES = ("csat", "nps", "ces", "response")
_Slice = tuple[Mapping[str, object], SatisfactionRow]


def _figures(section: str, slices: Sequence[_Slice], report: SatisfactionReport) -> Iterator[dict[str, object]]:
    """One figure by slice; of slices that have none of it nothing, of the company that there is none."""
    for named, row in slices:
        cells = _CELLS[section](row)
        if cells.pop("is_told") or (row is report.whole and section in {"csat", "response"}):
            yield {"section": section, **named, **cells}


def _csat(row: SatisfactionRow) -> dict[str, object]:
    found = row.csat
    return {
        "is_told": bool(found.rate.n),
        "csat": rate(found.rate),
        "low": exact(found.rate.low),
        "high": exact(found.rate.high),
        "mean": found.mean,
        "n": found.rate.n,
        "enough": _enough(is_sufficient=found.is_sufficient),
    }


def _nps(row: SatisfactionRow) -> dict[str, object]:
    found = row.nps
    return {
        "is_told": bool(found.n),
        "nps": found.value,
        "least": exact(found.low),
        "most": exact(found.high),
        "promoters": found.promoters,
        "passives": found.passives,
        "detractors": found.detractors,
        "n": found.n,
        "enough": _enough(is_sufficient=found.is_sufficient),
    }


def _ces(row: SatisfactionRow) -> dict[str, object]:
    found = row.ces
    enough = _enough(is_sufficient=found.is_sufficient)
    return {"is_told": bool(found.n), "mean": found.mean, "n": found.n, "enough": enough}


def _response(row: SatisfactionRow) -> dict[str, object]:
    return {"is_told": bool(row.records.get("asked")), "response": rate(row.response)}


_CELLS = {"csat": _csat, "nps": _nps, "ces": _ces, "response": _response}


def _enough(*, is_sufficient: bool) -> str:
    return "sufficient" if is_sufficient else "insufficient"


def _labels(row: SatisfactionRow) -> list[object]:
    """What people call the slice; by its id where it has no name."""
    return [UNKNOWN if key is None else name or key for key, name in zip(row.keys, row.labels, strict=True)]


def _call(one: Call) -> dict[str, object]:
    told = one.result
    row: dict[str, object] = {
        "section": "calls",
        "customer": one.sale.customer,
        "owner": one.sale.owner or one.sale.owner_id,
        "due": one.due,
        "steps": [Word(step) for step in one.steps],
        "state": Word(one.state, _STATES.get(one.state, "")),
        "id": one.sale.account_id,
        "key": one.key,
    }
    if told is not None:
        row |= {"result": told.content, "feedback": told.feedback, "next_step": told.next_step}
    return row


def _type(kind: str | None) -> Word | None:
    return None if kind is None else Word(kind, kind.upper())


def _low(one: Low) -> dict[str, object]:
    return {
        "section": "lows",
        "customer": one.customer,
        "owner": one.owner or one.owner_id,
        "type": _type(one.type),
        "score": one.score,
        "day": one.day,
        "comment": one.comment,
        "id": one.id,
    }
