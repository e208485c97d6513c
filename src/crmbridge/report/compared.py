"""Two periods against each other, as a listing."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from crmbridge.model.money import Money
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Rate, Section, Word
from crmbridge.report.scorecards import figure
from crmbridge.services.commission import rounded
from crmbridge.services.comparison import RateChange
from crmbridge.services.improvement import Compared, CompareReport
from crmbridge.services.process_trio import Trio

_COLUMNS = (
    Column("kpi_id", mark("id")),
    Column("kpi", mark("KPI"), "value"),
    Column("factor", mark("factor"), "word"),
    Column("group", mark("group"), "value"),
    Column("template", mark("template")),
    Column("before", mark("before"), "value"),
    Column("after", mark("after"), "value"),
    Column("difference", mark("difference"), "value"),
    Column("points", mark("difference of rates"), "percent"),
    Column("median_before", mark("median days before"), "days"),
    Column("median_after", mark("median days after"), "days"),
    Column("low", mark("at least"), "percent"),
    Column("high", mark("at most"), "percent"),
    Column("share", mark("change"), "percent"),
    Column("verdict", mark("verdict"), "word"),
    Column("part", mark("its part"), "value"),
    Column("mix", mark("by mix"), "percent"),
    Column("rate", mark("by rate"), "percent"),
    Column("replied", mark("replied"), "rate"),
    Column("records", mark("records"), "json"),
    Column("reason", mark("reason")),
)
_WORDS = (
    mark("improved"),
    mark("worse"),
    mark("no_clear_change"),
    mark("all"),
)
_PROCESS = {
    "win_rate": mark("win rate"),
    "speed": mark("wins no slower than the median before"),
    "satisfaction": mark("satisfied customers"),
}
_FACTORS = {"leads": mark("leads"), "conversion": mark("conversion"), "value": mark("average value")}


def compared_listing(
    report: CompareReport, trio: Trio, labels: tuple[str, str], explain: Mapping[str, object] | None = None
) -> Listing:
    """The process in three rates first, then the KPIs, what revenue and a rate changed by, and the mails."""
    rows = [*_trio(trio), *_kpis(report), *_revenue(report), *_mix(report), *_templates(report)]
    request = report.request
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=tuple(rows),
        as_of=request.as_of,
        window={"before": labels[0], "after": labels[1], "zone": report.evidence.zone},
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("What changed"),
        sections=(
            Section(
                "process",
                mark("The process"),
                ("factor", "before", "after", "points", "low", "high", "verdict", "median_before", "median_after"),
            ),
            Section(
                "kpis",
                mark("KPIs"),
                ("kpi", "before", "after", "difference", "share", "points", "low", "high", "verdict", "reason"),
            ),
            Section("revenue", mark("What revenue changed by"), ("factor", "before", "after", "part")),
            Section("mix", mark("What the rate changed by"), ("group", "mix", "rate", "points")),
            Section(
                "templates", mark("Mails by template"), ("template", "replied", "points", "low", "high", "verdict")
            ),
        ),
        empty=mark("there is nothing to compare"),
    )


def _trio(trio: Trio) -> Iterator[dict[str, object]]:
    rates = {"win_rate": trio.conversion, "speed": trio.cycle, "satisfaction": trio.satisfaction}
    for name, change in rates.items():
        before, after = (Rate(*pair, pair[1]) for pair in (change.before, change.after))
        row = {"section": "process", "factor": Word(name, _PROCESS[name]), "before": before, "after": after}
        if name == "speed":
            row |= {"median_before": trio.median_days[0], "median_after": trio.median_days[1]}
        yield {**row, **_judged(change)}


def _kpis(report: CompareReport) -> Iterator[dict[str, object]]:
    for one in report.compared:
        head = {"section": "kpis", "kpi_id": one.kpi.id, "kpi": Names({**one.kpi.names} or {"en": one.kpi.id})}
        if one.rate is not None:
            before, after = (Rate(*pair, pair[1]) for pair in (one.rate.before, one.rate.after))
            yield {**head, "before": before, "after": after, **_judged(one.rate)}
        elif one.change is not None:
            found = one.change
            values = {name: _shown(getattr(found, name), one) for name in ("before", "after", "difference")}
            yield {**head, **values, "share": found.share}
        else:
            yield {**head, "reason": one.reason}


def _judged(change: RateChange) -> dict[str, object]:
    if change.difference is None:
        return {"verdict": change.verdict}
    return {
        "points": Fraction(change.difference),
        "low": change.low,
        "high": change.high,
        "verdict": change.verdict,
    }


def _shown(value: Fraction | None, one: Compared) -> Fraction | Money | None:
    return figure(value, one.kpi, one.currency)


def _revenue(report: CompareReport) -> Iterator[dict[str, object]]:
    found = report.revenue
    if found is None:
        return
    money = {name: rounded(getattr(found, name), report.currency) for name in ("before", "after", "change")}
    yield {
        "section": "revenue",
        "factor": "all",
        "before": money["before"],
        "after": money["after"],
        "part": money["change"],
    }
    for name, part in (found.parts or {}).items():
        yield {
            "section": "revenue",
            "factor": Word(name, _FACTORS[name]),
            "part": rounded(Fraction(part), report.currency),
        }


def _mix(report: CompareReport) -> Iterator[dict[str, object]]:
    found = report.mix
    if found is None:
        return
    mix, rate = sum(found.mix.values(), Fraction(0)), sum(found.rate.values(), Fraction(0))
    yield {"section": "mix", "group": Word("all"), "mix": mix, "rate": rate, "points": found.change}
    for name, part in found.mix.items():
        yield {
            "section": "mix",
            "group": name,
            "mix": part,
            "rate": found.rate[name],
            "points": part + found.rate[name],
        }


def _templates(report: CompareReport) -> Iterator[dict[str, object]]:
    for one in report.templates:
        yield {
            "section": "templates",
            "template": one.name,
            "replied": Rate(one.replied, one.sent, one.sent),
            "records": list(one.ids),
            **_judged(one.against_others),
        }
