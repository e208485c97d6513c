"""Call-backs (回访): who is called after a delivery and when, what came of it, and what was missed.

Days are counted from the delivery (else from the day on which the deal was won) and moved on to workdays. Calls to one
customer on one day are one, under the key of the first of them. Rules: `services.md` 10 and `satisfaction.toml`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crmbridge.facts import persons
from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.external_keys import task_key
from crmbridge.model.instants import business_date
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import customers_report
from crmbridge.services.call_results import with_results
from crmbridge.services.callbacks_report import POLICY, VIP, Call, CallState, Sale
from crmbridge.services.satisfaction import write_surveys
from crmbridge.services.satisfaction_document import SatisfactionConfig
from crmbridge.services.wants import TaskMade
from crmbridge.services.world import World

_SEEN_DAYS = 90

_Wanted = tuple[str, str, Sale]
"""The step of a call, its key, and after which sale."""


def day_after(calendar: Calendar, day: date, interval: Interval) -> date:
    """So many days or workdays after a day, moved on to a workday."""
    if interval.unit == "bd":
        return calendar.add_business_days(day, interval.count)
    return calendar.roll(day + timedelta(days=interval.count), "forward")


def call_backs(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    as_of: datetime,
    config: SatisfactionConfig,
    *,
    calendar: Calendar,
    vips: frozenset[str] = frozenset(),
    made: Mapping[str, TaskMade] | None = None,
) -> tuple[Call, ...]:
    """The calls from 90 days ago up to the horizon; `vips` are accounts, `made` the tasks of earlier runs."""
    if not config.call_backs.enabled:
        return ()
    persons.ensure(facts.connection)
    world = World(facts, pipelines, cut=as_of)
    world.run("cadence_refused")
    write_surveys(world, config, customers_report.built_in().life)
    today = business_date(as_of, facts.zone)
    longest = max((2 * step.after.count + 40 for _, step in config.steps), default=0)
    rows = world.rows("call_back_sales", today=today, sold_from=today - timedelta(days=_SEEN_DAYS + longest))
    asked = {who: set(days) for who, days in world.tuples("call_back_asked")}
    calls = _Desk(config, calendar, today, made or {}, asked).calls([Sale(**row) for row in rows], vips)
    return with_results(world, calls, made or {}, config)


@dataclass(frozen=True, slots=True)
class _Desk:
    """`asked` are the days on which somebody was asked, by contact (or company), and those of the calls that ask."""

    config: SatisfactionConfig
    calendar: Calendar
    today: date
    made: Mapping[str, TaskMade]
    asked: dict[str, set[date]]

    def calls(self, sales: Sequence[Sale], vips: frozenset[str]) -> list[Call]:
        """Every call, those of one customer on one day as one, in the order of days."""
        found: dict[tuple[date, str], list[_Wanted]] = defaultdict(list)
        for sale in sales:
            for name, step in self.config.steps:
                found[day_after(self.calendar, sale.day, step.after), sale.account_id].append(
                    (name, task_key(f"{POLICY}-{name}", sale.kind, sale.subject, enrolment=1, occurrence=1), sale)
                )
        last = {sale.account_id: sale for sale in sales if sale.account_id in vips}
        for sale in last.values():
            for number, due in self._monthly(sale):
                key = task_key(f"{POLICY}-{VIP}", sale.kind, sale.subject, enrolment=1, occurrence=number)
                found[due, sale.account_id].append((VIP, key, sale))
        first, horizon = self.today - timedelta(days=_SEEN_DAYS), self._horizon()
        return [
            self._call(due, some)
            for (due, _), some in sorted(found.items(), key=lambda one: one[0])
            if first <= due <= horizon
        ]

    def _monthly(self, sale: Sale) -> Iterator[tuple[int, date]]:
        every = self.config.call_backs.vip_every.count
        if every:
            begun = max(1, (self.today - timedelta(days=_SEEN_DAYS) - sale.day).days // every)
            last = (self._horizon() - sale.day).days // every
            for number in range(begun, last + 1):
                yield number, self.calendar.roll(sale.day + timedelta(days=every * number), "forward")

    def _horizon(self) -> date:
        return day_after(self.calendar, self.today, self.config.call_backs.horizon)

    def _call(self, due: date, some: Sequence[_Wanted]) -> Call:
        order = [name for name, _ in self.config.steps]
        ranked = sorted(
            some, key=lambda one: (order.index(one[0]) if one[0] in order else len(order), one[2].day, one[2].subject)
        )
        is_made = any(key in self.made for _, key, _ in ranked)
        kept = ranked if is_made else [one for one in ranked if not self._rests(one, due)]
        _, key, sale = (kept or ranked)[0]
        keys = tuple(key for _, key, _ in ranked)
        state = self._state(due, keys, sale) if kept else "resting"
        if state in {"due", "made", "done"}:
            for who in (_who(sale) for name, _, sale in kept if self._asks(name)):
                self.asked.setdefault(who, set()).add(due)
        return Call(key, keys, tuple(dict.fromkeys(name for name, _, _ in kept or ranked)), sale, due, state)

    def _asks(self, name: str) -> bool:
        return name != VIP and self.config.call_backs.steps[name].asks

    def _rests(self, wanted: _Wanted, due: date) -> bool:
        """Whether it would ask somebody who was asked within the days before the call."""
        name, _, sale = wanted
        day = max(due, self.today) if due >= self._caught_up() else due
        lately = (0 <= (day - one).days < self.config.ask_every_days for one in self.asked.get(_who(sale), ()))
        return self._asks(name) and any(lately)

    def _caught_up(self) -> date:
        """The first day that is still made up for."""
        return self.today - timedelta(days=self.config.call_backs.catch_up_days)

    def _state(self, due: date, keys: Sequence[str], sale: Sale) -> CallState:
        there = [self.made[key] for key in keys if key in self.made]
        if any(one.state == "done" for one in there):
            return "done"
        if any(one.state in {"open", "unread"} for one in there):
            return "made"
        if there:
            return "cancelled"
        if sale.is_refused:
            return "refused"
        return "missed" if due < self._caught_up() else "due"


def _who(sale: Sale) -> str:
    """Whom a call asks: the contact, else the company."""
    return sale.contact_id or sale.account_id
