"""A ledger of a million records is backed up, damaged, restored and verified, against copying its file by hand.

    uv run python bench/restoring.py [ROWS] [--rounds N] [--folder DIR]

Records are landed and normalised as a sync does it. Then, in turns and each time on the same ledger:

    product   db backup (copied while others may go on, read through), db restore (read through, copied, doubted, the
              damaged file renamed), db verify; beside the total db verify --deep (every payload unpacked, every
              reference looked up)
    by hand   the file copied to a backup and that copied back, each pushed to the disk and read through by `PRAGMA
              integrity_check`, and one more `PRAGMA integrity_check`: nothing else may be at work meanwhile

Afterwards the restored ledger is asked for what it holds, and reads the same records once more: none is there twice.
"""

import argparse
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from statistics import median

from storing import land, records

from crmbridge.app.bridge import Bridge
from crmbridge.ledger.engine import open_ledger
from crmbridge.model.errors import StoreError
from crmbridge.model.ids import new_ulid

PAGE = 1000
AGAIN = 20
"""How many pages the restored ledger reads once more, one of them new."""

DAMAGED_FROM, DAMAGED_BYTES = 4096 * 10, 4096 * 20
BUDGET = 3.0
SETUP = '[workspace]\nname = "bench"\n'
PARTS = ("backup", "restore", "verify")
Seconds = dict[str, float]


def main() -> int:
    """Both sides in turn; the ratio of the medians decides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        (folder / "crmbridge.toml").write_text(SETUP, encoding="utf-8")
        took_s = filled(folder, arguments.rows)
        size = ledger_of(folder).stat().st_size
        print(f"{arguments.rows:,} records landed in {took_s:.0f} s, {size / 1e6:,.0f} MB", flush=True)
        found: dict[str, list[Seconds]] = {"product": [], "by hand": []}
        for _ in range(arguments.rounds):
            found["by hand"].append(by_hand(folder))
            found["product"].append(product(folder))
            print(found["product"][-1], found["by hand"][-1], flush=True)
        went_on(folder, arguments.rows)
    return told(found)


def told(found: dict[str, list[Seconds]]) -> int:
    """Prints seconds and ratios."""
    ratio = 0.0
    for part in (*PARTS, "total"):
        seconds = {side: median(one[part] for one in rounds) for side, rounds in found.items()}
        ratio = seconds["product"] / seconds["by hand"]
        print(f"{part:8} product {seconds['product']:7.2f} s   by hand {seconds['by hand']:7.2f} s   {ratio:5.2f} x")
    print(f"verify --deep {median(one['deep'] for one in found['product']):7.2f} s, which nothing by hand does")
    print(f"budget {BUDGET} x: {'met' if ratio <= BUDGET else 'MISSED'}")
    return 0 if ratio <= BUDGET else 1


def filled(folder: Path, rows: int) -> float:
    """The ledger of the workspace, with so many records; how long that took."""
    begun = time.perf_counter()
    with closing(open_ledger(f"sqlite:///{ledger_of(folder)}")) as ledger:
        for start in range(0, rows, PAGE * 50):
            some = records(min(start + PAGE * 50, rows), start)
            land(ledger, [some[at : at + PAGE] for at in range(0, len(some), PAGE)], new_ulid)
    with closing(sqlite3.connect(ledger_of(folder))) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return time.perf_counter() - begun


def product(folder: Path) -> Seconds:
    """What the commands do, one after the other; the ledger is damaged between backup and restore."""
    seconds: Seconds = {}
    with Bridge.open(folder, environ={}) as bridge, measured(seconds, "backup"):
        (kept,) = bridge.db_backup(keep=1).rows
    damage(ledger_of(folder))
    with Bridge.open(folder, environ={}) as bridge, suppress(StoreError):
        if not bridge.db_verify().rows:
            raise SystemExit("the damage was not found")
    with Bridge.open(folder, environ={}) as bridge:
        with measured(seconds, "restore"):
            (row,) = bridge.db_restore(bridge.db_inspect(Path(str(kept["file"])))).rows
        Path(str(row["replaced"])).unlink()
        for part, deep in (("verify", False), ("deep", True)):
            with measured(seconds, part):
                found = bridge.db_verify(deep=deep)
            if found.rows:
                raise SystemExit(f"damaged: {found.rows[0]}")
    return {**seconds, "total": sum(seconds[part] for part in PARTS)}


def by_hand(folder: Path) -> Seconds:
    """Plain copies of a file that nobody writes to, each read through."""
    seconds: Seconds = {}
    ledger, kept, back = ledger_of(folder), folder / "plain.db", folder / "plain-back.db"
    with measured(seconds, "backup"):
        copied(ledger, kept)
    with measured(seconds, "restore"):
        copied(kept, back)
    with measured(seconds, "verify"):
        checked(back)
    kept.unlink()
    back.unlink()
    return {**seconds, "total": sum(seconds.values())}


def copied(file: Path, target: Path) -> None:
    """The file at another place, on the disk, and whole."""
    shutil.copyfile(file, target)
    handle = os.open(target, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    checked(target)


def checked(file: Path) -> None:
    """Passes where SQLite finds the file whole."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as con:
        if con.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise SystemExit(f"{file.name} is damaged")


def damage(file: Path) -> None:
    """Some pages of the file hold nonsense."""
    with closing(sqlite3.connect(file)) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as stream:
        stream.seek(DAMAGED_FROM)
        stream.write(b"\x5a" * DAMAGED_BYTES)


def went_on(folder: Path, rows: int) -> None:
    """The restored ledger reads some of the same records and some new ones: each is there once."""
    again = records(rows + PAGE, rows + PAGE - AGAIN * PAGE)
    with closing(open_ledger(f"sqlite:///{ledger_of(folder)}")) as ledger:
        land(ledger, [again[at : at + PAGE] for at in range(0, len(again), PAGE)], new_ulid)
    with closing(sqlite3.connect(ledger_of(folder))) as con:
        counts = [con.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("raw_record", "account")]
    if counts != [rows + PAGE] * 2:
        raise SystemExit(f"{counts} records, {rows + PAGE} wanted")
    print(f"read on afterwards: {rows + PAGE:,} records, none twice")


@contextmanager
def measured(seconds: Seconds, part: str) -> Iterator[None]:
    """How long what is inside takes."""
    begun = time.perf_counter()
    yield
    seconds[part] = time.perf_counter() - begun


def ledger_of(folder: Path) -> Path:
    """The ledger of a workspace that says nothing else."""
    return folder / "crmbridge.db"


if __name__ == "__main__":
    sys.exit(main())
