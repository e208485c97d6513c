"""Counting workdays: how many there are up to a day, and which day is the n-th.

A weekday rule gives the count in closed form; holidays and worked weekends are exceptions to it, kept sorted.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, Self

Roll = Literal["forward", "backward", "none"]
"""Where a day off moves: to the next workday, to the one before, or nowhere."""

_LAST = date.max.toordinal()
_WEEK = 7


class CalendarDay(NamedTuple):
    """A day, whether it is worked, and the running number of workdays up to and with it."""

    day: date
    is_workday: bool
    workday_no: int


@dataclass(frozen=True, slots=True)
class WorkdayCount:
    """The number of workdays in 0001-01-01..day for any day; days are ordinals.

    `off` are the holidays on working weekdays, `added` the worked days on others, both sorted.
    """

    weekdays: tuple[int, ...]
    off: tuple[int, ...]
    added: tuple[int, ...]

    @classmethod
    def of(cls, weekdays: frozenset[int], holidays: frozenset[date], adjusted: frozenset[date]) -> Self:
        """The counter of a weekday rule and its exceptions; an adjusted workday wins over a holiday."""
        if not weekdays or not weekdays <= frozenset(range(_WEEK)):
            raise ValueError("a calendar needs working weekdays, 0 (Monday) to 6 (Sunday)")
        off = sorted(day.toordinal() for day in holidays - adjusted if day.weekday() in weekdays)
        added = sorted(day.toordinal() for day in adjusted if day.weekday() not in weekdays)
        return cls(tuple(sorted(weekdays)), tuple(off), tuple(added))

    def __call__(self, ordinal: int) -> int:
        """How many workdays there are up to and with the day."""
        weeks, rest = divmod(ordinal, _WEEK)  # 0001-01-01, ordinal 1, is a Monday
        by_rule = weeks * len(self.weekdays) + bisect_left(self.weekdays, rest)
        return by_rule - bisect_right(self.off, ordinal) + bisect_right(self.added, ordinal)

    def find(self, number: int, near: int) -> int:
        """The ordinal of the workday of that number, sought around an ordinal; OverflowError outside years 1-9999."""
        steps = abs(number - self(near)) + len(self.off) + len(self.added) + 1
        reach = steps * _WEEK // len(self.weekdays) + _WEEK
        low, high = max(1, near - reach), min(_LAST + 1, near + reach)
        found = bisect_left(range(low, high), number, key=self) + low
        if number < 1 or found > _LAST:
            raise OverflowError("the workday is outside the years 1 to 9999")
        return found

    def days(self, first: int, end: int) -> Iterator[CalendarDay]:
        """Each day from `first` up to, not including, `end`."""
        before = self(first - 1)
        for ordinal in range(first, end):
            number = self(ordinal)
            yield CalendarDay(date.fromordinal(ordinal), number > before, number)
            before = number
