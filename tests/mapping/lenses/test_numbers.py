from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from crmbridge.adapter.lens import LensFailure
from crmbridge.model.kinds import FieldType
from crmbridge.model.money import Money

Lens = Callable[..., Any]


@pytest.mark.parametrize(
    ("text", "parameters", "amount"),
    [
        ("1054", {}, "1054"),
        ("$22,700.00", {"currency": "USD"}, "22700"),
        ("$1,117.10K", {"currency": "USD"}, "1117100"),
        ("0.1054", {"unit": "万元"}, "1054"),
        ("1100.04", {"unit": "M"}, "1100040000"),
        ("12.5万", {}, "125000"),
        ("12.5 万元", {"unit": "万元"}, "125000"),
        ("1,054元", {"unit": "万元"}, "1054"),
        ("￥１，２３４．５０", {}, "1234.50"),
        ("¥ 3亿", {}, "300000000"),
        ("人民币 5", {}, "5"),
        ("RMB 1,000", {}, "1000"),
        ("CNY 7", {}, "7"),
        ("7 CNY", {}, "7"),
        ("R$ 1.234,56", {"currency": "BRL", "decimal": ","}, "1234.56"),
        ("1 234 567,89 €", {"currency": "EUR", "decimal": ","}, "1234567.89"),
        ("1\u00a0234,5 kr", {"currency": "SEK", "decimal": ","}, "1234.5"),
        ("1'234.50 CHF", {"currency": "CHF"}, "1234.50"),
        ("12,34,567", {"currency": "INR"}, "1234567"),
        ("(1,234.50)", {}, "-1234.50"),
        ("$(5.00)", {"currency": "USD"}, "-5"),
        ("($5.00)", {"currency": "USD"}, "-5"),
        ("（５）", {}, "-5"),
        ("-$5", {"currency": "USD"}, "-5"),
        ("$-5", {"currency": "USD"}, "-5"),
        ("−5", {}, "-5"),
        ("+5.", {}, "5"),
        (".5", {}, "0.5"),
        ("5K USD", {"currency": "USD"}, "5000"),
        ("5kr", {"currency": "SEK"}, "5"),
        ("5 Kč", {"currency": "CZK"}, "5"),
        ("5 MXN", {"currency": "MXN"}, "5"),
        ("5KUSD", {"currency": "USD"}, "5000"),
        ("5万美元", {"currency": "USD"}, "50000"),
        ("5 M", {"currency": "USD"}, "5000000"),
        ("-0", {}, "0"),
        ("1.00000000", {}, "1"),
        ("0.125", {"decimals": 2}, "0.13"),
        ("-0.125", {"decimals": 2}, "-0.13"),
        ("0.1", {"decimals": 2}, "0.1"),
        ("922337203685477.5807", {}, "922337203685477.5807"),
        (Decimal("1E+2"), {}, "100"),
        (Decimal("10.5"), {"unit": "K"}, "10500"),
        (3, {}, "3"),
    ],
)
def test_amounts_are_read_exactly(lens: Lens, text: object, parameters: dict[str, Any], amount: str) -> None:
    read = lens(FieldType.MONEY, **parameters).read(text)
    assert read == Money(Decimal(amount), parameters.get("currency", "CNY"))


@pytest.mark.parametrize(
    ("text", "parameters", "template"),
    [
        ("NaN", {}, "{value} is not a number"),
        ("1e30", {}, "{value} is not a number"),
        ("inf", {}, "{value} is not a number"),
        ("-inf", {}, "{value} is not a number"),
        ("1,5", {}, "{value} is not a number"),
        ("1.234,5", {}, "{value} is not a number"),
        ("1,23,45", {}, "{value} is not a number"),
        ("1,234 567", {}, "{value} is not a number"),
        ("12 (net)", {}, "{value} is not an amount"),
        ("5K r", {}, "{value} is not an amount"),
        ("5 kilo", {}, "{value} is not an amount"),
        ("12(5)", {}, "{value} is not a number"),
        ("(-5)", {}, "{value} is not a number"),
        ("5-", {}, "{value} is not a number"),
        ("5 10", {}, "{value} is not a number"),
        ("about 5", {}, "{value} is not an amount"),
        ("5%", {}, "{value} is not an amount"),
        ("0.00001", {}, "{value} has more than four decimals"),
        ("0.000000001", {"unit": "万"}, "{value} has more than four decimals"),
        ("922337203685477.5808", {}, "{value} is too large an amount"),
        ("9" * 41, {}, "{value} has too many digits"),
        ("0." + "0" * 41, {}, "{value} has too many digits"),
        (10**40, {}, "{value} has too many digits"),
        (Decimal("1E+90"), {}, "{value} has too many digits"),
        (Decimal("NaN"), {}, "{value} is not a number"),
        (Decimal("Infinity"), {}, "{value} is not a number"),
        (1.5, {}, "{value} is no {wanted}"),
        (True, {}, "{value} is no {wanted}"),
        ([], {}, "{value} is no {wanted}"),
        ("€5", {"currency": "USD"}, "{value} is in another currency than {currency}"),
        ("5 EUR", {"currency": "USD"}, "{value} is in another currency than {currency}"),
        ("¥5", {"currency": "USD"}, "{value} is in another currency than {currency}"),
        ("-1", {"min": "0"}, "{value} is not between {least} and {most}"),
        ("11", {"max": "10"}, "{value} is not between {least} and {most}"),
        (Decimal("10.00001"), {"max": "10"}, "{value} is not between {least} and {most}"),
    ],
)
def test_what_is_no_exact_amount_fails_with_a_reason(
    lens: Lens, text: object, parameters: dict[str, Any], template: str
) -> None:
    read = lens(FieldType.MONEY, **parameters).read(text)
    assert isinstance(read, LensFailure)
    assert read.template == template


@pytest.mark.parametrize("blank", ["", "  ", "\u3000", None])
def test_blank_is_not_zero(lens: Lens, blank: object) -> None:
    for kind in (
        FieldType.MONEY,
        FieldType.NUMBER,
        FieldType.INTEGER,
        FieldType.BOOL,
        FieldType.DATE,
        FieldType.INSTANT,
    ):
        assert lens(kind).read(blank) is None
    assert lens(FieldType.INSTANT, "epoch_ms").read(blank) is None


def test_no_thousands_sign_at_all(lens: Lens) -> None:
    made = lens(FieldType.MONEY, thousands="")
    assert isinstance(made.read("1,234"), LensFailure)
    assert made.read("1234") == Money(Decimal(1234), "CNY")


@pytest.mark.parametrize(
    ("code", "currency"), [("usd", "USD"), (" EUR ", "EUR"), (None, "CNY"), ("€", "EUR"), ("XYZ", "XYZ")]
)
def test_each_record_may_have_its_own_currency(lens: Lens, code: object, currency: str) -> None:
    assert lens(FieldType.MONEY).read(("5", code)) == Money(Decimal(5), currency)


@pytest.mark.parametrize("code", ["$", "dollars", "\x00", "12a"])
def test_a_currency_that_names_none_fails(lens: Lens, code: str) -> None:
    assert isinstance(lens(FieldType.MONEY).read(("5", code)), LensFailure)


def test_amounts_are_written_in_the_mappings_unit_and_currency(lens: Lens) -> None:
    made = lens(FieldType.MONEY, unit="万元")
    assert made.write(Money(Decimal(1054), "CNY")) == "0.1054"
    assert made.write(Money(Decimal(100000), "CNY")) == "10"
    for wrong in (Money(Decimal(1), "USD"), "1", Money(Decimal("0.00001"), "CNY"), Money(Decimal("NaN"), "CNY")):
        assert isinstance(made.write(wrong), LensFailure)
    assert isinstance(lens(FieldType.MONEY, decimals=0).write(Money(Decimal("1.5"), "CNY")), LensFailure)
    assert isinstance(lens(FieldType.MONEY, max="1").write(Money(Decimal("1.5"), "CNY")), LensFailure)


@pytest.mark.parametrize(
    ("value", "name", "field", "read"),
    [
        ("30", "percent", "f", Decimal("0.3")),
        ("30%", None, "f", Decimal("0.3")),
        ("30%", "percent", "probability", Decimal("0.3")),
        ("0.5", None, "probability", Decimal("0.5")),
        ("1.5万", None, "f", Decimal(15000)),
        (2, "integer", "f", 2),
        ("3.0", "integer", "f", 3),
    ],
)
def test_numbers_and_percentages(lens: Lens, value: object, name: str | None, field: str, read: object) -> None:
    assert lens(FieldType.NUMBER, name, field).read(value) == read


@pytest.mark.parametrize(
    ("value", "kind", "field", "template"),
    [
        ("30", FieldType.NUMBER, "probability", "{value} is not between {least} and {most}"),
        ("4", FieldType.INTEGER, "authority", "{value} is not between {least} and {most}"),
        ("1.5", FieldType.INTEGER, "f", "{value} is not a whole number"),
        ("0.0000001", FieldType.NUMBER, "f", "{value} has more than {places} decimals"),
        ("9999999999999999", FieldType.NUMBER, "f", "{value} is too large a number"),
        ("5 kg", FieldType.NUMBER, "f", "{value} is not a number"),
        ({}, FieldType.NUMBER, "f", "{value} is no {wanted}"),
    ],
)
def test_numbers_out_of_bounds_fail(lens: Lens, value: object, kind: FieldType, field: str, template: str) -> None:
    read = lens(kind, field=field).read(value)
    assert isinstance(read, LensFailure)
    assert read.template == template


def test_numbers_that_cannot_be_written(lens: Lens) -> None:
    for made, value in (
        (lens(FieldType.NUMBER, field="probability"), Decimal(2)),
        (lens(FieldType.INTEGER), Decimal("1.5")),
        (lens(FieldType.NUMBER, decimals=1), Decimal("1.55")),
        (lens(FieldType.NUMBER), "1"),
    ):
        assert isinstance(made.write(value), LensFailure)


@pytest.mark.parametrize("word", ["Yes", "y", "TRUE", "1", "是", "√", 1, True])
def test_words_for_yes(lens: Lens, word: object) -> None:
    assert lens(FieldType.BOOL).read(word) is True


@pytest.mark.parametrize("word", ["No", "f", "否", " off ", 0, False])
def test_words_for_no(lens: Lens, word: object) -> None:
    assert lens(FieldType.BOOL).read(word) is False


def test_other_words_are_neither(lens: Lens) -> None:
    own = lens(FieldType.BOOL, true=("启用", "开"), false=("停用",))
    assert own.read("开") is True
    assert own.write(False) == "停用"
    wrongs: tuple[Any, ...] = ("yes", 2, [], 1.0)
    for wrong in wrongs:
        assert isinstance(own.read(wrong), LensFailure)
    assert isinstance(own.write("yes"), LensFailure)
    with pytest.raises(Exception, match="given together"):
        lens(FieldType.BOOL, true=("x",))
