"""Stage events: entries into stages, as the vendor's history tells or as we saw them. Append only."""

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

    `at_precision` is exact, day or sync; `origin` vendor, observed, import, manual or inferred.
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


_APPEND = bulk.Upsert("stage_event", ("id", "hash", "seq", *StageEventRow._fields, "change_no"), ("hash",))
_LAST = "SELECT record_id, max(seq) FROM stage_event WHERE record_id IN {wanted} GROUP BY record_id"


def append(tx: LedgerTx, rows: Sequence[StageEventRow]) -> int:
    """Keeps the events under this transaction's change number; how many were new.

    An event is the same when its record, origin, instant, stages and label are: delivered again, it stays as it was.
    Events of one record are numbered in the order in which they came.
    """
    by_hash = {_digest(row): row for row in reversed(rows)}
    known = {found for (found,) in bulk.fetch(tx, "SELECT hash FROM stage_event WHERE hash IN {wanted}", [*by_hash])}
    fresh = [(digest, row) for digest, row in reversed(by_hash.items()) if digest not in known]
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
    same = (row.record_id, row.origin, row.at_us, row.pipeline, row.from_stage, row.to_stage, row.vendor_label)
    return signed(xxhash.xxh3_64_intdigest(orjson.dumps(same)))
