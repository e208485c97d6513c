"""The weekly pack of a company with many deals, against DuckDB SQL written by hand for the same figures, and pandas.

    python bench/pack.py --deals 1000000 --rounds 3
    uv run --with pandas python bench/pack.py --deals 1000000 --rounds 1 --sides product,hand,pandas

The data are those of bench/services.py (5 events a deal in the mean) with teams and 3 activities a deal
(fill_pack.sql). Each side has a process of its own, one after the other. The product gives the whole pack, all sections
with names, texts and records; the hand-made side gives the figures of waterfall, funnel, ageing, forecast, risk,
stalled deals by rep, channels, classes of customers, who may leave, and the checks of data quality; every figure that
both give is asserted equal. It knows this data: one calendar, one pipeline, one currency, whole histories, nothing
reopened. The side of pandas (pack_pandas.py) gives fewer figures, out of the ledger.
"""

import argparse
import hashlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import services
from services import PIPELINE, SQL, ZONE

from crmbridge.app import compliances, packs
from crmbridge.app.asker import Asker
from crmbridge.app.bridge import Bridge
from crmbridge.app.pack_asking import PackAsked
from crmbridge.facts.store import Facts, connect
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
COMPARED = {
    id_: f"deal.{id_}" for id_ in ("unassigned", "close_overdue", "lost_without_reason", "stalled", "stage_unmapped")
}
COMPARED["duplicates"] = "account.duplicates"
"""Checks of data quality that the pack makes as the report of quality does; of the others it asks more."""
Figures = dict[str, list[float]]


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
        print(json.dumps(measured(arguments.side, arguments.file), default=float))
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
            differing = {
                key: (product.get(key), value) for key, value in one["figures"].items() if product.get(key) != value
            }
            if differing:
                raise AssertionError(f"{side}: {dict(list(differing.items())[:20])}")
    seconds = {side: statistics.median(one["seconds"] for one in rounds) for side, rounds in found.items()}
    for side, rounds in found.items():
        peak = max(one["peak_mb"] for one in rounds)
        cpu = statistics.median(one["cpu"] for one in rounds)
        print(f"{side:8} {seconds[side]:8.2f} s   processor {cpu:.1f} s with its start   peak {peak:.0f} MB")
    print(f"{len(found['hand'][0]['figures'])} figures are equal")
    ratio = seconds["product"] / seconds["hand"]
    print(f"{deals} deals: product / hand {ratio:.2f} (budget {BUDGET})")
    is_broken = ratio > BUDGET
    if "pandas" in seconds:
        times = seconds["pandas"] / seconds["product"]
        print(f"pandas / product {times:.2f} (at least {PANDAS_BUDGET})")
        is_broken |= times < PANDAS_BUDGET
    return int(is_broken)


def in_child(side: str, file: Path) -> dict[str, Any]:
    """One side in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--file", str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured(side: str, file: Path) -> dict[str, Any]:
    """The figures of a side, its seconds and the peak memory of this process."""
    seconds, figures = SIDES[side](file)
    return {
        "figures": figures,
        "seconds": seconds,
        "cpu": time.process_time(),
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
            connection.close()
            made.rename(file)
    return file


# -- the product -----------------------------------------------------------------------------------------------------


def product(file: Path) -> tuple[float, Figures]:
    """The whole pack."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "crm").mkdir()
        (folder / "crm" / "deals.csv").write_text("ID\n", "utf-8")
        (folder / "crmbridge.toml").write_text(CONFIG, "utf-8")
        with Bridge.open(folder, as_of=AS_OF, environ={}) as bridge:
            started = time.perf_counter()
            with Facts(connect(file), zone=ZONE, currency="CNY") as facts, share(facts) as shared:
                asked = PackAsked(Asker(bridge.wiring, shared, [PIPELINE], AS_OF), WEEK)
                pack = packs.pack_of(asked)
                seconds = time.perf_counter() - started
                return seconds, figures_of(pack, asked)


def figures_of(pack: Any, asked: PackAsked) -> Figures:  # noqa: ANN401 - a Pack
    """The figures of a pack that the other sides give too."""
    rows = {section.key: list(section.rows) for section in pack.sections}
    found: Figures = {}
    for row in rows["waterfall"]:
        found[f"waterfall {row['what']}"] = [row["n"], e4(row["amount"])]
    for key, row in zip((stage.key for stage in PIPELINE.stages), rows["funnel"], strict=False):
        found[f"funnel {key}"] = [row["n"], e4(row["amount"]), row["reached"]]
    for row in rows["channels"]:
        found[f"channels {row['what']}"] = [row["rate"].numerator, row["rate"].denominator]
    for row in rows["overdue"]:
        found[f"overdue {row['who']}"] = [row["n"]]
    for row in rows["forecast"]:
        if row["what"] in {"closed", "total"}:
            found[f"forecast {row['what']}"] = [e4(row["now"])]
    for key, row in zip((stage.key for stage in PIPELINE.stages), rows["ageing"], strict=False):
        found[f"ageing {key}"] = [row.get(age, 0) for age in ("age_7", "age_30", "age_60", "age_90")]
    for row in rows["tiers"]:
        if row["what"] in {"A", "B", "C"}:
            found[f"tiers {row['what']}"] = [row["n"], e4(row["amount"])]
    found |= {f"churn {level}": [n] for level, n in Counter(one.level for one in asked.care.churn.customers).items()}
    checks = compliances.reported(asked.asker).quality.whole.tallies
    found |= {
        f"quality {COMPARED[id_]}": [one.applicable, one.failed] for id_, one in checks.items() if id_ in COMPARED
    }
    found |= {f"risk {one.id}": [one.yes] for one in asked.risk.signals}
    found |= {f"risk {one.band}": [one.deals] for one in asked.risk.bands}
    return found


def e4(money: Any) -> int:  # noqa: ANN401 - a Money
    """An amount in 1/10,000."""
    return int(money.amount * 10_000)


# -- by hand ---------------------------------------------------------------------------------------------------------


def by_hand(file: Path) -> tuple[float, Figures]:
    """The same figures by DuckDB SQL."""
    started = time.perf_counter()
    found: Figures = {}
    with Facts(connect(file), zone=ZONE, currency="CNY") as facts:
        for name, moment in MOMENTS.items():
            facts.connection.execute(f"SET VARIABLE {name} = ?", [moment])
        checks = (SQL / "quality.sql").read_text("utf-8").replace("TIMESTAMP '2026-11-01'", "getvariable('cut')")
        checks = checks.replace("DATE '2026-11-01'", "d(getvariable('cut'))")
        for statement in f"{(SQL / 'pack.sql').read_text('utf-8')};\n{checks}".split(";\n"):
            for row in facts.connection.execute(statement).fetchall():
                if (
                    len(row) == services.ANSWER
                    and (row[0] != "quality" or row[1] in COMPARED.values())
                    and row[0] != "judged"
                ):
                    found[f"{row[0]} {row[1]}"] = [*row[2]]
    return time.perf_counter() - started, found


def by_pandas(file: Path) -> tuple[float, Figures]:
    """Some of the figures out of the ledger, in pandas."""
    import pack_pandas  # noqa: PLC0415 - pandas is no dependency of the project

    epoch = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    return pack_pandas.figures(
        file, {name: (one - epoch) // timedelta(microseconds=1) for name, one in MOMENTS.items()}
    )


SIDES: dict[str, Callable[[Path], tuple[float, Figures]]] = {"product": product, "hand": by_hand, "pandas": by_pandas}


if __name__ == "__main__":
    raise SystemExit(main())
