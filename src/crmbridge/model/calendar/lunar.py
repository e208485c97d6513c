"""The Chinese calendar (农历): on which day one of its days falls. From a table; outside of it nothing is guessed."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from importlib import resources


def day_of(year: int, month: int, day: int) -> date | None:
    """The day on which the `day` of the `month` of a Chinese year falls; None where the table does not tell it.

    It is that of the plain month, not of a leap month after it. The 30th of a month of 29 days is its last day.
    """
    months = _table().get(year)
    if months is None or not (1 <= month <= 12 and 1 <= day <= 30):  # noqa: PLR2004 - months of a year, days of a month
        return None
    first, length = months[month]
    return first + timedelta(days=min(day, length) - 1)


def days_in(first: date, last: date, month: int, day: int) -> Iterator[tuple[int, date]]:
    """The Chinese years, and the days, on which that day of a month falls from `first` to `last`, both counted."""
    for year in range(first.year - 1, last.year + 1):
        found = day_of(year, month, day)
        if found is not None and first <= found <= last:
            yield year, found


def covers(day: date) -> bool:
    """Whether the table knows the Chinese year that begins in the year of the day, and the one before."""
    return day.year in _table() and day.year - 1 in _table()


@cache
def _table() -> Mapping[int, Mapping[int, tuple[date, int]]]:
    """Year -> month -> its first day and its length; leap months are passed over."""
    text = (resources.files("crmbridge.model") / "data" / "lunar.txt").read_text("utf-8")
    return dict(_year(line.split()) for line in text.splitlines() if not line.startswith("#"))


def _year(parts: list[str]) -> tuple[int, Mapping[int, tuple[date, int]]]:
    year, start, leap, *lengths = parts
    first, months, number = date.fromisoformat(f"{year}-{start}"), dict[int, tuple[date, int]](), 0
    is_leap = False
    for length in map(int, lengths):
        is_leap = number == int(leap) and not is_leap and number > 0
        number += not is_leap
        if not is_leap:
            months[number] = (first, length)
        first += timedelta(days=length)
    return int(year), months
