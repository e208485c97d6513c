from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.model import calendar
from crmbridge.model.errors import ConfigError
from crmbridge.services.allocation import allocate, spread
from crmbridge.services.fiscal import LEVELS, FiscalYear, Level, NamedPeriod
from crmbridge.services.goal_tree import Goal, GoalNotConserved, OrgNode, Plan, Unit
from crmbridge.services.goals import OrgSplit, Split, TimeSplit, _Splitter, plan

CN = calendar.named("CN", zone=ZoneInfo("Asia/Shanghai"))
YEAR = FiscalYear(2026)
CNY, COUNT, RATE = Unit("money", "CNY"), Unit("count"), Unit("rate")
TO_DAYS: tuple[Level, ...] = ("quarter", "month", "day")
TEN_MILLION = 10_000_000_00


def split(target: int, *over: Split, unit: Unit = CNY, **options: Any) -> Goal:
    return plan(target, unit=unit, over=over, calendar=CN, **options).goal


def amounts(goals: Sequence[Goal]) -> list[str]:
    return [str(CNY.show(goal.target)) for goal in goals]


def labelled(goals: Sequence[Goal]) -> dict[str, str]:
    return {goal.period.label: str(CNY.show(goal.target)) for goal in goals if goal.period}


def test_gv_alloc_1_quarters_then_months() -> None:
    goal = split(TEN_MILLION, TimeSplit(YEAR))
    assert amounts(goal.children) == ["2500000.00"] * 4
    for quarter in goal.children:
        assert amounts(quarter.children) == ["833333.34", "833333.33", "833333.33"]
    assert sum(month.target for month in goal.at("month")) == TEN_MILLION
    assert len(goal.at("month")) == 12


def test_gv_alloc_2_by_working_days() -> None:
    goal = split(TEN_MILLION, TimeSplit(YEAR, "working_days"))
    assert amounts(goal.at("quarter")) == ["2379032.26", "2459677.42", "2661290.32", "2500000.00"]
    assert amounts(goal.at("month")) == [
        "846774.19",
        "645161.29",
        "887096.78",
        "846774.20",
        "766129.03",
        "846774.19",
        "927419.36",
        "846774.19",
        "887096.77",
        "725806.45",
        "846774.19",
        "927419.36",
    ]


def test_gv_alloc_3_seasonal() -> None:
    percentages = (8, 6, 9, 8, 8, 9, 7, 7, 9, 8, 9, 12)
    goal = split(TEN_MILLION, TimeSplit(YEAR, "seasonal", values=percentages))
    assert amounts(goal.at("quarter")) == ["2300000.00", "2500000.00", "2300000.00", "2900000.00"]
    assert labelled(goal.at("month"))["2026-12"] == "1200000.00"


def test_gv_alloc_3_by_capacity() -> None:
    team = OrgNode("team", tuple(OrgNode(f"rep{n}", fte=Decimal(fte)) for n, fte in enumerate(("1", "1", ".5", ".8"))))
    wanted = ["303030.31", "303030.30", "151515.15", "242424.24"]
    assert amounts(split(1_000_000_00, OrgSplit("capacity"), org=team).children) == wanted
    assert amounts(split(1_000_000_00, OrgSplit("capacity"), org=team, period=YEAR.named("2026-Q1")).children) == wanted


def test_gv_alloc_3_three_reps_and_the_first_reps_months() -> None:
    team = OrgNode("team", tuple(OrgNode(f"rep {n}") for n in (1, 2, 3)))
    over = (OrgSplit(), TimeSplit(YEAR, levels=TO_DAYS))
    goal = split(1_000_000_00, *over, org=team, period=YEAR.named("2026-Q1"))
    assert amounts(goal.children) == ["333333.34", "333333.33", "333333.33"]
    assert amounts(goal.children[0].at("month")) == ["111111.12", "111111.11", "111111.11"]
    january = goal.children[0].at("month")[0]
    assert len(january.at("day")) == 21
    assert (amounts(january.at("day"))[0], amounts(january.at("day"))[-1]) == ("5291.01", "5291.00")


def test_gv_alloc_4_counts_even_and_spread() -> None:
    assert allocate(10, [1] * 12) == [1] * 10 + [0, 0]
    assert spread(10, [1] * 12) == [1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1]
    months = split(10, TimeSplit(YEAR, levels=("month",), is_spread=True), unit=COUNT).children
    assert [month.target for month in months] == [1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1]


def test_gv_alloc_4_allocate() -> None:
    assert allocate(1, [1, 1, 1]) == [1, 0, 0]
    assert allocate(-10, [1, 1, 1]) == [-4, -3, -3]
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]  # JPY has no decimals
    assert allocate(100_00, [Decimal(".333"), Decimal(".333"), Decimal(".334")]) == [33_30, 33_30, 33_40]


@pytest.fixture(scope="module")
def year() -> Goal:
    return split(TEN_MILLION, TimeSplit(YEAR, levels=TO_DAYS))


def test_gv_alloc_5_weeks_of_january(year: Goal) -> None:
    january = year.at("month")[0]
    assert set(amounts(january.at("day"))) == {"39682.54"}
    assert labelled(january.at("week")) == {
        "2026-W01": "39682.54",
        "2026-W02": "198412.70",
        "2026-W03": "198412.70",
        "2026-W04": "198412.70",
        "2026-W05": "198412.70",
    }


def test_gv_alloc_5_weeks_of_february(year: Goal) -> None:
    february = year.at("month")[1]
    assert amounts(february.at("day")) == ["52083.34"] * 5 + ["52083.33"] * 11
    weeks = labelled(february.at("week"))
    assert {label: weeks[label] for label in ("2026-W06", "2026-W07", "2026-W08", "2026-W09")} == {
        "2026-W06": "260416.70",
        "2026-W07": "312499.98",
        "2026-W08": "0.00",
        "2026-W09": "260416.65",
    }


def test_gv_alloc_5_a_week_over_two_months(year: Goal) -> None:
    march, april = year.at("month")[2:4]
    assert labelled(march.at("week"))["2026-W14"] == "75757.56"
    assert labelled(april.at("week"))["2026-W14"] == "119047.62"
    assert labelled(year.at("week"))["2026-W14"] == "194805.18"
    weeks = [week for week in march.at("week") if week.target]
    assert amounts(weeks) == ["189393.95"] * 3 + ["189393.92", "75757.56"]
    assert sum(week.target for week in weeks) == march.target


def test_months_and_weeks_are_two_views_of_the_same_days(year: Goal) -> None:
    assert len(year.at("week")) == 53
    for level in ("quarter", "month", "week", "day"):
        assert sum(goal.target for goal in year.at(level)) == TEN_MILLION


def test_halves_are_a_level_too() -> None:
    goal = split(100, TimeSplit(YEAR, levels=("half", "quarter")))
    assert labelled(goal.children) == {"2026-H1": "0.50", "2026-H2": "0.50"}
    assert amounts(goal.at("quarter")) == ["0.25"] * 4


def test_a_fiscal_year_may_begin_in_any_month() -> None:
    april = FiscalYear(2026, 4)
    goal = split(12_00, TimeSplit(april))
    assert goal.period == april.whole
    assert (april.whole.start, april.whole.end) == (date(2026, 4, 1), date(2027, 4, 1))
    assert [q.period.label for q in goal.children if q.period] == ["FY2026-Q1", "FY2026-Q2", "FY2026-Q3", "FY2026-Q4"]
    months = list(labelled(goal.at("month")))
    assert (months[0], months[8], months[9]) == ("2026-04", "2026-12", "2027-01")


def test_whole_weeks_belong_to_the_month_of_their_thursday() -> None:
    goal = split(
        TEN_MILLION, TimeSplit(FiscalYear(2026, rule="thursday"), "working_days", ("quarter", "month", "week"))
    )
    months = {month.period.label: month for month in goal.at("month") if month.period}
    assert months["2026-01"].period is not None
    assert months["2026-01"].period.start == date(2025, 12, 29)
    april = [week.period.label for week in months["2026-04"].children if week.period]
    assert april == ["2026-W14", "2026-W15", "2026-W16", "2026-W17", "2026-W18"]
    assert len(goal.at("week")) == 53  # 2026 begins on a Thursday
    assert {(week.period.end - week.period.start).days for week in goal.at("week") if week.period} == {7}
    assert sum(week.target for week in goal.at("week")) == TEN_MILLION


def test_quarters_of_thirteen_weeks() -> None:
    for number, last in ((2025, 5), (2026, 6)):  # 2026 has 53 weeks
        fiscal = FiscalYear(number, rule="4-4-5")
        lengths = [(end - start).days / 7 for start, end in zip(fiscal.bounds, fiscal.bounds[1:], strict=False)]
        assert lengths == [4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, last]
    goal = split(TEN_MILLION, TimeSplit(FiscalYear(2026, rule="4-4-5"), "even", ("quarter", "month", "week", "day")))
    assert sum(day.target for day in goal.at("day")) == TEN_MILLION


def test_calendar_months_are_not_split_into_weeks() -> None:
    with pytest.raises(ConfigError, match="weeks cross"):
        split(100, TimeSplit(YEAR, levels=("month", "week")))


@pytest.mark.parametrize("levels", [(), ("month", "quarter"), ("month", "month")])
def test_levels_go_from_coarse_to_fine(levels: tuple[Any, ...]) -> None:
    with pytest.raises(ConfigError, match="coarse to fine"):
        TimeSplit(YEAR, levels=levels)


def test_a_goal_of_one_quarter_skips_the_levels_above_it() -> None:
    goal = split(100, TimeSplit(YEAR), period=YEAR.named("2026-Q2"))
    assert list(labelled(goal.children)) == ["2026-04", "2026-05", "2026-06"]


def test_an_unknown_period_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"2026-Q5 .did you mean 2026-Q"):
        YEAR.named("2026-Q5")


@pytest.mark.parametrize(("number", "month"), [(0, 1), (9999, 1), (2026, 0), (2026, 13)])
def test_a_fiscal_year_that_cannot_be(number: int, month: int) -> None:
    with pytest.raises(ConfigError, match="there is no fiscal year"):
        FiscalYear(number, month)


def test_history_gives_shares_of_last_years_actuals() -> None:
    actuals = (0, 0, 0, 10, 20, 30, 5, 5, 5, 0, 0, 25)
    goal = split(1_000, TimeSplit(YEAR, "history", values=actuals))
    assert [quarter.target for quarter in goal.children] == [0, 600, 150, 250]
    assert [month.target for month in goal.at("month")] == [0, 0, 0, 100, 200, 300, 50, 50, 50, 0, 0, 250]


def test_four_values_are_quarters_and_their_months_are_even() -> None:
    goal = split(1_000, TimeSplit(YEAR, "history", values=(1, 2, 3, 4)))
    assert [quarter.target for quarter in goal.children] == [100, 200, 300, 400]
    assert [month.target for month in goal.children[0].children] == [34, 33, 33]


def test_manual_targets_must_sum_exactly() -> None:
    months = (100,) * 11 + (99,)
    goal = split(1_199, TimeSplit(YEAR, "manual", levels=TO_DAYS, values=months))
    assert [month.target for month in goal.at("month")] == list(months)
    assert sum(day.target for day in goal.at("day")) == 1_199
    with pytest.raises(GoalNotConserved) as caught:
        split(1_200, TimeSplit(YEAR, "manual", values=months))
    assert caught.value.code == "GOAL_NOT_CONSERVED"
    assert caught.value.context["difference"] == Decimal("0.01")
    assert "sum to 11.99, not to 12.00: the difference is 0.01" in str(caught.value)


def test_manual_targets_of_people_must_sum_exactly() -> None:
    team = OrgNode("team", (OrgNode("north", (OrgNode("lin", target=60), OrgNode("chen", target=20))), OrgNode("he")))
    with pytest.raises(GoalNotConserved, match=r"parts of team sum to 0\.80, not to 1\.00"):
        split(100, OrgSplit("manual"), org=team)
    assert [goal.target for goal in split(80, OrgSplit("manual"), org=team).children] == [80, 0]


def test_manual_targets_are_whole_units() -> None:
    with pytest.raises(ConfigError, match="whole units"):
        TimeSplit(YEAR, "manual", values=(Fraction(1, 2),) * 4)


@pytest.mark.parametrize(("method", "values"), [("seasonal", (1,) * 11), ("history", ()), ("even", (1,) * 12)])
def test_values_fit_the_method(method: Any, values: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="takes"):
        TimeSplit(YEAR, method, values=values)


def test_percentages_that_are_not_a_hundred_are_said() -> None:
    made = plan(1000, unit=CNY, over=(TimeSplit(YEAR, "seasonal", values=(8,) * 12),), calendar=CN)
    assert [note.code for note in made.notes] == ["GOAL_WEIGHTS_SUM"]
    assert "96" in str(made.notes[0])
    exact = tuple(Decimal(part) for part in (".2", ".3", ".1", ".4"))
    assert plan(1000, unit=CNY, over=(TimeSplit(YEAR, "seasonal", values=exact),), calendar=CN).notes == ()


def test_an_unpublished_calendar_is_said_where_workdays_count() -> None:
    later = FiscalYear(2027)
    for over in (TimeSplit(later, "working_days"), TimeSplit(later, levels=TO_DAYS)):
        made = plan(1000, unit=CNY, over=(over,), calendar=CN)
        assert [note.code for note in made.notes] == ["CALENDAR_NOT_PUBLISHED"]
    assert plan(1000, unit=CNY, over=(TimeSplit(later),), calendar=CN).notes == ()


def test_capacity_counts_the_days_people_are_there() -> None:
    leave = frozenset(date(2026, 3, 2) + timedelta(days=n) for n in range(11))  # ten of March's 22 workdays lie in it
    team = OrgNode("team", (OrgNode("lin", leave=leave), OrgNode("chen", ramp=Decimal("0.5"))))
    march = YEAR.named("2026-03")
    assert sum(CN.is_workday(day) for day in leave) == 9
    assert team.capacity(march, CN) == 13 + 11
    goal = split(2400, OrgSplit("capacity"), org=team, period=march)
    assert [child.target for child in goal.children] == [1300, 1100]
    months = split(2400, TimeSplit(YEAR, "capacity"), org=team, period=YEAR.named("2026-Q1")).children
    assert [month.target for month in months] == allocate(2400, [Decimal("31.5"), 24, 24])


def test_people_in_another_calendar_have_their_own_days() -> None:
    germany = calendar.named("DE", zone=ZoneInfo("Europe/Berlin"))
    org = OrgNode("company", (OrgNode("Lin"), OrgNode("Berlin", (OrgNode("Anna"),), calendar=germany)))
    goal = split(10_000, OrgSplit(), TimeSplit(YEAR, levels=("month", "day")), org=org)
    lin, anna = goal.children[0].at("month")[1], goal.children[1].children[0].at("month")[1]
    assert (len(lin.at("day")), len(anna.at("day"))) == (16, 20)


def test_time_first_and_then_people_conserves_both_views() -> None:
    team = OrgNode("team", tuple(OrgNode(name) for name in "abc"))
    goal = split(1_000_01, TimeSplit(YEAR), OrgSplit(), org=team)
    assert [len(month.children) for month in goal.at("month")] == [3] * 12
    assert sum(leaf.target for _, leaf in goal.walk() if not leaf.children) == 1_000_01


def test_people_first_still_gives_the_companys_months() -> None:
    team = OrgNode("team", tuple(OrgNode(name) for name in "abc"))
    goal = split(1_000_01, OrgSplit(), TimeSplit(YEAR, levels=TO_DAYS), org=team)
    assert [month.node for month in goal.at("month")] == ["team"] * 12
    assert sum(month.target for month in goal.at("month")) == 1_000_01
    assert sum(week.target for week in goal.at("week")) == 1_000_01
    assert goal.at("year")[0].target == 1_000_01


def test_a_rate_is_inherited_not_divided() -> None:
    team = OrgNode("team", (OrgNode("a"), OrgNode("b")))
    goal = plan(Decimal("0.30"), unit=RATE, over=(OrgSplit(), TimeSplit(YEAR)), calendar=CN, org=team).goal
    assert {found.target for _, found in goal.walk()} == {Decimal("0.30")}
    assert {month.target for month in goal.at("month")} == {Decimal("0.30")}


def test_a_split_over_time_needs_a_period_and_people_alone_do_not() -> None:
    team = OrgNode("team", (OrgNode("a", history=3), OrgNode("b", (OrgNode("c", history=1),))))
    goal = split(100, OrgSplit("history"), org=team)
    assert goal.period is None
    assert goal.at("week") == ()
    assert [child.target for child in goal.children] == [75, 25]


def test_time_without_a_period_is_refused() -> None:
    with pytest.raises(ConfigError, match="needs a period"):
        _Splitter(CNY).grown(OrgNode("company"), None, 100, (TimeSplit(YEAR),), CN)


def test_a_period_as_fine_as_the_levels_is_not_split_further() -> None:
    team = OrgNode("team", (OrgNode("a"), OrgNode("b")))
    goal = split(100, TimeSplit(YEAR), OrgSplit(), org=team, period=YEAR.named("2026-05"))
    assert [child.node for child in goal.children] == ["a", "b"]


def test_manual_quarters_have_even_months() -> None:
    goal = split(1_000, TimeSplit(YEAR, "manual", values=(100, 200, 300, 400)))
    assert [quarter.target for quarter in goal.children] == [100, 200, 300, 400]
    assert [month.target for month in goal.children[1].children] == [67, 67, 66]


def test_a_split_of_nothing_is_nothing_everywhere() -> None:
    goal = split(0, TimeSplit(YEAR, "history", TO_DAYS, values=(0,) * 12))
    assert {found.target for _, found in goal.walk()} == {0}


def test_no_days_no_weeks() -> None:
    assert split(100, TimeSplit(YEAR)).at("week") == ()


def test_a_span_without_a_workday_cannot_carry_a_target() -> None:
    holiday = NamedPeriod("month", "golden week", type(YEAR.whole.period)(date(2026, 10, 1), date(2026, 10, 8)))
    with pytest.raises(ConfigError, match=r"no workday in company golden week to carry 1\.00"):
        split(100, TimeSplit(YEAR, levels=("day",)), period=holiday)
    assert split(0, TimeSplit(YEAR, levels=("day",)), period=holiday).children == ()


@pytest.mark.parametrize("weights", [[0, 0], [], [1, -1], [Decimal("NaN")]])
def test_weights_that_cannot_split_are_refused(weights: list[Any]) -> None:
    for method in (allocate, spread):
        with pytest.raises(ConfigError):
            method(10, weights)


def test_a_goal_that_is_not_conserved_cannot_be_made() -> None:
    child = Goal("a", None, 1)
    with pytest.raises(GoalNotConserved):
        Goal("team", None, 3, (child, child))
    assert Plan(Goal("team", None, 2, (child, child)), COUNT).goal.target == 2


@pytest.mark.parametrize(
    ("unit", "text", "target", "shown"),
    [
        (CNY, "10000000", TEN_MILLION, "10000000.00"),
        (CNY, "1234.5", 1_234_50, "1234.50"),
        (CNY, "-0.01", -1, "-0.01"),
        (Unit("money", "JPY"), "100", 100, "100"),
        (Unit("money", "KWD"), "1.234", 1_234, "1.234"),
        (COUNT, "12", 12, "12"),
        (RATE, "0.305", Decimal("0.305"), "0.305"),
        (CNY, "1" * 40, int("1" * 40) * 100, "1" * 40 + ".00"),
    ],
)
def test_a_unit_reads_and_writes_its_targets(unit: Unit, text: str, target: Any, shown: str) -> None:
    assert unit.parse(text) == target
    assert str(unit.show(target)) == shown


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (CNY, "1.005"),
        (Unit("money", "JPY"), "0.5"),
        (COUNT, "1.5"),
        (CNY, "ten"),
        (CNY, "NaN"),
        (CNY, "1,000"),
        (CNY, ""),
    ],
)
def test_a_unit_refuses_what_it_cannot_hold(unit: Unit, text: str) -> None:
    with pytest.raises(ConfigError):
        unit.parse(text)


WEIGHTS = st.lists(
    st.one_of(st.integers(0, 10**6), st.fractions(0, 10**3, max_denominator=997), st.decimals(0, 10**4, places=3)),
    min_size=1,
    max_size=30,
).filter(lambda weights: any(weight > 0 for weight in weights))
TOTALS = st.integers(-(10**15), 10**15)


@given(TOTALS, WEIGHTS)
def test_every_split_sums_to_its_total(total: int, weights: list[Any]) -> None:
    assert sum(allocate(total, weights)) == total
    assert sum(spread(total, weights)) == total


@given(TOTALS, WEIGHTS)
def test_every_part_is_within_one_unit_of_its_exact_share(total: int, weights: list[Any]) -> None:
    whole = sum(Fraction(weight) for weight in weights)
    for method in (allocate, spread):
        for part, weight in zip(method(total, weights), weights, strict=True):
            assert abs(part - Fraction(weight) * total / whole) <= 1


@given(TOTALS, WEIGHTS)
def test_allocate_is_the_reference_algorithm(total: int, weights: list[Any]) -> None:
    exact = [Fraction(abs(total)) * Fraction(w) / sum(Fraction(weight) for weight in weights) for w in weights]
    out = [int(part) for part in exact]
    for place in sorted(range(len(out)), key=lambda i: (-(exact[i] - out[i]), i))[: abs(total) - sum(out)]:
        out[place] += 1
    assert allocate(total, weights) == [part if total >= 0 else -part for part in out]


@settings(deadline=None, max_examples=25)
@given(
    total=st.integers(-(10**9), 10**12),
    month=st.integers(1, 12),
    rule=st.sampled_from(["days", "thursday", "4-4-5"]),
    method=st.sampled_from(["even", "working_days", "capacity"]),
    capacities=st.lists(st.decimals("0.1", 2, places=1), min_size=1, max_size=3),
    people_first=st.booleans(),
    is_spread=st.booleans(),
)
def test_every_level_of_every_plan_sums_to_the_goal(
    total: int, month: int, rule: Any, method: Any, capacities: list[Decimal], *, people_first: bool, is_spread: bool
) -> None:
    org = OrgNode("team", tuple(OrgNode(f"rep {n}", fte=fte) for n, fte in enumerate(capacities)))
    levels: tuple[Level, ...] = ("half", "quarter", "month", "day") if rule == "days" else LEVELS[1:]
    time = TimeSplit(FiscalYear(2025, month, rule), method, levels, is_spread=is_spread)
    over: tuple[Split, ...] = (OrgSplit("capacity"), time) if people_first else (time, OrgSplit("capacity"))
    goal = split(total, *over, org=org)
    for level in LEVELS:
        assert sum(found.target for found in goal.at(level)) == total
    for _, found in goal.walk():
        assert not found.children or sum(child.target for child in found.children) == found.target
