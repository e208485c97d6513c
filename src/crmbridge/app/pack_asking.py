"""What every section of a pack is gathered with: the period, the moment it is seen from, whose it is, and names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from crmbridge.app import risks
from crmbridge.app.asker import Asker
from crmbridge.app.care import Care
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.instants import business_date, start_of_day
from crmbridge.model.money import Money, from_e4
from crmbridge.model.notes import Note
from crmbridge.report.listing import Names
from crmbridge.services.actions import COMPANY
from crmbridge.services.deal_list import ListedDeal, listed_deals
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.funnel_outline import Outline, outline
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.open_deals import OpenDeal, StageAges, open_deals, stage_ages
from crmbridge.services.pack_moves import WeekMoves, week_moves
from crmbridge.services.people import Person, people
from crmbridge.services.risk_report import RiskReport
from crmbridge.services.waterfall import waterfall
from crmbridge.services.waterfall_report import WaterfallReport, WaterfallRequest
from crmbridge.services.world import World

LISTED = 10
"""How many records a section lists."""
NAMED = 5
"""How many deals of many are named."""
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class PackAsked:
    """One pack: `asker.as_of` is the moment of all figures.

    `team` is the id of an org unit, `person` that of a user, both None for everybody; `members` whose records are in
    it, those of the teams below too, None for all.
    """

    asker: Asker
    period: NamedPeriod
    team: str | None = None
    team_name: str = COMPANY
    currency: str | None = None
    members: frozenset[str] | None = field(default=None)
    person: Person | None = None

    @property
    def whose(self) -> str:
        """Who the pack is about, as its key names it."""
        return f"rep/{self.person.id}" if self.person else self.team or COMPANY

    @property
    def key(self) -> str:
        """What the pack is known by."""
        return f"{self.whose}|{self.period.label}"

    @property
    def start(self) -> datetime:
        """The last moment before the period."""
        return start_of_day(self.period.start, self.asker.facts.zone) - _MOMENT

    @property
    def end(self) -> datetime:
        """The last moment of the period: its end, or the moment of the figures where that is earlier."""
        return min(self.asker.as_of, start_of_day(self.period.end, self.asker.facts.zone) - _MOMENT)

    @property
    def today(self) -> date:
        """The business date of the moment."""
        return business_date(self.asker.as_of, self.asker.facts.zone)

    @property
    def day(self) -> date:
        """The last day of the period, or that of the moment where it is earlier."""
        return min(self.today, self.period.end - timedelta(days=1))

    @cached_property
    def waterfall(self) -> WaterfallReport:
        """The pipeline since the period began."""
        calendar = self.asker.wiring.calendar.id
        request = WaterfallRequest(
            self.start, self.end, calendar, currency=self.currency, owners=self.members, known_at=self.asker.as_of
        )
        return waterfall(self.asker.facts, self.asker.pipelines, request)

    @cached_property
    def moves(self) -> WeekMoves:
        """What moved in the period."""
        return week_moves(
            self.asker.facts,
            self.asker.pipelines,
            self.start,
            self.end,
            self.today,
            known_at=self.asker.as_of,
            calendar=self.asker.wiring.calendar.id,
            owners=self.members,
            named=NAMED,
        )

    @property
    def funnel_request(self) -> FunnelRequest:
        """The funnel of all deals of the pack, by source."""
        return FunnelRequest(
            as_of=self.asker.as_of,
            calendar=self.asker.wiring.calendar.id,
            currency=self.currency,
            by="source",
            owners=self.members,
            dwell=False,
        )

    @cached_property
    def funnel(self) -> Outline:
        """The outline of the funnel of all deals of the pack, by source."""
        return outline(self.asker.facts, self.asker.pipelines, self.funnel_request)

    @cached_property
    def standing(self) -> Sequence[OpenDeal]:
        """The open deals of the pack, the one furthest over its limit first."""
        return self._standing(stalled=False)

    @cached_property
    def stalled(self) -> Sequence[OpenDeal]:
        """Those of them that are over their limit."""
        return self._standing(stalled=True)

    def _standing(self, *, stalled: bool) -> Sequence[OpenDeal]:
        return open_deals(
            self.asker.facts,
            self.asker.pipelines,
            as_of=self.asker.as_of,
            calendar=self.asker.wiring.calendar.id,
            owners=self.members,
            stalled=stalled,
        )

    @cached_property
    def ages(self) -> StageAges:
        """How long the open deals of the pack have stood in their stages."""
        calendar = self.asker.wiring.calendar.id
        return stage_ages(
            self.asker.facts, self.asker.pipelines, as_of=self.asker.as_of, calendar=calendar, owners=self.members
        )

    @cached_property
    def care(self) -> Care:
        """How customers are cared for."""
        return Care(self.asker, made={}, currency=self.currency, least="high")

    @cached_property
    def risk(self) -> RiskReport:
        """The worst of the deals at risk."""
        return risks.at_risk(self.asker, owners=self.members, limit=LISTED)

    def named(self, note: Note | None) -> Note | None:
        """A reason with the name of the stage that it speaks of instead of its key."""
        key = note.params.get("stage") if note else None
        found = next((one for p in self.asker.pipelines if (one := p.stage(str(key))) is not None), None)
        if note is None or found is None:
            return note
        return replace(note, params={**note.params, "stage": Names({**found.names} or {"en": found.key})})

    @cached_property
    def people(self) -> Mapping[str, Person]:
        """Every user by id."""
        return people_of(self.asker)

    def name_of(self, user: str | None) -> str | None:
        """What people call a user; None where nobody is meant."""
        return None if user is None else self.people[user].shown if user in self.people else user

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


def people_of(asker: Asker) -> Mapping[str, Person]:
    """Every user by id, as things stand at the moment of the asker."""
    return people(World(asker.facts, asker.pipelines, cut=asker.as_of, calendar=asker.wiring.calendar.id))


def asked(asker: Asker, period: NamedPeriod, *, team: str | None = None, currency: str | None = None) -> PackAsked:
    """A pack of everybody, or of a team by its name or id; ConfigError with the nearest name where there is none."""
    if team is None or team == COMPANY:
        return PackAsked(asker, period, currency=currency)
    rows = asker.facts.query(
        "SELECT id, coalesce(nullif(trim(name), ''), id), parent_id FROM org_units ORDER BY 2, 1", {}
    )
    named = {id_: name for id_, name, _ in rows if team.casefold() in {id_.casefold(), name.casefold()}}
    if not named:
        known = [name for _, name, _ in rows]
        if not known:
            raise ConfigError("there is no team {team}", team=team, hint="no source of the workspace has teams")
        raise ConfigError(
            "there is no team {team}", team=team, nearest=suggestion(team, known), hint="did you mean {nearest}?"
        )
    id_, name = next(iter(named.items()))
    units = _below(id_, [(one, parent) for one, _, parent in rows])
    users = asker.facts.query("SELECT id FROM users WHERE list_contains($units, org_unit_id)", {"units": units})
    return PackAsked(asker, period, id_, name, currency, frozenset(user for (user,) in users))


def about(asker: Asker, period: NamedPeriod, name: str, currency: str | None = None) -> PackAsked:
    """A sheet about one rep, by name, address or id; ConfigError with the nearest name where there is none."""
    known = people_of(asker)
    found = sorted((one for one in known.values() if one.is_called(name)), key=lambda one: (not one.is_active, one.id))
    if not found:
        names = [one.shown for one in known.values()]
        raise ConfigError(
            "there is no user {name}", name=name, nearest=suggestion(name, names), hint="did you mean {nearest}?"
        )
    one = found[0]
    return PackAsked(asker, period, None, one.shown, currency, frozenset({one.id}), one)


def _below(unit: str, parents: Sequence[tuple[str, str | None]]) -> list[str]:
    """A unit and all below it, each once, whatever rings the source has made of them."""
    found = [unit]
    for one in found:
        found += sorted(child for child, parent in parents if parent == one and child not in found)
    return found
