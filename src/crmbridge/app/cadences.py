"""Asks what follow-up is due, and keeps how enrolments stand for the next run."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from crmbridge.app import scoring
from crmbridge.app.policies import own_policy
from crmbridge.app.quality import unfilled
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.instants import to_us
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.cadence import cadence_listing
from crmbridge.report.listing import Listing
from crmbridge.services.cadence import (
    SERVICE,
    all_tasks,
    next_touches,
    reached,
    report,
    to_keep,
    write_cadence,
)
from crmbridge.services.cadence_document import CadenceConfig, built_in, load_cadence
from crmbridge.services.cadence_report import CadenceRequest, Greeted
from crmbridge.services.cadence_wants import notices_wanted, tasks_wanted, values_of
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.stage_care import uncared
from crmbridge.services.wants import FigureWanted, TaskMade, Want
from crmbridge.services.world import World

FILE = "cadence.toml"


def ask_cadence(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    request: CadenceRequest,
    *,
    keep: bool = False,
    explain: bool = False,
) -> Listing:
    """What is due; `keep` remembers how enrolments stand. What the workspace knows is added to the request here."""
    config = own_document(wiring)
    asked = replace(request, calendar=wiring.calendar, unfilled=unfilled(wiring))
    world = open_world(facts, pipelines, FunnelRequest(as_of=asked.as_of))
    found = report(world, asked, config, write_cadence(world, pipelines, asked, config, scoring.own_document(wiring)))
    if keep:
        with wiring.ledger.begin() as tx:
            service_events.append(tx, SERVICE, _events(world, asked.as_of))
    told = cadence_listing(found, config, {"definition": _DEFINITION} if explain else None).in_zone(facts.zone)
    return replace(told, warnings=(*told.warnings, *uncared(pipelines, config)))


def own_document(wiring: Wiring) -> CadenceConfig:
    """The workspace's `cadence.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_cadence, built_in)


def cadence_wants(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    as_of: datetime,
    made: Mapping[str, TaskMade],
    *,
    shown: Collection[str] = (),
    greeted: Greeted | None = None,
) -> tuple[list[Want], list[ServiceEvent]]:
    """The tasks and notices that shall be, and how enrolments stand for the next run.

    `shown` are the kinds whose records show when they are touched next; `greeted` tells whom somebody greets.
    """
    config = own_document(wiring)
    request = CadenceRequest(as_of, wiring.calendar, made=made, unfilled=unfilled(wiring), greeted=greeted)
    world = open_world(facts, pipelines, FunnelRequest(as_of=as_of))
    write_cadence(world, pipelines, request, config, scoring.own_document(wiring))
    tasks = all_tasks(world)
    values = values_of(facts, config)
    wants: list[Want] = [*tasks_wanted(tasks, config, values), *notices_wanted(reached(world), tasks, config)]
    return [*wants, *_figures(world, shown)], _events(world, as_of)


def _figures(world: World, shown: Collection[str]) -> Iterator[FigureWanted]:
    if shown:
        for kind, record_id, day in next_touches(world):
            if kind in shown:
                yield FigureWanted(kind, record_id, "next_touch", day, SERVICE)


def _events(world: World, as_of: datetime) -> list[ServiceEvent]:
    at_us = to_us(as_of)
    return [ServiceEvent(enrolment, at_us, body) for enrolment, body in to_keep(world)]


_DEFINITION = {
    "due": "so many days or business days after the anchor, rolled to a workday of the owner's; an agreed next step "
    "that is earlier wins, a pause or a cap moves it to a later day, and a task stays where its owner has put it",
    "overdue": "business days from the day it was due, up to today",
    "missed": "the occurrences before today that stand in one task; it has the number of the first of them",
    "anchor": "the last step that was done or the last answer; the enrolment; the stage's entry; or a fixed day",
    "enrolment": "begins when a record comes where a policy is for it, ends by an exit rule, and begins anew as the "
    "next one",
    "suspended": "a person is in one policy of sales at a time: what is pinned, then deals before contacts before "
    "leads, the higher stage, the better tier, the shorter interval",
    "FREQUENCY_CAP": "too soon after the last touch of the person by that channel or any, or the company had its "
    "touches of the week",
    "CARE_DAY": "the person is greeted that day, or due another touch of care: one of sales goes to the next workday",
    "key": "of policy, record, enrolment and occurrence: whoever edits a template makes no task twice",
}
