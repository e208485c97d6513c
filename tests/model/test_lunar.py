"""The Chinese calendar: known days, what a table does not tell, and that months follow each other."""

import itertools
from datetime import date, timedelta

import pytest

from crmbridge.model.calendar.lunar import covers, day_of, days_in


@pytest.mark.parametrize(
    ("year", "month", "day", "found"),
    [
        (2025, 1, 1, "2025-01-29"),
        (2026, 1, 1, "2026-02-17"),
        (2026, 5, 5, "2026-06-19"),
        (2026, 8, 15, "2026-09-25"),
        (2025, 8, 15, "2025-10-06"),
        (2033, 8, 15, "2033-09-08"),
        (2034, 1, 1, "2034-02-19"),
    ],
)
def test_festivals_are_on_their_days_also_after_a_leap_month(year: int, month: int, day: int, found: str) -> None:
    assert day_of(year, month, day) == date.fromisoformat(found)


def test_the_thirtieth_of_a_short_month_is_its_last_day() -> None:
    (short,) = {day_of(2026, 4, 29), day_of(2026, 4, 30)}
    assert short is not None


def test_what_the_table_does_not_tell_is_not_guessed() -> None:
    assert day_of(1950, 1, 1) is None
    assert day_of(2060, 1, 1) is None
    assert day_of(2026, 13, 1) is None
    assert covers(date(2026, 3, 1))
    assert not covers(date(2060, 3, 1))


def test_a_year_has_its_day_also_where_the_chinese_one_began_before() -> None:
    assert list(days_in(date(2026, 1, 1), date(2026, 12, 31), 12, 1)) == [(2025, date(2026, 1, 19))]
    assert list(days_in(date(2026, 2, 17), date(2026, 2, 17), 1, 1)) == [(2026, date(2026, 2, 17))]
    assert list(days_in(date(2026, 2, 18), date(2026, 3, 17), 1, 1)) == []


def test_the_first_days_of_months_lie_a_month_apart() -> None:
    firsts = [day_of(year, month, 1) for year in range(1990, 2057) for month in range(1, 13)]
    known = [day for day in firsts if day is not None]
    assert len(known) == len(firsts)
    steps = {b - a for a, b in itertools.pairwise(known)}
    assert steps <= {timedelta(days=n) for n in (29, 30, 58, 59, 60)}
