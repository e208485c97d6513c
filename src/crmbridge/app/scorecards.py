"""Asks for scorecards and the leaderboard: the workspace's card, targets out of goals, and KPIs measured elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import business_date, start_of_day
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Listing
from crmbridge.report.scorecards import board_listing, scorecards_listing
from crmbridge.services import kpi
from crmbridge.services.fiscal import Level, NamedPeriod, fiscal_year_of, period_named
from crmbridge.services.kpi import Kpi, records_of_kpi
from crmbridge.services.scorecard_document import ScorecardsConfig, built_in, load_scorecards
from crmbridge.services.scorecards import Measures, ScorecardsReport, ScorecardsRequest, leaderboard, scorecards

FILE = "scorecards.toml"
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asker:
    """With what people are measured: the workspace, its facts, and `own`, the KPIs that it defines itself."""

    wiring: Wiring
    facts: Facts
    pipelines: Sequence[Pipeline]
    as_of: datetime
    own: tuple[Kpi, ...] = ()

    def period(self, name: str | None, level: Level) -> NamedPeriod:
        """The period of a name such as 2026-03, else the one of the level in which `as_of` lies."""
        month = self.wiring.workspace.config.workspace.fiscal_year_start
        if name is not None:
            return period_named(name, month)[1]
        today = business_date(self.as_of, self.wiring.zone)
        year = fiscal_year_of(today, month)
        parts = year.parts(year.whole, level, calendar=self.wiring.calendar)
        return next(part for part in parts if part.start <= today < part.end)


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
    file = wiring.workspace.folder / FILE
    return load_scorecards(file.read_text(encoding="utf-8-sig"), file=FILE) if file.exists() else built_in()


def request_of(asker: Asker, period: NamedPeriod, currency: str | None = None) -> ScorecardsRequest:
    """What is asked, by the rules of the workspace; a period that is over is seen from its end."""
    seen = min(asker.as_of, start_of_day(period.end, asker.facts.zone) - _MOMENT)
    measures = Measures(kpi.registry(asker.own), currency=currency or asker.facts.currency)
    return ScorecardsRequest(seen, asker.wiring.calendar, period, own_document(asker.wiring), measures)


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
