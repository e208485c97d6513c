"""Birthdays as systems write them: a day of a month, with or without the year, in the solar or the Chinese calendar."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from crmbridge.model.calendar import lunar

LeapDay = Literal["02-28", "03-01"]
"""When somebody born on 29 February has birthday in other years."""

_FORMS = (
    re.compile(r"(?:-{2}|\d{4}[-/.])?(\d{1,2})[-/.](\d{1,2})(?:[T ].*)?"),
    re.compile(r"(?:\d{4}年)?(\d{1,2})月(\d{1,2})[日号]?"),
)
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class MonthDay(NamedTuple):
    """A day of a month; of a Chinese month up to the 30th."""

    month: int
    day: int

    @classmethod
    @lru_cache(maxsize=65536)
    def parse(cls, text: str, *, is_lunar: bool = False) -> "MonthDay | None":
        """The day that `03-05`, `--03-05`, `1990-03-05` or `3月5日` writes; None for what is none."""
        found = next((match for form in _FORMS if (match := form.fullmatch(text.strip()))), None)
        if found is None:
            return None
        month, day = int(found[1]), int(found[2])
        if not 1 <= month <= 12:  # noqa: PLR2004 - months of a year
            return None
        return cls(month, day) if 1 <= day <= (30 if is_lunar else _LONGEST[month - 1]) else None

    def days(
        self, first: date, last: date, *, is_lunar: bool = False, leap_day: LeapDay = "02-28"
    ) -> Iterator[tuple[int, date]]:
        """The days on which it falls from `first` to `last`, both counted, each with the year of its calendar.

        Outside of the table of the Chinese calendar there are none (`lunar.covers`).
        """
        if is_lunar:
            yield from lunar.days_in(first, last, self.month, self.day)
            return
        for year in range(first.year, last.year + 1):
            day = self._in(year, leap_day)
            if first <= day <= last:
                yield year, day

    def _in(self, year: int, leap_day: LeapDay) -> date:
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return date(year, int(leap_day[:2]), int(leap_day[3:]))
