"""Quarantine: what could not be used waits here with its place and its reasons, and everything else goes on."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

import orjson

from crmbridge.adapter.contract import Problem
from crmbridge.ledger import bulk
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
_OPEN_ROWS = "FROM quarantine WHERE connection_id = :connection_id AND object = :object AND resolved_us IS NULL"
_OPEN = f"SELECT key, id, problems, mapping_id, attempts {_OPEN_ROWS} AND key IN {{wanted}}"
_OF_HISTORY = f"mapping_id IS NULL AND substr(key, 1, {len(HISTORY) + 2}) = '@{HISTORY}:'"

_ALL = "FROM quarantine AS q JOIN connection AS c ON c.id = q.connection_id"
_FIELDS = tuple(spec.name for spec in fields(QuarantineRow))
_SELECT = f"SELECT {', '.join('c.name' if name == 'connection' else f'q.{name}' for name in _FIELDS)} {_ALL}"


def waiting(tx: LedgerTx, connection_id: int, object_name: str, external_ids: Iterable[str]) -> frozenset[str]:
    """Those of the records that a mapping could not read; one cheap look where there are none at all."""
    here = {"connection_id": connection_id, "object": object_name}
    some = f"SELECT 1 {_OPEN_ROWS} AND mapping_id IS NOT NULL LIMIT 1"
    if bulk.first(tx, some, **here) is None:
        return frozenset()
    rows = bulk.fetch(tx, _OPEN, list(external_ids), **here)
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
    sql = f"SELECT id, key {_OPEN_ROWS} AND mapping_id IS NULL AND {_of_part(part)}"
    rows = bulk.select(tx, sql, connection_id=connection_id, object=object_name)
    gone = [row_id for row_id, key in rows if key not in keys]
    return bulk.update(tx, "quarantine", _CLOSED, [(now_us, resolution, row_id) for row_id in gone])


def _of_part(part: Part) -> str:
    return f"NOT ({_OF_HISTORY})" if part is None else f"({_OF_HISTORY})"


def listing(
    tx: LedgerTx,
    *,
    connection_id: int | None = None,
    object_name: str | None = None,
    limit: int | None = None,
    include_resolved: bool = False,
) -> list[QuarantineRow]:
    """The open rows (or all of them), in the order they came."""
    where, given = _where(connection_id, object_name, include_resolved=include_resolved)
    sql = f"{_SELECT} WHERE {where} ORDER BY q.id"
    rows = (
        bulk.select(tx, sql, **given) if limit is None else bulk.select(tx, f"{sql} LIMIT :limit", **given, limit=limit)
    )
    return [_row(row) for row in rows]


def count(tx: LedgerTx, *, connection_id: int | None = None, object_name: str | None = None) -> int:
    """How many rows are open."""
    where, given = _where(connection_id, object_name)
    [(found,)] = bulk.select(tx, f"SELECT count(*) {_ALL} WHERE {where}", **given)
    return int(found)


def count_part(tx: LedgerTx, connection_id: int, object_name: str, part: Part) -> int:
    """How many rows of an object are open that the reader of one part put there, a mapping's among those of None."""
    sql = f"SELECT count(*) {_OPEN_ROWS} AND {_of_part(part)}"
    [(found,)] = bulk.select(tx, sql, connection_id=connection_id, object=object_name)
    return int(found)


def unreadable(tx: LedgerTx, connection_id: int, object_name: str, *, besides_run: int) -> list[str]:
    """The external ids of open rows that a mapping put there in another run: `raw.fetch` has their records."""
    sql = (
        f"SELECT external_id {_OPEN_ROWS} AND external_id IS NOT NULL AND mapping_id IS NOT NULL"
        " AND coalesce(run_id, -1) <> :besides_run ORDER BY id"
    )
    rows = bulk.select(tx, sql, connection_id=connection_id, object=object_name, besides_run=besides_run)
    return [external_id for (external_id,) in rows]


def met(tx: LedgerTx, connection_id: int, object_name: str) -> dict[str, str]:
    """For each record that a reader put here the key of its open row."""
    sql = (
        f"SELECT external_id, key {_OPEN_ROWS} AND external_id IS NOT NULL AND mapping_id IS NULL AND {_of_part(None)}"
    )
    return dict(bulk.select(tx, sql, connection_id=connection_id, object=object_name))


def _where(
    connection_id: int | None, object_name: str | None, *, include_resolved: bool = False
) -> tuple[str, dict[str, object]]:
    """The condition, and the values in it."""
    given = {"connection_id": connection_id, "object": object_name}
    known: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    conditions = ["1 = 1" if include_resolved else "q.resolved_us IS NULL", *(f"q.{name} = :{name}" for name in known)]
    return " AND ".join(conditions), known


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


def _row(row: tuple[Any, ...]) -> QuarantineRow:
    values = dict(zip(_FIELDS, row, strict=True))
    problems = tuple(Problem(**problem) for problem in json.loads(values.pop("problems")))
    return QuarantineRow(**values, problems=problems)
