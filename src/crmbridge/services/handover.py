"""What one department hands to another: a won deal to who delivers it, a complaint to who owns the customer.

Each has a key that never changes, so it is handed over once, however often the systems are read. Rules stand in
`after_sales.toml`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.external_keys import key_of, task_key
from crmbridge.model.instants import business_date
from crmbridge.model.money import Money, from_e4
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.after_sales_document import AfterSalesConfig
from crmbridge.services.callbacks import day_after
from crmbridge.services.owners import owners_named
from crmbridge.services.wants import NoticeWanted, TaskWanted
from crmbridge.services.world import World

POLICY = "hand-over"
MOST_CONTACTS = 5
"""So many people of a customer are named in a task."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """The tasks for who delivers, and who is told of complaints."""

    tasks: tuple[TaskWanted, ...]
    notices: tuple[NoticeWanted, ...]


def hand_over(
    facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime, config: AfterSalesConfig, calendar: Calendar
) -> HandOver:
    """What is handed over at `as_of`; ConfigError where `hand_over.to` is nobody."""
    world = World(facts, pipelines, cut=as_of)
    return HandOver(tuple(_tasks(world, as_of, config, calendar)), tuple(_notices(world, as_of, config)))


def _tasks(world: World, as_of: datetime, config: AfterSalesConfig, calendar: Calendar) -> Iterator[TaskWanted]:
    rules, today = config.hand_over, business_date(as_of, world.facts.zone)
    if not rules.enabled:
        return
    to = next(iter(owners_named(world, rules.to or None) or ()), None)
    since = today - timedelta(days=rules.look_back_days)
    for row in world.rows("hand_over", won_from=since, most=MOST_CONTACTS):
        said = {"deal": row["name"], "customer": row["customer"], "seller": row["seller"]}
        papers = {
            "contract": "; ".join(_contract(one) for one in row["contracts"] or ()),
            "contacts": ", ".join(_contact(one) for one in row["contacts"] or ()),
        }
        beside = {"account": row["account_id"], "contact": row["contact_id"]}
        yield TaskWanted(
            key=task_key(POLICY, "deal", row["subject"], enrolment=1, occurrence=1),
            kind="deal",
            record_id=row["id"],
            title=config.text(rules.title, **said),
            due=calendar.roll(max(today, day_after(calendar, row["closed_day"], rules.within)), "forward"),
            why=POLICY,
            owner=to or row["owner_id"],
            content=config.text(rules.content, **said, **papers),
            beside={kind: id_ for kind, id_ in beside.items() if id_ is not None},
        )


def _contract(one: Mapping[str, Any]) -> str:
    """`C-12 Maintenance, 1200.00 CNY, 2026-01-01/2026-12-31`: as far as it is known."""
    named = " ".join(part for part in (one["number"], one["name"]) if part)
    money = None if one["e4"] is None else Money(from_e4(one["e4"], one["currency"]), one["currency"])
    days = [day.isoformat() for day in (one["first"], one["last"]) if day is not None]
    parts = (named, None if money is None else f"{money.amount} {money.currency}", "/".join(days))
    return ", ".join(part for part in parts if part)


def _contact(one: Mapping[str, Any]) -> str:
    return f"{one['name']} ({one['title']})" if one["title"] else str(one["name"])


def _notices(world: World, as_of: datetime, config: AfterSalesConfig) -> Iterator[NoticeWanted]:
    rules = config.complaints
    if not rules.enabled:
        return
    since = business_date(as_of, world.facts.zone) - timedelta(days=rules.look_back_days)
    for row in world.rows("complaints", asked_from=since):
        text = config.text(rules.notice, customer=row["customer"], ticket=row["name"])
        key = key_of(POLICY, "complaint", row["subject"])
        yield NoticeWanted(key, row["owner_id"], text, POLICY, "ticket", row["id"])
