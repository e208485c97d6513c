"""How long facts take to build, against DuckDB merely copying the same tables: the ratio has a budget.

python bench/facts.py --deals 1000000
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from crmbridge.facts import copy
from crmbridge.facts.build import open_facts
from crmbridge.facts.source import STREAM, Source
from crmbridge.facts.store import connect
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.ledger.schema import KIND_TABLES
from crmbridge.model.calendar import named

BUDGET = 3.0
DAY = 86_400_000_000
STAGES = ("s1", "s2", "s3", "s4", "s5", "won", "lost")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--deals", type=int, default=200_000)
    deals = arguments.parse_args().deals
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_ledger(f"sqlite:///{folder}/ledger.db")
        fill(Path(folder) / "ledger.db", deals)
        floor_s = copy_only(ledger)
        cache = Path(folder) / "facts.duckdb"
        first_s = build(ledger, cache)
        again_s = build(ledger, cache)
        touch(Path(folder) / "ledger.db", deals)
        changed_s = build(ledger, cache)
        memory_s = build(ledger, None)
        ledger.close()
    ratio = first_s / floor_s
    print(f"{deals:,} deals, {deals:,} accounts, {4 * deals:,} recorded stage events")
    print(f"plain copy                {floor_s:7.2f} s")
    print(f"facts into a file         {first_s:7.2f} s   {ratio:.2f} x the copy (budget {BUDGET})")
    print(f"facts in memory           {memory_s:7.2f} s")
    print(f"refresh, nothing changed  {again_s:7.3f} s")
    print(f"refresh, 1,000 changed    {changed_s:7.3f} s")
    return 0 if ratio <= BUDGET else 1


def build(ledger: Ledger, cache: Path | None) -> float:
    zone = ZoneInfo("Asia/Shanghai")
    started = time.perf_counter()
    open_facts(ledger, cache=cache, zone=zone, currency="CNY", calendars=[named("CN", zone=zone)]).close()
    return time.perf_counter() - started


def copy_only(ledger: Ledger) -> float:
    """The same tables and columns through the same driver into DuckDB, as they are."""
    started = time.perf_counter()
    with Source.connect(ledger) as source, tempfile.TemporaryDirectory() as folder:
        target = connect(Path(folder) / "plain.duckdb")
        for spec in (*map(copy.of_kind, KIND_TABLES), copy.of_stage_events()):
            with source.stream(target, spec.columns, spec.tail(after=0)):
                target.execute(f'CREATE TABLE "{spec.source}" AS FROM {STREAM}')
        target.close()
    return time.perf_counter() - started


def fill(path: Path, deals: int) -> None:
    with sqlite3.connect(path) as ledger:
        ledger.execute("INSERT INTO connection VALUES (1, 'crm', 'bench', 1, NULL, NULL, 1)")
        ledger.execute("INSERT INTO pipeline VALUES ('sales', 'deal', '{}', 1, 1, '{}', 1)")
        for number, key in enumerate(STAGES, start=1):
            category, rank = (key, None) if key in {"won", "lost"} else ("open", number)
            ledger.execute(
                "INSERT INTO stage VALUES ('sales',?,?,?,?,'{}',NULL,NULL,NULL,'business','visit',1)",
                (key, number, rank, category),
            )
        insert(ledger, "account", ({"id": f"A{n:025}", "name": f"Account {n}"} for n in range(deals)))
        insert(ledger, "deal", (deal(n) for n in range(deals)))
        ledger.executemany(
            "INSERT INTO stage_event (hash, record_id, kind, seq, pipeline, to_stage, at_us, at_precision, origin, "
            "change_no) VALUES (?,?,'deal',?,'sales',?,?,'exact','vendor',1)",
            (
                (4 * n + step, f"D{n:025}", step, STAGES[step], (n % 900 + 9 * step) * DAY)
                for n in range(deals)
                for step in range(4)
            ),
        )
        ledger.execute("UPDATE change_counter SET last = 1")
    ledger.close()


def deal(n: int) -> dict[str, object]:
    stage = STAGES[n % 7]
    is_closed = stage in {"won", "lost"}
    return {
        "id": f"D{n:025}",
        "name": f"Deal {n}",
        "pipeline": "sales",
        "stage": stage,
        "category": stage if is_closed else "open",
        "account_ref": f"{n}",
        "account_id": f"A{n:025}",
        "amount_e4": n * 10_000,
        "amount_currency": "CNY",
        "vendor_created_at_us": (n % 900) * DAY,
        "vendor_created_at_precision": "day",
        "closed_at_us": (n % 900 + 40) * DAY if is_closed else None,
        "closed_at_precision": "day" if is_closed else None,
        "expected_close": "2026-03-31",
        "probability_e6": 300_000,
        "source": ("web", "fair", None)[n % 3],
    }


def insert(ledger: sqlite3.Connection, kind: str, rows: Iterator[dict[str, object]]) -> None:
    names = KIND_TABLES[kind].columns.keys()
    fixed = {
        "connection_id": 1,
        "object": kind,
        "external_id": "x",
        "subject_id": "crm:x",
        "mapping_id": 1,
        "version": 1,
    }
    fixed |= {"first_seen_us": 1_000 * DAY, "last_seen_us": 1_000 * DAY, "lifecycle": "active", "change_no": 1}
    ledger.executemany(
        f'INSERT INTO "{kind}" VALUES ({", ".join("?" for _ in names)})',
        ([{**fixed, **row}.get(name) for name in names] for row in rows),
    )


def touch(path: Path, deals: int) -> None:
    with sqlite3.connect(path) as ledger:
        ledger.execute("UPDATE change_counter SET last = 2")
        ledger.execute("UPDATE deal SET name = 'renamed', change_no = 2 WHERE rowid % ? = 0", (max(1, deals // 1000),))
    ledger.close()


if __name__ == "__main__":
    raise SystemExit(main())
