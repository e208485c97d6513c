"""Hard keys: vendor records of a kind with an equal value (a registration number, an e-mail) are the same record.

Each vendor record holds its own values, so that a value which two records share is seen to be shared, and one that was
mended points nowhere any more.
"""

from collections.abc import Sequence
from typing import NamedTuple

from crmbridge.ledger import bulk, streams
from crmbridge.ledger.transaction import LedgerTx

LONGEST_VALUE = 256
"""No hard key is longer; a longer value is none."""

_KEEP = bulk.Upsert(
    "identity_key", ("stream_id", "external_id", "key", "value"), ("stream_id", "external_id", "key"), ("value",)
)
_HOLDERS = (
    "SELECT k.value, l.record_id, s.connection_id FROM identity_key AS k"
    " JOIN link AS l ON l.stream_id = k.stream_id AND l.external_id = k.external_id"
    ' JOIN stream AS s ON s.id = k.stream_id JOIN "{kind}" AS r ON r.id = l.record_id'
    " WHERE k.key = :key AND r.lifecycle <> 'deleted' AND k.value IN {wanted} ORDER BY k.value, l.record_id"
)
_FORGET = "DELETE FROM identity_key WHERE stream_id = :stream_id AND external_id IN {wanted}"


class Holder(NamedTuple):
    """A vendor record that has a value: the record of ours that it is, and the connection that it is of."""

    record_id: str
    connection_id: int


def find(tx: LedgerTx, kind: str, key: str, values: Sequence[str]) -> dict[str, list[Holder]]:
    """For each value of a key field who has it; records that are deleted do not count."""
    found: dict[str, list[Holder]] = {}
    for value, *holder in bulk.fetch(tx, _HOLDERS.replace("{kind}", kind), values, key=key):
        found.setdefault(value, []).append(Holder(*holder))
    return found


def keep(tx: LedgerTx, connection_id: int, object_name: str, rows: Sequence[tuple[str, str, str | None]]) -> int:
    """Vendor records have these values now, as (vendor id, key field, value); None where one has none any more.

    How many were written.
    """
    stream_id = streams.ensure(tx, connection_id, object_name)
    gone = [(external_id, key) for external_id, key, value in rows if not _is_key(value)]
    written = bulk.upsert(tx, _KEEP, [(stream_id, *row) for row in rows if _is_key(row[2])])
    for key in sorted({key for _, key in gone}):
        wanted = [external_id for external_id, of in gone if of == key]
        written += bulk.delete(tx, _FORGET + " AND key = :key", wanted, stream_id=stream_id, key=key)
    return written


def forget(tx: LedgerTx, connection_id: int, object_name: str, external_ids: Sequence[str]) -> int:
    """Lets go of every key of those vendor records; how many there were."""
    stream_id = streams.ensure(tx, connection_id, object_name)
    return bulk.delete(tx, _FORGET, external_ids, stream_id=stream_id)


def _is_key(value: str | None) -> bool:
    return value is not None and 0 < len(value) <= LONGEST_VALUE
