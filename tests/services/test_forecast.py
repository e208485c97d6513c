"""Forecasts of odd companies: each open deal in one row, slices that add up, and a plain path beside the SQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services.worlds import Deal, company, local, workdays

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.model.money import MixedCurrency
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.forecast import NO_CALENDAR, NO_TARGET, NOT_BEGUN, forecast, records_of
from crmbridge.services.forecast_accuracy import Outcome, accuracy
from crmbridge.services.forecast_report import ForecastConfig, ForecastReport, ForecastRequest, built_in, load_forecast
from crmbridge.services.forecast_rows import BESIDE, CATEGORIES
from crmbridge.services.results import Period, Unavailable

PIPELINE = default_pipeline()
STAGES = {stage.key: stage for stage in PIPELINE.open_stages}
Q1 = Period(date(2026, 1, 1), date(2026, 4, 1))
AS_OF = datetime(2026, 2, 28, 10, tzinfo=UTC)
TODAY = date(2026, 2, 28)


def made(deals: Sequence[Deal]) -> Facts:
    facts = company(deals)
    facts.query("UPDATE stage_events SET pipeline = 'default'")
    facts.query("UPDATE deals SET pipeline = 'default'")
    return facts


def told(deals: Sequence[Deal], config: ForecastConfig | None = None, **asked: Any) -> ForecastReport:
    with made(deals) as facts:
        return forecast(facts, [PIPELINE], ForecastRequest(AS_OF, Q1, **asked), config)


def an_open(name: str, close: str | None, amount: str | None = "100", stage: str = "quoted", **more: object) -> Deal:
    facts: dict[str, object] = {"expected_close": close and date.fromisoformat(close), **more}
    return Deal(name, [(stage, "2026-01-05")], amount, facts=facts)


@pytest.mark.parametrize(
    ("deal", "place"),
    [
        (an_open("a", "2026-03-10"), "best_case"),
        (an_open("a", "2026-03-10", forecast_override="Commit"), "commit"),
        (an_open("a", "2026-03-10", forecast_override="Best Case"), "best_case"),
        (an_open("a", "2026-03-10", forecast_override="omitted"), "omitted"),
        (an_open("a", "2026-03-10", forecast_override="sure thing"), "best_case"),
        (an_open("a", "2026-03-31"), "best_case"),
        (an_open("a", "2026-04-01"), "elsewhere"),
        (an_open("a", "2026-02-28"), "best_case"),
        (an_open("a", "2026-02-27"), "past_due"),
        (an_open("a", "2025-12-31"), "past_due_before"),
        (an_open("a", None), "undated"),
        (an_open("a", "2026-03-10", None), "without_amount"),
        (an_open("a", "2026-03-10", stage="UNKNOWN"), "unmapped"),
        (an_open("a", "2026-03-10", hold_until=date(2026, 4, 1)), "on_hold"),
        (an_open("a", "2026-03-10", hold_until=date(2026, 3, 31)), "best_case"),
    ],
)
def test_each_open_deal_is_in_one_row(deal: Deal, place: str) -> None:
    with made([deal]) as facts:
        assert records_of(facts, [PIPELINE], ForecastRequest(AS_OF, Q1)) == {place: ("a",)}


def test_past_due_deals_count_where_the_document_says_so() -> None:
    deals = [an_open("a", "2026-02-10"), an_open("b", "2025-12-31")]
    assert told(deals).whole.total.e4 == 0
    config = load_forecast('past_due = "include"')
    report = told(deals, config)
    assert (report.whole.best_case.e4, report.whole.past_due.n, report.whole.past_due_before.n) == (1_000_000, 0, 1)


def test_where_the_chance_comes_from() -> None:
    won = [Deal(f"w{n}", [("quoted", "2026-01-05"), ("won", "2026-01-20")], "1") for n in range(10)]
    deals = [*won, an_open("a", "2026-03-10", probability=Decimal("0.9"))]
    history = Fraction(10 + 10 * Fraction("0.6"), 20)
    for sources, chance in (("history", history), ("stage", Fraction("0.6")), ("vendor", Fraction("0.9"))):
        assert told(deals, load_forecast(f'probability = ["{sources}"]')).whole.weighted_e4 == 1_000_000 * chance
    assert told(deals).whole.weighted_by_vendor_e4 == 900_000
    unknown = told([an_open("a", "2026-03-10")], load_forecast('probability = ["vendor"]')).whole
    assert unknown.weighted_e4 == 0
    assert unknown.unweighted == 1
    assert unknown.weighted_by_vendor_e4 is None


def test_history_is_what_was_decided_in_the_window() -> None:
    old = Deal("old", [("quoted", "2024-01-05"), ("won", "2025-02-27")], "1")
    late = Deal("late", [("quoted", "2026-01-05"), ("lost", "2026-03-05")], "1")
    kept = Deal("kept", [("quoted", "2025-01-05"), ("won", "2025-02-28")], "1")
    by_stage = {chance.stage: chance.history for chance in told([old, late, kept]).chances}
    assert (by_stage["quoted"].numerator, by_stage["quoted"].denominator) == (1, 1)
    assert by_stage["negotiation"].n == 1, "who has won has passed every stage"


def test_landings_and_target() -> None:
    deals = [Deal("w", [("quoted", "2026-01-05"), ("won", "2026-01-20")], "5900"), an_open("a", "2026-03-10")]
    report = told(deals)
    assert report.coverage == NO_TARGET
    assert report.landings.planned_e4 == NO_TARGET
    assert report.landings.linear_e4 == NO_CALENDAR
    with made(deals) as facts:
        first = date(2026, 1, 1)
        workdays(facts, ((first + timedelta(days=n), (first + timedelta(days=n)).weekday() < 5) for n in range(90)))
        asked = ForecastRequest(AS_OF, Q1, target_e4=20_000_000, expected_e4=10_000_000, calendar="CN")
        report = forecast(facts, [PIPELINE], asked)
        early = forecast(facts, [PIPELINE], replace(asked, as_of=datetime(2025, 12, 31, 8, tzinfo=UTC)))
    assert report.landings.linear_e4 == Fraction(59_000_000 * 64, 42)
    assert report.landings.planned_e4 == 118_000_000
    assert not isinstance(report.coverage, Unavailable)
    assert report.coverage.verdict == "met"
    assert report.coverage.value is None
    assert early.landings.linear_e4 == NOT_BEGUN


def test_currencies_are_not_mixed() -> None:
    deals = [an_open("a", "2026-03-10"), an_open("b", "2026-03-10", amount_currency="USD")]
    with pytest.raises(MixedCurrency):
        told(deals)
    assert told(deals, currency="USD").whole.best_case.e4 == 1_000_000


def test_what_cannot_be_asked() -> None:
    with pytest.raises(ConfigError, match="there is no pipeline"):
        told([], pipeline="defualt")
    with pytest.raises(ConfigErrors, match=r"forecast.toml:2: probability.0 cannot be 'histroy'"):
        load_forecast('\nprobability = ["histroy"]')
    assert load_forecast("") == built_in()


def test_periods_that_came_to_nothing_have_no_error() -> None:
    found = accuracy([Outcome("a", 5, 0), Outcome("b", 12, 10)])
    assert (found.n, found.excluded, found.bias) == (1, 1, Fraction(1, 5))
    assert accuracy([]).bias is None


DAYS = st.dates(date(2025, 12, 1), date(2026, 4, 20))
LATER = st.dates(date(2025, 12, 11), date(2026, 4, 20))


@st.composite
def companies(draw: st.DrawFn) -> list[Deal]:
    deals = []
    for n in range(draw(st.integers(0, 12))):
        stage = draw(st.sampled_from([*STAGES, "UNKNOWN"]))
        amount = draw(st.none() | st.integers(1, 10**9).map(lambda cents: f"{Decimal(cents) / 100}"))
        more: dict[str, object] = {
            "expected_close": draw(st.none() | DAYS),
            "probability": draw(st.none() | st.sampled_from([Decimal("0.35"), Decimal("0.07")])),
            "hold_until": draw(st.none() | DAYS),
            "owner_id": draw(st.sampled_from([None, "u1", "u2"])),
            "forecast_override": draw(st.sampled_from([None, "Commit", "omitted", "?"])),
        }
        end = draw(st.sampled_from([None, "won", "lost"]))
        way = [(stage, "2025-12-10"), *([(end, draw(LATER).isoformat())] if end else [])]
        deals.append(Deal(f"d{n:02}", way, amount, facts=more))
    return deals


def plain(deals: Sequence[Deal], chance: dict[str, Fraction | None]) -> tuple[dict[str, list[str]], Fraction]:
    """The places of the deals and the weighted sum, worked out deal by deal."""
    places: dict[str, list[str]] = {}
    weighted = Fraction(0)
    for deal in deals:
        known = [(stage, day) for stage, day in deal.events if day is not None and date.fromisoformat(day) <= TODAY]
        place = place_of(deal, known[-1])
        if place is None:
            continue
        places.setdefault(place, []).append(deal.id)
        if place in CATEGORIES and deal.amount is not None:
            weighted += Fraction(deal.amount) * 10_000 * (chance[known[-1][0]] or 0)
    return places, weighted


def place_of(deal: Deal, standing: tuple[str, str]) -> str | None:  # noqa: PLR0911 - one way out for each row
    stage, day = standing
    close, hold = deal.facts["expected_close"], deal.facts["hold_until"]
    assert close is None or isinstance(close, date)
    assert hold is None or isinstance(hold, date)
    if stage in {"won", "lost"}:
        inside = Q1.start <= date.fromisoformat(day) < Q1.end
        return "closed" if stage == "won" and inside else None
    if close is None:
        return "undated"
    if close < Q1.start and close < TODAY:
        return "past_due_before"
    if not Q1.start <= close < Q1.end:
        return "elsewhere"
    if hold is not None and hold >= Q1.end:
        return "on_hold"
    if close < TODAY:
        return "past_due"
    if stage == "UNKNOWN":
        return "unmapped"
    own = str(deal.facts["forecast_override"]).lower()
    category = own if own in {"commit", "omitted"} else str(STAGES[stage].forecast_category)
    if category == "omitted":
        return "omitted"
    return "without_amount" if deal.amount is None else category


@settings(max_examples=3, deadline=None)
@given(companies(), st.randoms(use_true_random=False))
def test_sql_and_the_plain_path_agree(deals: list[Deal], random: Any) -> None:
    compare(deals, random)


@pytest.mark.wide
@settings(max_examples=60, deadline=None)
@given(companies(), st.randoms(use_true_random=False))
def test_sql_and_the_plain_path_agree_in_many_companies(deals: list[Deal], random: Any) -> None:
    compare(deals, random)


def compare(deals: list[Deal], random: Any) -> None:
    request = ForecastRequest(AS_OF, Q1, by="owner")
    with made(deals) as facts:
        report = forecast(facts, [PIPELINE], request)
        found = records_of(facts, [PIPELINE], request)
        for part in report.slices:
            if part.key is not None:
                owned = replace(request, by=None, owners=frozenset({part.key}))
                assert forecast(facts, [PIPELINE], owned).whole.total == part.total
    chance = {one.stage: one.monotone for one in report.chances}
    places, weighted = plain(deals, chance)
    assert found == {place: tuple(sorted(ids)) for place, ids in places.items()}
    assert report.whole.weighted_e4 == weighted
    for name in ("closed", "commit", "best_case", "total", *BESIDE):
        parts = [getattr(part, name) for part in report.slices]
        whole = getattr(report.whole, name)
        assert (sum(part.e4 for part in parts), sum(part.n for part in parts)) == (whole.e4, whole.n)
    monotone = [value for value in chance.values() if value is not None]
    assert monotone == sorted(monotone)
    shuffled = random.sample(deals, len(deals))
    assert told(shuffled, by="owner") == report


def test_the_vendors_closing_of_a_deal_without_history_counts() -> None:
    closed = {"category": "won", "closed_at": local("2026-02-02"), "closed_at_precision": "day"}
    report = told([Deal("w", [("quoted", "2025-12-01"), ("won", "2026-02-02")], "10", facts=closed)])
    assert report.whole.closed.e4 == 100_000
