"""Working hours: how much working time lies between two instants, and when a given time of work has passed.

Hours are wall-clock times of the calendar's zone. On the day of a clock change a time that does not exist moves forward
by the gap, a doubled one is its first occurrence, and what is counted is the time that really passes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from crmbridge.model.instants import from_us, local_instant, to_us

MINUTE_US = 60_000_000
DAY_MINUTES = 24 * 60
_ONE_DAY = timedelta(days=1)


class Shift(NamedTuple):
    """Part of a day in minutes since local midnight, `end_minute` left out; 1440 is the next midnight."""

    start_minute: int
    end_minute: int


class WorkingTime(Protocol):
    """What is asked of a calendar to count its hours."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its wall clock."""

    @property
    def day_hours(self) -> tuple[Shift, ...]:
        """The hours of a workday."""

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked."""

    def workdays_in(self, start: date, end: date) -> int:
        """The workdays in [start, end)."""

    def add_business_days(self, day: date, n: int) -> date:
        """The n-th workday after (before) the day."""


def shift(text: str) -> Shift:
    """`09:00-12:00` as a shift; 24:00 is the end of the day. ValueError for anything else."""
    start, separator, end = text.partition("-")
    if not separator:
        raise ValueError(f"{text} is no span of hours such as 09:00-12:00")
    return Shift(_minute(start), _minute(end))


def _minute(text: str) -> int:
    hour, separator, minute = text.strip().partition(":")
    if not (separator and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):  # noqa: PLR2004 - two digits
        raise ValueError(f"{text} is no time of day such as 09:00")
    total = int(hour) * 60 + int(minute)
    if int(minute) >= 60 or total > DAY_MINUTES:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(f"{text} is no time of day such as 09:00")
    return total


NINE_TO_FIVE = (shift("09:00-17:00"),)
"""The hours of a calendar that names none."""


def check(day_hours: tuple[Shift, ...]) -> None:
    """Hours are at least one shift, each ends after it starts, in order, without overlap; ValueError otherwise."""
    if not day_hours:
        raise ValueError("a workday needs at least one span of hours")
    for start, end in day_hours:
        if not 0 <= start < end <= DAY_MINUTES:
            raise ValueError("a span of hours ends after it starts, within the same day")
    if any(before.end_minute > after.start_minute for before, after in pairwise(day_hours)):
        raise ValueError("the spans of hours of a day stand in order and do not overlap")


def business_us(calendar: WorkingTime, start: datetime, end: datetime) -> int:
    """Microseconds of working time from one instant to another; negative where `end` is the earlier one."""
    start_us, end_us = to_us(start), to_us(end)
    if end_us < start_us:
        return -business_us(calendar, end, start)
    first, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    edges = {first, last}
    worked = sum(
        max(0, min(stop, end_us) - max(begin, start_us)) for day in edges for begin, stop in shifts_us(calendar, day)
    )
    return worked + _whole_days_us(calendar, first + _ONE_DAY, last)


def add_business_us(calendar: WorkingTime, instant: datetime, span_us: int) -> datetime:
    """The first instant by which the span has been worked; for a negative span, the last that lies so far before."""
    cursor_us, rest_us = to_us(instant), abs(span_us)
    if not span_us:
        return from_us(cursor_us)
    step = 1 if span_us > 0 else -1
    day = instant.astimezone(calendar.zone).date()
    while True:
        for begin, stop in list(shifts_us(calendar, day))[::step]:
            low, high = (max(begin, cursor_us), stop) if step > 0 else (begin, min(stop, cursor_us))
            if high - low >= rest_us:
                return from_us(low + rest_us if step > 0 else high - rest_us)
            rest_us -= max(0, high - low)
        day, rest_us = _leap(calendar, day, rest_us, step)


def _leap(calendar: WorkingTime, day: date, rest_us: int, step: int) -> tuple[date, int]:
    """The next workday to look into and what is left to work then: as many whole days on as surely fit."""
    longest_us = day_us(calendar) + DAY_MINUTES * MINUTE_US  # no clock change adds more than a day
    skipped = (rest_us - 1) // longest_us
    if skipped:
        landed = calendar.add_business_days(day, step * skipped)
        first, end = (day + _ONE_DAY, landed + _ONE_DAY) if step > 0 else (landed, day)
        rest_us -= _whole_days_us(calendar, first, end)
        day = landed
    return calendar.add_business_days(day, step), rest_us


def day_us(calendar: WorkingTime) -> int:
    """The working time of a day without a change of the clock."""
    return sum(end - start for start, end in calendar.day_hours) * MINUTE_US


def _whole_days_us(calendar: WorkingTime, start: date, end: date) -> int:
    """The working time of the days in [start, end): so many workdays, corrected where a clock changes."""
    if start >= end:
        return 0
    nominal_us = day_us(calendar)
    total = calendar.workdays_in(start, end) * nominal_us
    for year in range(start.year, end.year + 1):
        for day in _clock_changes(calendar.zone, year):
            if start <= day < end and calendar.is_workday(day):
                total += sum(stop - begin for begin, stop in shifts_us(calendar, day)) - nominal_us
    return total


@lru_cache(maxsize=4096)
def _clock_changes(zone: ZoneInfo, year: int) -> tuple[date, ...]:
    """The days of the year that are longer or shorter than 24 hours."""
    ordinals = range(date(year, 1, 1).toordinal(), min(date(year, 12, 31).toordinal() + 2, date.max.toordinal() + 1))
    offsets = [datetime.combine(date.fromordinal(o), time(), tzinfo=zone).utcoffset() for o in ordinals]
    changed = (before != after for before, after in pairwise(offsets))
    return tuple(date.fromordinal(o) for o, is_changed in zip(ordinals, changed, strict=False) if is_changed)


def shifts_us(calendar: WorkingTime, day: date) -> Iterator[tuple[int, int]]:
    """The day's working spans in UTC microseconds, in order; none on a day off."""
    if not calendar.is_workday(day):
        return
    done = None
    for start, end in calendar.day_hours:
        begin, stop = _wall_us(day, start, calendar.zone), _wall_us(day, end, calendar.zone)
        if done is not None and begin < done:
            begin = done  # both spans were moved out of the same gap
        if begin < stop:
            yield begin, stop
            done = stop


def _wall_us(day: date, minute: int, zone: ZoneInfo) -> int:
    return to_us(local_instant(datetime.combine(day, time()) + timedelta(minutes=minute), zone))


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours in which nobody is disturbed, in the other person's zone; over midnight where they end before they start.

    Half-open: at the first minute it is quiet, at the last one it no longer is.
    """

    start_minute: int = 21 * 60
    end_minute: int = 8 * 60 + 30

    def contains(self, instant: datetime, where: ZoneInfo) -> bool:
        """Whether it is quiet there and then."""
        return self._end_us(instant, where) is not None

    def next_allowed(self, instant: datetime, where: ZoneInfo) -> datetime:
        """The instant itself where it is not quiet, else the end of the quiet hours; in UTC."""
        end_us = self._end_us(instant, where)
        return from_us(to_us(instant) if end_us is None else end_us)

    def _end_us(self, instant: datetime, where: ZoneInfo) -> int | None:
        """When the quiet hours end that the instant lies in; those of the day before may last into this day."""
        now_us, today = to_us(instant), instant.astimezone(where).date()
        over_midnight = self.end_minute < self.start_minute
        for day in (today - _ONE_DAY, today):
            end_us = _wall_us(day + _ONE_DAY if over_midnight else day, self.end_minute, where)
            if _wall_us(day, self.start_minute, where) <= now_us < end_us:
                return end_us
        return None


def quiet_hours(text: str) -> QuietHours:
    """The span over midnight that `21:00-08:30` writes; ValueError for anything else."""
    start, _, end = text.partition("-")
    try:
        return QuietHours(shift(f"{start}-24:00").start_minute, shift(f"00:00-{end}").end_minute)
    except ValueError:
        raise ValueError("hours are written as 21:00-08:30") from None
