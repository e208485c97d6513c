"""What each person is paid for a period by the plans that hold in it, with the deals behind, for those who may see it.

Nothing that was paid is remembered: a refund in a later period is taken back there as the difference between what the
earlier period paid as it was known before, and what it pays as it is known after (`services.md` 9).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.instants import business_date
from crmbridge.model.money import Money, from_e4, to_e4
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.commission import Payout, payout, total
from crmbridge.services.credits import Back, Credit, Credits, Splits, credits_of
from crmbridge.services.fiscal import NamedPeriod, fiscal_year_of
from crmbridge.services.goal_tree import Unit
from crmbridge.services.incentive_document import IncentivePlan, IncentivesConfig
from crmbridge.services.owners import owners_named
from crmbridge.services.people import Person, is_meant, may_see, people
from crmbridge.services.results import Evidence, Period
from crmbridge.services.world import World

DEFINITION = "payouts/1"
Figures = Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class PayoutsRequest:
    """What is asked: the pay of a period, for one who looks at it.

    `figures` are those that bonuses ask for (`scorecard`, KPIs and their `_n`) by user and the label of the period;
    `goals` are quotas out of goals by user and label, where a plan has none for him.
    """

    as_of: datetime
    calendar: Calendar
    period: NamedPeriod
    viewer: str
    config: IncentivesConfig
    fiscal_year_start: int = 1
    splits: Splits = field(default_factory=dict)
    figures: Mapping[tuple[str, str], Figures] = field(default_factory=dict)
    goals: Mapping[tuple[str, str], Money] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What an earlier period paid too much, as became known in this one. `amount` is what is taken back."""

    of: NamedPeriod
    amount: Money
    refunds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What one plan pays one person for one period; `credits` are what it is paid for, `returned` what came back."""

    plan: str
    names: Mapping[str, str]
    period: NamedPeriod
    person: Person
    payout: Payout
    credits: tuple[Credit, ...]
    returned: tuple[Back, ...]
    taken_back: tuple[TakenBack, ...]
    is_running: bool

    @property
    def pays(self) -> Money:
        """What is paid out: commission and bonuses, less what is taken back."""
        back = sum(to_e4(one.amount.amount) for one in self.taken_back)
        currency = self.payout.actual.currency
        return Money(from_e4(to_e4(self.payout.pays.amount) - back, currency), currency)


@dataclass(frozen=True, slots=True)
class PayoutsReport:
    """The statements that the viewer may see; `hidden` more are there."""

    request: PayoutsRequest
    statements: tuple[Statement, ...]
    hidden: int
    evidence: Evidence


def payouts(facts: Facts, pipelines: Sequence[Pipeline], request: PayoutsRequest) -> PayoutsReport:
    """The pay of a period; ConfigError for a viewer whom nobody knows, MixedCurrency for credit in another currency."""
    world = World(facts, pipelines, cut=request.as_of, calendar=request.calendar.id)
    known = people(world)
    seen = may_see(known, owners_named(world, request.viewer) or (), request.config.finance)
    made: list[Statement] = []
    notes: list[Note] = []
    for plan_id, plan in sorted(request.config.plans.items()):
        periods = _periods(plan, request)
        is_over = plan.clawback is not None and plan.end <= request.period.start
        if periods or is_over:
            one = _Plan(plan_id, plan, request, known, plan.currency or facts.currency)
            earned = credits_of(world, plan.event, plan.days, one.currency, request.splits)
            made += [statement for period in periods for statement in one.statements(period, earned)]
            made += list(one.statements(request.period, earned)) if is_over else []
            notes += _notes(plan_id, earned)
    shown = tuple(one for one in made if one.person.id in seen)
    return PayoutsReport(
        request,
        shown,
        len(made) - len(shown),
        Evidence(
            DEFINITION,
            sum(len(one.credits) for one in shown),
            request.as_of,
            window=request.period.period,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=tuple(notes),
        ),
    )


def _periods(plan: IncentivePlan, request: PayoutsRequest) -> list[NamedPeriod]:
    """The periods of a plan within the one asked for, and within the days for which the plan holds.

    A plan that is over has none, and yet takes back what its periods paid too much.
    """
    year = fiscal_year_of(request.period.start, request.fiscal_year_start)
    parts = year.parts(request.period, plan.period, calendar=request.calendar)
    return [part for part in parts if plan.start <= part.start and part.end <= plan.end]


def _notes(plan_id: str, earned: Credits) -> Iterator[Note]:
    def told(ids: Iterable[str]) -> dict[str, object]:
        return {"n": len(set(ids)), "plan": plan_id}

    unowned = [one.record_id for one in earned.earned if one.user is None]
    if earned.undated:
        template = "{n} records of plan {plan} have no date and earn no credit"
        yield Note("CREDIT_UNDATED", template, told(earned.undated))
    if earned.unknown:
        template = "{n} records of plan {plan} have no amount and earn no credit"
        yield Note("CREDIT_UNKNOWN", template, told(earned.unknown))
    if earned.undated_refunds:
        template = "{n} refunds of plan {plan} have no date and count at once"
        yield Note("REFUND_UNDATED", template, told(earned.undated_refunds))
    if unowned:
        yield Note("CREDIT_UNOWNED", "{n} records of plan {plan} belong to nobody", told(unowned))


@dataclass(frozen=True, slots=True)
class _Plan:
    """One plan with what is needed to pay by it."""

    id: str
    plan: IncentivePlan
    request: PayoutsRequest
    known: Mapping[str, Person]
    currency: str

    def statements(self, period: NamedPeriod, earned: Credits) -> Iterator[Statement]:
        """A statement for everybody on the plan who has credit, something given back, or a quota."""
        today = business_date(self.request.as_of, self.request.calendar.zone)
        for person in self.known.values():
            if not is_meant(self.plan.applies_to, person):
                continue
            mine = [one for one in earned.earned if one.user == person.id]
            back = [one for one in earned.returned if one.of.user == person.id]
            within = tuple(one for one in mine if period.start <= one.day < period.end)
            taken = tuple(self._taken_back(person, period, mine, back))
            quota = self.quota(person, period)
            if not (within or taken or (quota and person.is_active)):
                continue
            actual = self._actual(mine, back, period.period, period.end)
            figures = self.request.figures.get((person.id, period.label), {})
            yield Statement(
                self.id,
                self.plan.names,
                period,
                person,
                payout(self.plan, actual, quota, figures),
                within,
                tuple(_returned(back, period.period, period.end)),
                taken,
                is_running=today < period.end,
            )

    def quota(self, person: Person, period: NamedPeriod) -> Money | None:
        """His own quota, else that of his goal, else the plan's, less by his ramp where the plan says so.

        None outside of the days for which the plan holds.
        """
        if not (self.plan.start <= period.start and period.end <= self.plan.end):
            return None
        own = next((quota for name, quota in self.plan.quotas.items() if person.is_called(name)), None)
        if own is not None:
            return Money(own, self.currency)
        goal = self.request.goals.get((person.id, period.label))
        if goal is not None or self.plan.quota is None:
            return goal
        if not self.plan.is_ramped or person.ramp is None:
            return Money(self.plan.quota, self.currency)
        return Money(from_e4(Fraction(to_e4(self.plan.quota)) * Fraction(person.ramp), self.currency), self.currency)

    def _actual(self, mine: Sequence[Credit], back: Sequence[Back], period: Period, until: date) -> Money:
        """The credit of a period, less what was known before the day `until` to have been given back of it."""
        minor = sum(one.minor for one in mine if period.start <= one.day < period.end)
        minor -= sum(one.minor for one in _returned(back, period, until, within=self._window))
        return Money(Unit("money", self.currency).show(minor), self.currency)

    @property
    def _window(self) -> timedelta | None:
        """How long after its credit a refund counts; within the period of the credit itself it always does."""
        clawback = self.plan.clawback
        return timedelta(days=clawback.within_days) if clawback else None

    def _taken_back(
        self, person: Person, period: NamedPeriod, mine: Sequence[Credit], back: Sequence[Back]
    ) -> Iterator[TakenBack]:
        """What earlier periods of the plan paid too much, by what was given back in this one."""
        if self.plan.clawback is None:
            return
        late = [
            one
            for one in back
            if one.day is not None
            and period.start <= one.day < period.end
            and one.of.day < period.start
            and one.day - one.of.day <= timedelta(days=self.plan.clawback.within_days)
        ]
        for earlier in self._periods_of([one.of.day for one in late]):
            quota = self.quota(person, earlier)
            before, after = (
                payout(self.plan, self._actual(mine, back, earlier.period, until), quota).commission
                for until in (period.start, period.end)
            )
            over = to_e4(before.amount) - to_e4(after.amount)
            if over:
                refunds = {one.refund_id for one in late if earlier.start <= one.of.day < earlier.end}
                amount = Money(from_e4(over, self.currency), self.currency)
                yield TakenBack(earlier, amount, tuple(sorted(refunds)))

    def _periods_of(self, days: Sequence[date]) -> list[NamedPeriod]:
        found: dict[date, NamedPeriod] = {}
        for day in days:
            year = fiscal_year_of(day, self.request.fiscal_year_start)
            for part in year.parts(year.whole, self.plan.period, calendar=self.request.calendar):
                if part.start <= day < part.end and self.plan.start <= part.start and part.end <= self.plan.end:
                    found[part.start] = part
        return [found[start] for start in sorted(found)]


def _returned(back: Sequence[Back], period: Period, until: date, *, within: timedelta | None = None) -> Iterator[Back]:
    """What was given back before a day of the credits of a period; a later refund only `within` some time."""
    for one in back:
        if not period.start <= one.of.day < period.end:
            continue
        is_at_once = one.day is None or one.day < min(until, period.end)
        if is_at_once or (within is not None and one.day is not None and _is_soon(one, one.day, until, within)):
            yield one


def _is_soon(one: Back, day: date, until: date, within: timedelta) -> bool:
    return day < until and day - one.of.day <= within


def paid_out(statements: Sequence[Statement], currency: str) -> Money:
    """What statements of one currency pay together."""
    return total([one.pays for one in statements], currency)
