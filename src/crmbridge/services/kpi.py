"""KPIs measured: each with its numerator, denominator, sample, evidence and records, or the reason why it cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.funnel import cut, reasons
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.kpi_document import Kpi, built_in, find, load_kpis, registry
from crmbridge.services.kpi_figures import KpiSlice, kpi_slice
from crmbridge.services.kpi_query import PERIODS, KpiQuery, Place, query, together
from crmbridge.services.results import Evidence, Known, Period, Unavailable
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

Row = Mapping[str, Any]


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
    owners: frozenset[str] | None = None,
) -> tuple[KpiResult, ...]:
    """Every KPI asked for, over one state of the company.

    `currency` adds up only amounts in it, `owners` counts only the records of these users. ConfigError for a dimension
    that a KPI's kind does not have; MixedCurrency where amounts of several currencies would be added.
    """
    request = FunnelRequest(as_of=as_of, window=window, known=known)
    world = kpi_world(facts, pipelines, request)
    wholes = {
        kpi.id: query(kpi.formula, window=window, by=None, currency=currency, slot=f"q{n}_", owners=owners)
        for n, kpi in enumerate(kpis)
    }
    missing = missing_of(world, kpis, wholes)
    given = [kpi for kpi in kpis if kpi.id not in missing]
    rows = _rows(world, {kpi.id: wholes[kpi.id] for kpi in given})
    by_slice: Mapping[str, Sequence[Row]] = {}
    if by is not None:
        by_slice = _rows(world, _sliced_queries(world, given, window, by=by, currency=currency, owners=owners))
    return tuple(
        KpiResult(kpi, None, (), Unavailable(missing[kpi.id]), _evidence(world, kpi, request, 0))
        if kpi.id in missing
        else _result(world, kpi, request, rows[kpi.id], by_slice.get(kpi.id, ()))
        for kpi in kpis
    )


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
    owners: frozenset[str] | None = None,
) -> tuple[str, ...]:
    """The ids of the records behind a KPI, sorted; with `by`, those of the slice `key` (None: the blank ones)."""
    world = kpi_world(facts, pipelines, FunnelRequest(as_of=as_of, window=window, known=known))
    built = query(kpi.formula, window=window, by=by, currency=None, owners=owners)
    slice_sql = "true" if by is None else "nullif(trim(key), '') IS NULL" if key is None else "key = $slice_key"
    part = built.base if denominator else built.counted
    fragments = {**built.records, "part": part, "slice": slice_sql}
    return tuple(row[0] for row in world.tuples("kpi_records", fragments, **built.parameters, slice_key=key))


def kpi_world(facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest) -> World:
    """The state of the company that KPIs are measured in."""
    world = World(facts, pipelines, cut=cut(facts, request))
    world.parameters |= {"no_decision": reasons(request), "owners": None}
    world.run("lead_states")
    return world


def _sliced_queries(
    world: World,
    kpis: Sequence[Kpi],
    window: Period | None,
    *,
    by: str,
    currency: str | None,
    owners: frozenset[str] | None,
) -> dict[str, KpiQuery]:
    """The queries by slice; ConfigError where the records of a KPI have no such dimension."""
    if by not in PERIODS:
        for kind in dict.fromkeys(kpi.formula.kind for kpi in kpis):
            sliced(world, kind, by)
    return {
        kpi.id: query(kpi.formula, window=window, by=by, currency=currency, slot=f"q{n}_", owners=owners)
        for n, kpi in enumerate(kpis)
    }


def _rows(world: World, queries: Mapping[str, KpiQuery]) -> dict[str, list[Row]]:
    """The rows of each KPI, slice by slice; those that look at the same records are measured in one query."""
    places: dict[Place, list[str]] = {}
    for name, built in queries.items():
        places.setdefault(built.place, []).append(name)
    found: dict[str, list[Row]] = {}
    for names in places.values():
        fragments, parameters = together([queries[name] for name in names])
        rows = world.rows("kpi", fragments, **parameters)
        for n, name in enumerate(names):
            found[name] = [{"key": row["key"], "label": row["label"], **row[f"k{n}"]} for row in rows]
    return found


def _result(world: World, kpi: Kpi, request: FunnelRequest, rows: Sequence[Row], by_slice: Sequence[Row]) -> KpiResult:
    currency = world.facts.currency
    whole = kpi_slice(kpi, rows[0] if rows else {}, currency)
    slices = tuple(kpi_slice(kpi, row, currency) for row in by_slice)
    warnings = _warnings(kpi, request, whole)
    whole = replace(whole, key="all", label="all")
    return KpiResult(kpi, whole, slices, None, replace(_evidence(world, kpi, request, whole.n), warnings=warnings))


def missing_of(world: World, kpis: Sequence[Kpi], queries: Mapping[str, KpiQuery]) -> dict[str, Note]:
    """Why the source cannot give a KPI: no such records, or a field it needs is filled on none of them."""
    by_kind: dict[str, list[Kpi]] = {}
    for kpi in kpis:
        by_kind.setdefault(kpi.formula.kind, []).append(kpi)
    found = {}
    for kind, mine in by_kind.items():
        records, filled = _filled(world, [queries[kpi.id] for kpi in mine])
        for kpi in mine:
            empty = next((part.name for part in queries[kpi.id].needed if not filled[part.is_known]), None)
            if not records:
                found[kpi.id] = Note("NO_RECORDS", "there are no records of kind {kind}", {"kind": kind})
            elif empty is not None:
                found[kpi.id] = Note(
                    "FIELD_EMPTY", 'no {kind} has anything in "{measure}"', {"kind": kind, "measure": empty}
                )
    return found


def _filled(world: World, queries: Sequence[KpiQuery]) -> tuple[int, dict[str, int]]:
    """How many records of a kind there are, and on how many each field needed is filled, by its SQL."""
    asked = list(dict.fromkeys(part.is_known for built in queries for part in built.needed))
    fragments, parameters = together(queries)
    fragments["counts"] = "".join(f", count(*) FILTER ({is_known})" for is_known in asked)
    records, *counts = world.tuples("kpi_known", fragments, **parameters)[0]
    return records, dict(zip(asked, counts, strict=True))


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
                "FIELD_UNKNOWN",
                '{count} records have nothing in "{measure}"',
                {"count": whole.unknown, "measure": kpi.formula.field},
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
