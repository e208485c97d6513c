"""Planning what two systems lack where one per cent was edited, against a comparison of everything both show.

    uv run python bench/planning.py [RECORDS ...] [--rounds N]

For each number of linked records (100,000 and 1,000,000 unless given) a ledger is made: a hundred records are synced
and written by the product itself, one of them is edited and read again, and their rows are copied until there are
enough. Then, in turns and each in a process of its own, everything is compared field by field (`crmbridge reconcile`),
and what was edited is merged and planned. Printed are the medians, the ratio and the peak memory of a plan.
Wanted: a plan in less than a third of the time of the comparison, in less than 400 MB.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from crmbridge.ledger import bulk, runs
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.model.ids import counting_ids
from crmbridge.sync.engine import run_sync
from crmbridge.sync.session import leased
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.sync.twoway import reconciling
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.pairs import End, Pair
from crmbridge.sync.twoway.rounds import Round, Table, go_round, make_plan, merge
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.memory import MemoryServer, MemoryStore, connect
from crmbridge.testing.memory.store import KEY_FIELD

BASE = 100
FIELDS = {"name": "title", "registration_no": "reg", "city": "town", "region": "area", "website": "site"}
MAPPING = """
format = 1
[objects.companies]
kind = "account"
[objects.companies.fields]
"""
COPIED = {
    "raw_record": {"id": "r.id + n.i * :step", "external_id": "r.external_id || '-' || n.i"},
    "raw_payload": {"raw_id": "r.raw_id + n.i * :step"},
    "link": {"external_id": "r.external_id || '-' || n.i", "record_id": "r.record_id || '-' || n.i"},
    "account": {name: f"r.{name} || '-' || n.i" for name in ("id", "external_id", "subject_id")},
    "twin": {"id": "r.id + n.i * :step"}
    | {name: f"r.{name} || '-' || n.i" for name in ("record_id", "left_id", "right_id")},
    "touched": {"external_id": "r.external_id || '-' || n.i", "number": "r.number + n.i * :step"},
}
"""How a copy of a row differs from it."""

_LOOKED_AT = (
    "DELETE FROM touched WHERE number <= (SELECT m.number FROM pair_mark AS m WHERE m.stream_id = touched.stream_id)"
)


class World:
    """Two systems in memory that are kept in step; their clocks and names are their own."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.clock, self.new_id = ledger, VirtualClock(), counting_ids()
        objects = {"companies": tuple(FIELDS.values())}
        self.servers = {s: MemoryServer(MemoryStore(objects, clock=self.clock, org_id=f"org-{s}")) for s in Side}

    def around(self) -> Surroundings:
        """What a sync needs."""
        return Surroundings(self.ledger, self.clock, self.new_id, "here:1", apart=None)

    def setup(self, side: Side) -> ConnectionSetup:
        """One of the systems."""
        server = self.servers[side]
        place = (side.value, "memory", int(side is Side.RIGHT), lambda: connect(server), mapping())
        return ConnectionSetup(*place, paired=frozenset({"account"}))

    def read(self) -> None:
        """A sync of both."""
        self.clock.advance(60)
        if run_sync([self.setup(side) for side in Side], self.around()).exit_code:
            raise SystemExit("the sync failed")

    @contextmanager
    def table(self) -> Iterator[Table]:
        """Where both meet."""
        around = self.around()
        with around.ledger.begin() as tx:
            run_id = runs.start(tx, command="pair", version="bench", now_us=around.now_us())
        with ExitStack() as stack:
            ends: dict[Side, tuple[Target, End]] = {}
            for side in Side:
                session, setup = stack.enter_context(leased(self.setup(side), around, run_id))
                end = End(side, setup.name, session.connection_id, setup.mapping, ZoneInfo("UTC"))
                adapter = connect(self.servers[side], read_only=False)
                ends[side] = Target(session, adapter, setup.mapping.objects, end, {"companies": KEY_FIELD}), end
            (left, left_end), (right, right_end) = ends[Side.LEFT], ends[Side.RIGHT]
            pair = Pair("main", left_end, right_end, ["account"], Policy.NEWEST)
            yield Table(pair, left, right, lambda: f"P{time.time_ns()}")


def mapping() -> CompiledMapping:
    """Both systems call the fields the same."""
    text = MAPPING + "".join(f'{ours} = "{theirs}"\n' for ours, theirs in FIELDS.items())
    return compile_mapping(load(text, file="bench.toml"), MappingSettings(ZoneInfo("UTC"), "EUR"))


def make(path: Path, records: int) -> None:
    """A ledger of so many linked records, of which one in a hundred was edited on the left."""
    ledger = open_ledger(f"sqlite:///{path}", durable=False)
    world = World(ledger)
    left = world.servers[Side.LEFT].store
    for number in range(BASE):
        left.put("companies", {field: f"{field} of company {number}" for field in FIELDS.values()})
    for _ in range(3):
        world.read()
        with world.table() as table:
            go_round(table, approved_by="me")
    left.edit("companies", left.live("companies")[0].external_id, {"town": "Springfield"})
    world.read()
    with ledger.begin() as tx:
        bulk.run(tx, _LOOKED_AT)
        for table_name, changed in COPIED.items():
            columns = [row[1] for row in bulk.select(tx, f"PRAGMA table_info({table_name})")]
            values = ", ".join(changed.get(name, f'r."{name}"') for name in columns)
            sql = (
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :copies)"
                f" INSERT INTO {table_name} SELECT {values} FROM n CROSS JOIN"
                f" (SELECT * FROM {table_name}) AS r WHERE i < :copies"
            )
            step = {"step": 10 * BASE} if ":step" in sql else {}
            bulk.run(tx, sql, copies=records // BASE, **step)
    ledger.close()


def work(name: str, path: Path) -> None:
    """One piece of work in this process, and what it cost."""
    ledger = open_ledger(f"sqlite:///{path}", check=False)
    with World(ledger).table() as table:
        begun = time.perf_counter()
        if name == "compare":
            with ledger.read() as tx:
                compared = reconciling.compare(tx, table.pair, now_us=time.time_ns() // 1_000)
            count = compared.counts["account"].total()
        else:
            done = Round(decided=merge(table))
            make_plan(table, done, lifted=frozenset(), is_approved=True)
            count = len(done.draft.writes)
        took = time.perf_counter() - begun
    print(took, count, peak_mb())


def peak_mb() -> int:
    """The peak of this process; `getrusage` would count what its parent had when it began it."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024


def cost_of(name: str, path: Path) -> tuple[float, int, int]:
    """Seconds, records and peak in MB of a piece of work on a copy of the ledger."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        copy = Path(folder) / path.name
        shutil.copy(path, copy)
        command = [sys.executable, __file__, "--work", name, str(copy)]
        took, count, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(took), int(count), int(peak)


def measure(records: int, rounds: int) -> None:
    """The medians of some rounds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        make(path, records)
        pairs = [(cost_of("compare", path), cost_of("plan", path)) for _ in range(rounds)]
    compared, planned = (median(pair[at][0] for pair in pairs) for at in (0, 1))
    ratio = median(plan[0] / compare[0] for compare, plan in pairs)
    print(
        f"{pairs[0][0][1]:>9} records: compared in {compared:.2f} s, {pairs[0][1][1]} writes planned"
        f" in {planned:.2f} s, ratio {ratio:.3f} (wanted 0.333);"
        f" peak {max(plan[2] for _, plan in pairs)} MB (wanted 400)",
        flush=True,
    )


def main() -> None:
    """The whole benchmark, or one piece of work in this process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("records", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", nargs=2, metavar=("NAME", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work[0], Path(options.work[1]))
        return
    for records in options.records:
        measure(records, options.rounds)


if __name__ == "__main__":
    main()
