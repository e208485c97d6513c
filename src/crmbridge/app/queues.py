"""Asks what comes next: the documents of the workspace, and the tasks that were made before."""

from collections.abc import Sequence
from datetime import datetime

from crmbridge.app import cadences, care, forecasting, responses, scoring
from crmbridge.app.asker import Asker
from crmbridge.app.policies import own_policy
from crmbridge.app.quality import unfilled
from crmbridge.app.tasks_made import tasks_made
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.listing import Listing
from crmbridge.report.queue import queue_listing
from crmbridge.services.queue import queue, records_of_queue
from crmbridge.services.queue_report import QueueConfig, QueueRequest, built_in, load_queue

FILE = "queue.toml"


def ask_queue(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    as_of: datetime,
    *,
    owner: str | None = None,
    viewer: str | None = None,
    limit: int | None = None,
    currency: str | None = None,
    explain: bool = False,
) -> Listing:
    """What comes next, for everybody or for one owner, as far as the viewer may see it."""
    request = request_of(
        Asker(wiring, facts, pipelines, as_of), owner=owner, viewer=viewer, limit=limit, currency=currency
    )
    behind: dict[str, object] | None = None
    if explain:
        found = records_of_queue(facts, pipelines, request)
        behind = {"definition": _DEFINITION, "records": {name: list(ids) for name, ids in found.items()}}
    return queue_listing(queue(facts, pipelines, request), behind).in_zone(facts.zone)


def request_of(
    asker: Asker,
    *,
    owner: str | None = None,
    viewer: str | None = None,
    limit: int | None = None,
    currency: str | None = None,
) -> QueueRequest:
    """With what the queue of a workspace is asked for."""
    wiring, made = asker.wiring, tasks_made(asker.wiring)
    return QueueRequest(
        asker.as_of,
        wiring.calendar,
        own_document(wiring),
        scoring.own_document(wiring),
        responses.own_document(wiring),
        forecasting.own_document(wiring),
        cadences.own_document(wiring),
        made,
        owner,
        limit,
        currency,
        unfilled(wiring),
        viewer,
        care.greeted_of(asker, made),
    )


def own_document(wiring: Wiring) -> QueueConfig:
    """The workspace's `queue.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_queue, built_in)


_DEFINITION = {
    "class": "waiting: a customer sent something that nobody answered; first_response: nobody has answered the lead "
    "yet; follow_up: everything else",
    "p": "within a class: 40 x urgency + 30 x value + 20 x tier + 10 x stage (queue.toml), exact; equal ones by the "
    "earlier due day, then by the external key",
    "urgency": "(workdays overdue + 1) / 6, at most 1; 0 where nothing is due yet",
    "value": "amount times chance (forecast.toml), as a share of the greatest in the queue of everybody",
    "tier": "VIP 1, A 0.8, B 0.5, C 0.25, D 0; of the scores, else of the record",
    "stage": "the number of the stage among the open stages of its pipeline",
    "next_step": "touches of open deals after which something comes: a next step, a task, a plan, or a later touch",
    "too_much": "more due than twice the median of the team",
}
