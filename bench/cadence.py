"""Follow-up of many open deals: how long a run takes, the first one and one that remembers the first.

    python bench/cadence.py --deals 1000000

The data are made by SQL from hashes of row numbers, so every run has the same: three activities a deal in the mean,
seven people for ten deals, so that a third of the enrolments waits for another, some on hold, some with an agreed next
step. The second run looks at the same moment with what the first one remembered: it must leave nothing to remember.
"""

import argparse
import resource
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
from kept import kept

from crmbridge.facts import persons
from crmbridge.facts.store import Facts, connect
from crmbridge.model import calendar
from crmbridge.model.pipeline import Category, Pipeline, Stage
from crmbridge.services.cadence import SERVICE, report, to_keep, write_cadence
from crmbridge.services.cadence_document import built_in
from crmbridge.services.cadence_report import CadenceRequest
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest

AS_OF = datetime(2026, 11, 1, 4, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SQL = Path(__file__).with_name("services_sql") / "fill_cadence.sql"
SALES = Pipeline(id="sales", stages=tuple(Stage(key=f"S{n}", order=n, category=Category.OPEN) for n in range(1, 6)))


def main() -> int:
    """Both runs in one process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--fill", action="store_true", help="only make the file")
    parser.add_argument("--once", action="store_true", help="only the first run")
    arguments = parser.parse_args()
    file = filled(arguments.deals)
    if arguments.fill:
        return 0
    with Facts(connect(file), zone=SHANGHAI, currency="CNY") as facts:
        facts.connection.execute("DELETE FROM service_events")
        first = measured(facts)
        events = [] if arguments.once else first
        facts.connection.execute(
            "INSERT INTO service_events SELECT ?, unnest(?::VARCHAR[]), ?, unnest(?::VARCHAR[])",
            [SERVICE, [one for one, _ in events], AS_OF.replace(tzinfo=None), [body for _, body in events]],
        )
        again = [] if arguments.once else measured(facts)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 1 if again else 0


def measured(facts: Facts) -> Sequence[tuple[str, str]]:
    """A run, with its seconds and what it found; what is to be remembered of it."""
    started, used = time.perf_counter(), time.process_time()
    world = open_world(facts, [SALES], FunnelRequest(as_of=AS_OF))
    request = CadenceRequest(AS_OF, calendar.named("CN", zone=SHANGHAI), limit=50)
    written = write_cadence(world, [SALES], request, built_in())
    found = report(world, request, built_in(), written)
    events = to_keep(world)
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    due = sum(group.due for group in found.groups)
    print(
        f"{seconds:.1f} s, {processor:.1f} s of processor time; {due:,} tasks are due, {len(events):,} events to keep"
    )
    return events


def filled(deals: int) -> Path:
    """The file of facts."""

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("SET VARIABLE deals = ?", [deals])
        connection.execute(SQL.read_text("utf-8"))
        persons.ensure(connection)

    return kept(f"cadence-{deals}", SQL.read_text("utf-8"), fill, [SALES])


if __name__ == "__main__":
    raise SystemExit(main())
