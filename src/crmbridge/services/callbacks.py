"""Call-backs (回访): who is called after a delivery and when, what came of it, and what was missed.

Days are counted from the delivery (else from the day on which the deal was won) and moved on to workdays. Calls to one
customer on one day are one, under the key of the first of them. Rules: `services.md` 10 and `satisfaction.toml`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from crmbridge.facts import persons
from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.external_keys import task_key
from crmbridge.model.instants import business_date
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.satisfaction_document import SatisfactionConfig, worded
from crmbridge.services.wants import TaskMade, TaskWanted
from crmbridge.services.world import World

POLICY = "call-back"
VIP = "vip"
"""The step of the calls that VIPs get again and again."""
_SEEN_DAYS = 90

CallState = Literal["due", "made", "done", "cancelled", "refused", "missed"]
"""`due`: a task is wanted now. `made`: it stands. `cancelled`: its owner does not want it. `refused`: the other person.

`missed`: the day is over for longer than is caught up, and no task was made.
"""


@dataclass(frozen=True, slots=True)
class Sale:
    """What was delivered, or won, and to whom."""

    kind: Literal["deal", "order"]
    id: str
    subject: str
    account_id: str
    customer: str | None
    account_subject: str
    contact_id: str | None
    owner_id: str | None
    day: date
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a call, as it stands in the CRM under its key."""

    kind: Literal["activity", "task"]
    id: str
    account_id: str | None
    day: date | None
    content: str | None
    feedback: str | None
    next_step: str | None
    next_step_due: date | None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is due on a day; `steps` are those that fall together on it."""

    key: str
    keys: tuple[str, ...]
    steps: tuple[str, ...]
    sale: Sale
    due: date
    state: CallState
    result: Result | None = None


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
    today = business_date(as_of, facts.zone)
    longest = max((2 * step.after.count + 40 for _, step in config.steps), default=0)
    rows = world.rows("call_back_sales", today=today, sold_from=today - timedelta(days=_SEEN_DAYS + longest))
    sales = [Sale(**row) for row in rows]
    desk = _Desk(config, calendar, today, made or {})
    calls = desk.calls(sales, vips)
    keys = [key for call in calls for key in call.keys if key in desk.made]
    results = {row["external_key"]: _result(row) for row in world.rows("call_back_results", keys=keys)} if keys else {}
    return tuple(_with_result(call, results) for call in calls)


def tasks_of(calls: Sequence[Call], config: SatisfactionConfig) -> Iterator[TaskWanted]:
    """The tasks for the calls that are due."""
    for call in calls:
        if call.state == "due":
            step = config.call_backs.vip if call.steps[0] == VIP else config.call_backs.steps[call.steps[0]]
            values = {"customer": call.sale.customer or "?"}
            texts = (config.call_backs.vip if name == VIP else config.call_backs.steps[name] for name in call.steps)
            said = [worded(one.content, config.language, **values) for one in texts if one.content is not None]
            sale = call.sale
            beside = {"contact": sale.contact_id, "deal": sale.id if sale.kind == "deal" else None}
            yield TaskWanted(
                key=call.key,
                kind="account",
                record_id=sale.account_id,
                title=worded(step.title, config.language, **values),
                due=call.due,
                why=f"{POLICY}.{call.steps[0]}",
                owner=sale.owner_id,
                content="\n".join(said) or None,
                beside={kind: id_ for kind, id_ in beside.items() if id_ is not None},
            )


@dataclass(frozen=True, slots=True)
class _Desk:
    config: SatisfactionConfig
    calendar: Calendar
    today: date
    made: Mapping[str, TaskMade]

    def calls(self, sales: Sequence[Sale], vips: frozenset[str]) -> list[Call]:
        """Every call, those of one customer on one day as one, in the order of days."""
        found: dict[tuple[date, str], list[tuple[str, str, Sale]]] = defaultdict(list)
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

    def _call(self, due: date, some: Sequence[tuple[str, str, Sale]]) -> Call:
        order = [name for name, _ in self.config.steps]
        ranked = sorted(
            some, key=lambda one: (order.index(one[0]) if one[0] in order else len(order), one[2].day, one[2].subject)
        )
        _, key, sale = ranked[0]
        keys = tuple(key for _, key, _ in ranked)
        return Call(
            key, keys, tuple(dict.fromkeys(name for name, _, _ in ranked)), sale, due, self._state(due, keys, sale)
        )

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
        if due < self.today - timedelta(days=self.config.call_backs.catch_up_days):
            return "missed"
        return "due"


def _result(row: Mapping[str, Any]) -> Result:
    return Result(
        row["kind"],
        row["id"],
        row["account_id"],
        row["day"],
        row["content"],
        row["customer_feedback"],
        row["next_step"],
        row["next_step_due"],
    )


def _with_result(call: Call, results: Mapping[str, Result]) -> Call:
    found = next((results[key] for key in call.keys if key in results), None)
    if found is None:
        return call
    state: CallState = "done" if call.state == "made" else call.state
    return Call(call.key, call.keys, call.steps, call.sale, call.due, state, found)
