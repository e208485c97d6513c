"""IBM's sample of 78,025 closed opportunities in one zip: every row a record, repeats too; no dates, no owners."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from tests.data.opened import (
    BLANK,
    Figure,
    Opened,
    check,
    check_all_covered,
    opened,
    statistics_of,
    win_rate,
    win_rates,
)

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("ibm")]
RESULTS = {"lost": "Loss", "won": "Won"}


@pytest.fixture(scope="module")
def held(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from opened("ibm-sales-win-loss", shared_data, tmp_path_factory)


@cache
def exported(held: Opened) -> tuple[int, Mapping[str, list[float]]]:
    """How many different rows the export holds (its revision is the content's hash), and the days by result."""
    contents: set[str] = set()
    days: dict[str, list[float]] = {"lost": [], "won": []}
    for record in held.bridge.export("deal"):
        contents.add(record["revision"])
        days[record["category"]].append(float(record["custom"]["days_to_closing"]["value"]))
    return len(contents), days


def repeats(held: Opened) -> int:
    return int(held.whole["total"]) - exported(held)[0]


def days_to_closing(held: Opened) -> dict[str, object]:
    """Mean and median by KPI, the rest of the exported records."""
    found: dict[str, object] = {}
    for state, days in exported(held)[1].items():
        mean, median = (held.kpi(f"days_to_closing_{name}", "state")[state] for name in ("mean", "median"))
        told = {"n": mean["n"], "mean": float(mean["value"]), "median": float(median["value"])}
        found[RESULTS[state]] = statistics_of(days) | told
    return found


def amounts(held: Opened) -> dict[str, Decimal]:
    return {"Loss": Decimal(held.whole["lost_amount"]), "Won": Decimal(held.whole["won_amount"])}


FIGURES: dict[str, Figure] = {
    "rows": lambda held: held.whole["total"],
    "exact_duplicate_rows": repeats,
    "distinct_opportunity_number": lambda held: held.count("opportunity_numbers"),
    "win_rate": lambda held: win_rate(held.whole),
    "win_rate_by_Region": win_rates("region"),
    "win_rate_by_Route To Market": win_rates("channel"),
    "win_rate_by_Supplies Group": win_rates("segment"),
    "win_rate_by_Competitor Type": win_rates("competitor"),
    "win_rate_by_Deal Size Category": win_rates("custom.deal_size"),
    "win_rate_by_Sales Stage Change Count": win_rates("custom.stage_changes"),
    "amount_total_by_result": amounts,
    "days_identified_to_closing": days_to_closing,
    "zero_amount_rows": lambda held: held.count("deals_without_value"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_is_the_reference_to_the_digit(held: Opened, name: str) -> None:
    check(held, name, FIGURES[name])


def test_every_figure_is_held_or_has_its_reason(held: Opened) -> None:
    check_all_covered(held.reference, FIGURES, {})


def test_no_competitor_and_an_unknown_one_are_two_slices(held: Opened) -> None:
    rows = held.funnel("competitor")
    assert rows[BLANK]["total"] == 9257
    assert rows["Unknown"]["total"] == 56724
    assert "None" not in rows


def test_an_amount_of_zero_is_known(held: Opened) -> None:
    assert held.whole["unknown_amounts"] == 0


def test_a_closing_without_a_date_is_counted_and_told(held: Opened) -> None:
    assert held.whole["undated"] == 78025
    assert held.whole["cycle_n"] == 0
    assert {"CYCLE_UNKNOWN", "HISTORY_QUALITY"} <= {note["code"] for note in held.document()["warnings"]}
