"""Instants as nearly every vendor's interface writes them, `2026-04-15T09:30:00+08:00`, read without a calendar.

Such a text is a day, a minute, a second and an offset, and of each there are few: what they count for is remembered,
and an instant costs four look-ups and three sums. Any other form is left to the lens.
"""

import re
from collections.abc import Callable
from datetime import date

from crmbridge.mapping.lenses.times import FIRST_YEAR, LAST_YEAR

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MINUTE = re.compile(r"[Tt ]([01][0-9]|2[0-3]):([0-5][0-9])")
_SECOND = re.compile(r":([0-5][0-9])")
_TAIL = re.compile(r"(?:\.([0-9]{1,6}))?(?:[Zz]|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))")
_MOST_KEPT = 16_384
_SECOND_US = 1_000_000
_EPOCH = date(1970, 1, 1)


def iso_us(text: str) -> int | None:
    """The microseconds since 1970 of a text with seconds and an offset; None of any other, however good it is."""
    try:
        return _DAYS[text[:10]] + _MINUTES[text[10:16]] + _SECONDS[text[16:19]] + _TAILS[text[19:]]
    except ValueError:
        return None


class _Counted(dict[str, int]):
    """What texts of one form count for, in microseconds; ValueError for a text of another form."""

    def __init__(self, pattern: re.Pattern[str], count: Callable[[re.Match[str]], int]) -> None:
        super().__init__()
        self._pattern, self._count = pattern, count

    def __missing__(self, text: str) -> int:
        found = self._pattern.fullmatch(text)
        if found is None:
            raise ValueError(text)
        counted = self._count(found)
        if len(self) < _MOST_KEPT:
            self[text] = counted
        return counted


def _day(found: re.Match[str]) -> int:
    """The first instant of a day in UTC."""
    year, month, day = map(int, found.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(year)
    return (date(year, month, day) - _EPOCH).days * 86_400 * _SECOND_US


def _minute(found: re.Match[str]) -> int:
    return (int(found[1]) * 60 + int(found[2])) * 60 * _SECOND_US


def _second(found: re.Match[str]) -> int:
    return int(found[1]) * _SECOND_US


def _tail(found: re.Match[str]) -> int:
    """The fraction of the second, less the offset from UTC."""
    fraction, sign, hours, minutes = found.groups()
    offset = (int(hours) * 60 + int(minutes)) * 60 * _SECOND_US if sign else 0
    return int((fraction or "").ljust(6, "0")) + (offset if sign == "-" else -offset)


_DAYS, _TAILS = _Counted(_DAY, _day), _Counted(_TAIL, _tail)
_MINUTES, _SECONDS = _Counted(_MINUTE, _minute), _Counted(_SECOND, _second)
