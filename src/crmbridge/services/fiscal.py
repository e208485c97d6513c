"""Fiscal years and their halves, quarters, months, weeks and days.

A fiscal year bears the number of the calendar year in which it begins. Three rules say where months end:

    days       months are calendar months; weeks are a second view of the same days
    thursday   a month is the ISO weeks whose Thursday lies in it
    4-4-5      a quarter is 13 ISO weeks, months of 4, 4 and 5; the 53rd week of a long year goes to the last month
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from functools import cached_property
from typing import Literal

from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.services.results import Period

Level = Literal["year", "half", "quarter", "month", "week", "day"]
WeekRule = Literal["days", "thursday", "4-4-5"]

LEVELS: tuple[Level, ...] = ("year", "half", "quarter", "month", "week", "day")
"""From coarse to fine."""

_MONTHS_IN = {"year": 12, "half": 6, "quarter": 3, "month": 1}
_WEEKS_IN_MONTHS = (4, 4, 5) * 4
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_THURSDAY = 3


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """A period people have a word for: `2026`, `2026-Q1`, `2026-03`, `2026-W06`, `2026-02-14`.

    `months` are the places of its months in the fiscal year, 0 to 11; empty for weeks and days.
    """

    level: Level
    label: str
    period: Period
    months: range = range(0)

    @property
    def start(self) -> date:
        """The first day."""
        return self.period.start

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.period.end


@dataclass(frozen=True)
class FiscalYear:
    """One fiscal year under one rule; `start_month` 1 to 12."""

    year: int
    start_month: int = 1
    rule: WeekRule = "days"

    def __post_init__(self) -> None:
        if not (1 <= self.year < MAXYEAR and 1 <= self.start_month <= _MONTHS_IN["year"]):
            raise ConfigError(
                "there is no fiscal year {year} from month {month}", year=self.year, month=self.start_month
            )

    @cached_property
    def bounds(self) -> tuple[date, ...]:
        """The first days of its twelve months and the day after the last."""
        firsts = [date(self.year + (self.start_month - 1 + n) // 12, self._month(n), 1) for n in range(13)]
        if self.rule == "days":
            return tuple(firsts)
        mondays = [_monday_of_first_thursday(first) for first in firsts]
        if self.rule == "thursday":
            return tuple(mondays)
        weeks = [sum(_WEEKS_IN_MONTHS[:n]) for n in range(12)]
        return (*(mondays[0] + n * _WEEK for n in weeks), mondays[12])

    @property
    def whole(self) -> NamedPeriod:
        """The year itself."""
        return self._of("year", 0)

    @property
    def quarters(self) -> tuple[NamedPeriod, ...]:
        """Its four quarters."""
        return tuple(self._all("quarter"))

    @property
    def labels(self) -> dict[str, NamedPeriod]:
        """The year, its halves, quarters and months by their labels."""
        return {found.label: found for level in _MONTHS_IN for found in self._all(level)}

    def named(self, label: str) -> NamedPeriod:
        """The year, half, quarter or month of that label; ConfigError with the nearest."""
        known = self.labels
        if label in known:
            return known[label]
        raise ConfigError(
            "the fiscal year has no period {label}",
            label=label,
            nearest=suggestion(label, known),
            hint="did you mean {nearest}?",
        )

    def parts(self, of: NamedPeriod, level: Level, *, calendar: Calendar) -> tuple[NamedPeriod, ...]:
        """The periods of a finer level inside one; days are its workdays. ConfigError for weeks that cross months."""
        if level in _MONTHS_IN:
            return tuple(part for part in self._all(level) if of.start <= part.start and part.end <= of.end)
        if level == "day":
            return tuple(day_of(found.day) for found in calendar.days(of.start, of.end) if found.is_workday)
        if self.rule == "days":
            raise ConfigError(
                "weeks cross the borders of calendar months, so months cannot be split into them",
                hint="split to days and read the weeks off them, or use the rule thursday or 4-4-5",
            )
        return tuple(weeks_of(of.period))

    def _all(self, level: str) -> Iterator[NamedPeriod]:
        return (self._of(level, first) for first in range(0, 12, _MONTHS_IN[level]))

    def _of(self, level: str, first: int) -> NamedPeriod:
        months = range(first, first + _MONTHS_IN[level])
        period = Period(self.bounds[months.start], self.bounds[months.stop])
        year = f"{self.year}" if self.start_month == 1 else f"FY{self.year}"
        match level:
            case "year":
                return NamedPeriod("year", year, period, months)
            case "half":
                return NamedPeriod("half", f"{year}-H{first // 6 + 1}", period, months)
            case "quarter":
                return NamedPeriod("quarter", f"{year}-Q{first // 3 + 1}", period, months)
        calendar_year = self.year + (self.start_month - 1 + first) // 12
        return NamedPeriod("month", f"{calendar_year}-{self._month(first):02d}", period, months)

    def _month(self, place: int) -> int:
        return (self.start_month - 1 + place) % 12 + 1


def fiscal_year_of(day: date, start_month: int = 1) -> FiscalYear:
    """The fiscal year of calendar months in which a day lies."""
    return FiscalYear(day.year if day.month >= start_month else day.year - 1, start_month)


def quarter_of(day: date, start_month: int = 1) -> NamedPeriod:
    """The fiscal quarter in which a day lies."""
    year = fiscal_year_of(day, start_month)
    return next(part for part in year.quarters if part.start <= day < part.end)


def period_named(label: str, start_month: int = 1) -> tuple[FiscalYear, NamedPeriod]:
    """The year, half, quarter or month of a label such as 2026-Q1 or 2026-03; ConfigError with the nearest otherwise.

    A fiscal year that begins in another month than January is written FY2026, its quarters FY2026-Q1.
    """
    number = label.removeprefix("FY")[:4]
    if not number.isdecimal() or not 1 < int(number) < MAXYEAR:
        raise ConfigError(
            "{label} is no period", label=label, hint="write a year, half, quarter or month such as 2026-Q1 or 2026-03"
        )
    years = [FiscalYear(int(number), start_month), FiscalYear(int(number) - 1, start_month)]
    for year in years:
        if label in year.labels:
            return year, year.named(label)
    return years[0], years[0].named(label)


def day_of(day: date) -> NamedPeriod:
    """One day as a period."""
    return NamedPeriod("day", day.isoformat(), Period(day, day + _DAY))


def weeks_of(period: Period) -> Iterator[NamedPeriod]:
    """The ISO weeks that touch a period, cut to it."""
    monday = period.start - timedelta(days=period.start.weekday())
    while monday < period.end:
        label = f"{monday:%G-W%V}"
        yield NamedPeriod("week", label, Period(max(monday, period.start), min(monday + _WEEK, period.end)))
        monday += _WEEK


def _monday_of_first_thursday(first: date) -> date:
    thursday = first + timedelta(days=(_THURSDAY - first.weekday()) % 7)
    return thursday - timedelta(days=_THURSDAY)
