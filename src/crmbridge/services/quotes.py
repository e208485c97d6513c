"""Quotes: what each comes to, whether its discount needs approval, and what ends when (services.md 16)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.external_keys import key_of
from crmbridge.model.instants import business_date
from crmbridge.model.money import from_e4, round_half_up
from crmbridge.model.names import name_key
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.callbacks import day_after
from crmbridge.services.owners import owners_asked
from crmbridge.services.quote_lines import PriceOf
from crmbridge.services.quote_totals import Totals, totals
from crmbridge.services.quotes_document import QuotesConfig
from crmbridge.services.quotes_report import ApprovalState, Doing, EndingDay, Quote, QuotesReport, QuotesRequest
from crmbridge.services.results import Evidence, Rate
from crmbridge.services.world import World

DEFINITION = "quotes/1"
APPROVAL = "quote-approval"
"""The policy of tasks that ask for a discount."""
_LIVE = {"draft", "sent"}


def quotes(facts: Facts, pipelines: Sequence[Pipeline], request: QuotesRequest) -> QuotesReport:
    """Every quote at `as_of`; ConfigError for an owner whom nobody knows, or whom the viewer does not see."""
    world = World(facts, pipelines, cut=request.as_of)
    world.parameters["owners"] = owners_asked(world, request.owner, request.viewer)
    today = business_date(request.as_of, facts.zone)
    desk = _Desk(request, today, _staff(world, request.config), _Prices(world, request.config), facts.currency)
    found = tuple(desk.quote(row) for row in world.rows("quotes", today=today, only_live=request.only_live))
    judged = [one for one in found if one.approval != "unknown"]
    over = Rate.of(sum(one.approval != "not_needed" for one in judged), len(judged))
    notes = tuple(_notes(found, len(judged)))
    evidence = Evidence(DEFINITION, len(found), request.as_of, cut=request.as_of, zone=str(facts.zone), warnings=notes)
    return QuotesReport(request, today, found, over, evidence)


def day_before(calendar: Calendar, day: date, interval: Interval) -> date:
    """So many days or workdays before a day, moved back on to a workday."""
    if interval.unit == "bd" and interval.count:
        return calendar.add_business_days(day, -interval.count)
    return calendar.roll(day - timedelta(days=interval.count if interval.unit == "d" else 0), "backward")


@dataclass(frozen=True, slots=True)
class _Seller:
    id: str
    name: str
    authority: Decimal
    manager_id: str | None
    is_active: bool


def _staff(world: World, config: QuotesConfig) -> dict[str, _Seller]:
    found = {}
    for id_, name, role, manager, own, is_active in world.tuples("quotes_people"):
        authority = own if own is not None and 0 <= own <= 1 else config.authority.of(role)
        found[id_] = _Seller(id_, name, authority, manager, is_active)
    return found


class _Prices:
    """The price list by currency; a name that has several prices has none."""

    def __init__(self, world: World, config: QuotesConfig) -> None:
        self._known: dict[tuple[str, str], set[Decimal]] = {}
        for name, key, e4, currency in world.tuples("quotes_prices") if config.price_list.enabled else ():
            for one in {name_key(name or ""), name_key(key or "")} - {""}:
                self._known.setdefault((currency, one), set()).add(from_e4(e4, currency))

    def of(self, currency: str) -> PriceOf:
        """The prices in a currency."""

        def price(product: str) -> Decimal | None:
            found = self._known.get((currency, name_key(product)), set())
            return next(iter(found)) if len(found) == 1 else None

        return price


@dataclass(frozen=True, slots=True)
class _Desk:
    request: QuotesRequest
    today: date
    staff: Mapping[str, _Seller]
    prices: _Prices
    currency: str

    def quote(self, row: Mapping[str, Any]) -> Quote:
        """A row of `sql/quotes.sql` with what it comes to."""
        currency = row["amount_currency"] or row["list_total_currency"] or self.currency
        found = totals(row, self.currency, self.prices.of(currency))
        owner = self.staff.get(row["owner_id"] or "")
        authority = None if owner is None else owner.authority
        is_over = None if authority is None else found.is_over(authority)
        approver = self._approver(owner, found) if is_over else None
        key = self._approval_key(row, found)
        is_open = None if row["deal_class"] is None else row["deal_class"] == "open"
        status = self._status(row)
        is_live = status in _LIVE and is_open is not False
        return Quote(
            id=row["id"],
            subject=row["subject"],
            label=row["number"] or row["name"] or row["external_id"] or row["id"],
            version=row["quote_version"],
            account_id=row["account_id"],
            contact_id=row["contact_id"],
            deal_id=row["deal_id"],
            customer=row["account"] or row["contact"],
            deal=row["deal"],
            is_deal_open=is_open,
            stage=row["stage"],
            rank=row["rank"],
            owner_id=row["owner_id"],
            owner=owner.name if owner else row["owner_id"],
            status=status,
            valid_until=row["valid_until"],
            totals=found,
            authority=authority,
            approval=self._approval(row, key, is_over=is_over),
            approval_key=key,
            approver_id=approver.id if approver else None,
            approver=approver.name if approver else None,
            endings=tuple(self._endings(row)) if is_live else (),
            template=row["template"],
            template_version=row["template_version"],
            current_version=self.request.config.current_version(row["template"]),
        )

    def _status(self, row: Mapping[str, Any]) -> str:
        is_past = row["valid_until"] is not None and row["valid_until"] < self.today
        return "expired" if is_past and row["status"] in _LIVE else str(row["status"])

    def _approval(self, row: Mapping[str, Any], key: str, *, is_over: bool | None) -> ApprovalState:
        if is_over is None:
            return "unknown"
        if not is_over:
            return "not_needed"
        told = row["approval"]
        if told in {"approved", "refused", "asked"}:
            return told  # type: ignore[no-any-return] # one of the three
        return "asked" if key in self.request.made else "needed"

    def _approver(self, owner: _Seller | None, found: Totals) -> _Seller | None:
        """The first above the owner who may give the discount, else the highest one above him."""
        seen: set[str] = set()
        last: _Seller | None = None
        while owner is not None and owner.manager_id is not None and owner.id not in seen:
            seen.add(owner.id)
            owner = self.staff.get(owner.manager_id)
            if owner is not None and owner.is_active and owner.id not in seen:
                last = owner
                if found.is_over(owner.authority) is False:
                    return owner
        return last

    @staticmethod
    def _approval_key(row: Mapping[str, Any], found: Totals) -> str:
        """One for each quote and discount: what was asked once is not asked again, a larger one is."""
        percent = "-" if found.discount is None else str(round_half_up(found.discount * 100, 2))
        return key_of(APPROVAL, "quote", row["subject"], percent)

    def _endings(self, row: Mapping[str, Any]) -> Iterator[EndingDay]:
        for what, call in self.request.config.calls.entries():
            day = row[what]
            if day is not None and not (what == "valid_until" and row["status"] == "draft"):
                call_on = day_before(self.request.calendar, day, call.before)
                key = key_of(f"quote-{what}", "quote", row["subject"], day.isoformat())
                yield EndingDay(what, day, call_on, self._doing(key, day, call_on), key)

    def _doing(self, key: str, day: date, call_on: date) -> Doing:
        made = self.request.made.get(key)
        if made is not None:
            return "gone" if made.state == "gone" else "made"
        if day < self.today:
            return "missed"
        horizon = day_after(self.request.calendar, self.today, self.request.config.calls.horizon)
        return "due" if call_on <= horizon else "later"


def _notes(found: Sequence[Quote], judged: int) -> Iterator[Note]:
    """What does not stand in the figures, and quotes whose own totals are others than ours."""
    if judged < len(found):
        template = "{count} of {n} quotes cannot be judged: their discount or their owner is not known"
        yield Note("NOT_JUDGED", template, {"count": len(found) - judged, "n": len(found)})
    different = sum(one.totals.is_different for one in found)
    if different:
        template = "{count} of {n} quotes have other totals than their lines come to"
        yield Note("TOTALS_DIFFER", template, {"count": different, "n": len(found)})
