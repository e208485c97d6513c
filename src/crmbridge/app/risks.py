"""Asks for the risk of deals, and keeps the register: the workspace's rules, and what is left of targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

import orjson

from crmbridge.app import cadences, forecasting, goal_paces
from crmbridge.app.asker import Asker
from crmbridge.app.policies import own_policy
from crmbridge.app.quality import unfilled
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import business_date, to_us
from crmbridge.report.listing import Listing
from crmbridge.report.risk import register_listing, risk_listing
from crmbridge.services.churn import RULE_SET as CHURN
from crmbridge.services.fiscal import Level
from crmbridge.services.goal_pace import remaining_of
from crmbridge.services.owners import owners_seen
from crmbridge.services.people import people
from crmbridge.services.risk import LEVELS, levels_seen, opened, records_of_risk, report_of
from crmbridge.services.risk_document import Band, RiskConfig, built_in, load_risk
from crmbridge.services.risk_items import SERVICE, Action, RiskItem, found_item, item_id, items_of, opening
from crmbridge.services.risk_register import changes, fired, kept_items, of_rules, written
from crmbridge.services.risk_report import RiskReport, RiskRequest
from crmbridge.services.risk_responses import Responding, closing, responding
from crmbridge.services.world import World

FILE = "risk.toml"
_LEVELS: tuple[Level | None, ...] = ("quarter", None)


@dataclass(frozen=True, slots=True)
class Found:
    """A risk that people found: what it is, how likely and bad from 1 to 5, whose it is."""

    title: str
    category: str
    probability: int
    impact: int
    owner: str | None = None
    rationale: str | None = None
    review: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decides about a risk, as typed; an action is `DAY TEXT`."""

    response: str
    reason: str | None = None
    review: str | None = None
    actions: Sequence[str] = ()
    to: str | None = None
    by: str | None = None


def own_document(asker: Asker) -> RiskConfig:
    """The workspace's `risk.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(asker.wiring, FILE, load_risk, built_in)


def request_of(asker: Asker, period: str | None = None) -> RiskRequest:
    """What is asked, by the rules of the workspace; the quarter that runs, unless a period is named."""
    return RiskRequest(
        asker.as_of,
        asker.period(period, "quarter").period,
        config=own_document(asker),
        forecast=forecasting.own_document(asker.wiring),
        remaining=remaining(asker),
        calendar=asker.wiring.calendar.id,
        unfilled=unfilled(asker.wiring),
        not_connected=cadences.own_document(asker.wiring).outcomes.not_connected,
    )


def remaining(asker: Asker) -> Mapping[str, Fraction]:
    """What is left of each owner's revenue target in the quarter that runs (else its own period), by user id.

    Who has no target in the company's currency is not in it.
    """
    if not goal_paces.own_document(asker.wiring).goals:
        return {}
    found: dict[str, Fraction] = {}
    for level in _LEVELS:
        report = goal_paces.paces(asker.wiring, asker.facts, asker.pipelines, asker.as_of, asker.own, level=level)
        mine = replace(report, rows=tuple(row for row in report.rows if row.unit.currency == asker.facts.currency))
        for user in sorted({row.node.user_id for row in mine.rows if row.node.user_id is not None} - found.keys()):
            left = remaining_of(mine, user)
            if left is not None:
                found[user] = left
    return found


def ask_risk(
    asker: Asker,
    *,
    owner: str | None = None,
    viewer: str | None = None,
    least: Band = "medium",
    period: str | None = None,
    currency: str | None = None,
    limit: int | None = None,
    explain: bool = False,
) -> Listing:
    """The deals at risk with their reasons, the worst first, and the forecast less what is likely lost."""
    chosen = replace(request_of(asker, period), owner=owner, viewer=viewer, least=least)
    request = replace(chosen, currency=currency, limit=limit)
    world = opened(asker.facts, asker.pipelines, request)
    report = report_of(world, request)
    behind: dict[str, object] | None = None
    if explain:
        records = {what: list(ids) for what, ids in records_of_risk(world).items()}
        behind = {"definition": _DEFINITION, "records": records}
    return risk_listing(report, behind).in_zone(asker.facts.zone)


def at_risk(asker: Asker, *, owners: frozenset[str] | None = None, limit: int | None = None) -> RiskReport:
    """The same as a report, for what others write of it."""
    request = replace(request_of(asker), owners=owners, limit=limit)
    return report_of(opened(asker.facts, asker.pipelines, request), request)


def register(asker: Asker) -> dict[str, RiskItem]:
    """Every item of the register by id."""
    return kept_items(World(asker.facts, asker.pipelines, cut=asker.as_of))


def shown(asker: Asker, *, everything: bool = False, name: str | None = None, viewer: str | None = None) -> Listing:
    """The open items (all of them: `everything`), or one with its history; as the viewer may see them."""
    items = _seen(asker, register(asker), viewer)
    some = [found_item(items, name)] if name else [one for one in items.values() if everything or one.is_open]
    return _listing(asker, some, with_history=name is not None)


def _seen(asker: Asker, items: dict[str, RiskItem], viewer: str | None) -> dict[str, RiskItem]:
    """The items that those whose records the viewer sees look after, by whatever name they are called."""
    if viewer is None:
        return items
    world = World(asker.facts, asker.pipelines, cut=asker.as_of)
    seen = owners_seen(world, viewer)
    if seen is None:
        return items
    known = people(world)
    mine = [known[one] for one in seen if one in known]
    return {
        name: item
        for name, item in items.items()
        if item.owner is not None and any(person.is_called(item.owner) for person in mine)
    }


def added(asker: Asker, found: Found) -> Listing:
    """A risk that people found; told twice on one day it is one item. ConfigError for what an item cannot be."""
    if not found.title.strip():
        raise ConfigError("a risk has a title", hint="say in a sentence what may happen")
    today = _today(asker)
    key = f"manual|{found.title.strip()}|{today.isoformat()}"
    body = opening(
        key=key,
        n=1,
        title=found.title.strip(),
        category=found.category,
        source="manual",
        probability=found.probability,
        impact=found.impact,
        owner=found.owner,
        rationale=found.rationale,
        review_at=_day(found.review),
    )
    name = item_id(key, 1)
    items = register(asker)
    return _listing(asker, [items[name] if name in items else _keep(asker, items, name, body)])


def responded(asker: Asker, name: str, decided: Decided) -> Listing:
    """What is done about a risk is kept; ConfigError where the response lacks what it needs."""
    items = register(asker)
    wish = Responding(
        decided.response,
        decided.reason,
        _day(decided.review),
        [_action(text) for text in decided.actions],
        decided.to,
        decided.by,
    )
    body = responding(found_item(items, name), wish, today=_today(asker))
    return _listing(asker, [_keep(asker, items, name, body)])


def closed(asker: Asker, name: str, *, reason: str, by: str | None = None) -> Listing:
    """A risk is closed by a person."""
    items = register(asker)
    body = closing(found_item(items, name), reason=reason, by=by or "-")
    return _listing(asker, [_keep(asker, items, name, body)])


def risk_events(asker: Asker) -> dict[str, list[ServiceEvent]]:
    """What a run has to remember: items that opened, changed and closed themselves, and levels that changed."""
    request = request_of(asker)
    world = opened(asker.facts, asker.pipelines, request)
    at_us = to_us(asker.as_of)
    seen = levels_seen(world) if request.config.calibrate_from else []
    levels = [ServiceEvent(name, at_us, orjson.dumps({"level": level}).decode()) for name, level in seen]
    if not request.config.register_.automatic:
        return {LEVELS: levels}
    items = of_rules(kept_items(world), CHURN, others=True)
    found = fired(world, request.config, items.values())
    told = changes(items, found, request.config, asker.as_of, _today(asker))
    events = [ServiceEvent(name, *written(items.get(name), at_us, body)) for name, body in told]
    return {LEVELS: levels, SERVICE: events}


def _keep(asker: Asker, items: Mapping[str, RiskItem], name: str, body: Mapping[str, object]) -> RiskItem:
    """The event is kept; the item as it stands with it."""
    event = ServiceEvent(name, *written(items.get(name), to_us(asker.as_of), body))
    with asker.wiring.ledger.begin() as tx:
        service_events.append(tx, SERVICE, [event])
    history = items[name].history if name in items else ()
    before = [(name, at, orjson.dumps(told).decode()) for at, told in history]
    return items_of([*before, (name, asker.as_of, event.body)])[name]


def _listing(asker: Asker, items: Sequence[RiskItem], *, with_history: bool = False) -> Listing:
    told = register_listing(items, own_document(asker), asker.as_of, _today(asker), with_history=with_history)
    return told.in_zone(asker.facts.zone)


def _today(asker: Asker) -> date:
    return business_date(asker.as_of, asker.facts.zone)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError("{text} is no day", text=text, hint="such as 2026-07-31") from None


def _action(text: str) -> Action:
    day, _, what = text.strip().partition(" ")
    due = _day(day)
    if due is None or not what.strip():
        raise ConfigError("{text} is no action", text=text, hint='such as "2026-07-31 call the buyer"')
    return Action(what.strip(), due)


_DEFINITION = {
    "points": "sum over the signals that hold; of two thresholds only the higher one that is reached counts",
    "probability": "level 1 to 5 by the points",
    "impact": "level 1 to 5 by the amount's share of what is left of the owner's target; without one, by its fifth "
    "among the open deals",
    "score": "probability x impact",
    "exposure": "amount x loss rate of the probability level; rates of risk.toml, or lost / closed of the deals that "
    "stood at the level when they were last looked at, once enough of them are closed",
    "adjusted": "sum of amount x chance x (1 - loss rate), deals without signals unadjusted; rounded once",
    "unavailable": "a signal that the sources of a deal cannot tell; it has no points, and is no 'no'",
}
