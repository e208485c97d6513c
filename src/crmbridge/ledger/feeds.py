"""Feeds: what is read of an object beside its records, each from a cursor of its own."""

from dataclasses import dataclass
from typing import Literal

from crmbridge.ledger import bulk, streams
from crmbridge.ledger.transaction import LedgerTx

FeedName = Literal["deleted", "history"]


_COLUMNS = ("cursor", "mapping_id", "moved_us")
_GET = "SELECT cursor, mapping_id, moved_us FROM feed WHERE stream_id = :stream_id AND name = :name"
_PUT = (
    "INSERT INTO feed (stream_id, name, cursor, mapping_id, moved_us)"
    " VALUES (:stream_id, :name, :cursor, :mapping_id, :moved_us) ON CONFLICT (stream_id, name)"
    " DO UPDATE SET cursor = excluded.cursor, mapping_id = excluded.mapping_id, moved_us = excluded.moved_us"
)


@dataclass(frozen=True, slots=True)
class Feed:
    """How far a feed has been read; `mapping_id` is the mapping that has read all it brought, where it is mapped."""

    cursor: str | None
    mapping_id: int | None


def get(tx: LedgerTx, connection_id: int, object_name: str, name: FeedName) -> Feed | None:
    """The feed, or None before its first page."""
    stream_id = streams.find(tx, connection_id, object_name)
    row = None if stream_id is None else bulk.first(tx, _GET, stream_id=stream_id, name=name)
    return None if row is None else Feed(*row[:2])


def advance(
    tx: LedgerTx,
    connection_id: int,
    object_name: str,
    name: FeedName,
    *,
    cursor: str,
    now_us: int,
    mapping_id: int | None = None,
) -> bool:
    """The feed has been read up to `cursor`; True where that was written.

    With `mapping_id` that mapping has read all that it has brought.
    """
    values = {} if mapping_id is None else {"mapping_id": mapping_id}
    return _put(tx, connection_id, object_name, name, cursor=cursor, moved_us=now_us, **values)


def settle(tx: LedgerTx, connection_id: int, object_name: str, name: FeedName, mapping_id: int) -> bool:
    """That mapping has read all that the feed has brought; True where that was written."""
    return _put(tx, connection_id, object_name, name, mapping_id=mapping_id)


def forget(tx: LedgerTx, connection_id: int, object_name: str, name: FeedName) -> bool:
    """The feed is read from its beginning next time; True where that was written."""
    return _put(tx, connection_id, object_name, name, cursor=None)


def _put(tx: LedgerTx, connection_id: int, object_name: str, name: FeedName, **values: object) -> bool:
    place = {"stream_id": streams.ensure(tx, connection_id, object_name), "name": name}
    row = bulk.first(tx, _GET, **place)
    before = dict.fromkeys(_COLUMNS) if row is None else dict(zip(_COLUMNS, row, strict=True))
    if row is not None and all(before[key] == value for key, value in values.items() if key != "moved_us"):
        return False
    bulk.run(tx, _PUT, **place, **{**before, **values})
    return True
