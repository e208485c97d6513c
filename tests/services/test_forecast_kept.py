"""Forecasts that are kept: which one judges a period, and how good they were."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import orjson
from tests.services.test_forecast import PIPELINE, made
from tests.services.worlds import Deal

from crmbridge.facts.store import Facts
from crmbridge.report.forecast_accuracy import accuracy_listing
from crmbridge.services.forecast import forecast
from crmbridge.services.forecast_kept import forecast_accuracy, kept
from crmbridge.services.forecast_report import ForecastRequest, load_forecast
from crmbridge.services.results import Period

Q = [Period(date(2025, 4, 1), date(2025, 7, 1)), Period(date(2025, 7, 1), date(2025, 10, 1))]
Q += [Period(date(2025, 10, 1), date(2026, 1, 1)), Period(date(2026, 1, 1), date(2026, 4, 1))]
NOW = ForecastRequest(datetime(2026, 2, 28, 10, tzinfo=UTC), Q[3])


def sold(*amounts: str) -> Facts:
    """Won deals, one in each period from the first."""
    return made(
        [
            Deal(f"d{n}", [("quoted", f"{period.start}"), ("won", f"{period.start.replace(day=20)}")], amount)
            for n, (period, amount) in enumerate(zip(Q, amounts, strict=False))
        ]
    )


def remember(
    facts: Facts, period: Period, at: datetime, figures: Mapping[str, str], pipeline: str | None = None
) -> None:
    told = dict.fromkeys(("closed", "weighted", "commit", "best_case", "total"), "0") | {
        name: str(int(amount) * 10_000) for name, amount in figures.items()
    }
    body = {"start": f"{period.start}", "end": f"{period.end}", "pipeline": pipeline, "currency": "CNY", **told}
    subject = f"{period}|{pipeline or ''}|CNY"
    row = {
        "service": "forecast",
        "subject": subject,
        "at": at.replace(tzinfo=None),
        "body": orjson.dumps(body).decode(),
    }
    facts.insert("service_events", [row])


def test_gv_fc_5_accuracy_of_kept_forecasts() -> None:
    foreseen = ("2300000", "1900000", "2600000")
    with sold("2000000", "2000000", "2400000", "1") as facts:
        for period, weighted in zip(Q, foreseen, strict=False):
            remember(facts, period, datetime.combine(period.start, datetime.min.time()), {"weighted": weighted})
        report = forecast_accuracy(facts, [PIPELINE], NOW)
        told = accuracy_listing(report)
    assert [round(float(error), 4) for error in report.accuracy.errors] == [0.15, -0.05, 0.0833]
    assert round(float(report.accuracy.bias or 0), 4) == 0.0611
    assert round(float(report.accuracy.mape or 0), 4) == 0.0944
    assert [str(row["actual"]) for row in told.rows if row["section"] == "periods"] == [
        "CNY 2000000.00",
        "CNY 2000000.00",
        "CNY 2400000.00",
    ]
    assert {str(row["figure"]): row["value"] for row in told.rows if row["section"] == "accuracy"} == {
        "bias": report.accuracy.bias,
        "mape": report.accuracy.mape,
    }


def test_a_period_is_judged_by_the_last_forecast_that_was_early_enough() -> None:
    days = {6: "1000", 20: "2000", 45: "3000", 80: "4000"}
    with sold("3000") as facts:
        for before_end, weighted in days.items():
            at = datetime.combine(date.fromordinal(Q[0].end.toordinal() - before_end), datetime.min.time())
            remember(facts, Q[0], at, {"weighted": weighted, "commit": "6000"})
        judged = {
            number: forecast_accuracy(facts, [PIPELINE], NOW, load_forecast(f"accuracy_days = {number}")).periods[0]
            for number in (0, 10, 30, 60, 90)
        }
        commit = forecast_accuracy(facts, [PIPELINE], NOW, load_forecast('accuracy_of = "commit"'))
    found = {number: int(one.outcome.forecast_e4) // 10_000 for number, one in judged.items()}
    assert found == {0: 1000, 10: 2000, 30: 3000, 60: 4000, 90: 4000}, "the first where none was early enough"
    assert commit.accuracy.bias == 1
    assert commit.kept == 4


def test_what_is_not_over_or_came_later_or_is_of_another_pipeline_is_not_judged() -> None:
    with sold("3000", "1", "1", "1") as facts:
        remember(facts, Q[3], datetime(2026, 1, 5), {"weighted": "1"})  # noqa: DTZ001 - as facts keep instants
        remember(facts, Q[2], datetime(2026, 3, 5), {"weighted": "1"})  # noqa: DTZ001 - as facts keep instants
        remember(facts, Q[0], datetime(2025, 4, 5), {"weighted": "3300"}, pipeline="default")  # noqa: DTZ001 - the same
        whole = forecast_accuracy(facts, [PIPELINE], NOW)
        one = forecast_accuracy(facts, [PIPELINE], replace(NOW, pipeline="default"))
    assert (whole.periods, whole.accuracy.bias) == ((), None)
    assert [note.code for note in whole.evidence.warnings] == ["NO_FORECASTS"]
    assert one.accuracy.errors == (Fraction(1, 10),)


def test_a_forecast_is_kept_exactly_and_read_back() -> None:
    deals = [
        Deal("w", [("quoted", "2025-10-05"), ("won", "2025-10-20")], "100"),
        Deal("o", [("quoted", "2025-10-05")], "0.01", facts={"expected_close": date(2025, 12, 1)}),
    ]
    with made(deals) as facts:
        then = replace(NOW, as_of=datetime(2025, 10, 21, tzinfo=UTC), period=Q[2])
        report = forecast(facts, [PIPELINE], then)
        subject, body = kept(report)
        row = {"service": "forecast", "subject": subject, "at": datetime(2025, 10, 21), "body": body}  # noqa: DTZ001 - as facts keep instants
        facts.insert("service_events", [row])
        judged = forecast_accuracy(facts, [PIPELINE], NOW).periods[0]
    assert subject == "2025-10-01/2026-01-01||CNY"
    assert judged.outcome.forecast_e4 == report.whole.closed.e4 + report.whole.weighted_e4
    assert judged.outcome.forecast_e4 != int(judged.outcome.forecast_e4), "to less than 1/10,000"
    assert judged.outcome.actual_e4 == 1_000_000
