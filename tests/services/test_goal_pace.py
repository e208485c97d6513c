"""The pace of goals: the vector by name, rates re-added, who has what and what nobody has."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from tests.services.goal_worlds import KPIS, PIPELINES, ask, end_of, goals, row, sold, world

from crmbridge.facts.store import Facts
from crmbridge.model.money import round_half_up
from crmbridge.services.goal_pace import remaining_of
from crmbridge.services.kpi import measure_kpis
from crmbridge.services.results import Period

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


REP = goals(
    """
[[goals]]
id = "sales"
metric = "revenue"
node = "rep/Li"
period = "2026-03"
target = "250000"
[[goals]]
id = "customers"
metric = "new_customers"
node = "rep/Li"
period = "2026-03"
target = "5"
[[goals]]
id = "conversion"
metric = "conversion"
node = "team/North"
period = "2026-03"
target = "25 %"
org = { method = "even" }
"""
)


@pytest.fixture(scope="module")
def march() -> Iterator[Facts]:
    """700,000.00 won, 9 of 30 leads converted; of Li's ten leads six."""
    deals = [
        sold(f"d{n}", "u1" if n < 4 else "u2", f"2026-03-{n + 10}", "100000", account_id=f"a{n}") for n in range(7)
    ]
    with world(deals) as facts:
        facts.insert("accounts", [{"id": f"a{n}", "owner_id": "u1"} for n in range(7)])
        won = {*range(6), 10, 11, 12}
        facts.insert(
            "leads",
            [
                {
                    "id": f"l{n}",
                    "owner_id": "u1" if n < 10 else "u2",
                    "created_at": end_of("2026-03-05").replace(tzinfo=None),
                    "converted": n in won,
                    "status": "converted" if n in won else "open",
                }
                for n in range(30)
            ],
        )
        yield facts


def test_a_rep_has_three_goals_and_the_rate_is_not_summed(march: Facts) -> None:
    report = ask(march, REP, "2026-03-31")
    sales, customers = row(report, "rep/u1", goal="sales"), row(report, "rep/u1", goal="customers")
    assert [sales.target, sales.actual, sales.attainment] == [250_000, 400_000, Fraction(8, 5)]
    assert [customers.target, customers.actual] == [5, 7]
    rates = {one.node.name: one for one in report.rows if one.goal == "conversion"}
    assert {one.target for one in rates.values()} == {Fraction(1, 4)}
    assert list(rates) == ["North", "Li", "Wang"]
    assert [[one.numerator, one.denominator] for one in rates.values()] == [[9, 30], [6, 10], [3, 20]]
    assert rates["North"].actual == Fraction(3, 10), "re-added, not the mean of 60 % and 15 %"
    assert remaining_of(report, "u1") == 0
    assert remaining_of(report, "u2") is None


def test_the_figures_of_march_are_those_of_the_kpis(march: Facts) -> None:
    """March: revenue 700,000.00, conversion 9/30 = .3000 [.1666-.4788]."""
    names = ("revenue_won", "lead_conversion")
    window = Period(date(2026, 3, 1), date(2026, 4, 1))
    chosen = [KPIS[name] for name in names]
    revenue, conversion = measure_kpis(march, PIPELINES, chosen, as_of=end_of("2026-03-31"), window=window)
    assert revenue.whole is not None
    assert conversion.whole is not None
    assert money(revenue.whole.value) == "700000.00"
    assert [conversion.whole.numerator, conversion.whole.denominator] == [9, 30]
    assert four(conversion.whole.value) == "0.3000"
    assert (f"{conversion.whole.low:.4f}", f"{conversion.whole.high:.4f}") == ("0.1666", "0.4788")
    company = goals(
        '[[goals]]\nid = "r"\nmetric = "revenue_won"\nperiod = "2026-03"\ntarget = "1"\n'
        '[[goals]]\nid = "c"\nmetric = "lead_conversion"\nperiod = "2026-03"\ntarget = "25 %"\n'
    )
    report = ask(march, company, "2026-03-31")
    assert [one.actual for one in report.rows] == [revenue.whole.value, conversion.whole.value]


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(n, marks=pytest.mark.wide) for n in range(3, 8))])
def test_whatever_the_split_every_node_and_every_week_is_conserved(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a world of numbers
    method, time = random.choice(["even", "capacity"]), random.choice(["even", "working_days", "capacity"])
    period, target = random.choice(["2026", "2026-H1", "2026-Q2", "2026-05"]), random.randint(1, 10**9)
    config = goals(
        f'[[goals]]\nid = "g"\nmetric = "revenue"\nperiod = "{period}"\ntarget = "{target / 100:.2f}"\n'
        f'org = {{ method = "{method}" }}\ntime = {{ method = "{time}" }}\n'
    )
    with world([sold("a", "u1", "2026-01-15", "1")]) as facts:
        whole = ask(facts, config, "2026-12-31")
        weeks = ask(facts, config, "2026-12-31", level="week")
    for key in ("company", "team/t1", "team/t2", "rep/u1", "rep/u2", "rep/u3"):
        assert row(whole, key).target == sum(one.target or 0 for one in weeks.rows if one.node.key == key)
    assert row(whole).target == Fraction(target, 100)
    assert row(whole).target == sum(row(whole, f"rep/{name}").target or 0 for name in ("u1", "u2", "u3"))
    assert row(whole, "team/t1").target == sum(row(whole, f"rep/{name}").target or 0 for name in ("u1", "u2"))


def test_where_less_is_better_staying_below_counts_up_to_twice() -> None:
    config = goals('[[goals]]\nid = "lost"\nmetric = "deals_lost"\nperiod = "2026-Q1"\ntarget = "10"\n')
    with world([sold("a", "u1", "2026-01-15", "1")]) as facts:
        found = row(ask(facts, config, "2026-02-28"))
        assert [found.actual, found.attainment] == [0, 2]
        assert found.state == "open"


def test_a_goal_of_nothing_is_met_and_has_no_attainment() -> None:
    config = goals('[[goals]]\nid = "none"\nmetric = "revenue"\nperiod = "2026-Q1"\ntarget = "0"\n')
    with world([sold("a", "u1", "2026-01-15", "1")]) as facts:
        found = row(ask(facts, config, "2026-02-28"))
        assert (found.attainment, found.pace, found.state) == (None, None, "met")
