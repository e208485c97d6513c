"""Recency, frequency and money of 2,357 customers, worked out by the service, against the reference."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.data.opened import Figure, Opened, check, opened, statistics_of

from crmbridge.services.customers import customers
from crmbridge.services.customers_report import CustomersReport, CustomersRequest, load_customers

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("cdnow")]
AS_OF = datetime(1998, 6, 30, 20, tzinfo=ZoneInfo("America/New_York"))
EVER = "window_days = 600"
"""From the first day of the data on."""


@pytest.fixture(scope="module")
def held(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from opened("cdnow-rfm", shared_data, tmp_path_factory)


@pytest.fixture(scope="module")
def report(held: Opened) -> CustomersReport:
    bridge = held.bridge
    return customers(bridge._facts, bridge._pipelines, CustomersRequest(AS_OF), load_customers(EVER))


def recencies(report: CustomersReport) -> list[int]:
    return [one.days_since for one in report.customers if one.days_since is not None]


def orders(report: CustomersReport) -> list[int]:
    return [one.orders for one in report.customers if one.orders is not None]


def spent(report: CustomersReport) -> list[int]:
    return [one.amount.e4 for one in report.customers]


def top_share(report: CustomersReport) -> Fraction:
    """They come with those first who bought most."""
    found = spent(report)
    return Fraction(sum(found[: len(found) // 5]), sum(found))


def examples(report: CustomersReport, numbers: list[str]) -> dict[str, dict[str, object]]:
    named = {int(one.name or 0): one for one in report.customers}
    found = ((number, named[int(number)]) for number in numbers)
    return {
        number: {"recency_days": one.days_since, "rows": one.orders, "monetary": Decimal(one.amount.e4) / 10_000}
        for number, one in found
    }


FIGURES: dict[str, Any] = {
    "rows": lambda report: sum(orders(report)),
    "customers": lambda report: len(report.customers),
    "amount_total": lambda report: Decimal(sum(spent(report))) / 10_000,
    "recency_days": lambda report: statistics_of(recencies(report)),
    "frequency_rows": lambda report: statistics_of(orders(report)),
    "monetary": lambda report: statistics_of(e4 / 10_000 for e4 in spent(report)),
    "one_time_share": lambda report: Fraction(orders(report).count(1), len(report.customers)),
    "top20pct_share": top_share,
    "recency_le_90": lambda report: sum(days <= 90 for days in recencies(report)),
    "recency_le_365": lambda report: sum(days <= 365 for days in recencies(report)),
    "customers_freq_ge": lambda report: {
        str(least): sum(rows >= least for rows in orders(report)) for least in (2, 3, 5, 10, 20)
    },
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_service_gives_the_reference_to_the_digit(held: Opened, report: CustomersReport, name: str) -> None:
    figure: Figure = lambda _: FIGURES[name](report)  # noqa: E731 - a figure of the report at hand
    check(held, name, figure)


def test_single_customers_are_those_of_the_reference(held: Opened, report: CustomersReport) -> None:
    theirs = held.reference["examples"]["value"]
    for number, ours in examples(report, list(theirs)).items():
        told = theirs[number]
        assert (ours["recency_days"], ours["rows"]) == (told["recency_days"], told["rows"]), number
        assert ours["monetary"] == Decimal(str(told["monetary"])), number


def test_points_are_fifths_of_all_customers(report: CustomersReport) -> None:
    assert report.by_quintiles
    n = len(report.customers)
    worse_by = {
        "recency_points": sorted(-days for days in recencies(report)),
        "frequency_points": sorted(orders(report)),
        "money_points": sorted(spent(report)),
    }
    for one in report.customers[::97]:
        assert one.days_since is not None
        assert one.orders is not None
        own = {"recency_points": -one.days_since, "frequency_points": one.orders, "money_points": one.amount.e4}
        for points, value in own.items():
            worse = sum(other < value for other in worse_by[points])
            assert getattr(one, points) == 1 + min(4, 5 * worse // n), (one.name, points)


def test_value_classes_are_by_the_share_of_those_before_and_all_add_up(report: CustomersReport) -> None:
    assert sum(group.customers for group in report.states) == sum(group.customers for group in report.classes) == 2357
    before = Decimal(0)
    whole = sum(spent(report))
    for one in sorted(report.customers, key=lambda one: (-one.amount.e4, one.id)):
        share = before / whole
        assert one.value_class == ("A" if share < Decimal("0.8") else "B" if share < Decimal("0.95") else "C")
        before += one.amount.e4
