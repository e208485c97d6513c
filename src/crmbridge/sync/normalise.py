"""Raw records become neutral rows, through the mapping; those that cannot wait in quarantine.

Works on a batch inside the caller's transaction, whether the batch has just landed or is read again after the mapping
changed. Nothing is asked of the vendor here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.adapter.contract import Problem
from crmbridge.ledger import quarantine, raw, records
from crmbridge.ledger.raw import Landed, Pending
from crmbridge.ledger.records import RecordRow, Source
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed, FieldFailure, Mapped
from crmbridge.model.ids import IdSource
from crmbridge.model.instants import to_us
from crmbridge.sync import identity, observation
from crmbridge.sync.identity import Newcomer
from crmbridge.sync.observation import Look
from crmbridge.sync.outcome import Counts


@dataclass(frozen=True, slots=True)
class Scope:
    """One mapped object of one connection in one run. `before_us` is when its stream last moved before this run."""

    mapped: CompiledObject
    source: Source
    run_id: int
    now_us: int
    before_us: int
    new_id: IdSource


Item = Landed | Pending
Read = tuple[Item, Mapped]


def normalise(tx: LedgerTx, batch: Sequence[Item], scope: Scope) -> Counts:
    """Writes the neutral rows of a batch, and puts in quarantine what the mapping cannot read."""
    read = scope.mapped.read
    good: list[Read] = []
    problems: list[Problem] = []
    bad = 0
    for item in batch:
        if item.record.deleted:
            continue
        mapped = read(item.record.payload)
        if isinstance(mapped, Failed):
            bad += 1
            problems += [_problem(item, failure) for failure in mapped.failures]
        else:
            good.append((item, mapped))
    rows = _rows(tx, good, scope)
    counts = _write(tx, rows, scope)
    counts.quarantined = bad
    counts.deleted = _delete(tx, [item for item in batch if item.record.deleted], scope)
    _settle(tx, batch, problems, scope)
    return counts


def _rows(tx: LedgerTx, good: Sequence[Read], scope: Scope) -> dict[str, tuple[RecordRow, Item]]:
    """A row for each record that this connection may write, by its id."""
    newcomers = [_newcomer(item, mapped, scope.mapped) for item, mapped in good if item.record_id is None]
    assigned = identity.assign(tx, scope.mapped.kind, newcomers, source=scope.source, new_id=scope.new_id)
    rows: dict[str, tuple[RecordRow, Item]] = {}
    for item, mapped in good:
        record = item.record
        who = assigned.get(record.external_id)
        if who is not None and who.joined:
            continue
        record_id = who.record_id if who is not None else str(item.record_id)
        row = RecordRow(
            record_id,
            record.external_id,
            mapped.values,
            mapped.custom,
            mapped.stage_dates,
            mapped.issues,
            record.revision,
            is_new=who is not None,
        )
        rows[record_id] = (row, item)
    if scope.mapped.keys:
        for record_id in identity.foreign(tx, scope.mapped.kind, list(rows), source=scope.source):
            del rows[record_id]
    return rows


def _newcomer(item: Item, mapped: Mapped, compiled: CompiledObject) -> Newcomer:
    if not compiled.keys:
        return Newcomer(item.record.external_id, {})
    values = dict(zip((column.name for column in compiled.kind.columns), mapped.values, strict=True))
    keys = {name: str(values[name]) for name in compiled.keys if values[name] is not None}
    return Newcomer(item.record.external_id, keys)


def _write(tx: LedgerTx, rows: Mapping[str, tuple[RecordRow, Item]], scope: Scope) -> Counts:
    kind = scope.mapped.kind
    plain = [row for row, _ in rows.values()]
    written = records.write(tx, kind, plain, source=scope.source, now_us=scope.now_us)
    moved = {move.record_id for move in written.moves}
    looks = {record_id: Look(scope.before_us, scope.now_us, _modified_us(rows[record_id][1])) for record_id in moved}
    observation.keep(tx, kind, written.moves, rows={i: rows[i][0] for i in moved}, looks=looks)
    return Counts(written=written.inserted, updated=written.updated)


def _modified_us(item: Item) -> int | None:
    return None if item.record.modified is None else to_us(item.record.modified)


def _delete(tx: LedgerTx, gone: Sequence[Item], scope: Scope) -> int:
    ids = [item.record_id for item in gone if item.record_id is not None]
    foreign = identity.foreign(tx, scope.mapped.kind, ids, source=scope.source) if ids else frozenset[str]()
    return records.set_lifecycle(tx, scope.mapped.kind, [i for i in ids if i not in foreign], "deleted") if ids else 0


def _settle(tx: LedgerTx, batch: Sequence[Item], problems: Sequence[Problem], scope: Scope) -> None:
    """Quarantine agrees with the batch, and every raw record counts as read by this mapping."""
    source = scope.source
    quarantine.put(
        tx,
        source.connection_id,
        source.object,
        problems,
        run_id=scope.run_id,
        now_us=scope.now_us,
        mapping_id=source.mapping_id,
    )
    bad = {problem.external_id for problem in problems}
    healed = [item.record.external_id for item in batch if item.record.external_id not in bad]
    quarantine.resolve(tx, source.connection_id, source.object, healed, now_us=scope.now_us)
    raw.mark(tx, [item.raw_id for item in batch if isinstance(item, Pending)], source.mapping_id)


def _problem(item: Item, failure: FieldFailure) -> Problem:
    """A field that would not convert, as a quarantine entry with its place and the start of what stood there."""
    return Problem(
        code="FIELD_UNREADABLE",
        message=failure.failure.template,
        params={**failure.failure.params, "nearest": failure.failure.nearest},
        position=item.record.position,
        field=failure.vendor_field or failure.field,
        external_id=item.record.external_id,
        raw=failure.value_excerpt,
    )
