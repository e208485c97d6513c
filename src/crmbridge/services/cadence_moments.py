"""At which moment of its day a touch is due: when its owner works and the customer is not disturbed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from crmbridge.model.calendar import Calendar, QuietHours
from crmbridge.model.instants import local_instant

_ONE_DAY = timedelta(days=1)


class Moment(NamedTuple):
    """When a person can do it, when a machine can; `is_apart`: the owner works only while it is quiet there."""

    due_at: datetime
    auto_at: datetime
    is_apart: bool


def moment(calendar: Calendar, customer: ZoneInfo, day: date, quiet: QuietHours) -> Moment:
    """The first moment of the day in the working hours of the owner's calendar that is not quiet at the customer's.

    Where there is none, the owner's hours alone count.
    """
    shifts = list(_shifts(calendar, day))
    first = shifts[0][0]
    for begin, stop in shifts:
        free = quiet.next_allowed(begin, customer)
        if free < stop:
            return Moment(free, allowed(first, calendar, customer, quiet), is_apart=False)
    return Moment(first, allowed(first, calendar, customer, quiet), is_apart=True)


def allowed(instant: datetime, calendar: Calendar, customer: ZoneInfo, quiet: QuietHours) -> datetime:
    """The first moment from an instant on, on a workday of the customer's, at which nobody is disturbed; in UTC."""
    free = quiet.next_allowed(instant, customer)
    while not calendar.is_workday(day := free.astimezone(customer).date()):
        free = quiet.next_allowed(local_instant(datetime.combine(day + _ONE_DAY, time()), customer), customer)
    return free


def _shifts(calendar: Calendar, day: date) -> Iterator[tuple[datetime, datetime]]:
    midnight = datetime.combine(day, time())
    for shift in calendar.day_hours:
        begin, stop = (local_instant(midnight + timedelta(minutes=minute), calendar.zone) for minute in shift)
        yield begin.astimezone(UTC), stop.astimezone(UTC)
