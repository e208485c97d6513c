"""The actions of a team's meetings: what people type, and how it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import orjson

from crmbridge.app.asker import Asker
from crmbridge.app.pack_asking import asked
from crmbridge.app.weekly import week_before, week_named
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import business_date, to_us
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing
from crmbridge.services.actions import COMPANY, SERVICE, ActionItem, actions, added, done, find, next_key

_COLUMNS = (
    Column("key", mark("key")),
    Column("text", mark("what")),
    Column("owner", mark("who")),
    Column("status", mark("status"), "word"),
    Column("on", mark("since"), "date"),
    Column("due", mark("until"), "date"),
    Column("age", mark("workdays since"), "count"),
    Column("overdue", mark("workdays overdue"), "count"),
    Column("done_on", mark("done on"), "date"),
    Column("result", mark("result")),
    Column("kpi", mark("KPI")),
    Column("person", mark("with whom")),
    Column("record_id", mark("record")),
)


def shown(asker: Asker, *, team: str | None = None, everything: bool = False) -> Listing:
    """The open actions of a team, or of all; `everything`: the done ones too."""
    found = actions(asker.facts, asker.as_of, team=None if team is None else _team(asker, team))
    return _listing(asker, [one for one in found if everything or one.done_on is None])


def add(
    asker: Asker,
    text: str,
    *,
    team: str | None = None,
    week: str | None = None,
    owner: str | None = None,
    due: date | None = None,
    deal: str | None = None,
    kpi: str | None = None,
    person: str | None = None,
) -> Listing:
    """An action of a meeting, of the last whole week unless one is named."""
    label = (week_named(week) if week else week_before(_today(asker))).label
    items = actions(asker.facts, asker.as_of)
    whose = _team(asker, team)
    key = next_key(items, whose, label)
    kind = "deal" if deal else None
    item = ActionItem(key, whose, label, text, _today(asker), owner, due, kind, deal, kpi, person)
    _keep(asker, key, added(item))
    return _listing(asker, [item])


def finish(asker: Asker, key: str, *, result: str | None = None) -> Listing:
    """An action is done."""
    item = find(actions(asker.facts, asker.as_of), key)
    _keep(asker, key, done(item, result))
    return _listing(asker, [replace(item, done_on=_today(asker), result=result)])


def _team(asker: Asker, team: str | None) -> str:
    return asked(asker, week_before(_today(asker)), team=team).team or COMPANY


def _keep(asker: Asker, key: str, body: Mapping[str, object]) -> None:
    event = ServiceEvent(key, to_us(asker.as_of), orjson.dumps(body).decode())
    with asker.wiring.ledger.begin() as tx:
        if not service_events.append(tx, SERVICE, [event]):
            raise ConfigError("something was said of it at this very moment", hint="try again, or a later --as-of")


def _today(asker: Asker) -> date:
    return business_date(asker.as_of, asker.facts.zone)


def _listing(asker: Asker, items: Iterable[ActionItem]) -> Listing:
    calendar, today = asker.wiring.calendar, _today(asker)
    rows = tuple(
        {
            "key": one.key,
            "text": one.text,
            "owner": one.owner,
            "status": "open" if one.done_on is None else "done",
            "on": one.on,
            "due": one.due,
            "age": one.age(calendar, today),
            "overdue": one.overdue(calendar, today),
            "done_on": one.done_on,
            "result": one.result,
            "kpi": one.kpi,
            "person": one.person,
            "record_id": one.record_id,
        }
        for one in items
    )
    return Listing(
        "actions/1", _COLUMNS, rows, as_of=asker.as_of, title=mark("Actions"), empty=mark("no action is open")
    ).in_zone(asker.facts.zone)
