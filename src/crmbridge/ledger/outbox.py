"""The outbox: every write to any system, from its plan to what became of it.

    planned -> sent -> applied | rejected | stale | unknown
    planned -> moved (its base has) | dropped (the plan ended without it)
    unknown -> applied, once it was seen; what was never heard of may still land, and stays here

`settled_us` of what is unknown is when somebody looked for it last without finding it; NULL while nobody has.
`sent_us` is the latest moment at which it may have left: of what got no answer, when that was known.

`sent` is committed before the call leaves, so a kill in between leaves a row that says: look before you write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx

State = Literal["planned", "sent", "applied", "rejected", "stale", "unknown", "moved", "dropped"]
Op = Literal["create", "update", "delete"]

_PLANNED = (
    *("plan_id", "connection_id", "object", "kind", "op", "key", "record_id", "twin_id", "side", "external_id"),
    *("base_revision", "lines", "fields", "before", "state", "tries", "made_us"),
)
_OPEN = frozenset({"planned", "sent", "unknown"})
_SETTLED = ("told", "sent_us", "settled_us")
_PUT = bulk.Upsert("outbox", ("id", *_PLANNED), ("id",))
_SELECT = f"SELECT id, {', '.join((*_PLANNED, *_SETTLED))} FROM outbox"  # noqa: S608 - names of columns


@dataclass(frozen=True, slots=True)
class Write:
    """A row of the outbox; `id` is 0 while it is not kept. `lines`, `fields`, `before` and `told` are JSON texts."""

    plan_id: int
    connection_id: int
    object: str
    kind: str
    op: Op
    key: str
    record_id: str | None
    twin_id: int | None
    side: str | None
    external_id: str | None
    base_revision: str | None
    lines: str
    fields: str
    before: str | None
    made_us: int
    state: State = "planned"
    tries: int = 0
    told: str | None = None
    sent_us: int | None = None
    settled_us: int | None = None
    id: int = 0

    @property
    def is_doubted(self) -> bool:
        """Whether it was sent, and nobody has looked yet what became of it."""
        return self.state in {"sent", "unknown"} and self.settled_us is None


def add(tx: LedgerTx, writes: Sequence[Write]) -> None:
    """Keeps planned writes, in this order."""
    ids = bulk.take_ids(tx, "outbox", len(writes)) if writes else ()
    bulk.upsert(tx, _PUT, [(number, *_row(one)) for number, one in zip(ids, writes, strict=True)])


def of_plan(
    tx: LedgerTx,
    plan_id: int,
    *,
    state: State | None = None,
    connection_id: int | None = None,
    limit: int | None = None,
) -> list[Write]:
    """The writes of a plan, in their order; with `state` those that stand there, to that connection alone."""
    where = "" if state is None else " AND state = :state"
    where += "" if connection_id is None else " AND connection_id = :connection_id"
    end = "" if limit is None else " LIMIT :limit"
    given: dict[str, object] = {"state": state, "connection_id": connection_id, "limit": limit}
    kept = {name: value for name, value in given.items() if value is not None}
    rows = bulk.select(tx, f"{_SELECT} WHERE plan_id = :plan_id{where} ORDER BY id{end}", plan_id=plan_id, **kept)
    return [_write(row) for row in rows]


def objects(tx: LedgerTx, plan_id: int, connection_id: int) -> list[str]:
    """The objects that a plan has still to write in a connection."""
    where = "plan_id = :plan_id AND connection_id = :connection_id AND state = 'planned'"
    sql = f"SELECT DISTINCT object FROM outbox WHERE {where} ORDER BY object"  # noqa: S608 - no words of anybody
    return [name for (name,) in bulk.select(tx, sql, plan_id=plan_id, connection_id=connection_id)]


def of_run(tx: LedgerTx, run_id: int, connection_id: int, *, since_us: int) -> list[Write]:
    """What a run has sent to a connection since then."""
    where = "connection_id = :connection_id AND sent_us >= :since_us"
    plans = "plan_id IN (SELECT id FROM write_plan WHERE run_id = :run_id)"
    sql = f"{_SELECT} WHERE {where} AND {plans} ORDER BY id"
    rows = bulk.select(tx, sql, connection_id=connection_id, since_us=since_us, run_id=run_id)
    return [_write(row) for row in rows]


def unfinished(tx: LedgerTx, *, limit: int = 1000) -> list[Write]:
    """What was sent and is not known to have arrived, and what was refused and not planned again; the last first."""
    sql = f"{_SELECT} WHERE state IN ('sent', 'unknown', 'rejected') ORDER BY id DESC LIMIT :limit"
    return [_write(row) for row in bulk.select(tx, sql, limit=limit)]


def waiting(tx: LedgerTx, connection_id: int) -> list[Write]:
    """What was sent to a connection and is not known to have arrived."""
    sql = f"{_SELECT} WHERE connection_id = :connection_id AND state IN ('sent', 'unknown') ORDER BY id"
    return [_write(row) for row in bulk.select(tx, sql, connection_id=connection_id)]


def of_twins(tx: LedgerTx, twin_ids: Sequence[int], states: Sequence[State]) -> list[Write]:
    """The writes of those twins that stand in one of the states."""
    wanted = ", ".join(f"'{state}'" for state in states)
    sql = f"{_SELECT} WHERE state IN ({wanted}) AND twin_id IN {{wanted}} ORDER BY id"
    return [_write(row) for row in bulk.fetch(tx, sql, list(twin_ids))]


def creates(tx: LedgerTx, connection_id: int, keys: Sequence[str]) -> list[Write]:
    """The creates with those external keys that were ever sent to a connection."""
    sql = f"{_SELECT} WHERE connection_id = :connection_id AND op = 'create' AND tries > 0 AND key IN {{wanted}}"
    return [_write(row) for row in bulk.fetch(tx, f"{sql} ORDER BY id", list(keys), connection_id=connection_id)]


def doubted_keys(tx: LedgerTx, connection_id: int, object_name: str) -> frozenset[str]:
    """The external keys of creates in an object that were sent, and under which nothing is known to have been made."""
    sql = (
        "SELECT DISTINCT key FROM outbox AS o WHERE connection_id = :connection_id AND object = :object"
        " AND op = 'create' AND state IN ('sent', 'unknown') AND NOT EXISTS (SELECT 1 FROM outbox AS a"
        " WHERE a.connection_id = o.connection_id AND a.key = o.key AND a.op = 'create' AND a.state = 'applied')"
    )
    return frozenset(key for (key,) in bulk.select(tx, sql, connection_id=connection_id, object=object_name))


def sent(tx: LedgerTx, ids: Sequence[int], *, now_us: int) -> None:
    """These leave now: committed before the call."""
    sql = (
        "UPDATE outbox SET state = 'sent', tries = tries + 1, sent_us = :now_us, settled_us = NULL"
        " WHERE id IN {wanted} RETURNING 1"
    )
    bulk.fetch(tx, sql, list(ids), now_us=now_us)


def fitted(tx: LedgerTx, found: Sequence[Write]) -> None:
    """What these will send is settled now: their references name the vendor's ids."""
    bulk.update(tx, "outbox", ("fields", "lines"), [(write.fields, write.lines, write.id) for write in found])


def settle(tx: LedgerTx, rows: Sequence[tuple[int, State, str | None, str | None]], *, now_us: int) -> None:
    """What became of writes: each is (id, state, vendor id, what was told as JSON)."""
    changed = [
        (state, external_id, told, None if state in _OPEN else now_us, number)
        for number, state, external_id, told in rows
    ]
    bulk.update(tx, "outbox", ("state", "external_id", "told", "settled_us"), changed)
    doubted(tx, [number for number, state, _, _ in rows if state == "unknown"], now_us=now_us)


def doubted(tx: LedgerTx, ids: Sequence[int], *, now_us: int) -> None:
    """These got no answer, and whoever sent them has ended: none of them leaves after now.

    A batch is kept as sent before its first call; its last call may leave much later.
    """
    sql = "UPDATE outbox SET state = 'unknown', sent_us = :now_us WHERE id IN {wanted} RETURNING 1"
    bulk.fetch(tx, sql, list(ids), now_us=now_us)


def looked(tx: LedgerTx, ids: Sequence[int], *, now_us: int) -> None:
    """Somebody looked for these, and they are not there."""
    sql = "UPDATE outbox SET state = 'unknown', settled_us = :now_us WHERE id IN {wanted} RETURNING 1"
    bulk.fetch(tx, sql, list(ids), now_us=now_us)


def again(tx: LedgerTx, plan_id: int) -> None:
    """What of a plan was sent, was looked for and is not there is planned once more."""
    sql = (
        "UPDATE outbox SET state = 'planned', settled_us = NULL"
        " WHERE plan_id IN {wanted} AND state = 'unknown' AND settled_us IS NOT NULL RETURNING 1"
    )
    bulk.fetch(tx, sql, [plan_id])


def deleted_since(tx: LedgerTx, pair: str, since_us: int) -> int:
    """How many records a pair has deleted since then."""
    sql = (
        "SELECT count(*) FROM outbox AS o JOIN twin AS t ON t.id = o.twin_id"
        " WHERE t.pair = :pair AND o.op = 'delete' AND o.sent_us >= :since_us"
    )
    return int(bulk.select(tx, sql, pair=pair, since_us=since_us)[0][0])


def counts(tx: LedgerTx, plan_id: int) -> dict[str, int]:
    """How many writes of a plan stand in each state."""
    sql = "SELECT state, count(*) FROM outbox WHERE plan_id = :plan_id GROUP BY state"
    return {row[0]: int(row[1]) for row in bulk.select(tx, sql, plan_id=plan_id)}


def _row(one: Write) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in _PLANNED)


def _write(row: tuple[Any, ...]) -> Write:
    names = ("id", *_PLANNED, *_SETTLED)
    return Write(**dict(zip(names, row, strict=True)))
