"""A public data set as a synced workspace, and its figures in the shape of the set's `reference.json`.

Figures are read from the JSON that people get (`funnel --json`, `kpi --json`, `export`), and held against those of an
independent script: counts, money, keys and dates exactly, rates (`Fraction`) to six decimals and statistics
(`float`) to four, the decimals that the reference was rounded to.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from statistics import fmean, median
from typing import Any

import pytest
from tests.data.keeping import copy_of

from crmbridge.app.bridge import Bridge, SyncReport
from crmbridge.report import documents
from crmbridge.report.i18n import catalog
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.results import Durations

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
AS_OF = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BLANK = "(blank)"
ALL = "all"
_RATE_TOLERANCE, _STATISTIC_TOLERANCE = 0.5e-6 + 1e-9, 0.5e-4 + 1e-9

Row = Mapping[str, Any]
Figure = Callable[["Opened"], Any]


class Opened:
    """One synced workspace. Answers are kept: each question is put once."""

    def __init__(self, name: str, data: Path, factory: pytest.TempPathFactory) -> None:
        self.name = name
        self.folder = factory.mktemp("data") / name
        self.data = data / name
        self.reference: dict[str, Any] = json.loads((self.data / "reference.json").read_text("utf-8"))["figures"]
        self.synced = copy_of(factory, f"example-{name}", self.folder, self._make)
        self.bridge = Bridge.open(self.folder, as_of=AS_OF, environ={})
        self.funnel = cache(self._funnel)
        self.kpi = cache(self._kpi)
        self.records = cache(self._records)

    def _make(self, folder: Path) -> SyncReport:
        Bridge.init(folder, files=self.data, from_example=EXAMPLES / self.name)
        with Bridge.open(folder, environ={}) as bridge:
            return bridge.sync()

    def close(self) -> None:
        self.bridge.close()

    def document(self, by: str | None = None, **asked: Any) -> dict[str, Any]:
        """The funnel's JSON document."""
        return documents.document(self.bridge.funnel(by=[by] if by else [], **asked), catalog("en"))

    def _funnel(self, by: str | None = None) -> dict[str, Row]:
        """The funnel's rows: the whole one, or those of a dimension by their labels, the blank one as `(blank)`."""
        wanted = f"by {by}" if by else "whole"
        rows = [row for row in self.document(by)["rows"] if row["section"] == wanted]
        return {_label(row): row for row in rows}

    @property
    def whole(self) -> Row:
        return self.funnel()[ALL]

    def stages(self) -> dict[str, Row]:
        """The funnel's rows of stages by the stage's name."""
        return {row["stage"]: row for row in self.document()["rows"] if row["section"] == "stages"}

    def _kpi(self, name: str, by: str | None = None) -> dict[str, Row]:
        """A KPI's rows by their labels; `all` is the whole."""
        found = documents.document(self.bridge.kpi([name], by=[by] if by else []), catalog("en"))["rows"]
        assert isinstance(found, list)
        return {_label(row): row for row in found if by is None or row["key"] != ALL}

    def count(self, name: str) -> int:
        """A KPI that counts."""
        value = self.kpi(name)[ALL]["value"]
        assert isinstance(value, int)
        return value

    def counts(self, name: str, by: str) -> dict[str, int]:
        """A KPI that counts, slice by slice."""
        return {label: row["value"] for label, row in self.kpi(name, by).items()}

    def money(self, name: str, by: str | None = None) -> Any:
        """A KPI of money, whole or slice by slice, exact."""
        found = {label: Decimal(row["value"]) for label, row in self.kpi(name, by).items()}
        return found if by else found[ALL]

    def _records(self, kind: str) -> list[dict[str, Any]]:
        """The exported records of a kind."""
        return list(self.bridge.export(kind))

    def by_id(self, kind: str) -> dict[str, dict[str, Any]]:
        return {record["id"]: record for record in self.records(kind)}

    @cached_property
    def durations(self) -> tuple[Durations, Durations]:
        """The cycles of the won and of the lost deals, with the smallest, the largest and the 90th percentile."""
        found = funnel(self.bridge._facts, self.bridge._pipelines, FunnelRequest(as_of=AS_OF)).whole
        return found.cycle, found.lost_cycle


def _label(row: Row) -> str:
    return BLANK if row.get("key", ALL) is None else str(row["slice"])


def opened(name: str, data: Path, factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The workspace of a set, for a fixture of a module."""
    made = Opened(name, data, factory)
    yield made
    made.close()


# -- figures in the shape of the reference ----------------------------------------------------------------------------


def win_rate(row: Row) -> Fraction | None:
    """The win rate of a row, of its printed numerator and denominator."""
    return share(row["win_rate"])


def share(rate: Row) -> Fraction | None:
    """A printed rate as the exact ratio of its parts."""
    top, bottom = Fraction(str(rate["numerator"])), Fraction(str(rate["denominator"]))
    return top / bottom if bottom else None


def win_rates(by: str) -> Figure:
    """n, won and rate for each slice in which anything closed."""

    def figure(held: Opened) -> dict[str, dict[str, object]]:
        rows = {label: row for label, row in held.funnel(by).items() if row["win_rate"]["n"]}
        return {
            label: {"n": row["win_rate"]["n"], "won": row["won"], "rate": win_rate(row)} for label, row in rows.items()
        }

    return figure


def conversions(name: str, by: str) -> Figure:
    """n, won and rate of a KPI that is a rate, for each slice."""

    def figure(held: Opened) -> dict[str, dict[str, object]]:
        rows = {label: row["value"] for label, row in held.kpi(name, by).items()}
        return {label: {"n": rate["n"], "won": rate["numerator"], "rate": share(rate)} for label, rate in rows.items()}

    return figure


def won_amounts(by: str) -> Figure:
    """The won amount of each slice in which anything was won."""

    def figure(held: Opened) -> dict[str, Decimal]:
        return {label: Decimal(row["won_amount"]) for label, row in held.funnel(by).items() if row["won"]}

    return figure


def won_counts(by: str) -> Figure:
    """How many were won, of each slice in which anything was won."""
    return lambda held: {label: row["won"] for label, row in held.funnel(by).items() if row["won"]}


def totals(by: str) -> Figure:
    """How many deals each slice holds."""
    return lambda held: {label: row["total"] for label, row in held.funnel(by).items() if row["total"]}


def cycles(by: str) -> Figure:
    """n, mean and median of the won cycles of each slice."""

    def figure(held: Opened) -> dict[str, dict[str, object]]:
        return {
            label: {
                "n": row["cycle_n"],
                "mean": float(row["cycle_days_mean"]),
                "median": float(row["cycle_days_median"]),
            }
            for label, row in held.funnel(by).items()
        }

    return figure


def statistics(found: Durations) -> dict[str, object]:
    """Durations as the reference writes them."""
    parts = {
        "mean": found.mean,
        "median": found.median,
        "min": found.minimum,
        "max": found.maximum,
        "p90_linear": found.p90,
    }
    return {"n": found.n} | {name: None if part is None else float(part) for name, part in parts.items()}


def statistics_of(values: Iterable[float]) -> dict[str, object]:
    """The same figures of plain numbers, worked out here."""
    found = sorted(values)
    at = (len(found) - 1) * 0.9
    below = int(at)
    p90 = found[below] + (found[min(below + 1, len(found) - 1)] - found[below]) * (at - below)
    figures = {"mean": fmean(found), "median": median(found), "min": found[0], "max": found[-1], "p90_linear": p90}
    return {"n": len(found)} | {name: float(value) for name, value in figures.items()}


def day(instant: str, zone: Any = UTC) -> date:
    """The business date of an exported instant."""
    return datetime.fromisoformat(instant).astimezone(zone).date()


# -- comparing --------------------------------------------------------------------------------------------------------


def differences(ours: Any, theirs: Any, at: str = "") -> list[str]:
    """Where two figures of the same shape are not the same to the digit."""
    if isinstance(theirs, Mapping):
        if not isinstance(ours, Mapping) or {*ours} != {*theirs}:
            return [f"{at}: {sorted(ours) if isinstance(ours, Mapping) else ours} is not {sorted(theirs)}"]
        return [found for key in theirs for found in differences(ours[key], theirs[key], f"{at}.{key}")]
    return [] if _same(ours, theirs) else [f"{at}: {ours} is not {theirs}"]


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, Fraction):
        return abs(float(ours) - float(theirs)) <= _RATE_TOLERANCE
    if isinstance(ours, Decimal):
        return ours == Decimal(str(theirs))
    if isinstance(ours, float):
        return abs(ours - float(theirs)) <= _STATISTIC_TOLERANCE
    return type(ours) is type(theirs) and bool(ours == theirs)


def check(held: Opened, name: str, figure: Figure) -> None:
    """The figure of that name is the reference's, to the digit."""
    found = differences(figure(held), held.reference[name]["value"], name)
    assert not found, "\n".join(found)


def check_all_covered(reference: Mapping[str, Any], figures: Mapping[str, Figure], others: Mapping[str, str]) -> None:
    """Every figure of the reference is held, or stands in the table of the others with its reason; none in both."""
    assert not figures.keys() & others.keys()
    assert figures.keys() | others.keys() == reference.keys()
    assert all(len(reason) > 20 for reason in others.values())
