"""The file of a customer: who it is, what it needs and prefers, what it bought, and what happened with its people.

A company is one in all systems, and so is a person: what any system knows of either stands in one file, in one order of
time. A part of which nothing is known is missing, which is not the same as none.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from crmbridge.facts.store import Facts
from crmbridge.model.money import Money, from_e4
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.customers import source_of, write_purchases
from crmbridge.services.customers_report import CustomersConfig, built_in
from crmbridge.services.results import Evidence, Known
from crmbridge.services.world import World

DEFINITION = "customer/1"
Part = Literal["basics", "purchases", "needs", "preferences"]
PARTS: tuple[Part, ...] = ("basics", "purchases", "needs", "preferences")
_BASICS = ("industry", "region", "city", "segment", "employees", "website", "owner", "tier", "lifecycle_state", "title")
_REACHED = ("phones", "emails", "person_phones", "person_emails")


@dataclass(frozen=True, slots=True)
class FileRequest:
    """Whose file: an account, contact or lead by our id. `limit` the last so many events (None: all)."""

    as_of: datetime
    kind: Literal["account", "contact", "lead"]
    id: str
    limit: int | None = None
    known: Known = "now"


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase: an order, net of what was given back, or a won deal; an amount or a day may be unknown."""

    id: str
    day: date | None
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Person:
    """A contact or lead of the file as one system holds it; records of one `person_key` are one person."""

    id: str
    source: str
    kind: str
    name: str | None
    title: str | None
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    person_key: str | None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that was done with a person of the file, in any system."""

    id: str
    source: str
    at: datetime
    type: str
    direction: str | None
    person: str | None
    actor: str | None
    content: str | None
    outcome: str | None
    feedback: str | None
    next_step: str | None
    next_step_due: date | None
    is_automated: bool


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """The whole file. `filled` are the parts of which something is known."""

    request: FileRequest
    name: str | None
    basics: tuple[tuple[str, str], ...]
    needs: tuple[str, ...]
    preferences: tuple[str, ...]
    purchases: tuple[Bought, ...]
    people: tuple[Person, ...]
    timeline: tuple[Happening, ...]
    filled: frozenset[Part]
    evidence: Evidence


def customer_file(
    facts: Facts, pipelines: Sequence[Pipeline], request: FileRequest, config: CustomersConfig | None = None
) -> CustomerFile:
    """The file at `as_of`; LookupError where there is no such record."""
    world = World(facts, pipelines, cut=request.as_of)
    world.parameters |= {"id": request.id, "kind": request.kind, "known": request.known, "most": request.limit}
    (card,) = world.rows("customer_card")
    if card["id"] is None:
        raise LookupError(f"there is no {request.kind} {request.id}")
    world.parameters["people"] = [record for (record,) in world.tuples("customer_people")]
    people = tuple(_person(row) for row in world.rows("customer_contacts"))
    purchases = _purchases(world, card["account_id"], request.as_of.astimezone(facts.zone).date(), config or built_in())
    basics = _basics(card, request.kind)
    needs, preferences = _needs(card), (*_texts(card["preferences"]), *_ways(card))
    told = {"basics": basics, "purchases": purchases, "needs": needs, "preferences": preferences}
    timeline = tuple(_happening(row) for row in world.rows("customer_timeline"))
    return CustomerFile(
        request=request,
        name=card["name"] if request.kind == "account" else card["person"] or card["company_name"],
        basics=basics,
        needs=needs,
        preferences=preferences,
        purchases=purchases,
        people=people,
        timeline=timeline,
        filled=frozenset(part for part in PARTS if told[part]),
        evidence=Evidence(
            DEFINITION, len(timeline), request.as_of, known=request.known, cut=request.as_of, zone=str(facts.zone)
        ),
    )


def _basics(card: dict[str, Any], kind: str) -> tuple[tuple[str, str], ...]:
    names = ("name", *_BASICS) if kind != "account" else _BASICS
    found = [(name, str(card[name])) for name in names if card[name] not in (None, "")]
    reached = [(name.removeprefix("person_"), ", ".join(_texts(card[name]))) for name in _REACHED]
    return (*found, *((name, text) for name, text in reached if text))


def _needs(card: dict[str, Any]) -> tuple[str, ...]:
    return _texts(card["need_tags"])


def _ways(card: dict[str, Any]) -> tuple[str, ...]:
    """How a person wishes to be spoken to."""
    return tuple(str(card[name]) for name in ("preferred_channel", "language") if card[name])


def _texts(value: str | None) -> tuple[str, ...]:
    return tuple(json.loads(value)) if value else ()


def _purchases(world: World, account: str | None, today: date, config: CustomersConfig) -> tuple[Bought, ...]:
    if account is None:
        return ()
    world.parameters |= {"only_currency": None, "today": today, "account": account}
    write_purchases(world, source_of(world, config))
    return tuple(
        Bought(record, day, None if e4 is None else Money(from_e4(e4, currency), currency))
        for record, day, e4, currency in world.tuples("customer_bought")
    )


def _person(row: dict[str, Any]) -> Person:
    return Person(
        id=row["id"],
        source=row["subject"],
        kind=row["kind"],
        name=row["name"],
        title=row["title"],
        emails=_texts(row["emails"]),
        phones=_texts(row["phones"]),
        person_key=row["person_key"],
    )


def _happening(row: dict[str, Any]) -> Happening:
    return Happening(
        id=row["id"],
        source=row["source"],
        at=row["moment"].replace(tzinfo=UTC),
        type=row["type"],
        direction=row["direction"],
        person=row["person"],
        actor=row["actor"],
        content=row["content"],
        outcome=row["outcome"],
        feedback=row["customer_feedback"],
        next_step=row["next_step"],
        next_step_due=row["next_step_due"],
        is_automated=row["is_automated"],
    )
