"""Stage events: entries into stages, as the vendor's history tells or as we saw them.

Append only, but for the vendor's history: an edited mapping reads it anew (`tell`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select

from crmbridge.ledger import bulk
from crmbridge.ledger.changes import next_change
from crmbridge.ledger.hashes import signed_hashes
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


VendorEvent = tuple[str, str, str | None, str | None, str, int, str, str, str | None, int | None]
"""One entry into a stage as the vendor's history tells it, the values of `TOLD`: bare, for there are very many."""

TOLD = (
    *("record_id", "change_id", "pipeline", "from_stage", "to_stage"),
    *("at_us", "at_precision", "vendor_label", "actor_ref", "latest_us"),
)
"""What a vendor's history tells; with its record, `change_id` says which event it is."""

_VENDOR = "vendor"
_MOST_NUMBERED = 200_000
_HEAD = ("hash", "seq")
_APPEND = bulk.Upsert("stage_event", (*_HEAD, *StageEventRow._fields), ("hash",), fixed=("change_no",))
_TELL = bulk.Upsert("stage_event", (*_HEAD, *TOLD), ("hash",), fixed=("kind", "origin", "change_no"))
_TOLD = f"SELECT id, hash, kind, {', '.join(TOLD)} FROM stage_event WHERE hash IN {{wanted}}"  # noqa: S608 - our own names
_LAST = (
    "SELECT record_id, seq FROM (SELECT w.wanted AS record_id, (SELECT max(e.seq) FROM stage_event e"
    " WHERE e.record_id = w.wanted) AS seq FROM {wanted} w) AS known WHERE seq IS NOT NULL"
)


@dataclass(slots=True)
class Numbers:
    """The number of the last event of records, remembered from one transaction to the next.

    Whoever writes events takes a change number: where none was taken between, nobody else has written any. Who shares
    it between transactions lets go of it when one of them fails.
    """

    change_no: int = -1
    last: dict[str, int] = field(default_factory=dict)

    def of(self, tx: LedgerTx, records: Collection[str]) -> dict[str, int]:
        """The numbers of those records and others; 0 for a record without events."""
        change_no = next_change(tx)
        if self.change_no not in {change_no, change_no - 1} or len(self.last) > _MOST_NUMBERED:
            self.last.clear()
        self.change_no = change_no
        unmet = sorted(set(records) - self.last.keys())
        self.last |= dict.fromkeys(unmet, 0)
        self.last |= bulk.fetch(tx, _LAST, unmet)
        return self.last


def append(tx: LedgerTx, rows: Sequence[StageEventRow]) -> int:
    """Keeps the events under this transaction's change number; how many were new.

    An event is the same when its record, origin, instant, stages and label are: delivered again, it stays as it was.
    Events of one record are numbered in the order in which they came.
    """
    digests = signed_hashes([_identity(row) for row in rows])
    by_hash = dict(zip(reversed(digests), reversed(rows), strict=True))
    known = {found for (found,) in bulk.fetch(tx, "SELECT hash FROM stage_event WHERE hash IN {wanted}", [*by_hash])}
    return _insert(tx, _APPEND, {digest: row for digest, row in reversed(by_hash.items()) if digest not in known})


def tell(
    tx: LedgerTx, kind: str, rows: Sequence[VendorEvent], *, is_new: bool = False, numbers: Numbers | None = None
) -> tuple[int, int]:
    """Keeps the vendor's history under this transaction's change number; how many events were new, how many differ.

    The record and the change id say which event a row is: one that is there already becomes what the row says, and
    writes nothing where it says the same. Of several rows of one event the last one counts. `is_new` says that they
    are hardly there already: then only what could not be inserted is looked up. `numbers` goes from call to call.
    """
    digests = signed_hashes([orjson.dumps((row[0], _VENDOR, row[1])) for row in rows])
    by_hash = dict(zip(digests, rows, strict=True))
    if is_new:
        written = _insert(tx, _TELL, by_hash, kind, _VENDOR, numbers=numbers)
        if written == len(by_hash):
            return written, 0
        known = {found[1]: found for found in bulk.fetch(tx, _TOLD, [*by_hash])}
        return written, _amend(tx, kind, by_hash, known)
    known = {found[1]: found for found in bulk.fetch(tx, _TOLD, [*by_hash])}
    fresh = {digest: row for digest, row in by_hash.items() if digest not in known}
    return _insert(tx, _TELL, fresh, kind, _VENDOR, numbers=numbers), _amend(tx, kind, by_hash, known)


def _amend(tx: LedgerTx, kind: str, by_hash: Mapping[int, VendorEvent], known: Mapping[int, tuple[Any, ...]]) -> int:
    """Events that are there become what the rows say; how many said something else."""
    moved = [
        (kind, *by_hash[digest], found[0]) for digest, found in known.items() if found[2:] != (kind, *by_hash[digest])
    ]
    if moved:
        change_no = next_change(tx)
        columns = ("kind", *TOLD, "change_no")
        bulk.update(tx, "stage_event", columns, [(*row[:-1], change_no, row[-1]) for row in moved])
    return len(moved)


def _insert(
    tx: LedgerTx,
    plan: bulk.Upsert,
    fresh: Mapping[int, Sequence[Any]],
    *fixed: str,
    numbers: Numbers | None = None,
) -> int:
    """Inserts events by their hashes, numbered after those that their records have; a row begins with its record.

    They go in by record: so the index of records is walked once.
    """
    if not fresh:
        return 0
    digests, rows = list(fresh), list(fresh.values())
    records: list[str] = [row[0] for row in rows]
    order = sorted(range(len(rows)), key=records.__getitem__)
    last = (numbers or Numbers()).of(tx, records)
    ready = []
    for at in order:
        record_id = records[at]
        last[record_id] = seq = last[record_id] + 1
        ready.append((digests[at], seq, *rows[at]))
    return bulk.upsert(tx, plan, ready, fixed=(*fixed, next_change(tx)))


def for_record(tx: LedgerTx, record_id: str) -> list[StageEventRow]:
    """The events of a record by their instants, then as they came."""
    columns = [table.c[name] for name in StageEventRow._fields]
    statement = select(*columns).where(table.c.record_id == record_id).order_by(table.c.at_us, table.c.seq)
    return [StageEventRow(**row) for row in tx.execute(statement).mappings()]


def _identity(row: StageEventRow) -> bytes:
    if row.change_id is not None:
        return orjson.dumps((row.record_id, row.origin, row.change_id))
    return orjson.dumps(
        (row.record_id, row.origin, row.at_us, row.pipeline, row.from_stage, row.to_stage, row.vendor_label)
    )
