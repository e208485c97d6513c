"""What a team's meeting decided: who does what until when, done or open, and how many workdays overdue.

An action is known by `team|week|n`, is told by its events (service `action`), and is shown in the packs of the weeks
after it until it is done, and once more in the pack of the week in which it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import orjson

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.services.results import Period
from crmbridge.services.world import naive, text

SERVICE = "action"
COMPANY = "company"
"""The team of a pack that is about everybody."""


@dataclass(frozen=True, slots=True)
class ActionItem:
    """One action. `record_id` is the deal that it is about, `kpi` the KPI that a piece of feedback is about."""

    key: str
    team: str
    week: str
    text: str
    on: date
    owner: str | None = None
    due: date | None = None
    kind: str | None = None
    record_id: str | None = None
    kpi: str | None = None
    person: str | None = None
    wants_task: bool = False
    done_on: date | None = None
    result: str | None = None

    @property
    def monday(self) -> date:
        """The first day of the week of its meeting."""
        year, _, week = self.week.partition("-W")
        return date.fromisocalendar(int(year), int(week), 1)

    def overdue(self, calendar: Calendar, today: date) -> int:
        """How many workdays it is overdue; 0 where it is done, has no day, or its day has not passed."""
        if self.done_on is not None or self.due is None or self.due >= today:
            return 0
        return calendar.business_days_between(self.due, today)

    def age(self, calendar: Calendar, today: date) -> int:
        """How many workdays ago it was decided; of a done one, how many it took."""
        return calendar.business_days_between(self.on, max(self.on, self.done_on or today))


def actions(facts: Facts, as_of: datetime, *, team: str | None = None) -> tuple[ActionItem, ...]:
    """Every action as it stood at `as_of`, by week and number."""
    rows = facts.connection.cursor().execute(text("service_history"), {"service": SERVICE, "cut": naive(as_of)})
    found: dict[str, ActionItem] = {}
    for key, at, body in rows.fetchall():
        day = at.replace(tzinfo=UTC).astimezone(facts.zone).date()
        found[key] = _told(found.get(key), key, day, orjson.loads(body))
    chosen = (one for one in found.values() if team is None or one.team == team)
    return tuple(sorted(chosen, key=lambda one: (one.week, one.team, _number(one.key))))


def of_pack(items: Sequence[ActionItem], period: Period) -> list[ActionItem]:
    """What the pack of a period shows: what was open when it began or came since, and what was done in it."""
    return [one for one in items if one.monday < period.end and (one.done_on is None or one.done_on >= period.start)]


def added(item: ActionItem) -> Mapping[str, object]:
    """The body of the event that tells of an action; ConfigError without a text."""
    if not item.text.strip():
        raise ConfigError("an action says what is to be done", hint="give its text")
    told: dict[str, object] = {"told": "added", "team": item.team, "week": item.week, "text": item.text.strip()}
    more: dict[str, object] = {"owner": item.owner, "due": item.due and item.due.isoformat(), "kind": item.kind}
    more |= {"record_id": item.record_id, "kpi": item.kpi, "person": item.person, "task": item.wants_task or None}
    return told | {name: value for name, value in more.items() if value is not None}


def done(item: ActionItem, result: str | None) -> Mapping[str, object]:
    """The body of the event that an open action is done; ConfigError where it is done already."""
    if item.done_on is not None:
        raise ConfigError("{key} has been done since {day}", key=item.key, day=item.done_on)
    return {"told": "done"} | ({"result": result} if result else {})


def find(items: Sequence[ActionItem], key: str) -> ActionItem:
    """The action of a key; ConfigError with the nearest one."""
    known = {one.key: one for one in items}
    if key in known:
        return known[key]
    raise ConfigError(
        "there is no action {key}", key=key, nearest=suggestion(key, known), hint="did you mean {nearest}?"
    )


def next_key(items: Sequence[ActionItem], team: str, week: str) -> str:
    """The key of the next action of a team and week."""
    numbers = (_number(one.key) for one in items if (one.team, one.week) == (team, week))
    return f"{team}|{week}|{max(numbers, default=0) + 1}"


def _number(key: str) -> int:
    return int(key.rpartition("|")[2])


def _told(item: ActionItem | None, key: str, day: date, body: Mapping[str, Any]) -> ActionItem:
    if body["told"] == "done" and item is not None:
        return replace(item, done_on=day, result=body.get("result"))
    due = body.get("due")
    return ActionItem(
        key,
        body.get("team", ""),
        body.get("week", ""),
        body.get("text", ""),
        day,
        owner=body.get("owner"),
        due=None if due is None else date.fromisoformat(due),
        kind=body.get("kind"),
        record_id=body.get("record_id"),
        kpi=body.get("kpi"),
        person=body.get("person"),
        wants_task=bool(body.get("task")),
    )
