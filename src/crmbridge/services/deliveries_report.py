"""Deliveries: what is asked, and the answer. Nothing computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from crmbridge.services.after_sales_document import AfterSalesConfig, built_in
from crmbridge.services.results import Evidence, Period, Rate

By = Literal["owner", "product", "account", "month"]
BYS: tuple[By, ...] = ("owner", "product", "account", "month")
State = Literal["on_time", "late", "unknown", "overdue", "delayed", "behind", "planned"]
"""How a delivery stands. `on_time` and `late` were delivered; `unknown`: nobody tells when it came, or for when it was
promised. Of those still to come, `overdue` was promised for a day that is over, `delayed` is expected later than
promised, `behind` has a milestone whose day is over, and `planned` has none of it.
"""
STATES: tuple[State, ...] = ("on_time", "late", "unknown", "overdue", "delayed", "behind", "planned")


@dataclass(frozen=True, slots=True)
class DeliveriesRequest:
    """As of when, by which rules; `by` makes a row for each of these together, `limit` tells the first to come.

    What was delivered counts where it came in `period`, without one in the last `window_days`. `owner` and `viewer`
    are names, mail addresses or ids: of whose records, and of all that the viewer sees.
    """

    as_of: datetime
    config: AfterSalesConfig = field(default_factory=built_in)
    period: Period | None = None
    by: tuple[By, ...] = ()
    owner: str | None = None
    viewer: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class DeliveriesRow:
    """The deliveries of a slice; `rate` is on time / (on time + late), `mean_late` the days that the late were late.

    `keys` are our ids (or the month of the delivery), `labels` what people read; None is not known.
    """

    keys: tuple[str | None, ...]
    labels: tuple[str | None, ...]
    counts: Mapping[State, int]
    rate: Rate
    mean_late: Fraction | None


@dataclass(frozen=True, slots=True)
class Milestones:
    """How far a delivery is: so many of its milestones are reached, so many late, and the next one."""

    reached: int
    total: int
    late: int
    next: str | None
    next_due: date | None


@dataclass(frozen=True, slots=True)
class Coming:
    """A delivery that is still to come. `days` it is late, or will be; None where nobody can tell.

    `owner_id` is who delivers, else who sold, else who has the customer.
    """

    id: str
    subject: str
    name: str
    account_id: str | None
    customer: str | None
    contact_id: str | None
    deal_id: str | None
    owner_id: str | None
    owner: str | None
    promised: date | None
    forecast: date | None
    state: State
    days: int | None
    milestones: Milestones | None
    issue: str | None


@dataclass(frozen=True, slots=True)
class DeliveriesReport:
    """The whole answer; `coming` the worst first, `records` the ids behind each count of the whole."""

    request: DeliveriesRequest
    period: Period
    whole: DeliveriesRow
    rows: tuple[DeliveriesRow, ...]
    coming: tuple[Coming, ...]
    cancelled: int
    records: Mapping[str, tuple[str, ...]]
    evidence: Evidence
