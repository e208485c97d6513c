"""Landing and normalising a deals CSV into SQLite, against a bare csv + executemany loop over the same file.

    uv run python bench/landing.py [ROWS ...] [--rounds N] [--shuffled]

For each number of rows (100,000 and 1,000,000 unless given) a file of twelve columns is made in a temporary folder;
then, in turns and each in a process of its own, the bare loop reads it, a new workspace syncs it, and the same
workspace syncs it again. Printed are the medians in microseconds a row, the ratios, and the peak memory of a sync (of
the process that writes and the one that reads together).
Wanted: a first sync at most 6 times the bare loop, a second one at least 10 times as fast as the first, less than
400 MB, and at 1,000,000 rows at most 1.3 times what 100,000 need.
"""

import argparse
import csv
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Self

COLUMNS = [
    *("id", "name", "account", "owner", "stage", "amount"),
    *("created", "expected_close", "closed", "source", "product", "region"),
]
STAGES = ("Prospect", "Qualify", "Propose", "Won", "Lost")
CONFIG = """
[workspace]
name = "bench"
currency = "USD"

[connections.books]
adapter = "csv"
path = "files"
[connections.books.objects.deals]
file = "deals.csv"
key = "id"
"""
LISTS = {"account": ("accounts", "account"), "owner": ("reps", "user"), "product": ("products", "product")}
MAPPING = """
[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "name"
stage = "stage"
account = { from = "account", object = "accounts" }
owner = { from = "owner", object = "reps" }
product = { from = "product", object = "products" }
amount = "amount"
vendor_created_at = { from = "created", format = ["%Y-%m-%d"] }
expected_close = { from = "expected_close", format = ["%Y-%m-%d"] }
closed_at = { from = "closed", format = ["%Y-%m-%d"], when = "closed" }
source = "source"
region = "region"
"""


def make_workspace(folder: Path, rows: int, *, shuffled: bool) -> None:
    """A workspace whose deals stand in one file, and what they point at in three short ones."""
    files = folder / "files"
    files.mkdir(parents=True)
    rng = random.Random(7)  # noqa: S311 - data, not a secret
    order = list(range(rows))
    if shuffled:
        rng.shuffle(order)
    with (files / "deals.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows(_deal(number, rng) for number in order)
    config, mapping = CONFIG, "format = 1\n[pipelines.sales]\nobject = 'deal'\n"
    for stage in STAGES:
        category = stage.lower() if stage in {"Won", "Lost"} else "open"
        mapping += (
            f"[[pipelines.sales.stages]]\nkey = '{stage.lower()}'\ncategory = '{category}'\nlabels = ['{stage}']\n"
        )
    mapping += MAPPING
    for column, (name, kind) in LISTS.items():
        config += f'[connections.books.objects.{name}]\nfile = "{name}.csv"\nkey = "{column}"\n'
        mapping += f'[objects.{name}]\nkind = "{kind}"\n[objects.{name}.fields]\nname = "{column}"\n'
        count = {"account": 20_000, "owner": 100, "product": 30}[column]
        lines = "".join(f"{column.title()} {number}\n" for number in range(count))
        (files / f"{name}.csv").write_text(f"{column}\n{lines}", encoding="utf-8")
    (folder / "crmbridge.toml").write_text(config, encoding="utf-8")
    (folder / "mapping").mkdir()
    (folder / "mapping" / "books.toml").write_text(mapping, encoding="utf-8")


def _deal(number: int, rng: random.Random) -> list[str]:
    stage = rng.choice(STAGES)
    created = f"2024-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
    expected = f"2025-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
    return [
        f"D{number:08d}",
        f"Deal {number} of many",
        f"Account {rng.randrange(20_000)}",
        f"Owner {rng.randrange(100)}",
        stage,
        f"{rng.randrange(1_000_000)}.{rng.randrange(100):02d}",
        created,
        expected,
        expected if stage in {"Won", "Lost"} else "",
        rng.choice(("web", "referral", "fair")),
        f"Product {rng.randrange(30)}",
        f"R{rng.randrange(8)}",
    ]


def bare(folder: Path) -> None:
    """The loop that everything is measured against."""
    database = folder / "bare.db"
    database.unlink(missing_ok=True)
    con = sqlite3.connect(database)
    con.execute("PRAGMA journal_mode=WAL")
    first, *others = COLUMNS
    con.execute(f"CREATE TABLE deals ({first} TEXT PRIMARY KEY, {', '.join(f'{name} TEXT' for name in others)})")
    sets = ", ".join(f"{name}=excluded.{name}" for name in others)
    marks = ", ".join("?" * len(COLUMNS))
    sql = f"INSERT INTO deals VALUES ({marks}) ON CONFLICT ({first}) DO UPDATE SET {sets}"
    with (folder / "files" / "deals.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        con.executemany(sql, rows)
    con.commit()
    con.close()


def sync(folder: Path) -> None:
    """What `crmbridge sync` does."""
    from crmbridge.app.bridge import Bridge  # noqa: PLC0415 - only this process pays for it

    bridge = Bridge.open(folder, environ={})
    report = bridge.sync()
    if report.exit_code:
        raise SystemExit(f"the sync ended with {report.exit_code}")


WORK: dict[str, Callable[[Path], None]] = {"bare": bare, "sync": sync}


@dataclass(frozen=True)
class Cost:
    """What one piece of work cost a process of its own."""

    wall_s: float
    cpu_s: float
    peak_mb: int


def cost_of(work: str, folder: Path) -> Cost:
    """Runs the work in a process of its own; starting Python and loading modules is not counted."""
    command = [sys.executable, __file__, "--work", work, str(folder)]
    wall, cpu, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return Cost(float(wall), float(cpu), int(peak))


def work_here(work: str, folder: Path) -> None:
    """Does the work in this process and prints what it cost."""
    if work == "sync":
        import_module("crmbridge.app.bridge")
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    with Watched() as watched:
        WORK[work](folder)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(wall_s, cpu_s + others.ru_utime + others.ru_stime, watched.peak_kb() // 1024)


class Watched:
    """Looks now and then how much memory the processes begun by this one have used at most.

    The system's own sum over ended children is of no use: it counts what the parent had when it began them.
    """

    def __init__(self) -> None:
        self._peaks_kb: dict[str, int] = {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def peak_kb(self) -> int:
        """The peak of this process and the peaks of all others it began."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + sum(self._peaks_kb.values())

    def _look(self) -> None:
        while not self._is_over.wait(0.05):
            for children in Path("/proc/self/task").glob("*/children"):
                for pid in children.read_text().split():
                    with suppress(OSError, ValueError):
                        told = Path(f"/proc/{pid}/status").read_text()
                        self._peaks_kb[pid] = int(told.partition("VmHWM:")[2].split()[0])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()


def measure(rows: int, rounds: int, *, shuffled: bool) -> None:
    """The medians of some rounds."""
    floors, firsts, agains, size = [], [], [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "workspace"
        make_workspace(folder, rows, shuffled=shuffled)
        for _ in range(rounds):
            for ledger in folder.glob("crmbridge.db*"):
                ledger.unlink()
            floors.append(cost_of("bare", folder))
            firsts.append(cost_of("sync", folder))
            agains.append(cost_of("sync", folder))
            size = (folder / "crmbridge.db").stat().st_size
    floor, first, again = (median(one.wall_s for one in costs) for costs in (floors, firsts, agains))
    ratio = median(first.wall_s / floor.wall_s for first, floor in zip(firsts, floors, strict=True))
    cpu = median(first.cpu_s / floor.cpu_s for first, floor in zip(firsts, floors, strict=True))
    print(
        f"{rows:>9} rows: bare {floor / rows * 1e6:5.2f} us a row, sync {first / rows * 1e6:5.2f} us a row,"
        f" ratio {ratio:.1f}, of processor time {cpu:.1f} (wanted 6.0)\n"
        f"{'':>16}again {again:.2f} s, {first / again:.0f} times as fast (wanted 10);"
        f" peak {max(one.peak_mb for one in firsts)} MB (wanted 400); {size / rows:.0f} bytes a row",
        flush=True,
    )


def main() -> None:
    """The whole benchmark, or one piece of work in this process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shuffled", action="store_true", help="the file is not in the order of its keys")
    parser.add_argument("--work", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work_here(options.work[0], Path(options.work[1]))
        return
    for rows in options.rows:
        measure(rows, options.rounds, shuffled=options.shuffled)


if __name__ == "__main__":
    main()
