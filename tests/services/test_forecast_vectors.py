"""The golden vectors of the forecast, by name, with every value the method gives."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from tests.services.test_funnel_vectors import near
from tests.services.worlds import Deal, company, local

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import stats
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.forecast import coverage, forecast, records_of
from crmbridge.services.forecast_accuracy import Outcome, accuracy
from crmbridge.services.forecast_chances import chances, shrunk
from crmbridge.services.forecast_report import Coverage, ForecastReport, ForecastRequest, built_in
from crmbridge.services.results import Period

AS_OF = datetime(2026, 2, 28, 10, tzinfo=UTC)
Q1 = Period(date(2026, 1, 1), date(2026, 4, 1))
KEYS = {f"S{n}": stage.key for n, stage in enumerate(default_pipeline().open_stages, 1)}
BY_STAGE = built_in().model_copy(update={"probability": ("stage", "history", "vendor")})


def deal(name: str, stage: str, amount: str, close: str, **facts: object) -> Deal:
    """An open deal of the default pipeline."""
    more: dict[str, Any] = {"pipeline": "default", "expected_close": date.fromisoformat(close), **facts}
    return Deal(name, [(KEYS.get(stage, stage), "2026-01-05")], amount, facts=more)


def placed(facts: Facts) -> Facts:
    """The same company with its events in the default pipeline."""
    facts.query("UPDATE stage_events SET pipeline = 'default'")
    return facts


def first_quarter() -> Facts:
    """The company of GV-FC-1."""
    won = {"pipeline": "default", "category": "won", "closed_at": local("2026-02-02")}
    return placed(
        company(
            [
                deal("F1", "S2", "50000.00", "2026-03-20"),
                deal("F2", "S3", "120000.00", "2026-03-10"),
                deal("F3", "S4", "80000.50", "2026-03-25"),
                deal("F4", "S5", "300000.00", "2026-03-31"),
                deal("F5", "S4", "200000.00", "2026-04-15"),
                deal("F6", "S3", "100000.00", "2026-02-10"),
                deal("F7", "UNKNOWN", "70000.00", "2026-03-15"),
                Deal("W1", [(KEYS["S1"], "2025-12-01"), ("won", "2026-02-02")], "1500000.00", facts=won),
            ]
        )
    )


@pytest.fixture(scope="module")
def report() -> ForecastReport:
    with first_quarter() as facts:
        return forecast(facts, [default_pipeline()], request(), BY_STAGE)


def request(**more: object) -> ForecastRequest:
    wanted: dict[str, Any] = {"as_of": AS_OF, "period": Q1, "target_e4": 25_000_000_000, **more}
    return ForecastRequest(**wanted)


def money(amount: str) -> int:
    return int(Fraction(amount) * 10_000)


def test_gv_fc_1_categories(report: ForecastReport) -> None:
    row = report.whole
    assert row.weighted_e4 == money("346000.30")
    assert row.closed.e4 == money("1500000")
    assert row.commit.e4 == money("1800000")
    assert row.best_case.e4 == money("1880000.50")
    assert row.total.e4 == money("2050000.50")
    assert row.unmapped.e4 == money("70000")
    assert report.landings.weighted_e4 == money("1846000.30")


def test_gv_fc_1_each_open_deal_is_in_one_row() -> None:
    with first_quarter() as facts:
        found = records_of(facts, [default_pipeline()], request(), BY_STAGE)
    assert found == {
        "best_case": ("F3",),
        "closed": ("W1",),
        "commit": ("F4",),
        "elsewhere": ("F5",),
        "past_due": ("F6",),
        "pipeline": ("F1", "F2"),
        "unmapped": ("F7",),
    }


def test_gv_fc_1_coverage(report: ForecastReport) -> None:
    found = coverage(
        money("2500000"),
        report.whole.closed.e4,
        report.whole.open_mapped.e4,
        report.whole.weighted_e4,
        Fraction("0.25"),
    )
    assert report.whole.open_mapped.e4 == money("550000.50")
    assert found.remaining_e4 == money("1000000")
    assert found.value is not None
    assert near(found.value, "0.5500")
    assert found.required == 4
    assert found.verdict == "short"
    assert found.shortfall_e4 == money("653999.70")
    assert isinstance(report.coverage, Coverage)
    assert report.coverage.shortfall_e4 == found.shortfall_e4


GV_FC_2 = ((150, 18), (90, 18), (60, 18), (40, 18), (26, 18))


def history(rows: tuple[tuple[int, int], ...]) -> list[dict[str, Any]]:
    return [
        {"pipeline": "default", "stage": KEYS[f"S{rank}"], "rank": rank, "reached": n, "won": won}
        for rank, (n, won) in enumerate(rows, 1)
    ]


def table(pipeline: Pipeline, rows: tuple[tuple[int, int], ...]) -> list[tuple[Fraction | None, Fraction | None]]:
    return [(c.shrunk, c.monotone) for c in chances(history(rows), {"default": pipeline}, pseudo_deals=10)]


def test_gv_fc_2_history() -> None:
    expected = [Fraction(19, 160), Fraction(1, 5), Fraction(11, 35), Fraction(12, 25), Fraction(13, 18)]
    assert table(default_pipeline(), GV_FC_2) == [(value, value) for value in expected]
    raw = [c.history.value for c in chances(history(GV_FC_2), {"default": default_pipeline()}, pseudo_deals=10)]
    assert all(
        near(value, printed) for value, printed in zip(raw, [".1200", ".2000", ".3000", ".4500", ".6923"], strict=True)
    )


def test_gv_fc_3_small_sample() -> None:
    rows = ((40, 8), (25, 8), (12, 6), (4, 1), (2, 2))
    found = [shrunk(won, n, p0, pseudo_deals=10) for (n, won), p0 in zip(rows, defaults(), strict=True)]
    assert all(near(v, p) for v, p in zip(found, [".1800", ".2857", ".4545", ".5000", ".8333"], strict=True))
    assert [shrunk(0, 0, p0, pseudo_deals=10) for p0 in defaults()] == defaults()
    assert shrunk(1, 1, Fraction("0.20"), pseudo_deals=10) == Fraction(3, 11)


def defaults() -> list[Fraction]:
    return [Fraction(stage.probability or 0) for stage in default_pipeline().open_stages]


def test_gv_fc_4_pava() -> None:
    found = stats.pava([0.10, 0.30, 0.25, 0.50, 0.45], [50, 35, 22, 14, 12])
    assert [round(value, 6) for value in found] == [0.1, 0.280702, 0.280702, 0.476923, 0.476923]
    exact = stats.pava([Fraction(3, 10), Fraction(1, 4)], [35, 22])
    assert exact == [Fraction(16, 57)] * 2


def test_gv_fc_5_coverage_and_accuracy() -> None:
    found = coverage(money("1600000"), 0, money("4800000"), Fraction(0), Fraction("0.22"))
    assert found.value == 3
    assert near(found.required, "4.55")
    assert found.expected_e4 == money("1056000")
    assert found.verdict == "short"
    pairs = [("2300000", "2000000"), ("1900000", "2000000"), ("2600000", "2400000")]
    told = accuracy([Outcome("", forecast_e4=money(one), actual_e4=money(other)) for one, other in pairs])
    assert all(near(error, printed) for error, printed in zip(told.errors, ["+.1500", "-.0500", "+.0833"], strict=True))
    assert near(told.bias, ".0611")
    assert near(told.mape, ".0944")
