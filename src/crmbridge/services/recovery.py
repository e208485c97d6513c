"""What follows a low score: a task at once, a notice to the manager, a call a week later, an item of the backlog."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.external_keys import key_of, task_key
from crmbridge.model.instants import business_date
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.backlog import Item
from crmbridge.services.callbacks import day_after
from crmbridge.services.customers_report import Life
from crmbridge.services.satisfaction import write_surveys
from crmbridge.services.satisfaction_document import SatisfactionConfig, worded
from crmbridge.services.wants import NoticeWanted, TaskMade, TaskWanted
from crmbridge.services.world import World

POLICY = "recovery"
_LATER = "recovery-follow-up"


@dataclass(frozen=True, slots=True)
class Low:
    """A low score; `is_told`: the backlog has it. `subject` stays the same, whatever the customer answers later."""

    subject: str
    id: str
    source: Literal["survey", "spoken"]
    type: Literal["csat", "nps"]
    score: Decimal
    comment: str | None
    account_id: str | None
    contact_id: str | None
    deal_id: str | None
    day: date
    owner_id: str | None
    owner: str | None
    manager_id: str | None
    customer: str | None
    is_told: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    """What is to be done for unhappy customers, whom to tell, and what the backlog is to hold."""

    scores: tuple[Low, ...]
    tasks: tuple[TaskWanted, ...]
    notices: tuple[NoticeWanted, ...]
    items: tuple[Item, ...]


def recovery(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    as_of: datetime,
    config: SatisfactionConfig,
    life: Life,
    *,
    calendar: Calendar,
    made: Mapping[str, TaskMade] | None = None,
) -> Recovery:
    """What follows the low scores of the last days, at `as_of`; what is `made` already is not wanted again."""
    if not config.recovery.enabled:
        return Recovery((), (), (), ())
    today = business_date(as_of, facts.zone)
    world = World(facts, pipelines, cut=as_of)
    write_surveys(world, config, life)
    since = today - timedelta(days=config.recovery.look_back_days)
    scores = tuple(Low(**row) for row in world.rows("recovery", low_from=since))
    horizon = day_after(calendar, today, config.call_backs.horizon)
    tasks = (task for low in scores for task in _tasks(low, config, calendar, today))
    notices = (_notice(low, config) for low in scores)
    return Recovery(
        scores,
        tuple(task for task in tasks if task.due <= horizon and task.key not in (made or {})),
        tuple(notice for notice in notices if notice is not None),
        tuple(_item(low, config) for low in scores if not low.is_told),
    )


def _tasks(low: Low, config: SatisfactionConfig, calendar: Calendar, today: date) -> Iterator[TaskWanted]:
    wish, known = config.recovery, {"account": low.account_id, "contact": low.contact_id, "deal": low.deal_id}
    links = {kind: id_ for kind, id_ in known.items() if id_ is not None}
    kind = next(iter(links))
    for policy, interval, title in (
        (POLICY, wish.within, wish.title),
        (_LATER, wish.follow_up_after, wish.follow_up_title),
    ):
        due = day_after(calendar, low.day, interval)
        yield TaskWanted(
            key=task_key(policy, "survey_response", low.subject, enrolment=1, occurrence=1),
            kind=kind,
            record_id=links[kind],
            title=worded(title, config.language, **_values(low)),
            due=calendar.roll(max(due, today), "forward"),
            why=policy,
            owner=low.owner_id,
            priority="high" if policy == POLICY else None,
            content=low.comment,
            beside={name: id_ for name, id_ in links.items() if name != kind},
        )


def _values(low: Low) -> dict[str, str]:
    score = format(low.score.normalize(), "f")
    return {"customer": low.customer or "?", "kind": low.type.upper(), "score": score, "day": low.day.isoformat()}


def _notice(low: Low, config: SatisfactionConfig) -> NoticeWanted | None:
    """The manager is told, the owner where there is no manager."""
    to = low.manager_id or low.owner_id
    if to is None:
        return None
    text = worded(config.recovery.notice, config.language, **_values(low))
    kind, record_id = ("account", low.account_id) if low.account_id else ("contact", low.contact_id)
    return NoticeWanted(key_of(POLICY, "low", low.subject), to, text, POLICY, kind, record_id)


def _item(low: Low, config: SatisfactionConfig) -> Item:
    return Item(
        id=f"score:{low.subject}",
        text=low.comment or worded(config.recovery.notice, config.language, **_values(low)),
        source="survey" if low.source == "survey" else "call_back",
        on=low.day,
        author=low.contact_id,
        records=tuple(id_ for id_ in (low.id, low.account_id) if id_ is not None),
    )
