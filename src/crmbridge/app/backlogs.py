"""The list of improvements of a workspace: what stands on it, and what people decide about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import orjson

from crmbridge.app.asker import Asker
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import business_date, to_us
from crmbridge.report.backlog import backlog_listing
from crmbridge.report.listing import Listing
from crmbridge.services.backlog import SERVICE, Counted, Item, Source, backlog, closed, dropped, find, reported, taken
from crmbridge.services.backlog_findings import CYCLE, findings
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest


def shown(asker: Asker, *, everything: bool = False) -> Listing:
    """The open items, or all of them."""
    items = backlog(asker.facts, asker.as_of)
    return _listing(asker, [one for one in items if everything or one.status == "open"])


def added(
    asker: Asker,
    text: str,
    *,
    source: Source = "rep",
    author: str | None = None,
    stage: str | None = None,
    name: str | None = None,
) -> Listing:
    """A new item; under a name that is there already it is told of once more. ConfigError without a text."""
    if not text.strip():
        raise ConfigError("an item says something", hint="give its text")
    today = _today(asker)
    id_ = name or _free(backlog(asker.facts, asker.as_of), source, today)
    item = Item(id_, text.strip(), source, today, author=author, stage=stage)
    _keep(asker, {id_: reported(item)})
    return _listing(asker, [item])


def taken_by(asker: Asker, name: str, *, owner: str, until: date | None = None) -> Listing:
    """Somebody takes an item, to be measured again on a day."""
    item = find(backlog(asker.facts, asker.as_of), name)
    again = until or _today(asker) + CYCLE
    _keep(asker, {name: taken(item, owner, again)})
    return _listing(asker, [replace(item, owner=owner, remeasure_on=again)])


def closed_with(asker: Asker, name: str, *, before: str | None, after: str) -> Listing:
    """An item is closed with what was measured, k of n each."""
    item = find(backlog(asker.facts, asker.as_of), name)
    start, end = (None if pair is None else counted(pair) for pair in (before, after))
    body = closed(item, start, end or (0, 0))
    _keep(asker, {name: body})
    return _listing(asker, [replace(item, before=start or item.before, after=end, status="closed")])


def dropped_for(asker: Asker, name: str, *, reason: str) -> Listing:
    """An item is decided against."""
    item = find(backlog(asker.facts, asker.as_of), name)
    _keep(asker, {name: dropped(item, reason)})
    return _listing(asker, [replace(item, reason=reason, status="dropped")])


def found(asker: Asker, *, owner: str | None = None) -> Listing:
    """The bottlenecks of the funnel as items, each once; `owner` takes them, to be measured again after a cycle."""
    request = FunnelRequest(as_of=asker.as_of, calendar=asker.wiring.calendar.id)
    report = funnel(asker.facts, asker.pipelines, request)
    known = {one.id for one in backlog(asker.facts, asker.as_of)}
    items = [one for one in findings(report, _today(asker), owner) if one.id not in known]
    _keep(asker, {one.id: reported(one) for one in items})
    return _listing(asker, items)


def counted(text: str) -> Counted:
    """K/N as numbers; ConfigError where it is none."""
    k, slash, n = text.partition("/")
    if not (slash and k.strip().isdecimal() and n.strip().isdecimal() and int(k) <= int(n)):
        raise ConfigError("{text} is no K/N such as 60/200", text=text)
    return int(k), int(n)


def _free(items: Sequence[Item], source: Source, today: date) -> str:
    """A name that no item has."""
    known = {one.id for one in items}
    number = 1
    while f"{source}-{today.isoformat()}-{number}" in known:
        number += 1
    return f"{source}-{today.isoformat()}-{number}"


def _keep(asker: Asker, bodies: Mapping[str, Mapping[str, object]]) -> None:
    at_us = to_us(asker.as_of)
    events = [ServiceEvent(name, at_us, orjson.dumps(body).decode()) for name, body in sorted(bodies.items())]
    with asker.wiring.ledger.begin() as tx:
        if service_events.append(tx, SERVICE, events) < len(events):
            raise ConfigError(
                "something was decided about it at this very moment", hint="try again, or a later --as-of"
            )


def _today(asker: Asker) -> date:
    return business_date(asker.as_of, asker.facts.zone)


def _listing(asker: Asker, items: Sequence[Item]) -> Listing:
    return backlog_listing(items, asker.as_of, _today(asker)).in_zone(asker.facts.zone)
