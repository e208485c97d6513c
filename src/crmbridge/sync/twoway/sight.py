"""What one side shows: the canonical values of its records, and the form it would give to a decided value.

Both come from the payloads that were landed and from the connection's own mapping; nothing is asked of the vendor. A
reference is the record of ours that it points at, so that two systems' ids for one customer are equal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from crmbridge.adapter.contract import Payload, RawRecord
from crmbridge.adapter.lens import LensFailure
from crmbridge.ledger import links, raw
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Place
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed, FieldFailure, Mapped
from crmbridge.model import kinds
from crmbridge.model.canonical import Value, canonical, plain
from crmbridge.model.instants import to_us
from crmbridge.model.kinds import FieldSpec, FieldType
from crmbridge.sync import fields_gone
from crmbridge.sync.asking import filled_fields
from crmbridge.sync.fields_gone import Gone
from crmbridge.sync.twoway import unheld
from crmbridge.sync.twoway.becoming import CLOSED, has_become
from crmbridge.sync.twoway.merging import UNSEEN, Unseen
from crmbridge.sync.twoway.one_way import DOINGS, Donor, Recipient, one_place
from crmbridge.sync.twoway.pairs import End


@dataclass(frozen=True, slots=True)
class Seen:
    """One record as one side shows it.

    `values` lacks fields that cannot be told: a reference nobody has read yet, one that the source has no more.
    `has_become` says that it is a lead that was converted: nobody can write it any more.
    """

    external_id: str
    object: str
    payload: Payload
    revision: str | None
    modified_us: int | None
    values: dict[str, Value]
    is_deleted: bool = False
    has_become: bool = False


@dataclass(slots=True)
class Sight:
    """One end's records of a kind, for one transaction."""

    tx: LedgerTx
    end: End
    kind: str
    fields: frozenset[str]
    targets: dict[tuple[str, str], str] = field(default_factory=dict)
    """(object, vendor id) of what records point at -> the record of ours."""
    places: dict[tuple[str, str], list[tuple[int, str, str]]] = field(default_factory=dict)
    """(kind, record of ours) -> where this end holds it."""
    promised: dict[tuple[str, str], str] = field(default_factory=dict)
    """(kind, record of ours) -> what stands for its id until it is made here."""
    told: dict[str, frozenset[str]] = field(default_factory=dict)
    """The fields that each object of a migration tells."""
    gone: Gone = field(init=False)
    """What this end's source has no more: a record that lacks it does not tell it, which is not the same as empty."""

    def __post_init__(self) -> None:
        self.gone = fields_gone.known(self.tx, self.end.connection_id)

    def see(self, object_name: str, external_ids: Sequence[str]) -> dict[str, Seen]:
        """The records of those ids that were landed and that the mapping can read."""
        kept = raw.fetch(self.tx, self.end.connection_id, object_name, external_ids)
        return self.seen_in([item.record for item in kept])

    def at(self, objects: Iterable[CompiledObject], places: Iterable[Place | None]) -> dict[str, Seen]:
        """The records that stand at those places, in whichever of the objects, by their vendor ids."""
        ids = sorted({place.external_id for place in places if place is not None})
        return {key: seen for one in objects for key, seen in self.see(one.object, ids).items()}

    def seen_in(self, records: Sequence[RawRecord], *, all_of_it: bool = False) -> dict[str, Seen]:
        """As `see`, of records of one object that are at hand; `all_of_it`: with what a migration looks at nowhere."""
        if not records:
            return {}
        compiled = self.end.mapping.object(records[0].object)
        read = [(record, compiled.read(record.payload)) for record in records]
        self._resolve(compiled, [found for _, found in read if isinstance(found, Mapped)])
        seen: dict[str, Seen] = {}
        for record, found in read:
            if isinstance(found, Failed) and not record.deleted:
                continue
            values = {} if isinstance(found, Failed) else self._values(compiled, found, all_of_it=all_of_it)
            become = isinstance(found, Mapped) and has_become(compiled.kind.name, found.values)
            for name in self._untold(compiled, record.payload) | (CLOSED if become else frozenset()):
                values.pop(name, None)
            modified_us = None if record.modified is None else to_us(record.modified)
            place = (record.external_id, record.object, record.payload, record.revision, modified_us)
            if not (isinstance(self.end, Donor) and become):
                seen[record.external_id] = Seen(*place, values, record.deleted, become)
        if isinstance(self.end, Donor) and "owner" in self.fields:
            self.end.owned(self.tx, (one.values for one in seen.values() if not one.is_deleted))
        if isinstance(self.end, Donor) and self.kind in DOINGS:
            self.end.followed(self.tx, [one.values for one in seen.values() if not one.is_deleted])
        return seen

    def _untold(self, compiled: CompiledObject, payload: Payload) -> frozenset[str]:
        """The fields whose vendor field is gone, and of which this record keeps nothing from before."""
        lost = self.gone.get(compiled.object)
        return filled_fields(compiled, lost - payload.keys()) if lost else frozenset()

    def _told(self, compiled: CompiledObject) -> frozenset[str]:
        """The fields that a record of an object tells: where a kind has several objects, not each tells all."""
        if not isinstance(self.end, Donor | Recipient):
            return self.fields
        if compiled.object not in self.told:
            self.told[compiled.object] = self.fields & self.end.tells(compiled)
        return self.told[compiled.object]

    def know(self, values: Iterable[tuple[str, Value | Unseen]]) -> None:
        """Looks up where this end holds the records that decided references mean: (field, value) pairs."""
        wanted: dict[str, set[str]] = {}
        for name, value in values:
            target = _spec(self.kind, name).target
            if target is not None and isinstance(value, str) and (target, value) not in self.places:
                wanted.setdefault(target, set()).add(value)
        for target, ids in wanted.items():
            found = links.places(self.tx, target, sorted(ids), self.end.connection_id)
            self.places |= {(target, record_id): found.get(record_id, []) for record_id in ids}
            if isinstance(self.end, Recipient):
                told = self.end.promised(self.tx, target, ids - found.keys())
                self.promised |= {(target, record_id): promise for record_id, promise in told.items()}

    def shows(self, seen: Seen, name: str, value: Value | Unseen) -> Value | Unseen:
        """How this record would show a value after it was written; UNSEEN where it cannot be written."""
        if isinstance(value, Unseen) or seen.values.get(name, UNSEEN) == value:
            return value
        compiled = self.end.mapping.object(seen.object)
        written = self.written(compiled, {name: value}, beside=seen)
        if isinstance(written, Failed):
            return UNSEEN
        found = compiled.read({**seen.payload, **written})
        if isinstance(found, Failed):
            return UNSEEN
        self._resolve(compiled, [found])
        return self._values(compiled, found).get(name, UNSEEN)

    def written(
        self, compiled: CompiledObject, values: Mapping[str, Value], *, beside: Seen | None = None
    ) -> dict[str, object] | Failed:
        """The vendor fields for canonical values, or every one that cannot be written.

        `beside` is the record that is changed: a stage is of its pipeline where the patch names none.
        """
        patch: dict[str, object] = {}
        failures: list[FieldFailure] = []
        for name, value in values.items():
            spec = _spec(self.kind, name)
            if spec.type is not FieldType.REF:
                patch[name] = plain(spec, value, self.end.zone)
            elif (vendor_id := self._vendor_id(compiled, name, value)) is not None or value is None:
                patch[name] = vendor_id
            else:
                failures.append(FieldFailure(name, None, None, _not_there(name)))
        if failures:
            return Failed(tuple(failures))
        told = {"pipeline", "stage"} & patch.keys() == {"stage"}
        pipeline = beside.values.get("pipeline") if told and beside is not None else None
        payload = None if beside is None else beside.payload
        found = compiled.write(patch if pipeline is None else {"pipeline": pipeline, **patch}, beside=payload)
        if isinstance(found, Failed) and pipeline is not None:
            found = compiled.write(patch, beside=payload)
        return (
            unheld.held(self.end, compiled, found)
            if isinstance(self.end, Recipient) and not isinstance(found, Failed)
            else found
        )

    def _vendor_id(self, compiled: CompiledObject, name: str, value: Value) -> str | None:
        """What this end calls the record that a reference means, in the object that the field points at."""
        target, objects = _spec(self.kind, name).target or "", compiled.ref_targets.get(name, ())
        if (target, str(value)) not in self.places:
            self.know([(name, value)])
        held = self.places.get((target, str(value)), [])
        here = (external_id for _, object_name, external_id in held if object_name in objects)
        return next(here, None) or self.promised.get((target, str(value)))

    def _resolve(self, compiled: CompiledObject, rows: Sequence[Mapped]) -> None:
        for name, objects in compiled.ref_targets.items():
            if name not in self.fields:
                continue
            at, _ = _slots(self.kind)[name]
            wanted = {str(value) for row in rows if (value := row.values[at]) is not None}
            for object_name in objects:
                missing = sorted(value for value in wanted if (object_name, value) not in self.targets)
                found = links.resolve(self.tx, self.end.connection_id, object_name, missing) if missing else {}
                self.targets |= {(object_name, value): record_id for value, record_id in found.items()}

    def _values(self, compiled: CompiledObject, found: Mapped, *, all_of_it: bool = False) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for name in self.fields if all_of_it else self._told(compiled):
            at, width = _slots(self.kind)[name]
            spec = _spec(self.kind, name)
            value = canonical(spec, found.values[at : at + width])
            if spec.type is FieldType.REF and value is not None:
                targets = compiled.ref_targets.get(name, ())
                held = (self.targets.get((target, str(value))) for target in targets)
                record_id = next((one for one in held if one is not None), None)
                if record_id is None:
                    continue
                value = record_id
            values[name] = value
        if isinstance(self.end, Recipient) and self.kind in DOINGS and not all_of_it:
            for names in one_place(compiled):
                if any(values.get(name) is not None for name in names):
                    values = {name: value for name, value in values.items() if name not in names or value is not None}
        return values


def _not_there(name: str) -> LensFailure:
    return LensFailure("what {field} points at is not in this system yet", {"field": name})


@cache
def _slots(kind_name: str) -> dict[str, tuple[int, int]]:
    """For each field where its columns begin in a row, and how many there are."""
    spec = kinds.kind(kind_name)
    at = {column.name: number for number, column in enumerate(spec.columns)}
    return {name: (at[one.columns[0].name], len(one.columns)) for name, one in spec.fields.items()}


def _spec(kind_name: str, name: str) -> FieldSpec:
    return kinds.kind(kind_name).field(name)
