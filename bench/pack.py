"""The weekly pack of a company with many deals, against DuckDB SQL written by hand for the same figures, and pandas.

    python bench/pack.py --deals 1000000 --rounds 3
    uv run --with pandas python bench/pack.py --deals 1000000 --rounds 1 --sides product,hand,pandas

The data are those of bench/services.py (5 events a deal in the mean) with teams and 3 activities a deal
(fill_pack.sql). Each side has a process of its own, one after the other. Every side gives the same figures, all that
the pack shows of this data (pack_figures.py): waterfall, what changed with the deals themselves, funnel, ageing,
forecast, the deals at risk, those over their limits by rep, scores and limits by rep, VIPs not in touch, who may leave,
value classes, channels, who won most. Each is asserted equal, and none may be on one side alone. By hand (pack.sql,
pack_people.sql, pack_customers.sql) they come out of the file of facts; the side of pandas (pack_pandas.py) reads the
ledger. Both know this data: one calendar, one pipeline, one currency, whole histories, nothing reopened, and customers
enough to rank them by fifths (20,000 deals).
"""

import argparse
import hashlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import services
from pack_figures import Figures, figures_of
from pack_took import Clock, Took
from services import PIPELINE, SQL, ZONE

from crmbridge.app import packs
from crmbridge.app.asker import Asker
from crmbridge.app.bridge import Bridge
from crmbridge.app.pack_asking import PackAsked
from crmbridge.facts import calendar_days
from crmbridge.facts.store import Facts, connect
from crmbridge.model.calendar import named
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.results import Period
from crmbridge.services.sharing import share

BUDGET, PANDAS_BUDGET = 4.0, 5.0
AS_OF = datetime(2026, 5, 4, 1, tzinfo=UTC)
"""Monday, nine in the morning in Shanghai."""
WEEK = NamedPeriod("week", "2026-W18", Period(date(2026, 4, 27), date(2026, 5, 4)))
MOMENTS = {
    "cut": AS_OF.replace(tzinfo=None),
    "start": datetime(2026, 4, 26, 16, tzinfo=UTC).replace(tzinfo=None) - timedelta(microseconds=1),
    "until": datetime(2026, 5, 3, 16, tzinfo=UTC).replace(tzinfo=None) - timedelta(microseconds=1),
}
CONFIG = """[workspace]
name = "bench"
currency = "CNY"
timezone = "Asia/Shanghai"
calendar = "CN"
[connections.crm]
adapter = "csv"
path = "crm"
objects.deals = { file = "deals.csv", key = "ID" }
"""
LONG = 20
"""A list of so many values is compared by its length and the hash of its values in their order."""


def main() -> int:
    """The sides in turn; the ratios of the medians decide."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sides", default="product,hand")
    parser.add_argument("--side", choices=tuple(SIDES))
    parser.add_argument("--file", type=Path)
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps(measured(arguments.side, arguments.file)))
        return 0
    file = filled(arguments.deals)
    found: dict[str, list[dict[str, Any]]] = {side: [] for side in arguments.sides.split(",")}
    for _ in range(arguments.rounds):
        for side, rounds in found.items():
            rounds.append(in_child(side, file))
    return told(found, arguments.deals)


def told(found: dict[str, list[dict[str, Any]]], deals: int) -> int:
    """Prints seconds and memory; 1 where a budget is broken. AssertionError where a figure differs."""
    product = found["product"][0]["figures"]
    for side, rounds in found.items():
        for one in rounds:
            assert_equal(side, product, one["figures"])
    seconds, processor = (
        {side: statistics.median(one[what] for one in rounds) for side, rounds in found.items()}
        for what in ("seconds", "cpu")
    )
    for side, rounds in found.items():
        peak = max(one["peak_mb"] for one in rounds)
        print(f"{side:8} {seconds[side]:8.2f} s   processor {processor[side]:7.2f} s   peak {peak:.0f} MB")
    values = sum(len(row) for row in product.values())
    print(f"{len(product)} rows of {values} figures are equal on {len(found)} sides")
    ratio = seconds["product"] / seconds["hand"]
    of_processor = processor["product"] / processor["hand"]
    print(f"{deals} deals: product / hand {ratio:.2f} (budget {BUDGET}), of processor time {of_processor:.2f}")
    is_broken = ratio > BUDGET
    if "pandas" in seconds:
        times = seconds["pandas"] / seconds["product"]
        of_processor = processor["pandas"] / processor["product"]
        print(f"pandas / product {times:.2f} (at least {PANDAS_BUDGET}), of processor time {of_processor:.2f}")
        is_broken |= times < PANDAS_BUDGET
    return int(is_broken)


def assert_equal(side: str, product: Figures, figures: Figures) -> None:
    """Every row is there, and every figure is the same: quotients to 1e-9, all others exactly."""
    differing = {
        key: (product.get(key), figures.get(key))
        for key in sorted(product.keys() | figures.keys())
        if not is_same(product.get(key), figures.get(key))
    }
    if differing:
        raise AssertionError(f"{side}: {len(differing)} rows, product and {side}: {list(differing.items())[:20]}")


def is_same(left: Any, right: Any) -> bool:  # noqa: ANN401 - whatever a figure is
    """Whether two figures, or rows of them, are one."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, float) or isinstance(right, float):
        return left is not None and right is not None and services.is_same(left, right)
    return bool(left == right)


def condensed(value: Any) -> Any:  # noqa: ANN401 - whatever a figure is
    """A figure as it is compared."""
    if not isinstance(value, list):
        return value
    if len(value) > LONG:
        return [len(value), hashlib.sha256(json.dumps(value).encode()).hexdigest()]
    return [condensed(one) for one in value]


def in_child(side: str, file: Path) -> dict[str, Any]:
    """One side in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--file", str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured(side: str, file: Path) -> dict[str, Any]:
    """The figures of a side, its seconds and the peak memory of this process."""
    took, figures = SIDES[side](file)
    return {
        "figures": {key: condensed(row) for key, row in figures.items()},
        "seconds": took,
        "cpu": took.processor,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def filled(deals: int) -> Path:
    """The file of facts and the ledger beside it, kept for later runs in the folder for temporary files."""
    plain = services.filled(deals)
    source = plain.name + (SQL / "fill_pack.sql").read_text("utf-8")
    file = plain.with_name(f"pack-{deals}-{hashlib.sha256(source.encode()).hexdigest()[:12]}.duckdb")
    if not file.exists():
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            made = Path(folder) / file.name
            made.write_bytes(plain.read_bytes())
            connection = connect(made)
            connection.execute("SET VARIABLE deals = ?", [deals])
            connection.execute((SQL / "fill_pack.sql").read_text("utf-8"))
            calendar_days.write(connection, [named("CN", zone=ZONE)])
            connection.close()
            made.rename(file)
    return file


# -- the product -----------------------------------------------------------------------------------------------------


def product(file: Path) -> tuple[Took, Figures]:
    """The whole pack."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "crm").mkdir()
        (folder / "crm" / "deals.csv").write_text("ID\n", "utf-8")
        (folder / "crmbridge.toml").write_text(CONFIG, "utf-8")
        with Bridge.open(folder, as_of=AS_OF, environ={}) as bridge:
            clock = Clock()
            with Facts(connect(file), zone=ZONE, currency="CNY") as facts, share(facts) as shared:
                asked = PackAsked(Asker(bridge.wiring, shared, [PIPELINE], AS_OF), WEEK)
                pack = packs.pack_of(asked)
                took = clock.took()
                return took, figures_of(pack, asked)


# -- by hand ---------------------------------------------------------------------------------------------------------


def by_hand(file: Path) -> tuple[Took, Figures]:
    """The same figures by DuckDB SQL."""
    clock = Clock()
    found: Figures = {}
    with Facts(connect(file), zone=ZONE, currency="CNY") as facts:
        for name, moment in MOMENTS.items():
            facts.connection.execute(f"SET VARIABLE {name} = ?", [moment])
        for text in ("pack", "pack_people", "pack_customers"):
            for statement in (SQL / f"{text}.sql").read_text("utf-8").split(";\n"):
                for row in facts.connection.execute(statement).fetchall():
                    if len(row) >= services.ANSWER:
                        found[f"{row[0]} {row[1]}"] = [*row[2:]]
    return clock.took(), found


def by_pandas(file: Path) -> tuple[Took, Figures]:
    """The same figures out of the ledger, in pandas."""
    import pack_pandas  # noqa: PLC0415 - pandas is no dependency of the project
    import pack_pandas_moments  # noqa: PLC0415 - pandas is no dependency of the project

    return pack_pandas.figures(file, pack_pandas_moments.moments_of(MOMENTS, named("CN", zone=ZONE)))


SIDES: dict[str, Callable[[Path], tuple[Took, Figures]]] = {"product": product, "hand": by_hand, "pandas": by_pandas}


if __name__ == "__main__":
    raise SystemExit(main())
