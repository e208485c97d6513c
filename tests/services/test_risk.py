"""The risk of open deals: signals, levels, exposure and the forecast beside, with the vectors of services.md 12."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from tests.services.risk_worlds import (
    AS_OF,
    OLD,
    PIPELINES,
    QUARTER,
    TODAY,
    ask,
    hits,
    money,
    one,
    points,
    quiet,
    random_company,
    told_company,
    touch,
)
from tests.services.worlds import Deal, company, local

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import MixedCurrency
from crmbridge.services.risk import opened, records_of_risk, risk
from crmbridge.services.risk_document import RiskConfig, built_in, load_risk
from crmbridge.services.risk_report import RiskRequest

REMAINING = {"u1": Fraction(1_000_000)}


def config(**more: object) -> RiskConfig:
    return built_in().model_copy(update=more)


def vector_company() -> Facts:
    deals = [
        quiet("X1", amount="50000.00"),
        quiet("X2", entered=OLD, amount="300000.00", next_step=None, next_step_due=None),
        quiet("X3", "S4", entered="2026-06-20", amount="80000.00"),
        quiet("X4", amount="10000.00"),
        quiet("X5", entered=OLD, amount="15000.00", next_step_due=date(2026, 6, 1), expected_close=date(2026, 6, 29)),
    ]
    touches = [touch(name, "2026-06-28", contact) for name in ("X1", "X3") for contact in ("c1", "c2")]
    touches += [touch("X4", "2026-06-28")]
    touches += [touch(name, "2026-06-10", contact) for name in ("X2", "X5") for contact in ("c1", "c2")]
    cut = {"id": "X3", "field": "amount", "old": money("100000"), "new": money("80000"), "at": local("2026-06-20")}
    return told_company(deals, touches, [cut])


def test_gv_risk_1() -> None:
    """Signals, points, levels, score, band and exposure of the five cases, as the facts give them."""
    signals = built_in().signals
    few = config(
        signals=signals.model_copy(
            update={"single_threaded": signals.single_threaded.model_copy(update={"from_amount": Decimal(10_000)})}
        )
    )
    report = ask(vector_company(), remaining=REMAINING, config=few)
    told: dict[str, object] = {
        deal.id: (
            hits(deal),
            deal.points,
            deal.probability,
            deal.impact,
            deal.score,
            deal.band,
            deal.exposure_e4 / 10_000,
        )
        for deal in report.deals
        if deal.exposure_e4 is not None
    }
    assert told == {
        "X1": ({}, 0, 1, 3, 3, "low", 2_500),
        "X2": ({"stalled": 3, "no_next_step": 2, "no_activity": 2}, 7, 5, 5, 25, "high", 255_000),
        "X3": ({"stalled": 2, "amount_cut": 2}, 4, 3, 3, 9, "medium", 28_000),
        "X4": ({"single_threaded": 1}, 1, 2, 1, 2, "low", 1_500),
        "X5": ({"stalled": 3, "close_date_past": 3, "no_next_step": 2, "no_activity": 2}, 10, 5, 1, 5, "low", 12_750),
    }
    assert [deal.id for deal in report.deals] == ["X2", "X3", "X5", "X1", "X4"]


def test_gv_risk_2() -> None:
    """Two changes within 24 hours count once, one to an earlier day not at all: 2 pushes, 50 days."""

    def moved(old: str, new: str, at: datetime) -> dict[str, object]:
        return {"id": "P", "field": "expected_close", "old": old, "new": new, "at": at}

    rows = [
        moved("2026-03-31", "2026-04-15", local("2026-03-20", hour=10)),
        moved("2026-04-15", "2026-04-30", local("2026-03-20", hour=16)),
        moved("2026-04-30", "2026-05-31", local("2026-04-25", hour=9)),
        moved("2026-05-31", "2026-05-20", local("2026-05-02")),
    ]
    deal = one(ask(told_company([quiet("P")], moved=rows)), "P")
    (pushed,) = [signal for signal in deal.signals if signal.id == "pushed"]
    assert pushed.points == 2
    assert pushed.why.params == {"times": 2, "days": 50}


def test_s0_44_a_deal_is_stalled_on_the_day_it_crosses() -> None:
    """33 workdays in S4 (limit 7) are more than twice the limit; day by day: 7 not yet, 8 is, 14 once, 15 twice."""
    facts = told_company([quiet("G05", entered="2026-04-01")])
    found = {}
    for day in (7, 8, 14, 15, 33):
        as_of = datetime.combine(date(2026, 4, 1) + timedelta(days=day), datetime.min.time(), tzinfo=AS_OF.tzinfo)
        found[day] = points(one(ask(facts, as_of=as_of + timedelta(hours=1)), "G05"))["stalled"]
    assert found == {7: 0, 8: 2, 14: 2, 15: 3, 33: 3}


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(n, marks=pytest.mark.wide) for n in range(3, 12))])
def test_every_signal_is_that_of_the_plain_twin(seed: int) -> None:
    facts, expected = random_company(seed, order=seed)
    report = ask(facts, config=built_in())
    world = opened(facts, PIPELINES, RiskRequest(AS_OF, QUARTER, least="low"))
    names = list(expected["d00"])
    rows = world.sql(f"SELECT id, {', '.join(names)} FROM svc_risk")
    told = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
    assert told == expected
    assert sum(band.deals for band in report.bands) == len(expected)


@pytest.mark.parametrize("seed", [1, 5])
def test_shuffled_input_changes_nothing(seed: int) -> None:
    first, second = (
        risk(
            random_company(seed, order=order)[0],
            PIPELINES,
            RiskRequest(AS_OF, QUARTER, remaining=REMAINING, least="low"),
        )
        for order in (1, 2)
    )
    assert replace(first, request=second.request) == second


def test_what_nobody_tells_is_unavailable_and_never_no() -> None:
    facts = company([Deal("bare", [("S4", None)], None, facts={"owner_id": "u1"})])
    report = risk(facts, PIPELINES, RiskRequest(AS_OF, QUARTER, least="low"))
    untold = {count.id for count in report.signals if count.unavailable == 1}
    assert untold == {count.id for count in report.signals}
    assert [note.code for note in report.evidence.warnings] == ["NO_AMOUNT", "SIGNALS_UNAVAILABLE"]
    assert report.deals == ()  # nothing holds against it


def test_without_a_target_the_impact_is_the_fifth_of_the_amounts_with_a_warning() -> None:
    facts = told_company([quiet(f"q{n}", amount=str(n * 1000)) for n in range(1, 6)])
    report = ask(facts)
    assert {deal.id: (deal.impact, deal.impact_by) for deal in report.deals} == {
        f"q{n}": (n, "fifth") for n in range(1, 6)
    }
    assert [note.params for note in report.evidence.warnings if note.code == "NO_TARGET"] == [{"n": 5}]


@pytest.mark.parametrize(
    ("amount", "impact"), [("19999.9999", 1), ("20000", 2), ("50000", 3), ("100000", 4), ("200000", 5)]
)
def test_the_impact_is_the_share_of_the_remaining_target(amount: str, impact: int) -> None:
    assert one(ask(told_company([quiet("d", amount=amount)]), remaining=REMAINING), "d").impact == impact


def test_the_risk_adjusted_forecast_stands_beside_the_forecast() -> None:
    """Sum of amount x chance x (1 - loss rate); a deal without signals is not adjusted."""
    facts = told_company(
        [
            quiet("calm", amount="100000", expected_close=date(2026, 6, 30), probability=Decimal("0.5")),
            quiet("ill", entered=OLD, amount="100000", expected_close=date(2026, 6, 30), probability=Decimal("0.5")),
        ],
        [
            touch("calm", "2026-06-28", "c1"),
            touch("calm", "2026-06-28", "c2"),
            touch("ill", "2026-06-28", "c1"),
            touch("ill", "2026-06-28", "c2"),
        ],
    )
    found = ask(facts).forecast
    assert found.weighted_e4 == 100_000 * 10_000
    assert found.adjusted_e4 == (50_000 + 50_000 * Fraction(65, 100)) * 10_000
    assert (found.deals, found.adjusted_deals) == (2, 1)


def test_loss_rates_are_calibrated_once_enough_closed_deals_stand_behind_a_level() -> None:
    shut = [Deal(f"s{n}", [("S1", "2026-01-05"), ("lost" if n < 4 else "won", "2026-02-05")]) for n in range(5)]
    facts = told_company([quiet("d"), *shut])
    facts.insert(
        "service_events",
        [
            {"service": "risk_level", "subject": f"s{n}", "at": local(day), "body": f'{{"level": {level}}}'}
            for n in range(5)
            for day, level in (("2026-01-10", 5), ("2026-01-20", 4), ("2026-03-01", 1))
        ],
    )
    report = ask(facts, config=config(calibrate_from=5))
    assert [(rate.value, rate.n, rate.is_calibrated) for rate in report.loss_rates][3] == (Fraction(4, 5), 5, True)
    assert [rate.value for rate in ask(facts).loss_rates] == [Fraction(n, 100) for n in (5, 15, 35, 60, 85)]


def test_the_records_behind_each_signal_are_as_many_as_its_count() -> None:
    facts, _ = random_company(3, order=1)
    report = ask(facts)
    records = records_of_risk(opened(facts, PIPELINES, report.request))
    for count in report.signals:
        told = [len(records.get(f"{count.id} {state}", ())) for state in ("yes", "no", "unavailable")]
        assert told == [count.yes, count.no, count.unavailable]


def test_one_owner_is_asked_for_by_name() -> None:
    facts = told_company([quiet("mine"), quiet("other", owner_id="u2")])
    assert [deal.id for deal in ask(facts, owner="Han").deals] == ["other"]
    with pytest.raises(ConfigError, match="there is no user Hun"):
        ask(facts, owner="Hun")


def test_amounts_of_several_currencies_are_never_added() -> None:
    facts = told_company([quiet("a"), quiet("b", amount=None, amount_e4=10_000, amount_currency="USD")])
    with pytest.raises(MixedCurrency):
        ask(facts)
    assert [deal.id for deal in ask(facts, currency="USD").deals] == ["b"]


def test_a_document_overlays_what_is_shipped_and_says_what_is_wrong() -> None:
    own = load_risk("format = 1\nhigh_from = 12\n[signals.pushed]\ntimes = [1, 4]\n")
    assert (own.high_from, own.signals.pushed.times, own.signals.pushed.points) == (12, (1, 4), (2, 3))
    with pytest.raises(ConfigError, match="did you mean high_from"):
        load_risk("high_fro = 12\n")


def test_a_deal_on_hold_is_not_stalled() -> None:
    facts = told_company([quiet("held", entered=OLD, hold_until=TODAY + timedelta(days=30))])
    assert points(one(ask(facts), "held"))["stalled"] == 0
