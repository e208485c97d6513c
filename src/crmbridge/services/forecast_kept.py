"""Forecasts that are kept, and how good they were: each period that is over against what it came to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import orjson

from crmbridge.facts.store import Facts
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.forecast import forecast
from crmbridge.services.forecast_accuracy import Accuracy, Outcome, accuracy
from crmbridge.services.forecast_report import FIGURES, ForecastConfig, ForecastReport, ForecastRequest, built_in
from crmbridge.services.results import Evidence, Period
from crmbridge.services.world import naive, text

DEFINITION = "forecast_accuracy/1"
SERVICE = "forecast"
"""The service of the events that keep what was foreseen."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was foreseen of a period at a moment, in 1/10,000 by figure."""

    period: Period
    at: datetime
    pipeline: str | None
    currency: str
    figures_e4: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Judged:
    """A period that is over: the forecast that is judged, and what the period came to."""

    kept: Kept
    figure: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class AccuracyReport:
    """The whole answer; `kept` counts all forecasts of the periods, of which each period is judged by one."""

    request: ForecastRequest
    config: ForecastConfig
    currency: str
    periods: tuple[Judged, ...]
    accuracy: Accuracy
    kept: int
    evidence: Evidence


def kept(report: ForecastReport) -> tuple[str, str]:
    """A forecast as it is kept: its subject, which is period, pipeline and currency, and its body as JSON."""
    row, request = report.whole, report.request
    figures = {
        "closed": Fraction(row.closed.e4),
        "weighted": row.closed.e4 + row.weighted_e4,
        "commit": Fraction(row.commit.e4),
        "best_case": Fraction(row.best_case.e4),
        "total": Fraction(row.total.e4),
    }
    head = {"start": request.period.start.isoformat(), "end": request.period.end.isoformat()}
    place = {"pipeline": request.pipeline, "currency": report.currency}
    told = {name: str(value) for name, value in figures.items()} | {"target_e4": request.target_e4}
    subject = f"{request.period}|{request.pipeline or ''}|{report.currency}"
    return subject, orjson.dumps(head | place | told).decode()


def forecast_accuracy(
    facts: Facts, pipelines: Sequence[Pipeline], request: ForecastRequest, config: ForecastConfig | None = None
) -> AccuracyReport:
    """How good the forecasts were that were kept of periods that were over at `as_of`.

    A period is judged by the last forecast that was kept `accuracy_days` or more before its end, else by the first that
    was kept at all. The request's own period is not looked at.
    """
    config = config or built_in()
    currency = request.currency or facts.currency
    found = [one for one in _read(facts, request) if (one.pipeline, one.currency) == (request.pipeline, currency)]
    periods: dict[Period, list[Kept]] = {}
    for one in found:
        periods.setdefault(one.period, []).append(one)
    judged = tuple(
        _judge(facts, pipelines, replace(request, period=period, by=None, target_e4=None), chosen, config)
        for period, chosen in (
            (period, _chosen(listed, config)) for period, listed in sorted(periods.items(), key=lambda p: p[0].end)
        )
    )
    missing = () if judged else (Note("NO_FORECASTS", "no forecast of a period that is over was kept"),)
    return AccuracyReport(
        request=request,
        config=config,
        currency=currency,
        periods=judged,
        accuracy=accuracy([one.outcome for one in judged]),
        kept=len(found),
        evidence=Evidence(
            DEFINITION,
            len(judged),
            request.as_of,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=missing,
        ),
    )


def _read(facts: Facts, request: ForecastRequest) -> Iterator[Kept]:
    today = request.as_of.astimezone(facts.zone).date()
    rows = facts.connection.cursor().execute(text("forecast_kept"), {"cut": naive(request.as_of), "today": today})
    for _, at, body in rows.fetchall():
        said: dict[str, Any] = orjson.loads(body)
        yield Kept(
            Period(date.fromisoformat(said["start"]), date.fromisoformat(said["end"])),
            at.replace(tzinfo=UTC).astimezone(facts.zone),
            said["pipeline"],
            said["currency"],
            {name: Fraction(said[name]) for name in FIGURES},
        )


def _chosen(listed: Sequence[Kept], config: ForecastConfig) -> Kept:
    """The forecast by which a period is judged; they come with the oldest first."""
    early = [one for one in listed if one.at.date() <= one.period.end - timedelta(days=config.accuracy_days)]
    return early[-1] if early else listed[0]


def _judge(
    facts: Facts, pipelines: Sequence[Pipeline], request: ForecastRequest, chosen: Kept, config: ForecastConfig
) -> Judged:
    actual = forecast(facts, pipelines, request, config).whole.closed.e4
    figure = config.accuracy_of
    return Judged(chosen, figure, Outcome(str(chosen.period), chosen.figures_e4[figure], actual))
