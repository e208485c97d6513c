"""Drafts of goals: the vector by name, in Chinese and English, as bare text and as entries."""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from tests.services.goal_worlds import CN, KPIS, PIPELINES, end_of, goals, sold, world

from crmbridge.facts.store import Facts
from crmbridge.services.goal_desk import GoalDesk
from crmbridge.services.goal_history import Linted, linted
from crmbridge.services.goal_lint import Draft, Linting, understood
from crmbridge.services.goal_pace_report import PaceRequest
from crmbridge.services.goal_text import like, number, numbers, period_in, period_of

DAY = date(2026, 3, 10)
CONFIG = goals("")
AROUND = Linting(DAY, "CNY", CONFIG, KPIS)
WHO: Mapping[str, Any] = {"metric": "revenue", "node": "company", "owner": "Wang"}


@pytest.fixture(scope="module")
def desk() -> Iterator[GoalDesk]:
    """The best of the last four quarters is 2,100,000.00."""
    best = {"2025-02-10": "1800000", "2025-05-10": "2100000", "2025-08-10": "1500000", "2025-11-10": "2000000"}
    deals = [sold(day, "u1", day, amount) for day, amount in best.items()]
    with world([*deals, sold("now", "u1", "2026-02-10", "9000000")]) as facts:
        yield opened(facts)


def opened(facts: Facts) -> GoalDesk:
    return GoalDesk(facts, PIPELINES, PaceRequest(end_of("2026-03-10"), CN, CONFIG, KPIS))


def judge(desk: GoalDesk, text: str = "", **said: Any) -> Linted:
    return linted(desk, understood(Draft(text, **said), AROUND), AROUND)


def letters(found: Linted, severity: str = "error") -> str:
    return "".join(dict.fromkeys(one.letter for one in found.findings if one.severity == severity))


def codes(found: Linted) -> set[str]:
    return {one.note.code for one in found.findings}


def test_gv_smart_1_a_bare_wish(desk: GoalDesk) -> None:
    found = judge(desk, "提高销售额")
    assert letters(found) == "SMT"
    specific = {one.note.code for one in found.findings if one.letter == "S" and one.severity == "error"}
    assert specific == {"SMART_NODE", "SMART_OWNER", "SMART_VAGUE"}
    assert "SMART_SCOPE" in {one.note.code for one in found.findings if one.severity == "warning"}


@pytest.mark.parametrize(
    "text",
    [
        "下个季度将销售额提高20%",
        "raise revenue 20 % next quarter",
        "increase sales by 20% next quarter",
        "+20 % next quarter",
    ],
)
def test_gv_smart_1_a_change_against_a_baseline(desk: GoalDesk, text: str) -> None:
    found = judge(desk, text, **WHO, baseline="2,000,000.00")
    assert letters(found) == ""
    assert found.found.amount == 2_400_000
    assert found.found.period is not None
    assert found.found.period.label == "2026-Q2"
    assert letters(judge(desk, text, **WHO)) == "M"


@pytest.mark.parametrize(
    "text",
    [
        "一个季度完成100万",
        "下个季度完成1,000,000元",
        "1,000,000 in the next quarter",
        "reach 1 million CNY in one quarter",
    ],
)
def test_gv_smart_1_an_amount_in_the_next_full_quarter(desk: GoalDesk, text: str) -> None:
    found = judge(desk, text, **WHO)
    assert found.found.amount == 1_000_000
    assert found.found.unit is not None
    assert found.found.unit.currency == "CNY"
    assert found.found.period is not None
    assert (found.found.period.label, str(found.found.period.period)) == ("2026-Q2", "2026-04-01/2026-07-01")
    assert not {"M", "T"} & set(letters(found))


def test_gv_smart_1_within_reach_of_the_best_of_the_last_four_quarters(desk: GoalDesk) -> None:
    found = judge(desk, **WHO, target="2400000", period="2026-Q2")
    assert found.found.best == 2_100_000, "the quarter that runs is none of the last four"
    assert f"{float(found.found.ratio or 0):.4f}" == "1.1429"
    assert "A" not in letters(found) + letters(found, "warning")


def test_a_target_above_what_was_ever_reached_is_told(desk: GoalDesk) -> None:
    found = judge(desk, **WHO, target="3000000", period="2026-Q2")
    assert f"{float(found.found.ratio or 0):.4f}" == "1.4286"
    assert "A" in letters(found, "warning")
    assert "A" not in letters(found)
    assert "A" in letters(judge(desk, **WHO, target="4200001", period="2026-Q2"))
    assert "SMART_AMBITIOUS" in codes(judge(desk, **WHO, target="4200000", period="2026-Q2"))
    assert "A" in letters(judge(desk, **WHO, target="0", period="2026-Q2"))


def test_without_history_a_target_is_neither_too_high_nor_within_reach(desk: GoalDesk) -> None:
    assert "SMART_NO_HISTORY" in codes(judge(desk, **{**WHO, "node": "rep/Wang"}, target="5", period="2026-Q2"))
    assert "SMART_NO_HISTORY" in codes(
        judge(desk, **{**WHO, "metric": "market_share"}, target="12 %", period="2026-Q2")
    )


def test_a_goal_that_serves_no_other_is_warned_of(desk: GoalDesk) -> None:
    """The R of SMART: a parent goal or a word of the strategy."""
    assert "R" in letters(judge(desk, **WHO, target="1", period="2026-Q2"), "warning")
    assert "R" not in letters(judge(desk, **WHO, target="1", period="2026-Q2", parent="growth"), "warning")


def test_a_period_that_is_over_or_missing_is_an_error(desk: GoalDesk) -> None:
    assert "T" in letters(judge(desk, **WHO, target="1", period="2025"))
    assert "T" in letters(judge(desk, **WHO, target="1"))
    found = judge(desk, **WHO, target="1", period="2026", checks=(date(2026, 6, 30),))
    assert "T" not in letters(found) + letters(found, "warning")


def test_a_rate_is_a_target_too(desk: GoalDesk) -> None:
    """Retention 85 % is accepted as a rate."""
    for text in ("客户保留率2026年达到85%", "retention 85 % this year", "raise retention to 85% in 2026"):
        found = judge(desk, text, node="company", owner="Wang").found
        assert found.metric is not None, text
        assert (found.metric.id, found.metric.kind, found.amount) == ("retention", "rate", Fraction(85, 100)), text


def test_a_metric_that_does_not_exist_is_told_with_the_nearest(desk: GoalDesk) -> None:
    (first, *_) = judge(desk, metric="revenu", node="company", owner="Wang", target="1", period="2026").findings
    assert first.note.code == "SMART_METRIC"
    assert "revenue" in str(first.note)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100万", 1_000_000),
        ("1.5亿元", 150_000_000),
        ("20%", Fraction(1, 5)),
        ("1,000,000", 1_000_000),
        ("¥2,500.50", Fraction("2500.5")),
        ("3百万", 3_000_000),
        ("2M", 2_000_000),
        ("-5 %", Fraction(-1, 20)),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: int | Fraction) -> None:
    assert number(text).value == value


def test_what_is_no_number_of_the_goal_is_not_taken_for_one() -> None:
    assert numbers("2026-Q2 2026年第二季度 2026-03-31") == []
    assert [one.value for one in numbers("2026年销售额100万")] == [1_000_000]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("下个季度", "2026-Q2"),
        ("下季度", "2026-Q2"),
        ("本季度", "2026-Q1"),
        ("一个季度", "2026-Q2"),
        ("三季度", "2026-Q3"),
        ("2026年第四季度", "2026-Q4"),
        ("Q3 2027", "2027-Q3"),
        ("下个月", "2026-04"),
        ("this month", "2026-03"),
        ("2026年12月", "2026-12"),
        ("下半年", "2026-H2"),
        ("明年", "2027"),
        ("in 2026", "2026"),
        ("本周", "2026-W11"),
        ("next week", "2026-W12"),
        ("2026-W10", "2026-W10"),
        ("soon", None),
    ],
)
def test_periods_are_read_as_people_write_them(text: str, label: str | None) -> None:
    found = period_in(text, DAY)
    assert (found.label if found else None) == label


def test_periods_before_are_of_the_same_length() -> None:
    quarter = period_of("2026-Q2")[1]
    assert [like(quarter, n).label for n in (1, 2, 5)] == ["2026-Q1", "2025-Q4", "2025-Q1"]
    assert [like(period_of("2026-W02")[1], n).label for n in (1, 2)] == ["2026-W01", "2025-W52"]
    assert like(period_of("FY2026-Q1", 4)[1], 1, 4).label == "FY2025-Q4"
