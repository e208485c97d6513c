"""Asks for a forecast: the workspace's own document, the period, and what the plan of a target expects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from crmbridge.app.policies import own_policy
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import to_us
from crmbridge.model.money import SCALE
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.forecast import forecast_listing
from crmbridge.report.forecast_accuracy import accuracy_listing
from crmbridge.report.listing import Listing
from crmbridge.services.fiscal import LEVELS, FiscalYear, Level, NamedPeriod, fiscal_year_of, period_named, quarter_of
from crmbridge.services.forecast import forecast, records_of
from crmbridge.services.forecast_kept import SERVICE, forecast_accuracy, kept
from crmbridge.services.forecast_report import ForecastConfig, ForecastReport, ForecastRequest, built_in, load_forecast
from crmbridge.services.goal_tree import Unit
from crmbridge.services.goals import TimeSplit, plan
from crmbridge.services.owners import owners_at
from crmbridge.services.pace import expected_to_date
from crmbridge.services.results import Period

FILE = "forecast.toml"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A forecast as a person asks for it: a `period` such as 2026-Q1, or two days; a `target` as typed.

    Without a period it is the fiscal quarter of `as_of`. A `viewer` sees the own deals and those of everybody below.
    """

    as_of: datetime
    period: str | None = None
    start: date | None = None
    end: date | None = None
    target: str | None = None
    by: tuple[str, ...] = ()
    pipeline: str | None = None
    currency: str | None = None
    viewer: str | None = None
    explain: bool = False
    keep: bool = False
    accuracy: bool = False


def ask_forecast(wiring: Wiring, facts: Facts, pipelines: Sequence[Pipeline], wanted: Wanted) -> Listing:
    """The forecast, and its slices by each dimension."""
    config = own_document(wiring)
    seen = owners_at(facts, pipelines, wanted.as_of, viewer=wanted.viewer)
    if seen is not None and (wanted.keep or wanted.accuracy):
        raise ConfigError(
            "what is kept are forecasts of the whole company, which {viewer} does not see",
            viewer=wanted.viewer,
            hint="leave out --keep and --accuracy, or --viewer",
        )
    if wanted.accuracy:
        return _accuracy(wiring, facts, pipelines, wanted, config)
    request = replace(_request(wiring, facts, wanted), owners=seen)
    reports = [forecast(facts, pipelines, replace(request, by=by), config) for by in (wanted.by or (None,))]
    if wanted.keep:
        _keep(wiring, reports[0])
    explain = None
    if wanted.explain:
        records = records_of(facts, pipelines, request, config)
        explain = {"definition": _DEFINITION, "records": {place: list(ids) for place, ids in records.items()}}
    return forecast_listing(reports, explain).in_zone(facts.zone)


def _accuracy(
    wiring: Wiring, facts: Facts, pipelines: Sequence[Pipeline], wanted: Wanted, config: ForecastConfig
) -> Listing:
    """How good the forecasts were that were kept; ConfigError where a period or a slice is asked for too."""
    if wanted.keep or wanted.period or wanted.start or wanted.end or wanted.target or wanted.by:
        raise ConfigError(
            "--accuracy looks at every period that is over", hint="leave out --period, --target, --by and --keep"
        )
    report = forecast_accuracy(facts, pipelines, _request(wiring, facts, wanted), config)
    return accuracy_listing(report, {"definition": _ACCURACY} if wanted.explain else None).in_zone(facts.zone)


def _keep(wiring: Wiring, report: ForecastReport) -> None:
    """What was foreseen is remembered, as of the moment of the forecast; told again, the first stays as it was."""
    subject, body = kept(report)
    with wiring.ledger.begin() as tx:
        service_events.append(tx, SERVICE, [ServiceEvent(subject, to_us(report.request.as_of), body)])


def own_document(wiring: Wiring) -> ForecastConfig:
    """The workspace's `forecast.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_forecast, built_in)


def _request(wiring: Wiring, facts: Facts, wanted: Wanted) -> ForecastRequest:
    year, named, period = _period(wiring, facts, wanted)
    currency = wanted.currency or wiring.workspace.config.workspace.currency
    target_e4 = expected_e4 = None
    if wanted.target is not None:
        unit = Unit("money", currency)
        target = unit.parse(wanted.target)
        if not isinstance(target, int) or target <= 0:
            raise ConfigError("a target is more than nothing, not {text}", text=wanted.target)
        scale = SCALE // 10**unit.decimals
        target_e4 = target * scale
        if named is not None:
            split = TimeSplit(year, "even", _finer(named.level))
            made = plan(target, unit=unit, over=[split], calendar=wiring.calendar, period=named)
            expected_e4 = expected_to_date(made, wanted.as_of.astimezone(facts.zone).date()) * scale
    return ForecastRequest(
        as_of=wanted.as_of,
        period=period,
        target_e4=target_e4,
        expected_e4=expected_e4,
        pipeline=wanted.pipeline,
        currency=wanted.currency,
        calendar=wiring.calendar.id,
    )


def _finer(level: Level) -> tuple[Level, ...]:
    """The levels below one, down to days."""
    below: tuple[Level, ...] = ("quarter", "month", "day")
    return tuple(one for one in below if LEVELS.index(one) > LEVELS.index(level))


def _period(wiring: Wiring, facts: Facts, wanted: Wanted) -> tuple[FiscalYear, NamedPeriod | None, Period]:
    """The fiscal year, the period in it where it has a name, and its days."""
    month = wiring.workspace.config.workspace.fiscal_year_start
    today = wanted.as_of.astimezone(facts.zone).date()
    days = (wanted.start, wanted.end)
    if wanted.period is not None:
        if days != (None, None):
            raise ConfigError("a period has a name or two ends", hint="give --period, or --from and --to")
        year, named = period_named(wanted.period, month)
        return year, named, named.period
    if days == (None, None):
        named = quarter_of(today, month)
        return fiscal_year_of(today, month), named, named.period
    if wanted.start is None or wanted.end is None:
        raise ConfigError("a period has two ends", hint="give both --from and --to")
    return fiscal_year_of(today, month), None, Period(wanted.start, wanted.end)


_DEFINITION = {
    "closed": "the amounts of the deals won in the period",
    "commit": "closed, and the open deals that count as commit",
    "best_case": "commit, and the open deals that count as best case",
    "total": "best case, and the open deals that count as pipeline",
    "weighted": "amount x chance of the open deals that are counted, summed exactly and rounded once",
    "chance": "(won + k x the stage's own) / (decided + k) of the deals that reached the stage, not falling along the "
    "pipeline; else the stage's own; else the record's",
    "coverage": "open deals that are counted / what is left of the target; 1 / win rate by value is needed",
    "past_due": "open, and the expected closing date has passed: shown beside, in no sum",
}

_ACCURACY = {
    "forecast": "what was foreseen, by the last forecast that was kept long enough before the end of the period, else "
    "by the first that was kept",
    "actual": "the amounts of the deals won in the period, as known now",
    "error": "(forecast - actual) / actual; none where a period came to nothing",
    "bias": "the mean of the errors: above nothing, too much was promised",
    "mape": "the mean of their sizes",
}
