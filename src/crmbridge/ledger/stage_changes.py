"""The vendors' own history of stages, verbatim, until a mapping reads it into stage events.

A change whose record has not landed yet waits; an edited mapping reads all of it again. The vendor is asked for none
of it twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from crmbridge.ledger import bulk, links, streams
from crmbridge.ledger.transaction import LedgerTx


class StageChangeRow(NamedTuple):
    """One change as the vendor told it; `at_precision` is exact or day."""

    change_id: str
    external_id: str
    pipeline: str | None
    from_label: str | None
    to_label: str
    at_us: int | None
    at_precision: str
    actor: str | None = None
    modified_us: int | None = None


Row = tuple[str, str, str | None, str | None, str, int | None, str, str | None, int | None]
"""A `StageChangeRow`, or its bare values: where there are hundreds of thousands, names cost too much."""


class Due(NamedTuple):
    """A change that a mapping has to read: of which record of ours, and when it was delivered."""

    id: int
    record_id: str
    seen_us: int
    row: Row


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of some changes: how many were new or told differently, and those of them that are to be read now.

    `is_new` says that none of them was kept before.
    """

    landed: int
    due: Sequence[tuple[int, str, int, Row]]
    is_new: bool


_MOST_LINKED = 200_000
_TOLD = StageChangeRow._fields
_INSERT = bulk.Upsert("stage_change", ("id", *_TOLD, "mapping_id"), ("id",), fixed=("stream_id", "seen_us"))
_NAMES = ", ".join(_TOLD)
_KNOWN = f"SELECT id, {_NAMES}, seen_us FROM stage_change WHERE stream_id = :stream_id AND change_id IN {{wanted}}"  # noqa: S608 - our own names
_BETWEEN = "SELECT 1 FROM stage_change WHERE stream_id = :stream_id AND change_id BETWEEN :low AND :high LIMIT 1"
_DUE = (
    f"SELECT c.id, l.record_id, c.seen_us, {', '.join(f'c.{name}' for name in _TOLD)}"  # noqa: S608 - our own names
    " FROM stage_change c JOIN link l ON l.stream_id = c.stream_id AND l.external_id = c.external_id"
    " WHERE {which} AND c.id > :after ORDER BY c.id LIMIT :limit"
)
_WAITING = _DUE.format(which="c.stream_id = :stream_id AND c.mapping_id IS NULL")
_OUTDATED = _DUE.format(which="+c.stream_id = :stream_id AND c.mapping_id <> :mapping_id")
"""The plus keeps both engines from the index of the stream: they would sort all of its changes for each batch."""


def keep(
    tx: LedgerTx,
    connection_id: int,
    object_name: str,
    rows: Sequence[Row],
    *,
    now_us: int,
    mapping_id: int,
    linked: dict[str, str] | None = None,
) -> Kept:
    """Keeps what is new or told differently. Of several rows with one change id the last one counts.

    What has a record is marked as read by that mapping: who calls tells its events in the same transaction. The rest
    waits. `linked` remembers the records of vendor ids between calls: links are made once and stay.
    """
    wanted = {row[0]: row for row in rows}
    stream_id = streams.ensure(tx, connection_id, object_name)
    known = _known(tx, stream_id, list(wanted))
    fresh, moved = list(wanted.values()), []
    if known:
        fresh = [row for change_id, row in wanted.items() if change_id not in known]
        moved = [
            row for change_id, row in wanted.items() if change_id in known and tuple(row) != known[change_id][1:-1]
        ]
    of = {} if linked is None else linked
    if len(of) > _MOST_LINKED:
        of.clear()
    of |= links.resolve(tx, connection_id, object_name, list({row[1] for row in wanted.values()} - of.keys()))
    records = [of.get(row[1]) for row in fresh]
    ids = bulk.take_ids(tx, "stage_change", len(fresh)) if fresh else ()
    found = list(zip(ids, fresh, records, strict=True))
    written = [(number, *row, None if record is None else mapping_id) for number, row, record in found]
    bulk.upsert(tx, _INSERT, written, fixed=(stream_id, now_us))
    due = [(number, record, now_us, row) for number, row, record in found if record is not None]
    again = [(*row, mapping_id if row[1] in of else None, known[row[0]][0]) for row in moved]
    bulk.update(tx, "stage_change", (*_TOLD, "mapping_id"), again)
    due += [(known[row[0]][0], of[row[1]], known[row[0]][-1], row) for row in moved if row[1] in of]
    return Kept(len(fresh) + len(moved), due, is_new=not moved)


def waiting(tx: LedgerTx, connection_id: int, object_name: str, *, after: int = 0, limit: int = 1000) -> list[Due]:
    """Changes that no mapping has read yet and whose record is there, by id from `after` on."""
    stream_id = streams.find(tx, connection_id, object_name)
    return _due(bulk.select(tx, _WAITING, stream_id=stream_id, after=after, limit=limit))


def outdated(
    tx: LedgerTx, connection_id: int, object_name: str, mapping_id: int, *, after: int = 0, limit: int = 1000
) -> list[Due]:
    """Changes that another mapping has read, by id from `after` on."""
    stream_id = streams.find(tx, connection_id, object_name)
    return _due(bulk.select(tx, _OUTDATED, stream_id=stream_id, mapping_id=mapping_id, after=after, limit=limit))


def mark(tx: LedgerTx, ids: Sequence[int], mapping_id: int | None) -> int:
    """That mapping has read those changes; None: they wait to be read again."""
    return bulk.update(tx, "stage_change", ("mapping_id",), [(mapping_id, number) for number in ids])


def _known(tx: LedgerTx, stream_id: int, wanted: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """What is kept of those changes, by their change ids."""
    if not wanted or bulk.is_free(tx, _BETWEEN, wanted, stream_id=stream_id):
        return {}
    return {row[1]: row for row in bulk.fetch(tx, _KNOWN, wanted, stream_id=stream_id)}


def _due(rows: Sequence[Sequence[Any]]) -> list[Due]:
    return [Due(row[0], row[1], row[2], StageChangeRow._make(row[3:])) for row in rows]
