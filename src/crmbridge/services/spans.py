"""How long something took. If either end is known only to the day, whole calendar days between business dates."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from crmbridge.model.instants import business_date, to_us
from crmbridge.services.results import DAY_US


class WorkingDays(Protocol):
    """The one thing asked of a business calendar here."""

    def business_days_between(self, start: date, end: date) -> int:
        """Workdays after `start`, up to and including `end`."""


Moment = tuple[datetime | None, str]
"""An instant, or None for unknown, and its precision."""


def span_us(start: Moment, end: Moment, zone: ZoneInfo) -> int | None:
    """Microseconds from start to end; None where either is unknown."""
    (begin, begin_precision), (finish, finish_precision) = start, end
    if begin is None or finish is None:
        return None
    if "day" in {begin_precision, finish_precision}:
        return (business_date(finish, zone) - business_date(begin, zone)).days * DAY_US
    return to_us(finish) - to_us(begin)


def business_days(start: Moment, end: Moment, zone: ZoneInfo, calendar: WorkingDays) -> int | None:
    """Workdays between the business dates of two instants; None where either is unknown."""
    if start[0] is None or end[0] is None:
        return None
    return calendar.business_days_between(business_date(start[0], zone), business_date(end[0], zone))


def total(parts: Iterable[int | None]) -> int | None:
    """The sum; None as soon as one part is unknown, and where there is none."""
    known = list(parts)
    if not known or None in known:
        return None
    return sum(part for part in known if part is not None)
