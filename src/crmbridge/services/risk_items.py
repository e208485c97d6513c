"""The register of risks: its items as the events that were kept of them tell, and what people may do with one.

`risk_register`, subject ITEM: each event says what was done (`op`) and when; nothing is ever overwritten.

open     what the item is about, and how likely and bad it is; `n` counts the items of one key
reopen   the signals came back soon after they had cleared; else like `change`
change   probability, impact or signals are others than before
respond  what is done about it: avoid, transfer, mitigate or accept, with what that one needs
close    why
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

import orjson

from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.external_keys import key_of
from crmbridge.services.risk_document import Response

SERVICE = "risk_register"
Category = Literal["deal", "customer", "market", "competitor", "process", "people"]
CATEGORIES: tuple[Category, ...] = ("deal", "customer", "market", "competitor", "process", "people")
_LEVELS = range(1, 6)


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody does about a risk, and until when."""

    text: str
    due: date
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class RiskItem:
    """One item as it stands. `kind` and `record` are what it is about, if it is about a record of ours.

    `rationale` is what was said about it in words. `history` has every event, the first first.
    """

    id: str
    key: str
    n: int
    title: str
    category: str
    source: str
    probability: int | None
    impact: int | None
    owner: str | None
    kind: str | None
    record: str | None
    signals: tuple[str, ...]
    opened_at: datetime
    rationale: str | None = None
    response: Response | None = None
    reason: str | None = None
    to: str | None = None
    actions: tuple[Action, ...] = ()
    review_at: date | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    history: tuple[tuple[datetime, Mapping[str, Any]], ...] = field(default=(), compare=False)

    @property
    def is_open(self) -> bool:
        """Whether it is open."""
        return self.closed_at is None

    @property
    def score(self) -> int | None:
        """Probability x impact; None where the impact is not known."""
        return None if self.probability is None or self.impact is None else self.probability * self.impact


def items_of(events: Iterable[tuple[str, datetime, str]]) -> dict[str, RiskItem]:
    """The items by id, out of (item, moment in UTC, body) in order of time; what no `open` began is left out."""
    found: dict[str, RiskItem] = {}
    for subject, at, body in events:
        moment, told = at.replace(tzinfo=UTC), orjson.loads(body)
        if told["op"] == "open":
            found[subject] = _opened(subject, moment, told)
        elif subject in found:
            found[subject] = _changed(found[subject], moment, told)
    return found


def _opened(subject: str, at: datetime, told: Mapping[str, Any]) -> RiskItem:
    return RiskItem(
        id=subject,
        key=told["key"],
        n=told["n"],
        title=told["title"],
        category=told["category"],
        source=told["source"],
        probability=told.get("probability"),
        impact=told.get("impact"),
        owner=told.get("owner"),
        kind=told.get("kind"),
        record=told.get("record"),
        signals=tuple(told.get("signals", ())),
        opened_at=at,
        rationale=told.get("rationale"),
        review_at=_date(told.get("review_at")),
        history=((at, told),),
    )


def _changed(item: RiskItem, at: datetime, told: Mapping[str, Any]) -> RiskItem:
    item = replace(item, history=(*item.history, (at, told)))
    if told["op"] == "close":
        return replace(item, closed_at=at, closed_by=told.get("by"), reason=told.get("reason"))
    if told["op"] == "respond":
        return replace(
            item,
            response=told["response"],
            reason=told.get("reason"),
            to=told.get("to"),
            actions=tuple(Action(a["text"], date.fromisoformat(a["due"]), a.get("owner")) for a in told["actions"]),
            review_at=_date(told.get("review_at")) or item.review_at,
        )
    now = replace(
        item,
        probability=told.get("probability"),
        impact=told.get("impact"),
        owner=told.get("owner"),
        signals=tuple(told.get("signals", ())),
    )
    return replace(now, closed_at=None, closed_by=None, reason=None) if told["op"] == "reopen" else now


def item_id(key: str, n: int) -> str:
    """What an item is called: short, and the same in every run."""
    return f"R-{key_of('risk', key, str(n))[4:12]}"


def opening(
    *,
    key: str,
    n: int,
    title: str,
    category: str,
    source: str,
    probability: int | None,
    impact: int | None,
    owner: str | None = None,
    kind: str | None = None,
    record: str | None = None,
    signals: Sequence[str] = (),
    rationale: str | None = None,
    review_at: date | None = None,
) -> dict[str, Any]:
    """The event that begins an item; ConfigError for a category or level that does not exist."""
    if category not in CATEGORIES:
        raise ConfigError(
            "there is no category {category}",
            category=category,
            nearest=suggestion(category, CATEGORIES),
            hint="did you mean {nearest}?",
        )
    for name, level in (("probability", probability), ("impact", impact)):
        if level is not None and level not in _LEVELS:
            raise ConfigError("{name} is a level from 1 to 5, not {level}", name=name, level=level)
    told = {
        "op": "open",
        "key": key,
        "n": n,
        "title": title,
        "category": category,
        "source": source,
        "probability": probability,
        "impact": impact,
        "owner": owner,
        "kind": kind,
        "record": record,
        "signals": list(signals),
        "rationale": rationale,
        "review_at": None if review_at is None else review_at.isoformat(),
    }
    return {name: value for name, value in told.items() if value is not None}


def found_item(items: Mapping[str, RiskItem], name: str) -> RiskItem:
    """The item of that id; ConfigError with the nearest one otherwise."""
    if name in items:
        return items[name]
    raise ConfigError(
        "there is no risk {item}", item=name, nearest=suggestion(name, items), hint="did you mean {nearest}?"
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
