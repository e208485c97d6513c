"""Small statistics: bounds, exactness, and agreement with definitions."""

from fractions import Fraction
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.services import stats

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_wilson_lies_in_the_unit_interval_around_the_rate(pair: tuple[int, int]) -> None:
    successes, n = pair
    found = stats.wilson(successes, n)
    assert found is not None
    assert 0 <= found[0] <= successes / n <= found[1] <= 1


@given(counts, counts)
def test_newcombe_turns_its_sign_with_the_order(first: tuple[int, int], second: tuple[int, int]) -> None:
    there, back = stats.newcombe(*first, *second), stats.newcombe(*second, *first)
    assert there is not None
    assert back is not None
    assert there == pytest.approx((-back[0], -back[2], -back[1]), abs=1e-12)


@pytest.mark.parametrize(
    ("first", "second", "difference", "low", "high"),
    [
        ((24, 240), (18, 200), 0.0100, -0.0474, 0.0650),
        ((60, 200), (36, 200), 0.1200, 0.0363, 0.2017),
        ((3, 5), (1, 5), 0.4000, -0.1626, 0.7264),
        ((0, 20), (5, 20), -0.2500, -0.4687, -0.0378),
    ],
)
def test_newcombe_gives_the_printed_values(
    first: tuple[int, int], second: tuple[int, int], difference: float, low: float, high: float
) -> None:
    assert stats.newcombe(*first, *second) == pytest.approx((difference, low, high), abs=5e-5)


def test_nothing_has_no_rate_and_no_interval() -> None:
    assert stats.ratio(1, 0) is None
    assert stats.newcombe(0, 0, 1, 2) is None
    assert stats.quantile([], 0.5) is None


def test_more_successes_than_trials_is_our_own_bug() -> None:
    with pytest.raises(ValueError, match="between"):
        stats.wilson(3, 2)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.data())
def test_pava_is_monotone_keeps_the_weighted_sum_and_leaves_sorted_input_alone(
    values: list[int], data: st.DataObject
) -> None:
    weights = data.draw(st.lists(st.integers(1, 9), min_size=len(values), max_size=len(values)))
    found = stats.pava(values, weights)
    assert found == sorted(found)
    before = sum(value * weight for value, weight in zip(values, weights, strict=True))
    assert sum(value * weight for value, weight in zip(found, weights, strict=True)) == pytest.approx(before)
    assert stats.pava(sorted(values), weights) == sorted(values)


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=40))
def test_quantiles_interpolate_linearly(values: list[int]) -> None:
    expected = quantiles(values, n=10, method="inclusive")
    assert stats.quantile(values, Fraction(1, 2)) == pytest.approx(expected[4])
    assert stats.quantile(values, Fraction(9, 10)) == pytest.approx(expected[8])


def test_a_pooled_rate_is_not_the_mean_of_rates() -> None:
    assert stats.ratio(10 + 5, 40 + 10) == Fraction(3, 10)
