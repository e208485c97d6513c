"""Twins: one record of ours in two systems, with what is decided of each field and what each side was seen with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx

State = Literal["linked", "left_gone", "right_gone", "parted"]
_PLACE = ("left_stream", "left_id", "left_revision", "right_stream", "right_id", "right_revision")
_BODY = (*_PLACE, "state", "fields", "behind", "open", "changed_us")
_HEAD = ("pair", "kind", "record_id")
_PUT = bulk.Upsert("twin", ("id", *_HEAD, *_BODY), ("id",))


@dataclass(frozen=True, slots=True)
class Place:
    """Where one side holds the record: its stream and vendor id, and the revision that was merged last."""

    stream_id: int
    external_id: str
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Twin:
    """A row of `twin`; `id` is 0 while it is not kept. `fields` is JSON that `sync.twoway.state` reads."""

    id: int
    pair: str
    kind: str
    record_id: str
    left: Place | None
    right: Place | None
    state: State
    fields: str
    behind: int
    open: int
    changed_us: int

    def at(self, side: str | None) -> Place | None:
        """Where a side, `left` or `right`, holds the record."""
        return self.left if side == "left" else self.right


def of_records(tx: LedgerTx, pair: str, record_ids: Sequence[str]) -> dict[str, Twin]:
    """The twins of those records, by record."""
    rows = bulk.fetch(tx, f"{_SELECT} WHERE pair = :pair AND record_id IN {{wanted}}", list(record_ids), pair=pair)
    return {twin.record_id: twin for twin in map(_twin, rows)}


def behind(tx: LedgerTx, pair: str, *, limit: int, after: int = 0) -> list[Twin]:
    """Twins of which some side was not seen with everything decided, from an id on."""
    sql = f"{_SELECT} WHERE pair = :pair AND behind > 0 AND id > :after ORDER BY id LIMIT :limit"
    return [_twin(row) for row in bulk.select(tx, sql, pair=pair, after=after, limit=limit)]


def listing(tx: LedgerTx, pair: str, *, limit: int, after: str = "") -> list[Twin]:
    """Twins of a pair in the order of their records, from a record on: the order of an index, so no page is sorted."""
    sql = f"{_SELECT} WHERE pair = :pair AND record_id > :after ORDER BY record_id LIMIT :limit"
    return [_twin(row) for row in bulk.select(tx, sql, pair=pair, after=after, limit=limit)]


def half_gone(tx: LedgerTx, pair: str) -> list[Twin]:
    """Twins of which one side's record was deleted, and the other's was not."""
    sql = f"{_SELECT} WHERE pair = :pair AND state IN ('left_gone', 'right_gone') ORDER BY id"
    return [_twin(row) for row in bulk.select(tx, sql, pair=pair)]


def has_any(tx: LedgerTx, pair: str, kind: str) -> bool:
    """Whether the pair has ever looked at a record of that kind."""
    sql = "SELECT 1 FROM twin WHERE pair = :pair AND kind = :kind LIMIT 1"
    return bool(bulk.select(tx, sql, pair=pair, kind=kind))


def by_id(tx: LedgerTx, ids: Sequence[int]) -> dict[int, Twin]:
    """Those twins."""
    return {twin.id: twin for twin in map(_twin, bulk.fetch(tx, f"{_SELECT} WHERE id IN {{wanted}}", list(ids)))}


def take_up(tx: LedgerTx, pair: str) -> int:
    """What was made on the right and taken back is as it was before it was made; how many records that is."""
    where = "pair = :pair AND state = 'parted' AND left_id IS NOT NULL AND right_id IS NOT NULL"
    unlink = (
        "DELETE FROM link WHERE extra = 1 AND EXISTS (SELECT 1 FROM twin AS t WHERE t.right_stream = link.stream_id"  # noqa: S608 - no words of others
        f" AND t.right_id = link.external_id AND t.record_id = link.record_id AND t.{where})"
    )
    bulk.run(tx, unlink, pair=pair)
    anew = (
        "UPDATE twin SET right_stream = NULL, right_id = NULL, right_revision = NULL, state = 'linked',"  # noqa: S608 - no words of others
        f" fields = '{{}}', behind = 0, open = 0 WHERE {where} RETURNING 1"
    )
    return len(bulk.select(tx, anew, pair=pair))


def count(tx: LedgerTx, pair: str) -> int:
    """How many records both sides hold."""
    sql = "SELECT count(*) FROM twin WHERE pair = :pair AND left_id IS NOT NULL AND right_id IS NOT NULL"
    return int(bulk.select(tx, sql, pair=pair)[0][0])


def put(tx: LedgerTx, found: Sequence[Twin]) -> int:
    """Keeps twins as they are now, new ones under new ids; how many rows were written."""
    fresh = [twin for twin in found if twin.id == 0]
    ids = bulk.take_ids(tx, "twin", len(fresh)) if fresh else ()
    rows = [
        (number, twin.pair, twin.kind, twin.record_id, *_columns(twin)) for number, twin in zip(ids, fresh, strict=True)
    ]
    changed = [(*_columns(twin), twin.id) for twin in found if twin.id]
    return bulk.upsert(tx, _PUT, rows) + bulk.update(tx, "twin", _BODY, changed)


_SELECT = f"SELECT id, {', '.join((*_HEAD, *_BODY))} FROM twin"  # noqa: S608 - names of columns


def _columns(twin: Twin) -> tuple[object, ...]:
    left, right = (
        (place.stream_id, place.external_id, place.revision) if place else (None, None, None)
        for place in (twin.left, twin.right)
    )
    return (*left, *right, twin.state, twin.fields, twin.behind, twin.open, twin.changed_us)


def _twin(row: tuple[Any, ...]) -> Twin:
    number, pair, kind, record_id, *rest = row
    left = None if rest[1] is None else Place(*rest[0:3])
    right = None if rest[4] is None else Place(*rest[3:6])
    return Twin(number, pair, kind, record_id, left, right, *rest[6:])
