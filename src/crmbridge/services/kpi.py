"""KPIs measured: each with its numerator, denominator, sample, evidence and records, or the reason why it cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.money import SCALE, MixedCurrency, Money, from_e4
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import stats
from crmbridge.services.funnel import cut, reasons
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.kpi_document import Formula, Kpi, Unit, built_in, find, load_kpis, registry
from crmbridge.services.kpi_query import PERIODS, KpiQuery, query
from crmbridge.services.measures import measure
from crmbridge.services.results import DAY_US, Evidence, Known, Period, Unavailable
from crmbridge.services.slicing import sliced
from crmbridge.services.world import World

__all__ = [
    "Kpi",
    "KpiResult",
    "KpiSlice",
    "built_in",
    "find",
    "load_kpis",
    "measure_kpis",
    "records_of_kpi",
    "registry",
]

Told = dict[tuple[str, ...], int]
"""How many records of a kind there are and on how many a field is filled: counted once for all KPIs of a report."""

_SCALES: Mapping[Unit, int] = {"money": SCALE, "days": DAY_US}


@dataclass(frozen=True, slots=True)
class KpiSlice:
    """A KPI's figures for one slice or for the whole (`key` None is the slice of the blank ones, label `unknown`).

    `value`, `numerator` and `denominator` are exact and in the KPI's unit: amounts in whole currency units, days,
    counts, shares. `n` are the records it rests on; `low` and `high` bound a rate of counts. `unknown` records are left
    out because the field is blank on them. `is_enough` is False below the smallest sample.
    """

    key: str | None
    label: str
    n: int
    value: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    low: float | None = None
    high: float | None = None
    unknown: int = 0
    currency: str | None = None
    is_enough: bool = True

    @property
    def money(self) -> Money | None:
        """The value as money, rounded once; None where it is none."""
        if self.value is None or self.currency is None:
            return None
        return Money(from_e4(self.value * SCALE, self.currency), self.currency)


@dataclass(frozen=True, slots=True)
class KpiResult:
    """A KPI over a period or as things stand. `unavailable` says why there is no figure at all."""

    kpi: Kpi
    whole: KpiSlice | None
    slices: tuple[KpiSlice, ...]
    unavailable: Unavailable | None
    evidence: Evidence


def measure_kpis(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    kpis: Sequence[Kpi],
    *,
    as_of: datetime,
    window: Period | None = None,
    by: str | None = None,
    known: Known = "now",
    currency: str | None = None,
) -> tuple[KpiResult, ...]:
    """Every KPI asked for, over one state of the company.

    `currency` adds up only amounts in it. ConfigError for a dimension that a KPI's kind does not have; MixedCurrency
    where amounts of several currencies would be added.
    """
    request = FunnelRequest(as_of=as_of, window=window, known=known)
    world = _world(facts, pipelines, request)
    told: Told = {}
    return tuple(_measure(world, kpi, request, told, by=by, currency=currency) for kpi in kpis)


def records_of_kpi(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    kpi: Kpi,
    *,
    as_of: datetime,
    window: Period | None = None,
    by: str | None = None,
    key: str | None = None,
    known: Known = "now",
    denominator: bool = False,
) -> tuple[str, ...]:
    """The ids of the records behind a KPI, sorted; with `by`, those of the slice `key` (None: the blank ones)."""
    world = _world(facts, pipelines, FunnelRequest(as_of=as_of, window=window, known=known))
    built = query(kpi.formula, window=window, by=by, currency=None)
    slice_sql = "true" if by is None else "nullif(trim(key), '') IS NULL" if key is None else "key = $slice_key"
    part = "b" if denominator else "a"
    fragments = {**built.fragments, "part": part, "slice": slice_sql}
    return tuple(row[0] for row in world.tuples("kpi_records", fragments, **built.parameters, slice_key=key))


def _world(facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest) -> World:
    world = World(facts, pipelines, cut=cut(facts, request))
    world.parameters["no_decision"] = reasons(request)
    world.run("lead_states")
    return world


def _measure(
    world: World, kpi: Kpi, request: FunnelRequest, told: Told, *, by: str | None, currency: str | None
) -> KpiResult:
    built = query(kpi.formula, window=request.window, by=None, currency=currency)
    reason = _missing(world, kpi.formula, built, told)
    if reason:
        return KpiResult(kpi, None, (), Unavailable(reason), _evidence(world, kpi, request, 0))
    rows = world.rows("kpi", built.fragments, **built.parameters)
    whole = _slice(kpi, rows[0] if rows else None, world.facts.currency)
    slices: tuple[KpiSlice, ...] = ()
    if by is not None:
        if by not in PERIODS:
            sliced(world, kpi.formula.kind, by)
        by_slice = query(kpi.formula, window=request.window, by=by, currency=currency)
        found = world.rows("kpi", by_slice.fragments, **by_slice.parameters)
        slices = tuple(_slice(kpi, row, world.facts.currency) for row in found)
    warnings = _warnings(kpi, request, whole)
    whole = replace(whole, key="all", label="all")
    return KpiResult(kpi, whole, slices, None, replace(_evidence(world, kpi, request, whole.n), warnings=warnings))


def _missing(world: World, formula: Formula, built: KpiQuery, told: Told) -> Note | None:
    """Why the source cannot give the KPI: no such records, or a field it needs is filled on none of them."""
    place = (built.fragments["table"], built.fragments["live"], built.fragments["joins"])
    values = repr(sorted(built.parameters.items()))
    asked = {part.name: (*place, part.is_known, values if part.parameters else "") for part in built.needed}
    new = list(dict.fromkeys(key for key in asked.values() if key not in told))
    if new or place not in told:
        counts = ", ".join(f"count(*) FILTER ({is_known})" for _, _, _, is_known, _ in new) or "count(*)"
        total, *filled = world.tuples("kpi_known", {**built.fragments, "counts": counts}, **built.parameters)[0]
        told |= {place: total} | dict(zip(new, filled, strict=False))
    if not told[place]:
        return Note("NO_RECORDS", "there are no records of kind {kind}", {"kind": formula.kind})
    for name, key in asked.items():
        if not told[key]:
            return Note("FIELD_EMPTY", "no {kind} has {field}", {"kind": formula.kind, "field": name})
    return None


def _slice(kpi: Kpi, row: Mapping[str, Any] | None, default_currency: str) -> KpiSlice:
    if row is None:
        row = (
            {"key": None, "label": None, "currencies": None}
            | dict.fromkeys(("matched", "base", "known", "base_known", "members"), 0)
            | dict.fromkeys(("total", "base_total", "median"))
        )
    currencies = sorted(currency for currency in row["currencies"] or () if currency is not None)
    if len(currencies) > 1:
        raise MixedCurrency(currencies)
    n, value, numerator, denominator, unknown = _figures(kpi, row)
    low = high = None
    if kpi.formula.aggregate == "rate" and kpi.formula.field is None:
        low, high = stats.wilson(row["matched"], row["base"]) or (None, None)
    return KpiSlice(
        key=row["key"],
        label="unknown" if row["key"] is None else str(row["label"] or row["key"]),
        n=n,
        value=value,
        numerator=numerator,
        denominator=denominator,
        low=low,
        high=high,
        unknown=unknown,
        currency=(currencies[0] if currencies else default_currency) if kpi.unit == "money" else None,
        is_enough=n >= kpi.min_sample,
    )


Figures = tuple[int, Fraction | None, Fraction | None, Fraction | None, int]
"""n, value, numerator, denominator, unknown."""


def _figures(kpi: Kpi, row: Mapping[str, Any]) -> Figures:
    formula = kpi.formula
    scale = _SCALES.get(kpi.unit, 1)
    matched, known = row["matched"], row["known"]
    total = _exact(row["total"]) / scale
    if formula.aggregate == "rate":
        return _rate(formula, row, total)
    if formula.aggregate == "count":
        return matched, Fraction(matched), Fraction(matched), None, 0
    value: Mapping[str, tuple[Fraction | None, Fraction | None, Fraction | None]] = {
        "distinct": (Fraction(row["members"]), Fraction(row["members"]), None),
        "sum": (total if known or not matched else None, total, None),
        "mean": (stats.ratio(total, known), total, Fraction(known)),
        "median": (None if row["median"] is None else Fraction(row["median"]) / scale, None, Fraction(known)),
    }
    return known, *value[formula.aggregate], matched - known


def _rate(formula: Formula, row: Mapping[str, Any], total: Fraction) -> Figures:
    """A share of records, or of what they add up to; records without a value are left out of the latter."""
    if formula.field is None and formula.of_field is None:
        top, bottom = Fraction(row["matched"]), Fraction(row["base"])
        return row["base"], stats.ratio(top, bottom), top, bottom, 0
    top = total / _scale(formula.kind, formula.field) if formula.field else Fraction(row["matched"])
    bottom = _exact(row["base_total"]) / _scale(formula.kind, formula.of_field or formula.field)
    return row["base_known"], stats.ratio(top, bottom), top, bottom, row["base"] - row["base_known"]


def _scale(kind: str, name: str | None) -> int:
    """How many of what the facts count make one of the unit people read."""
    found = measure(kind, name).type if name else "number"
    return {"money": SCALE, "days": DAY_US}.get(found, 1)


def _exact(value: Decimal | int | None) -> Fraction:
    return Fraction(0) if value is None else Fraction(value)


def _warnings(kpi: Kpi, request: FunnelRequest, whole: KpiSlice) -> tuple[Note, ...]:
    notes = []
    if request.window and kpi.formula.date is None:
        notes.append(Note("AS_OF_ONLY", "{kpi} is as things stand; a period does not change it", {"kpi": kpi.id}))
    if not whole.is_enough:
        params: dict[str, object] = {"kpi": kpi.id, "n": whole.n, "least": kpi.min_sample}
        notes.append(Note("INSUFFICIENT", "{kpi} rests on {n} records, fewer than {least}", params))
    if whole.unknown:
        notes.append(
            Note(
                "FIELD_UNKNOWN", "{count} records have no {field}", {"count": whole.unknown, "field": kpi.formula.field}
            )
        )
    return tuple(notes)


def _evidence(world: World, kpi: Kpi, request: FunnelRequest, n: int) -> Evidence:
    return Evidence(
        f"kpi/{kpi.id}",
        n,
        request.as_of,
        request.view,
        request.window,
        request.known,
        cut(world.facts, request),
        str(world.facts.zone),
    )
