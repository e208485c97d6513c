"""What every section of a pack is gathered with: the week, the moment it is seen from, whose it is, and names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from crmbridge.app import risks
from crmbridge.app.asker import Asker
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.instants import business_date, start_of_day
from crmbridge.model.money import Money, from_e4
from crmbridge.services.actions import COMPANY
from crmbridge.services.deal_list import ListedDeal, listed_deals
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelReport, FunnelRequest
from crmbridge.services.open_deals import OpenDeal, open_deals
from crmbridge.services.pack_moves import WeekMoves, week_moves
from crmbridge.services.risk_report import RiskReport
from crmbridge.services.waterfall import waterfall
from crmbridge.services.waterfall_report import WaterfallReport, WaterfallRequest

LISTED = 10
"""How many records a section lists."""
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class PackAsked:
    """One pack: `asker.as_of` is the moment of all figures. `team` is the id of an org unit, None for everybody."""

    asker: Asker
    week: NamedPeriod
    team: str | None = None
    team_name: str = COMPANY
    currency: str | None = None
    members: frozenset[str] | None = field(default=None)

    @property
    def start(self) -> datetime:
        """The last moment before the week."""
        return start_of_day(self.week.start, self.asker.facts.zone) - _MOMENT

    @property
    def end(self) -> datetime:
        """The last moment of the week: its end, or the moment of the figures where that is earlier."""
        return min(self.asker.as_of, start_of_day(self.week.end, self.asker.facts.zone) - _MOMENT)

    @property
    def today(self) -> date:
        """The business date of the moment."""
        return business_date(self.asker.as_of, self.asker.facts.zone)

    @cached_property
    def waterfall(self) -> WaterfallReport:
        """The pipeline since the week began, sliced by owner."""
        calendar = self.asker.wiring.calendar.id
        request = WaterfallRequest(self.start, self.end, calendar, currency=self.currency, team=self.team)
        return waterfall(self.asker.facts, self.asker.pipelines, request)

    @cached_property
    def moves(self) -> WeekMoves:
        """What moved in the week."""
        return week_moves(self.asker.facts, self.asker.pipelines, self.start, self.end, self.today)

    @cached_property
    def funnel(self) -> FunnelReport:
        """The funnel of all deals, by source."""
        request = FunnelRequest(
            as_of=self.asker.as_of, calendar=self.asker.wiring.calendar.id, currency=self.currency, by="source"
        )
        return funnel(self.asker.facts, self.asker.pipelines, request)

    @cached_property
    def standing(self) -> Sequence[OpenDeal]:
        """The open deals of the team, the one furthest over its limit first."""
        found = open_deals(
            self.asker.facts,
            self.asker.pipelines,
            as_of=self.asker.as_of,
            calendar=self.asker.wiring.calendar.id,
        )
        if self.team is None:
            return found
        own = set(self.waterfall.whole["closing"].records)
        return tuple(deal for deal in found if deal.record_id in own)

    @cached_property
    def risk(self) -> RiskReport:
        """The deals at risk."""
        return risks.at_risk(self.asker)

    def is_ours(self, owner_id: str | None) -> bool:
        """Whether somebody's records are in the pack."""
        return self.members is None or owner_id in self.members

    def deals(self, ids: Iterable[str]) -> dict[str, ListedDeal]:
        """What people call deals."""
        return listed_deals(self.asker.facts, ids)

    def money(self, e4: object, currency: str | None = None) -> Money:
        """An amount in 1/10,000, rounded once."""
        code = currency or self.waterfall.currency
        return Money(from_e4(e4, code), code)  # type: ignore[arg-type]


def asked(asker: Asker, week: NamedPeriod, *, team: str | None = None, currency: str | None = None) -> PackAsked:
    """A pack of everybody, or of a team by its name or id; ConfigError with the nearest name where there is none."""
    if team is None or team == COMPANY:
        return PackAsked(asker, week, currency=currency)
    rows = asker.facts.query("SELECT id, coalesce(nullif(trim(name), ''), id) FROM org_units ORDER BY 2, 1", {})
    named = {id_: name for id_, name in rows if team.casefold() in {id_.casefold(), name.casefold()}}
    if not named:
        known = [name for _, name in rows]
        raise ConfigError(
            "there is no team {team}", team=team, nearest=suggestion(team, known), hint="did you mean {nearest}?"
        )
    id_, name = next(iter(named.items()))
    users = asker.facts.query("SELECT id FROM users WHERE org_unit_id = $team", {"team": id_})
    return PackAsked(asker, week, id_, name, currency, frozenset(user for (user,) in users))
