"""Tickets as a listing: how many were answered and resolved in time, and those whose clocks run."""

from collections.abc import Mapping

from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.notes import Note
from crmbridge.report import cells
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.services.tickets_report import BYS, MEASURES, Running, TicketsReport, TicketsRow

_COLUMNS = (
    Column("measure", mark("measured"), "word"),
    Column("priority", mark("priority"), "value"),
    Column("owner", mark("owner"), "value"),
    Column("account", mark("customer"), "value"),
    Column("type", mark("kind"), "value"),
    Column("month", mark("month"), "value"),
    Column("tickets", mark("tickets"), "count"),
    Column("rate", mark("share in time"), "rate"),
    Column("met", mark("in time"), "count"),
    Column("breached", mark("too late"), "count"),
    Column("late", mark("of them still waiting"), "count"),
    Column("pending", mark("waiting in time"), "count"),
    Column("closed", mark("done, nobody tells when"), "count"),
    Column("unknown", mark("not known"), "count"),
    Column("unavailable", mark("source does not tell"), "count"),
    Column("median_minutes", mark("median minutes"), "number"),
    Column("cancelled", mark("cancelled"), "count"),
    Column("id", mark("id")),
    Column("ticket", mark("ticket")),
    Column("status", mark("state"), "word"),
    Column("clock", mark("hours"), "word"),
    Column("opened_at", mark("opened"), "instant"),
    Column("within", mark("within")),
    Column("due_at", mark("due"), "instant"),
    Column("left_minutes", mark("minutes left"), "number"),
)
_COUNTED = ("measure", "tickets", "rate", "met", "breached", "late", "pending", "closed", "unavailable")
_RUNNING = (
    "ticket",
    "account",
    "owner",
    "priority",
    "status",
    "clock",
    "opened_at",
    "within",
    "due_at",
    "left_minutes",
)
_MEASURES = {"first_response": mark("first answer"), "resolution": mark("resolution")}
_CLOCKS = {"business": mark("working hours"), "always": mark("day and night")}
_LATE, _IN_TIME = mark("late"), mark("in time")
_TITLES = {
    "first_response": mark("Tickets that wait for a first answer"),
    "resolution": mark("Tickets that wait to be resolved"),
}


def tickets_listing(report: TicketsReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The whole, each slice, and the tickets whose clocks run: the late ones first, with negative minutes left."""
    by = tuple(name for name in BYS if name in report.request.by)
    rows: list[Mapping[str, object]] = []
    if report.evidence.n or report.cancelled:
        cancelled = {"cancelled": report.cancelled}
        rows += [{"section": "whole", **_figures(row), **cancelled} for row in report.whole]
    rows += [{"section": "slices", **_labels(report, row), **_figures(row)} for row in report.rows]
    rows += [_running(one, report) for one in report.running]
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
        title=mark("Tickets"),
        sections=(
            Section("whole", mark("All"), (*_COUNTED, "median_minutes", "cancelled")),
            Section("slices", mark("By slice"), (*by, *_COUNTED, "median_minutes")),
            *(Section(measure, _TITLES[measure], _RUNNING) for measure in MEASURES),
        ),
        empty=mark("no ticket was opened in this period, and none waits"),
    )


def _labels(report: TicketsReport, row: TicketsRow) -> dict[str, object]:
    found = zip(report.request.by, row.keys, row.labels, strict=True)
    return {name: cells.label(key, label or key or "") for name, key, label in found}


def _figures(row: TicketsRow) -> dict[str, object]:
    return {
        "measure": Word(row.measure, _MEASURES[row.measure]),
        "tickets": row.tickets,
        "rate": cells.rate(row.rate),
        **{str(status): count for status, count in row.counts.items()},
        "late": row.late,
        "median_minutes": row.median_minutes,
    }


def _running(one: Running, report: TicketsReport) -> dict[str, object]:
    zone = report.request.calendar.zone
    return {
        "section": one.measure,
        "id": one.id,
        "ticket": one.name,
        "account": one.customer,
        "owner": one.owner,
        "priority": one.priority,
        "status": Word(one.status, _LATE if one.status == "breached" else _IN_TIME),
        "clock": Word(one.clock, _CLOCKS[one.clock]),
        "opened_at": one.opened_at.astimezone(zone),
        "within": _within(one),
        "due_at": one.due_at.astimezone(zone),
        "left_minutes": one.left_minutes,
    }


def _within(one: Running) -> Interval | Note:
    """How long it may take: where the clock always runs, an hour is any hour and a day any day."""
    if one.clock == "business":
        return one.within
    if one.within.unit == "bh":
        return Note("HOURS", "{n} h", {"n": one.within.count})
    return Interval(one.within.count, "d")
