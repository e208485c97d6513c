"""Streams: how far each object of each connection has been read. The cursor moves with the rows it covers."""

from dataclasses import dataclass
from typing import Any

import orjson

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx


@dataclass(frozen=True, slots=True)
class Stream:
    """Where the reading of one object stands.

    `high_water_us` is the latest vendor time seen, `full_listing_us` when the last complete listing that brought
    something was taken and `full_listing_count` how many records it had, `moved_us` when the cursor last moved;
    `mapping_id` the mapping that has read every record, if one has. `fields` are the vendor fields that everything was
    asked for with, None where nobody knows; `filling` those that a reading under way brings for the first time.
    """

    id: int
    connection_id: int
    connection: str
    object: str
    cursor: str | None
    high_water_us: int | None
    full_listing_us: int | None
    full_listing_count: int | None
    moved_us: int | None
    mapping_id: int | None
    fields: frozenset[str] | None = None
    filling: frozenset[str] = frozenset()


_SELECT = (
    "SELECT s.id, s.connection_id, c.name, s.object, s.cursor, s.high_water_us, s.full_listing_us,"
    " s.full_listing_count, s.moved_us, s.mapping_id, s.fields, s.filling"
    " FROM stream AS s JOIN connection AS c ON c.id = s.connection_id"
)
_MAKE = (
    "INSERT INTO stream (id, connection_id, object)"
    " SELECT coalesce(max(id), 0) + 1, :connection_id, :object FROM stream WHERE true ON CONFLICT DO NOTHING"
)
"""Nothing where another transaction made one meanwhile: whoever wants one looks again."""
_KEPT = "SELECT cursor, high_water_us, full_listing_us, full_listing_count FROM stream WHERE id = :stream_id"
_ADVANCE = (
    "UPDATE stream SET cursor = :cursor, high_water_us = :high_water_us, full_listing_us = :full_listing_us,"
    " full_listing_count = :full_listing_count, moved_us = :now_us WHERE id = :stream_id"
)


def ensure(tx: LedgerTx, connection_id: int, object_name: str) -> int:
    """The id of the stream, made where there is none."""
    while (found := find(tx, connection_id, object_name)) is None:
        bulk.run(tx, _MAKE, connection_id=connection_id, object=object_name)
    return found


def find(tx: LedgerTx, connection_id: int, object_name: str) -> int | None:
    """The id of the stream, or None where there is none."""
    key = ("stream", (connection_id, object_name))
    known: int | None = tx.cache.get(key)
    if known is None:
        sql = "SELECT id FROM stream WHERE connection_id = :connection_id AND object = :object"
        for (known,) in bulk.select(tx, sql, connection_id=connection_id, object=object_name):
            tx.cache[key] = known
    return known


def get(tx: LedgerTx, connection_id: int, object_name: str) -> Stream | None:
    """The stream, or None before its first page."""
    sql = f"{_SELECT} WHERE s.connection_id = :connection_id AND s.object = :object"
    row = bulk.first(tx, sql, connection_id=connection_id, object=object_name)
    return None if row is None else _stream(row)


def listing(tx: LedgerTx, connection_id: int | None = None) -> list[Stream]:
    """Every stream of a connection, or of all."""
    where, given = "", {}
    if connection_id is not None:
        where, given = " WHERE s.connection_id = :connection_id", {"connection_id": connection_id}
    return [_stream(row) for row in bulk.select(tx, f"{_SELECT}{where} ORDER BY c.rank, s.id", **given)]


def ask(
    tx: LedgerTx,
    connection_id: int,
    object_name: str,
    fields: frozenset[str],
    *,
    filling: frozenset[str] | None = None,
) -> None:
    """From now on everything is asked for with these vendor fields.

    With `filling` the stream is read from its beginning once more, to bring those; whether it had listed everything
    is forgotten, so that no listing is compared with one that was cut off.
    """
    stream_id = ensure(tx, connection_id, object_name)
    bulk.run(tx, "UPDATE stream SET fields = :fields WHERE id = :stream_id", stream_id=stream_id, fields=_json(fields))
    if filling is not None:
        sql = "UPDATE stream SET filling = :filling, cursor = NULL, full_listing_us = NULL WHERE id = :stream_id"
        bulk.run(tx, sql, stream_id=stream_id, filling=_json(filling))


def filled(tx: LedgerTx, connection_id: int, object_name: str) -> None:
    """The reading that began again to bring new fields has come to its end."""
    stream_id = ensure(tx, connection_id, object_name)
    bulk.run(tx, "UPDATE stream SET filling = NULL WHERE id = :stream_id", stream_id=stream_id)


def advance(
    tx: LedgerTx,
    connection_id: int,
    object_name: str,
    *,
    cursor: str,
    now_us: int,
    high_water_us: int | None = None,
    complete: bool = False,
    count: int | None = None,
) -> bool:
    """The stream has been read up to `cursor`; `complete` ends a listing of all `count` records there are.

    High water only rises. True where something was written: a reading that moved nothing writes nothing, and leaves
    the time of the last listing as it was (the run history has every run).
    """
    stream_id = ensure(tx, connection_id, object_name)
    [(kept_cursor, kept_high_us, listed_us, kept_count)] = bulk.select(tx, _KEPT, stream_id=stream_id)
    high_us = max((us for us in (high_water_us, kept_high_us) if us is not None), default=None)
    listed_count = count if complete else kept_count
    is_moved = (cursor, high_us, listed_count) != (kept_cursor, kept_high_us, kept_count)
    if complete and (is_moved or listed_us is None):
        is_moved, listed_us = True, now_us
    if is_moved:
        reached = {"cursor": cursor, "high_water_us": high_us, "full_listing_us": listed_us}
        bulk.run(tx, _ADVANCE, stream_id=stream_id, now_us=now_us, full_listing_count=listed_count, **reached)
    return is_moved


def _json(fields: frozenset[str]) -> str:
    return orjson.dumps(sorted(fields)).decode()


def _stream(row: tuple[Any, ...]) -> Stream:
    *place, fields, filling = row
    known = None if fields is None else frozenset(orjson.loads(fields))
    return Stream(*(*place, known, frozenset(orjson.loads(filling or "[]"))))
