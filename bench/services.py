"""Funnel, KPIs and data quality over many deals, against DuckDB SQL written by hand for the same figures.

    python bench/services.py --deals 1000000 --rounds 3

Both sides read the same file of facts, each in a process of its own, one after the other; every figure of the hand-made
side is asserted equal to the product's. The data are made by SQL from hashes of row numbers, so every run has the same:
seven open stages, 3 to 7 events a deal (5 in the mean), one deal in ten goes back a stage, one in five has days where
others have seconds, owners, sources and amounts are blank on some. Nothing is reopened and no history has a hole, which
is what lets the hand-made side be short. It knows this data; the product knows none.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from kept import kept

from crmbridge.facts.store import Facts, connect
from crmbridge.model.pipeline import Category, Pipeline, Stage
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.kpi import built_in, measure_kpis
from crmbridge.services.quality import quality
from crmbridge.services.quality_report import QualityRequest
from crmbridge.services.results import Durations, Unavailable
from crmbridge.services.sharing import share

BUDGET = 3.0
ANSWER = 3
"""A row of a hand-made answer is the group of figures, the name in it, and the figures; a CREATE gives a count."""

OPEN_STAGES = 7
DAY_US = 86_400_000_000
ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
PIPELINE = Pipeline(
    id="sales",
    stages=(
        *(
            Stage(key=f"s{n}", order=n, category=Category.OPEN, sla_days=40 + n, sla_unit="calendar")
            for n in range(1, OPEN_STAGES + 1)
        ),
        *(
            Stage(key=key, order=n, category=Category(key))
            for n, key in enumerate(("won", "lost", "void"), start=OPEN_STAGES + 1)
        ),
    ),
)
SQL = Path(__file__).with_name("services_sql")
Figures = dict[str, Any]
Parts = dict[str, Callable[[Facts], Figures]]


def main() -> int:
    """Both sides in turn; the ratio of the medians decides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=("product", "hand"))
    parser.add_argument("--file", type=Path)
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps(measured(arguments.side, arguments.file), default=float))
        return 0
    file = filled(arguments.deals)
    found: dict[str, list[Figures]] = {"product": [], "hand": []}
    for _ in range(arguments.rounds):
        for side, rounds in found.items():
            rounds.append(in_child(side, file))
    assert_equal(found["product"][0]["figures"], found["hand"][0]["figures"])
    return told(found, arguments.deals)


def told(found: dict[str, list[Figures]], deals: int) -> int:
    """Prints seconds, ratios and memory."""
    print(f"{deals:,} deals, 5 stage events each in the mean; medians of {len(found['hand'])} rounds")
    total = {}
    for part in ("funnel", "kpi", "quality", "total"):
        seconds = {side: statistics.median(r["seconds"][part] for r in rounds) for side, rounds in found.items()}
        ratio = seconds["product"] / seconds["hand"]
        total[part] = ratio
        print(f"{part:8} product {seconds['product']:7.2f} s   by hand {seconds['hand']:7.2f} s   {ratio:5.2f} x")
    for side, rounds in found.items():
        print(f"peak memory {side:8} {max(r['peak_mb'] for r in rounds):6.0f} MB")
    print(f"budget {BUDGET} x: {'met' if total['total'] <= BUDGET else 'MISSED'}; every figure equal")
    return 0 if total["total"] <= BUDGET else 1


def in_child(side: str, file: Path) -> Figures:
    """One side in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--file", str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Figures = json.loads(done.stdout)
    return found


def measured(side: str, file: Path) -> Figures:
    """The figures of a side, the seconds of its parts and the peak memory of this process."""
    with Facts(connect(file), zone=ZONE, currency="CNY") as facts:
        parts = PRODUCT if side == "product" else HAND
        figures: Figures = {}
        seconds: dict[str, float] = {}
        with share(facts) as shared:
            for name, part in parts.items():
                started = time.perf_counter()
                figures |= part(shared)
                seconds[name] = time.perf_counter() - started
    seconds["total"] = sum(seconds.values())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"figures": figures, "seconds": seconds, "peak_mb": peak_mb}


def filled(deals: int) -> Path:
    """The file of facts."""
    source = (SQL / "fill.sql").read_text("utf-8")

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("SET VARIABLE deals = ?", [deals])
        connection.execute(source)

    return kept(f"services-{deals}", source, fill, [PIPELINE])


def product_funnel(facts: Facts) -> Figures:
    """The whole, by owner, by stage."""
    report = funnel(facts, [PIPELINE], FunnelRequest(as_of=AS_OF, by="owner"))
    rows = {}
    for row in (report.whole, *report.slices):
        rows[row.key or ""] = [
            *(row.total, row.won, row.lost, row.open, row.void),
            *(int(row.won_amount.e4), int(row.lost_amount.e4), int(row.open_amount.e4)),
            number(row.win_rate),
            number(row.win_rate_value),
            *timed(row.cycle)[:2],
        ]
    stages = {s.stage: [s.reached, s.open_at, s.lost_at, *timed(s.dwell), s.stalled] for s in report.stages}
    return {"rows": rows, "stages": stages}


def product_kpi(facts: Facts) -> Figures:
    """Every KPI that is shipped."""
    results = measure_kpis(facts, [PIPELINE], built_in(), as_of=AS_OF)
    return {"kpi": {r.kpi.id: number(r.whole.value) for r in results if r.whole}}


def product_quality(facts: Facts) -> Figures:
    """How many fail which check, and how the checks of deals stand by owner."""
    report = quality(facts, [PIPELINE], QualityRequest(as_of=AS_OF))
    findings = {f"{f.kind}.{f.topic.id}": [f.tally.applicable, f.tally.failed] for f in report.findings}
    owners = {s.key or "": [s.n, s.tallies["unassigned"].applicable] for s in report.scores}
    return {"quality": findings, "judged": owners}


def by_hand(*names: str) -> Callable[[Facts], Figures]:
    """Statements of a file, the last of which answers with rows whose first value names them."""

    def run(facts: Facts) -> Figures:
        found: Figures = {}
        for name in names:
            for statement in (SQL / f"{name}.sql").read_text("utf-8").split(";\n"):
                for row in facts.connection.execute(statement).fetchall():
                    if len(row) == ANSWER:
                        group, key, values = row
                        found.setdefault(group, {})[key] = values
        return found

    return run


PRODUCT: Parts = {"funnel": product_funnel, "kpi": product_kpi, "quality": product_quality}
HAND: Parts = {name: by_hand(name) for name in PRODUCT}


def number(value: object) -> float | None:
    """A figure as a float, to be compared."""
    if isinstance(value, Unavailable) or value is None:
        return None
    found = value if isinstance(value, Fraction) else value.value  # type: ignore[attr-defined]
    return None if found is None else float(found)


def timed(found: Durations | Unavailable) -> list[float | None]:
    """Mean, median and 90th percentile in days."""
    if isinstance(found, Unavailable):
        return [None, None, None]
    return [None if found.mean is None else float(found.mean), found.median, found.p90]


def assert_equal(product: Figures, hand: Figures) -> None:
    """Every figure that the hand-made side has is the product's: counts and money exactly, quotients to 1e-9."""
    for group, rows in hand.items():
        if group in {"rows", "stages", "judged"} and product[group].keys() != rows.keys():
            raise AssertionError(f"{group}: {sorted(product[group].keys() ^ rows.keys())[:9]} are on one side only")
        for key, values in rows.items():
            ours = product[group][key]
            pairs = zip(ours, values, strict=True) if isinstance(ours, list) else [(ours, values)]
            for place, (left, right) in enumerate(pairs):
                if not is_same(left, right):
                    raise AssertionError(f"{group} {key} [{place}]: {left} is not {right}")
    if missing := {key for key, (n, _) in product["quality"].items() if n} - hand["quality"].keys():
        raise AssertionError(f"not judged by hand: {sorted(missing)}")
    if missing := product["kpi"].keys() - hand["kpi"].keys():
        raise AssertionError(f"not measured by hand: {sorted(missing)}")


def is_same(left: float | None, right: float | None) -> bool:
    """Whether two figures are one."""
    if left is None or right is None:
        return left is right
    return abs(left - right) <= 1e-9 * max(1.0, abs(left))


if __name__ == "__main__":
    raise SystemExit(main())
