"""Landing: what the vendors said, verbatim. What is there already, byte for byte, is not written again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import bulk, dictionaries, streams
from crmbridge.ledger.hashes import signed_hash
from crmbridge.ledger.packing import Packed
from crmbridge.ledger.payloads import decode_payload
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import StoreError
from crmbridge.model.instants import from_us


class Landed(NamedTuple):
    """A record that is new or has changed; `record_id` is ours where it is linked already.

    `before_us` is when it was delivered before, None for a new one.
    """

    raw_id: int
    record: Packed
    is_new: bool
    record_id: str | None
    before_us: int | None = None


class Conflict(NamedTuple):
    """Records of one page that have the same id and differ: none of them was landed."""

    external_id: str
    records: tuple[Packed, ...]


@dataclass(frozen=True, slots=True)
class Landing:
    """What came of a page: `landed` in the order of the page; `unchanged` counts what wrote nothing."""

    landed: list[Landed]
    unchanged: int
    conflicts: list[Conflict]


class Pending(NamedTuple):
    """A landed record as it is kept; `record_id` is ours where it is linked, `seen_us` when it was delivered."""

    raw_id: int
    record: RawRecord
    record_id: str | None
    seen_us: int


class _Delta(NamedTuple):
    """What a page changes, before anything is written; `raw_ids` and `bodies` are the payloads to write."""

    landed: list[Landed]
    inserts: list[tuple[object, ...]]
    updates: list[tuple[object, ...]]
    raw_ids: list[int]
    bodies: list[bytes]


_KEPT = (
    "SELECT r.id, r.external_id, r.hash, r.revision, r.modified_us, r.deleted, r.position, l.record_id, r.last_seen_us,"
    " p.body"
    " FROM raw_record AS r JOIN raw_payload AS p ON p.raw_id = r.id"
    " LEFT JOIN link AS l ON l.stream_id = r.stream_id AND l.external_id = r.external_id"
    " WHERE r.stream_id = :stream_id AND {column} IN {wanted} ORDER BY r.id"
)
_KNOWN = (
    "SELECT w.wanted, r.id, r.hash, r.revision, r.deleted, l.record_id, r.last_seen_us FROM {wanted} AS w"
    " LEFT JOIN raw_record AS r ON r.stream_id = :stream_id AND r.external_id = w.wanted"
    " LEFT JOIN link AS l ON l.stream_id = :stream_id AND l.external_id = w.wanted"
    " WHERE r.id IS NOT NULL OR l.record_id IS NOT NULL"
)
_NEAR = (
    "SELECT 1 FROM raw_record WHERE stream_id = :stream_id AND external_id BETWEEN :low AND :high"
    " UNION ALL SELECT 1 FROM link WHERE stream_id = :stream_id AND external_id BETWEEN :low AND :high LIMIT 1"
)
_EMPTY = b"{}"
_new = tuple.__new__  # a named tuple without its own constructor, which costs twice as much
_INSERT = bulk.Upsert(
    "raw_record",
    ("id", "external_id", "hash", "revision", "modified_us", "deleted", "position"),
    ("id",),
    fixed=("stream_id", "mapping_id", "run_id", "first_seen_us", "last_seen_us"),
)
_CHANGED = ("hash", "revision", "modified_us", "deleted", "position", "mapping_id", "run_id", "last_seen_us")
_PAYLOAD = bulk.Upsert("raw_payload", ("raw_id", "body"), ("raw_id",), ("body",))


def keep(
    tx: LedgerTx,
    connection_id: int,
    object_name: str,
    records: Sequence[Packed],
    *,
    run_id: int | None,
    now_us: int,
    mapping_id: int | None = None,
) -> Landing:
    """Keeps the records of one page, all of one object; answers with what is new or changed.

    A record equal in payload, revision and deletion to what is kept writes nothing. `mapping_id` is for a caller who
    normalises in the same transaction: the rows count as read by that mapping. A tombstone without a payload keeps
    the last one.
    """
    if not records:
        return Landing([], 0, [])
    stream_id = streams.ensure(tx, connection_id, object_name)
    packed, conflicts = _unique(records)
    delta = _compare(tx, stream_id, packed, stamp=(mapping_id, run_id, now_us))
    if delta.landed:
        if mapping_id is None:
            _unsettle(tx, stream_id)
        compressor = dictionaries.compressor(tx, stream_id, [item.record for item in delta.landed if item.is_new])
        bulk.upsert(tx, _INSERT, delta.inserts, fixed=(stream_id, mapping_id, run_id, now_us, now_us))
        bulk.update(tx, "raw_record", _CHANGED, delta.updates)
        bulk.upsert(tx, _PAYLOAD, list(zip(delta.raw_ids, compressor.pack(delta.bodies), strict=True)))
    return Landing(delta.landed, len(packed) - len(delta.landed), conflicts)


def pending(
    tx: LedgerTx, connection_id: int, object_name: str, mapping_id: int, *, limit: int = 1000, after: int = 0
) -> list[Pending]:
    """Landed records that this mapping has not read yet, by raw id from `after` on: nothing is asked of the vendor.

    An empty answer to `after=0` ends a re-normalising: `settle` then makes the next question free.
    """
    at = streams.get(tx, connection_id, object_name)
    if at is None or at.mapping_id == mapping_id:
        return []
    sql = (
        "SELECT id FROM raw_record WHERE stream_id = :stream_id AND coalesce(mapping_id, -1) <> :mapping_id"
        " AND id > :after ORDER BY id LIMIT :limit"
    )
    rows = bulk.select(tx, sql, stream_id=at.id, mapping_id=mapping_id, after=after, limit=limit)
    return _kept(tx, at, "r.id", [row[0] for row in rows])


def fetch(tx: LedgerTx, connection_id: int, object_name: str, external_ids: Sequence[str]) -> list[Pending]:
    """The landed records of those vendor ids that are known."""
    at = streams.get(tx, connection_id, object_name)
    return [] if at is None else _kept(tx, at, "r.external_id", external_ids)


def stamps(
    tx: LedgerTx, connection_id: int, object_name: str, external_ids: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """When those that are kept and not deleted were modified, where the vendor tells, and the hash of each payload."""
    stream_id = streams.find(tx, connection_id, object_name)
    sql = (
        "SELECT external_id, modified_us, hash FROM raw_record WHERE stream_id = :stream_id AND deleted = 0"
        " AND modified_us IS NOT NULL AND external_id IN {wanted}"
    )
    rows = [] if stream_id is None else bulk.fetch(tx, sql, external_ids, stream_id=stream_id)
    return {external_id: (modified_us, digest) for external_id, modified_us, digest in rows}


def mark(tx: LedgerTx, raw_ids: Iterable[int], mapping_id: int) -> int:
    """That mapping has read those records, into rows or into quarantine."""
    return bulk.update(tx, "raw_record", ("mapping_id",), [(mapping_id, raw_id) for raw_id in raw_ids])


def settle(tx: LedgerTx, connection_id: int, object_name: str, mapping_id: int) -> bool:
    """Remembers that the mapping has read every record of the stream; True where that was written."""
    stream_id = streams.ensure(tx, connection_id, object_name)
    sql = "UPDATE stream SET mapping_id = :mapping_id WHERE id = :stream_id AND coalesce(mapping_id, -1) <> :mapping_id"
    return bulk.run(tx, sql, stream_id=stream_id, mapping_id=mapping_id) > 0


def live_ids(tx: LedgerTx, connection_id: int, object_name: str) -> set[str]:
    """The vendor ids that are kept and not deleted: what a complete listing is compared with."""
    stream_id = streams.find(tx, connection_id, object_name)
    sql = "SELECT external_id FROM raw_record WHERE stream_id = :stream_id AND deleted = 0"
    return {external_id for (external_id,) in bulk.select(tx, sql, stream_id=stream_id)}


def count(tx: LedgerTx, connection_id: int, object_name: str) -> int:
    """How many records are kept and not deleted."""
    stream_id = streams.find(tx, connection_id, object_name)
    sql = "SELECT count(*) FROM raw_record WHERE stream_id = :stream_id AND deleted = 0"
    [(found,)] = bulk.select(tx, sql, stream_id=stream_id)
    return int(found)


def _unique(records: Sequence[Packed]) -> tuple[dict[str, Packed], list[Conflict]]:
    """Each id once: equal records of one id are one, differing ones are a conflict."""
    packed = {record.external_id: record for record in records}
    if len(packed) == len(records):
        return packed, []
    packed.clear()
    conflicts: dict[str, list[Packed]] = {}
    for record in records:
        first = packed.setdefault(record.external_id, record)
        if not _is_same(first, record):
            conflicts.setdefault(record.external_id, [first]).append(record)
    for external_id in conflicts:
        del packed[external_id]
    return packed, [Conflict(external_id, tuple(found)) for external_id, found in conflicts.items()]


def _is_same(one: Packed, other: Packed) -> bool:
    return (one.digest, one.deleted, one.revision) == (other.digest, other.deleted, other.revision)


def _compare(tx: LedgerTx, stream_id: int, packed: dict[str, Packed], *, stamp: tuple[int | None, ...]) -> _Delta:
    """What is new and what has changed; ids of new rows follow the vendor's ids, so that the index grows in order."""
    known = _known(tx, stream_id, list(packed)) if packed else {}
    unseen = sorted(packed.keys() - known.keys()) if known else sorted(packed)
    unseen += [external_id for external_id, row in known.items() if row[0] is None]
    fresh = dict(zip(unseen, bulk.take_ids(tx, "raw_record", len(unseen)), strict=True))
    delta = _Delta([], [], [], [], [])
    for external_id, raw_id in fresh.items():
        _, body, digest, revision, modified_us, deleted, position, _, _, _ = packed[external_id]
        delta.inserts.append((raw_id, external_id, digest, revision, modified_us, deleted, position))
        delta.raw_ids.append(raw_id)
        delta.bodies.append(body)
    if not known:  # a page of new records alone, as in a first sync
        delta.landed.extend(_new(Landed, (fresh[key], record, True, None, None)) for key, record in packed.items())
        return delta
    for external_id, record in packed.items():
        if external_id in fresh:
            record_id = known[external_id][4] if external_id in known else None
            delta.landed.append(_new(Landed, (fresh[external_id], record, True, record_id, None)))
        else:
            _compare_known(delta, record, known[external_id], stamp)
    return delta


def _known(tx: LedgerTx, stream_id: int, external_ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """What is kept of those vendor ids, by id."""
    if bulk.is_free(tx, _NEAR, external_ids, stream_id=stream_id):
        return {}
    return {row[0]: row[1:] for row in bulk.fetch(tx, _KNOWN, external_ids, stream_id=stream_id)}


def _compare_known(delta: _Delta, record: Packed, known: tuple[Any, ...], stamp: tuple[int | None, ...]) -> None:
    raw_id, old_digest, revision, old_deleted, record_id, before_us = known
    deleted = record.deleted
    kept = old_digest if deleted and record.body == _EMPTY else record.digest
    if (kept, record.revision, deleted) == (old_digest, revision, old_deleted):
        return
    delta.updates.append((kept, record.revision, record.modified_us, deleted, record.position, *stamp, raw_id))
    if kept != old_digest:
        delta.raw_ids.append(raw_id)
        delta.bodies.append(record.body)
    delta.landed.append(Landed(raw_id, record, False, record_id, before_us))


def _unsettle(tx: LedgerTx, stream_id: int) -> None:
    sql = "UPDATE stream SET mapping_id = NULL WHERE id = :stream_id AND mapping_id IS NOT NULL"
    bulk.run(tx, sql, stream_id=stream_id)


def _kept(tx: LedgerTx, at: streams.Stream, column: str, wanted: Sequence[int] | Sequence[str]) -> list[Pending]:
    rows = bulk.fetch(tx, _KEPT.format(column=column, wanted="{wanted}"), wanted, stream_id=at.id)
    unpack = dictionaries.decompressor(tx).unpack
    found = []
    for raw_id, external_id, digest, revision, modified_us, deleted, position, record_id, seen_us, stored in rows:
        try:
            body = unpack(stored)
        except ValueError as error:
            raise _damaged(tx, external_id) from error
        if signed_hash(body) != digest:
            raise _damaged(tx, external_id)
        modified = None if modified_us is None else from_us(modified_us)
        payload = decode_payload(body)
        record = RawRecord(at.object, external_id, payload, revision, modified, bool(deleted), position)
        found.append(Pending(raw_id, record, record_id, seen_us))
    return found


def _damaged(tx: LedgerTx, external_id: str) -> StoreError:
    return StoreError("{file} is damaged: the payload of {id} is not what was stored", file=tx.place, id=external_id)
