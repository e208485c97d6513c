"""What is proposed to which customer now: a recommendation, more of what they bought, a renewal, the products.

The offer follows from where the customer stands, its tags, its last score and its last delivery (`care.toml`). It gets
one at a time: the first that it meets, none within `apart` of the one before, of one family once in so many days.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Literal

from crmbridge.facts import persons
from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.external_keys import task_key
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.callbacks import day_after
from crmbridge.services.care_document import CareConfig, Offer
from crmbridge.services.customers_report import Customer, CustomersReport
from crmbridge.services.satisfaction import write_surveys
from crmbridge.services.satisfaction_document import SatisfactionConfig, worded
from crmbridge.services.satisfaction_document import built_in as built_in_satisfaction
from crmbridge.services.wants import TaskMade, TaskWanted
from crmbridge.services.world import World

POLICY = "offer"
_SCALE = 5
"""The scale on which `csat_from` is written; scores of another are taken to it."""
_STANDING = frozenset({"open", "unread"})

Held = Literal["complaint", "refused", "apart", "once_in", "open_task", "room"]
"""Why an offer waits."""


@dataclass(frozen=True, slots=True)
class OffersRequest:
    """With whose working days, and which tasks were made before."""

    calendar: Calendar
    made: Mapping[str, TaskMade] = field(default_factory=dict)
    satisfaction: SatisfactionConfig = field(default_factory=built_in_satisfaction)


@dataclass(frozen=True, slots=True)
class Proposal:
    """An offer to a customer, due on a day; `held` says why it waits."""

    offer: str
    customer: Customer
    owner_id: str | None
    owner: str | None
    due: date
    key: str
    title: str
    content: str | None
    deal_id: str | None = None
    contact_id: str | None = None
    score: Fraction | None = None
    delivered: date | None = None
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class OffersReport:
    """What is proposed, in the order of days; what waits is among it, with the reason."""

    proposals: tuple[Proposal, ...]
    warnings: tuple[Note, ...] = ()


def offers(
    facts: Facts, pipelines: Sequence[Pipeline], report: CustomersReport, request: OffersRequest, config: CareConfig
) -> OffersReport:
    """The offers to the customers of a report, at its moment."""
    if not config.offers.enabled:
        return OffersReport(())
    persons.ensure(facts.connection)
    world = World(facts, pipelines, cut=report.request.as_of)
    today = business_date(report.request.as_of, facts.zone)
    write_surveys(world, request.satisfaction, report.config.life)
    for table in ("cadence_refused", "care_complaints"):
        world.run(table)
    known = {row["id"]: row for row in world.rows("care_offers")}
    longest = max(_reach(config), default=0)
    sales: dict[str, list[dict[str, Any]]] = {}
    for row in world.rows("call_back_sales", today=today, sold_from=today - timedelta(days=longest + 40)):
        sales.setdefault(row["account_id"], []).append(row)
    desk = _Desk(config, request, today)
    found = [
        one
        for customer in report.customers
        if customer.id in known and (one := desk.look(customer, known[customer.id], sales.get(customer.id, ())))
    ]
    found.sort(key=lambda one: (one.due, -one.customer.amount.e4, one.customer.name or "", one.customer.id))
    handed = list(_handed(found, desk.open, config.offers.open_tasks_of_an_owner))
    waiting = sum(one.held == "room" for one in handed)
    text = "{count} offers wait until those who are to make them have fewer tasks"
    note = Note("OFFERS_WAITING", text, {"count": waiting})
    return OffersReport(tuple(handed), (note,) if waiting else ())


def tasks_of(report: OffersReport) -> Iterator[TaskWanted]:
    """The tasks for the offers that do not wait."""
    for one in report.proposals:
        if one.held is None:
            beside = {"contact": one.contact_id, "deal": one.deal_id}
            yield TaskWanted(
                key=one.key,
                kind="account",
                record_id=one.customer.id,
                title=one.title,
                due=one.due,
                why=f"{POLICY}.{one.offer}",
                owner=one.owner_id,
                content=one.content,
                beside={kind: id_ for kind, id_ in beside.items() if id_ is not None},
            )


def _reach(config: CareConfig) -> Iterator[int]:
    """How many days before today a delivery may lie, by offer."""
    for _, one in config.offers.standing():
        if one.after_delivery is not None:
            yield one.after_delivery.count + one.catch_up_days


@dataclass(slots=True)
class _Desk:
    """Looks at one customer after the other; counts what each owner has open."""

    config: CareConfig
    request: OffersRequest
    today: date
    open: Counter[str | None] = field(default_factory=Counter)

    def look(self, customer: Customer, row: Mapping[str, Any], sales: Sequence[Mapping[str, Any]]) -> Proposal | None:
        """The offer to a customer: the first that it meets and that is not too soon, else the first that waits."""
        past = {name: self._past(name, row["subject"]) for name in self.config.offers.kinds}
        self.open[row["owner_id"]] += sum(made.state in _STANDING for _, _, some in past.values() for made in some)
        waiting = None
        for name, offer in self.config.offers.standing():
            fits = self._fits(offer, customer, row, sales)
            if fits is None:
                continue
            due, sale = fits
            held = self._held(name, offer, fits, row, past)
            title = worded(offer.title, self.config.language, customer=customer.name or customer.external_id)
            one = Proposal(
                offer=name,
                customer=customer,
                owner_id=row["owner_id"],
                owner=row["owner"],
                due=due,
                key=past[name][1],
                title=title,
                content=self._content(offer, row),
                deal_id=sale["id"] if sale and sale["kind"] == "deal" else None,
                contact_id=sale["contact_id"] if sale else None,
                score=_score(row),
                delivered=sale["day"] if sale else None,
                held=held,
            )
            if held is None:
                return one
            waiting = waiting or one
        return waiting

    def _fits(
        self, offer: Offer, customer: Customer, row: Mapping[str, Any], sales: Sequence[Mapping[str, Any]]
    ) -> tuple[date, Mapping[str, Any] | None] | None:
        """When an offer is due to a customer, and after which delivery; None where it is not for it, or not now."""
        score, tags = _score(row), {tag.strip().casefold() for tag in row["tags"]}
        if (
            customer.state not in offer.states
            or (offer.tags and tags.isdisjoint(tag.casefold() for tag in offer.tags))
            or (offer.csat_from is not None and (score is None or score < Fraction(offer.csat_from)))
            or (offer.unless_open_deal and row["has_open_deal"])
        ):
            return None
        if offer.after_delivery is None:
            return self.request.calendar.roll(self.today, "forward"), None
        horizon = day_after(self.request.calendar, self.today, self.config.horizon)
        for sale in sales:
            due = day_after(self.request.calendar, sale["day"], offer.after_delivery)
            if self.today - timedelta(days=offer.catch_up_days) <= due <= horizon:
                return self.request.calendar.roll(max(due, self.today), "forward"), sale
        return None

    def _held(
        self,
        name: str,
        offer: Offer,
        fits: tuple[date, Mapping[str, Any] | None],
        row: Mapping[str, Any],
        past: Mapping[str, "_Past"],
    ) -> Held | None:
        due, sale = fits
        if row["has_complaint"]:
            return "complaint"
        if sale is not None and sale["is_refused"]:
            return "refused"
        if any(made.state in _STANDING for _, _, some in past.values() for made in some):
            return "open_task"
        days = {other: last for other, (last, _, _) in past.items() if last is not None}
        if any((due - last).days < self.config.offers.apart.count for last in days.values()):
            return "apart"
        family = offer.family or name
        mine = [last for other, last in days.items() if (self.config.offers.kinds[other].family or other) == family]
        return "once_in" if any((due - last).days < offer.once_in.count for last in mine) else None

    def _past(self, name: str, subject: str) -> "_Past":
        """When an offer was last made to a customer, the key of the next, and the tasks that were made for it."""
        some: list[TaskMade] = []
        while (key := _key(name, subject, len(some) + 1)) in self.request.made:
            some.append(self.request.made[key])
        return max((self._day(one) for one in some), default=None), key, some

    def _day(self, made: TaskMade) -> date:
        if made.done_at is not None:
            return made.done_at.astimezone(self.request.calendar.zone).date()
        return made.due or self.today

    def _content(self, offer: Offer, row: Mapping[str, Any]) -> str | None:
        """What is to be said; held back where something in it is not known."""
        if offer.content is None:
            return None
        text = worded(offer.content, self.config.language)
        known = {"{need}": row["needs"], "{preference}": row["preferences"]}
        if any(blank in text and not told for blank, told in known.items()):
            return None
        for blank, told in known.items():
            text = text.replace(blank, ", ".join(told))
        return text


_Past = tuple[date | None, str, list[TaskMade]]


def _key(name: str, subject: str, number: int) -> str:
    return task_key(f"{POLICY}-{name}", "account", subject, enrolment=1, occurrence=number)


def _score(row: Mapping[str, Any]) -> Fraction | None:
    """The last CSAT on the scale of five."""
    return None if row["score"] is None else Fraction(row["score"]) * _SCALE / row["scale"]


def _handed(found: Sequence[Proposal], taken: Counter[str | None], most: int) -> Iterator[Proposal]:
    """Those for which their owners have room; the others wait."""
    for one in found:
        if one.held is None and taken[one.owner_id] >= most:
            told = {name: getattr(one, name) for name in Proposal.__slots__}
            yield Proposal(**{**told, "held": "room"})
            continue
        taken[one.owner_id] += one.held is None
        yield one
