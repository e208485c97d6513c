"""Neutral records: rows written where they differ, references filled in, and records read for everyone outside."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import TextClause, bindparam, select, text, update

from crmbridge.ledger import bulk, links, public, streams
from crmbridge.ledger.changes import next_change
from crmbridge.ledger.reading import count, find, read
from crmbridge.ledger.schema import KIND_TABLES, link, unresolved
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.versions import named_versions
from crmbridge.model import kinds
from crmbridge.model.kinds import FieldSpec, KindSpec

__all__ = (
    "WATCHED",
    "FieldMove",
    "RecordRow",
    "Source",
    "Written",
    "count",
    "find",
    "read",
    "resolve_references",
    "retire",
    "set_lifecycle",
    "write",
)


class RecordRow(NamedTuple):
    """One row to write. `values` are aligned with `kind.columns`; the last three before `lifecycle` are JSON texts.

    `is_new` says that the id was made in this transaction, so nothing needs to be looked up. `seen_us` is when it was
    delivered, where that is not now; `version` the hash of its canonical values, where that was taken already.
    """

    id: str
    external_id: str
    values: tuple[object, ...]
    custom: str | None = None
    stage_dates: str | None = None
    issues: str | None = None
    revision: str | None = None
    lifecycle: str = "active"
    is_new: bool = False
    seen_us: int | None = None
    version: int | None = None


@dataclass(frozen=True)
class Source:
    """Where a batch of rows comes from.

    `ref_targets` names for each mapped reference the vendor objects that its ids are of, the likeliest first; `unknown`
    the fields that this mapping never fills. `resolved` remembers for each reference the records of vendor ids that
    were linked before: who shares it between transactions empties it when one of them fails.
    """

    connection_id: int
    connection: str
    object: str
    mapping_id: int
    ref_targets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    resolved: dict[str, dict[str, str]] = field(default_factory=dict, compare=False)


class FieldMove(NamedTuple):
    """A watched field of a record that was there before: its old and new value as in the public record."""

    record_id: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch; `moves` are the changes of watched fields (`WATCHED`) of records that were there."""

    inserted: int
    updated: int
    unchanged: int
    moves: list[FieldMove]


WATCHED: dict[str, tuple[str, ...]] = {
    "deal": ("pipeline", "stage", "category", "amount", "expected_close", "owner", "probability"),
    "lead": ("pipeline", "stage", "status", "owner", "tier"),
    "account": ("owner", "tier", "status"),
}
"""The fields whose past matters."""


_HEAD = ("id", "external_id", "subject_id", "version", "revision")
_FIXED = ("connection_id", "object", "mapping_id", "change_no")
_SEEN = ("first_seen_us", "last_seen_us", "lifecycle")
_JSON = ("custom", "stage_dates", "issues")
_KEPT = ("connection_id", "object", "external_id", "subject_id", "first_seen_us")
_JSON_AT = RecordRow._fields.index(_JSON[0])
_MOST_RESOLVED = 50_000
_STAMPED = ("mapping_id", "revision", "last_seen_us")


def write(
    tx: LedgerTx,
    kind: KindSpec,
    rows: Sequence[RecordRow],
    *,
    source: Source,
    now_us: int,
    watch: Container[str] | None = None,
) -> Written:
    """Writes the rows that differ from what is kept, under this transaction's change number.

    A row whose canonical values (values, custom, stage_dates, issues) and lifecycle are the same writes nothing,
    unless its mapping or revision moved: then only those are stamped and the change number stays. References get
    their ids where the target is linked already; the others are for `resolve_references`. A record keeps the subject
    id of its first source, and stays merged once it is. `watch` names the vendor ids whose moves are wanted (None:
    all). Ids differ within a batch (ValueError). ContractError for text that cannot be stored (NUL, lone surrogates).
    """
    if len({row.id for row in rows}) != len(rows):
        raise ValueError("two rows of one batch have the same id")
    known = [row.id for row in rows if not row.is_new]
    if not known:  # nothing to compare with: a first sync
        _put(tx, kind, list(zip(rows, _digests(rows), strict=True)), source=source, now_us=now_us)
        return Written(len(rows), 0, 0, [])
    stored = _stored(tx, kind, known)
    changed: list[tuple[RecordRow, int]] = []
    stamped: list[tuple[object, ...]] = []
    read_again: list[RecordRow] = []
    moves: list[FieldMove] = []
    for row, digest in zip(rows, _digests(rows), strict=True):
        old = stored.get(row.id)
        if old is None:
            changed.append((row, digest))
        elif old.version != digest or old.lifecycle not in {row.lifecycle, "merged"}:
            changed.append((row if old.lifecycle != "merged" else row._replace(lifecycle="merged"), digest))
            if watch is None or row.external_id in watch:
                moves += _moves(kind, row, old)
        elif (old.mapping_id, old.revision) != (source.mapping_id, row.revision):
            if old.mapping_id != source.mapping_id:
                read_again.append(row)
            stamped.append((source.mapping_id, row.revision, row.seen_us or now_us, row.id))
    _put(tx, kind, changed, source=source, now_us=now_us)
    bulk.update(tx, kind.name, _STAMPED, stamped)
    _point_again(tx, kind, read_again, source=source)
    updated = sum(1 for row, _ in changed if row.id in stored)
    return Written(len(changed) - updated, updated, len(rows) - len(changed), moves)


class _Stored(NamedTuple):
    version: int
    mapping_id: int
    revision: str | None
    lifecycle: str
    watched: tuple[Any, ...]


def _stored(tx: LedgerTx, kind: KindSpec, ids: Sequence[str]) -> dict[str, _Stored]:
    watched = [name for spec in _watched(kind) for name, _ in _places(kind.name)[spec.name]]
    rows = bulk.kept(tx, kind.name, ("version", "mapping_id", "revision", "lifecycle", *watched), ids)
    return {row[0]: _Stored(row[1], row[2], row[3], row[4], row[5:]) for row in rows}


def _digests(rows: Sequence[RecordRow]) -> Sequence[int]:
    """The hash of each row's canonical values."""
    taken = [row.version for row in rows if row.version is not None]
    if len(taken) == len(rows):
        return taken
    return named_versions([row[2:6] for row in rows], [row.id for row in rows])


def _watched(kind: KindSpec) -> list[FieldSpec]:
    return [kind.fields[name] for name in WATCHED.get(kind.name, ())]


@cache
def _places(kind_name: str) -> dict[str, list[tuple[str, int]]]:
    """For each field its columns and where they stand in `kind.columns`."""
    spec = kinds.kind(kind_name)
    at = {column.name: number for number, column in enumerate(spec.columns)}
    return {name: [(c.name, at[c.name]) for c in field.columns] for name, field in spec.fields.items()}


def _moves(kind: KindSpec, row: RecordRow, old: _Stored) -> Iterator[FieldMove]:
    start = 0
    for spec in _watched(kind):
        places = _places(kind.name)[spec.name]
        before = old.watched[start : start + len(places)]
        after = tuple(row.values[position] for _, position in places)
        start += len(places)
        if before != after:
            yield FieldMove(row.id, spec.name, public.value(spec, before), public.value(spec, after))


def _put(
    tx: LedgerTx, kind: KindSpec, changed: Sequence[tuple[RecordRow, int]], *, source: Source, now_us: int
) -> None:
    if not changed:
        return
    rows = [row for row, _ in changed]
    layout = _layout(kind.name, source.unknown, frozenset(source.ref_targets), *_variety(rows))
    targets = _targets(tx, layout.shape, rows, source=source)
    references = zip(*(map(found.get, [row.values[at] for row in rows]) for at, found in targets), strict=True)
    pick, before = _picker(layout.shape.positions), source.connection + ":"
    fixed: list[object] = [source.connection_id, source.object, source.mapping_id, next_change(tx)]
    seen: tuple[object, ...] = ()
    if not layout.seen:
        fixed += [now_us, now_us, "active"]
    written = []
    for (row, digest), ids in zip(changed, references if targets else repeat(()), strict=False):
        record_id, external_id, values, _, _, _, revision, lifecycle, _, seen_us, _ = row
        extra = [row[at] for at in layout.extra] if layout.extra else ()
        if layout.seen:
            seen = (seen_us or now_us, seen_us or now_us, lifecycle)
        written.append(
            (record_id, external_id, before + external_id, digest, revision, *pick(values), *ids, *seen, *extra)
        )
    bulk.upsert(tx, layout.plan, written, fixed=fixed)


def _variety(rows: Sequence[RecordRow]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that differ from row to row only in some batches: none where all are seen now, active and plain."""
    is_even = all(row.seen_us is None and row.lifecycle == "active" for row in rows)
    return () if is_even else _SEEN, tuple(
        name for at, name in enumerate(_JSON, _JSON_AT) if any(row[at] is not None for row in rows)
    )


def _point_again(tx: LedgerTx, kind: KindSpec, rows: Sequence[RecordRow], *, source: Source) -> None:
    """References of rows that another mapping reads the same may be of another object now: they are looked up again."""
    shape = _shape(kind.name, source.unknown, frozenset(source.ref_targets))
    if not rows or not shape.references:
        return
    columns = tuple(f"{name}_id" for name, _ in shape.references)
    kept = {row[0]: tuple(row[1:]) for row in bulk.kept(tx, kind.name, columns, [row.id for row in rows])}
    targets = _targets(tx, shape, rows, source=source)
    found = [(row.id, tuple(known.get(row.values[position]) for position, known in targets)) for row in rows]
    moved = [(row_id, ids) for row_id, ids in found if kept[row_id] != ids]
    if moved:
        change_no = next_change(tx)
        bulk.update(tx, kind.name, (*columns, "change_no"), [(*ids, change_no, row_id) for row_id, ids in moved])


class _Shape(NamedTuple):
    """What a source can fill: columns with their places in a row's values, and references with theirs."""

    columns: tuple[str, ...]
    positions: tuple[int, ...]
    references: tuple[tuple[str, int], ...]


@cache
def _shape(kind_name: str, unknown: frozenset[str], references: frozenset[str]) -> _Shape:
    kind = kinds.kind(kind_name)
    places = [place for name in kind.fields if name not in unknown for place in _places(kind_name)[name]]
    resolved = [name for name in sorted(references) if name not in unknown]
    at = {name: _places(kind_name)[name][0][1] for name in resolved}
    columns = (*(name for name, _ in places), *(f"{name}_id" for name in resolved))
    return _Shape(columns, tuple(position for _, position in places), tuple(at.items()))


class _Layout(NamedTuple):
    """How a batch is written: row by row only what differs; `extra` are the places of its JSON texts."""

    plan: bulk.Upsert
    shape: _Shape
    seen: tuple[str, ...]
    extra: tuple[int, ...]


@cache
def _layout(
    kind_name: str,
    unknown: frozenset[str],
    references: frozenset[str],
    seen: tuple[str, ...],
    texts: tuple[str, ...],
) -> _Layout:
    kind, shape = kinds.kind(kind_name), _shape(kind_name, unknown, references)
    every = [*(column.name for column in kind.columns), *(f"{ref.name}_id" for ref in kind.references), *_JSON]
    filled = (*shape.columns, *seen, *texts)
    plan = bulk.Upsert(
        table=kind_name,
        columns=(*_HEAD, *filled),
        key=("id",),
        guard=("version", "lifecycle"),
        keep=_KEPT,
        cleared=tuple(name for name in every if name not in filled),
        fixed=(*_FIXED, *(() if seen else _SEEN)),
    )
    return _Layout(plan, shape, seen, tuple(_JSON_AT + _JSON.index(name) for name in texts))


def _targets(
    tx: LedgerTx, shape: _Shape, rows: Sequence[RecordRow], *, source: Source
) -> list[tuple[int, dict[Any, str]]]:
    """For each reference where its value stands in a row, and the records that these values are."""
    found = []
    for name, position in shape.references:
        known = source.resolved.setdefault(name, {})
        if len(known) > _MOST_RESOLVED:
            known.clear()
        wanted = {row.values[position] for row in rows} - known.keys() - {None}
        for target in source.ref_targets[name]:
            ids = [str(value) for value in wanted - known.keys()]
            known |= links.resolve(tx, source.connection_id, target, ids) if ids else {}
        found.append((position, known))
    return found


def _picker(positions: Sequence[int]) -> Any:  # noqa: ANN401 - itemgetter, whose type depends on the count
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda values: tuple(values[position] for position in positions)


def resolve_references(tx: LedgerTx, kind: KindSpec, *, source: Source, since_change: int | None = None) -> int:
    """Fills in the ids of references whose target is linked by now; how many references were filled.

    `since_change` looks only at rows of that change number and later; None at every open one (an index holds them, so
    a run that has none pays nothing). Rows that are filled get this transaction's change number.
    """
    filled = 0
    for name, target in ((name, one) for name, targets in source.ref_targets.items() for one in targets):
        stream_id = streams.find(tx, source.connection_id, target)
        said = {"connection": source.connection_id, "object": source.object, "stream": stream_id, "since": since_change}
        is_there, fill = _resolving(kind.name, name, is_since=since_change is not None)
        if tx.execute(is_there, said).first() is not None:
            filled += tx.execute(fill, said | {"change": next_change(tx)}).rowcount
    return filled


@cache
def _resolving(kind_name: str, name: str, *, is_since: bool) -> tuple[TextClause, TextClause]:
    """Whether a reference of that name can be filled in, and what fills them: put into words once for all syncs."""
    table = KIND_TABLES[kind_name]
    reference, known = table.c[f"{name}_ref"], table.c[f"{name}_id"]
    found = select(link.c.record_id).where(link.c.stream_id == bindparam("stream"), link.c.external_id == reference)
    conditions = [
        table.c.connection_id == bindparam("connection"),
        table.c.object == bindparam("object"),
        unresolved(table, kinds.kind(kind_name)),
        reference.is_not(None),
        known.is_(None),
        found.exists(),
    ]
    if is_since:
        conditions.append(table.c.change_no >= bindparam("since"))
    values = {known: found.scalar_subquery(), table.c.change_no: bindparam("change")}
    looked, filling = select(table.c.id).where(*conditions), update(table).where(*conditions).values(values)
    return text(f"{looked} LIMIT 1"), text(str(filling))


def retire(tx: LedgerTx, kind: KindSpec, *, source: Source) -> int:
    """Deletes what the object was read as while its mapping named another kind; how many rows there were."""
    retired = 0
    for name, table in KIND_TABLES.items():
        conditions = [
            table.c.connection_id == source.connection_id,
            table.c.object == source.object,
            table.c.lifecycle != "deleted",
        ]
        if name == kind.name or tx.execute(select(table.c.id).where(*conditions).limit(1)).first() is None:
            continue
        values = {"lifecycle": "deleted", "change_no": next_change(tx)}
        retired += tx.execute(update(table).where(*conditions).values(values)).rowcount
    return retired


def set_lifecycle(tx: LedgerTx, kind: KindSpec, ids: Sequence[str], lifecycle: str) -> int:
    """Moves records to a state (active, suspect, archived, deleted); how many were not in it yet.

    Those that move get this transaction's change number.
    """
    moved = [row[0] for row in bulk.kept(tx, kind.name, ("lifecycle",), ids) if row[1] != lifecycle]
    if moved:
        change_no = next_change(tx)
        bulk.update(tx, kind.name, ("lifecycle", "change_no"), [(lifecycle, change_no, row_id) for row_id in moved])
    return len(moved)
