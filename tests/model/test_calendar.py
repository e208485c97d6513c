from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model import calendar
from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError

SHANGHAI = ZoneInfo("Asia/Shanghai")
CN = calendar.named("CN", zone=SHANGHAI)
WEEKDAYS = calendar.named("none", zone=SHANGHAI)
WORKDAYS_PER_MONTH = {
    ("CN", 2025): (19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23),
    ("CN", 2026): (21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23),
    ("none", 2026): (22, 20, 22, 22, 21, 22, 23, 21, 22, 22, 21, 23),
}
YEARS = {("CN", 2025): 248, ("CN", 2026): 248, ("none", 2026): 261}


@pytest.mark.parametrize(("name", "year"), WORKDAYS_PER_MONTH)
def test_gv_cal_1_workdays_per_month(name: str, year: int) -> None:
    days = calendar.named(name, zone=SHANGHAI)
    starts = [date(year, month, 1) for month in range(1, 13)] + [date(year + 1, 1, 1)]
    counted = tuple(days.workdays_in(start, end) for start, end in pairwise(starts))
    assert counted == WORKDAYS_PER_MONTH[name, year]
    assert days.workdays_in(starts[0], starts[-1]) == YEARS[name, year]


@pytest.mark.parametrize("day", ["2026-02-14", "2026-02-28", "2026-09-20"])
def test_gv_cal_2_a_worked_weekend_is_a_workday(day: str) -> None:
    assert CN.is_workday(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-02-16", "2026-01-02", "2025-10-08"])
def test_gv_cal_2_a_holiday_is_no_workday(day: str) -> None:
    assert not CN.is_workday(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "n", "reached"),
    [
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-13", 3, "2026-02-25"),
        ("2026-02-24", -1, "2026-02-14"),
        ("2026-02-16", 0, "2026-02-16"),
    ],
)
def test_gv_cal_2_add_business_days(day: str, n: int, reached: str) -> None:
    assert CN.add_business_days(date.fromisoformat(day), n) == date.fromisoformat(reached)


@pytest.mark.parametrize(
    ("after", "until", "n"),
    [
        ("2026-02-13", "2026-02-28", 6),
        ("2026-02-28", "2026-02-13", -6),
        ("2026-09-30", "2026-10-10", 3),
    ],
)
def test_gv_cal_2_business_days_between(after: str, until: str, n: int) -> None:
    assert CN.business_days_between(date.fromisoformat(after), date.fromisoformat(until)) == n


def test_roll_moves_a_day_off_to_the_nearest_workday() -> None:
    off = date(2026, 2, 18)
    assert CN.roll(off, "forward") == date(2026, 2, 24)
    assert CN.roll(off, "backward") == date(2026, 2, 14)
    assert CN.roll(off, "none") == off
    worked = date(2026, 2, 14)
    assert (CN.roll(worked, "forward"), CN.roll(worked, "backward")) == (worked, worked)


def test_an_unpublished_year_counts_weekdays_and_says_so() -> None:
    assert CN.coverage_until == date(2026, 12, 31)
    assert CN.is_workday(date(2027, 1, 1))
    (note,) = CN.notes(date(2026, 12, 1), date(2028, 1, 5))
    assert note.code == "CALENDAR_NOT_PUBLISHED"
    assert "CN" in str(note)
    assert "2027-2028" in str(note)
    (note,) = CN.notes(date(2027, 1, 1), date(2023, 1, 1))
    assert "2023, 2027" in str(note)


def test_a_published_year_and_the_plain_weekday_rule_have_nothing_to_say() -> None:
    assert CN.notes(date(2024, 1, 1), date(2026, 12, 31)) == ()
    assert WEEKDAYS.notes(date(1, 1, 1), date(9999, 12, 31)) == ()
    assert WEEKDAYS.coverage_until is None


def test_an_adjusted_workday_wins_over_a_holiday() -> None:
    day = date(2026, 1, 1)
    both = Calendar("x", SHANGHAI, holidays=frozenset({day}), adjusted_workdays=frozenset({day}))
    assert both.is_workday(day)
    assert both.workdays_in(day, day + timedelta(days=1)) == 1


def test_a_calendar_without_a_working_weekday_is_refused() -> None:
    with pytest.raises(ValueError, match="working weekdays"):
        Calendar("x", SHANGHAI, working_weekdays=frozenset())


@pytest.mark.parametrize(("day", "n"), [(date(9999, 12, 30), 5), (date(1, 1, 2), -5)])
def test_a_workday_beyond_the_years_there_are_is_an_overflow(day: date, n: int) -> None:
    with pytest.raises(OverflowError):
        WEEKDAYS.add_business_days(day, n)


def test_the_fingerprint_tells_calendars_apart() -> None:
    again = calendar.named("CN", zone=SHANGHAI)
    assert repr(again) == repr(CN)
    company = calendar.read(
        'format = 1\n[years.2027]\ndays_off = ["2027-01-01"]', file="c", zone=SHANGHAI, extends="CN"
    )
    confirmed = calendar.read("format = 1\n[years.2027]", file="c", zone=SHANGHAI, extends="CN")
    assert len({CN.fingerprint, company.fingerprint, confirmed.fingerprint, WEEKDAYS.fingerprint}) == 4


def test_the_calendar_is_the_first_one_named() -> None:
    known = {"CN": CN, "none": WEEKDAYS}
    assert calendar.chosen(known, (None, "CN", None, "none")) is CN
    assert calendar.chosen(known, (None, None, "none")) is WEEKDAYS
    with pytest.raises(ConfigError, match="did you mean CN"):
        calendar.chosen(known, ("CNN", "none"))
    with pytest.raises(ConfigError, match="no calendar is chosen"):
        calendar.chosen(known, (None,))


# Counting against the definition: one day at a time.

DAYS = st.dates(date(2023, 6, 1), date(2027, 6, 1))
CALENDARS = st.builds(
    lambda weekdays, off, added: Calendar("x", SHANGHAI, weekdays, off, added),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(DAYS, max_size=40),
    st.frozensets(DAYS, max_size=40),
)


def stepped(days: Calendar, day: date, n: int) -> date:
    step = timedelta(days=1 if n > 0 else -1)
    for _ in range(abs(n)):
        day += step
        while not days.is_workday(day):
            day += step
    return day


@given(CALENDARS, DAYS, st.integers(-80, 80))
def test_adding_days_is_stepping_one_day_at_a_time(days: Calendar, day: date, n: int) -> None:
    assert days.add_business_days(day, n) == stepped(days, day, n)


@given(CALENDARS, DAYS, DAYS)
def test_days_between_are_the_workdays_in_the_half_open_span(days: Calendar, a: date, b: date) -> None:
    low, high = sorted((a, b))
    counted = sum(days.is_workday(low + timedelta(days=k)) for k in range(1, (high - low).days + 1))
    assert days.business_days_between(low, high) == counted
    assert days.business_days_between(high, low) == -counted
    half_open = sum(days.is_workday(low + timedelta(days=k)) for k in range((high - low).days))
    assert days.workdays_in(low, high) == half_open


@given(CALENDARS, DAYS, st.integers(1, 200))
def test_between_undoes_add(days: Calendar, day: date, n: int) -> None:
    assert days.business_days_between(day, days.add_business_days(day, n)) == n
    worked = days.roll(day, "forward")
    assert days.business_days_between(worked, days.add_business_days(worked, -n)) == -n


@given(CALENDARS, DAYS)
def test_roll_reaches_the_nearest_workday(days: Calendar, day: date) -> None:
    after, before = days.roll(day, "forward"), days.roll(day, "backward")
    assert days.is_workday(after)
    assert days.is_workday(before)
    assert before <= day <= after
    assert days.business_days_between(before, after) == (0 if days.is_workday(day) else 1)


@given(CALENDARS, DAYS, st.integers(0, 400))
def test_running_numbers_count_the_workdays(days: Calendar, start: date, length: int) -> None:
    listed = list(days.days(start, start + timedelta(days=length)))
    assert [entry.day for entry in listed] == [start + timedelta(days=k) for k in range(length)]
    number = days.workday_no(start - timedelta(days=1))
    for entry in listed:
        number += days.is_workday(entry.day)
        assert (entry.is_workday, entry.workday_no) == (days.is_workday(entry.day), number)
