"""What is not at its end: plans that wait, open questions, writes that may not have arrived, fields that are gone."""

from dataclasses import dataclass
from typing import Any

import orjson

from crmbridge.ledger import bulk
from crmbridge.ledger.shared import FIELDS_GONE
from crmbridge.ledger.transaction import LedgerTx

_PLANS = (
    "SELECT name, scope, lines, guards, expires_us FROM write_plan"
    " WHERE state IN ('open', 'approved', 'running') ORDER BY id"
)
_QUESTIONS = "SELECT pair, count(*), min(opened_us) FROM conflict WHERE settled_us IS NULL GROUP BY pair ORDER BY pair"
_NEWEST_QUESTIONS = (
    "SELECT pair, count(*), max(opened_us) FROM conflict WHERE settled_us IS NULL GROUP BY pair ORDER BY pair"
)
_NEWEST_QUARANTINED = (
    "SELECT c.name, count(*), max(q.first_us) FROM quarantine AS q JOIN connection AS c ON c.id = q.connection_id"
    " WHERE q.resolved_us IS NULL GROUP BY c.name ORDER BY c.name"
)
_LIKENESSES = "SELECT pair, count(*), min(opened_us) FROM likeness WHERE state = 'open' GROUP BY pair ORDER BY pair"
_DOUBTS = (
    "SELECT c.name, count(*), min(o.sent_us) FROM outbox AS o JOIN connection AS c ON c.id = o.connection_id"
    " WHERE o.state IN ('sent', 'unknown') AND o.settled_us IS NULL GROUP BY c.name ORDER BY c.name"
)
_GONE = (
    "SELECT c.name, s.value FROM shared_state AS s JOIN connection AS c ON c.id = s.connection_id"
    " WHERE s.key = :key AND s.value IS NOT NULL ORDER BY c.name"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan that is not carried out yet; `guards` are the names of those that stop it."""

    plan: str
    scope: str
    lines: int
    guards: tuple[str, ...]
    expires_us: int


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of a pair or connection, the oldest since then."""

    name: str
    count: int
    since_us: int | None


@dataclass(frozen=True, slots=True)
class Lost:
    """A field that a mapping reads and that its source has no more."""

    connection: str
    object: str
    field: str


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Everything that waits: for a person's word, or for a look at the vendor."""

    plans: tuple[Waiting, ...] = ()
    questions: tuple[Counted, ...] = ()
    doubts: tuple[Counted, ...] = ()
    likenesses: tuple[Counted, ...] = ()
    gone: tuple[Lost, ...] = ()


def look(tx: LedgerTx, *, now_us: int) -> Unsettled:
    """What waits now; a plan that is too old to be carried out waits for nobody."""
    return Unsettled(
        tuple(_waiting(row) for row in bulk.select(tx, _PLANS) if row[4] > now_us),
        tuple(Counted(*row) for row in bulk.select(tx, _QUESTIONS)),
        tuple(Counted(*row) for row in bulk.select(tx, _DOUBTS)),
        tuple(Counted(*row) for row in bulk.select(tx, _LIKENESSES)),
        tuple(
            Lost(connection, name, lost)
            for connection, text in bulk.select(tx, _GONE, key=FIELDS_GONE)
            for name, fields in orjson.loads(text).items()
            for lost in fields
        ),
    )


def newest_questions(tx: LedgerTx) -> list[tuple[str, int, int]]:
    """How many questions of each pair wait for an answer, and since when the newest one does."""
    return [(pair, int(count), int(us)) for pair, count, us in bulk.select(tx, _NEWEST_QUESTIONS)]


def newest_quarantined(tx: LedgerTx) -> list[tuple[str, int, int]]:
    """How many records of each connection are in quarantine, and since when the newest one is."""
    return [(name, int(count), int(us)) for name, count, us in bulk.select(tx, _NEWEST_QUARANTINED)]


def _waiting(row: tuple[Any, ...]) -> Waiting:
    name, scope, lines, guards, expires_us = row
    told = tuple(str(guard) for guard, *_ in orjson.loads(guards)) if guards else ()
    return Waiting(name, scope, int(lines), told, int(expires_us))
