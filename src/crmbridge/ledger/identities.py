"""Hard keys: vendor records of a kind with an equal value (a registration number, an e-mail) are the same record.

Each vendor record holds its own values, so that a value which two records share is seen to be shared, and one that was
mended points nowhere any more. A field that holds several has them as `emails`, `emails.2`, `emails.3`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from crmbridge.ledger import bulk, streams
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import KIND_NAMES, kind

LONGEST_VALUE = 256
"""No hard key is longer; a longer value is none."""
MOST_VALUES = 3
"""So many values of one field are kept."""

_KEEP = bulk.Upsert(
    "identity_key", ("stream_id", "external_id", "key", "value"), ("stream_id", "external_id", "key"), ("value",)
)
_HOLDERS = (
    "SELECT k.value, l.record_id, s.connection_id FROM identity_key AS k"
    " JOIN link AS l ON l.stream_id = k.stream_id AND l.external_id = k.external_id"
    ' JOIN stream AS s ON s.id = k.stream_id JOIN "{kind}" AS r ON r.id = l.record_id'
    " WHERE k.key IN {names} AND k.value IN {wanted} ORDER BY k.value, l.record_id"
)
_VALUES = (
    "SELECT l.record_id, k.key, k.value FROM link AS l"
    " JOIN identity_key AS k ON k.stream_id = l.stream_id AND k.external_id = l.external_id"
    " WHERE l.record_id IN {wanted}"
)
_KEPT = "SELECT external_id, key FROM identity_key WHERE stream_id = :stream_id AND external_id IN {wanted}"
_FORGET = "DELETE FROM identity_key WHERE stream_id = :stream_id AND external_id IN {wanted}"


_JOINED = (
    "SELECT DISTINCT l.external_id, l.record_id FROM identity_key AS k"
    " JOIN link AS l ON l.stream_id = k.stream_id AND l.external_id = k.external_id"
    " JOIN raw_record AS w ON w.stream_id = k.stream_id AND w.external_id = k.external_id"
    " WHERE k.stream_id = :stream_id AND w.run_id = :run_id AND w.first_seen_us = w.last_seen_us"
    " AND l.extra = 1 AND k.value IN {wanted}"
    " AND NOT EXISTS (SELECT 1 FROM twin AS t WHERE t.record_id = l.record_id"
    " AND t.left_id IS NOT NULL AND t.right_id IS NOT NULL)"
    " AND NOT EXISTS (SELECT 1 FROM likeness AS s WHERE s.left_record = l.record_id AND s.state = 'accepted')"
    " AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.record_id = l.record_id AND o.op = 'create'"
    " AND o.connection_id = :connection_id)"
)
_OWN = "SELECT external_id, key, value FROM identity_key WHERE stream_id = :stream_id AND external_id IN {wanted}"
_UNLINK = "DELETE FROM link WHERE stream_id = :stream_id AND extra = 1 AND external_id IN {wanted}"


class Holder(NamedTuple):
    """A vendor record that has a value: the record of ours that it is, and the connection that it is of."""

    record_id: str
    connection_id: int


def find(tx: LedgerTx, kind: str, key: str, values: Sequence[str]) -> dict[str, list[Holder]]:
    """For each value of a key field who has it. What a vendor deleted has no key any more; its copies elsewhere do."""
    found: dict[str, list[Holder]] = {}
    names = ", ".join(f"'{name}'" for name in _names(key))
    sql = _HOLDERS.replace("{kind}", kind).replace("{names}", f"({names})")
    for value, *holder in bulk.fetch(tx, sql, values):
        found.setdefault(value, []).append(Holder(*holder))
    return found


def values_of(tx: LedgerTx, record_ids: Sequence[str]) -> dict[str, dict[str, frozenset[str]]]:
    """For each record of ours the values of its key fields, wherever it is held."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for record_id, name, value in bulk.fetch(tx, _VALUES, record_ids):
        held = found.setdefault(record_id, {})
        field = name.partition(".")[0]
        held[field] = held.get(field, frozenset()) | {value}
    return found


def joined(tx: LedgerTx, connection_id: int, object_name: str, values: Sequence[str], *, run_id: int) -> dict[str, str]:
    """Records that this run brought and joined to another connection's, with one of the values: vendor id -> record.

    Not those that a pair has merged already, that a person has joined, or that we made ourselves.
    """
    stream_id = streams.ensure(tx, connection_id, object_name)
    return dict(bulk.fetch(tx, _JOINED, list(values), stream_id=stream_id, connection_id=connection_id, run_id=run_id))


def of_places(
    tx: LedgerTx, connection_id: int, object_name: str, external_ids: Sequence[str]
) -> dict[str, dict[str, set[str]]]:
    """For each vendor record the values of its key fields."""
    stream_id = streams.ensure(tx, connection_id, object_name)
    found: dict[str, dict[str, set[str]]] = {}
    for external_id, name, value in bulk.fetch(tx, _OWN, list(external_ids), stream_id=stream_id):
        found.setdefault(external_id, {}).setdefault(name.partition(".")[0], set()).add(value)
    return found


def part(tx: LedgerTx, kind_name: str, connection_id: int, object_name: str, parted: Mapping[str, str]) -> None:
    """These vendor records are not the records of ours any more that they were joined to; nothing points there."""
    stream_id = streams.ensure(tx, connection_id, object_name)
    bulk.delete(tx, _UNLINK, sorted(parted), stream_id=stream_id)
    for name in KIND_NAMES:
        for ref in kind(name).references:
            if ref.target == kind_name:
                sql = (
                    f'UPDATE "{name}" SET "{ref.name}_id" = NULL WHERE connection_id = :connection_id'  # noqa: S608 - names of columns
                    f' AND "{ref.name}_ref" = :external_id AND "{ref.name}_id" = :record_id'
                )
                for external_id, record_id in parted.items():
                    where = {"connection_id": connection_id, "external_id": external_id, "record_id": record_id}
                    bulk.run(tx, sql, **where)


def keep(tx: LedgerTx, connection_id: int, object_name: str, keys: Mapping[str, Mapping[str, Sequence[str]]]) -> int:
    """Vendor records have these values now: vendor id -> key field -> values. How many rows were written."""
    stream_id = streams.ensure(tx, connection_id, object_name)
    rows = [
        (stream_id, external_id, name, value)
        for external_id, own in keys.items()
        for field, values in own.items()
        for name, value in zip(_names(field), (one for one in values if 0 < len(one) <= LONGEST_VALUE), strict=False)
    ]
    now = {(external_id, name) for _, external_id, name, _ in rows}
    written = bulk.upsert(tx, _KEEP, rows)
    gone: dict[str, list[str]] = {}
    for external_id, name in bulk.fetch(tx, _KEPT, sorted(keys), stream_id=stream_id):
        if (external_id, name) not in now and name.partition(".")[0] in keys[external_id]:
            gone.setdefault(name, []).append(external_id)
    for name, wanted in sorted(gone.items()):
        written += bulk.delete(tx, _FORGET + " AND key = :key", wanted, stream_id=stream_id, key=name)
    return written


def _names(field: str) -> list[str]:
    """What the values of a field are kept under."""
    return [field, *(f"{field}.{number}" for number in range(2, MOST_VALUES + 1))]


def forget(tx: LedgerTx, connection_id: int, object_name: str, external_ids: Sequence[str]) -> int:
    """Lets go of every key of those vendor records; how many there were."""
    stream_id = streams.ensure(tx, connection_id, object_name)
    return bulk.delete(tx, _FORGET, external_ids, stream_id=stream_id)
