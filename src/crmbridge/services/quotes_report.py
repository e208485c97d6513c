"""Quotes: what is asked, and the answer. Plain values; nothing here computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from crmbridge.model.calendar import Calendar
from crmbridge.model.notes import Note
from crmbridge.services.quote_totals import Totals
from crmbridge.services.quotes_document import Ending, QuotesConfig
from crmbridge.services.results import Evidence, Rate
from crmbridge.services.wants import TaskMade

ApprovalState = Literal["not_needed", "needed", "asked", "approved", "refused", "unknown"]
"""Whether a discount must be approved, and how that stands. `unknown`: the discount or the owner is not known."""
Doing = Literal["made", "due", "later", "missed", "gone"]
"""A call: its task is there, is to be made now, is for later, was missed, or was deleted by the rep."""


@dataclass(frozen=True, slots=True)
class QuotesRequest:
    """As of when; `owner` narrows it, and what `viewer` sees (names, addresses or ids).

    `only_live` leaves out what the customer can take no more. `made` are the tasks of earlier runs by their keys.
    """

    as_of: datetime
    config: QuotesConfig
    calendar: Calendar
    owner: str | None = None
    viewer: str | None = None
    only_live: bool = False
    made: Mapping[str, TaskMade] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndingDay:
    """A day on which something of a quote ends, and the call before it."""

    what: Ending
    day: date
    call_on: date
    doing: Doing
    key: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote with what it comes to. `label` is its number, name or key; `status` is as of now, an old one expired.

    `authority` is the share that its owner may take off alone. `approver_id` is whom a larger discount is asked of.
    """

    id: str
    subject: str
    label: str
    version: str | None
    account_id: str | None
    contact_id: str | None
    deal_id: str | None
    customer: str | None
    deal: str | None
    is_deal_open: bool | None
    stage: str | None
    rank: int | None
    owner_id: str | None
    owner: str | None
    status: str
    valid_until: date | None
    totals: Totals
    authority: Decimal | None
    approval: ApprovalState
    approval_key: str
    approver_id: str | None
    approver: str | None
    endings: tuple[EndingDay, ...]
    template: str | None
    template_version: str | None
    current_version: str | None

    @property
    def is_live(self) -> bool:
        """Whether the customer may still take it, and its deal is not closed."""
        return self.status in {"draft", "sent"} and self.is_deal_open is not False

    @property
    def is_template_old(self) -> bool:
        """Whether it was made of another version than the one in use."""
        return None not in {self.template_version, self.current_version} and (
            (self.template_version or "").strip().lower().removeprefix("v")
            != (self.current_version or "").strip().lower().removeprefix("v")
        )

    @property
    def notes(self) -> tuple[Note, ...]:
        """What people should know of it, beside its discount."""
        below = [line.product or "?" for line in self.totals.lines if line.is_below_list]
        told = list(self.totals.notes)
        if below:
            products: dict[str, object] = {"products": ", ".join(dict.fromkeys(below))}
            told.append(Note("BELOW_LIST", "cheaper than the price list: {products}", products))
        if self.is_template_old:
            versions: dict[str, object] = {"version": self.template_version, "current": self.current_version}
            told.append(Note("TEMPLATE_OLD", "its template is version {version}; {current} is in use", versions))
        return tuple(told)


@dataclass(frozen=True, slots=True)
class QuotesReport:
    """The quotes, by key. `over` are those above the authority of their owners, of those that can be judged."""

    request: QuotesRequest
    today: date
    quotes: tuple[Quote, ...]
    over: Rate
    evidence: Evidence

    def records(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the quotes by how their approval stands, by status, and those whose totals differ."""
        found: dict[str, list[str]] = {}
        for one in self.quotes:
            groups = [f"approval {one.approval}", f"status {one.status}"]
            groups += ["totals differ"] if one.totals.is_different else []
            for group in groups:
                found.setdefault(group, []).append(one.id)
        return {group: tuple(ids) for group, ids in sorted(found.items())}
