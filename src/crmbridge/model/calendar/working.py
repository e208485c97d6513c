"""The calendar itself: workdays and working hours of one company, team or customer, in one zone."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from crmbridge.model.calendar import hours
from crmbridge.model.calendar.days import CalendarDay, Roll, WorkdayCount
from crmbridge.model.calendar.hours import NINE_TO_FIVE, Shift
from crmbridge.model.instants import from_us
from crmbridge.model.notes import Note

MONDAY_TO_FRIDAY = frozenset(range(5))
NOT_PUBLISHED = "CALENDAR_NOT_PUBLISHED"
"""The code of the note on days that a calendar only knows by its weekday rule."""


@dataclass(frozen=True, slots=True, repr=False)
class Calendar:
    """Which days are worked and at which hours. Weekdays are 0 (Monday) to 6; years end on 31 December.

    `adjusted_workdays` are days worked against the rule (调休) and win over `holidays`. `covered_years` are those whose
    list is known; None means that the weekday rule is all there is, so nothing can be missing.
    """

    id: str
    zone: ZoneInfo
    working_weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()
    adjusted_workdays: frozenset[date] = frozenset()
    day_hours: tuple[Shift, ...] = NINE_TO_FIVE
    covered_years: frozenset[int] | None = None
    _count: WorkdayCount = field(init=False, compare=False)

    def __post_init__(self) -> None:
        hours.check(self.day_hours)
        counter = WorkdayCount.of(self.working_weekdays, self.holidays, self.adjusted_workdays)
        object.__setattr__(self, "_count", counter)

    def __repr__(self) -> str:
        return f"Calendar({self.id!r}, {self.zone.key!r}, {self.fingerprint!r})"

    @property
    def fingerprint(self) -> str:
        """A short text that is the same for calendars that answer alike, in every process."""
        covered = None if self.covered_years is None else sorted(self.covered_years)
        parts = (self.zone.key, self._count, [tuple(part) for part in self.day_hours], covered)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @property
    def coverage_until(self) -> date | None:
        """The last day of the last year whose list is known; None where the weekday rule is all there is."""
        return date(max(self.covered_years), 12, 31) if self.covered_years else None

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked: adjusted workday, else no holiday and a working weekday."""
        if day in self.adjusted_workdays:
            return True
        return day.weekday() in self.working_weekdays and day not in self.holidays

    def add_business_days(self, day: date, n: int) -> date:
        """The n-th workday after the day, or before it for a negative n; n = 0 is the day itself, even a day off."""
        if not n:
            return day
        here = day.toordinal()
        number = self._count(here) + n if n > 0 else self._count(here - 1) + n + 1
        return date.fromordinal(self._count.find(number, here))

    def business_days_between(self, after: date, until: date) -> int:
        """The workdays in (after, until]; negative, with the ends exchanged, where `until` is the earlier one."""
        return self._count(until.toordinal()) - self._count(after.toordinal())

    def workdays_in(self, start: date, end: date) -> int:
        """The workdays in [start, end), the form of a period."""
        return self._count(end.toordinal() - 1) - self._count(start.toordinal() - 1)

    def roll(self, day: date, to: Roll) -> date:
        """The nearest workday at or after the day (forward), at or before it (backward), or the day (none)."""
        if to == "none":
            return day
        here = day.toordinal()
        number = self._count(here - 1) + 1 if to == "forward" else self._count(here)
        return date.fromordinal(self._count.find(number, here))

    def workday_no(self, day: date) -> int:
        """The running number of workdays up to and with the day; the difference of two is the workdays between."""
        return self._count(day.toordinal())

    def days(self, start: date, end: date) -> Iterator[CalendarDay]:
        """Each day in [start, end) with its running workday number."""
        return self._count.days(start.toordinal(), end.toordinal())

    def business_minutes(self, start: datetime, end: datetime) -> Fraction:
        """The minutes of working time from one instant to another, exact; negative where `end` is the earlier one."""
        return Fraction(hours.business_us(self, start, end), hours.MINUTE_US)

    def add_business_minutes(self, instant: datetime, minutes: int | Fraction) -> datetime:
        """The first UTC instant by which that much working time has passed; for negative minutes, the last before."""
        return hours.add_business_us(self, instant, int(Fraction(minutes) * hours.MINUTE_US))

    @property
    def day_minutes(self) -> int:
        """The working minutes of a day."""
        return hours.day_us(self) // hours.MINUTE_US

    def shifts(self, start: date, end: date) -> Iterator[tuple[datetime, datetime]]:
        """The spans of working time of the days in [start, end), in UTC, in order."""
        for one in self.days(start, end):
            for begin_us, stop_us in hours.shifts_us(self, one.day):
                yield from_us(begin_us), from_us(stop_us)

    def missing_years(self, first: date, last: date) -> tuple[int, ...]:
        """The years from `first` to `last`, both counted, whose list is not known."""
        if self.covered_years is None:
            return ()
        low, high = sorted((first.year, last.year))
        return tuple(year for year in range(low, high + 1) if year not in self.covered_years)

    def notes(self, first: date, last: date) -> tuple[Note, ...]:
        """A note `CALENDAR_NOT_PUBLISHED` where days from `first` to `last` are known by the weekday rule only."""
        if missing := self.missing_years(first, last):
            years = ", ".join(_runs(missing))
            note = Note(
                NOT_PUBLISHED,
                "calendar {calendar} has no list of days off for {years}: its working weekdays were counted instead",
                {"calendar": self.id, "years": years},
            )
            return (note,)
        return ()


def _runs(years: tuple[int, ...]) -> Iterator[str]:
    """Years in a row as one: 1998, 2001-2005."""
    start = years[0]
    for year, following in zip(years, (*years[1:], None), strict=True):
        if following != year + 1:
            yield str(start) if start == year else f"{start}-{year}"
            start = following or year
