from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.report import words
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import ColumnKind, Names, Rate, Share, Word
from crmbridge.report.width import width

EN, ZH = catalog("en"), catalog("zh")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1234567", "CNY", "¥1,234,567.00"),
        ("-1234.5", "CNY", "-¥1,234.50"),
        ("10005534", "USD", "$10,005,534.00"),
        ("1000.4", "JPY", "JPY 1,000"),
        ("1.2345", "KWD", "KWD 1.235"),
        ("-0.005", "USD", "-$0.01"),
    ],
)
def test_money_reads_with_its_sign_in_the_currencys_own_decimals(amount: str, currency: str, shown: str) -> None:
    assert words.money(Money(Decimal(amount), currency)) == shown


def test_a_rate_shows_what_it_is_made_of() -> None:
    assert words.cell(Rate(4238, 6711, 6711), "rate", EN) == "63.15 % (4,238 / 6,711)"


def test_a_rate_over_nothing_is_no_rate_and_never_zero() -> None:
    assert words.cell(Rate(0, 0, 0), "rate", EN) == "not enough data (0 / 0)"
    assert words.cell(Rate(0, 0, 0), "rate", ZH) == "样本不足 (0 / 0)"


def test_a_rate_of_money_shows_amounts() -> None:
    part, whole = Money(Decimal(1), "USD"), Money(Decimal(3), "USD")
    assert words.cell(Rate(part, whole, 7), "rate", EN) == "33.33 % ($1.00 / $3.00)"


@pytest.mark.parametrize("kind", ["count", "rate", "money", "days", "percent", "number", "value"])
def test_unknown_among_figures_is_a_word_and_never_zero(kind: ColumnKind) -> None:
    assert words.cell(None, kind, EN) == "unknown"
    assert words.cell(None, kind, ZH) == "未知"


def test_unknown_among_texts_is_empty() -> None:
    assert words.cell(None, "text", EN) == ""


def test_a_figure_that_cannot_be_given_says_why() -> None:
    assert words.cell(Note("x", "there are no {things}", {"things": "leads"}), "rate", EN) == (
        "unavailable: there are no leads"
    )


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (Fraction(5178, 100), "days", "51.78"),
        (57.0, "days", "57.00"),
        (Fraction(1, 8), "percent", "12.50 %"),
        (Decimal("0.5000"), "number", "0.5"),
        (1234567, "count", "1,234,567"),
        (True, "bool", "yes"),
        ({"a": 1, "b": [2, 3]}, "json", "a: 1, b: 2, 3"),
        (Names({"en": "Won", "zh": "赢单"}), "text", "Won"),
        (Fraction(5, 2), "value", "2.5"),
    ],
)
def test_values_read_as_people_write_them(value: object, kind: ColumnKind, shown: str) -> None:
    assert words.cell(value, kind, EN) == shown


def test_names_are_shown_in_the_readers_language() -> None:
    assert words.cell(Names({"en": "Won", "zh": "赢单"}), "text", ZH) == "赢单"
    assert words.cell(Names({"pt": "Ganho"}), "text", ZH) == "Ganho"


def test_a_key_of_ours_reads_in_words_and_a_text_of_a_source_stays() -> None:
    assert words.cell("no_clear_change", "word", EN) == "no clear change"
    assert words.cell([Word("close_date_past"), Word("stalled")], "json", EN) == "close date past, stalled"
    assert words.cell([Word("close_date_past"), Word("stalled")], "json", ZH) == "预计成交日已过、停滞"
    assert words.cell("search_ads", "text", EN) == "search_ads"


def test_a_share_among_figures_of_other_units_is_a_percentage() -> None:
    assert words.cell(Share(1, 3), "value", EN) == "33.33 %"
    assert words.cell(Fraction(1, 3), "value", EN) == "0.3333"


def test_instants_carry_their_zone() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert words.instant(datetime(2026, 3, 31, 18, tzinfo=shanghai)) == "2026-03-31 18:00:00 +08:00"
    assert words.instant(datetime(2026, 3, 31, 18, tzinfo=UTC)) == "2026-03-31 18:00:00Z"


def test_control_characters_cannot_steer_a_terminal() -> None:
    assert words.visible("a\x1b[2Jb\nc\x9b") == r"a\x1b[2Jb\nc\x9b"


def test_right_to_left_text_is_isolated() -> None:
    assert words.visible("abc\u202edef") == "\u2068abc\u202edef\u2069"
    assert words.visible("שלום") == "\u2068שלום\u2069"
    assert words.visible("岚桥") == "岚桥"


@given(st.text())
def test_no_text_can_break_a_line_or_hide_an_escape(text: str) -> None:
    shown = words.visible(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)


def test_chinese_takes_two_columns_and_marks_none() -> None:
    assert width("岚桥ab") == 6
    assert width("e\u0301") == 1
    assert width("（¥）") == 5
