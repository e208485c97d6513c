"""What a weekly report is made of: results of the services, gathered before anybody chose a language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from crmbridge.report.listing import Listing
from crmbridge.services.deal_list import DataDays, ListedDeal
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.funnel_report import FunnelReport, FunnelRow
from crmbridge.services.open_deals import OpenDeal
from crmbridge.services.results import Period

LISTED = 10
"""How many deals a list of them shows."""


@dataclass(frozen=True, slots=True)
class Source:
    """An object that was read: how many records it gave, when it last brought a change, how many wait in quarantine."""

    connection: str
    object: str
    adapter: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Won:
    """What closed in a period that ends with the week."""

    period: NamedPeriod
    counted: Period
    row: FunnelRow


@dataclass(frozen=True, slots=True)
class WeeklyPack:
    """Everything the report of one week shows. `as_of` is in the company's zone.

    `whole` is the funnel of all deals; `year` what closed in the twelve months that end with the week, by month, and
    `slices` the same by other dimensions; where no closing has a date (`is_dated`), both are over all that closed.
    `begun` are the deals that began in the week, None where nobody knows.
    """

    company: str
    week: NamedPeriod
    as_of: datetime
    currency: str
    last_read: datetime | None
    sources: Sequence[Source]
    quarantined: int
    won: Sequence[Won]
    week_before: FunnelRow
    begun: int | None
    whole: FunnelReport
    year: FunnelReport
    slices: Sequence[FunnelReport]
    open_deals: Sequence[OpenDeal]
    closed: Mapping[str, Sequence[str]]
    deals: Mapping[str, ListedDeal]
    days: DataDays
    is_dated: bool = True
    quality: Listing | None = None
    months: Sequence[date] = field(default=())

    @property
    def is_running(self) -> bool:
        """Whether the week had not ended at the time of the report."""
        return (self.as_of + timedelta(microseconds=1)).date() < self.week.end
