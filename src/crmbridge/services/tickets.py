"""Tickets of after-sales: how soon they are answered and resolved against what is promised for their priority.

Each ticket runs by the working hours of its owner, or by every hour of every day; the arithmetic is that of first
responses. No CRM tells how long a ticket waited for its customer, so that time counts too. Definitions: `services.md`
16; what is promised stands in `after_sales.toml`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.hours import MINUTE_US, shift
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.external_keys import key_of
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.after_sales_document import TicketRules
from crmbridge.services.owners import owners_asked
from crmbridge.services.quality_supply import supply
from crmbridge.services.response_report import STATUSES, Status
from crmbridge.services.results import Evidence, Period, Rate
from crmbridge.services.tickets_report import (
    MEASURES,
    By,
    Measure,
    Running,
    TicketsReport,
    TicketsRequest,
    TicketsRow,
)
from crmbridge.services.wants import NoticeWanted
from crmbridge.services.working_time import write_working_time
from crmbridge.services.world import World

DEFINITION = "tickets/1"
POLICY = "ticket-late"
_FIRST = """SELECT min(coalesce(opened_at, created_at))::DATE FROM tickets
WHERE coalesce(opened_at, created_at) > TIMESTAMP '1990-01-01'"""
_DIMENSIONS: Mapping[By, tuple[str, str, str]] = {
    "priority": ("t.target", "t.target", ""),
    "owner": ("t.owner", "coalesce(u.name, t.owner)", "LEFT JOIN users u ON u.id = t.owner_id"),
    "account": ("t.account_id", "t.customer", ""),
    "type": ("t.type", "t.type", ""),
    "month": ("strftime(r.start_day, '%Y-%m')", "strftime(r.start_day, '%Y-%m')", ""),
}
_NOTES: Mapping[tuple[Measure, Status], Note] = {
    ("first_response", "unavailable"): Note(
        "NO_FIRST_RESPONSE_TOLD",
        "{n} tickets come from a source that tells of no first response: whether they were answered is not known",
    ),
    ("first_response", "closed"): Note(
        "NO_FIRST_RESPONSE",
        "{n} tickets were resolved, and nobody tells when they were answered first",
    ),
    ("first_response", "unknown"): Note(
        "FIRST_RESPONSE_UNKNOWN",
        "of {n} tickets it is not known well enough when they were opened and answered",
    ),
    ("resolution", "unavailable"): Note(
        "NO_RESOLUTION_TOLD",
        "{n} tickets come from a source that tells of no resolution: whether they were resolved is not known",
    ),
    ("resolution", "closed"): Note("NO_RESOLUTION", "{n} tickets were resolved, and nobody tells when"),
    ("resolution", "unknown"): Note(
        "RESOLUTION_UNKNOWN", "of {n} tickets it is not known well enough when they were opened and resolved"
    ),
}


def always(zone: ZoneInfo) -> Calendar:
    """The calendar of a hotline that is answered at every hour of every day."""
    return Calendar("24x7", zone, working_weekdays=frozenset(range(7)), day_hours=(shift("00:00-24:00"),))


def tickets(facts: Facts, pipelines: Sequence[Pipeline], request: TicketsRequest) -> TicketsReport:
    """How tickets are served; ConfigError for an owner whom nobody knows."""
    world = World(facts, pipelines, cut=request.as_of)
    today = business_date(request.as_of, facts.zone)
    tomorrow = today + timedelta(days=1)
    period = request.period or Period(tomorrow - timedelta(days=request.config.window_days), tomorrow)
    world.parameters |= {
        "first": period.start,
        "after": period.end,
        "owners": owners_asked(world, request.owner, request.viewer),
        "default": request.config.tickets.default,
    }
    ((first,),) = world.sql(_FIRST)
    everywhere = always(request.calendar.zone)
    time = write_working_time(world, request.calendar, min(first or today, today), today, beside=(everywhere,))
    world.parameters["always"] = time.place(everywhere)
    _write_targets(world, request.config.tickets)
    told = supply(world, "ticket", ("first_response_at", "resolved_at"), request.unfilled)
    told.write(world)
    tells = {"tells_first": "first_response_at", "tells_resolved": "resolved_at"}
    world.run("tickets", {name: told.is_supplied(field) for name, field in tells.items()} | {"sources": told.join})
    world.run("tickets_clocks")
    world.run("response")
    found = {row.measure: row for row in _rows(world, ())}
    whole = tuple(found.get(measure) or _nothing(measure) for measure in MEASURES)
    records = {figure: tuple(ids) for figure, ids in world.tuples("tickets_records")}
    return TicketsReport(
        request=request,
        period=period,
        whole=whole,
        rows=tuple(_rows(world, request.by)) if request.by else (),
        running=tuple(_running(row) for row in world.rows("tickets_running", most=request.limit)),
        cancelled=len(records.get("cancelled", ())),
        records=records,
        evidence=Evidence(
            DEFINITION,
            whole[0].tickets,
            request.as_of,
            window=period,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=(*_notes(whole), *time.notes),
        ),
    )


def late_notices(report: TicketsReport) -> Iterator[NoticeWanted]:
    """The manager (else the owner) is told once of a ticket that is late and waits, of its answer and of its end."""
    config, zone = report.request.config, report.request.calendar.zone
    since = report.request.as_of - timedelta(days=config.tickets.look_back_days)
    for one in report.running if config.tickets.escalate else ():
        to = one.manager_id or one.owner_id
        if one.status != "breached" or to is None or one.opened_at < since:
            continue
        due = f"{one.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
        what = config.text(getattr(config.tickets.measures, one.measure))
        text = config.text(config.tickets.notice, ticket=one.name, customer=one.customer, what=what, due=due)
        yield NoticeWanted(key_of(POLICY, one.measure, one.subject), to, text, POLICY, "ticket", one.id)


def _write_targets(world: World, rules: TicketRules) -> None:
    world.sql("CREATE OR REPLACE TEMP TABLE svc_targets (target VARCHAR, clock VARCHAR)")
    world.sql("CREATE OR REPLACE TEMP TABLE svc_limits (target VARCHAR, measure VARCHAR, n BIGINT, unit VARCHAR)")
    world.sql("CREATE OR REPLACE TEMP TABLE svc_target_words (word VARCHAR, target VARCHAR)")
    for name, target in rules.targets.items():
        world.sql("INSERT INTO svc_targets VALUES ($name, $clock)", name=name, clock=target.clock)
        limits: Mapping[Measure, Interval] = {
            "first_response": target.first_response,
            "resolution": target.resolution,
        }
        for measure, within in limits.items():
            world.sql(
                "INSERT INTO svc_limits VALUES ($name, $measure, $n, $unit)",
                name=name,
                measure=measure,
                n=within.count,
                unit=within.unit,
            )
        for word in sorted({one.strip().lower() for one in target.names}):
            world.sql("INSERT INTO svc_target_words VALUES ($word, $name)", word=word, name=name)


def _rows(world: World, by: Sequence[By]) -> Iterator[TicketsRow]:
    chosen = [_DIMENSIONS[one] for one in by]
    fragments = {
        "keys": f"[{', '.join(key for key, _, _ in chosen)}]::VARCHAR[]",
        "labels": f"[{', '.join(label for _, label, _ in chosen)}]::VARCHAR[]",
        "joins": " ".join(join for _, _, join in chosen),
    }
    return (_row(row) for row in world.rows("tickets_counted", fragments))


def _row(row: Mapping[str, Any]) -> TicketsRow:
    counts = {status: int(row.get(status, 0)) for status in STATUSES}
    median = row.get("median_us")
    return TicketsRow(
        measure=row["measure"],
        keys=tuple(row["keys"]),
        labels=tuple(row["labels"]),
        tickets=row.get("tickets", 0),
        counts=counts,
        late=row.get("late", 0),
        rate=Rate.of(counts["met"], counts["met"] + counts["breached"]),
        median_minutes=None if median is None else median / MINUTE_US,
    )


def _nothing(measure: Measure) -> TicketsRow:
    return _row({"measure": measure, "keys": (), "labels": ()})


def _running(row: Mapping[str, Any]) -> Running:
    kept = ("id", "subject", "name", "measure", "account_id", "customer", "owner_id", "owner", "manager_id")
    return Running(
        **{name: row[name] for name in (*kept, "priority", "clock", "status")},
        opened_at=row["start_at"].replace(tzinfo=UTC),
        due_at=row["due_at"].replace(tzinfo=UTC),
        within=Interval(row["n"], row["unit"]),
        left_minutes=Fraction(row["left_us"], MINUTE_US),
    )


def _notes(whole: Sequence[TicketsRow]) -> Iterator[Note]:
    for row in whole:
        for (measure, status), note in _NOTES.items():
            if measure == row.measure and (n := row.counts[status]):
                yield Note(note.code, note.template, {"n": n})
