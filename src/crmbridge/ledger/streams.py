"""Streams: how far each object of each connection has been read. The cursor moves with the rows it covers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import func, insert, select, update

from crmbridge.ledger.schema import connection, stream
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


def ensure(tx: LedgerTx, connection_id: int, object_name: str) -> int:
    """The id of the stream, made where there is none."""
    key = ("stream", (connection_id, object_name))
    if key not in tx.cache:
        tx.cache[key] = find(tx, connection_id, object_name) or _make(tx, connection_id, object_name)
    found: int = tx.cache[key]
    return found


def find(tx: LedgerTx, connection_id: int, object_name: str) -> int | None:
    """The id of the stream, or None where there is none."""
    statement = select(stream.c.id).where(stream.c.connection_id == connection_id, stream.c.object == object_name)
    found: int | None = tx.execute(statement).scalar()
    return found


def get(tx: LedgerTx, connection_id: int, object_name: str) -> Stream | None:
    """The stream, or None before its first page."""
    return next((s for s in listing(tx, connection_id) if s.object == object_name), None)


def listing(tx: LedgerTx, connection_id: int | None = None) -> list[Stream]:
    """Every stream of a connection, or of all."""
    statement = (
        select(stream, connection.c.name.label("connection"))
        .join(connection, connection.c.id == stream.c.connection_id)
        .order_by(connection.c.rank, stream.c.id)
    )
    if connection_id is not None:
        statement = statement.where(stream.c.connection_id == connection_id)
    return [_stream(row) for row in tx.execute(statement).mappings()]


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
    values: dict[str, object] = {"fields": _json(fields)}
    if filling is not None:
        values |= {"filling": _json(filling), "cursor": None, "full_listing_us": None}
    tx.execute(update(stream).where(stream.c.id == stream_id).values(**values))


def filled(tx: LedgerTx, connection_id: int, object_name: str) -> None:
    """The reading that began again to bring new fields has come to its end."""
    stream_id = ensure(tx, connection_id, object_name)
    tx.execute(update(stream).where(stream.c.id == stream_id).values(filling=None))


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
    row = tx.execute(select(stream).where(stream.c.id == stream_id)).mappings().one()
    wanted: dict[str, object] = {"cursor": cursor}
    if high_water_us is not None and high_water_us > (row["high_water_us"] or -(2**63)):
        wanted["high_water_us"] = high_water_us
    if complete:
        wanted["full_listing_count"] = count
    moved = {name: value for name, value in wanted.items() if row[name] != value}
    if complete and (moved or row["full_listing_us"] is None):
        moved["full_listing_us"] = now_us
    if moved:
        tx.execute(update(stream).where(stream.c.id == stream_id).values(**moved, moved_us=now_us))
    return bool(moved)


def _make(tx: LedgerTx, connection_id: int, object_name: str) -> int:
    identifier = int(tx.execute(select(func.coalesce(func.max(stream.c.id), 0))).scalar_one()) + 1
    tx.execute(insert(stream).values(id=identifier, connection_id=connection_id, object=object_name))
    return identifier


def _json(fields: frozenset[str]) -> str:
    return orjson.dumps(sorted(fields)).decode()


def _stream(row: Mapping[Any, Any]) -> Stream:
    fields, filling = row["fields"], row["filling"]
    known = None if fields is None else frozenset(orjson.loads(fields))
    return Stream(**{**row, "fields": known, "filling": frozenset(orjson.loads(filling or "[]"))})
