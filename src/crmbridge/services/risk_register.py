"""Items of the register that open and close themselves: which deals, and which unhappy customers, are in it now.

The same facts at the same moment change nothing a second time. An item is known by its rule set and its deal (or
account); it closes when its signals have cleared, and signals that come back soon open the same item again. What a
person has closed stays closed for as long, unless another signal holds than before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from crmbridge.model.instants import business_date
from crmbridge.services.risk_document import BANDS, SIGNALS, RiskConfig
from crmbridge.services.risk_items import RiskItem, item_id, items_of, opening
from crmbridge.services.world import World

Change = tuple[str, Mapping[str, Any]]
"""An item and what happens to it."""

CLEARED, GONE = "the signals have cleared", "what it was about is over"
_LIKELY = 4
"""The probability level of an unhappy customer, and from which on a deal without an amount gets an item."""


@dataclass(frozen=True, slots=True)
class Fired:
    """How something stands that an item may be about.

    `is_due`: bad enough for an item. `signals` hold; of `untold` nobody knows whether they do.
    """

    key: str
    title: str
    category: str
    source: str
    probability: int | None
    impact: int | None
    owner: str | None
    kind: str
    record: str
    signals: tuple[str, ...]
    untold: tuple[str, ...] = ()
    is_due: bool = True


def kept_items(world: World) -> dict[str, RiskItem]:
    """Every item of the register by id, as it stood at the cut."""
    return items_of(world.tuples("risk_events"))


def fired(world: World, config: RiskConfig, items: Iterable[RiskItem]) -> list[Fired]:
    """What is due for an item, and how the records stand that have an open one; svc_risk is there."""
    records = sorted({item.record for item in items if item.is_open and item.record and item.source != "manual"})
    least = BANDS[: BANDS.index(config.register_.from_) + 1]
    deals = [
        _deal(row, config, least)
        for row in world.rows("risk_fired", bands=list(least), records=records, likely=_LIKELY)
    ]
    rules = config.register_
    low = world.rows(
        "risk_low_scores",
        since=timedelta(days=rules.low_scores_days),
        csat_at_most=rules.csat_at_most,
        nps_at_most=rules.nps_at_most,
    )
    return [*deals, *(_customer(row) for row in low)]


def changes(
    items: Mapping[str, RiskItem], found: Sequence[Fired], config: RiskConfig, as_of: datetime, today: date
) -> Iterator[Change]:
    """What happens to the items that open and close themselves, in the order of their keys."""
    last = latest(items.values())
    told = {one.key: one for one in found}
    for key in sorted({*told, *last}):
        item, one = last.get(key), told.get(key)
        if item is not None and item.source == "manual":
            continue
        if item is not None and item.is_open:
            yield from _of_open(item, one)
        elif one is not None and one.is_due:
            yield from _of_closed(item, one, config, as_of, today)


def of_rules(items: Mapping[str, RiskItem], rule_set: str, *, others: bool = False) -> dict[str, RiskItem]:
    """The items that the rule set opened and closes; `others`: all but those."""
    return {name: one for name, one in items.items() if (one.key.partition("|")[0] == rule_set) != others}


def latest(items: Iterable[RiskItem]) -> dict[str, RiskItem]:
    """The last item of each key."""
    found: dict[str, RiskItem] = {}
    for item in items:
        if item.key not in found or found[item.key].n < item.n:
            found[item.key] = item
    return found


def written(item: RiskItem | None, at_us: int, body: Mapping[str, Any]) -> tuple[int, str]:
    """The moment and the text under which an event is kept: after every earlier one of its item."""
    last = max((round(at.timestamp() * 1_000_000) for at, _ in item.history), default=0) if item else 0
    return max(at_us, last + 1), orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def _of_open(item: RiskItem, one: Fired | None) -> Iterator[Change]:
    if one is None:
        yield item.id, {"op": "close", "reason": GONE}
    elif not one.signals:
        if not set(item.signals) & set(one.untold):
            yield item.id, {"op": "close", "reason": CLEARED}
    elif (one.probability, one.impact, one.owner, one.signals) != (
        item.probability,
        item.impact,
        item.owner,
        item.signals,
    ):
        yield item.id, {"op": "change", **_figures(one)}


def _of_closed(item: RiskItem | None, one: Fired, config: RiskConfig, as_of: datetime, today: date) -> Iterator[Change]:
    rules = config.register_
    if item is not None and item.closed_at is not None:
        is_recent = as_of - item.closed_at <= timedelta(days=rules.reopen_days)
        is_by_hand = item.closed_by is not None
        if is_recent and is_by_hand and set(one.signals) <= set(item.signals):
            return
        if is_recent:
            yield item.id, {"op": "reopen", **_figures(one)}
            return
    n = 1 if item is None else item.n + 1
    body = opening(
        key=one.key,
        n=n,
        title=one.title,
        category=one.category,
        source=one.source,
        probability=one.probability,
        impact=one.impact,
        owner=one.owner,
        kind=one.kind,
        record=one.record,
        signals=one.signals,
        review_at=today + timedelta(days=rules.review_days),
    )
    yield item_id(one.key, n), body


def _figures(one: Fired) -> dict[str, Any]:
    told = {"probability": one.probability, "impact": one.impact, "owner": one.owner, "signals": list(one.signals)}
    return {name: value for name, value in told.items() if value is not None}


def _deal(row: Mapping[str, Any], config: RiskConfig, least: Sequence[str]) -> Fired:
    is_bad = row["band"] in least or (row["band"] is None and row["probability"] >= _LIKELY)
    return Fired(
        key=f"{config.rule_set}|{row['id']}",
        title=row["name"] or row["external_id"] or row["id"],
        category="deal",
        source="auto",
        probability=row["probability"],
        impact=row["impact"],
        owner=row["owner_id"],
        kind="deal",
        record=row["id"],
        signals=tuple(name for name in SIGNALS if row[name]),
        untold=tuple(name for name in SIGNALS if row[name] is None),
        is_due=is_bad and row["points"] > 0,
    )


def _customer(row: Mapping[str, Any]) -> Fired:
    return Fired(
        key=f"low_score|{row['account_id']}",
        title=row["name"] or row["account_id"],
        category="customer",
        source="survey",
        probability=_LIKELY,
        impact=None,
        owner=row["owner_id"],
        kind="account",
        record=row["account_id"],
        signals=("low_score",),
    )


def today_of(world: World, as_of: datetime) -> date:
    """The business date of a moment."""
    return business_date(as_of, world.facts.zone)
