"""Raw records become neutral rows, through the mapping; those that cannot wait in quarantine.

Works on a batch inside the caller's transaction, whether the batch has just landed or is read again after the mapping
changed. Nothing is asked of the vendor here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crmbridge.adapter.contract import Problem
from crmbridge.ledger import identities, quarantine, raw, records, streams, touches
from crmbridge.ledger.erased import Erased
from crmbridge.ledger.packing import Packed
from crmbridge.ledger.raw import Landed, Pending
from crmbridge.ledger.records import RecordRow, Source
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed, FieldFailure, Mapped
from crmbridge.model.ids import IdSource
from crmbridge.model.instants import to_us
from crmbridge.sync import identity, observation, own_creates
from crmbridge.sync.observation import Look
from crmbridge.sync.outcome import Counts


@dataclass(frozen=True, slots=True)
class Scope:
    """One mapped object of one connection in one run.

    `looked_us` is when the last reading before this run that came to its end began, None where there was none.
    `filled` are the neutral fields that this reading fills for the first time: they have not moved. With `is_paired`
    the records are kept in step with another system, whose merge must look at each that came or changed; `key_field`
    is the vendor field that keeps the external key of those that we made. `erased` are persons who do not come back.
    """

    mapped: CompiledObject
    source: Source
    run_id: int
    now_us: int
    looked_us: int | None
    new_id: IdSource
    filled: frozenset[str] = frozenset()
    is_paired: bool = False
    key_field: str | None = None
    erased: Erased | None = None


Item = Landed | Pending
_new = tuple.__new__  # a named tuple without its own constructor, which costs twice as much


@dataclass(slots=True)
class _Batch:
    """A batch as the mapping reads it: `good` by vendor id, `gone` are marked deleted."""

    good: dict[str, tuple[Item, Mapped]]
    problems: list[Problem]
    gone: list[Item]


def normalise(tx: LedgerTx, items: Sequence[Item], scope: Scope) -> Counts:
    """Writes the neutral rows of a batch, and puts in quarantine what the mapping cannot read."""
    if not items:
        return Counts()
    batch = _read(items, scope.mapped)
    waiting = _waiting(tx, items, scope.source)
    rows, parted = _rows(tx, batch, scope)
    counts = _write(tx, rows, waiting, scope)
    if parted:
        counts.add(normalise(tx, raw.fetch(tx, scope.source.connection_id, scope.source.object, parted), scope))
    counts.deleted = _delete(tx, batch.gone, scope, counts)
    counts.quarantined = len(items) - len(batch.good) - len(batch.gone)
    _settle(tx, items, batch.problems, waiting, scope)
    if scope.is_paired:
        stream_id = streams.ensure(tx, scope.source.connection_id, scope.source.object)
        touches.touch(tx, stream_id, [item.record.external_id for item in items])
    return counts


def _read(items: Sequence[Item], mapped: CompiledObject) -> _Batch:
    batch, read = _Batch({}, [], []), mapped.read
    for item in items:
        record = item.record
        if record.deleted:
            batch.gone.append(item)
            continue
        if isinstance(record, Packed):
            found: Mapped | Failed = record.found or read(record.content)
        else:
            found = read(record.payload)
        if isinstance(found, Failed):
            batch.problems += [_problem(item, failure) for failure in found.failures]
        else:
            batch.good[record.external_id] = item, found
    return batch


def _waiting(tx: LedgerTx, items: Sequence[Item], source: Source) -> frozenset[str]:
    """Those of the records that an earlier reading could not use; most streams have none at all."""
    return quarantine.waiting(tx, source.connection_id, source.object, (item.record.external_id for item in items))


def _rows(tx: LedgerTx, batch: _Batch, scope: Scope) -> tuple[dict[str, tuple[RecordRow, Item]], Sequence[str]]:
    """A row for each record that this connection may write, by its id; and the vendor ids that must be read again."""
    kind, source = scope.mapped.kind, scope.source
    newcomers = [external_id for external_id, (item, _) in batch.good.items() if item.record_id is None]
    ours = own_creates.adopt(tx, kind.name, _external_keys(batch, newcomers, scope.key_field), source=source)
    ours |= own_creates.meet(tx, kind.name, [one for one in newcomers if one not in ours], source=source)
    newcomers = [external_id for external_id in newcomers if external_id not in ours]
    keys = _keys(batch, scope.mapped)
    assigned = identity.assign(tx, kind, newcomers, keys=keys, source=source, new_id=scope.new_id, run_id=scope.run_id)
    identity.keep_keys(tx, keys, source=source)
    known = {i: item.record_id for i, (item, _) in batch.good.items() if item.record_id is not None}
    foreign = identity.foreign(tx, kind, known, source=source) if known else frozenset()
    rows: dict[str, tuple[RecordRow, Item]] = {}
    for external_id, (item, mapped) in batch.good.items():
        record_id = item.record_id or assigned.made.get(external_id)
        if record_id is None or external_id in foreign:
            continue
        seen_us = item.seen_us if isinstance(item, Pending) else None
        version = None if isinstance(item, Pending) else item.record.version
        tail = (item.record.revision, "active", item.record_id is None, seen_us, version)
        rows[record_id] = _new(RecordRow, (record_id, external_id, *mapped, *tail)), item
    return rows, assigned.parted


def _external_keys(batch: _Batch, newcomers: Sequence[str], key_field: str | None) -> dict[str, str]:
    """The external keys of records that are not linked yet."""
    if key_field is None:
        return {}
    items = ((external_id, batch.good[external_id][0].record) for external_id in newcomers)
    payloads = ((i, record.content if isinstance(record, Packed) else record.payload) for i, record in items)
    return {i: key for i, payload in payloads if isinstance(key := payload.get(key_field), str) and key}


def _keys(batch: _Batch, mapped: CompiledObject) -> identity.Keys:
    """The values of the hard keys of each record; empty where the mapping names none."""
    if not mapped.keys:
        return {}
    columns = [column.name for column in mapped.kind.columns]
    places = [(name, columns.index(name)) for name in mapped.keys]
    return {
        external_id: {name: identity.key_values(mapped.kind.name, name, found.values[at]) for name, at in places}
        for external_id, (_, found) in batch.good.items()
    }


def _write(tx: LedgerTx, rows: dict[str, tuple[RecordRow, Item]], waiting: frozenset[str], scope: Scope) -> Counts:
    kind = scope.mapped.kind
    plain = [row for row, _ in rows.values()]
    _, first = next(iter(rows.values()), (None, None))
    watch = waiting if isinstance(first, Pending) else None  # what is read again has moved only if it waited
    written = records.write(tx, kind, plain, source=scope.source, now_us=scope.now_us, watch=watch)
    moves = [move for move in written.moves if move.field not in scope.filled] if scope.filled else written.moves
    moved = {move.record_id: rows[move.record_id] for move in moves}
    looks = {record_id: _look(item, scope) for record_id, (_, item) in moved.items()}
    observation.keep(tx, kind, moves, rows={i: row for i, (row, _) in moved.items()}, looks=looks)
    return Counts(written=written.inserted, updated=written.updated)


def _look(item: Item, scope: Scope) -> Look:
    """Between which looks a record moved. A mended mapping is no move; what waited for one moved while it waited."""
    if isinstance(item, Pending):
        modified = item.record.modified
        return Look(None, item.seen_us, None if modified is None else to_us(modified))
    known = [us for us in (scope.looked_us, item.before_us) if us is not None]
    return Look(max(known, default=None), scope.now_us, item.record.modified_us)


def _delete(tx: LedgerTx, gone: Sequence[Item], scope: Scope, counts: Counts) -> int:
    """Marks what is gone; where the vendor has another record of the same one, its row is that one's from now on."""
    if not gone:
        return 0
    kind, source = scope.mapped.kind, scope.source
    identities.forget(tx, source.connection_id, source.object, [item.record.external_id for item in gone])
    known = {item.record.external_id: item.record_id for item in gone if item.record_id is not None}
    foreign = identity.foreign(tx, kind, known, source=source)
    ids = [record_id for external_id, record_id in known.items() if external_id not in foreign]
    deleted = records.set_lifecycle(tx, kind, ids, "deleted")
    if heirs := identity.heirs(tx, ids, source=source):
        counts.add(normalise(tx, raw.fetch(tx, source.connection_id, source.object, heirs), scope))
    return deleted


def _settle(
    tx: LedgerTx, items: Sequence[Item], problems: Sequence[Problem], waiting: frozenset[str], scope: Scope
) -> None:
    """Quarantine agrees with the batch, and every raw record counts as read by this mapping."""
    source = scope.source
    where = (source.connection_id, source.object)
    if problems:
        quarantine.put(tx, *where, problems, run_id=scope.run_id, now_us=scope.now_us, mapping_id=source.mapping_id)
    if healed := waiting - {problem.external_id for problem in problems}:
        quarantine.resolve(tx, *where, healed, now_us=scope.now_us)
    raw.mark(tx, [item.raw_id for item in items if isinstance(item, Pending)], source.mapping_id)


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
