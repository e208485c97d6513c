"""Feeds: what is read of an object beside its records, each from a cursor of its own."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import insert, select, update

from crmbridge.ledger import streams
from crmbridge.ledger.schema import feed as table
from crmbridge.ledger.transaction import LedgerTx

FeedName = Literal["deleted", "history"]


@dataclass(frozen=True, slots=True)
class Feed:
    """How far a feed has been read; `mapping_id` is the mapping that has read all it brought, where it is mapped."""

    cursor: str | None
    mapping_id: int | None


def get(tx: LedgerTx, connection_id: int, object_name: str, name: FeedName) -> Feed | None:
    """The feed, or None before its first page."""
    stream_id = streams.find(tx, connection_id, object_name)
    row = tx.execute(select(table).where(table.c.stream_id == stream_id, table.c.name == name)).mappings().first()
    return None if row is None else Feed(row["cursor"], row["mapping_id"])


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
    stream_id = streams.ensure(tx, connection_id, object_name)
    here = (table.c.stream_id == stream_id) & (table.c.name == name)
    row = tx.execute(select(table).where(here)).mappings().first()
    if row is None:
        tx.execute(insert(table).values(stream_id=stream_id, name=name, **values))
        return True
    if all(row[key] == value for key, value in values.items() if key != "moved_us"):
        return False
    tx.execute(update(table).where(here).values(**values))
    return True
