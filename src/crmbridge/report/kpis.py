"""KPIs as a listing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from crmbridge.report.cells import ALL, label, once
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Days, Listing, Names, Part, Rate, Section
from crmbridge.services.kpi import KpiResult, KpiSlice

_KPI = (
    Column("id", mark("id")),
    Column("kpi", mark("KPI")),
    Column("slice", mark("slice")),
    Column("value", mark("value"), "value"),
    Column("unit", mark("unit"), "word"),
    Column("n", mark("n"), "count"),
    Column("numerator", mark("numerator"), "number"),
    Column("denominator", mark("denominator"), "number"),
    Column("enough", mark("enough data"), "bool"),
    Column("direction", mark("better"), "word"),
)
MEASURES = (
    mark("created_at"), mark("closed_at"), mark("done_at"), mark("completed_at"), mark("first_won_at"),
    mark("cycle_days"), mark("is_decided"), mark("is_converted"), mark("deals_won"),
)  # fmt: skip
"""What shipped KPIs look at, as people read it."""
_KPI_TABLE = ("kpi", "slice", "value", "unit", "n", "enough")


def kpi_listing(
    measured: Sequence[KpiResult],
    *,
    as_of: datetime,
    window: Mapping[str, object] | None,
    explain: Mapping[str, object] | None = None,
) -> Listing:
    """KPIs, one row each, and one for each slice."""
    rows: list[Mapping[str, object]] = []
    for result in measured:
        slices: list[tuple[str, KpiSlice]] = [] if result.whole is None else [(ALL, result.whole)]
        slices += [(label(part.key, part.label), part) for part in result.slices]
        rows += [_kpi(result, name, part) for name, part in slices]
        if not slices:
            rows.append(_kpi(result, ALL, None))
    return Listing(
        definition="kpi/1",
        columns=_KPI,
        rows=tuple({**row, "section": "kpi"} for row in rows),
        as_of=as_of,
        window=window,
        warnings=once(note for result in measured for note in result.evidence.warnings),
        explain=explain,
        title=mark("KPIs"),
        sections=(Section("kpi", mark("KPIs"), _KPI_TABLE),),
    )


def _kpi(result: KpiResult, name: str, part: KpiSlice | None) -> dict[str, object]:
    kpi = result.kpi
    head: dict[str, object] = {
        "id": kpi.id,
        "kpi": Names({**kpi.names} or {"en": kpi.id}),
        "slice": name,
        "unit": kpi.unit,
        "direction": kpi.direction,
    }
    if part is None:
        return {**head, "value": result.unavailable.reason if result.unavailable else None}
    return {
        **head,
        "key": part.key,
        "value": _kpi_value(kpi.unit, part),
        "n": part.n,
        "numerator": part.numerator,
        "denominator": part.denominator,
        "enough": part.is_enough,
    }


def _kpi_value(unit: str, part: KpiSlice) -> object:
    if part.value is None:
        return None
    if unit == "money":
        return part.money
    if unit == "days":
        return Days(part.value)
    if part.denominator is not None and part.numerator is not None and unit == "rate":
        return Rate(_part(part, part.numerator), _part(part, part.denominator), part.n, part.low, part.high)
    return _whole(part.value)


def _part(part: KpiSlice, value: Fraction) -> Part:
    amount = part.amount(value)
    return _whole(value) if amount is None else amount


def _whole(value: Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value
