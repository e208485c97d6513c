"""Whom to follow up, when and why: policies, enrolments, pauses, caps (`services.md` 7.1 to 7.4).

All of it is worked out in DuckDB for all records at once: what happened since an enrolment began is gone through day by
day, every enrolment's n-th day together. What a run must remember comes back to it as events of the service `cadence`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge.facts import persons
from crmbridge.facts.store import Facts
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.cadence_document import CadenceConfig, built_in
from crmbridge.services.cadence_report import (
    STATES,
    CadenceReport,
    CadenceRequest,
    DueTask,
    Enrolment,
    PolicyGroup,
    Reached,
    Suppressed,
)
from crmbridge.services.cadence_tables import (
    moment_of,
    unknown_stages,
    write_calendars,
    write_days,
    write_document,
    write_greeted,
    write_made,
    write_moments,
)
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.owners import owners_asked, owners_seen
from crmbridge.services.results import Evidence
from crmbridge.services.scores import write_scores
from crmbridge.services.scores_document import ScoresConfig
from crmbridge.services.scores_document import built_in as built_in_scores
from crmbridge.services.scores_report import ScoresRequest
from crmbridge.services.telling import write_telling
from crmbridge.services.waiting import WaitingRules, write_waiting
from crmbridge.services.working_time import WorkingTime
from crmbridge.services.world import World, naive

DEFINITION = "cadence/1"
SERVICE = "cadence"
"""The service of the events that say how an enrolment stands."""

_GATHERED = (
    "cadence_key",
    "cadence_before",
    "cadence_records",
    "cadence_refused",
    "cadence_with",
    "cadence_told",
    "cadence_touches",
    "cadence_meetings",
)
_ENROLLED = (
    "cadence_workdays",
    "cadence_days",
    "cadence_given_up",
    "cadence_fits",
    "cadence_ended",
    "cadence_enrolled",
    "cadence_settled",
    "cadence_heard",
    "cadence_events",
    "cadence_prior",
)
_MOST_MOVES = 60


@dataclass(frozen=True, slots=True)
class Written:
    """What `write_cadence` found out beside its tables: policies of no stage, zones that there are not, calendars.

    So many records nobody follows up: since their owner is gone, since the person does not want it.
    """

    stageless: tuple[str, ...]
    odd_zones: frozenset[str]
    time: WorkingTime
    ownerless: int
    refused: int


def cadence(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    request: CadenceRequest,
    config: CadenceConfig | None = None,
    scores: ScoresConfig | None = None,
) -> CadenceReport:
    """What is due at `as_of`, for whom and why; a function of facts, documents, moment and what was made before."""
    config = config or built_in()
    world = open_world(facts, pipelines, FunnelRequest(as_of=request.as_of))
    return report(world, request, config, write_cadence(world, pipelines, request, config, scores))


def write_cadence(
    world: World,
    pipelines: Sequence[Pipeline],
    request: CadenceRequest,
    config: CadenceConfig,
    scores: ScoresConfig | None = None,
) -> Written:
    """The tables `svc_cadence_due`, `_enrolments` and `_suppressed` are there; `world` is one of `open_world`."""
    scores = scores or built_in_scores()
    persons.ensure(world.facts.connection)
    if not world.sql("SELECT 1 FROM duckdb_tables() WHERE table_name = 'svc_scores' AND temporary"):
        write_scores(world, ScoresRequest(as_of=request.as_of, unfilled=request.unfilled), scores)
    _set(world, request, config)
    write_document(world, config, scores, pipelines)
    write_made(world, request)
    time = write_calendars(world, request)
    write_telling(world, request.unfilled)
    for query in _GATHERED:
        world.run(query)
    _drop(world, "told", "with")
    world.parameters["first"] = write_days(world, request, config, time.calendars)
    write_greeted(world, request)
    for query in _ENROLLED:
        world.run(query)
    ((ownerless, refused),) = world.tuples("cadence_left_out")
    world.run("cadence_unreached")
    _drop(world, "fits")
    _replay(world)
    world.run("cadence_alive")
    _drop(world, "events", "prior", "now", "replayed", "meetings")
    world.run("cadence_slots")
    _move(world)
    write_waiting(world, _waiting(request, config, world.facts.zone), request.made, request.as_of)
    world.run("cadence_answers")
    _drop(world, "heard", "touches")
    odd = write_moments(world, config, time.calendars)
    for query in ("cadence_due", "cadence_suppressed", "cadence_enrolments"):
        world.run(query)
    return Written(unknown_stages(config, pipelines), odd, time, ownerless, refused)


def _drop(world: World, *tables: str) -> None:
    """What is no longer needed takes no memory."""
    for table in tables:
        world.sql(f"DROP TABLE svc_cadence_{table}")


def _set(world: World, request: CadenceRequest, config: CadenceConfig) -> None:
    """Everything that the queries take."""
    used = [policy for _, policy in config.in_use]
    cut = naive(request.as_of)
    world.parameters |= {
        "today": business_date(request.as_of, world.facts.zone),
        "since": config.since,
        "kinds": sorted({kind for policy in used for kind in policy.applies_to.object}),
        "categories": sorted({category for policy in used for category in policy.applies_to.category}),
        "blank_call": config.outcomes.blank_call,
        "not_connected": [part.lower() for part in config.outcomes.not_connected],
        "bounced": [part.lower() for part in config.outcomes.bounced],
        "same_channel_days": config.caps.same_channel_days,
        "any_channel_days": config.caps.any_channel_days,
        "account_per_week": config.caps.account_per_week,
        "answer_days": config.answer.within.count,
        "answer_template": config.answer.template,
        "cut": cut,
    }


def _waiting(request: CadenceRequest, config: CadenceConfig, zone: ZoneInfo) -> WaitingRules:
    """Who wrote earlier than is looked back, or than anything counts, waits no more; without policies nobody waits."""
    since = request.as_of - timedelta(days=config.answer.look_back_days)
    if config.since is not None:
        since = max(since, datetime.combine(config.since, time(), zone))
    return WaitingRules(config.answer.types if config.in_use else (), since, config.outcomes)


def _replay(world: World) -> None:
    """Every enrolment is gone through day by day, the n-th day of all together."""
    world.run("cadence_now")
    world.run("cadence_replayed")
    ((days,),) = world.sql("SELECT coalesce(max(n), 0) FROM svc_cadence_events")
    for day in range(1, days + 1):
        world.run("cadence_next", r=day)
        world.run("cadence_next_done", r=day)
        world.run("cadence_next_now", r=day)


def _move(world: World) -> None:
    """New tasks of sales go to later days until nothing stands against any; what passes the horizon is late enough."""
    for _ in range(_MOST_MOVES):
        world.run("cadence_moves")
        if not world.tuples("cadence_moved"):
            return


def report(world: World, request: CadenceRequest, config: CadenceConfig, written: Written) -> CadenceReport:
    """What the tables of `write_cadence` say, as far as it is asked for."""
    groups = _groups(world, config, owners_seen(world, request.viewer))
    ((changed,),) = world.sql("SELECT count(*) FROM svc_cadence_enrolments WHERE is_changed")
    chosen: dict[str, Any] = {
        "policy": request.policy,
        "kind": request.kind,
        "owners": owners_asked(world, request.owner, request.viewer),
        "most": request.limit,
    }
    return CadenceReport(
        request=request,
        groups=groups,
        tasks=tuple(_task(row) for row in world.rows("cadence_due_listed", None, **chosen)),
        enrolments=tuple(
            Enrolment(**row)
            for row in (world.rows("cadence_enrolments_listed", None, **chosen) if request.with_enrolments else ())
        ),
        suppressed=tuple(Suppressed(**row) for row in world.rows("cadence_suppressed_listed", None, **chosen)),
        changed=changed,
        evidence=Evidence(
            DEFINITION,
            sum(sum(group.states.values()) for group in groups),
            request.as_of,
            cut=request.as_of,
            zone=str(world.facts.zone),
            warnings=tuple(_notes(world, request, written)),
        ),
    )


def all_tasks(world: World) -> tuple[DueTask, ...]:
    """Every task that is due, whoever asked for a part of them."""
    return tuple(_task(row) for row in world.rows("cadence_due_listed", policy=None, kind=None, owners=None, most=None))


def reached(world: World) -> tuple[Reached, ...]:
    """The rungs that are reached, and whom nobody ever answered, whether somebody was told or not."""
    return tuple(Reached(**row) for row in world.rows("cadence_reached"))


def next_touches(world: World) -> list[tuple[str, str, date]]:
    """(kind, record, day) of whatever is to be touched."""
    return [(kind, record_id, day) for kind, record_id, day in world.tuples("cadence_next_touches")]


def to_keep(world: World) -> list[tuple[str, str]]:
    """(enrolment, JSON) of every enrolment that stands otherwise than before this run."""
    return [(row[0], row[1]) for row in world.tuples("cadence_changed")]


def _task(row: Mapping[str, Any]) -> DueTask:
    return DueTask(**{**row, "due_at": moment_of(row["due_at"]), "reasons": tuple(row["reasons"])})


def _groups(world: World, config: CadenceConfig, seen: Sequence[str] | None) -> tuple[PolicyGroup, ...]:
    counted = {(policy, state): count for policy, state, count in world.tuples("cadence_groups", seen=seen)}
    due = {policy: (count, late) for policy, count, late in world.tuples("cadence_due_groups", seen=seen)}
    names = dict.fromkeys([*config.policies, *(policy for policy, _ in counted), *due])
    found = ((name, {state: counted.get((name, state), 0) for state in STATES}) for name in names)
    return tuple(
        PolicyGroup(name, states, *due.get(name, (0, 0)))
        for name, states in found
        if any(states.values()) or name in due
    )


def _notes(world: World, request: CadenceRequest, written: Written) -> list[Note]:
    told = []
    if written.stageless:
        stageless = "no pipeline has a stage that these policies are for: {policies}"
        told.append(Note("NO_SUCH_STAGE", stageless, {"policies": ", ".join(written.stageless)}))
    told += [
        Note("UNKNOWN_ZONE", "there is no time zone {zone}: the company's counts", {"zone": name})
        for name in sorted(written.odd_zones)
    ]
    ((apart, ownerless, undated),) = world.tuples("cadence_noted")
    quiet = "{n} tasks lie in the owner's hours alone: it is always quiet at the customer's then"
    counted = (
        Note("APART", quiet, {"n": apart}),
        Note("OWNERLESS", "{n} tasks have no owner", {"n": ownerless}),
        Note("OWNER_GONE", "{n} records are followed up by nobody: their owner is gone", {"n": written.ownerless}),
        Note("OPTED_OUT", "{n} records are not followed up: the person does not want it", {"n": written.refused}),
        Note("UNDATED", "nobody knows since when {n} records are where they are: they begin today", {"n": undated}),
    )
    told += [note for note in counted if note.params["n"]]
    days = [row[0] for row in world.sql("SELECT max(due_day) FROM svc_cadence_due") if row[0]]
    today = business_date(request.as_of, world.facts.zone)
    told += written.time.notes
    for calendar in written.time.calendars:
        told += calendar.notes(today, max([today, *days]))
    return told
