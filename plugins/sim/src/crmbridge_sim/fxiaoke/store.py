"""The tenant's records in SQLite in memory: one table an object, one column a field.

Columns hold plain values: people as plain ids, numbers as scaled whole numbers, times in ms, lists as JSON text. What a
caller sees is made by ``rendering``. ``$born`` is the ms a row came to the index (0 = seeded).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmbridge_sim.fxiaoke.schema import Obj

Values = dict[str, Any]
DERIVED = frozenset({"_id", "owner_department", "owner_department_id", "is_deleted"})
KEPT = frozenset({"version", "last_modified_time", "last_modified_by", "$born"})  # told by themselves, not as changes


@dataclass(frozen=True, slots=True)
class Change:
    """One change, told to listeners (events, log): what was done, before and after."""

    object: str
    id: str
    operation: str  # create update invalid recover delete change_owner lock team compute
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    at_ms: int
    user: str

    @property
    def fields(self) -> list[str]:
        """The fields whose value is another one now."""
        return [name for name, value in self.after.items() if name not in KEPT and self.before.get(name) != value]


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class Store:
    """The tables; every method is called under the simulator's lock."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None, cached_statements=512)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=MEMORY"):
            self.db.execute(f"PRAGMA {pragma}")
        self.version_step = 1
        self.listeners: list[Callable[[Change], None]] = []
        self.deleted: dict[str, dict[str, int]] = {}  # object -> id -> ms, for the state dump alone
        self.hidden: dict[str, set[str]] = {}  # ids nobody sees for now (backdoor)

    def create_table(self, obj: Obj) -> None:
        """Makes the object's table."""
        columns = tuple(name for name in obj.fields if name not in DERIVED)
        made = ", ".join(["_id TEXT PRIMARY KEY", *(quoted(name) for name in columns), '"$born" INTEGER DEFAULT 0'])
        self.db.execute(f"CREATE TABLE {quoted(obj.api_name)} ({made}) WITHOUT ROWID")
        self.deleted[obj.api_name] = {}

    def index(self, obj: Obj) -> None:
        """The index of incremental reads, which counts them too; made after seeding, when it is cheapest."""
        self.db.execute(
            f"CREATE INDEX IF NOT EXISTS {quoted(obj.api_name + '.lmt')}"
            f" ON {quoted(obj.api_name)} (last_modified_time, _id, life_status)"
        )
        for field in obj.fields.values():
            # what a write has to look up: unique values, and an account's opportunities
            if field.unique or (field.api_name == "account_id" and obj.api_name.endswith("OpportunityObj")):
                name = f"{obj.api_name}.{field.api_name}"
                self.db.execute(
                    f"CREATE INDEX IF NOT EXISTS {quoted(name)} ON {quoted(obj.api_name)} ({quoted(field.api_name)})"
                )

    def add_column(self, obj: Obj, name: str) -> None:
        """Gives the table a column for a new field."""
        self.db.execute(f"ALTER TABLE {quoted(obj.api_name)} ADD COLUMN {quoted(name)}")

    def get(self, name: str, record_id: str) -> Values | None:
        """A row by its id; None when there is none."""
        cursor = self.db.execute(f"SELECT * FROM {quoted(name)} WHERE _id = ?", (record_id,))
        row = cursor.fetchone()
        return None if row is None else dict(zip((one[0] for one in cursor.description), row, strict=True))

    def count(self, name: str) -> int:
        """How many rows the object has, 作废 ones too."""
        return int(self.db.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])

    def names(self, name: str, record_ids: Sequence[str]) -> dict[str, str]:
        """The names of some records."""
        marks = ", ".join("?" * len(record_ids))
        return dict(self.db.execute(f"SELECT _id, name FROM {quoted(name)} WHERE _id IN ({marks})", record_ids))

    def find(self, name: str, field: str, value: object) -> list[Values]:
        """Rows that have this value in a field."""
        cursor = self.db.execute(f"SELECT * FROM {quoted(name)} WHERE {quoted(field)} = ? ORDER BY _id", (value,))
        heads = [one[0] for one in cursor.description]
        return [dict(zip(heads, row, strict=True)) for row in cursor]

    def insert_many(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Puts many rows in, silently: for seeding."""
        heads = ", ".join(quoted(one) for one in columns)
        marks = ", ".join("?" * len(columns))
        self.db.executemany(f"INSERT INTO {quoted(name)} ({heads}) VALUES ({marks})", rows)

    def insert(self, name: str, values: Values, *, at_ms: int, user: str) -> str:
        """Puts one record in and tells the listeners."""
        self.insert_many(name, tuple(values), [tuple(values.values())])
        self.tell(Change(name, values["_id"], "create", {}, values, at_ms, user))
        return str(values["_id"])

    def update(
        self,
        name: str,
        record_id: str,
        changes: Values,
        *,
        at_ms: int,
        user: str,
        operation: str = "update",
        move: bool = True,
    ) -> None:
        """Changes a record, which must be there; ``move`` moves its modified time. Computing leaves ``version``."""
        before = self.get(name, record_id)
        if before is None:
            raise KeyError(f"{name} has no record {record_id}")
        stamped = dict(changes)
        if move or operation != "compute":
            stamped["version"] = (before["version"] or 0) + self.version_step
        if move:
            stamped |= {"last_modified_time": at_ms, "last_modified_by": user}
        sets = ", ".join(f"{quoted(one)} = ?" for one in stamped)
        self.db.execute(f"UPDATE {quoted(name)} SET {sets} WHERE _id = ?", (*stamped.values(), record_id))
        self.tell(Change(name, record_id, operation, before, {**before, **stamped}, at_ms, user))

    def delete(self, name: str, record_id: str, *, at_ms: int, user: str) -> None:
        """Takes a record away for good."""
        before = self.get(name, record_id)
        if before is None:
            raise KeyError(f"{name} has no record {record_id}")
        self.db.execute(f"DELETE FROM {quoted(name)} WHERE _id = ?", (record_id,))
        self.deleted[name][record_id] = at_ms
        self.tell(Change(name, record_id, "delete", before, {}, at_ms, user))

    def tell(self, change: Change) -> None:
        """Tells every listener of a change."""
        for listener in self.listeners:
            listener(change)
