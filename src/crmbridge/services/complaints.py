"""The complaints of customers that nobody has settled yet."""

from dataclasses import dataclass
from datetime import date, datetime

from crmbridge.facts.store import Facts
from crmbridge.services.world import naive, text


@dataclass(frozen=True, slots=True)
class Complaint:
    """An open ticket of the type `complaint`; `owner` has it, else the customer.

    `since` is the business day, `name` its subject.
    """

    id: str
    customer: str | None
    owner: str | None
    since: date | None
    owner_id: str | None
    name: str | None = None


def open_complaints(facts: Facts, as_of: datetime) -> tuple[Complaint, ...]:
    """The complaints that were open at `as_of`, the oldest first."""
    found = facts.query(text("open_complaints"), {"cut": naive(as_of), "zone": str(facts.zone)})
    return tuple(Complaint(*row) for row in found)
