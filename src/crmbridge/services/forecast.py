"""The forecast of a period: what is closed, what is committed, what may come, weighted by how likely it is.

Each open deal is in exactly one row: a category, or one of the rows beside that say why it is not counted.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.money import MixedCurrency
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import ForecastCategory, Pipeline
from crmbridge.services import stats
from crmbridge.services.forecast_chances import Odds, chances
from crmbridge.services.forecast_report import (
    Coverage,
    CoverageVerdict,
    ForecastConfig,
    ForecastReport,
    ForecastRequest,
    ForecastRow,
    Landings,
    built_in,
)
from crmbridge.services.forecast_rows import CATEGORIES, Fold, check_sums, notes
from crmbridge.services.pace import linear_landing, planned_landing, workdays_of
from crmbridge.services.results import Amount, Evidence, MoneyRate, Unavailable
from crmbridge.services.slicing import sliced
from crmbridge.services.world import World

DEFINITION = "forecast/1"
NO_CALENDAR = Unavailable(Note("CALENDAR_NOT_PUBLISHED", "the calendar does not know every day of the period"))
NOT_BEGUN = Unavailable(Note("PERIOD_NOT_BEGUN", "no workday of the period is over yet"))
NO_TARGET = Unavailable(Note("NO_TARGET", "nobody set a target for the period"))


def forecast(
    facts: Facts, pipelines: Sequence[Pipeline], request: ForecastRequest, config: ForecastConfig | None = None
) -> ForecastReport:
    """The forecast of the deals in `facts`, as the request asks for it.

    ConfigError for an unknown dimension or pipeline; MixedCurrency where amounts of several currencies would be summed.
    """
    config = config or built_in()
    world = open_world(facts, pipelines, request, config)
    currency = _currency(world, request)
    history = world.rows("forecast_history")
    table = chances(history, world.pipelines, pseudo_deals=config.pseudo_deals)
    folded = Fold(currency, Odds(config.probability, {(c.pipeline, c.stage): c for c in table}))
    whole = folded.rows(world.rows("forecast_rows", {"key": "'all'", "label": "'all'", "slices": ""}), is_whole=True)
    slices = folded.rows(_sliced(world, request.by)) if request.by else ()
    whole_row = whole[0] if whole else folded.row("all", [], is_whole=True)
    check_sums(whole_row, slices)
    decided = world.rows("forecast_decided")[0]
    won, lost = (
        Amount(int(decided[k]["e4"]), currency, decided[k]["n"], decided[k]["unknown"]) for k in ("won", "lost")
    )
    win_rate = MoneyRate.of(won, lost)
    return ForecastReport(
        request=request,
        config=config,
        currency=currency,
        whole=whole_row,
        slices=slices,
        chances=table,
        win_rate_value=win_rate,
        coverage=_coverage(request, whole_row, win_rate),
        landings=_landings(world, request, whole_row),
        evidence=_evidence(world, request, whole_row, decided["lost_nowhere"]),
    )


def open_world(facts: Facts, pipelines: Sequence[Pipeline], request: ForecastRequest, config: ForecastConfig) -> World:
    """The deals that a request is about, each with its place in the forecast, in temporary tables."""
    world = World(facts, pipelines, cut=request.as_of, calendar=request.calendar)
    if request.pipeline is not None and request.pipeline not in world.pipelines:
        choice = suggestion(request.pipeline, list(world.pipelines))
        raise ConfigError(
            "there is no pipeline {name}", name=request.pipeline, nearest=choice, hint="did you mean {nearest}?"
        )
    today = _today(facts, request)
    world.parameters |= {
        "start": request.period.start,
        "end": request.period.end,
        "today": today,
        "from": today - timedelta(days=config.training_days),
        "pipeline": request.pipeline,
        "only_currency": request.currency,
        "owners": None if request.owners is None else sorted(request.owners),
        "counts_past_due": config.past_due == "include",
        "categories": [*CATEGORIES, "omitted"],
    }
    _write_categories(world)
    world.make("forecast", *_ASKED)
    return world


_ASKED = ("start", "end", "today", "pipeline", "only_currency", "owners", "counts_past_due", "categories")


def records_of(
    facts: Facts, pipelines: Sequence[Pipeline], request: ForecastRequest, config: ForecastConfig | None = None
) -> dict[str, tuple[str, ...]]:
    """The ids of the deals in each row of the forecast, sorted; a row without deals is not there."""
    world = open_world(facts, pipelines, request, config or built_in())
    return {place: tuple(ids) for place, ids in world.tuples("forecast_records")}


def _today(facts: Facts, request: ForecastRequest) -> date:
    return request.as_of.astimezone(facts.zone).date()


def _write_categories(world: World) -> None:
    """What a deal in each open stage counts as."""
    world.sql("CREATE OR REPLACE TEMP TABLE svc_categories (pipeline VARCHAR, stage VARCHAR, category VARCHAR)")
    open_categories = {ForecastCategory(name) for name in (*CATEGORIES, "omitted")}
    for pipeline in world.pipelines.values():
        for stage in pipeline.open_stages:
            if stage.forecast_category in open_categories:
                world.sql(
                    "INSERT INTO svc_categories VALUES ($pipeline, $stage, $category)",
                    pipeline=pipeline.id,
                    stage=stage.key,
                    category=str(stage.forecast_category),
                )


def _currency(world: World, request: ForecastRequest) -> str:
    found = world.sql("SELECT DISTINCT amount_currency FROM svc_forecast WHERE amount_e4 IS NOT NULL ORDER BY 1")
    currencies = [currency for (currency,) in found]
    if len(currencies) > 1:
        raise MixedCurrency(currencies)
    return request.currency or (currencies[0] if currencies else world.facts.currency)


def _sliced(world: World, by: str) -> list[dict[str, Any]]:
    found = sliced(world, "deal", by)
    world.run("slices", found.fragments, **found.parameters)
    fragments = {
        "key": "s.slice_key",
        "label": "s.slice_label",
        "slices": "JOIN svc_slices s ON s.row_no = f.deal_no",
    }
    return world.rows("forecast_rows", fragments)


def _coverage(request: ForecastRequest, row: ForecastRow, win_rate: MoneyRate) -> Coverage | Unavailable:
    if request.target_e4 is None:
        return NO_TARGET
    return coverage(request.target_e4, row.closed.e4, row.open_mapped.e4, row.weighted_e4, win_rate.value)


def coverage(
    target_e4: int, closed_e4: int, open_e4: int, weighted_e4: Fraction, win_rate: Fraction | None
) -> Coverage:
    """Whether an open pipeline of `open_e4` is enough for what is left of the target."""
    remaining = max(0, target_e4 - closed_e4)
    value = stats.ratio(open_e4, remaining)
    required = stats.ratio(1, win_rate) if win_rate else None
    verdict: CoverageVerdict | None = None if remaining else "met"
    if remaining and required is not None and value is not None:
        verdict = "enough" if value >= required else "short"
    return Coverage(
        target_e4=target_e4,
        remaining_e4=remaining,
        value=value,
        required=required,
        expected_e4=None if win_rate is None else open_e4 * win_rate,
        shortfall_e4=max(Fraction(0), remaining - weighted_e4),
        verdict=verdict,
    )


def _landings(world: World, request: ForecastRequest, row: ForecastRow) -> Landings:
    closed = Fraction(row.closed.e4)
    days = workdays_of(world, request.period, _today(world.facts, request))
    linear = None if days is None else linear_landing(closed, days)
    planned = None
    if request.target_e4 is not None and request.expected_e4 is not None:
        planned = planned_landing(closed, request.target_e4, request.expected_e4)
    return Landings(
        closed_e4=closed,
        weighted_e4=closed + row.weighted_e4,
        commit_e4=Fraction(row.commit.e4),
        linear_e4=NO_CALENDAR if days is None else NOT_BEGUN if linear is None else linear,
        planned_e4=NO_TARGET if request.target_e4 is None else NOT_BEGUN if planned is None else planned,
    )


def _evidence(world: World, request: ForecastRequest, row: ForecastRow, lost_nowhere: int) -> Evidence:
    ((odd,),) = world.sql("SELECT count(*) FILTER (is_odd_category) FROM svc_forecast")
    return Evidence(
        DEFINITION,
        row.total.n + row.total.unknown,
        request.as_of,
        "snapshot",
        request.period,
        "now",
        request.as_of,
        str(world.facts.zone),
        notes(row, lost_nowhere=lost_nowhere, odd_categories=odd),
    )
