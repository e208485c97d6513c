"""The vendors' own history of stages, verbatim, until a mapping reads it into stage events.

A change whose record has not landed yet waits; an edited mapping reads all of it again. The vendor is asked for none
of it twice.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from crmbridge.ledger import bulk, streams
from crmbridge.ledger.schema import link
from crmbridge.ledger.schema import stage_change as table
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


class Due(NamedTuple):
    """A change that a mapping has to read: of which record of ours, and when it was delivered."""

    id: int
    record_id: str
    seen_us: int
    row: StageChangeRow


_TOLD = StageChangeRow._fields
_INSERT = bulk.Upsert("stage_change", ("id", *_TOLD), ("id",), fixed=("stream_id", "seen_us"))
_KNOWN = (
    f"SELECT id, {', '.join(_TOLD)} FROM stage_change"  # noqa: S608 - our own names
    " WHERE stream_id = :stream_id AND change_id IN {wanted}"
)


def keep(tx: LedgerTx, connection_id: int, object_name: str, rows: Sequence[StageChangeRow], *, now_us: int) -> int:
    """Keeps what is new or told differently, to be read by the mapping; how much that is.

    Of several rows with one change id the last one counts.
    """
    wanted = {row.change_id: row for row in rows}
    stream_id = streams.ensure(tx, connection_id, object_name)
    known = {row[1]: row for row in bulk.fetch(tx, _KNOWN, list(wanted), stream_id=stream_id)}
    fresh = [row for change_id, row in wanted.items() if change_id not in known]
    ids = bulk.take_ids(tx, "stage_change", len(fresh)) if fresh else ()
    bulk.upsert(tx, _INSERT, [(i, *row) for i, row in zip(ids, fresh, strict=True)], fixed=(stream_id, now_us))
    moved = [(*row, None, known[i][0]) for i, row in wanted.items() if i in known and tuple(row) != known[i][1:]]
    bulk.update(tx, "stage_change", (*_TOLD, "mapping_id"), moved)
    return len(fresh) + len(moved)


def waiting(tx: LedgerTx, connection_id: int, object_name: str, *, after: int = 0, limit: int = 1000) -> list[Due]:
    """Changes that no mapping has read yet and whose record is there, by id from `after` on."""
    return _due(tx, connection_id, object_name, table.c.mapping_id.is_(None), after=after, limit=limit)


def outdated(
    tx: LedgerTx, connection_id: int, object_name: str, mapping_id: int, *, after: int = 0, limit: int = 1000
) -> list[Due]:
    """Changes that another mapping has read, by id from `after` on."""
    return _due(tx, connection_id, object_name, table.c.mapping_id != mapping_id, after=after, limit=limit)


def mark(tx: LedgerTx, ids: Sequence[int], mapping_id: int) -> int:
    """That mapping has read those changes."""
    return bulk.update(tx, "stage_change", ("mapping_id",), [(mapping_id, number) for number in ids])


def _due(
    tx: LedgerTx,
    connection_id: int,
    object_name: str,
    condition: Any,  # noqa: ANN401 - an SQL expression
    *,
    after: int,
    limit: int,
) -> list[Due]:
    stream_id = streams.find(tx, connection_id, object_name)
    statement = (
        select(table.c.id, link.c.record_id, table.c.seen_us, *(table.c[name] for name in _TOLD))
        .join(link, (link.c.stream_id == table.c.stream_id) & (link.c.external_id == table.c.external_id))
        .where(table.c.stream_id == stream_id, table.c.id > after, condition)
        .order_by(table.c.id)
        .limit(limit)
    )
    return [Due(row[0], row[1], row[2], StageChangeRow._make(row[3:])) for row in map(tuple, tx.execute(statement))]
