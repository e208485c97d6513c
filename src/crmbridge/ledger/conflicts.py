"""Conflicts: where two wanted different things. Everybody's value stays here, whoever won."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx

_COLUMNS = ("twin_id", "pair", "kind", "record_id", "field", "base", "candidates", "policy")
_END = ("winner", "value", "opened_us", "settled_us", "settled_by")
_PUT = bulk.Upsert("conflict", ("id", *_COLUMNS, *_END), ("id",))
_SELECT = f"SELECT id, {', '.join((*_COLUMNS, *_END))} FROM conflict"  # noqa: S608 - names of columns


@dataclass(frozen=True, slots=True)
class Conflict:
    """One disagreement about one field; open while `settled_us` is None. Values are JSON texts.

    `candidates` is a list of [who, value, microseconds]; `winner` names one of them, or the person's own value.
    """

    id: int
    twin_id: int
    pair: str
    kind: str
    record_id: str
    field: str
    base: str | None
    candidates: str
    policy: str
    winner: str | None
    value: str | None
    opened_us: int
    settled_us: int | None
    settled_by: str | None


def add(tx: LedgerTx, found: Sequence[Conflict]) -> None:
    """Keeps conflicts; an open one about the same field of the same twin takes the new candidates instead."""
    known = {(one.twin_id, one.field): one.id for one in open_of(tx, [one.twin_id for one in found])}
    again = [(one.candidates, one.opened_us, known[_place(one)]) for one in found if _is_again(one, known)]
    fresh = [one for one in found if not _is_again(one, known)]
    ids = bulk.take_ids(tx, "conflict", len(fresh)) if fresh else ()
    rows = [(number, *_row(one)) for number, one in zip(ids, fresh, strict=True)]
    bulk.upsert(tx, _PUT, rows)
    bulk.update(tx, "conflict", ("candidates", "opened_us"), again)


def settle(tx: LedgerTx, settled: Sequence[tuple[int, str, str | None, str]], *, now_us: int) -> None:
    """Closes open conflicts: each is (id, winner, value as JSON, by whom)."""
    rows = [(winner, value, by, now_us, number) for number, winner, value, by in settled]
    bulk.update(tx, "conflict", ("winner", "value", "settled_by", "settled_us"), rows)


def get(tx: LedgerTx, number: int) -> Conflict | None:
    """The conflict of that number, None where there is none."""
    rows = bulk.select(tx, f"{_SELECT} WHERE id = :number", number=number)
    return Conflict(*rows[0]) if rows else None


def open_of(tx: LedgerTx, twin_ids: Sequence[int]) -> list[Conflict]:
    """The open conflicts of those twins."""
    sql = f"{_SELECT} WHERE settled_us IS NULL AND twin_id IN {{wanted}} ORDER BY id"
    return [Conflict(*row) for row in bulk.fetch(tx, sql, list(twin_ids))]


def listing(tx: LedgerTx, *, pair: str | None = None, is_open: bool = True, limit: int = 1000) -> list[Conflict]:
    """The open conflicts, the oldest first; or the settled ones, the last first."""
    which = "settled_us IS NULL" if is_open else "settled_us IS NOT NULL"
    where = "" if pair is None else " AND pair = :pair"
    more: dict[str, object] = {} if pair is None else {"pair": pair}
    order = "id" if is_open else "id DESC"
    rows = bulk.select(tx, f"{_SELECT} WHERE {which}{where} ORDER BY {order} LIMIT :limit", limit=limit, **more)
    return [Conflict(*row) for row in rows]


def _place(one: Conflict) -> tuple[int, str]:
    return one.twin_id, one.field


def _is_again(one: Conflict, known: dict[tuple[int, str], int]) -> bool:
    return one.settled_us is None and _place(one) in known


def _row(one: Conflict) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in (*_COLUMNS, *_END))
