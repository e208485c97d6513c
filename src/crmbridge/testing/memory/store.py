"""What the CRM in memory holds: objects of rows, each with a revision, a modified time and a change number.

People edit here as they would in a vendor's screens, behind any adapter.
"""

import copy
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.testing.clock import VirtualClock

KEY_FIELD = "external_key"
"""The unique field that every object has, for the correlation key of a create."""


@dataclass(slots=True)
class Row:
    """One record, live or deleted. `change_no` is the number of its last change among all changes of the store."""

    external_id: str
    fields: dict[str, object]
    change_no: int
    modified: datetime
    revision: int = 1
    deleted: bool = False

    def payload(self) -> dict[str, object]:
        """A copy of what the CRM hands out."""
        return {"id": self.external_id, **copy.deepcopy(self.fields)}


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One deletion. It stays where its record is restored."""

    external_id: str
    change_no: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """One change of a record's stage, the first one from nothing."""

    external_id: str
    from_label: str | None
    to_label: str
    change_no: int
    at: datetime


@dataclass(slots=True)
class MemoryStore:
    """Objects by name with the names of their fields. Every change is a second later than the one before.

    `stage_fields` names for each object the field whose changes are kept as history; `types` the type of a field, by
    object and name, where only values of it are welcome: text, number or date.
    """

    objects: Mapping[str, Sequence[str]]
    clock: VirtualClock = field(default_factory=VirtualClock)
    org_id: str = "memory-org"
    token: str | None = None
    change_no: int = 0
    writes: int = 0
    stage_fields: Mapping[str, str] = field(default_factory=dict)
    types: dict[tuple[str, str], str] = field(default_factory=dict)
    _deleted: dict[str, list[Tombstone]] = field(default_factory=dict)
    _moves: dict[str, list[Move]] = field(default_factory=dict)
    _rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.objects = dict(self.objects)
        self._rows = {name: {} for name in self.objects}
        self._deleted = {name: [] for name in self.objects}
        self._moves = {name: [] for name in self.objects}

    def put(
        self, object_name: str, fields: Mapping[str, object], *, external_id: str | None = None, tick: bool = True
    ) -> str:
        """Adds a record and gives its id; `tick` false leaves it at the time of the change before."""
        number = self._step(tick=tick)
        new_id = external_id if external_id is not None else f"{object_name}-{next(self._numbers)}"
        row = self._rows[object_name][new_id] = Row(new_id, copy.deepcopy(dict(fields)), number, self.clock())
        self._keep_move(object_name, row, None)
        return new_id

    def edit(self, object_name: str, external_id: str, fields: Mapping[str, object], *, tick: bool = True) -> Row:
        """Changes some fields of a live record."""
        row = self._rows[object_name][external_id]
        before = self._stage(object_name, row)
        row.fields |= copy.deepcopy(dict(fields))
        self._touch(row, tick=tick)
        self._keep_move(object_name, row, before)
        return row

    def delete(self, object_name: str, external_id: str, *, tick: bool = True) -> None:
        """Turns a record into a tombstone."""
        row = self._rows[object_name][external_id]
        row.deleted = True
        self._touch(row, tick=tick)
        self._deleted[object_name].append(Tombstone(external_id, row.change_no, row.modified))

    def restore(self, object_name: str, external_id: str) -> None:
        """Brings a deleted record back as it was, at a later time."""
        row = self._rows[object_name][external_id]
        row.deleted = False
        self._touch(row, tick=True)

    def add_field(self, object_name: str, field_name: str, type_name: str) -> None:
        """The object has a new field, empty in every record."""
        self.objects = {**self.objects, object_name: (*self.objects[object_name], field_name)}
        self.types[object_name, field_name] = type_name

    def tombstones(self, object_name: str) -> Sequence[Tombstone]:
        """Every deletion there was, the oldest first."""
        return self._deleted[object_name]

    def moves(self, object_name: str) -> Sequence[Move]:
        """Every change of stage there was, the oldest first."""
        return self._moves[object_name]

    def purge(self, object_name: str, external_ids: Iterable[str]) -> None:
        """Those records are gone without a trace."""
        for external_id in external_ids:
            del self._rows[object_name][external_id]

    def row(self, object_name: str, external_id: str) -> Row | None:
        """The record under that id, deleted or not."""
        return self._rows[object_name].get(external_id)

    def live(self, object_name: str) -> list[Row]:
        """The live records, the one changed longest ago first."""
        rows = (row for row in self._rows[object_name].values() if not row.deleted)
        return sorted(rows, key=lambda row: row.change_no)

    def with_key(self, object_name: str, key: str) -> Row | None:
        """The live record that was created under that correlation key."""
        return next((row for row in self.live(object_name) if row.fields.get(KEY_FIELD) == key), None)

    def _stage(self, object_name: str, row: Row) -> str | None:
        label = row.fields.get(self.stage_fields.get(object_name, ""))
        return label if isinstance(label, str) else None

    def _keep_move(self, object_name: str, row: Row, before: str | None) -> None:
        label = self._stage(object_name, row)
        if label is not None and label != before:
            self._moves[object_name].append(Move(row.external_id, before, label, row.change_no, row.modified))

    def _touch(self, row: Row, *, tick: bool) -> None:
        row.change_no = self._step(tick=tick)
        row.revision += 1
        row.modified = self.clock()

    def _step(self, *, tick: bool) -> int:
        if tick:
            self.clock.advance(1)
        self.change_no += 1
        return self.change_no
