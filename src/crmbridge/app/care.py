"""How customers are cared for, by the workspace's `care.toml`: who is greeted, what is renewed, whom we may lose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from crmbridge.app import cadences, customer_ranks, customer_service
from crmbridge.app.asker import Asker
from crmbridge.app.policies import own_policy
from crmbridge.app.quality import unfilled
from crmbridge.app.risks import own_document as risk_document
from crmbridge.app.satisfaction_file import own_document as satisfaction_document
from crmbridge.app.tasks_made import tasks_made
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.instants import business_date, to_us
from crmbridge.model.money import MixedCurrency
from crmbridge.model.notes import Note
from crmbridge.services import occasions as occasion_service
from crmbridge.services import offers as offer_service
from crmbridge.services import renewals as renewal_service
from crmbridge.services.cadence_report import Greeted
from crmbridge.services.care_document import CareConfig, built_in, load_care
from crmbridge.services.churn import RULE_SET, ChurnReport, ChurnRequest, Level, churn, fired
from crmbridge.services.contact_gaps import GapsReport, GapsRequest, contact_gaps
from crmbridge.services.customers_report import CustomersReport
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.occasions_report import OccasionsReport, OccasionsRequest, Served
from crmbridge.services.offers import OffersReport, OffersRequest
from crmbridge.services.owners import owners_at
from crmbridge.services.renewals import RenewalsReport, RenewalsRequest
from crmbridge.services.repeat import RepeatReport, repeat
from crmbridge.services.risk_register import changes, kept_items, of_rules, written
from crmbridge.services.wants import TaskMade, TaskWanted
from crmbridge.services.world import World

FILE = "care.toml"
_LANGUAGES = {"CN": "zh-CN", "HK": "zh-HK", "MO": "zh-MO", "TW": "zh-TW"}
"""What people speak where a calendar of this country holds, as far as holidays ask for it."""


def own_document(asker: Asker) -> CareConfig:
    """The workspace's `care.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(asker.wiring, FILE, load_care, built_in)


@dataclass(frozen=True)
class Care:
    """The services over the facts of a workspace. `owner` and `viewer` narrow down whose customers are looked at.

    `made` are the tasks of earlier runs; `ranked` the customers where somebody has them already.
    """

    asker: Asker
    made: Mapping[str, TaskMade] | None = None
    ranked: CustomersReport | None = None
    currency: str | None = None
    owner: str | None = None
    viewer: str | None = None
    period: NamedPeriod | None = None
    least: Level = "low"

    @cached_property
    def config(self) -> CareConfig:
        """The document."""
        return own_document(self.asker)

    @cached_property
    def customers(self) -> CustomersReport:
        """The customers as they stand; MixedCurrency where purchases of several currencies would be summed."""
        asker = self.asker
        return self.ranked or customer_ranks.rank(
            asker.wiring, asker.facts, asker.pipelines, asker.as_of, self.currency
        )

    @cached_property
    def owners(self) -> frozenset[str] | None:
        """The ids of those whose customers are looked at; ConfigError for a user whom nobody knows."""
        asker = self.asker
        return owners_at(asker.facts, asker.pipelines, asker.as_of, owner=self.owner, viewer=self.viewer)

    @cached_property
    def tasks(self) -> Mapping[str, TaskMade]:
        """The tasks of earlier runs."""
        return tasks_made(self.asker.wiring) if self.made is None else self.made

    @cached_property
    def occasions(self) -> OccasionsReport:
        """Birthdays and holidays to come."""
        return self._occasions()

    def _occasions(self, until: date | None = None) -> OccasionsReport:
        wiring = self.asker.wiring
        locale = _LANGUAGES.get(wiring.calendar.id)
        request = OccasionsRequest(self.asker.as_of, wiring.calendar, _ByAccount(self), self.tasks, locale, until)
        return occasion_service.occasions(self.asker.facts, self.asker.pipelines, request, self.config)

    def greeted(self, until: date) -> list[tuple[str, date]]:
        """Who is greeted on which day up to one, by every key of the person.

        Nobody where purchases of several currencies would be summed: no greeting is proposed then either.
        """
        try:
            found = self._occasions(until).occasions
        except MixedCurrency:
            return []
        meant = [one for one in found if one.state not in {"left_out", "cancelled"} and one.reason is None]
        return [(key, one.day) for one in meant for key in one.person.keys]

    @cached_property
    def renewals(self) -> RenewalsReport:
        """Contracts that end, and how many are renewed."""
        asker, period = self.asker, None if self.period is None else self.period.period
        request = RenewalsRequest(asker.as_of, asker.wiring.calendar, self.tasks, period, self.owners)
        return renewal_service.renewals(asker.facts, asker.pipelines, request, self.config)

    @cached_property
    def churn(self) -> ChurnReport:
        """The risk of losing each customer."""
        asker = self.asker
        outcomes = cadences.own_document(asker.wiring).outcomes
        request = ChurnRequest(self.owners, self.least, unfilled(asker.wiring), outcomes.not_connected)
        return churn(asker.facts, asker.pipelines, self.customers, request, self.config)

    @cached_property
    def gaps(self) -> GapsReport:
        """Customers with whom nobody was in touch for longer than their policy says."""
        asker = self.asker
        service = customer_service.own_document(asker.wiring)
        missed = cadences.own_document(asker.wiring).outcomes.not_connected
        request = GapsRequest(asker.wiring.calendar, service, self.owners, unfilled(asker.wiring), missed)
        return contact_gaps(asker.facts, asker.pipelines, self.customers, request, self.config)

    @cached_property
    def offers(self) -> OffersReport:
        """What is proposed to customers."""
        asker = self.asker
        request = OffersRequest(asker.wiring.calendar, self.tasks, satisfaction_document(asker.wiring))
        return offer_service.offers(asker.facts, asker.pipelines, self.customers, request, self.config)

    @cached_property
    def repeat(self) -> RepeatReport:
        """Repeat purchases and recommendations."""
        return repeat(self.asker.facts, self.asker.pipelines, self.customers, self.config, owners=self.owners)

    def is_theirs(self, owner_id: str | None) -> bool:
        """Whether something of this owner's is looked at."""
        return self.owners is None or owner_id in self.owners

    @cached_property
    def served(self) -> dict[str, Served]:
        """What the people of each account get, by the policy of `service.toml` that it meets first."""
        service = customer_service.own_document(self.asker.wiring)
        found = {}
        for one in self.customers.customers:
            met = service.met(one.state, is_vip=one.is_vip)
            is_customer = one.state != "potential"
            if met or is_customer:
                birthday = service.policies[met[0]].birthday if met else self.config.occasions.birthday_of_others
                found[one.id] = Served(birthday, one.is_vip, is_customer)
        return found


@dataclass(frozen=True)
class _ByAccount(Mapping[str, Served]):
    """What the people of each account get, worked out at the first question: on most days nobody asks."""

    care: Care

    def __getitem__(self, account: str) -> Served:
        return self.care.served[account]

    def __iter__(self) -> Iterator[str]:
        return iter(self.care.served)

    def __len__(self) -> int:
        return len(self.care.served)


def greeted_of(asker: Asker, made: Mapping[str, TaskMade]) -> Greeted:
    """Whom somebody greets up to a day, by the documents of the workspace."""
    return Care(asker, made, currency=customer_ranks.currency_of(asker.wiring)).greeted


def care_wants(care: Care) -> tuple[list[TaskWanted], list[ServiceEvent], list[Note]]:
    """The greetings, gifts and offers that are due, and what happens to customers in the register of risks."""
    wants = [
        *occasion_service.tasks_of(care.occasions, care.config),
        *offer_service.tasks_of(care.offers),
    ]
    return wants, list(_events(care)), list(care.offers.warnings)


def renewal_wants(care: Care) -> list[TaskWanted]:
    """The tasks for contracts that end."""
    return list(renewal_service.tasks_of(care.renewals, care.config))


def _events(care: Care) -> Iterator[ServiceEvent]:
    """Customers at risk open and close items of the register as deals do."""
    asker = care.asker
    rules = risk_document(asker)
    if not rules.register_.automatic:
        return
    world = World(asker.facts, asker.pipelines, cut=asker.as_of)
    items = of_rules(kept_items(world), RULE_SET)
    found = list(fired(care.churn, care.config))
    today, at_us = business_date(asker.as_of, asker.facts.zone), to_us(asker.as_of)
    for name, body in changes(items, found, rules, asker.as_of, today):
        yield ServiceEvent(name, *written(items.get(name), at_us, body))
