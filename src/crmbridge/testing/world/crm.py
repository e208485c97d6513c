"""A CRM that exists only here: records with all their versions, lists that lag behind, writes that may land late."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.model.instants import from_us, to_us
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.world.chronicle import Chronicle, Deed, Op, Who
from crmbridge.testing.world.habits import KEY, MARK, SPOILT, Habits
from crmbridge.testing.world.line import Line

SECOND_US = 1_000_000
Fields = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Version:
    """A record as it was from `at_us` on; lists and searches show it from `shown_us` on."""

    number: int
    fields: Fields
    at_us: int
    shown_us: int
    is_deleted: bool = False


@dataclass(slots=True)
class Row:
    """One record with everything it ever was."""

    external_id: str
    versions: list[Version] = field(default_factory=list)

    @property
    def now(self) -> Version:
        """As it is."""
        return self.versions[-1]

    def shown(self, now_us: int) -> Version | None:
        """As lists and searches show it; None while they do not know it."""
        return next((one for one in reversed(self.versions) if one.shown_us <= now_us), None)


@dataclass(slots=True)
class Late:
    """A write that will land at `due_us`. `calls` had been made when it was sent."""

    due_us: int
    external_id: str | None
    fields: Fields
    base: str | None
    is_delete: bool
    calls: int


@dataclass(slots=True)
class Crm:
    """The records, by vendor id. `writes` counts what the engine changed, `landed` are the deeds that came late.

    `told` is the latest version of each record that was ever given away, `heard` the latest that the engine had kept
    word of (by reading it, or as the answer to its write), and `unsettled` are writes that passed over a later one
    although they were conditional: it had the same revision.
    """

    habits: Habits
    clock: VirtualClock
    rng: random.Random
    chronicle: Chronicle
    rows: dict[str, Row] = field(default_factory=dict)
    late: list[Late] = field(default_factory=list)
    landed: set[int] = field(default_factory=set)
    told: dict[str, int] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    _unkept: dict[str, int] = field(default_factory=dict)
    unsettled: list[str] = field(default_factory=list)
    writes: int = 0
    line: Line = field(init=False)

    def __post_init__(self) -> None:
        self.line = Line(self.habits.name, self.clock)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.habits.name

    def now_us(self) -> int:
        """The time, as finely as it keeps it."""
        now_us = to_us(self.clock())
        return now_us - now_us % SECOND_US if self.habits.in_seconds else now_us

    def revision(self, version: Version) -> str:
        """What a write may be conditional on."""
        return from_us(version.at_us).isoformat() if self.habits.in_seconds else f"v{version.number}"

    def modified(self, version: Version) -> datetime:
        """When that version came to be."""
        return from_us(version.at_us)

    def live(self) -> list[Row]:
        """The records that are there."""
        return [row for row in self.rows.values() if not row.now.is_deleted]

    def get(self, external_id: str) -> Row | None:
        """A record by its id, at once and as it is; None for one that is deleted or never was."""
        row = self.rows.get(external_id)
        return None if row is None or row.now.is_deleted else row

    def refuses(self, fields: Fields) -> str | None:
        """The field that it does not take."""
        if not self.habits.refuses:
            return None
        return next((name for name, value in fields.items() if value is not None and SPOILT in value), None)

    # -- what the engine has been told

    def tell(self, row: Row, version: Version, *, is_read: bool = True) -> None:
        """The engine is given that version of a record, or hears that its write has made it."""
        self._unkept[row.external_id] = max(version.number, self._unkept.get(row.external_id, 0))
        if is_read:
            self.told[row.external_id] = max(version.number, self.told.get(row.external_id, 0))

    def keep(self) -> None:
        """The engine has kept what it was told."""
        self.heard |= {one: max(number, self.heard.get(one, 0)) for one, number in self._unkept.items()}
        self._unkept.clear()

    def forget(self) -> None:
        """The engine has died over what it was told since."""
        self._unkept.clear()

    # -- what people and the engine do

    def create(self, fields: Fields, *, who: Who) -> Row:
        """A new record, or the one that has the same external key where that is enforced."""
        key = fields.get(KEY)
        if self.habits.is_unique and key is not None:
            same = next((row for row in self.live() if row.now.fields.get(KEY) == key), None)
            if same is not None:
                return same
        row = Row(f"{self.name}-{len(self.rows) + 1}")
        self.rows[row.external_id] = row
        self._become(row, self._tidied(fields), who=who, op="create")
        return row

    def edit(self, row: Row, fields: Fields, *, who: Who, base: str | None = None) -> None:
        """Some fields of a record have other values."""
        is_blind = who == "engine" and base is not None and self.is_moved(row, base)
        self._become(row, {**row.now.fields, **self._tidied(fields)}, who=who, op="edit", is_blind=is_blind)

    def delete(self, row: Row, *, who: Who, base: str | None = None, calls: int | None = None) -> None:
        """The record is gone."""
        is_blind = who == "engine" and base is not None and self.is_moved(row, base)
        self._become(row, row.now.fields, who=who, op="delete", is_blind=is_blind, calls=calls)

    def restore(self, row: Row) -> None:
        """Somebody brings it back as it was."""
        self._become(row, row.now.fields, who="user", op="restore")

    def is_moved(self, row: Row, base: str) -> bool:
        """Whether the record is another than the one of that revision."""
        return self.revision(row.now) != base

    def land_late(self) -> None:
        """What was on its way for so long arrives now."""
        if not self.late:
            return
        now_us = to_us(self.clock())
        due = [one for one in self.late if one.due_us <= now_us]
        self.late = [one for one in self.late if one.due_us > now_us]
        for one in due:
            self.chronicle.tell(f"  late write lands in {self.name}")
            number = len(self.chronicle.deeds)
            self.take(one.external_id, one.fields, one.base, is_delete=one.is_delete, calls=one.calls)
            self.landed |= {*range(number, len(self.chronicle.deeds))}

    def take(
        self, external_id: str | None, fields: Fields, base: str | None, *, is_delete: bool, calls: int | None = None
    ) -> Row | str:
        """What the engine asks for: the record afterwards, or why not (`gone`, `stale`)."""
        if external_id is None:
            return self.create(fields, who="engine")
        row = self.get(external_id)
        if row is None:
            return "gone"
        if self.habits.is_conditional and base is not None and self.is_moved(row, base):
            return "stale"
        if calls is None and base == self.revision(row.now) and self.told.get(external_id, 0) < row.now.number:
            self.unsettled.append(f"{external_id} was written over its {row.now.number}. version, which nobody read")
        if is_delete:
            self.delete(row, who="engine", base=base, calls=calls)
        else:
            self.edit(row, fields, who="engine", base=base)
        return row

    def _tidied(self, fields: Fields) -> dict[str, str | None]:
        return {name: self.habits.tidied(name, value) for name, value in fields.items()}

    def _become(
        self, row: Row, fields: Fields, *, who: Who, op: Op, is_blind: bool = False, calls: int | None = None
    ) -> None:
        before = row.now.fields if row.versions else {}
        at_us = max(self.now_us(), row.now.at_us if row.versions else 0)
        shown_us = to_us(self.clock()) + int(self.rng.random() * self.habits.lag_s * SECOND_US)
        if row.versions:
            shown_us = max(shown_us, row.now.shown_us)
        deed, number = len(self.chronicle.deeds), len(row.versions) + 1
        row.versions.append(Version(number, dict(fields), at_us, shown_us, is_deleted=op == "delete"))
        self.writes += who == "engine"
        touched = {name: value for name, value in fields.items() if op != "edit" or before.get(name) != value}
        was = {name: before.get(name) for name in touched}
        place = (self.name, row.external_id, fields.get(MARK))
        calls = len(self.chronicle.calls) if calls is None else calls
        self.chronicle.add(Deed(deed, to_us(self.clock()), who, op, *place, was, touched, is_blind, calls))
