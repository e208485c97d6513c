"""What changed between two periods, and why: KPIs compared, revenue taken apart, mix against rate, mails by template.

Method: `services.md` 15. Nothing here says that one thing caused another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.attribution import Factors, MixRate, factors, mix_rate
from crmbridge.services.comparison import LEAST, Change, RateChange, change, rate_change
from crmbridge.services.kpi import Kpi, KpiResult, KpiSlice, measure_kpis
from crmbridge.services.results import Evidence, Period
from crmbridge.services.stats import ratio
from crmbridge.services.world import World

DEFINITION = "compare/1"
REPLY_DAYS = 14
"""A mail is answered by one that comes within so many days."""
FACTORS = ("leads_created", "deals_won", "revenue_won")
"""The KPIs that revenue is taken apart by: leads, deals won out of so many leads, and the mean of a won deal."""


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """Which periods, `after` against `before`, by which KPIs. `mix_of` is a rate taken apart by `mix_by`."""

    as_of: datetime
    calendar: Calendar
    before: Period
    after: Period
    kpis: Mapping[str, Kpi]
    only: tuple[str, ...] = ()
    mix_of: str = "win_rate"
    mix_by: str = "channel"
    currency: str | None = None
    least: int = LEAST


@dataclass(frozen=True, slots=True)
class Compared:
    """One KPI in both periods: a rate of counts with its verdict, anything else with its change."""

    kpi: Kpi
    rate: RateChange | None
    change: Change | None
    currency: str | None
    reason: Note | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """The mails of one template in the later period against all others; `ids` are the mails."""

    name: str
    replied: int
    sent: int
    against_others: RateChange
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompareReport:
    """The whole answer. `revenue` None: something of it is not known; `mix` None: a period decided nothing."""

    request: CompareRequest
    compared: tuple[Compared, ...]
    revenue: Factors | None
    mix: MixRate | None
    templates: tuple[Template, ...]
    currency: str
    evidence: Evidence


def compare(facts: Facts, pipelines: Sequence[Pipeline], request: CompareRequest) -> CompareReport:
    """The two periods against each other; ConfigError for a KPI or dimension that is not there."""
    chosen = [request.kpis[name] for name in request.only] or [
        kpi for kpi in request.kpis.values() if kpi.formula.date is not None
    ]
    before, after = (_measured(facts, pipelines, request, chosen, period) for period in (request.before, request.after))
    compared = tuple(_compared(kpi, before[kpi.id], after[kpi.id], request) for kpi in chosen)
    world = World(facts, pipelines, cut=request.as_of, calendar=request.calendar.id)
    return CompareReport(
        request,
        compared,
        _revenue(facts, pipelines, request),
        _mix(facts, pipelines, request),
        tuple(_templates(world, request)),
        request.currency or facts.currency,
        Evidence(
            DEFINITION,
            sum(one.whole.n for one in after.values() if one.whole is not None),
            request.as_of,
            window=request.after,
            cut=request.as_of,
            zone=str(facts.zone),
        ),
    )


def _measured(
    facts: Facts, pipelines: Sequence[Pipeline], request: CompareRequest, kpis: Sequence[Kpi], period: Period
) -> dict[str, KpiResult]:
    found = measure_kpis(facts, pipelines, kpis, as_of=request.as_of, window=period, currency=request.currency)
    return {one.kpi.id: one for one in found}


def _compared(kpi: Kpi, before: KpiResult, after: KpiResult, request: CompareRequest) -> Compared:
    if before.whole is None or after.whole is None:
        told = before.unavailable or after.unavailable
        return Compared(kpi, None, None, None, None if told is None else told.reason)
    if kpi.formula.aggregate == "rate" and kpi.formula.field is None:
        pair = (_counts(before.whole), _counts(after.whole))
        return Compared(kpi, rate_change(*pair, direction=kpi.direction, least=request.least), None, None)
    currency = after.whole.currency if kpi.unit == "money" else None
    return Compared(kpi, None, change(before.whole.value, after.whole.value), currency)


def rate_counts(
    facts: Facts, pipelines: Sequence[Pipeline], request: CompareRequest, name: str
) -> tuple[tuple[int, int], tuple[int, int]]:
    """k of n of a rate before and after; 0 of 0 where no source tells it."""
    kpi = request.kpis[name]
    found = [
        _measured(facts, pipelines, request, [kpi], period)[name].whole for period in (request.before, request.after)
    ]
    before, after = ((0, 0) if one is None else _counts(one) for one in found)
    return before, after


def _counts(part: KpiSlice) -> tuple[int, int]:
    return int(part.numerator or 0), int(part.denominator or 0)


def _revenue(facts: Facts, pipelines: Sequence[Pipeline], request: CompareRequest) -> Factors | None:
    """Revenue as leads x (won deals / leads) x (revenue / won deals): the product is the revenue exactly."""
    kpis = [request.kpis[name] for name in FACTORS if name in request.kpis]
    if len(kpis) < len(FACTORS):
        return None
    sides = []
    for period in (request.before, request.after):
        measured = _measured(facts, pipelines, request, kpis, period)
        values = [measured[name].whole for name in FACTORS]
        leads, won, revenue = (None if one is None else one.value for one in values)
        if leads is None or won is None or revenue is None:
            return None
        sides.append(_parts(leads, won, revenue))
    return factors(*sides)


def _parts(leads: Fraction, won: Fraction, revenue: Fraction) -> dict[str, Fraction]:
    zero = Fraction(0)
    return {"leads": leads, "conversion": ratio(won, leads) or zero, "value": ratio(revenue, won) or zero}


def _mix(facts: Facts, pipelines: Sequence[Pipeline], request: CompareRequest) -> MixRate | None:
    kpi = request.kpis.get(request.mix_of)
    if kpi is None:
        return None
    sides = []
    for period in (request.before, request.after):
        (found,) = measure_kpis(
            facts,
            pipelines,
            [kpi],
            as_of=request.as_of,
            window=period,
            by=request.mix_by,
            currency=request.currency,
        )
        sides.append({part.label: _counts(part) for part in found.slices})
    return mix_rate(*sides)


def _templates(world: World, request: CompareRequest) -> Iterator[Template]:
    period = request.after
    rows = world.tuples("template_replies", within=REPLY_DAYS, start=period.start, end=period.end)
    replied, sent = sum(row[1] for row in rows), sum(row[2] for row in rows)
    for name, k, n, ids in rows:
        others = (replied - k, sent - n)
        yield Template(name, k, n, rate_change(others, (k, n), least=request.least), tuple(ids))
