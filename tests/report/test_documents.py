from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import orjson

from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.report import documents
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Column, Listing, Names, Rate, listing

EN = catalog("en")
FUNNEL = Listing(
    "funnel/1",
    (
        Column("slice", "slice"),
        Column("won", "won", "count"),
        Column("win_rate", "win rate", "rate"),
        Column("won_amount", "won amount", "money"),
        Column("cycle_days_mean", "mean cycle", "days"),
        Column("cycle_days_median", "median cycle", "days"),
    ),
    (
        {
            "slice": "all",
            "won": 4238,
            "win_rate": Rate(4238, 6711, 6711, low=0.61991, high=0.64296),
            "won_amount": Money(Decimal(10005534), "USD"),
            "cycle_days_mean": Fraction(219450, 4238),
            "cycle_days_median": 57.0,
        },
        {"slice": "empty", "won": 0, "win_rate": Rate(0, 0, 0), "won_amount": None, "cycle_days_mean": None},
    ),
    as_of=datetime(2026, 3, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=8))),
    window={"from": date(2026, 1, 1), "to": None},
    warnings=(Note("STAGE_UNMAPPED", "{count} deals stand in a stage that no mapping names", {"count": 3}),),
)


def test_a_figure_has_the_documented_shape() -> None:
    made = orjson.loads(documents.dump(documents.document(FUNNEL, EN)))
    assert list(made) == ["definition", "as_of", "window", "rows", "warnings"]
    assert made["definition"] == "funnel/1"
    assert made["as_of"] == "2026-03-31T15:59:59Z"
    assert made["window"] == {"from": "2026-01-01", "to": None}
    assert made["rows"][0] == {
        "slice": "all",
        "won": 4238,
        "win_rate": {
            "n": 6711,
            "numerator": 4238,
            "denominator": 6711,
            "value": 0.6315,
            "low": 0.6199,
            "high": 0.643,
        },
        "won_amount": "10005534.00",
        "won_amount_currency": "USD",
        "cycle_days_mean": 51.7815,
        "cycle_days_median": 57.0,
    }
    assert made["warnings"] == [
        {
            "code": "STAGE_UNMAPPED",
            "message": "3 deals stand in a stage that no mapping names",
            "params": {"count": 3},
        }
    ]


def test_unknown_is_null_and_what_does_not_apply_is_absent() -> None:
    row = list(documents.rows(FUNNEL, EN))[1]
    assert row["win_rate"] == {"n": 0, "numerator": 0, "denominator": 0, "value": None}
    assert row["won_amount"] is None
    assert row["won_amount_currency"] is None
    assert row["cycle_days_mean"] is None
    assert "cycle_days_median" not in row


def test_the_explanation_is_there_where_it_was_asked_for() -> None:
    asked = Listing("kpi/1", (), (), explain={"records": ("a", "b")})
    assert documents.document(asked, EN)["explain"] == {"records": ["a", "b"]}
    assert "explain" not in documents.document(FUNNEL, EN)


def test_money_is_text_in_the_currencys_decimals_rounded_once() -> None:
    assert documents.money(Money(Decimal("833333.335"), "CNY")) == "833333.34"
    assert documents.money(Money(Decimal("33.5"), "JPY")) == "34"


def test_an_unavailable_figure_is_null_with_its_reason() -> None:
    made = listing("x", [Column("rate", "rate", "rate")], [{"rate": Note("NO_LEADS", "there are no leads")}])
    assert list(documents.rows(made, EN)) == [
        {"rate": None, "rate_unavailable": {"code": "NO_LEADS", "message": "there are no leads", "params": {}}}
    ]


def test_words_and_names_do_not_change_with_the_machine() -> None:
    columns = [Column("name", "stage"), Column("category", "category", "word")]
    made = listing("x", columns, [{"name": Names({"en": "Won", "zh": "赢单"}), "category": "won"}])
    assert list(documents.rows(made, EN)) == [{"name": "Won", "category": "won"}]


def test_flat_rows_spread_rates_and_keep_the_rest_as_json() -> None:
    row = next(documents.rows(FUNNEL, EN)) | {"more": [1, 2]}
    flat = documents.flat(row)
    assert flat["win_rate"] == 0.6315
    assert flat["win_rate_numerator"] == 4238
    assert flat["win_rate_denominator"] == 6711
    assert flat["won_amount"] == "10005534.00"
    assert flat["more"] == "[1,2]"


def test_instants_keep_their_microseconds() -> None:
    assert documents.instant(datetime(2026, 6, 30, 15, 59, 59, 999_999, tzinfo=UTC)) == "2026-06-30T15:59:59.999999Z"
