"""Quarantine: what could not be used waits here with its place and its reasons, and everything else goes on."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import orjson
from sqlalchemy import ColumnElement, and_, func, not_, select, true

from crmbridge.adapter.contract import Problem
from crmbridge.ledger import bulk
from crmbridge.ledger.schema import connection
from crmbridge.ledger.schema import quarantine as table
from crmbridge.ledger.transaction import LedgerTx


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One record or one place with everything that is wrong with it; open while `resolved_us` is None.

    `key` is the external id of a record that a mapping (`mapping_id`) could not read; what a reader met has an "@"
    before its external id or position, a reader of stage history "@history:". `attempts` counts the mappings (and
    payloads) that failed.
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


HISTORY: Final = "history"
Part = Literal["history"] | None
"""The part of an object's reading that met a problem: that of its changes of stage, or (None) any other."""


def key_of(problem: Problem, mapping_id: int | None = None, *, part: Part = None) -> str:
    """What an open row is found by: a record's id, after an "@" where a reader (no mapping) met the problem."""
    if problem.external_id is not None and mapping_id is not None:
        return problem.external_id
    before = f"@{part}:" if part else "@"
    return f"{before}{problem.external_id or problem.position or problem.code}"


_SAID = ("external_id", "position", "code", "raw", "problems", "mapping_id", "run_id", "attempts")
_INSERT = bulk.Upsert("quarantine", ("id", "connection_id", "object", "key", *_SAID, "first_us", "last_us"), ("id",))
_OPEN = (
    "SELECT key, id, problems, mapping_id, attempts FROM quarantine WHERE connection_id = :connection_id"
    " AND object = :object AND resolved_us IS NULL AND key IN {wanted}"
)


def waiting(tx: LedgerTx, connection_id: int, object_name: str, external_ids: Iterable[str]) -> frozenset[str]:
    """Those of the records that a mapping could not read; one cheap look where there are none at all."""
    some = select(table.c.id).where(_is_open(connection_id, object_name), table.c.mapping_id.is_not(None)).limit(1)
    if tx.execute(some).first() is None:
        return frozenset()
    rows = bulk.fetch(tx, _OPEN, list(external_ids), connection_id=connection_id, object=object_name)
    return frozenset(row[0] for row in rows)


def put(
    tx: LedgerTx,
    connection_id: int,
    object_name: str,
    problems: Sequence[Problem],
    *,
    run_id: int | None,
    now_us: int,
    mapping_id: int | None = None,
    part: Part = None,
) -> int:
    """Keeps problems, several of one record as one row; how many rows are new or say something else now.

    The same problems under the same mapping again write nothing.
    """
    groups: dict[str, list[Problem]] = {}
    for problem in problems:
        groups.setdefault(key_of(problem, mapping_id, part=part), []).append(problem)
    where = {"connection_id": connection_id, "object": object_name}
    known = {row[0]: row[1:] for row in bulk.fetch(tx, _OPEN, [*groups], **where)}
    fresh: list[tuple[object, ...]] = []
    changed: list[tuple[object, ...]] = []
    for key, group in groups.items():
        says = (_json(group), mapping_id)
        if key not in known:
            fresh.append((connection_id, object_name, key, *_head(group), *says, run_id, 1, now_us, now_us))
            continue
        row_id, *old, attempts = known[key]
        if old != [*says]:
            changed.append((*_head(group), *says, run_id, attempts + 1, now_us, row_id))
    ids = bulk.take_ids(tx, "quarantine", len(fresh)) if fresh else ()
    bulk.upsert(tx, _INSERT, [(row_id, *row) for row_id, row in zip(ids, fresh, strict=True)])
    bulk.update(tx, "quarantine", (*_SAID, "last_us"), changed)
    return len(fresh) + len(changed)


def resolve(
    tx: LedgerTx, connection_id: int, object_name: str, keys: Collection[str], *, now_us: int, resolution: str = "read"
) -> int:
    """Closes the open rows of those keys; how many there were. Costs one look-up where there are none."""
    wanted = sorted(keys)
    rows = bulk.fetch(tx, _OPEN, wanted, connection_id=connection_id, object=object_name)
    return bulk.update(tx, "quarantine", _CLOSED, [(now_us, resolution, row[1]) for row in rows])


_CLOSED = ("resolved_us", "resolution")


def resolve_others(
    tx: LedgerTx,
    connection_id: int,
    object_name: str,
    keys: Collection[str],
    *,
    now_us: int,
    resolution: str = "gone",
    part: Part = None,
) -> int:
    """Closes every open row that a reader (not a mapping) put there and did not meet again: after a whole reading.

    The reader of one `part` says nothing of what the others met.
    """
    places = select(table.c.id, table.c.key).where(
        _is_open(connection_id, object_name), table.c.mapping_id.is_(None), _of_part(part)
    )
    gone = [row.id for row in tx.execute(places) if row.key not in keys]
    return bulk.update(tx, "quarantine", _CLOSED, [(now_us, resolution, row_id) for row_id in gone])


def _of_part(part: Part) -> ColumnElement[bool]:
    of_history = and_(table.c.mapping_id.is_(None), table.c.key.startswith(f"@{HISTORY}:", autoescape=True))
    return not_(of_history) if part is None else of_history


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


def count(tx: LedgerTx, *, connection_id: int | None = None, object_name: str | None = None) -> int:
    """How many rows are open."""
    return int(tx.execute(select(func.count(table.c.id)).where(_is_open(connection_id, object_name))).scalar_one())


def count_part(tx: LedgerTx, connection_id: int, object_name: str, part: Part) -> int:
    """How many rows of an object are open that the reader of one part put there, a mapping's among those of None."""
    asked = select(func.count(table.c.id)).where(_is_open(connection_id, object_name), _of_part(part))
    return int(tx.execute(asked).scalar_one())


def unreadable(tx: LedgerTx, connection_id: int, object_name: str, *, besides_run: int) -> list[str]:
    """The external ids of open rows that a mapping put there in another run: `raw.fetch` has their records."""
    statement = (
        select(table.c.external_id)
        .where(_is_open(connection_id, object_name), table.c.external_id.is_not(None))
        .where(table.c.mapping_id.is_not(None), table.c.run_id.is_distinct_from(besides_run))
        .order_by(table.c.id)
    )
    return list(tx.execute(statement).scalars())


def met(tx: LedgerTx, connection_id: int, object_name: str) -> dict[str, str]:
    """For each record that a reader put here the key of its open row."""
    statement = (
        select(table.c.external_id, table.c.key)
        .where(_is_open(connection_id, object_name), table.c.external_id.is_not(None))
        .where(table.c.mapping_id.is_(None), _of_part(None))
    )
    return {row.external_id: row.key for row in tx.execute(statement)}


def _is_open(
    connection_id: int | None, object_name: str | None = None, *, include_resolved: bool = False
) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [] if include_resolved else [table.c.resolved_us.is_(None)]
    if connection_id is not None:
        conditions.append(table.c.connection_id == connection_id)
    if object_name is not None:
        conditions.append(table.c.object == object_name)
    return and_(true(), *conditions)


def _head(group: Sequence[Problem]) -> tuple[str | None, str | None, str, str | None]:
    """What a row shows of itself without its list: external id, position, code and what stood there."""
    raw = next((problem.raw for problem in group if problem.raw is not None), None)
    first = group[0]
    return first.external_id, _shown(first.position), first.code, _shown(raw)


def _json(group: Sequence[Problem]) -> str:
    plain = [asdict(problem) for problem in group]
    try:
        return orjson.dumps(plain, default=str).decode()
    except TypeError:  # half of a surrogate pair
        return json.dumps(plain, default=str)


def _shown(text: str | None) -> str | None:
    """The text with what no store keeps (NUL, half of a surrogate pair) spelt out."""
    if text is None or (text.isprintable() and text.isascii()):
        return text
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def _row(row: dict[str, Any]) -> QuarantineRow:
    del row["connection_id"]
    problems = tuple(Problem(**problem) for problem in json.loads(row.pop("problems")))
    return QuarantineRow(**row, problems=problems)
