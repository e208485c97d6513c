"""Tickets against what is promised for their priority: what is asked, and the answer. Nothing computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Literal

from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval
from crmbridge.services.after_sales_document import AfterSalesConfig, Clock, built_in
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.response_report import Status
from crmbridge.services.results import Evidence, Period, Rate

Measure = Literal["first_response", "resolution"]
MEASURES: tuple[Measure, ...] = ("first_response", "resolution")
By = Literal["priority", "owner", "account", "type", "month"]
BYS: tuple[By, ...] = ("priority", "owner", "account", "type", "month")


@dataclass(frozen=True, slots=True)
class TicketsRequest:
    """As of when, by which rules; `by` makes a row for each of these together, `limit` tells the most urgent.

    Tickets count that were opened in `period`, without one in the last `window_days`. `calendar` is that of the
    company, for owners without one of their own; `unfilled` is what mappings say that they cannot fill. `viewer` keeps
    what that user sees.
    """

    as_of: datetime
    calendar: Calendar
    config: AfterSalesConfig = field(default_factory=built_in)
    period: Period | None = None
    by: tuple[By, ...] = ("priority",)
    owner: str | None = None
    viewer: str | None = None
    limit: int | None = None
    unfilled: Unfilled = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TicketsRow:
    """The tickets of a slice by one measure: how many of each status, met / (met + breached), how long it took.

    `late` are those among the breached that still wait; `median_minutes` of the time of each ticket's own clock.
    """

    measure: Measure
    keys: tuple[str | None, ...]
    labels: tuple[str | None, ...]
    tickets: int
    counts: Mapping[Status, int]
    late: int
    rate: Rate
    median_minutes: float | None


@dataclass(frozen=True, slots=True)
class Running:
    """A ticket that waits for its first answer, or to be resolved. `left_minutes` of its clock, negative when late."""

    id: str
    subject: str
    name: str
    measure: Measure
    account_id: str | None
    customer: str | None
    owner_id: str | None
    owner: str | None
    manager_id: str | None
    priority: str
    clock: Clock
    status: Status
    opened_at: datetime
    due_at: datetime
    within: Interval
    left_minutes: Fraction


@dataclass(frozen=True, slots=True)
class TicketsReport:
    """The whole answer: `whole` has a row for each measure, `running` are those late the longest first of each.

    `records` are the ids behind each status of a measure, as in `first_response met`.
    """

    request: TicketsRequest
    period: Period
    whole: tuple[TicketsRow, ...]
    rows: tuple[TicketsRow, ...]
    running: tuple[Running, ...]
    cancelled: int
    records: Mapping[str, tuple[str, ...]]
    evidence: Evidence
