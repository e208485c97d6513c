"""First responses as a listing: how many were in time, by owner, and the leads that wait, the most urgent first."""

from collections.abc import Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Rate, Section, Word
from crmbridge.services.response_report import Answered, ResponseReport, Waiting

_COLUMNS = (
    Column("owner", mark("owner"), "value"),
    Column("leads", mark("leads"), "count"),
    Column("rate", mark("share in time"), "rate"),
    Column("met", mark("in time"), "count"),
    Column("breached", mark("too late"), "count"),
    Column("late", mark("of them still waiting"), "count"),
    Column("pending", mark("waiting in time"), "count"),
    Column("closed", mark("decided unanswered"), "count"),
    Column("unknown", mark("not known"), "count"),
    Column("unavailable", mark("source does not tell"), "count"),
    Column("median_minutes", mark("median working minutes"), "number"),
    Column("median_hours", mark("median hours"), "number"),
    Column("id", mark("id")),
    Column("lead", mark("lead")),
    Column("tier", mark("tier"), "word"),
    Column("status", mark("state"), "word"),
    Column("started_at", mark("clock started"), "instant"),
    Column("within", mark("within")),
    Column("due_at", mark("due"), "instant"),
    Column("left_minutes", mark("working minutes left"), "number"),
    Column("age_minutes", mark("working minutes since creation"), "number"),
)
_COUNTED = ("leads", "rate", "met", "breached", "late", "pending", "closed", "median_minutes")
_WAITING = ("lead", "tier", "owner", "status", "started_at", "within", "due_at", "left_minutes")
_LATE, _IN_TIME = mark("late"), mark("in time")


def response_listing(report: ResponseReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The whole, each owner with the lowest rate first, and who waits; a late one has negative minutes left."""
    rows: list[Mapping[str, object]] = [{"section": "whole", **_figures(report.whole)}] if report.whole.leads else []
    rows += [{"section": "owners", "owner": one.owner, **_figures(one)} for one in report.owners]
    rows += [_waiting(one, report) for one in report.waiting]
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=tuple(rows),
        as_of=report.request.as_of,
        window={
            "from": report.period.start.isoformat(),
            "to": report.period.end.isoformat(),
            "zone": report.evidence.zone,
            "calendar": report.request.calendar.id,
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("First responses"),
        sections=(
            Section("whole", mark("All"), _COUNTED),
            Section("owners", mark("By owner"), ("owner", *_COUNTED)),
            Section("waiting", mark("Leads that wait for an answer"), _WAITING),
        ),
        empty=mark("no lead came in this period"),
    )


def _figures(one: Answered) -> dict[str, object]:
    rate = Rate(one.rate.numerator, one.rate.denominator, one.rate.n, one.rate.low, one.rate.high)
    return {
        "leads": one.leads,
        "rate": rate,
        **{str(status): count for status, count in one.counts.items()},
        "late": one.late,
        "median_minutes": one.median_minutes,
        "median_hours": one.median_hours,
    }


def _waiting(one: Waiting, report: ResponseReport) -> dict[str, object]:
    zone = report.request.calendar.zone
    return {
        "section": "waiting",
        "id": one.id,
        "lead": one.name,
        "tier": one.tier,
        "owner": one.owner,
        "status": Word(one.status, _LATE if one.status == "breached" else _IN_TIME),
        "started_at": one.started_at.astimezone(zone),
        "within": one.within,
        "due_at": one.due_at.astimezone(zone),
        "left_minutes": one.left_minutes,
        "age_minutes": one.age_minutes,
    }
