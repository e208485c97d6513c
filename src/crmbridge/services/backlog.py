"""The list of improvements: findings and feedback, who takes each, when it is measured again, and what came of it.

An item is told by its events, which are kept for ever (service `feedback`): whoever tells of it again under its id adds
to it and makes no second one. It is closed with the numbers before and after, or decided against with a reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

import orjson

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.services.comparison import RateChange, rate_change
from crmbridge.services.world import naive, text

SERVICE = "feedback"
Source = Literal["finding", "rep", "meeting", "call_back", "customer", "survey"]
Status = Literal["open", "closed", "dropped"]
Counted = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `before` and `after` are k of n of `metric`; `reported` is how often it was told of.

    `decided_on` is the day on which it was closed or dropped.
    """

    id: str
    text: str
    source: Source
    on: date
    author: str | None = None
    stage: str | None = None
    owner: str | None = None
    remeasure_on: date | None = None
    metric: str | None = None
    before: Counted | None = None
    after: Counted | None = None
    reason: str | None = None
    status: Status = "open"
    reported: int = 1
    records: tuple[str, ...] = ()
    decided_on: date | None = None

    @property
    def result(self) -> RateChange | None:
        """What came of it, once it was measured before and after."""
        return None if self.before is None or self.after is None else rate_change(self.before, self.after)

    def is_due(self, today: date) -> bool:
        """Whether it is to be measured again."""
        return self.status == "open" and self.remeasure_on is not None and self.remeasure_on <= today


def backlog(facts: Facts, as_of: datetime) -> tuple[Item, ...]:
    """Every item as it stood at `as_of`, the open ones first, then by day and id."""
    rows = facts.connection.cursor().execute(text("service_history"), {"service": SERVICE, "cut": naive(as_of)})
    found: dict[str, Item] = {}
    for subject, at, body in rows.fetchall():
        day = at.replace(tzinfo=UTC).astimezone(facts.zone).date()
        found[subject] = _told(found.get(subject), subject, day, orjson.loads(body))
    return tuple(sorted(found.values(), key=lambda one: (one.status != "open", one.on, one.id)))


def find(items: Sequence[Item], name: str) -> Item:
    """The item of an id; ConfigError with the nearest one."""
    known = {one.id: one for one in items}
    if name in known:
        return known[name]
    raise ConfigError(
        "there is no item {name}", name=name, nearest=suggestion(name, known), hint="did you mean {nearest}?"
    )


def reported(item: Item) -> Mapping[str, object]:
    """The body of the event that tells of an item."""
    return {"told": "reported", **dict(_fields(item))}


def taken(item: Item, owner: str, remeasure_on: date) -> Mapping[str, object]:
    """Somebody takes an open item until a day; ConfigError where it is decided already."""
    _check_open(item)
    return {"told": "taken", "owner": owner, "remeasure_on": remeasure_on.isoformat()}


def closed(item: Item, before: Counted | None, after: Counted) -> Mapping[str, object]:
    """An open item is closed with what was measured; ConfigError without the numbers before."""
    _check_open(item)
    start = before or item.before
    if start is None:
        raise ConfigError("{item} has no numbers from before", item=item.id, hint="give --before K/N and --after K/N")
    return {"told": "closed", "before": list(start), "after": list(after)}


def dropped(item: Item, reason: str) -> Mapping[str, object]:
    """An open item is decided against; ConfigError without a reason."""
    _check_open(item)
    if not reason.strip():
        raise ConfigError("an item is dropped for a reason", hint="give --reason")
    return {"told": "dropped", "reason": reason}


def _check_open(item: Item) -> None:
    if item.status != "open":
        raise ConfigError("{item} is decided already: {status}", item=item.id, status=item.status)


def _told(item: Item | None, id_: str, day: date, body: Mapping[str, Any]) -> Item:
    told = body["told"]
    if told == "reported":
        return _reported(item, id_, day, body)
    if item is None:
        item = Item(id_, id_, "meeting", day, reported=0)
    match told:
        case "taken":
            return replace(item, owner=body["owner"], remeasure_on=date.fromisoformat(body["remeasure_on"]))
        case "closed":
            before, after = (_counted(body[name]) for name in ("before", "after"))
            return replace(item, before=before, after=after, status="closed", decided_on=day)
        case _:
            return replace(item, reason=body["reason"], status="dropped", decided_on=day)


def _reported(item: Item | None, id_: str, day: date, body: Mapping[str, Any]) -> Item:
    """A new item, or one that is told of again: what it said first stays."""
    if item is not None:
        return replace(item, reported=item.reported + 1)
    due = body.get("remeasure_on")
    return Item(
        id_,
        body["text"],
        body["source"],
        day,
        author=body.get("author"),
        stage=body.get("stage"),
        owner=body.get("owner"),
        remeasure_on=None if due is None else date.fromisoformat(due),
        metric=body.get("metric"),
        before=_counted(body.get("before")),
        records=tuple(body.get("records", ())),
    )


def _counted(pair: Sequence[int] | None) -> Counted | None:
    return None if pair is None else (pair[0], pair[1])


def _fields(item: Item) -> Iterator[tuple[str, object]]:
    yield "text", item.text
    yield "source", item.source
    for name in ("author", "stage", "owner", "metric"):
        if getattr(item, name) is not None:
            yield name, getattr(item, name)
    if item.remeasure_on is not None:
        yield "remeasure_on", item.remeasure_on.isoformat()
    if item.before is not None:
        yield "before", list(item.before)
    if item.records:
        yield "records", list(item.records)
