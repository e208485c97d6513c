"""The weekly report: which week, as of when, and every figure that it shows, gathered from the services."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crmbridge.app.quality import ask_quality
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.ledger import connections, quarantine, runs, streams
from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import business_date, from_us, start_of_day
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.listing import Listing
from crmbridge.report.pack import Pack
from crmbridge.report.weekly import page
from crmbridge.report.weekly_pack import LISTED, Source, WeeklyPack, Won
from crmbridge.services import evidence
from crmbridge.services.deal_list import data_days, listed_deals
from crmbridge.services.fiscal import FiscalYear, Level, NamedPeriod
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelReport, FunnelRequest, FunnelRow
from crmbridge.services.open_deals import open_deals
from crmbridge.services.results import Period

SLICES = ("owner", "source")
MONTHS = 12
_LABEL = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_WEEK, _MOMENT = timedelta(days=7), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Company:
    """What the report says of the company and its sources, and what it needs to know of its calendar."""

    name: str
    zone: ZoneInfo
    calendar: Calendar
    fiscal_year_start: int
    sources: Sequence[Source] = ()
    quarantined: int = 0
    last_read: datetime | None = None


def week_named(label: str) -> NamedPeriod:
    """The ISO week of a label such as 2026-W26; ConfigError where there is none."""
    found = _LABEL.fullmatch(label.strip())
    year, week = (int(found[1]), int(found[2])) if found else (0, 0)
    try:
        return _week_from(date.fromisocalendar(year, week, 1))
    except (ValueError, OverflowError) as error:
        raise ConfigError("there is no week {week}", week=label, hint="write a week as 2026-W26") from error


def week_before(day: date) -> NamedPeriod:
    """The last ISO week that had ended when the day began."""
    return _week_from(day - timedelta(days=day.weekday()) - _WEEK)


def _week_from(monday: date) -> NamedPeriod:
    return NamedPeriod("week", f"{monday:%G-W%V}", Period(monday, monday + _WEEK))


def choose(week: str | None, now: datetime, zone: ZoneInfo, *, is_given: bool) -> tuple[NamedPeriod, datetime]:
    """The week meant (else the last whole one) and the moment it is seen from.

    The moment is `now` where somebody gave it, else the end of the week, so that the same week gives the same report
    whenever it is asked for; a week that still runs is seen from now. ConfigError for a week that has not begun.
    """
    chosen = week_named(week) if week else week_before(business_date(now, zone))
    return chosen, seen_from(chosen, now, zone, is_given=is_given)


def seen_from(period: NamedPeriod, now: datetime, zone: ZoneInfo, *, is_given: bool) -> datetime:
    """The moment a period is seen from: `now` where somebody gave it, else its end, or now while it runs."""
    if business_date(now, zone) < period.start:
        raise ConfigError("{period} has not begun", period=period.label, hint="name an earlier one, or a later --as-of")
    return now if is_given else min(now, start_of_day(period.end, zone) - _MOMENT)


def report(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    moment: tuple[NamedPeriod, datetime],
    *,
    language: str,
    currency: str | None,
    talk: Pack | None = None,
    whose: tuple[str, frozenset[str]] | None = None,
) -> str:
    """The page of the week in one language; `talk` is what the team talks over.

    `whose` is the name of a team and its people: only their records count then.
    """
    week, as_of = moment
    about = company(wiring)
    name, members = (None, None) if whose is None else whose
    if name is not None:
        about = replace(about, name=f"{about.name} · {name}")
    quality = ask_quality(wiring, facts, pipelines, as_of=as_of, by="owner", owners=members)
    pack = gather(facts, pipelines, about, week=week, as_of=as_of, currency=currency, quality=quality, owners=members)
    return page(pack, language, talk)


def company(wiring: Wiring) -> Company:
    """What the ledger tells of the company's sources."""
    section = wiring.workspace.config.workspace
    with wiring.ledger.read() as tx:
        adapters = {row.name: row.adapter for row in connections.listing(tx)}
        found = [
            Source(one.connection, one.object, adapters[one.connection], _instant(one.moved_us, wiring.zone))
            for one in streams.listing(tx)
        ]
        waiting = sum(quarantine.count(tx, connection_id=row.id) for row in connections.listing(tx))
        ended = (run.ended_us for run in runs.listing(tx) if run.command == runs.SYNC and run.ended_us)
        last = next(iter(ended), None)
    return Company(
        section.name,
        wiring.zone,
        wiring.calendar,
        section.fiscal_year_start,
        sources=found,
        quarantined=waiting,
        last_read=_instant(last, wiring.zone),
    )


def _instant(us: int | None, zone: ZoneInfo) -> datetime | None:
    return None if us is None else from_us(us).astimezone(zone)


def gather(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    company: Company,
    *,
    week: NamedPeriod,
    as_of: datetime,
    currency: str | None = None,
    quality: Listing | None = None,
    owners: frozenset[str] | None = None,
) -> WeeklyPack:
    """Every figure of the week, of some owners' records or of all.

    MixedCurrency where amounts of several currencies would be added up.
    """
    base = FunnelRequest(as_of=as_of, calendar=company.calendar.id, currency=currency, owners=owners)

    def ask(period: Period | None, by: str | None = None) -> FunnelReport:
        return funnel(facts, pipelines, replace(base, window=period, by=by))

    whole = ask(None)
    months = _months(week)
    year = Period(months[0], week.end)
    is_dated = _is_dated(whole.whole)
    records = evidence.records_of_row(facts, pipelines, replace(base, window=week.period))
    closed = {outcome: records[outcome] for outcome in ("won", "lost")}
    standing = open_deals(facts, pipelines, as_of=as_of, calendar=company.calendar.id, owners=owners)
    counted = set(records["open"])
    standing = tuple(deal for deal in standing if deal.record_id in counted)
    names = listed_deals(facts, (*closed["won"], *closed["lost"], *(deal.record_id for deal in standing[:LISTED])))
    return WeeklyPack(
        company=company.name,
        week=week,
        as_of=as_of.astimezone(company.zone),
        currency=whole.currency,
        last_read=company.last_read and company.last_read.astimezone(company.zone),
        sources=company.sources,
        quarantined=company.quarantined,
        won=[Won(named, part, ask(part).whole) for named, part in _to_date(week, company)],
        week_before=ask(Period(week.start - _WEEK, week.start)).whole,
        begun=_begun(facts, pipelines, replace(base, cohort=week.period), whole.whole.total),
        whole=whole,
        year=ask(year if is_dated else None, "close_month"),
        slices=[ask(year if is_dated else None, by) for by in SLICES],
        open_deals=standing,
        closed=closed,
        deals=names,
        days=data_days(facts, as_of),
        is_dated=is_dated,
        quality=quality,
        months=months,
    )


def _is_dated(row: FunnelRow) -> bool:
    """Whether anybody knows when anything closed; where nothing has closed there is nothing to know."""
    closed = row.won + row.lost + row.void
    return not closed or row.undated < closed


def _begun(facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest, total: int) -> int | None:
    """How many deals began in the week; None where the beginning of no deal is known."""
    report = funnel(facts, pipelines, request)
    undated = next((note.params["count"] for note in report.evidence.warnings if note.code == "UNDATED_CREATION"), 0)
    return None if total and undated == total else report.whole.total


def _months(week: NamedPeriod) -> list[date]:
    """The first days of the twelve months of which the last holds the week's last day."""
    last = week.end - timedelta(days=1)
    index = last.year * 12 + last.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(index - MONTHS + 1, index + 1)]


def _to_date(week: NamedPeriod, company: Company) -> list[tuple[NamedPeriod, Period]]:
    """The week, and the month and the fiscal quarter of its last day up to the week's end."""
    last = week.end - timedelta(days=1)
    year = last.year if last.month >= company.fiscal_year_start else last.year - 1
    fiscal = FiscalYear(year, company.fiscal_year_start)
    levels: tuple[Level, Level] = ("month", "quarter")
    month, quarter = (
        next(
            part
            for part in fiscal.parts(fiscal.whole, level, calendar=company.calendar)
            if part.start <= last < part.end
        )
        for level in levels
    )
    return [(week, week.period), *((part, Period(part.start, week.end)) for part in (month, quarter))]
