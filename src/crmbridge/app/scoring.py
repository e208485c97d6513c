"""Asks how leads and deals score and in which tier they are, and keeps which tiers changed for the next run."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import orjson

from crmbridge.app.policies import own_policy
from crmbridge.app.quality import unfilled
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.instants import to_us
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.listing import Listing
from crmbridge.report.scores import scores_listing
from crmbridge.services.scores import SERVICE, scores
from crmbridge.services.scores_document import ScoresConfig, built_in, load_scores
from crmbridge.services.scores_report import ScoresReport, ScoresRequest
from crmbridge.services.wants import FigureWanted

FILE = "scores.toml"
_KEPT = Decimal("0.0001")


def ask_scores(
    wiring: Wiring, facts: Facts, pipelines: Sequence[Pipeline], request: ScoresRequest, *, keep: bool = False
) -> Listing:
    """The scores; `keep` remembers who came into another tier. `request.unfilled` is filled in here."""
    config = own_document(wiring)
    report = score(wiring, facts, pipelines, request, config)
    if keep:
        with wiring.ledger.begin() as tx:
            service_events.append(tx, SERVICE, events_of(report))
    explain = {"definition": _DEFINITION} if request.explained else None
    return scores_listing(report, config, explain).in_zone(facts.zone)


def own_document(wiring: Wiring) -> ScoresConfig:
    """The workspace's `scores.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_scores, built_in)


def score(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    request: ScoresRequest,
    config: ScoresConfig | None = None,
) -> ScoresReport:
    """The scores, with what the mappings of the workspace cannot fill taken for not known."""
    known = replace(request, unfilled=unfilled(wiring))
    return scores(facts, pipelines, known, config or own_document(wiring))


def events_of(report: ScoresReport) -> list[ServiceEvent]:
    """Who came into another tier, with the score and the reason, as it is remembered for the next run."""
    at_us = to_us(report.request.as_of)
    return [
        ServiceEvent(
            change.id,
            at_us,
            orjson.dumps(
                {
                    "tier": change.tier,
                    "was": change.was,
                    "score": None if change.score is None else str(decimal(change.score).quantize(_KEPT)),
                    "why": change.why,
                }
            ).decode(),
        )
        for change in report.changes
    ]


def figures(report: ScoresReport) -> Iterator[FigureWanted]:
    """What people shall see on each record that was told: its score and its tier."""
    for one in report.cards:
        shown = None if one.score is None else decimal(one.score)
        yield FigureWanted(one.kind, one.id, "score", shown, SERVICE)
        yield FigureWanted(one.kind, one.id, "tier", one.tier, SERVICE)


def decimal(value: Fraction) -> Decimal:
    """An exact ratio as a decimal, to more places than anybody shows."""
    return Decimal(value.numerator) / Decimal(value.denominator)


_DEFINITION = {
    "score": "the weighted mean of fit, engagement and intent; a part about which nothing is known leaves its weight "
    "to the others",
    "fit": "the points of the rules that the record meets, from 0 to 100",
    "engagement": "the points of what the customer did, halved with every half-life, from 0 to 100",
    "intent": "100 times the weighted mean of the criteria that are known, each from 0 to 3; coverage is the "
    "share known",
    "tier": "the best tier whose entry the score reaches, as far as enough of intent is known; up at once, down only "
    "from below the band and some days after the last change; X is disqualified, without a score",
}
