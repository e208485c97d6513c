"""First responses as a listing: how many were in time, by owner, and the leads that wait, the most urgent first."""

from collections.abc import Iterator, Mapping

from crmbridge.model.money import round_half_up
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Rate, Section, Word
from crmbridge.services.customer_response import CustomerResponse
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
    Column("asked", mark("asked"), "count"),
    Column("customer", mark("customer")),
    Column("policy", mark("policy")),
    Column("tier", mark("tier"), "word"),
    Column("status", mark("state"), "word"),
    Column("started_at", mark("clock started"), "instant"),
    Column("within", mark("within")),
    Column("due_at", mark("due"), "instant"),
    Column("left", mark("time left")),
    Column("left_minutes", mark("working minutes left"), "number"),
    Column("age_minutes", mark("working minutes since creation"), "number"),
)
_COUNTED = ("leads", "rate", "met", "breached", "late", "pending", "closed", "median_minutes")
_WAITING = ("lead", "tier", "owner", "status", "started_at", "within", "due_at", "left")
_LATE, _IN_TIME = mark("late"), mark("in time")
_HOUR_MINUTES, _DAY_MINUTES = 60, 24 * 60
_TIMES = {
    (True, False, False): mark("{n} working hours"),
    (True, True, False): mark("{n} workdays"),
    (False, False, False): mark("{n} hours"),
    (False, True, False): mark("{n} days"),
    (True, False, True): mark("late by {n} working hours"),
    (True, True, True): mark("late by {n} workdays"),
    (False, False, True): mark("late by {n} hours"),
    (False, True, True): mark("late by {n} days"),
}
"""By whether working time counts, whether it is a day or more, and whether it is over."""


def response_listing(
    report: ResponseReport, explain: Mapping[str, object] | None = None, customers: CustomerResponse | None = None
) -> Listing:
    """The whole, each owner with the lowest rate first, and who waits; a late one has negative minutes left.

    Customers who wrote or called come after the leads.
    """
    rows: list[Mapping[str, object]] = [{"section": "whole", **_figures(report.whole)}] if report.whole.leads else []
    rows += [{"section": "owners", "owner": one.owner, **_figures(one)} for one in report.owners]
    rows += [_waiting(one, report) for one in report.waiting]
    rows += _of_customers(customers, report) if customers is not None else ()
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
            Section("customers", mark("Customers who wrote or called"), ("owner", "asked", *_COUNTED[1:])),
            Section(
                "customers_waiting", mark("Customers who wait for an answer"), ("customer", "policy", *_WAITING[2:])
            ),
        ),
        empty=mark("no lead came in this period"),
    )


def _of_customers(customers: CustomerResponse, report: ResponseReport) -> Iterator[dict[str, object]]:
    whole = () if customers.whole is None else ((Word("all"), customers.whole),)
    for owner, one in (*whole, *((one.owner, one) for one in customers.owners)):
        figures = _figures(one)
        yield {"section": "customers", "owner": owner, "asked": figures.pop("leads"), **figures}
    for one in customers.waiting:
        row = _waiting(one, report)
        head = {"customer": row.pop("lead"), "policy": row.pop("tier")}
        yield {**row, **head, "section": "customers_waiting"}


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
        "left": _left(one, report.request.calendar.day_minutes),
        "left_minutes": one.left_minutes,
        "age_minutes": one.age_minutes,
    }


def _left(one: Waiting, day_minutes: int) -> Note:
    """The time that is left, or by which it is late: in hours up to a day and in days beyond it, with one decimal."""
    minutes, is_late = abs(one.left_minutes), one.left_minutes < 0
    is_working = one.within.unit != "d"
    day = day_minutes if is_working else _DAY_MINUTES
    is_long = minutes >= day
    n = round_half_up(minutes / (day if is_long else _HOUR_MINUTES), 1)
    return Note("LATE_BY" if is_late else "LEFT", _TIMES[is_working, is_long, is_late], {"n": n})
