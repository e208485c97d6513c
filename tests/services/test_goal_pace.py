"""The pace of goals: the vector by name, rates re-added, who has what and what nobody has."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from tests.services.goal_worlds import ask, goals, row, sold, world

from crmbridge.facts.store import Facts
from crmbridge.model.money import round_half_up

YEAR = goals('[[goals]]\nid = "revenue"\nmetric = "revenue"\nperiod = "2026"\ntarget = "10000000"\n')
QUARTER = goals('[[goals]]\nid = "q1"\nmetric = "revenue"\nperiod = "2026-Q1"\ntarget = "2500000"\n')


def money(value: Fraction | None) -> str:
    assert value is not None
    return str(round_half_up(value, 2))


def four(value: Fraction | None) -> str:
    assert value is not None
    return str(round_half_up(value, 4))


@pytest.fixture(scope="module")
def sales() -> Iterator[Facts]:
    """1,500,000.00 by the end of February; 175,000.00 in the week W10."""
    with world(
        [
            sold("a", "u1", "2026-01-15", "600000"),
            sold("b", "u2", "2026-02-14", "700000"),
            sold("c", "u3", "2026-02-28", "200000"),
            sold("d", "u1", "2026-03-04", "175000"),
        ]
    ) as facts:
        yield facts


def test_gv_pace_1_the_quarter_at_the_end_of_february(sales: Facts) -> None:
    for config in (QUARTER, YEAR):
        report = ask(sales, config, "2026-02-28", level="quarter")
        found = row(report, period="2026-Q1")
        assert (money(found.target), money(found.actual)) == ("2500000.00", "1500000.00")
        assert money(found.expected) == "1666666.67"
        assert (four(found.pace), found.colour) == ("0.9000", "amber")
        assert four(found.attainment) == "0.6000"
        assert (found.elapsed, found.workdays) == (37, 59)
        assert money(found.linear) == "2391891.89"
        assert money(found.planned) == "2250000.00"
        assert (money(found.gap), found.workdays - found.elapsed) == ("1000000.00", 22)
        assert (money(found.required), money(found.so_far)) == ("45454.55", "40540.54")
        assert four(found.strain) == "1.1212"
        assert found.state == "open"


def test_gv_pace_1_expected_at_the_end_of_the_fourteenth_of_february(sales: Facts) -> None:
    found = row(ask(sales, QUARTER, "2026-02-14"))
    assert (money(found.expected), found.elapsed) == ("1406250.02", 32)


def test_gv_pace_1_the_week_w10(sales: Facts) -> None:
    """The check at the close of a week: 92.40 %, short 14,393.95."""
    found = row(ask(sales, YEAR, "2026-03-08", level="week"), period="2026-W10")
    assert (money(found.target), money(found.actual)) == ("189393.95", "175000.00")
    assert f"{float(found.attainment or 0):.2%}" == "92.40%"
    assert money(found.gap) == "14393.95"
    assert found.state == "missed"


def test_gv_alloc_5_the_weeks_of_february_and_the_one_over_two_months(sales: Facts) -> None:
    report = ask(sales, YEAR, "2026-04-05", level="week")
    weeks = {one.period.label: money(one.target) for one in report.rows if one.node.kind == "company"}
    assert (weeks["2026-W07"], weeks["2026-W08"]) == ("312499.98", "0.00")
    assert weeks["2026-W14"] == "194805.18"
    assert row(report, period="2026-W08").attainment is None, "nothing was asked for in a week of holidays"
    assert row(report, period="2026-W08").state == "met"


TEAM = goals(
    """
[[goals]]
id = "team"
metric = "revenue"
period = "2026-Q1"
target = "1000000"
org = { method = "even" }
"""
)


def test_rep_totals_and_what_nobody_has_are_the_teams_total() -> None:
    deals = [
        sold("a", "u1", "2026-01-15", "100.10"),
        sold("b", "u2", "2026-01-16", "200.20"),
        sold("c", "m", "2026-01-17", "1"),  # the manager has no share
        sold("d", None, "2026-01-18", "3"),  # nobody's
        sold("e", "gone", "2026-01-19", "5"),  # of somebody whom nobody knows
        sold("f", "u3", "2026-01-20", "400.40"),
    ]
    with world(deals) as facts:
        report = ask(facts, TEAM, "2026-01-31")
        told = {one.node.key: one.actual for one in report.rows}
        assert told["team/t1"] == sum(told[key] or 0 for key in ("rep/u1", "rep/u2", "team/t1/unassigned"))
        assert told["team/t1/unassigned"] == 1
        assert told["company/unassigned"] == 8
        assert told["company"] == sum(told[key] or 0 for key in ("team/t1", "team/t2", "company/unassigned"))
        assert told["company"] == Fraction(Decimal("709.70"))
        targets = {one.node.key: one.target for one in report.rows}
        assert targets["company"] == (targets["team/t1"] or 0) + (targets["team/t2"] or 0) == 1_000_000
        assert targets["company/unassigned"] is None
