from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model.errors import ConfigError, RecordError
from crmbridge.model.money import MixedCurrency, Money, exponent, from_e4, plain, round_half_up, to_e4

INT64_MAX = 2**63 - 1


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("CNY", 2), ("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("XOF", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)],
)
def test_a_currency_has_its_own_decimals(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("amount", "count"),
    [
        ("0", 0),
        ("-0", 0),
        ("0.0001", 1),
        ("-12.3400", -123400),
        ("1E+3", 10_000_000),
        ("1.00000000000000000000000000000000", 10_000),
        ("0E-999999", 0),
        ("0E+999999", 0),
        ("922337203685477.5807", INT64_MAX),
        ("-922337203685477.5807", -INT64_MAX),
    ],
)
def test_an_amount_is_stored_exactly(amount: str, count: int) -> None:
    assert to_e4(Decimal(amount)) == count


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("0.00001", "more than four decimals"),
        ("1E-999999", "more than four decimals"),
        ("1.00000000000000000000000000000001", "more than four decimals"),
        ("123456789012.12340000000000000000000000001", "more than four decimals"),
        ("922337203685477.5808", "too large"),
        ("-922337203685477.5808", "too large"),
        ("1E+16", "too large"),
        ("1E+999999", "too large"),
        ("1" * 60, "too large"),
        ("NaN", "is not a number"),
        ("sNaN", "is not a number"),
        ("-Infinity", "is not a number"),
    ],
)
def test_an_amount_that_cannot_be_stored_exactly_is_refused(amount: str, reason: str) -> None:
    with pytest.raises(RecordError, match=reason):
        to_e4(Decimal(amount))


@pytest.mark.parametrize(
    ("count", "currency", "shown"),
    [
        (50, "CNY", "0.01"),
        (49, "CNY", "0.00"),
        (-50, "CNY", "-0.01"),
        (-49, "CNY", "0.00"),
        (10_050, "CNY", "1.01"),
        (5_000, "JPY", "1"),
        (-5_000, "JPY", "-1"),
        (4_999, "JPY", "0"),
        (5, "KWD", "0.001"),
        (4, "KWD", "0.000"),
        (7, "CLF", "0.0007"),
        (10**40, "CNY", "1" + "0" * 36 + ".00"),
    ],
)
def test_a_figure_is_rounded_half_away_from_zero(count: int, currency: str, shown: str) -> None:
    assert plain(from_e4(count, currency)) == shown


def test_a_sum_of_thirds_is_rounded_once_at_the_end() -> None:
    third = Fraction(10_000, 3)
    assert from_e4(third + third + third, "CNY") == Decimal("1.00")
    assert from_e4(third, "CNY") == Decimal("0.33")


def test_money_of_one_currency_adds_up_exactly() -> None:
    assert Money(Decimal("0.1"), "CNY") + Money(Decimal("0.2"), "CNY") == Money(Decimal("0.3"), "CNY")
    big = Money(Decimal("123456789012345678901234567890.12"), "CNY")
    assert (big + big).amount == Decimal("246913578024691357802469135780.24")


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(MixedCurrency, match="CNY, USD") as caught:
        Money(Decimal(1), "USD") + Money(Decimal(1), "CNY")
    assert caught.value.code == "MIXED_CURRENCY"
    assert isinstance(caught.value, ConfigError)


def test_money_has_no_order() -> None:
    small: Any = Money(Decimal(1), "USD")
    with pytest.raises(TypeError):
        assert small < Money(Decimal(2), "CNY")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1.005", "CNY", "CNY 1.01"),
        ("1E+3", "JPY", "JPY 1000"),
        ("-0.00005", "USD", "USD 0.00"),
        ("2", "KWD", "KWD 2.000"),
    ],
)
def test_money_is_shown_in_its_own_decimals(amount: str, currency: str, shown: str) -> None:
    assert str(Money(Decimal(amount), currency)) == shown


@given(st.integers(-INT64_MAX, INT64_MAX))
def test_what_was_stored_comes_back(count: int) -> None:
    assert to_e4(Decimal(count).scaleb(-4)) == count
    assert to_e4(Decimal(plain(Decimal(count).scaleb(-4)))) == count


@given(st.fractions(), st.integers(0, 6))
def test_rounding_moves_by_half_a_unit_at_most_and_is_symmetric(value: Fraction, decimals: int) -> None:
    rounded = round_half_up(value, decimals)
    assert -rounded.as_tuple().exponent == decimals  # type: ignore[operator]
    error = abs(Fraction(rounded)) - abs(value)
    assert -Fraction(1, 2 * 10**decimals) < error <= Fraction(1, 2 * 10**decimals)
    assert Fraction(round_half_up(-value, decimals)) == -Fraction(rounded)
