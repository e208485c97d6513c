"""What is not at its end: plans that wait for a person, open questions, and writes that may not have arrived."""

from dataclasses import dataclass
from typing import Any

import orjson

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx

_PLANS = (
    "SELECT name, scope, lines, guards, expires_us FROM write_plan"
    " WHERE state IN ('open', 'approved', 'running') ORDER BY id"
)
_QUESTIONS = "SELECT pair, count(*), min(opened_us) FROM conflict WHERE settled_us IS NULL GROUP BY pair ORDER BY pair"
_DOUBTS = (
    "SELECT c.name, count(*), min(o.sent_us) FROM outbox AS o JOIN connection AS c ON c.id = o.connection_id"
    " WHERE o.state IN ('sent', 'unknown') AND o.settled_us IS NULL GROUP BY c.name ORDER BY c.name"
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
class Unsettled:
    """Everything that waits: for a person's word, or for a look at the vendor."""

    plans: tuple[Waiting, ...] = ()
    questions: tuple[Counted, ...] = ()
    doubts: tuple[Counted, ...] = ()


def look(tx: LedgerTx, *, now_us: int) -> Unsettled:
    """What waits now; a plan that is too old to be carried out waits for nobody."""
    return Unsettled(
        tuple(_waiting(row) for row in bulk.select(tx, _PLANS) if row[4] > now_us),
        tuple(Counted(*row) for row in bulk.select(tx, _QUESTIONS)),
        tuple(Counted(*row) for row in bulk.select(tx, _DOUBTS)),
    )


def _waiting(row: tuple[Any, ...]) -> Waiting:
    name, scope, lines, guards, expires_us = row
    told = tuple(str(guard) for guard, *_ in orjson.loads(guards)) if guards else ()
    return Waiting(name, scope, int(lines), told, int(expires_us))
