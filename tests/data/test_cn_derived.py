"""The Chinese copy of Maven's pipeline: GB18030, 2016年10月20日, 万元. The same figures, and those of Maven itself."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.data import test_maven as maven
from tests.data.opened import (
    Figure,
    Opened,
    Row,
    check,
    check_all_covered,
    differences,
    opened,
    statistics,
    totals,
    win_rate,
    won_amounts,
)

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("cn-derived")]
STAGES = {"first_contact": "Prospecting", "needs": "Engaging", "won": "Won", "lost": "Lost"}


@pytest.fixture(scope="module")
def held(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from opened("cn-derived-maven", shared_data, tmp_path_factory)


@pytest.fixture(scope="module")
def original(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from opened("maven-crm-sales", shared_data, tmp_path_factory)


def stage_map(held: Opened) -> dict[str, str]:
    """The Chinese labels as the pipeline reads them."""
    (pipeline,) = held.bridge._pipelines
    return {stage.names["zh"]: STAGES[stage.key] for stage in pipeline.stages}


FIGURES: dict[str, Figure] = {
    "stage_map": stage_map,
    "rows": lambda held: held.whole["total"],
    "deals_by_stage": lambda held: {STAGES[stage]: n for stage, n in totals("stage")(held).items()},
    "win_rate": lambda held: win_rate(held.whole),
    "won_value_total": lambda held: Decimal(held.whole["won_amount"]),
    "won_value_by_close_month": won_amounts("close_month"),
    "cycle_days_won": lambda held: statistics(held.durations[0]),
}
DIMENSIONS = ("owner", "product", "account", "close_month", "close_quarter", "created_month", "created_quarter")
CURRENCIES = ("won_amount_currency", "lost_amount_currency", "open_amount_currency", "average_deal_currency")
NAMED = (*CURRENCIES, "velocity_currency", "key")
"""What differs by nature: the currency, and ids made anew."""


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_is_the_reference_to_the_digit(held: Opened, name: str) -> None:
    check(held, name, FIGURES[name])


def test_every_figure_is_held_or_has_its_reason(held: Opened) -> None:
    check_all_covered(held.reference, FIGURES, {})


def figures(held: Opened, by: str | None) -> dict[str, dict[str, Any]]:
    return {label: {k: v for k, v in row.items() if k not in NAMED} for label, row in held.funnel(by).items()}


@pytest.mark.parametrize("by", [None, *DIMENSIONS])
def test_every_row_of_the_funnel_equals_mavens(held: Opened, original: Opened, by: str | None) -> None:
    assert figures(held, by) == figures(original, by)


def figures_of_stage(row: Row) -> dict[str, Any]:
    """A stage's figures without its names, which stand in the reasons for what cannot be told too."""
    named = {"pipeline", "key", "stage"}
    plain = {k: v for k, v in row.items() if k not in named and not k.endswith(("_currency", "_unavailable"))}
    return plain | {k: v["code"] for k, v in row.items() if k.endswith("_unavailable")}


def test_the_stages_equal_mavens(held: Opened, original: Opened) -> None:
    ours, theirs = ([*one.stages().values()] for one in (held, original))
    assert [figures_of_stage(row) for row in ours] == [figures_of_stage(row) for row in theirs]
    assert [row["reached"] for row in ours] == [8800, 8300]


@pytest.mark.parametrize("name", [n for n in maven.FIGURES if n.startswith(("cycle_days_won", "won_value_by_product"))])
def test_other_figures_of_mavens_reference_hold_too(held: Opened, original: Opened, name: str) -> None:
    assert differences(maven.FIGURES[name](held), original.reference[name]["value"], name) == []


def test_the_currency_is_the_yuan(held: Opened) -> None:
    assert {held.whole[name] for name in CURRENCIES if held.whole[name]} == {"CNY"}
    assert held.whole["won_amount"] == "10005534.00"
