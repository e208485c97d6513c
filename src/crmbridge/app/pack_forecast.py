"""The sections of a pack about what is foreseen: now against the last pack, and how good earlier forecasts were."""

from collections.abc import Mapping
from datetime import UTC, date
from fractions import Fraction

import orjson

from crmbridge.app import forecasting
from crmbridge.app.pack_asking import PackAsked
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Word
from crmbridge.report.pack import PackSection
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.forecast import forecast
from crmbridge.services.forecast_accuracy import Accuracy
from crmbridge.services.forecast_kept import SERVICE, Judged, forecast_accuracy
from crmbridge.services.forecast_report import ForecastReport, ForecastRequest
from crmbridge.services.world import naive, text

_SHOWN = {"closed": mark("closed so far"), "weighted": mark("closed + weighted"), "commit": mark("commit")}
_SHOWN |= {"best_case": mark("best case"), "total": mark("with pipeline")}
_WORDS = (mark("bias"), mark("mean error"))


def report_of(asked: PackAsked) -> ForecastReport:
    """The forecast of the fiscal quarter of the pack, of its deals."""
    asker = asked.asker
    return forecast(asker.facts, asker.pipelines, _request(asked), forecasting.own_document(asker.wiring))


def quarter_of(asked: PackAsked) -> NamedPeriod:
    """The fiscal quarter that is foreseen: that of a week, or the one after a month or quarter."""
    day = asked.day if asked.period.level == "week" else asked.period.end
    return asked.asker.period_at(day, "quarter")


def figures(report: ForecastReport) -> dict[str, Fraction]:
    """Each figure of a forecast in 1/10,000."""
    row = report.whole
    return {
        "closed": Fraction(row.closed.e4),
        "weighted": row.closed.e4 + row.weighted_e4,
        "commit": Fraction(row.commit.e4),
        "best_case": Fraction(row.best_case.e4),
        "total": Fraction(row.total.e4),
    }


def subject(report: ForecastReport) -> str:
    """What a forecast of all pipelines is kept as."""
    return f"{report.request.period}||{report.currency}"


def forecast_section(asked: PackAsked, before: Mapping[str, object] | None) -> PackSection:
    """The forecast of the fiscal quarter now, and as the pack before it, or `forecast --keep`, had kept it."""
    report, period = report_of(asked), quarter_of(asked)
    told = before or {}
    kept = told.get("figures") if told.get("subject") == subject(report) else None
    earlier = _exact(kept) if isinstance(kept, Mapping) else _kept(asked, subject(report))
    rows = []
    for name, e4 in figures(report).items():
        row: dict[str, object] = {"what": Word(name, _SHOWN[name]), "now": asked.money(e4, report.currency)}
        if name in earlier:
            row["before"] = asked.money(earlier[name], report.currency)
            row["difference"] = asked.money(e4 - earlier[name], report.currency)
        rows.append({"period": period.label} | row)
    none = Note("NOT_KEPT", mark("no forecast was kept before this period: crmbridge report pack --keep keeps one"))
    return PackSection("forecast", ("what", "period", "before", "now", "difference"), rows, () if earlier else (none,))


def accuracy_section(asked: PackAsked) -> PackSection:
    """Each quarter that is over against what was foreseen of it; below, the mean error and its mean size."""
    asker = asked.asker
    config = forecasting.own_document(asker.wiring)
    report = forecast_accuracy(asker.facts, asker.pipelines, _request(asked, everybody=True), config)
    rows = [_judged(asked, one, report.currency) for one in report.periods]
    none = Note("NO_FORECASTS", mark("no forecast of a period that is over was kept"))
    return PackSection(
        "accuracy",
        ("what", "period", "n", "foreseen", "actual", "error"),
        [*rows, *(_means(report.accuracy) if rows else ())],
        () if rows else (none,),
    )


def _judged(asked: PackAsked, one: Judged, currency: str) -> dict[str, object]:
    return {
        "what": Word(one.figure, _SHOWN[one.figure]),
        "period": _label(one.kept.period.start, one.kept.period.end, asked),
        "foreseen": asked.money(one.outcome.forecast_e4, currency),
        "actual": asked.money(one.outcome.actual_e4, currency),
        "error": one.outcome.error,
    }


def _means(found: Accuracy) -> list[dict[str, object]]:
    return [
        {"what": Word("bias"), "n": found.n, "error": found.bias},
        {"what": Word("mape", mark("mean error")), "n": found.n, "error": found.mape},
    ]


def _label(start: date, end: date, asked: PackAsked) -> str:
    """What people call a span of days, else its days."""
    found = (asked.asker.period_at(start, level) for level in ("month", "quarter", "year"))
    return next((one.label for one in found if (one.start, one.end) == (start, end)), f"{start} – {end}")


def _request(asked: PackAsked, *, everybody: bool = False) -> ForecastRequest:
    asker = asked.asker
    return ForecastRequest(
        as_of=asker.as_of,
        period=quarter_of(asked).period,
        currency=asked.currency,
        calendar=asker.wiring.calendar.id,
        owners=None if everybody else asked.members,
    )


def _kept(asked: PackAsked, name: str) -> Mapping[str, Fraction]:
    """What `forecast --keep` kept last before the period, of everybody's deals; nothing for a part of them."""
    if asked.members is not None:
        return {}
    rows = asked.asker.facts.query(text("service_history"), {"service": SERVICE, "cut": naive(asked.start)})
    kept = [body for subject_, at, body in rows if subject_ == name and at.replace(tzinfo=UTC)]
    return _exact(orjson.loads(kept[-1])) if kept else {}


def _exact(told: Mapping[str, object]) -> dict[str, Fraction]:
    return {name: Fraction(str(value)) for name, value in told.items() if name in _SHOWN}
