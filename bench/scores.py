"""Scores and tiers of many open leads, against DuckDB SQL written by hand for the same table.

    python bench/scores.py --leads 1000000 --rounds 3

Both sides read the same file of facts, each in a process of its own, one after the other, and leave a table in their
session with the score and the tier of every lead; how many leads are in which tier, which ones, and what their scores
sum to is asserted equal. The data are made by SQL from hashes of row numbers, so every run has the same: three
activities a lead in the mean, half of the leads with a tier from an earlier run, criteria, titles and numbers blank on
some. The hand-made side knows this data (one source, nobody has more than ten web visits, no custom rules) and works
in floats; the product knows none, and works in whole numbers.
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

from crmbridge.facts.store import Facts, connect
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.scores import write_scores
from crmbridge.services.scores_document import built_in
from crmbridge.services.scores_report import ScoresRequest

BUDGET = 4.0
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
SQL = Path(__file__).with_name("services_sql")
TOLERANCE = 0.01
"""What the sums of scores may differ by: floats are added up in no fixed order."""
FIGURES = """SELECT tier, count(*), round(sum(score), 3), sum(hash(id) % 1000003)::BIGINT,
  count(*) FILTER (tier IS DISTINCT FROM was) FROM svc_scores GROUP BY tier"""
Figures = dict[str, Any]


def main() -> int:
    """Both sides in turn; the ratio of the medians decides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=("product", "hand"))
    parser.add_argument("--file", type=Path)
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps(measured(arguments.side, arguments.file)))
        return 0
    file = filled(arguments.leads)
    found: dict[str, list[Figures]] = {"product": [], "hand": []}
    for _ in range(arguments.rounds):
        for side, rounds in found.items():
            rounds.append(in_child(side, file))
    assert_equal(found["product"][0]["figures"], found["hand"][0]["figures"])
    seconds = {side: statistics.median(one["seconds"] for one in rounds) for side, rounds in found.items()}
    ratio = seconds["product"] / seconds["hand"]
    print(f"{arguments.leads:,} leads, 3 activities each in the mean; medians of {arguments.rounds} rounds")
    print(f"product {seconds['product']:.2f} s   by hand {seconds['hand']:.2f} s   {ratio:.2f} x")
    for side, rounds in found.items():
        print(f"peak memory {side:8} {max(one['peak_mb'] for one in rounds):6.0f} MB")
    print(f"budget {BUDGET} x: {'met' if ratio <= BUDGET else 'MISSED'}; tiers {found['hand'][0]['figures']}")
    return 0 if ratio <= BUDGET else 1


def in_child(side: str, file: Path) -> Figures:
    """One side in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--file", str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Figures = json.loads(done.stdout)
    return found


def measured(side: str, file: Path) -> Figures:
    """The figures of a side, its seconds and the peak memory of this process."""
    with Facts(connect(file), zone=ZoneInfo("Asia/Shanghai"), currency="CNY") as facts:
        started = time.perf_counter()
        rows = product(facts) if side == "product" else by_hand(facts)
        seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"figures": {row[0]: row[1:] for row in sorted(rows)}, "seconds": seconds, "peak_mb": peak_mb}


def product(facts: Facts) -> list[tuple[Any, ...]]:
    """The table that the queue reads, and what is in it."""
    world = open_world(facts, [], FunnelRequest(as_of=AS_OF))
    write_scores(world, ScoresRequest(AS_OF), built_in().model_copy(update={"kinds": ("lead",)}))
    return world.sql(FIGURES)


def by_hand(facts: Facts) -> list[tuple[Any, ...]]:
    """The same by two statements."""
    made, asked = (SQL / "scores.sql").read_text("utf-8").split(";\n")
    facts.connection.execute(made)
    return facts.connection.execute(asked).fetchall()


def assert_equal(product: Figures, hand: Figures) -> None:
    """Every tier has the same leads and the same sum of scores."""
    for tier, (records, score, who, changed) in hand.items():
        own = product[tier]
        if [own[0], own[2], own[3]] != [records, who, changed] or abs((own[1] or 0) - (score or 0)) > TOLERANCE:
            raise AssertionError(f"tier {tier}: {own} is not {hand[tier]}")


def filled(leads: int) -> Path:
    """The file of facts."""
    source = (SQL / "fill_scores.sql").read_text("utf-8")

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("SET VARIABLE leads = ?", [leads])
        connection.execute(source)

    return kept(f"scores-{leads}", source, fill)


if __name__ == "__main__":
    raise SystemExit(main())
