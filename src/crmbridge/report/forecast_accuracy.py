"""How good earlier forecasts were, as a listing: each period that is over, and the mean of its errors."""

from collections.abc import Mapping

from crmbridge.model.money import Money, from_e4
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.services.forecast_kept import AccuracyReport, Judged

_COLUMNS = (
    Column("from", mark("from"), "date"),
    Column("to", mark("to"), "date"),
    Column("kept", mark("kept"), "instant"),
    Column("forecast", mark("forecast"), "money"),
    Column("actual", mark("actual"), "money"),
    Column("error", mark("error of the forecast"), "percent"),
    Column("figure", mark("figure"), "word"),
    Column("value", mark("value"), "percent"),
    Column("n", mark("n"), "count"),
    Column("excluded", mark("came to nothing"), "count"),
)


def accuracy_listing(report: AccuracyReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The periods with forecast and actual, then bias and mean size of the errors."""
    found = report.accuracy
    means: list[Mapping[str, object]] = [
        {
            "section": "accuracy",
            "figure": Word(name, shown),
            "value": value,
            "n": found.n,
            "excluded": found.excluded,
        }
        for name, shown, value in (
            ("bias", mark("mean error"), found.bias),
            ("mape", mark("mean size of the error"), found.mape),
        )
    ]
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=(*(_period(one) for one in report.periods), *means),
        as_of=report.request.as_of,
        window={
            "zone": report.evidence.zone,
            "currency": report.currency,
            "accuracy_of": report.config.accuracy_of,
            "accuracy_days": report.config.accuracy_days,
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Accuracy of forecasts"),
        sections=(
            Section("periods", mark("Periods that are over"), ("from", "to", "kept", "forecast", "actual", "error")),
            Section("accuracy", mark("Accuracy of forecasts"), ("figure", "value", "n", "excluded")),
        ),
    )


def _period(one: Judged) -> Mapping[str, object]:
    currency = one.kept.currency
    return {
        "section": "periods",
        "from": one.kept.period.start,
        "to": one.kept.period.end,
        "kept": one.kept.at,
        "forecast": Money(from_e4(one.outcome.forecast_e4, currency), currency),
        "actual": Money(from_e4(one.outcome.actual_e4, currency), currency),
        "error": one.outcome.error,
    }
