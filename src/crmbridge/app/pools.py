"""Asks which records go back to the pool, and keeps who owned them for the next run."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import orjson

from crmbridge.app import scoring
from crmbridge.app.policies import own_policy
from crmbridge.app.quality import unfilled
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.instants import to_us
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.listing import Listing
from crmbridge.report.pool import pool_listing
from crmbridge.services.pool import SERVICE, notices, pool, records_of_pool
from crmbridge.services.pool_report import PoolConfig, PoolReport, PoolRequest, built_in, load_pool
from crmbridge.services.wants import NoticeWanted

FILE = "pool.toml"


def ask_pool(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    as_of: datetime,
    *,
    owner: str | None = None,
    viewer: str | None = None,
    limit: int | None = None,
    keep: bool = False,
    explain: bool = False,
) -> Listing:
    """What goes back to the pool; `keep` remembers who owns what, to tell who let it go and who took it."""
    request = replace(request_of(wiring, as_of), owner=owner, viewer=viewer, limit=limit)
    report = pool(facts, pipelines, request)
    if keep:
        with wiring.ledger.begin() as tx:
            service_events.append(tx, SERVICE, events_of(report))
    behind: dict[str, object] | None = None
    if explain:
        found = records_of_pool(facts, pipelines, request)
        behind = {"definition": _DEFINITION, "records": {state: list(ids) for state, ids in found.items()}}
    return pool_listing(report, behind).in_zone(facts.zone)


def own_document(wiring: Wiring) -> PoolConfig:
    """The workspace's `pool.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_pool, built_in)


def request_of(wiring: Wiring, as_of: datetime) -> PoolRequest:
    """What is asked, by the rules of the workspace."""
    return PoolRequest(
        as_of, wiring.calendar, own_document(wiring), scoring.own_document(wiring), unfilled=unfilled(wiring)
    )


def pool_wants(
    wiring: Wiring, facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime
) -> tuple[list[NoticeWanted], list[ServiceEvent]]:
    """Who is told of what goes back, and what is to be remembered."""
    report = pool(facts, pipelines, request_of(wiring, as_of))
    return notices(report), events_of(report)


def events_of(report: PoolReport) -> list[ServiceEvent]:
    """Who came to own a record, and what went back, as it is remembered."""
    at_us = to_us(report.request.as_of)
    return [
        ServiceEvent(one.id, at_us, orjson.dumps({"owner": one.owner_id, "was": one.was}).decode())
        for one in report.seen
    ]


_DEFINITION = {
    "since": "the day of the last touch by a person (of an account also of its contacts and deals), or of the "
    "assignment where that was later",
    "back_on": "since + after (pool.toml; a tier's pool_after in scores.toml goes first); never moved to a workday",
    "warn_on": "so many days, or workdays, before back_on",
    "exempt": "accounts with a won deal or an order, and those that the CRM calls customers",
    "claimed": "what was taken from the pool today: by the CRM's own date of assignment, else as seen between two runs",
    "claims_left": "claims_per_day minus what was taken today",
    "room": "holding minus what is held",
}
