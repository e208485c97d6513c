"""Units, currencies, percent and decimal signs: by header and cells, with the lens that will read them."""

import pytest

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.guess.numbers import currency_of, read_numbers, read_probability, unit_of
from crmbridge.mapping.guess.readings import read_column
from crmbridge.mapping.guess.rule import Reading
from crmbridge.mapping.guess.trying import make_lens
from crmbridge.model.kinds import kind

AMOUNT = kind("deal").fields["amount"]


def money(column: str, *values: str) -> Reading:
    return read_numbers("deals", column, dict.fromkeys(values, 1), is_money=True)


@pytest.mark.parametrize(
    ("header", "unit", "currency"),
    [
        ("成交金额（万元）", "万元", "CNY"),
        ("金额(元)", None, "CNY"),
        ("合同额（百万元）", "M", "CNY"),
        ("金额（亿）", "亿", None),
        ("预算 (万)", "万", None),
        ("金额（千元）", "K", "CNY"),
        ("Revenue (in thousands)", "K", None),
        ("Annual revenue (in millions of USD)", "M", "USD"),
        ("Amount ($M)", "M", None),
        ("Amount '000", "K", None),
        ("Opportunity Amount USD", None, "USD"),
        ("金额（人民币）", None, "CNY"),
        ("Amount", None, None),
        ("Marketing", None, None),
        ("１０万元", "万元", None),
    ],
)
def test_a_header_names_unit_and_currency(header: str, unit: str | None, currency: str | None) -> None:
    assert (unit_of(header), currency_of(header)) == (unit, currency)


@pytest.mark.parametrize(
    ("column", "values", "options", "read"),
    [
        ("Amount", ["$22,700.00"], {"currency": "USD"}, ["22700.00"]),
        ("Cost", ["$1,117.10K"], {"currency": "USD"}, ["1117100.00"]),
        ("成交金额（万元）", ["0.1054"], {"currency": "CNY", "unit": "万元"}, ["1054.00"]),
        ("金额", ["¥５万", "￥１２３"], {"currency": "CNY"}, ["50000.00", "123.00"]),
        ("Betrag", ["1.234,50 €", "12,5 €"], {"currency": "EUR", "decimal": ","}, ["1234.50", "12.50"]),
        ("Betrag", ["1.234.567", "12"], {"decimal": ","}, ["1234567.00", "12.00"]),
        ("Valor", ["R$ 5,00"], {"currency": "BRL", "decimal": ","}, ["5.00"]),
        ("Amount", ["1,234", "950"], {}, ["1234.00", "950.00"]),
        ("Amount", ["(5.00)", "-"], {"empty": ["-"]}, ["-5.00", None]),
        ("Amount", ["1.234", "5678"], {}, ["1.234", "5678.00"]),
    ],
)
def test_cells_are_read_as_they_are_meant(
    column: str, values: list[str], options: dict[str, object], read: list[str | None]
) -> None:
    found = money(column, *values)
    assert (found.options, found.is_sure) == (options, True)
    lens = make_lens(AMOUNT, found.options)
    assert lens is not None
    empty = options.get("empty", [])
    amounts = [None if value in empty else lens.read(value) for value in values]  # type: ignore[operator] # a list
    assert [None if one is None else format(one.amount, "f") for one in amounts] == read  # type: ignore[attr-defined] # money


def test_a_point_that_may_be_either_is_asked_about() -> None:
    found = money("Amount", "1.234", "950")
    assert not found.is_sure
    assert [note.code for note in found.questions] == ["ASK_DECIMAL"]
    assert found.others == ({"decimal": ","},)


@pytest.mark.parametrize(("column", "values"), [("Amount", ["$5", "€5"]), ("Amount EUR", ["$5"])])
def test_several_currencies_are_asked_about(column: str, values: list[str]) -> None:
    found = money(column, *values)
    assert not found.is_sure
    assert [note.code for note in found.questions] == ["ASK_CURRENCY"]


@pytest.mark.parametrize(
    ("values", "options", "is_sure"),
    [
        (["30", "100"], {"percent": True}, True),
        (["0.3", "1"], {}, True),
        (["30%", "5 %"], {}, True),
        (["0", "1"], {"percent": False}, False),
    ],
)
def test_a_probability_is_percent_or_fraction(values: list[str], options: dict[str, object], is_sure: object) -> None:
    found = read_probability("deals", "Probability", dict.fromkeys(values, 1))
    assert (found.options, found.is_sure) == (options, is_sure)
    assert [note.code for note in found.questions] == ([] if is_sure else ["ASK_PERCENT"])


def test_what_the_lens_cannot_read_is_told_and_kept_out_where_it_is_most_of_the_column() -> None:
    few = read_column("deals", "deal", AMOUNT, "Amount", {"5": 9, "to be agreed": 1})
    assert (few.is_sure, [note.code for note in few.questions]) == (True, ["ASK_SOME_UNREADABLE"])
    assert few.questions[0].params["count"] == 1
    most = read_column("deals", "deal", AMOUNT, "Amount", {"5": 1, "large": 5, "small": 4})
    assert (most.is_sure, [note.code for note in most.questions]) == (False, ["ASK_UNREADABLE"])


def test_more_decimals_than_are_kept_are_rounded_and_said() -> None:
    found = read_column("deals", "deal", AMOUNT, "Amount", {"5.1000000001": 1, "7": 1})
    assert found.options == {"decimals": 4}
    lens = make_lens(AMOUNT, found.options)
    assert lens is not None
    assert not isinstance(lens.read("5.1000000001"), LensFailure)
