"""Which open deals are at risk, why, how much money it is, and what the forecast comes to with that in mind.

Signals, levels and exposure: `services.md` 12, and `risk.toml`. All deals are worked out in DuckDB at once.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge.facts.store import Facts
from crmbridge.model.instants import business_date
from crmbridge.model.money import MixedCurrency
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.forecast import open_world
from crmbridge.services.forecast_chances import Odds, chances
from crmbridge.services.forecast_report import ForecastRequest
from crmbridge.services.forecast_rows import CATEGORIES
from crmbridge.services.owners import owners_asked
from crmbridge.services.results import Amount, Evidence
from crmbridge.services.risk_document import BANDS, SIGNALS
from crmbridge.services.risk_report import (
    AdjustedForecast,
    BandCount,
    DealRisk,
    LossRate,
    RiskReport,
    RiskRequest,
    Signal,
    SignalCount,
)
from crmbridge.services.risk_signals import write_signals
from crmbridge.services.risk_words import ACTIONS, HOLDS_NOT, SAYS, UNTOLD
from crmbridge.services.world import World

DEFINITION = "risk/1"
LEVELS = "risk_level"
"""The service of the events that say at which probability level a deal stood when it was looked at."""


def risk(facts: Facts, pipelines: Sequence[Pipeline], request: RiskRequest) -> RiskReport:
    """The deals at risk; ConfigError for an owner or pipeline that nobody knows, MixedCurrency where amounts mix."""
    return report_of(opened(facts, pipelines, request), request)


def opened(facts: Facts, pipelines: Sequence[Pipeline], request: RiskRequest) -> World:
    """A world with the table svc_risk, and the forecast's beside it."""
    asked = ForecastRequest(
        as_of=request.as_of,
        period=request.period,
        calendar=request.calendar,
        pipeline=request.pipeline,
        currency=request.currency,
    )
    world = open_world(facts, pipelines, asked, request.forecast)
    seen = owners_asked(world, request.owner, request.viewer)
    if request.owners is not None:
        seen = sorted(request.owners if seen is None else request.owners.intersection(seen))
    world.parameters["owners"] = seen
    write_signals(world, request)
    _write_targets(world, request)
    config = request.config
    world.parameters |= {f"level{n}": bound for n, bound in enumerate(config.levels, start=2)}
    world.parameters |= {"high_from": config.high_from, "medium_from": config.medium_from}
    world.run("risk_scored", {"points": " + ".join(f"coalesce({name}, 0)" for name in SIGNALS)})
    return world


def report_of(world: World, request: RiskRequest) -> RiskReport:
    """The report of an opened world."""
    rates = loss_rates(world, request)
    currency = _currency(world, request)
    counted = world.rows("risk_counted")
    bands = tuple(_band(band, counted, rates, currency) for band in (*BANDS, None))
    signals = tuple(_counted(world, name) for name in SIGNALS)
    listed = world.rows(
        "risk_listed",
        bands=list(BANDS[: BANDS.index(request.least) + 1]),
        rates=[int(rate.value * 10_000) for rate in rates],
        most=request.limit,
    )
    stages = {(name, stage.key): stage.names for name, pipe in world.pipelines.items() for stage in pipe.stages}
    deals = tuple(_deal(row, request, rates, world.facts.zone, stages) for row in listed)
    evidence = Evidence(
        DEFINITION,
        sum(band.deals for band in bands),
        request.as_of,
        "snapshot",
        request.period,
        cut=request.as_of,
        zone=str(world.facts.zone),
        warnings=tuple(_notes(counted, signals)),
    )
    adjusted = _adjusted(world, request, rates, currency)
    n = listed[0]["listed"] if listed else 0
    return RiskReport(request, currency, deals, n, signals, bands, rates, adjusted, evidence)


def records_of_risk(world: World) -> Mapping[str, tuple[str, ...]]:
    """The ids of the open deals by signal and state (`stalled yes`), and by band."""
    parts = [
        f"SELECT '{name} ' || CASE WHEN {name} IS NULL THEN 'unavailable' WHEN {name} > 0 THEN 'yes' "  # noqa: S608 - ours
        "ELSE 'no' END AS what, id FROM svc_risk WHERE ($owners IS NULL OR list_contains($owners, owner_id))"
        for name in SIGNALS
    ]
    found = world.tuples("risk_records", {"signals": " UNION ALL ".join(parts)})
    return {what: tuple(ids) for what, ids in found}


def levels_seen(world: World) -> list[tuple[str, int]]:
    """The open deals whose level is another than was remembered, with the level."""
    return [(row[0], row[1]) for row in world.tuples("risk_seen")]


def loss_rates(world: World, request: RiskRequest) -> tuple[LossRate, ...]:
    """The loss rate of each level: the configured one, or what became of enough deals that closed at that level."""
    known = {level: (n, lost) for level, n, lost in world.tuples("risk_closed")}
    config, rates = request.config, []
    for level, default in enumerate(config.loss_rates, start=1):
        n, lost = known.get(level, (0, 0))
        is_enough = bool(config.calibrate_from) and n >= config.calibrate_from
        value = Fraction(lost, n) if is_enough else Fraction(default)
        rates.append(LossRate(level, value, is_enough, n, lost))
    return tuple(rates)


def _write_targets(world: World, request: RiskRequest) -> None:
    """From which amount on the impact of an owner's deal is 2, 3, 4, 5: whole 1/10,000, the next one above."""
    bounds = ", ".join(f"b{n} HUGEINT" for n in range(2, 6))
    world.sql(f"CREATE OR REPLACE TEMP TABLE svc_risk_targets (owner_id VARCHAR, {bounds})")
    for owner, remaining in sorted(request.remaining.items()):
        if remaining <= 0:
            continue
        least = [-(-(remaining * 10_000 * percent / 100) // 1) for percent in request.config.impact_percent]
        given = {f"b{n}": int(bound) for n, bound in enumerate(least, start=2)}
        world.sql("INSERT INTO svc_risk_targets VALUES ($owner, $b2, $b3, $b4, $b5)", owner=owner, **given)


def _currency(world: World, request: RiskRequest) -> str:
    found = world.sql("SELECT DISTINCT amount_currency FROM svc_risk WHERE amount_e4 IS NOT NULL ORDER BY 1")
    currencies = [currency for (currency,) in found]
    if len(currencies) > 1:
        raise MixedCurrency(currencies)
    return request.currency or (currencies[0] if currencies else world.facts.currency)


def _band(
    band: str | None, counted: Sequence[Mapping[str, Any]], rates: Sequence[LossRate], currency: str
) -> BandCount:
    mine = [row for row in counted if row["band"] == band]
    deals, n = sum(row["deals"] for row in mine), sum(row["n"] for row in mine)
    amount = Amount(sum(int(row["e4"]) for row in mine), currency, n, deals - n)
    exposure = sum((int(row["e4"]) * rates[row["probability"] - 1].value for row in mine), Fraction(0))
    return BandCount(band, deals, amount, exposure)  # type: ignore[arg-type] # one of BANDS


def _counted(world: World, name: str) -> SignalCount:
    ((yes, no, untold),) = world.sql(
        f"SELECT count(*) FILTER ({name} > 0), count(*) FILTER ({name} = 0), count(*) FILTER ({name} IS NULL) "  # noqa: S608 - our own name
        "FROM svc_risk WHERE ($owners IS NULL OR list_contains($owners, owner_id))",
        owners=world.parameters["owners"],
    )
    return SignalCount(name, yes, no, untold)


def _deal(
    row: Mapping[str, Any],
    request: RiskRequest,
    rates: Sequence[LossRate],
    zone: ZoneInfo,
    stages: Mapping[tuple[str, str], Mapping[str, str]],
) -> DealRisk:
    told = {**row, "back_day": _day(row["back_at"], zone)}
    signals = tuple(_signal(name, told) for name in SIGNALS)
    worst = max((s for s in signals if s.points), key=lambda s: s.points or 0, default=None)
    amount, rate = row["amount_e4"], rates[row["probability"] - 1].value
    return DealRisk(
        id=row["id"],
        subject=row["subject"] or row["id"],
        name=row["name"],
        owner_id=row["owner_id"],
        owner=row["owner_name"] or row["owner"],
        account_id=row["account_id"],
        pipeline=row["pipeline"],
        stage=row["stage"],
        stage_names=stages.get((row["pipeline"], row["stage"]), {}),
        expected_close=row["expected_close"],
        amount_e4=amount,
        currency=row["amount_currency"],
        signals=signals,
        points=row["points"],
        probability=row["probability"],
        impact=row["impact"],
        impact_by=row["impact_by"],
        score=row["score"],
        band=row["band"],
        exposure_e4=None if amount is None else amount * rate,
        response=request.config.proposals[row["band"] or "medium"],
        action=ACTIONS[worst.id] if worst else None,
    )


def _signal(name: str, row: Mapping[str, Any]) -> Signal:
    points = row[name]
    return Signal(name, points, UNTOLD[name] if points is None else SAYS[name](row) if points else HOLDS_NOT)


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else business_date(moment.replace(tzinfo=UTC), zone)


def _adjusted(world: World, request: RiskRequest, rates: Sequence[LossRate], currency: str) -> AdjustedForecast:
    history = world.rows("forecast_history")
    table = chances(history, world.pipelines, pseudo_deals=request.forecast.pseudo_deals)
    odds = Odds(request.forecast.probability, {(c.pipeline, c.stage): c for c in table})
    weighted, adjusted = Fraction(0), Fraction(0)
    deals = lessened = unweighted = closed_e4 = closed_n = closed_deals = 0
    for row in world.rows("risk_forecast", places=["closed", *CATEGORIES]):
        if row["place"] == "closed":
            closed_e4, closed_n, closed_deals = (
                closed_e4 + int(row["e4"]),
                closed_n + row["n"],
                closed_deals + row["deals"],
            )
            continue
        chance = odds.of(row["pipeline"], row["stage"], None if row["chance"] is None else Fraction(row["chance"]))
        if chance is None:
            unweighted += row["deals"]
            continue
        deals += row["deals"]
        lessened += row["deals"] if row["has_signals"] else 0
        weighted += int(row["e4"]) * chance
        adjusted += int(row["e4"]) * chance * (1 - rates[row["level"] - 1].value if row["has_signals"] else 1)
    closed = Amount(closed_e4, currency, closed_n, closed_deals - closed_n)
    return AdjustedForecast(request.period, currency, closed, weighted, adjusted, deals, lessened, unweighted)


def _notes(counted: Sequence[Mapping[str, Any]], signals: Sequence[SignalCount]) -> list[Note]:
    by_fifth = sum(row["deals"] for row in counted if row["impact_by"] == "fifth")
    blank = sum(row["deals"] for row in counted if row["impact_by"] is None)
    deals = sum(row["deals"] for row in counted)
    silent = [s.id for s in signals if deals and s.unavailable == deals]
    told = (
        (
            by_fifth,
            Note(
                "NO_TARGET",
                "the impact of {n} deals is by their amounts: their owners have no target left",
                {"n": by_fifth},
            ),
        ),
        (blank, Note("NO_AMOUNT", "{n} open deals have no amount: nobody knows their impact", {"n": blank})),
        (
            len(silent),
            Note("SIGNALS_UNAVAILABLE", "no source tells these signals: {signals}", {"signals": ", ".join(silent)}),
        ),
    )
    return [note for count, note in told if count]
