"""Goals split over periods or people, as a person asks for it."""

from dataclasses import dataclass

from crmbridge.app.wiring import Wiring
from crmbridge.report.listing import Listing


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to split (`total` as typed), over a fiscal year down to a level, or over receivers `NAME=WEIGHT`."""

    total: str
    year: int | None = None
    method: str = "even"
    level: str = "month"
    weights: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    currency: str | None = None
    is_count: bool = False


def allocate(wiring: Wiring, wanted: Wanted) -> Listing:
    """The goal's tree as a listing; every parent is the sum of its children."""
    raise NotImplementedError
