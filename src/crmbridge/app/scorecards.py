"""Asks for scorecards and the leaderboard: the workspace's card, targets out of goals, and KPIs measured elsewhere."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from crmbridge.app import goal_paces, satisfactions
from crmbridge.app.asker import Asker
from crmbridge.app.policies import own_policy
from crmbridge.app.wiring import Wiring
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import start_of_day
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Listing
from crmbridge.report.scorecards import board_listing, scorecards_listing
from crmbridge.services import kpi
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.kpi import Kpi, records_of_kpi
from crmbridge.services.scorecard_document import ScorecardsConfig, built_in, load_scorecards
from crmbridge.services.scorecards import Given, Measures, ScorecardsReport, ScorecardsRequest, leaderboard, scorecards

FILE = "scorecards.toml"
_MOMENT = timedelta(microseconds=1)
_FINER = ("quarter", "month", "week")
"""The levels down to which goals are planned."""


def ask_scorecards(
    asker: Asker,
    *,
    period: str | None = None,
    currency: str | None = None,
    explain: bool = False,
) -> Listing:
    """Everybody's card for a period, the month that runs where none is named."""
    report = measured(asker, asker.period(period, "month"), currency)
    behind = _records(asker, report) if explain else None
    return scorecards_listing(report, behind).in_zone(asker.facts.zone)


def ask_leaderboard(
    asker: Asker,
    *,
    by: str = "revenue_won",
    period: str | None = None,
    currency: str | None = None,
    explain: bool = False,
) -> Listing:
    """Everybody's place by one KPI in a period, the month that runs where none is named."""
    chosen = kpi.find(kpi.registry(asker.own), by)
    if chosen.formula.date is None:
        raise ConfigError("{kpi} is as things stand, and has no month", kpi=by, hint="name one that counts in a period")
    request = request_of(asker, asker.period(period, "month"), currency)
    board = leaderboard(asker.facts, asker.pipelines, request, chosen)
    behind = None
    if explain:
        records = {one.person.id: list(_behind(asker, request, chosen, one.person.id)) for one in board.rows}
        behind = {"definition": _BOARD, "records": records}
    return board_listing(board, behind).in_zone(asker.facts.zone)


def measured(asker: Asker, period: NamedPeriod, currency: str | None = None) -> ScorecardsReport:
    """Everybody's card for a period."""
    return scorecards(asker.facts, asker.pipelines, request_of(asker, period, currency))


def own_document(wiring: Wiring) -> ScorecardsConfig:
    """The workspace's `scorecards.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_scorecards, built_in)


def request_of(asker: Asker, period: NamedPeriod, currency: str | None = None) -> ScorecardsRequest:
    """What is asked, by the rules of the workspace; a period that is over is seen from its end."""
    seen = min(asker.as_of, start_of_day(period.end, asker.facts.zone) - _MOMENT)
    measures = Measures(
        kpi.registry(asker.own),
        targets=_targets(asker, seen, period),
        given={"csat": _csat(asker, seen, period)},
        currency=currency or asker.facts.currency,
    )
    return ScorecardsRequest(seen, asker.wiring.calendar, period, own_document(asker.wiring), measures)


def _targets(asker: Asker, seen: datetime, period: NamedPeriod) -> dict[tuple[str, str], Fraction]:
    """What the goals ask of each person in the period, by KPI."""
    place = (asker.wiring, asker.facts, asker.pipelines, seen, asker.own)
    levels = (None, *((period.level,) if period.level in _FINER else ()))
    return {
        (row.node.user_id, row.kpi): row.target
        for level in levels
        for row in goal_paces.paces(*place, level=level).rows
        if row.node.user_id is not None and row.kpi is not None and row.target is not None
        if row.period.period == period.period
    }


def _csat(asker: Asker, seen: datetime, period: NamedPeriod) -> dict[str, Given]:
    """The satisfaction of each person's customers; that of too few answers is not enough."""
    rows = satisfactions.answers(replace(asker, as_of=seen), by=("owner",), period=period.period).rows
    return {
        row.keys[0]: Given(row.csat.rate.value, row.csat.rate.n, row.csat.is_sufficient)
        for row in rows
        if row.keys[0] is not None and row.csat.rate.n
    }


def _records(asker: Asker, report: ScorecardsReport) -> Mapping[str, object]:
    """The definition in words, and by person and KPI the records behind the actual."""
    kpis = report.request.measures.kpis
    found = {
        card.person.id: {
            row.of.kpi: list(_behind(asker, report.request, kpis[row.of.kpi], card.person.id))
            for row in card.scored.rows
            if row.of.kpi in kpis and row.of.n
        }
        for card in report.cards
    }
    return {"definition": _DEFINITION, "records": found}


def _behind(asker: Asker, request: ScorecardsRequest, one: Kpi, user: str) -> tuple[str, ...]:
    place = (asker.facts, asker.pipelines, one)
    return records_of_kpi(*place, as_of=request.as_of, window=request.period.period, by="owner", key=user)


_DEFINITION = {
    "attainment": "actual / target, or target / actual up to 2 where less is better",
    "score": "100 x sum of weight x attainment (from 0 to the cap) / sum of weights, over the KPIs that have one",
    "target": "of the person's goal (goals.toml), else of the card (scorecards.toml), a newcomer's less by the ramp",
    "incomplete": "a KPI was dropped, since it has no actual, no target, or rests on too few records",
}
_BOARD = {
    "rank": mark("equals share a rank, and the next is that many places lower; a rate over too few records has none"),
    "attainment": mark("of the target of the person's goal or card, a newcomer's less by the ramp"),
}
