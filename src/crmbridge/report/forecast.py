"""A forecast as a listing: the same rows for a table, JSON and a report."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from crmbridge.model.money import Money, from_e4
from crmbridge.report.cells import ALL, UNKNOWN
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Rate, Section, Word
from crmbridge.services.forecast_report import Chance, ForecastReport, ForecastRow
from crmbridge.services.forecast_rows import BESIDE
from crmbridge.services.results import Amount, Unavailable

_BESIDE = {
    "past_due": mark("past its closing date"),
    "past_due_before": mark("past due, from earlier periods"),
    "unmapped": mark("stage not mapped"),
    "on_hold": mark("on hold past the period"),
    "omitted": mark("omitted"),
    "undated": mark("without a closing date"),
    "elsewhere": mark("closes in a later period"),
    "without_amount": mark("without an amount"),
}
_COLUMNS = (
    Column("slice", mark("slice")),
    Column("closed", mark("closed"), "money"),
    Column("commit", mark("commit"), "money"),
    Column("best_case", mark("best case"), "money"),
    Column("total", mark("with pipeline"), "money"),
    Column("weighted", mark("weighted"), "money"),
    Column("closed_and_weighted", mark("closed + weighted"), "money"),
    Column("weighted_by_vendor", mark("weighted by the CRM's own chances"), "money"),
    Column("deals", mark("deals"), "count"),
    Column("figure", mark("figure"), "word"),
    Column("value", mark("value"), "value"),
    Column("verdict", mark("verdict"), "word"),
    Column("row", mark("not counted"), "word"),
    Column("amount", mark("amount"), "money"),
    Column("pipeline", mark("pipeline")),
    Column("stage", mark("stage")),
    Column("rank", mark("rank"), "count"),
    Column("history", mark("won of decided"), "rate"),
    Column("default", mark("the stage's own"), "percent"),
    Column("shrunk", mark("drawn towards it"), "percent"),
    Column("chance", mark("chance used"), "percent"),
)
_FORECAST = ("slice", "closed", "commit", "best_case", "total", "weighted", "closed_and_weighted", "deals")


def forecast_listing(reports: Sequence[ForecastReport], explain: Mapping[str, object] | None = None) -> Listing:
    """One forecast, with the slices of one report for each dimension asked for.

    Beside it: its landings and coverage, what it leaves out, and the chances that it weighs with.
    """
    report = reports[0]
    currency = report.currency
    rows: list[Mapping[str, object]] = [_forecast(report.whole, "forecast", currency)]
    sliced = [one for one in reports if one.request.by]
    for one in sliced:
        rows += [_forecast(row, f"by {one.request.by}", currency) for row in one.slices]
    rows += _landings(report)
    rows += _coverage(report)
    rows += _beside(report.whole)
    rows += [_chance(one) for one in report.chances]
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=tuple(rows),
        as_of=report.request.as_of,
        window={
            "from": report.request.period.start,
            "to": report.request.period.end,
            "zone": report.evidence.zone,
            "currency": currency,
            "probability": [Word(one) for one in report.config.probability],
            "training_days": report.config.training_days,
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Forecast"),
        sections=(
            Section("forecast", mark("Forecast"), _FORECAST),
            *(Section(f"by {one.request.by}", str(one.request.by), _FORECAST) for one in sliced),
            Section("landings", mark("Where it may end"), ("figure", "value")),
            Section("coverage", mark("Coverage of the target"), ("figure", "value", "verdict")),
            Section("beside", mark("Open deals that are not counted"), ("row", "deals", "amount")),
            Section(
                "chances", mark("Chance of winning, by stage"), ("stage", "history", "default", "shrunk", "chance")
            ),
        ),
    )


def _forecast(row: ForecastRow, section: str, currency: str) -> dict[str, object]:
    vendor = row.weighted_by_vendor_e4
    return {
        "section": section,
        "slice": ALL if row.is_whole else UNKNOWN if row.key is None else row.label,
        "key": row.key,
        "closed": row.closed.money,
        "commit": row.commit.money,
        "best_case": row.best_case.money,
        "total": row.total.money,
        "weighted": _money(row.weighted_e4, currency),
        "closed_and_weighted": _money(row.closed.e4 + row.weighted_e4, currency),
        "weighted_by_vendor": None if vendor is None else _money(vendor, currency),
        "deals": _deals(row.total),
    }


def _landings(report: ForecastReport) -> list[Mapping[str, object]]:
    found = report.landings
    told = {
        "closed": found.closed_e4,
        "closed_and_weighted": found.weighted_e4,
        "commit": found.commit_e4,
        "linear": found.linear_e4,
        "plan_shaped": found.planned_e4,
    }
    return [
        {
            "section": "landings",
            "figure": Word(name, _FIGURES[name]),
            "value": value.reason if isinstance(value, Unavailable) else _money(value, report.currency),
        }
        for name, value in told.items()
    ]


_FIGURES = {
    "closed": mark("closed"),
    "closed_and_weighted": mark("closed + weighted"),
    "commit": mark("commit"),
    "linear": mark("at the pace so far"),
    "plan_shaped": mark("as the plan goes on"),
    "target": mark("target"),
    "remaining": mark("still to be won"),
    "open_pipeline": mark("open pipeline"),
    "coverage": mark("coverage"),
    "required_coverage": mark("coverage needed"),
    "expected": mark("expected at the win rate by value"),
    "expected_shortfall": mark("expected to be missing"),
    "win_rate_value": mark("win rate by value"),
}


def _coverage(report: ForecastReport) -> list[Mapping[str, object]]:
    found = report.coverage
    rate = report.win_rate_value
    part, whole = rate.numerator.money, rate.denominator.money
    shown = None if part is None or whole is None else Rate(part, whole, rate.n)
    if isinstance(found, Unavailable):
        return [_covering("coverage", found.reason), _covering("win_rate_value", shown)]
    return [
        _covering("target", _money(found.target_e4, report.currency)),
        _covering("remaining", _money(found.remaining_e4, report.currency)),
        _covering("open_pipeline", report.whole.open_mapped.money),
        {**_covering("coverage", found.value), "verdict": found.verdict},
        _covering("required_coverage", found.required),
        _covering("win_rate_value", shown),
        _covering("expected", None if found.expected_e4 is None else _money(found.expected_e4, report.currency)),
        _covering("expected_shortfall", _money(found.shortfall_e4, report.currency)),
    ]


def _covering(name: str, value: object) -> dict[str, object]:
    return {"section": "coverage", "figure": Word(name, _FIGURES[name]), "value": value}


def _beside(row: ForecastRow) -> list[Mapping[str, object]]:
    amounts: dict[str, Amount] = {name: getattr(row, name) for name in BESIDE}
    told: list[Mapping[str, object]] = [
        {"section": "beside", "row": Word(name, _BESIDE[name]), "deals": _deals(amount), "amount": amount.money}
        for name, amount in amounts.items()
    ]
    without = {"section": "beside", "row": Word("without_amount", _BESIDE["without_amount"]), "amount": None}
    return [*told, {**without, "deals": row.without_amount}]


def _chance(one: Chance) -> dict[str, object]:
    return {
        "section": "chances",
        "pipeline": one.pipeline,
        "key": one.stage,
        "stage": Names({**one.names} or {"en": one.stage}),
        "rank": one.rank,
        "history": Rate(
            one.history.numerator, one.history.denominator, one.history.n, one.history.low, one.history.high
        ),
        "default": one.default,
        "shrunk": one.shrunk,
        "chance": one.monotone,
    }


def _deals(amount: Amount) -> int:
    return amount.n + amount.unknown


def _money(e4: Fraction | int, currency: str) -> Money:
    return Money(from_e4(e4, currency), currency)
