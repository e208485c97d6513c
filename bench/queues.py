"""The queue of many open records, against DuckDB SQL written by hand for the same order.

    python bench/queues.py --records 1000000 --rounds 3

Both sides read the same file of facts, each in a process of its own, one after the other, and leave a table in their
session with class, P, day and key of every row: how many rows each class has, which ones, what their P and days sum to,
and the first 200 of each in their order are asserted equal. The data are made by SQL from hashes of row numbers: 3 in 5
records are deals, two activities and 0.8 tasks a record in the mean. Tiers are those of the records and no cadence is
asked (both have a bench of their own). The hand-made side knows this data: one calendar, one source, one pipeline
without history, no next steps.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from kept import kept

from crmbridge.facts import calendar_days, persons
from crmbridge.facts.store import Facts, connect
from crmbridge.model import calendar
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.queue import open_queue
from crmbridge.services.queue_report import QueueRequest
from crmbridge.services.scores_document import built_in

BUDGET = 4.0
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
SQL = Path(__file__).with_name("services_sql")
TOLERANCE = 1.0
"""What the sums of P may differ by: floats are added up in no fixed order."""
FIGURES = """SELECT class, count(*), sum(hash(id) % 1000003)::BIGINT, round(sum(p / ($unit * most_n::DOUBLE)), 1),
  sum(epoch(due_day))::BIGINT, list(id ORDER BY p DESC, due_day NULLS LAST, key)[1:200]
  FROM svc_queue GROUP BY class ORDER BY class"""
Figures = dict[str, Any]


def main() -> int:
    """Both sides in turn; the ratio of the medians decides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=("product", "hand"))
    parser.add_argument("--file", type=Path)
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps(measured(arguments.side, arguments.file)))
        return 0
    file = filled(arguments.records)
    found: dict[str, list[Figures]] = {"product": [], "hand": []}
    for _ in range(arguments.rounds):
        for side, rounds in found.items():
            rounds.append(in_child(side, file))
    assert_equal(found["product"][0]["figures"], found["hand"][0]["figures"])
    seconds = {side: statistics.median(one["seconds"] for one in rounds) for side, rounds in found.items()}
    ratio = seconds["product"] / seconds["hand"]
    print(f"{arguments.records:,} open records; medians of {arguments.rounds} rounds")
    print(f"product {seconds['product']:.2f} s   by hand {seconds['hand']:.2f} s   {ratio:.2f} x")
    for side, rounds in found.items():
        print(f"peak memory {side:8} {max(one['peak_mb'] for one in rounds):6.0f} MB")
    classes = {row[0]: row[1] for row in found["hand"][0]["figures"]}
    print(f"budget {BUDGET} x: {'met' if ratio <= BUDGET else 'MISSED'}; rows by class {classes}")
    return 0 if ratio <= BUDGET else 1


def in_child(side: str, file: Path) -> Figures:
    """One side in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--file", str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Figures = json.loads(done.stdout)
    return found


def measured(side: str, file: Path) -> Figures:
    """The figures of a side, its seconds and the peak memory of this process."""
    with Facts(connect(file), zone=ZONE, currency="CNY") as facts:
        started = time.perf_counter()
        rows = product(facts) if side == "product" else by_hand(facts)
        seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"figures": rows, "seconds": seconds, "peak_mb": peak_mb}


def product(facts: Facts) -> list[tuple[Any, ...]]:
    """The whole queue, and what is in it."""
    scores = built_in().model_copy(update={"kinds": ()})
    request = QueueRequest(AS_OF, calendar.named("CN", zone=ZONE), scores=scores)
    world, scaled, _ = open_queue(facts, [default_pipeline()], request)
    return world.sql(FIGURES, unit=scaled.unit)


def by_hand(facts: Facts) -> list[tuple[Any, ...]]:
    """The same by two statements."""
    made, asked = (SQL / "queue.sql").read_text("utf-8").split(";\n")
    facts.connection.execute(made)
    return facts.connection.execute(asked).fetchall()


def assert_equal(product: list[Any], hand: list[Any]) -> None:
    """Every class has the same rows, the same sums, and the same first ones in the same order."""
    for own, other in zip(product, hand, strict=True):
        (a, b) = ((*row[:3], *row[4:]) for row in (own, other))
        if a != b or abs(own[3] - other[3]) > TOLERANCE:
            raise AssertionError(f"class {own[0]}: {own[:5]} is not {other[:5]}; {own[5][:5]} {other[5][:5]}")


def filled(records: int) -> Path:
    """The file of facts."""
    source = (SQL / "fill_queue.sql").read_text("utf-8")

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("SET VARIABLE records = ?", [records])
        connection.execute(source)
        calendar_days.write(connection, [calendar.named("CN", zone=ZONE)])
        persons.ensure(connection)

    return kept(f"queue-persons-{records}", source, fill, [default_pipeline()])


if __name__ == "__main__":
    raise SystemExit(main())
