"""Asks how soon leads are answered, and keeps when their clocks started for the next run."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import orjson

from crmbridge.app import customer_ranks, customer_service, scoring
from crmbridge.app.figures import Asked
from crmbridge.app.policies import own_policy
from crmbridge.app.quality import unfilled
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.instants import to_us
from crmbridge.model.money import MixedCurrency
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.listing import Listing
from crmbridge.report.response import response_listing
from crmbridge.services.customer_response import CustomerResponse, customer_response, first_responses
from crmbridge.services.response import SERVICE, as_kept, records_of_response, response
from crmbridge.services.response_report import (
    ResponseConfig,
    ResponseReport,
    ResponseRequest,
    built_in,
    load_response,
)

FILE = "response.toml"


def ask_response(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    as_of: datetime,
    *,
    start: date | None = None,
    end: date | None = None,
    owner: str | None = None,
    viewer: str | None = None,
    limit: int | None = None,
    keep: bool = False,
    explain: bool = False,
) -> Listing:
    """The first responses; `keep` remembers when clocks started, so that no later assignment starts them anew."""
    request = replace(
        request_of(wiring, as_of), period=Asked(as_of, start, end).period, owner=owner, viewer=viewer, limit=limit
    )
    report = response(facts, pipelines, request)
    if keep:
        with wiring.ledger.begin() as tx:
            service_events.append(tx, SERVICE, events_of(report))
    behind: dict[str, object] | None = None
    if explain:
        found = records_of_response(facts, pipelines, request)
        behind = {"definition": _DEFINITION, "records": {status: list(ids) for status, ids in found.items()}}
    customers = of_customers(wiring, facts, pipelines, request)
    if customers is None:
        report = replace(report, evidence=replace(report.evidence, warnings=(*report.evidence.warnings, _UNRANKED)))
    elif behind is not None:
        behind["customers"] = {status: list(ids) for status, ids in customers.records.items()}
    return response_listing(report, behind, customers).in_zone(facts.zone)


def of_customers(
    wiring: Wiring, facts: Facts, pipelines: Sequence[Pipeline], request: ResponseRequest
) -> CustomerResponse | None:
    """How soon customers are answered, by the service policy of each; None where they have no one currency."""
    try:
        ranked = customer_ranks.rank(wiring, facts, pipelines, request.as_of, customer_ranks.currency_of(wiring))
    except MixedCurrency:
        return None
    within = first_responses(ranked, customer_service.own_document(wiring))
    return customer_response(facts, pipelines, request, within)


def own_document(wiring: Wiring) -> ResponseConfig:
    """The workspace's `response.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_response, built_in)


def request_of(wiring: Wiring, as_of: datetime) -> ResponseRequest:
    """What is asked, by the rules of the workspace."""
    return ResponseRequest(
        as_of, wiring.calendar, own_document(wiring), scoring.own_document(wiring), unfilled=unfilled(wiring)
    )


def clocks(wiring: Wiring, facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime) -> list[ServiceEvent]:
    """The clocks that started, to be remembered."""
    return events_of(response(facts, pipelines, replace(request_of(wiring, as_of), limit=0)))


def events_of(report: ResponseReport) -> list[ServiceEvent]:
    """The clocks that started, as they are remembered."""
    at_us = to_us(report.request.as_of)
    return [ServiceEvent(one.id, at_us, orjson.dumps(as_kept(one)).decode()) for one in report.started]


_UNRANKED = Note(
    "CUSTOMERS_UNRANKED",
    "customers bought in several currencies, so their policies are not known: name one in follow_up.toml (currency)",
)
_DEFINITION = {
    "clock": "starts at the later of creation and assignment (response.toml says otherwise) and stops at the first "
    "thing that a person sent: a call, mail, message, meeting or visit that went out",
    "minutes": "working time in the calendar and zone of the owner, else of the team, else of the company",
    "within": "first_response of the lead's tier in scores.toml; 1bh is a business hour, 1bd the hours of a workday, "
    "7d seven days",
    "rate": "met / (met + breached); leads that wait in time, were decided unanswered, or of which nothing is known "
    "are in neither",
    "customers": "who wrote or called, until a person of ours sent something to the company, its people or its deals; "
    "the time is first_response of the customer's policy in service.toml",
    "late": "breached because nobody has answered yet and the time is over",
}
