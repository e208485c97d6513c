"""Canonical values: equal where the meaning is, and written back as they were."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model.canonical import Value, canonical, plain, text
from crmbridge.model.kinds import FieldSpec, FieldType
from crmbridge.model.money import Money, to_e4

SHANGHAI = ZoneInfo("Asia/Shanghai")


def field(kind: FieldType) -> FieldSpec:
    return FieldSpec("f", kind)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (FieldType.TEXT, ("  Müller ",), ("Mu\u0308ller",)),
        (FieldType.TEXT, ("",), (None,)),
        (FieldType.LONG_TEXT, ("a\r\nb\r",), ("a\nb",)),
        (FieldType.TEXTS, ('["b","a","a "]',), ('["a","b"]',)),
        (FieldType.TEXTS, ("[]",), (None,)),
    ],
)
def test_what_means_the_same_is_equal(kind: FieldType, one: tuple[object, ...], other: tuple[object, ...]) -> None:
    assert canonical(field(kind), one) == canonical(field(kind), other)


@pytest.mark.parametrize(
    ("kind", "columns", "written"),
    [
        (FieldType.MONEY, (1_234_500, "CNY"), Money(Decimal("123.45"), "CNY")),
        (FieldType.MONEY, (-1, "KWD"), Money(Decimal("-0.0001"), "KWD")),
        (FieldType.MONEY, (9_223_372_036_854_775_807, "USD"), Money(Decimal("922337203685477.5807"), "USD")),
        (FieldType.NUMBER, (250_000,), Decimal("0.25")),
        (FieldType.INTEGER, (12,), 12),
        (FieldType.BOOL, (0,), False),
        (FieldType.DATE, ("2026-02-28",), date(2026, 2, 28)),
        (FieldType.INSTANT, (1_767_225_600_000_000, "exact"), datetime(2026, 1, 1, tzinfo=UTC)),
        (FieldType.INSTANT, (1_767_196_800_000_000, "day"), date(2026, 1, 1)),
        (FieldType.TEXTS, ('["b","a"]',), ("a", "b")),
        (FieldType.ENUM, ("open",), "open"),
        (FieldType.JSON, ('{"a":1}',), {"a": 1}),
        (FieldType.TEXT, (None,), None),
        (FieldType.MONEY, (None, None), None),
    ],
)
def test_a_canonical_value_is_written_as_what_it_was(
    kind: FieldType, columns: tuple[object, ...], written: object
) -> None:
    made = plain(field(kind), canonical(field(kind), columns), SHANGHAI)
    assert made == written
    assert type(made) is type(written)


@given(st.text())
def test_the_canonical_text_is_its_own(value: str) -> None:
    made = text(value)
    assert made is None or text(made) == made


@given(st.integers(-(2**63), 2**63 - 1))
def test_money_comes_back_to_the_last_digit(count: int) -> None:
    spec = field(FieldType.MONEY)
    money = plain(spec, canonical(spec, (count, "USD")), SHANGHAI)
    assert isinstance(money, Money)
    if abs(count) < 10**18:
        assert to_e4(money.amount) == count


@pytest.mark.parametrize("kind", list(FieldType))
def test_a_value_of_another_type_is_not_written_as_something_else(kind: FieldType) -> None:
    wrong: Value = ("x", "y")
    if kind in {FieldType.MONEY, FieldType.NUMBER, FieldType.INSTANT}:
        with pytest.raises(TypeError):
            plain(field(kind), wrong, SHANGHAI)
