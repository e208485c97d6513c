"""Stage events: entries into stages, as the vendor's history tells or as we saw them.

Append only, but for the vendor's history: an edited mapping reads it anew (`tell`).
"""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
import xxhash
from sqlalchemy import select

from crmbridge.ledger import bulk
from crmbridge.ledger.catalogs import signed
from crmbridge.ledger.changes import next_change
from crmbridge.ledger.schema import stage_event as table
from crmbridge.ledger.transaction import LedgerTx


class StageEventRow(NamedTuple):
    """One entry into a stage; the defaults are what a source without history can say.

    `at_precision` is exact, day or sync; `origin` vendor, observed, import, manual or inferred. `change_id` is the
    vendor's own name of it.
    """

    record_id: str
    kind: str
    pipeline: str | None
    from_stage: str | None
    to_stage: str
    at_us: int
    at_precision: str
    origin: str
    vendor_label: str | None = None
    amount_e4: int | None = None
    amount_currency: str | None = None
    expected_close: str | None = None
    probability_e6: int | None = None
    owner_ref: str | None = None
    actor_ref: str | None = None
    earliest_us: int | None = None
    latest_us: int | None = None
    change_id: str | None = None


_APPEND = bulk.Upsert("stage_event", ("id", "hash", "seq", *StageEventRow._fields, "change_no"), ("hash",))
_TOLD = f"SELECT id, hash, {', '.join(StageEventRow._fields)} FROM stage_event WHERE hash IN {{wanted}}"  # noqa: S608
_LAST = "SELECT record_id, max(seq) FROM stage_event WHERE record_id IN {wanted} GROUP BY record_id"


def append(tx: LedgerTx, rows: Sequence[StageEventRow]) -> int:
    """Keeps the events under this transaction's change number; how many were new.

    An event is the same when its record, origin, instant, stages and label are: delivered again, it stays as it was.
    Events of one record are numbered in the order in which they came.
    """
    by_hash = {_digest(row): row for row in reversed(rows)}
    known = {found for (found,) in bulk.fetch(tx, "SELECT hash FROM stage_event WHERE hash IN {wanted}", [*by_hash])}
    return _insert(tx, [(digest, row) for digest, row in reversed(by_hash.items()) if digest not in known])


def tell(tx: LedgerTx, rows: Sequence[StageEventRow]) -> tuple[int, int]:
    """Keeps the vendor's history under this transaction's change number; how many events were new, how many differ.

    Each row has its `change_id`, which with its record says which event it is: one that is there already becomes what
    the row says, and writes nothing where it says the same.
    """
    by_hash = {_digest(row): row for row in rows}
    known = {found[1]: found for found in bulk.fetch(tx, _TOLD, [*by_hash])}
    moved = [
        (*row, known[digest][0])
        for digest, row in by_hash.items()
        if digest in known and tuple(row) != tuple(known[digest][2:])
    ]
    if moved:
        change_no = next_change(tx)
        columns = (*StageEventRow._fields, "change_no")
        bulk.update(tx, "stage_event", columns, [(*row[:-1], change_no, row[-1]) for row in moved])
    fresh = [(digest, row) for digest, row in by_hash.items() if digest not in known]
    return _insert(tx, fresh), len(moved)


def _insert(tx: LedgerTx, fresh: Sequence[tuple[int, StageEventRow]]) -> int:
    if not fresh:
        return 0
    change_no = next_change(tx)
    last = dict(bulk.fetch(tx, _LAST, list({row.record_id for _, row in fresh})))
    ids = bulk.take_ids(tx, "stage_event", len(fresh))
    ready = []
    for identifier, (digest, row) in zip(ids, fresh, strict=True):
        last[row.record_id] = seq = last.get(row.record_id, 0) + 1
        ready.append((identifier, digest, seq, *row, change_no))
    return bulk.upsert(tx, _APPEND, ready)


def for_record(tx: LedgerTx, record_id: str) -> list[StageEventRow]:
    """The events of a record by their instants, then as they came."""
    columns = [table.c[name] for name in StageEventRow._fields]
    statement = select(*columns).where(table.c.record_id == record_id).order_by(table.c.at_us, table.c.seq)
    return [StageEventRow(**row) for row in tx.execute(statement).mappings()]


def _digest(row: StageEventRow) -> int:
    if row.change_id is not None:
        return signed(xxhash.xxh3_64_intdigest(orjson.dumps((row.record_id, row.origin, row.change_id))))
    same = (row.record_id, row.origin, row.at_us, row.pipeline, row.from_stage, row.to_stage, row.vendor_label)
    return signed(xxhash.xxh3_64_intdigest(orjson.dumps(same)))
