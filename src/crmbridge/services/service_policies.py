"""Which service each customer gets, and what is to be done for it now; the rules are data: `services.md` 6.

A task of a touch is made once it is due. Its number is the first under which none stands yet, so whatever was done,
deleted or put off under a number is never made again, in this ledger or in one that was built anew.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.external_keys import key_of, task_key
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.customers_report import Customer, CustomersReport
from crmbridge.services.service_document import ServiceConfig, ServicePolicy, Touch
from crmbridge.services.wants import NoticeWanted, TaskMade, TaskWanted
from crmbridge.services.world import World

SERVICE = "service"
_STANDING = frozenset({"unread", "open"})


@dataclass(frozen=True, slots=True)
class Served:
    """A customer with the policy that it is served by; `touches` are those of every policy it meets, by name."""

    customer: Customer
    policy: str
    touches: Mapping[str, tuple[str, Touch]]


@dataclass(frozen=True, slots=True)
class ServiceReport:
    """Who is served how, what is due, whom to tell, and how many tasks wait until their owner has fewer."""

    served: Sequence[Served]
    tasks: Sequence[TaskWanted]
    notices: Sequence[NoticeWanted]
    waiting: int
    warnings: tuple[Note, ...] = ()


@dataclass(slots=True)
class _Account:
    """What the facts tell of an account; by state how often it has come there, and when last."""

    subject: str
    owner: str | None
    manager: str | None
    level: str | None
    touched: date | None
    entries: dict[str, tuple[int, date]] = field(default_factory=dict)


def service(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    report: CustomersReport,
    config: ServiceConfig,
    *,
    calendar: Calendar,
    made: Mapping[str, TaskMade],
) -> ServiceReport:
    """The service of the customers of a report, at its moment; `made` are the tasks of earlier runs as they stand."""
    accounts = _accounts(facts, pipelines, report.request.as_of)
    served = [one for customer in report.customers if (one := _served(customer, config)) is not None]
    desk = _Desk(config, calendar, report.request.as_of.astimezone(facts.zone).date(), made)
    due: list[tuple[tuple[int, int, date, str], TaskWanted, str | None]] = []
    for one in served:
        account = accounts.get(one.customer.id)
        if account is not None:
            rank = list(config.policies).index(one.policy)
            place = (rank, -one.customer.amount.e4)
            due += [((*place, want.due, want.key), want, account.owner) for want in desk.look(one, account)]
    tasks, waiting = _handed(sorted(due, key=itemgetter(0)), desk.open, config.open_tasks_of_an_owner)
    return ServiceReport(served, tasks, desk.notices, waiting, tuple(_notes(served, accounts, config, waiting)))


def _served(customer: Customer, config: ServiceConfig) -> Served | None:
    met = config.met(customer.state, is_vip=customer.is_vip)
    if not met:
        return None
    touches: dict[str, tuple[str, Touch]] = {}
    for policy in met:
        for name, touch in config.policies[policy].touches.items():
            touches.setdefault(name, (policy, touch))
    return Served(customer, met[0], touches)


def _accounts(facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime) -> dict[str, _Account]:
    found: dict[str, _Account] = {}
    for row in World(facts, pipelines, cut=as_of).rows("service_accounts"):
        one = found.get(row["id"]) or _Account(
            row["subject"], row["owner_id"], row["manager_id"], row["level"], _day(row["at_last"], facts)
        )
        if row["state"] is not None:
            one.entries[row["state"]] = (row["entries"], _day(row["since"], facts) or date.min)
        found[row["id"]] = one
    return found


def _day(moment: datetime | None, facts: Facts) -> date | None:
    """The business date of an instant as DuckDB keeps it: UTC without a zone."""
    return None if moment is None else business_date(moment.replace(tzinfo=UTC), facts.zone)


@dataclass(slots=True)
class _Desk:
    """Works out what is due for one customer after the other; counts what each owner has open."""

    config: ServiceConfig
    calendar: Calendar
    today: date
    made: Mapping[str, TaskMade]
    open: Counter[str | None] = field(default_factory=Counter)
    notices: list[NoticeWanted] = field(default_factory=list)

    def look(self, one: Served, account: _Account) -> Iterator[TaskWanted]:
        """The tasks of a customer that are due and not there."""
        horizon = self._after(self.today, self.config.horizon)
        for name, (policy, touch) in one.touches.items():
            entries, entered = self._entered(one.customer, account)
            seq = entries if touch.every is None else 1
            number, last = 1, None
            while (there := self.made.get(key := _key(name, account, seq, number))) is not None:
                if there.state in _STANDING:
                    self._watch(one, account, there, self.config.policies[policy])
                    break
                number, last = number + 1, there
            if there is None and (due := self._due(touch, account, entered, last)) is not None and due <= horizon:
                day = self.calendar.roll(max(due, self.today), "forward")
                said = None if touch.content is None else self._words(touch.content, one)
                title, why = self._words(touch.title, one), f"{policy}.{name}"
                yield TaskWanted(key, "account", one.customer.id, title, day, why, content=said)

    def _due(self, touch: Touch, account: _Account, entered: date, last: TaskMade | None) -> date | None:
        """When the next task of a touch is due; None where it is done once and was."""
        first = None if touch.within is None else self._after(entered, touch.within)
        if touch.every is None:
            return first if last is None else None
        base = account.touched if touch.since == "touch" else None
        if last is not None:
            own = last.done_at.astimezone(self.calendar.zone).date() if last.done_at else last.due or self.today
            base = own if base is None else max(own, base)
        if base is None:
            return first or self._after(entered, touch.every)
        due = self._after(base, touch.every)
        return due if first is None or last is not None else max(due, first)

    def _entered(self, customer: Customer, account: _Account) -> tuple[int, date]:
        """How often the customer has come where it stands, this time too, and when it did."""
        entries, since = account.entries.get(customer.state, (0, self.today))
        return (entries + 1, self.today) if customer.was is not None or not entries else (entries, since)

    def _after(self, day: date, interval: Interval) -> date:
        if interval.unit == "bd":
            return self.calendar.add_business_days(day, interval.count)
        return self.calendar.roll(day + timedelta(days=interval.count), "forward")

    def _watch(self, one: Served, account: _Account, there: TaskMade, policy: ServicePolicy) -> None:
        """A task that stands: it counts as open, and the manager hears of it where it is late."""
        self.open[account.owner] += 1
        late = 0 if there.due is None else self.calendar.business_days_between(there.due, self.today)
        limit = policy.escalate_after
        if limit is None or account.manager is None or there.due is None or there.due >= self.today:
            return
        if late >= limit.count:
            text = f"{one.customer.name or one.customer.external_id}: {there.due.isoformat()}"
            key = key_of(SERVICE, "escalate", there.key)
            self.notices.append(NoticeWanted(key, account.manager, text, SERVICE, "account", one.customer.id))

    def _words(self, names: Mapping[str, str], one: Served) -> str:
        text = names.get(self.config.language) or next(iter(names.values()))
        return text.replace("{customer}", one.customer.name or one.customer.external_id)


def _key(name: str, account: _Account, seq: int, number: int) -> str:
    return task_key(f"{SERVICE}-{name}", "account", account.subject, enrolment=seq, occurrence=number)


def _handed(
    due: Sequence[tuple[tuple[int, int, date, str], TaskWanted, str | None]], taken: Counter[str | None], most: int
) -> tuple[list[TaskWanted], int]:
    """The tasks that their owners have room for, the best customers' first; and how many wait."""
    tasks: list[TaskWanted] = []
    for _, want, owner in due:
        if taken[owner] < most:
            taken[owner] += 1
            tasks.append(want)
    return tasks, len(due) - len(tasks)


def _notes(
    served: Sequence[Served], accounts: Mapping[str, _Account], config: ServiceConfig, waiting: int
) -> Iterator[Note]:
    """Customers whose policy names an owner and that have none, or not one of that level; and what waits."""
    missing: Counter[str] = Counter()
    junior: Counter[str] = Counter()
    for one in served:
        policy, account = config.policies[one.policy], accounts.get(one.customer.id)
        if account is None or not (policy.needs_owner or policy.owner_levels):
            continue
        if account.owner is None:
            missing[one.policy] += 1
        elif policy.owner_levels and account.level not in policy.owner_levels:
            junior[one.policy] += 1
    text = "{count} customers of the policy {policy} have no owner"
    yield from (Note("SERVICE_NO_OWNER", text, {"count": n, "policy": name}) for name, n in sorted(missing.items()))
    text = "{count} customers of the policy {policy} have an owner of another level than it names"
    yield from (Note("SERVICE_OWNER_LEVEL", text, {"count": n, "policy": name}) for name, n in sorted(junior.items()))
    if waiting:
        text = "{count} tasks for customers wait until those who are to do them have fewer"
        yield Note("SERVICE_WAITING", text, {"count": waiting})
