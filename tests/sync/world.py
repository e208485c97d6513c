"""A workspace in small: a ledger, connections over CRMs in memory with their mappings, and questions to it."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import text
from tests.sync.fakes import Crm

from crmbridge.ledger import connections, quarantine, records, stage_events, streams
from crmbridge.ledger.declaring import METADATA
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.quarantine import QuarantineRow
from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.model.kinds import KIND_NAMES, kind
from crmbridge.sync.engine import run_retry, run_sync
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.testing.clock import VirtualClock

MAPPING = """
format = 1

[pipelines.sales]
[[pipelines.sales.stages]]
key = "new"
category = "open"
labels = ["New"]
[[pipelines.sales.stages]]
key = "talk"
category = "open"
labels = ["Talk"]
[[pipelines.sales.stages]]
key = "won"
category = "won"
labels = ["Won"]

[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "name"
stage = "stage"
amount = { from = "amount", currency = "USD" }
expected_close = "close"
owner = { from = "owner", object = "users" }
account = { from = "account", object = "accounts" }

[objects.accounts]
kind = "account"
keys = ["registration_no"]
[objects.accounts.fields]
name = "name"
registration_no = "reg"
owner = { from = "owner", object = "users" }

[objects.users]
kind = "user"
[objects.users.fields]
name = "name"
"""

ENGINE_TABLES = {"run", "run_step", "lease"}
"""What every run writes, whatever it finds."""


@cache
def compiled(document: str) -> CompiledMapping:
    return compile_mapping(load(document, file="books.toml"), MappingSettings(ZoneInfo("UTC"), "USD"))


@dataclass
class World:
    """Connections are in `crms` in the order of trust; `mappings` has a text for each."""

    ledger: Ledger
    new_id: Callable[[], str]
    clock: VirtualClock = field(default_factory=VirtualClock)
    crms: dict[str, Crm] = field(default_factory=dict)
    mappings: dict[str, str] = field(default_factory=dict)
    holder: str = "here:1"
    gone: set[str] = field(default_factory=set)

    def add(self, name: str = "books", mapping: str = MAPPING, **habits: Any) -> Crm:
        crm = Crm(**habits)
        crm.store.clock = self.clock
        self.crms[name] = crm
        self.mappings[name] = mapping
        return crm

    def edit_mapping(self, old: str, new: str, name: str = "books") -> None:
        assert old in self.mappings[name]
        self.mappings[name] = self.mappings[name].replace(old, new)

    def setups(self) -> list[ConnectionSetup]:
        return [
            ConnectionSetup(name, "fake", rank, crm.open, compiled(self.mappings[name]))
            for rank, (name, crm) in enumerate(self.crms.items())
        ]

    def around(self, ledger: Any = None) -> Surroundings:
        used = cast("Ledger", ledger or self.ledger)
        return Surroundings(used, self.clock, self.new_id, self.holder, is_gone=self.gone.__contains__)

    def sync(self, *names: str, ledger: Any = None) -> SyncResult:
        """A run a minute after whatever was before."""
        self.clock.advance(60)
        setups = [setup for setup in self.setups() if not names or setup.name in names]
        result = run_sync(setups, self.around(ledger))
        self.clock.advance(60)
        return result

    def retry(self) -> SyncResult:
        self.clock.advance(60)
        return run_retry(self.setups(), self.around())

    # -- questions

    def public(self, kind_name: str) -> dict[str, dict[str, Any]]:
        """Every record of a kind by its vendor id of the first connection that holds it."""
        with self.ledger.read() as tx:
            found = list(records.read(tx, kind(kind_name)))
        return {record["refs"][0]["vendor_id"]: record for record in found}

    def quarantine(self) -> list[QuarantineRow]:
        with self.ledger.read() as tx:
            return quarantine.listing(tx)

    def events(self, external_id: str) -> list[stage_events.StageEventRow]:
        return self.events_of(self.public("deal")[external_id]["id"])

    def events_of(self, record_id: str) -> list[stage_events.StageEventRow]:
        with self.ledger.read() as tx:
            return stage_events.for_record(tx, record_id)

    def moves(self, external_id: str) -> list[tuple[int, str, Any, Any]]:
        return self.moves_of(self.public("deal")[external_id]["id"])

    def moves_of(self, record_id: str) -> list[tuple[int, str, Any, Any]]:
        sql = text("SELECT at_us, field, old, new FROM field_change WHERE record_id = :id ORDER BY id")
        with self.ledger.read() as tx:
            rows = tx.execute(sql, {"id": record_id}).mappings()
            return [(row["at_us"], row["field"], row["old"], row["new"]) for row in rows]

    def change_numbers(self, kind_name: str) -> dict[str, int]:
        with self.ledger.read() as tx:
            rows = tx.execute(text(f'SELECT external_id, change_no FROM "{kind_name}"')).mappings().all()
        return {row["external_id"]: row["change_no"] for row in rows}

    def cursor(self, object_name: str, name: str = "books") -> str | None:
        with self.ledger.read() as tx:
            (here,) = [row.id for row in connections.listing(tx) if row.name == name]
            found = streams.get(tx, here, object_name)
        return found.cursor if found else None

    def feeds(self) -> list[tuple[Any, ...]]:
        """How far deletions and history have been read, and what history waits for its record."""
        feed = text("SELECT stream_id, name, cursor FROM feed ORDER BY stream_id, name")
        waits = text("SELECT change_id FROM stage_change WHERE mapping_id IS NULL ORDER BY change_id")
        with self.ledger.read() as tx:
            return [*map(tuple, tx.execute(feed)), *map(tuple, tx.execute(waits))]

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the ledger besides run history, leases and where it is at home, row by row."""
        with self.ledger.read() as tx:
            found = {
                table.name: sorted(map(tuple, tx.execute(table.select())), key=repr)
                for table in METADATA.sorted_tables
                if table.name not in ENGINE_TABLES
            }
        found["meta"] = [row for row in found["meta"] if row[0] != "home"]
        return found

    def neutral(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Every record of every kind without our own ids, references by vendor id: equal for equal histories."""
        names: dict[str, str] = {}
        every = {name: self.public(name) for name in KIND_NAMES}
        for found in every.values():
            names |= {record["id"]: external_id for external_id, record in found.items()}

        def told(value: Any) -> Any:
            return names.get(value, value) if isinstance(value, str) else value

        return {
            name: {i: {key: told(value) for key, value in record.items()} for i, record in found.items()}
            for name, found in every.items()
        }

    @contextmanager
    def nothing_written(self) -> Iterator[None]:
        """Inside, nothing is written but run history and leases: no row of any other table is touched."""
        with self.nothing_written_but():
            yield

    @contextmanager
    def nothing_written_but(self, *tables: str) -> Iterator[None]:
        """As `nothing_written`, with these tables left out too."""
        before = self._marks()
        yield
        after = self._marks()
        assert {name: marks for name, marks in after.items() if name not in tables} == {
            name: marks for name, marks in before.items() if name not in tables
        }

    def _marks(self) -> dict[str, Any]:
        """For each table what a write would move, even one that writes the same again."""
        if self.ledger.dialect == "sqlite":
            return self._writes()
        with self.ledger.read() as tx:
            return {
                t.name: sorted(map(str, tx.execute(text(f'SELECT xmin, ctid FROM "{t.name}"')).all()))
                for t in METADATA.sorted_tables
                if t.name not in ENGINE_TABLES
            }

    def _writes(self) -> dict[str, list[Any]]:
        """How often triggers saw each table being written; they are put up at the first question."""
        tables = [table.name for table in METADATA.sorted_tables if table.name not in ENGINE_TABLES]
        with self.ledger.begin() as tx:
            tx.execute(text("CREATE TABLE IF NOT EXISTS seen_write (name TEXT)"))
            for name, what in itertools.product(tables, ("INSERT", "UPDATE", "DELETE")):
                head = f'CREATE TRIGGER IF NOT EXISTS "seen_{name}_{what}" AFTER {what} ON "{name}"'
                tx.execute(text(f"{head} BEGIN INSERT INTO seen_write VALUES ('{name}'); END"))
            seen = Counter(tx.execute(text("SELECT name FROM seen_write")).scalars())
        rows = self.dump()
        return {name: [rows[name], seen[name]] for name in tables}
