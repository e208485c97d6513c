"""How soon leads are answered: the clock of each in the working time of its owner, and who keeps the promise of a tier.

Everything is worked out in DuckDB for all leads at once; `write_response` leaves it as the table `svc_response` in the
session of a `World`, for the queue. Definitions: `services.md` 7.5.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, timedelta
from fractions import Fraction
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.calendar.hours import MINUTE_US
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.instants import business_date, to_us
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.owners import owners_asked
from crmbridge.services.response_report import (
    STATUSES,
    Answered,
    ClockStarted,
    ResponseReport,
    ResponseRequest,
    Waiting,
)
from crmbridge.services.results import Evidence, Period, Rate
from crmbridge.services.scores import write_scores
from crmbridge.services.scores_report import ScoresRequest
from crmbridge.services.telling import write_telling
from crmbridge.services.working_time import write_working_time
from crmbridge.services.world import World

DEFINITION = "response/1"
SERVICE = "response"
"""The service of the events that say when the clock of a lead started."""

_HOUR_US = 60 * MINUTE_US
_FIRST = """SELECT least(min(created_at), min(assigned_at))::DATE FROM leads
WHERE coalesce(created_at, assigned_at) > TIMESTAMP '1990-01-01'"""
_TIERS = {"scores": "coalesce(c.tier, l.tier)", "record": "coalesce(nullif(l.tier, ''), c.tier)"}


def response(facts: Facts, pipelines: Sequence[Pipeline], request: ResponseRequest) -> ResponseReport:
    """The first responses at `as_of`; ConfigError for an owner whom nobody knows."""
    world, notes = _open(facts, pipelines, request)
    found = [answered(row) for row in world.rows("response_owners")]
    return ResponseReport(
        request=request,
        period=period_of(request, facts),
        whole=next((one for is_whole, one in found if is_whole), _NOBODY),
        owners=tuple(one for is_whole, one in found if not is_whole),
        waiting=tuple(waiting(row) for row in world.rows("response_waiting", most=request.limit)),
        started=tuple(
            ClockStarted(id_, owner, at.replace(tzinfo=UTC)) for id_, owner, at in world.tuples("response_started")
        ),
        evidence=_evidence(request, facts, found, notes),
    )


def records_of_response(
    facts: Facts, pipelines: Sequence[Pipeline], request: ResponseRequest
) -> Mapping[str, tuple[str, ...]]:
    """The ids of the leads behind the figures, by status, sorted."""
    world, _ = _open(facts, pipelines, request)
    return {status: tuple(ids) for status, ids in world.tuples("response_records")}


def _open(facts: Facts, pipelines: Sequence[Pipeline], request: ResponseRequest) -> tuple[World, list[Note]]:
    world = open_world(facts, pipelines, FunnelRequest(as_of=request.as_of))
    world.parameters["owners"] = owners_asked(world, request.owner, request.viewer)
    write_scores(world, ScoresRequest(request.as_of, unfilled=request.unfilled), request.scores)
    ((first,),) = world.sql(_FIRST)
    today = business_date(request.as_of, facts.zone)
    time = write_working_time(world, request.calendar, first or today, today)
    write_response(world, request)
    return world, time.notes


def write_response(world: World, request: ResponseRequest) -> None:
    """The table `svc_response` is there.

    `world` is one of `open_world` at the same moment, with its scores and the working time since the first lead.
    """
    period, config = period_of(request, world.facts), request.config
    world.parameters |= {
        "first": period.start,
        "after": period.end,
        "start": config.start,
        "restart": config.restart,
        "types": list(config.types),
        "undirected": config.undirected,
        "field": config.field,
        "within_n": config.within.count,
        "within_unit": config.within.unit,
    }
    world.sql("CREATE OR REPLACE TEMP TABLE svc_within (tier VARCHAR, n BIGINT, unit VARCHAR)")
    for name, tier in request.scores.ranked:
        if tier.first_response is not None:
            within = tier.first_response
            world.sql("INSERT INTO svc_within VALUES ($tier, $n, $unit)", tier=name, n=within.count, unit=within.unit)
    write_telling(world, request.unfilled)
    world.run("response_answers")
    world.run("response_clocks", {"tier": _TIERS[config.tier]})
    world.run("response")


def period_of(request: ResponseRequest, facts: Facts) -> Period:
    """The days asked for, else those that the document looks back."""
    if request.period is not None:
        return request.period
    after = business_date(request.as_of, facts.zone) + timedelta(days=1)
    return Period(max(date.min, after - timedelta(days=request.config.window_days)), after)


def answered(row: Mapping[str, Any]) -> tuple[bool, Answered]:
    """A row of `response_owners`, and whether it is of everybody."""
    counts = {status: int(row[status]) for status in STATUSES}
    median, elapsed = row["median_us"], row["median_elapsed_us"]
    found = Answered(
        owner_id=None if row["is_whole"] else row["owner"],
        owner=None if row["is_whole"] else row["name"],
        leads=row["leads"],
        counts=counts,
        late=row["late"],
        rate=Rate.of(counts["met"], counts["met"] + counts["breached"]),
        median_minutes=None if median is None else median / MINUTE_US,
        median_hours=None if elapsed is None else elapsed / _HOUR_US,
    )
    return bool(row["is_whole"]), found


_NOBODY = Answered(None, None, 0, dict.fromkeys(STATUSES, 0), 0, Rate.of(0, 0), None, None)


def waiting(row: Mapping[str, Any]) -> Waiting:
    """Somebody who waits for an answer."""
    return Waiting(
        id=row["id"],
        subject=row["subject"],
        name=row["name"],
        owner_id=row["owner_id"],
        owner=row["owner_name"],
        tier=row["tier"],
        status=row["status"],
        started_at=row["start_at"].replace(tzinfo=UTC),
        due_at=row["due_at"].replace(tzinfo=UTC),
        within=Interval(row["n"], row["unit"]),
        left_minutes=Fraction(row["left_us"], MINUTE_US),
        age_minutes=Fraction(row["age_us"], MINUTE_US),
    )


def _evidence(
    request: ResponseRequest, facts: Facts, found: Sequence[tuple[bool, Answered]], notes: Sequence[Note]
) -> Evidence:
    whole = next((one for is_whole, one in found if is_whole), _NOBODY)
    told = (
        Note(
            "NO_ANSWERS_TOLD",
            "{n} leads come from a source that tells of no calls or mails: whether they were answered is not known",
            {"n": whole.counts["unavailable"]},
        ),
        Note(
            "CLOCK_UNKNOWN",
            "of {n} leads only the day is known, or no moment at all: whether they were answered in time is not known",
            {"n": whole.counts["unknown"]},
        ),
    )
    return Evidence(
        DEFINITION,
        whole.leads,
        request.as_of,
        window=period_of(request, facts),
        cut=request.as_of,
        zone=str(facts.zone),
        warnings=(*(note for note in told if note.params["n"]), *notes),
    )


def as_kept(one: ClockStarted) -> dict[str, object]:
    """What is remembered of a clock that started."""
    return {"start_us": to_us(one.started_at), "owner": one.owner_id}
