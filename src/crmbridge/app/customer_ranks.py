"""Asks how customers are ranked and where they stand, and keeps what changed for the next run."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import orjson

from crmbridge.app.policies import own_policy
from crmbridge.app.satisfaction_file import own_document as satisfaction_document
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.instants import to_us
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.customers import customers_listing
from crmbridge.report.listing import Listing
from crmbridge.services.customers import SERVICE, customers
from crmbridge.services.customers_report import (
    CustomersConfig,
    CustomersReport,
    CustomersRequest,
    built_in,
    load_customers,
)
from crmbridge.services.follow_up_document import load_follow_up
from crmbridge.services.wants import FigureWanted

FILE = "customers.toml"


def ask_customers(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    request: CustomersRequest,
    *,
    keep: bool = False,
    explain: bool = False,
) -> Listing:
    """The customers; `keep` remembers who came into another state, `explain` shows what those of the list bought."""
    request = replace(request, explained=explain)
    report = customers(facts, pipelines, request, own_document(wiring), satisfaction_document(wiring))
    if keep:
        with wiring.ledger.begin() as tx:
            service_events.append(tx, SERVICE, events_of(report))
    return customers_listing(report, {"definition": _DEFINITION} if explain else None).in_zone(facts.zone)


def own_document(wiring: Wiring) -> CustomersConfig:
    """The workspace's `customers.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_customers, built_in)


def rank(
    wiring: Wiring, facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime, currency: str | None
) -> CustomersReport:
    """Every customer as it stands; `currency` counts the purchases in it alone."""
    request = CustomersRequest(as_of, currency)
    return customers(facts, pipelines, request, own_document(wiring), satisfaction_document(wiring))


def currency_of(wiring: Wiring) -> str | None:
    """The currency in which customers are ranked: what follow_up.toml says."""
    file = wiring.workspace.folder / "follow_up.toml"
    return load_follow_up(file.read_text(encoding="utf-8-sig")).currency if file.exists() else None


def events_of(report: CustomersReport) -> list[ServiceEvent]:
    """Who came into another state, as it is remembered for the next run."""
    at_us = to_us(report.request.as_of)
    return [
        ServiceEvent(change.id, at_us, orjson.dumps({"state": change.state, "was": change.was}).decode())
        for change in report.changes
    ]


def figures(report: CustomersReport) -> Iterator[FigureWanted]:
    """What people shall see on each account: its tier (VIP, else the value class), and where it stands.

    Whoever never bought anything has no tier of ours: what people say of a prospect is left alone.
    """
    for one in report.customers:
        if one.is_vip or one.state != "potential":
            yield FigureWanted("account", one.id, "tier", "VIP" if one.is_vip else one.value_class, SERVICE)
        yield FigureWanted("account", one.id, "state", one.state, SERVICE)


_DEFINITION = {
    "purchases": "orders up to the moment, net of what was given back; without any orders, won deals",
    "recency": "days since the last purchase in the window; more points for fewer days",
    "frequency": "purchases in the window",
    "money": "what they sum to; against the median customer where there are too few for fifths",
    "value_class": "by amount: A while those before have less than 80 % of all, B below 95 %, else C",
    "vip": "a flag in the CRM, an amount, or value class A with enough points",
    "gap_days": "the median of the days between own purchases; the segment's or the default where there are too few",
    "state": "potential: never bought; dormant: longer than a year and than 3 gaps ago; at risk: longer than 1.5 gaps; "
    "loyal: three purchases within a year, and not unhappy; else active. A state stays for a day",
    "unhappy": "the last answer was a low one: CSAT up to unhappy_csat, NPS up to unhappy_nps",
}
