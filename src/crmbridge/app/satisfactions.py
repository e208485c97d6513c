"""Asks how satisfied customers are, whom to call back, and what follows low scores: the workspace's document."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import orjson

from crmbridge.app import customer_ranks
from crmbridge.app.asker import Asker
from crmbridge.app.figures import Asked
from crmbridge.app.satisfaction_file import own_document
from crmbridge.app.tasks_made import tasks_made
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.instants import to_us
from crmbridge.model.money import MixedCurrency
from crmbridge.model.notes import Note
from crmbridge.report.listing import Listing
from crmbridge.report.satisfaction import satisfaction_listing
from crmbridge.services.backlog import reported as told_of
from crmbridge.services.call_wants import logs_of, tasks_of
from crmbridge.services.callbacks import call_backs
from crmbridge.services.callbacks_report import Call
from crmbridge.services.customers_report import CustomersReport
from crmbridge.services.recovery import Low, Recovery, recovery
from crmbridge.services.results import Period
from crmbridge.services.satisfaction import satisfaction
from crmbridge.services.satisfaction_report import BYS, By, SatisfactionReport, SatisfactionRequest
from crmbridge.services.wants import TaskMade, Want


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is asked: by which slices, over which days (`end` is the first not counted), whose, and as whom."""

    by: Sequence[str] = ()
    start: date | None = None
    end: date | None = None
    owner: str | None = None
    viewer: str | None = None
    limit: int | None = None
    explain: bool = False


def ask_satisfaction(asker: Asker, chosen: Chosen) -> Listing:
    """The figures by slice, whom to call back, and who is unhappy, was asked lately, or gave a score that is none."""
    period = Asked(asker.as_of, chosen.start, chosen.end).period
    report = answers(asker, by=_dimensions(chosen.by), period=period, owner=chosen.owner, viewer=chosen.viewer)
    made = tasks_made(asker.wiring)
    ranked, notes = _ranked(asker)
    called = [one for one in calls(asker, ranked, made) if _is_theirs(report, one.sale.owner_id)]
    lows = [one for one in low_scores(asker, made).scores if _is_theirs(report, one.owner_id)]
    behind = {"definition": _DEFINITION, "records": _records(report, called, lows)} if chosen.explain else None
    most = chosen.limit
    report = replace(
        report,
        resting=report.resting[:most],
        rejected=report.rejected[:most],
        evidence=replace(report.evidence, warnings=(*report.evidence.warnings, *notes)),
    )
    return satisfaction_listing(report, called[:most], lows[:most], behind).in_zone(asker.facts.zone)


def answers(
    asker: Asker,
    *,
    by: tuple[By, ...] = (),
    period: Period | None = None,
    owner: str | None = None,
    viewer: str | None = None,
) -> SatisfactionReport:
    """What customers answered, by the rules of the workspace; ConfigError for an owner whom nobody knows."""
    request = SatisfactionRequest(
        asker.as_of,
        own_document(asker.wiring),
        customer_ranks.own_document(asker.wiring),
        period=period,
        by=by,
        owner=owner,
        viewer=viewer,
    )
    return satisfaction(asker.facts, asker.pipelines, request)


def calls(asker: Asker, ranked: CustomersReport | None, made: Mapping[str, TaskMade]) -> tuple[Call, ...]:
    """Whom to call back; `ranked` tells who the VIPs are."""
    vips = frozenset(one.id for one in ranked.customers if one.is_vip) if ranked is not None else frozenset()
    return call_backs(
        asker.facts,
        asker.pipelines,
        asker.as_of,
        own_document(asker.wiring),
        calendar=asker.wiring.calendar,
        vips=vips,
        made=made,
    )


def low_scores(asker: Asker, made: Mapping[str, TaskMade]) -> Recovery:
    """The low scores of the last days, and what follows them."""
    return recovery(
        asker.facts,
        asker.pipelines,
        asker.as_of,
        own_document(asker.wiring),
        customer_ranks.own_document(asker.wiring).life,
        calendar=asker.wiring.calendar,
        made=made,
    )


def satisfaction_wants(
    asker: Asker, ranked: CustomersReport | None, made: Mapping[str, TaskMade]
) -> tuple[list[Want], list[ServiceEvent]]:
    """The tasks of calls and recoveries, results to be logged, who is told; and what the list of improvements keeps."""
    config = own_document(asker.wiring)
    called, found = calls(asker, ranked, made), low_scores(asker, made)
    wants: list[Want] = [*tasks_of(called, config), *logs_of(called, config, asker.facts.zone)]
    wants += [*found.tasks, *found.notices]
    at_us = to_us(asker.as_of)
    return wants, [ServiceEvent(one.id, at_us, orjson.dumps(told_of(one)).decode()) for one in found.items]


def _ranked(asker: Asker) -> tuple[CustomersReport | None, tuple[Note, ...]]:
    """The customers as they stand; none, and a note, where they have no one currency."""
    place = (asker.wiring, asker.facts, asker.pipelines, asker.as_of)
    try:
        return customer_ranks.rank(*place, customer_ranks.currency_of(asker.wiring)), ()
    except MixedCurrency:
        return None, (UNRANKED,)


def _dimensions(names: Sequence[str]) -> tuple[By, ...]:
    """What the figures are split by; ConfigError for what they cannot be."""
    found = tuple(one for name in names for one in BYS if one == name)
    for name in names:
        if name not in found:
            near = suggestion(name, BYS)
            raise ConfigError("there is no dimension {name}", name=name, nearest=near, hint="did you mean {nearest}?")
    return found


def _is_theirs(report: SatisfactionReport, owner_id: str | None) -> bool:
    return report.owners is None or owner_id in report.owners


def _records(report: SatisfactionReport, called: Sequence[Call], lows: Collection[Low]) -> dict[str, object]:
    """The ids of answers behind each figure by slice, the sales that calls come of, and the low scores."""
    slices = {"all": report.whole.records}
    slices |= {", ".join(key or "unknown" for key in row.keys): row.records for row in report.rows}
    found: dict[str, object] = {
        name: {figure: list(ids) for figure, ids in one.items()} for name, one in slices.items()
    }
    return found | {"calls": [one.sale.id for one in called], "lows": [one.id for one in lows]}


UNRANKED = Note(
    "VIPS_UNKNOWN",
    "customers bought in several currencies, so nobody knows who the VIPs are: name one in follow_up.toml (currency)",
)
_DEFINITION = {
    "csat": "satisfied / answers; satisfied from 4 of 5, 6 of 7, 9 of 10 (satisfaction.toml); Wilson interval, 95 %",
    "nps": "100 x (promoters 9-10 - detractors 0-6) / answers; 1.96 standard errors to each side",
    "ces": "the mean effort score; none where it was asked on several scales",
    "response": "waves answered / waves asked; what is asked again within ask_every_days is one wave, and its last "
    "valid answer counts",
    "enough": "min_n answers; with fewer the figure is shown, and nobody is judged by it",
    "owner": "of the deal or order that was asked about, else of the customer",
    "calls": "days after the delivery (else after the order was delivered, else after the deal was won), moved on to a "
    "workday; calls to one customer on one day are one",
    "lows": "CSAT up to unhappy_csat, NPS up to unhappy_nps (customers.toml)",
}
