"""Asks what changed between two periods: named ones, or the last whole month against the one before it."""

from datetime import timedelta

from crmbridge.app.asker import Asker
from crmbridge.model.errors import ConfigError
from crmbridge.report.compared import compared_listing
from crmbridge.report.listing import Listing
from crmbridge.services import kpi
from crmbridge.services.fiscal import NamedPeriod, fiscal_year_of
from crmbridge.services.improvement import CompareReport, CompareRequest, compare
from crmbridge.services.process_trio import trio


def ask_comparison(
    asker: Asker,
    *,
    period: str | None = None,
    against: str | None = None,
    kpis: tuple[str, ...] = (),
    by: str = "channel",
    currency: str | None = None,
    explain: bool = False,
) -> Listing:
    """The period (the last whole month where none is named) against another (the one before it of the same length)."""
    known = kpi.registry(asker.own)
    only = tuple(kpi.find(known, name).id for name in kpis)
    later = asker.period(period, "month") if period else previous(asker, asker.period(None, "month"))
    earlier = asker.period(against, later.level) if against else previous(asker, later)
    if earlier.start >= later.start:
        raise ConfigError("{after} does not come after {before}", after=later.label, before=earlier.label)
    report = compared(asker, earlier, later, only=only, by=by, currency=currency)
    three = trio(asker.facts, asker.pipelines, report.request)
    behind = {"definition": _DEFINITION} if explain else None
    return compared_listing(report, three, (earlier.label, later.label), behind).in_zone(asker.facts.zone)


def compared(
    asker: Asker,
    earlier: NamedPeriod,
    later: NamedPeriod,
    *,
    only: tuple[str, ...] = (),
    by: str = "channel",
    currency: str | None = None,
) -> CompareReport:
    """Two periods against each other, by the KPIs of the workspace."""
    request = CompareRequest(
        asker.as_of,
        asker.wiring.calendar,
        earlier.period,
        later.period,
        kpi.registry(asker.own),
        only=only,
        mix_by=by,
        currency=currency,
    )
    return compare(asker.facts, asker.pipelines, request)


def previous(asker: Asker, period: NamedPeriod) -> NamedPeriod:
    """The period of the same length before one."""
    day = period.start - timedelta(days=1)
    year = fiscal_year_of(day, asker.wiring.workspace.config.workspace.fiscal_year_start)
    parts = year.parts(year.whole, period.level, calendar=asker.wiring.calendar)
    return next(part for part in parts if part.start <= day < part.end)


_DEFINITION = {
    "difference": "after - before",
    "verdict": "of a rate: the Newcombe 95 % interval of the difference lies on one side of nothing; insufficient "
    "where a side has too few records",
    "speed": "the share of wins that took no longer than the median win of the period before",
    "revenue": "leads created x (deals won / leads created) x (revenue / deals won): the part of each by logarithms "
    "(LMDI), which sum to the change",
    "mix": "(share after - share before) x (mean rate of the group - mean rate of all)",
    "rate": "mean share of the group x (its rate after - its rate before); mix and rate sum to the change exactly",
    "replied": "a mail of the person within 14 days and before the next mail to them",
}
