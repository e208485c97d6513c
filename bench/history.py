"""Landing a vendor's stage history into SQLite and reading it by the mapping, against a bare executemany loop.

    uv run python bench/history.py [CHANGES] [--rounds N] [--page ROWS]

The deals are landed first; then a run brings nothing but their history, four changes a deal in pages of 2,000, in the
order of time. In turns and each in a process of its own, the bare loop inserts the same rows into one table with a
key, a run lands them all, and another run, by a mapping with a changed label, reads them all again (without what the
deals themselves cost then). Printed are the medians of processor time in microseconds a change, and the ratio. Wanted:
at most 12 us a change.
"""

import argparse
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo
from crmbridge.adapter.contract import Health, HistoryPage, Page, PullRequest, RawRecord, StageChange
from crmbridge.ledger.engine import open_ledger
from crmbridge.mapping.compiler import MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.model.ids import UlidSource
from crmbridge.sync.engine import run_sync
from crmbridge.sync.setup import ConnectionSetup, Surroundings

STAGES = ("Prospect", "Qualify", "Propose", "Won")
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
MAPPING = """
format = 1
[pipelines.sales]
object = "deal"
{stages}
[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "name"
stage = "stage"
"""


def changes_of(count: int) -> list[StageChange]:
    """Four changes for each deal, all deals mixed as time mixes them."""
    rng = random.Random(7)  # noqa: S311 - data, not a secret
    times = [sorted(rng.sample(range(60_000_000), len(STAGES))) for _ in range(count // len(STAGES))]
    moves = sorted((at, deal, number) for deal, whole in enumerate(times) for number, at in enumerate(whole))
    return [
        StageChange(
            record_id=f"55500000{deal:08d}",
            change_id=f"77700000{place:08d}",
            to_label=STAGES[number],
            at=FIRST + timedelta(seconds=at),
            from_label=STAGES[number - 1] if number else None,
            by=f"{deal % 40:08d}",
            modified=FIRST + timedelta(seconds=at),
        )
        for place, (at, deal, number) in enumerate(moves)
    ]


@dataclass
class Vendor:
    """An adapter whose deals and history are in memory. A cursor is how many rows were read."""

    deals: int
    changes: Sequence[StageChange] = ()
    page: int = 2000

    def check(self) -> Health:
        """It is there."""
        return Health(ok=True, org_id="bench", title="Bench")

    def describe(self) -> Catalog:
        """Deals with a name and a stage."""
        fields = tuple(FieldInfo(name=name, label=name, type="text") for name in ("name", "stage"))
        return Catalog(
            limits=Limits(page_size=self.page, batch_size=1),
            objects=(ObjectInfo(name="deals", label="", fields=fields),),
        )

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """The deals."""
        for start in range(int(request.cursor or 0), self.deals, self.page):
            end = min(start + self.page, self.deals)
            named = ((f"55500000{number:08d}", number) for number in range(start, end))
            found = [RawRecord("deals", key, {"name": f"Deal {n}", "stage": "Won"}) for key, n in named]
            yield Page(found, str(end), whole=end == self.deals)
        yield Page((), str(self.deals))

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        """The changes of stage."""
        for start in range(int(request.cursor or 0), len(self.changes), self.page):
            yield HistoryPage(self.changes[start : start + self.page], str(min(start + self.page, len(self.changes))))
        yield HistoryPage((), str(len(self.changes)))

    def close(self) -> None:
        """Nothing is held."""


def sync(folder: Path, vendor: Vendor, *, more: str = "") -> float:
    """The processor seconds of one run; `more` is a further label of the last stage."""
    stages = "".join(
        f'[[pipelines.sales.stages]]\nkey = "{stage.lower()}"\ncategory = "{"won" if stage == "Won" else "open"}"\n'
        f'labels = ["{stage}"{more if stage == "Won" else ""}]\n'
        for stage in STAGES
    )
    document = load(MAPPING.format(stages=stages), file="bench.toml")
    mapping = compile_mapping(document, MappingSettings(ZoneInfo("UTC"), "USD"))
    setup = ConnectionSetup("crm", "bench", 0, lambda: vendor, mapping)
    ledger = open_ledger(f"sqlite:///{folder / 'crmbridge.db'}")
    started = time.process_time()
    result = run_sync([setup], Surroundings(ledger, lambda: datetime.now(UTC), UlidSource(), "bench:1"))
    seconds = time.process_time() - started
    ledger.close()
    if result.exit_code:
        raise SystemExit(f"the run ended with {result.exit_code}: {result.failures or result.steps}")
    return seconds


def bare(folder: Path, changes: Sequence[StageChange]) -> float:
    """The processor seconds of the loop that everything is measured against."""
    rows = [tuple(str(value) if isinstance(value, datetime) else value for value in astuple(one)) for one in changes]
    con = sqlite3.connect(folder / "bare.db")
    con.execute("PRAGMA journal_mode=WAL")
    con.execute("CREATE TABLE history (deal, id TEXT PRIMARY KEY, stage, at, left, line, who, precise, modified)")
    started = time.process_time()
    con.executemany("INSERT INTO history VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", rows)
    con.commit()
    seconds = time.process_time() - started
    con.close()
    return seconds


def work_here(count: int, page: int) -> None:
    """One round in this process: the seconds of the bare loop, of the landing and of another reading."""
    changes = changes_of(count)
    vendor = Vendor(count // len(STAGES), (), page)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        floor = bare(folder, changes)
        sync(folder, vendor)
        records_alone = sync(folder, vendor, more=', "Gewonnen"')
        vendor.changes = changes
        landed = sync(folder, vendor, more=', "Gewonnen"')
        print(floor, landed, sync(folder, vendor) - records_alone)


def one_round(count: int, page: int) -> list[float]:
    """One round in a process of its own."""
    command = [sys.executable, __file__, str(count), "--page", str(page), "--work"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(part) / count * 1e6 for part in done.stdout.split()]


def main() -> None:
    """The whole benchmark, or one round in this process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("changes", nargs="?", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page", type=int, default=2000)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options: Any = parser.parse_args()
    if options.work:
        work_here(options.changes, options.page)
        return
    rounds = [one_round(options.changes, options.page) for _ in range(options.rounds)]
    floor, landed, again = (median(column) for column in zip(*rounds, strict=True))
    ratio = median(one[1] / one[0] for one in rounds)
    print(
        f"{options.changes} changes: bare {floor:.2f} us, landed {landed:.2f} us a change (wanted 12),"
        f" ratio {ratio:.1f}; read by another mapping {again:.2f} us"
    )


if __name__ == "__main__":
    main()
