"""Quarantine: what could not be used waits here with its place and its reasons, and everything else goes on."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, func, insert, select, true, update

from crmbridge.adapter.contract import Problem
from crmbridge.ledger import bulk
from crmbridge.ledger.schema import connection
from crmbridge.ledger.schema import quarantine as table
from crmbridge.ledger.transaction import LedgerTx


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One record or one place with everything that is wrong with it; open while `resolved_us` is None.

    `key` is the external id, else "@" and the position. `attempts` counts the mappings (and payloads) that failed.
    """

    id: int
    connection: str
    object: str
    key: str
    external_id: str | None
    position: str | None
    code: str
    problems: tuple[Problem, ...]
    raw: str | None
    mapping_id: int | None
    run_id: int | None
    attempts: int
    first_us: int
    last_us: int
    resolved_us: int | None
    resolution: str | None


def key_of(problem: Problem) -> str:
    """What an open row is found by."""
    if problem.external_id is not None:
        return problem.external_id
    return f"@{problem.position or problem.code}"


_OPEN = (
    "SELECT key, id, problems, mapping_id, attempts FROM quarantine WHERE connection_id = :connection_id"
    " AND object = :object AND resolved_us IS NULL AND key IN {wanted}"
)


def put(
    tx: LedgerTx,
    connection_id: int,
    object_name: str,
    problems: Sequence[Problem],
    *,
    run_id: int | None,
    now_us: int,
    mapping_id: int | None = None,
) -> int:
    """Keeps problems, several of one record as one row; how many rows are new or say something else now.

    The same problems under the same mapping again write nothing.
    """
    groups: dict[str, list[Problem]] = {}
    for problem in problems:
        groups.setdefault(key_of(problem), []).append(problem)
    known = {
        row[0]: row[1:] for row in bulk.fetch(tx, _OPEN, [*groups], connection_id=connection_id, object=object_name)
    }
    written = 0
    for key, group in groups.items():
        says: dict[str, object] = {"problems": _json(group), "mapping_id": mapping_id}
        if key in known:
            row_id, *old, attempts = known[key]
            if old == [*says.values()]:
                continue
            says |= _head(group) | {"attempts": attempts + 1, "run_id": run_id, "last_us": now_us}
            tx.execute(update(table).where(table.c.id == row_id).values(**says))
        else:
            says |= _head(group) | {"connection_id": connection_id, "object": object_name, "key": key}
            times = {"attempts": 1, "run_id": run_id, "first_us": now_us, "last_us": now_us}
            tx.execute(insert(table).values(**says, **times))
        written += 1
    return written


def resolve(
    tx: LedgerTx, connection_id: int, object_name: str, keys: Collection[str], *, now_us: int, resolution: str = "read"
) -> int:
    """Closes the open rows of those keys; how many there were. Costs one look-up where there are none."""
    wanted = sorted(keys)
    rows = bulk.fetch(tx, _OPEN, wanted, connection_id=connection_id, object=object_name)
    return bulk.update(tx, "quarantine", _CLOSED, [(now_us, resolution, row[1]) for row in rows])


_CLOSED = ("resolved_us", "resolution")


def resolve_others(
    tx: LedgerTx, connection_id: int, object_name: str, keys: Collection[str], *, now_us: int, resolution: str = "gone"
) -> int:
    """Closes every open row that a reader (not a mapping) put there and did not meet again: after a whole reading."""
    places = select(table.c.id, table.c.key).where(_is_open(connection_id, object_name), table.c.mapping_id.is_(None))
    gone = [row.id for row in tx.execute(places) if row.key not in keys]
    return bulk.update(tx, "quarantine", _CLOSED, [(now_us, resolution, row_id) for row_id in gone])


def listing(
    tx: LedgerTx,
    *,
    connection_id: int | None = None,
    object_name: str | None = None,
    limit: int | None = None,
    include_resolved: bool = False,
) -> list[QuarantineRow]:
    """The open rows (or all of them), in the order they came."""
    statement = (
        select(table, connection.c.name.label("connection"))
        .join(connection, connection.c.id == table.c.connection_id)
        .where(_is_open(connection_id, object_name, include_resolved=include_resolved))
        .order_by(table.c.id)
        .limit(limit)
    )
    return [_row(dict(row)) for row in tx.execute(statement).mappings()]


def count(tx: LedgerTx, *, connection_id: int | None = None) -> int:
    """How many rows are open."""
    return int(tx.execute(select(func.count(table.c.id)).where(_is_open(connection_id))).scalar_one())


def retryable(tx: LedgerTx, connection_id: int, object_name: str, mapping_id: int) -> list[str]:
    """The external ids of open rows that another mapping put there: `raw.fetch` has their records."""
    statement = (
        select(table.c.external_id)
        .where(_is_open(connection_id, object_name), table.c.external_id.is_not(None))
        .where(table.c.mapping_id.is_not(None), table.c.mapping_id != mapping_id)
        .order_by(table.c.id)
    )
    return list(tx.execute(statement).scalars())


def _is_open(
    connection_id: int | None, object_name: str | None = None, *, include_resolved: bool = False
) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [] if include_resolved else [table.c.resolved_us.is_(None)]
    if connection_id is not None:
        conditions.append(table.c.connection_id == connection_id)
    if object_name is not None:
        conditions.append(table.c.object == object_name)
    return and_(true(), *conditions)


def _head(group: Sequence[Problem]) -> dict[str, object]:
    """What a row shows of itself without its list."""
    raw = next((problem.raw for problem in group if problem.raw is not None), None)
    first = group[0]
    return {"external_id": first.external_id, "position": first.position, "code": first.code, "raw": raw}


def _json(group: Sequence[Problem]) -> str:
    return orjson.dumps([asdict(problem) for problem in group], default=str).decode()


def _row(row: dict[str, Any]) -> QuarantineRow:
    del row["connection_id"]
    problems = tuple(Problem(**problem) for problem in orjson.loads(row.pop("problems")))
    return QuarantineRow(**row, problems=problems)
