"""The questions a person asks of the figures, put to the services over one opening of the facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.figures import funnel_listing
from crmbridge.report.kpis import kpi_listing
from crmbridge.report.listing import Listing
from crmbridge.services import evidence, kpi
from crmbridge.services.cadence_document import CadenceConfig
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.leaks import policies_to_review
from crmbridge.services.owners import owners_at
from crmbridge.services.results import Known, Period


@dataclass(frozen=True, slots=True)
class Asked:
    """What every figure takes: as of when, over which days (`end` is the first not counted), by which dimensions.

    `currency` adds up only the amounts in it. A `viewer` sees the own records and those of everybody below.
    """

    as_of: datetime
    start: date | None = None
    end: date | None = None
    by: tuple[str, ...] = ()
    known: Known = "now"
    explain: bool = False
    currency: str | None = None
    viewer: str | None = None

    @property
    def period(self) -> Period | None:
        """The days asked for; ConfigError where only one end is given."""
        if self.start is None and self.end is None:
            return None
        if self.start is None or self.end is None:
            raise ConfigError("a period has two ends", hint="give both --from and --to")
        return Period(self.start, self.end)


def ask_funnel(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    asked: Asked,
    *,
    pipeline: str | None,
    cohort: bool,
    calendar: str,
    cadence: CadenceConfig | None = None,
) -> Listing:
    """The funnel, and its slices by each dimension; `cadence` names the policies where most is lost."""
    period = asked.period
    if cohort and period is None:
        raise ConfigError("a cohort is made in a period", hint="give --from and --to")
    seen = owners_at(facts, pipelines, asked.as_of, viewer=asked.viewer)
    requests = [
        FunnelRequest(
            as_of=asked.as_of,
            window=None if cohort else period,
            cohort=period if cohort else None,
            by=by,
            known=asked.known,
            pipeline=pipeline,
            calendar=calendar,
            currency=asked.currency,
            owners=seen,
        )
        for by in (asked.by or (None,))
    ]
    reports = [funnel(facts, pipelines, request) for request in requests]
    explain = _records(facts, pipelines, requests[0]) if asked.explain else None
    told = funnel_listing(reports, explain, policies_to_review(reports[0], cadence) if cadence else None)
    return told.in_zone(facts.zone)


def _records(facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest) -> dict[str, object]:
    """The definition in words, and the records behind each figure of the whole row."""
    behind = evidence.records_of_row(facts, pipelines, replace(request, by=None))
    lost = evidence.records_of_losses(facts, pipelines, replace(request, by=None))
    moved = evidence.records_of_moves(facts, pipelines, replace(request, by=None))
    records = {figure: list(ids) for figure, ids in behind.items()}
    return {"definition": _DEFINITION, "records": records, "lost": lost, "moves": moved}


_DEFINITION: Mapping[str, str] = {
    "win_rate": "won / (won + lost) among deals whose last close is in the period; lost without a decision left out",
    "win_rate_value": "amount won / (amount won + amount lost); deals without an amount are left out and counted",
    "won_amount": "sum of the amounts of the won deals, exact, rounded once",
    "cycle_days": "from the first known stage date (or creation) to the last close, time spent closed left out; whole "
    "calendar days where either end is known only to the day",
    "void": "counts in no rate and has its own figure",
    "reached": "deals whose furthest stage is this one or a later one; going back does not undo it",
    "lost": "the lost deals by their reason and by the competitor, as the records say; an empty text where none does",
    "moves": "the deals that passed over stages, went back, were opened again, or whose outcome was corrected",
    "mature_conversion": "reached the next stage / (reached this one - still open at it)",
}


def ask_kpis(
    facts: Facts, pipelines: Sequence[Pipeline], own: tuple[kpi.Kpi, ...], ids: Sequence[str], asked: Asked
) -> Listing:
    """KPIs by id, or all of them."""
    known = kpi.registry(own)
    chosen = [kpi.find(known, name) for name in ids] or list(known.values())
    period, seen = asked.period, owners_at(facts, pipelines, asked.as_of, viewer=asked.viewer)
    measured = [
        result
        for by in (asked.by or (None,))
        for result in kpi.measure_kpis(
            facts,
            pipelines,
            chosen,
            as_of=asked.as_of,
            window=period,
            by=by,
            known=asked.known,
            currency=asked.currency,
            owners=seen,
        )
    ]
    window = {"from": period.start, "to": period.end} if period else None
    explain = None
    if asked.explain:
        explain = {
            one.id: {
                "formula": one.formula.model_dump(mode="json", exclude_defaults=True),
                "unit": one.unit,
                "records": list(
                    kpi.records_of_kpi(facts, pipelines, one, as_of=asked.as_of, window=period, owners=seen)
                ),
            }
            for one in chosen
        }
    return kpi_listing(measured, as_of=asked.as_of, window=window, explain=explain).in_zone(facts.zone)
