"""The golden vectors of scorecards, incentives and the leaderboard: `services.md` 9."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model.money import Money
from crmbridge.services.allocation import allocate
from crmbridge.services.attainment import attained
from crmbridge.services.commission import payout
from crmbridge.services.incentive_document import IncentivePlan, load_incentives
from crmbridge.services.ranks import ranked
from crmbridge.services.scorecard import Attained, Scorecard, scorecard

PLAN = """
[plans.ae]
names = { en = "Account executives", zh = "客户经理" }
from = 2026-01-01
to = 2026-04-01
event = "payment_received"
quota = "500000.00"
tiers = [
  { from = "0.00", rate = "0.03" },
  { from = "0.80", rate = "0.05" },
  { from = "1.00", rate = "0.08" },
  { from = "1.20", rate = "0.10" },
]
mode = "marginal"
cap = "60000.00"

[plans.ae.bonuses.quality]
names = { en = "Quality", zh = "质量奖" }
amount = "5000.00"
when = "scorecard >= 90 and csat >= 0.85 and csat_n >= 10"
"""
QUOTA = Money(Decimal(500_000), "CNY")


def card(*attainments: str | None) -> Scorecard:
    weights = (40, 20, 20, 20)
    return scorecard(
        [
            Attained(f"k{n}", Fraction(weight), None if one is None else Fraction(one))
            for n, (weight, one) in enumerate(zip(weights, attainments, strict=True))
        ]
    )


def shown(value: Fraction | None, decimals: int = 2) -> str | None:
    return None if value is None else f"{float(value):.{decimals}f}"


def plan(**changes: object) -> IncentivePlan:
    return load_incentives(PLAN).plans["ae"].model_copy(update=changes)


def cny(text: str) -> Money:
    return Money(Decimal(text), "CNY")


def test_gv_kpi_1() -> None:
    conversion = attained(Fraction("0.22"), Fraction("0.25"), "up")
    csat = attained(Fraction("0.92"), Fraction("0.90"), "up")
    assert (shown(conversion, 4), shown(csat, 4)) == ("0.8800", "1.0222")
    whole = card("0.9", "1.2", str(conversion), str(csat))
    assert shown(whole.score) == "98.04"
    assert (whole.weight, whole.is_incomplete) == (Fraction(100), False)
    without = card("0.9", "1.2", "0.88", None)
    assert (shown(without.score), without.weight, without.is_incomplete) == ("97.00", Fraction(80), True)
    assert card("0.9", "2", str(conversion), str(csat)).score == whole.score, "200 % of new customers counts as 120 %"


def test_a_card_without_any_attainment_has_no_score() -> None:
    assert card(None, None, None, None).score is None


def test_less_than_nothing_counts_as_nothing() -> None:
    assert card("-3", "0", "0", "0").score == 0


@given(st.lists(st.one_of(st.none(), st.fractions(-1, 3)), min_size=4, max_size=4))
def test_points_sum_to_the_score(values: list[Fraction | None]) -> None:
    made = card(*(None if one is None else str(one) for one in values))
    known = [row.points for row in made.rows if row.points is not None]
    assert made.score == (sum(known) if known else None)


@pytest.mark.parametrize(
    ("actual", "attainment", "marginal", "whole"),
    [
        ("650000.00", "1.3", "30000.00", "60000.00"),
        ("600000.00", "1.2", "25000.00", "60000.00"),
        ("500000.00", "1", "17000.00", "40000.00"),
        ("400000.00", "0.8", "12000.00", "20000.00"),
        ("399999.99", "0.79999998", "12000.00", "12000.00"),
        ("0.00", "0", "0.00", "0.00"),
    ],
)
def test_gv_inc_1(actual: str, attainment: str, marginal: str, whole: str) -> None:
    banded = payout(plan(cap=None), cny(actual), QUOTA)
    assert banded.attainment == Fraction(attainment)
    assert banded.commission == cny(marginal)
    assert payout(plan(mode="whole"), cny(actual), QUOTA).commission == cny(whole)


def test_gv_inc_1_the_bands_of_650_000() -> None:
    bands = payout(plan(), cny("650000.00"), QUOTA).bands
    assert [str(band.pays.amount) for band in bands] == ["12000.00", "5000.00", "8000.00", "5000.00"]
    uncapped = payout(plan(mode="whole", cap=None), cny("650000.00"), QUOTA)
    assert uncapped.commission == cny("65000.00")


def test_gv_inc_2() -> None:
    assert allocate(33_333_333, [60, 40]) == [20_000_000, 13_333_333]
    before, after = (payout(plan(), cny(actual), QUOTA).commission for actual in ("650000.00", "570000.00"))
    assert (before, after) == (cny("30000.00"), cny("22600.00"))
    assert before.amount - after.amount == Decimal("7400.00")


def test_gv_lb_1() -> None:
    assert ranked([Fraction(n) for n in (120, 110, 110, 90)]) == [1, 2, 2, 4]
    assert ranked([Fraction(3), None, Fraction(2)], best="down") == [2, None, 1]


def test_a_bonus_with_nine_answers_is_not_paid_for_want_of_answers() -> None:
    """Requirement S0-35: with 9 answers the bonus that needs 10 is not paid, and the reason is told."""
    figures = {"scorecard": Fraction("98.04"), "csat": Fraction("0.9")}
    few = payout(plan(), cny("500000.00"), QUOTA, {**figures, "csat_n": Fraction(9)})
    assert [(line.id, line.is_earned, line.judged.verdict) for line in few.bonuses] == [
        ("quality", False, "insufficient")
    ]
    assert few.pays == cny("17000.00")
    enough = payout(plan(), cny("500000.00"), QUOTA, {**figures, "csat_n": Fraction(10)})
    assert enough.pays == cny("22000.00")
    untold = payout(plan(), cny("500000.00"), QUOTA, {**figures, "csat": None, "csat_n": Fraction(10)})
    assert untold.bonuses[0].judged.verdict == "unknown"


def test_below_the_threshold_nothing_is_paid() -> None:
    assert payout(plan(threshold=Decimal("0.9")), cny("440000.00"), QUOTA).commission == cny("0.00")
    assert payout(plan(threshold=Decimal("0.9")), cny("450000.00"), QUOTA).commission == cny("14500.00")


def test_without_a_quota_nothing_is_known_of_the_attainment() -> None:
    without = payout(plan(), cny("450000.00"), None)
    assert (without.attainment, without.commission, without.bonuses) == (None, cny("0.00"), ())
