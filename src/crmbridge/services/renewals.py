"""Renewals: which contracts end when, on which days before somebody is to see to it, and how many are renewed.

The days are T-90, T-60, T-30, T-7 (`care.toml`), each on the last workday until then. Rates are of contracts and of the
amounts that ended: a renewed contract counts with what it was, not with what it became.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.external_keys import task_key
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.callbacks import day_after
from crmbridge.services.care_document import CareConfig
from crmbridge.services.quality_report import not_available
from crmbridge.services.results import Amount, Evidence, MoneyRate, Period, Rate, Unavailable
from crmbridge.services.satisfaction_document import worded
from crmbridge.services.wants import TaskMade, TaskWanted
from crmbridge.services.world import World

DEFINITION = "renewals/1"
POLICY = "renewal"

State = Literal["planned", "due", "made", "done", "cancelled", "missed"]
"""`planned`: later. `due`: a task is wanted now. `missed`: a later day took its place."""


@dataclass(frozen=True, slots=True)
class RenewalsRequest:
    """As of when. The rates are of the contracts that end in `period` (None: the year up to today), of `owners`."""

    as_of: datetime
    calendar: Calendar
    made: Mapping[str, TaskMade] = field(default_factory=dict)
    period: Period | None = None
    owners: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract that ends. `is_renewed` None: its source does not tell."""

    id: str
    subject: str
    label: str
    account_id: str | None
    customer: str | None
    deal_id: str | None
    owner_id: str | None
    owner: str | None
    amount_e4: int | None
    currency: str
    end_date: date
    is_renewed: bool | None


@dataclass(frozen=True, slots=True)
class Step:
    """One of the days before the end of a contract, `days` before it."""

    contract: Contract
    days: int
    due: date
    key: str
    state: State


@dataclass(frozen=True, slots=True)
class RenewalRate:
    """What became of the contracts that end in the period, in one currency (None: whatever the amount).

    `rate` is renewed / due, `worth` the same of what they were worth. `unknown` contracts are in neither; of those that
    are due, `pending` have not ended yet.
    """

    currency: str | None
    rate: Rate | Unavailable
    pending: int
    unknown: int
    worth: MoneyRate | None = None


@dataclass(frozen=True, slots=True)
class RenewalsReport:
    """The days that come (and those that were missed, while the contract runs), and the rates."""

    request: RenewalsRequest
    period: Period
    steps: tuple[Step, ...]
    rates: tuple[RenewalRate, ...]
    ended: tuple[Contract, ...]
    evidence: Evidence


def step_days(end: date, before: Sequence[int], calendar: Calendar) -> dict[int, date]:
    """The days on which somebody sees to a renewal, by how many days before the end; rolled backward to workdays."""
    return {days: calendar.roll(end - timedelta(days=days), "backward") for days in before}


def renewals(
    facts: Facts, pipelines: Sequence[Pipeline], request: RenewalsRequest, config: CareConfig
) -> RenewalsReport:
    """What ends, what is to be done, and how much is renewed."""
    world = World(facts, pipelines, cut=request.as_of)
    today = business_date(request.as_of, facts.zone)
    tomorrow = today + timedelta(days=1)
    period = request.period or Period(tomorrow - timedelta(days=365), tomorrow)
    world.parameters |= {"today": today, "owners": None if request.owners is None else sorted(request.owners)}
    world.run("care_contracts")
    coming = [] if not config.renewals.enabled else _contracts(world, today, _last(today, config, request.calendar))
    ended = _contracts(world, period.start, period.end - timedelta(days=1))
    steps = [step for one in coming if not one.is_renewed for step in _steps(one, config, request, today)]
    has_any = bool(world.sql("SELECT 1 FROM contracts LIMIT 1"))
    rates = _rates(ended, today) if has_any else [RenewalRate(None, _NONE, 0, 0)]
    return RenewalsReport(
        request,
        period,
        tuple(sorted(steps, key=lambda one: (one.due, one.contract.end_date, one.contract.subject))),
        tuple(rates),
        tuple(ended),
        Evidence(
            DEFINITION,
            len(ended),
            request.as_of,
            window=period,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=tuple(_notes(steps, rates[0])),
        ),
    )


def tasks_of(report: RenewalsReport, config: CareConfig) -> Iterator[TaskWanted]:
    """The tasks for the days that are due, about the account, else the deal."""
    for step in report.steps:
        one = step.contract
        links = {kind: id_ for kind, id_ in (("account", one.account_id), ("deal", one.deal_id)) if id_ is not None}
        if step.state != "due" or not links:
            continue
        kind = next(iter(links))
        values = {"contract": one.label, "customer": one.customer or "?", "day": one.end_date.isoformat()}
        yield TaskWanted(
            key=step.key,
            kind=kind,
            record_id=links[kind],
            title=worded(config.renewals.title, config.language, **values),
            due=step.due,
            why=f"{POLICY}.{step.days}d",
            owner=one.owner_id,
            beside={name: id_ for name, id_ in links.items() if name != kind},
        )


def _last(today: date, config: CareConfig, calendar: Calendar) -> date:
    """The last end of a contract of which a day may lie within the horizon or the time that is looked ahead."""
    ahead = max(day_after(calendar, today, config.horizon), today + timedelta(days=config.occasions.look_ahead_days))
    return ahead + timedelta(days=config.renewals.before[0] + 20)


def _contracts(world: World, first: date, last: date) -> list[Contract]:
    return [_contract(row) for row in world.rows("care_ending", first=first, last=last)]


def _contract(row: Mapping[str, Any]) -> Contract:
    told = {name: row[name] for name in Contract.__slots__ if name != "is_renewed"}
    return Contract(**told, is_renewed=bool(row["is_renewed"]) if row["is_renewed"] or row["is_told"] else None)


def _steps(one: Contract, config: CareConfig, request: RenewalsRequest, today: date) -> Iterator[Step]:
    """The days of a contract; of those that are past and were not seen to, the last one is due now."""
    horizon = day_after(request.calendar, today, config.horizon)
    falls = step_days(one.end_date, config.renewals.before, request.calendar)
    keys = {days: _key(one, days) for days in falls}
    reached = [days for days, day in falls.items() if day <= horizon]
    for days, day in falls.items():
        made = request.made.get(keys[days])
        if made is not None:
            state: State = "done" if made.state == "done" else "made" if made.state in _STANDING else "cancelled"
            yield Step(one, days, day, keys[days], state)
        elif day > horizon:
            yield Step(one, days, day, keys[days], "planned")
        elif days == reached[-1]:
            late = min(request.calendar.roll(max(day, today), "forward"), max(one.end_date, today))
            yield Step(one, days, late, keys[days], "due")
        else:
            yield Step(one, days, day, keys[days], "missed")


_NONE = not_available("NO_CONTRACTS", "no source has contracts")
_STANDING = frozenset({"open", "unread"})


def _key(one: Contract, days: int) -> str:
    """The key of a day: another where the contract goes on for another year under the same record."""
    return task_key(f"{POLICY}-{days}d", "contract", one.subject, enrolment=one.end_date.year, occurrence=1)


def _rates(ended: Sequence[Contract], today: date) -> list[RenewalRate]:
    """All contracts by count, then those with an amount, by currency."""
    known = [one for one in ended if one.is_renewed is not None]
    pending = sum(not one.is_renewed and one.end_date >= today for one in known)
    rate = Rate.of(sum(bool(one.is_renewed) for one in known), len(known))
    rates = [RenewalRate(None, rate, pending, len(ended) - len(known))]
    for currency in sorted({one.currency for one in known if one.amount_e4 is not None}):
        mine = [one for one in known if one.currency == currency]
        renewed = [one for one in mine if one.is_renewed]
        rates.append(
            RenewalRate(
                currency,
                Rate.of(len(renewed), len(mine)),
                sum(not one.is_renewed and one.end_date >= today for one in mine),
                sum(one.is_renewed is None and one.currency == currency for one in ended),
                MoneyRate.of(
                    _amount(renewed, currency), _amount([one for one in mine if not one.is_renewed], currency)
                ),
            )
        )
    return rates


def _amount(some: Sequence[Contract], currency: str) -> Amount:
    known = [one.amount_e4 for one in some if one.amount_e4 is not None]
    return Amount(sum(known), currency, len(known), len(some) - len(known))


def _notes(steps: Sequence[Step], whole: RenewalRate) -> Iterator[Note]:
    lost = len({step.contract.id for step in steps if not (step.contract.account_id or step.contract.deal_id)})
    if lost:
        yield Note("NO_CUSTOMER", "{n} contracts name no customer: nobody can be given a task", {"n": lost})
    if whole.unknown:
        text = "{n} contracts are in no rate: their sources do not tell which were renewed"
        yield Note("RENEWED_UNTOLD", text, {"n": whole.unknown})
