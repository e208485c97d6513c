"""Deals, leads and people with what was done, put into fact tables without a ledger, and runs over them day by day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from tests.services.worlds import SHANGHAI, local, six_stages

from crmbridge.facts import tables as fact_tables
from crmbridge.facts.store import Facts
from crmbridge.model import calendar
from crmbridge.model.pipeline import Category, Pipeline, Stage
from crmbridge.services.cadence import SERVICE, cadence, reached, report, to_keep, write_cadence
from crmbridge.services.cadence_document import CadenceConfig, built_in
from crmbridge.services.cadence_report import CadenceReport, CadenceRequest, Enrolment, Reached
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.scores_document import load_scores
from crmbridge.services.wants import TaskMade

CHINA = calendar.named("CN", zone=SHANGHAI)
LEADS = Pipeline(id="leads", object="lead", stages=(Stage(key="S1", order=1, category=Category.OPEN),))
PIPELINES = [six_stages(), LEADS]
UNSCORED = load_scores("kinds = []")
"""Without tiers; they cost time."""


def at(day: date | str, hour: int = 8) -> datetime:
    """An hour of a business day in Shanghai."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(when, time(hour), tzinfo=SHANGHAI).astimezone(UTC)


@dataclass
class Followed:
    """A deal in a stage since a day, and what was done: (day, type, further facts)."""

    id: str
    stage: str = "S5"
    since: str = "2026-02-12"
    did: Sequence[tuple[str, str, Mapping[str, object]]] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


def calls(*days: str) -> list[tuple[str, str, Mapping[str, object]]]:
    """Calls that reached somebody."""
    return [(day, "call", {"outcome": "reached"}) for day in days]


def mails(*days: str) -> list[tuple[str, str, Mapping[str, object]]]:
    """Mails that were sent."""
    return [(day, "email", {"direction": "out"}) for day in days]


def replies(*days: str) -> list[tuple[str, str, Mapping[str, object]]]:
    """Mails that came."""
    return [(day, "email", {"direction": "in"}) for day in days]


def company(deals: Iterable[Followed], **tables: Sequence[Mapping[str, object]]) -> Facts:
    """Facts in memory that hold these deals, what was done, and whatever else is given by table."""
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    rows: dict[str, list[dict[str, object]]] = {"deals": [], "activities": []}
    for deal in deals:
        rows["deals"].append(
            {
                "id": deal.id,
                "subject": f"crm:{deal.id}",
                "lifecycle": "active",
                "pipeline": "sales",
                "stage": deal.stage,
                "name": deal.id,
                "created_at": local(deal.since),
                "created_at_precision": "day",
                **deal.facts,
            }
        )
        rows["activities"] += [
            done(f"{deal.id}-{n}", day, type_, {"deal_id": deal.id, **more})
            for n, (day, type_, more) in enumerate(deal.did)
        ]
    for table, given in tables.items():
        rows.setdefault(table, []).extend(dict(row) for row in given)
    for table, listed in rows.items():
        put(facts, table, listed)
    return facts


def done(id_: str, day: str, type_: str, more: Mapping[str, object], hour: int = 10) -> dict[str, object]:
    """An activity at ten in the morning."""
    return {
        "id": id_,
        "subject": f"crm:{id_}",
        "type": type_,
        "started_at": local(day, hour=hour),
        "state": "done",
        **more,
    }


def put(facts: Facts, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """All rows at once, what one lacks stays NULL."""
    if rows:
        names = dict.fromkeys(name for row in rows for name in row)
        marks = ", ".join(f"unnest(${name}::{_type(table, name)}[])" for name in names)
        listed = ", ".join(f'"{name}"' for name in names)
        facts.query(
            f'INSERT INTO "{table}" ({listed}) SELECT {marks}',
            {name: [row.get(name) for row in rows] for name in names},
        )


def _type(table: str, name: str) -> str:
    return next(column.type for column in fact_tables.columns(table) if column.name == name)


def request(day: date | str, hour: int = 18, *, made: Iterable[TaskMade] = (), **more: object) -> CadenceRequest:
    """Asked in the evening of a day, in the calendar of China."""
    return CadenceRequest(
        at(day, hour),
        CHINA,
        made={one.key: one for one in made},
        with_enrolments=True,
        **more,  # type: ignore[arg-type]
    )


def ask(facts: Facts, day: date | str, config: CadenceConfig | None = None, **more: object) -> CadenceReport:
    """What is due on a day; nothing is remembered."""
    return cadence(facts, PIPELINES, request(day, **more), config, UNSCORED)  # type: ignore[arg-type]


def kept(
    facts: Facts, asked: CadenceRequest, config: CadenceConfig | None = None
) -> tuple[CadenceReport, list[Reached], int]:
    """A run that is remembered: the answer, the rungs that are reached, and how many events it left."""
    config = config or built_in()
    world = open_world(facts, PIPELINES, FunnelRequest(as_of=asked.as_of))
    written = write_cadence(world, PIPELINES, asked, config, UNSCORED)
    found, events = report(world, asked, config, written), to_keep(world)
    moment = asked.as_of.replace(tzinfo=None)
    put(facts, "service_events", [{"service": SERVICE, "subject": s, "at": moment, "body": b} for s, b in events])
    return found, list(reached(world)), len(events)


def by_subject(found: CadenceReport) -> dict[str, Enrolment]:
    """The enrolments by the id of their record."""
    return {one.subject.partition(":")[2]: one for one in found.enrolments}
