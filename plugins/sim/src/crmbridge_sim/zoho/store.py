"""The org's records in SQLite in memory: one table per module, one column per field.

A column keeps the plain value (seconds, bare ids, actual picklist texts); what a client sees is made by
``projection``. So a renamed account shows its new name in every deal without one Modified_Time moving, as in Zoho
(dossier 8, "related label changes"). Deleted records move to a table of their own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmbridge_sim.zoho.schema import Field, Module, Schema

Values = dict[str, Any]  # api name -> stored value


@dataclass(frozen=True, slots=True)
class Change:
    """One committed change, told to listeners (history, notifications, timeline); None before = created."""

    module: str
    id: int
    operation: str  # insert | update | delete | restore
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    at: int
    user: int
    source: str = "api"

    @property
    def fields(self) -> tuple[str, ...]:
        """The api names whose stored value is another one now."""
        before, after = self.before or {}, self.after or {}
        return tuple(name for name in {**before, **after} if before.get(name) != after.get(name))


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock on a record (dossier 2.13: Locking_Information__s)."""

    id: int
    reason: str
    at: int
    user: int


def quoted(name: str) -> str:
    """An api name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class Store:
    """The tables; every method is called under the simulator's lock."""

    def __init__(self, schema: Schema, *, first_id: int) -> None:
        self.schema = schema
        self.db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None, cached_statements=512)
        self.db.execute("PRAGMA journal_mode=OFF")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("PRAGMA temp_store=MEMORY")
        self._next_id = first_id
        self.listeners: list[Callable[[Change], None]] = []
        self._indexed: set[tuple[str, str]] = set()
        self.db.execute(
            "CREATE TABLE trash (id INTEGER PRIMARY KEY, module TEXT NOT NULL, display TEXT, kind TEXT NOT NULL,"
            " deleted_at INTEGER NOT NULL, deleted_by INTEGER, created_by INTEGER, body TEXT)"
        )
        self.db.execute("CREATE INDEX trash_module ON trash (module, deleted_at, id)")
        for module in schema:
            self.create_table(module)

    def next_id(self) -> int:
        """A new id of this org, ascending (dossier 4.1: digits in front are the org's)."""
        self._next_id += 1
        return self._next_id

    def reserve_ids(self, count: int) -> range:
        """Many ids at once, for seeding."""
        first = self._next_id + 1
        self._next_id += count
        return range(first, first + count)

    def create_table(self, module: Module) -> None:
        """Makes the module's table with the columns it has now."""
        columns = ", ".join(quoted(name) for name in module.fields)
        self.db.execute(f"CREATE TABLE {quoted(module.api_name)} (id INTEGER PRIMARY KEY, {columns})")

    def index(self, module: Module) -> None:
        """Makes the index every incremental read needs; done after seeding, when it is cheapest."""
        if "Modified_Time" in module and module.generated_type == "default":
            self.need_index(module, "Modified_Time")

    def need_index(self, module: Module, name: str) -> None:
        """Makes an index the first time somebody looks up this column; a million rows take about a second."""
        key = (module.api_name, name)
        if key in self._indexed:
            return
        self._indexed.add(key)
        collate = " COLLATE NOCASE" if module[name].storage == "text" else ""
        self.db.execute(
            f"CREATE INDEX IF NOT EXISTS {quoted(f'{module.api_name}.{name}')}"
            f" ON {quoted(module.api_name)} ({quoted(name)}{collate}, id)"
        )

    def add_column(self, module: Module, field: Field) -> None:
        """Gives the table a column for a new field."""
        self.db.execute(f"ALTER TABLE {quoted(module.api_name)} ADD COLUMN {quoted(field.api_name)}")

    def rename_column(self, module: Module, old: str, new: str) -> None:
        """Renames a column when an api name was changed."""
        self.db.execute(f"ALTER TABLE {quoted(module.api_name)} RENAME COLUMN {quoted(old)} TO {quoted(new)}")
        self._indexed.discard((module.api_name, new))

    def drop_column(self, module: Module, name: str) -> None:
        """Removes a column when a field was deleted."""
        self.db.execute(f"DROP INDEX IF EXISTS {quoted(f'{module.api_name}.{name}')}")
        self._indexed.discard((module.api_name, name))
        self.db.execute(f"ALTER TABLE {quoted(module.api_name)} DROP COLUMN {quoted(name)}")

    def get(self, module: str, record_id: int) -> Values | None:
        """The stored values of a live record, ``id`` included; None when there is none."""
        cursor = self.db.execute(f"SELECT * FROM {quoted(module)} WHERE id = ?", (record_id,))
        row = cursor.fetchone()
        return None if row is None else dict(zip((column[0] for column in cursor.description), row, strict=True))

    def exists(self, module: str, record_id: int) -> bool:
        """Whether a live record has this id."""
        return self.db.execute(f"SELECT 1 FROM {quoted(module)} WHERE id = ?", (record_id,)).fetchone() is not None

    def count(self, module: str) -> int:
        """How many live records the module has."""
        return int(self.db.execute(f"SELECT count(*) FROM {quoted(module)}").fetchone()[0])

    def display(self, module: str, record_id: int) -> str | None:
        """The name a lookup shows for a record."""
        column = quoted(self.schema[module].display_field)
        row = self.db.execute(f"SELECT {column} FROM {quoted(module)} WHERE id = ?", (record_id,)).fetchone()
        return None if row is None else row[0]

    def insert_many(self, module: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Puts many rows of stored values in, silently: for seeding."""
        names = ", ".join(quoted(name) for name in columns)
        marks = ", ".join("?" * len(columns))
        self.db.executemany(f"INSERT INTO {quoted(module)} ({names}) VALUES ({marks})", rows)

    def insert(self, module: str, values: Values, *, at: int, user: int, source: str = "api") -> int:
        """Puts one record in and tells the listeners; returns its id."""
        record_id = values.get("id") or self.next_id()
        row = {**values, "id": record_id}
        self.insert_many(module, tuple(row), [tuple(row.values())])
        self.tell(Change(module, record_id, "insert", None, row, at, user, source))
        return int(record_id)

    def update(
        self,
        module: str,
        record_id: int,
        changes: Values,
        *,
        at: int,
        user: int,
        source: str = "api",
        move: bool = True,
    ) -> None:
        """Changes a record; with ``move`` its Modified_Time and Modified_By follow. The record must be there."""
        before = self.get(module, record_id)
        if before is None:
            raise KeyError(f"{module} has no record {record_id}")
        stamped = dict(changes)
        if move and "Modified_Time" in self.schema[module]:
            stamped |= {"Modified_Time": at, "Modified_By": user}
        if stamped:
            sets = ", ".join(f"{quoted(name)} = ?" for name in stamped)
            self.db.execute(f"UPDATE {quoted(module)} SET {sets} WHERE id = ?", (*stamped.values(), record_id))
        self.tell(Change(module, record_id, "update", before, {**before, **stamped}, at, user, source))

    def tell(self, change: Change) -> None:
        """Tells every listener of a change."""
        for listener in self.listeners:
            listener(change)
