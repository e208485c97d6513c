from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.model import calendar
from crmbridge.model.calendar import Calendar, QuietHours, Shift, shift
from crmbridge.model.calendar.hours import business_us
from crmbridge.model.instants import local_instant, to_us

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
CN = calendar.named("CN", zone=SHANGHAI)
ROUND_THE_CLOCK = Calendar("24x7", NEW_YORK, frozenset(range(7)), day_hours=(Shift(0, 1440),))


def at(text: str, where: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=where)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-03-06 11:30", 60, "2026-03-06 14:00"),
        ("2026-03-06 12:15", 30, "2026-03-06 14:00"),
        ("2026-03-06 17:30", 60, "2026-03-09 09:30"),
        ("2026-03-07 10:00", 60, "2026-03-09 10:00"),
        ("2026-02-14 17:00", 240, "2026-02-24 12:00"),
        ("2026-02-14 17:30", 450, "2026-02-24 17:30"),
    ],
)
def test_gv_cal_3_add_business_minutes(start: str, minutes: int, end: str) -> None:
    assert CN.add_business_minutes(at(start), minutes) == at(end)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [("2026-02-14 17:00", "2026-02-24 10:30", 150), ("2026-03-06 11:30", "2026-03-09 09:20", 320)],
)
def test_gv_cal_3_business_minutes_between(start: str, end: str, minutes: int) -> None:
    assert CN.business_minutes(at(start), at(end)) == minutes
    assert CN.business_minutes(at(end), at(start)) == -minutes


def test_gv_cal_4_one_instant_in_two_zones() -> None:
    instant = at("2026-03-09 09:00")
    there = instant.astimezone(NEW_YORK)
    assert there.isoformat() == "2026-03-08T21:00:00-04:00"


def test_gv_cal_4_quiet_hours_end_in_the_other_zone() -> None:
    allowed = QuietHours().next_allowed(at("2026-03-09 09:00"), NEW_YORK)
    assert allowed == datetime(2026, 3, 9, 12, 30, tzinfo=UTC)
    assert allowed.astimezone(NEW_YORK).isoformat() == "2026-03-09T08:30:00-04:00"
    assert allowed.astimezone(SHANGHAI).isoformat() == "2026-03-09T20:30:00+08:00"


def test_gv_cal_4_a_time_that_does_not_exist_moves_forward_by_the_gap() -> None:
    instant = local_instant(datetime.fromisoformat("2026-03-08 02:30"), NEW_YORK)
    assert instant == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert instant.astimezone(NEW_YORK).isoformat() == "2026-03-08T03:30:00-04:00"


def test_gv_cal_4_a_doubled_time_is_its_first_occurrence() -> None:
    instant = local_instant(datetime.fromisoformat("2026-11-01 01:30"), NEW_YORK)
    assert instant.astimezone(NEW_YORK).isoformat() == "2026-11-01T01:30:00-04:00"


def test_quiet_hours_are_half_open() -> None:
    quiet = QuietHours()
    assert quiet.contains(at("2026-03-09 21:00"), SHANGHAI)
    assert quiet.contains(at("2026-03-10 08:29:59"), SHANGHAI)
    assert not quiet.contains(at("2026-03-10 08:30"), SHANGHAI)
    assert not quiet.contains(at("2026-03-10 20:59:59"), SHANGHAI)
    free = at("2026-03-10 12:00")
    assert quiet.next_allowed(free, SHANGHAI) == free


def test_quiet_hours_within_one_day() -> None:
    lunch = QuietHours(12 * 60, 13 * 60)
    assert lunch.next_allowed(at("2026-03-10 12:30"), SHANGHAI) == at("2026-03-10 13:00")
    assert not lunch.contains(at("2026-03-10 13:00"), SHANGHAI)
    assert not QuietHours(600, 600).contains(at("2026-03-10 10:00"), SHANGHAI)


def test_no_minutes_leave_the_instant_where_it_is() -> None:
    assert CN.add_business_minutes(at("2026-03-07 10:00"), 0) == at("2026-03-07 10:00")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-03-09", 24)])
def test_a_day_of_a_clock_change_counts_the_time_that_passes(day: str, hours: int) -> None:
    start = at(f"{day} 00:00", NEW_YORK)
    end = local_instant(datetime.fromisoformat(day) + timedelta(days=1), NEW_YORK)
    assert ROUND_THE_CLOCK.business_minutes(start, end) == hours * 60


def test_clock_changes_inside_a_long_span_are_counted() -> None:
    start, end = at("2025-01-01 12:00", NEW_YORK), at("2026-06-01 12:00", NEW_YORK)
    assert ROUND_THE_CLOCK.business_minutes(start, end) == (to_us(end) - to_us(start)) // 60_000_000


def test_two_shifts_in_one_gap_are_counted_once() -> None:
    split = Calendar("x", NEW_YORK, frozenset(range(7)), day_hours=(Shift(120, 150), Shift(180, 240)))
    day = at("2026-03-08 00:00", NEW_YORK)
    assert split.business_minutes(day, at("2026-03-09 00:00", NEW_YORK)) == 60


def test_a_shift_that_the_gap_swallows_adds_nothing() -> None:
    split = Calendar("x", NEW_YORK, frozenset(range(7)), day_hours=(Shift(120, 170), Shift(180, 200), Shift(200, 240)))
    day = at("2026-03-08 00:00", NEW_YORK)  # 02:00-02:50 is 03:00-03:50, which holds 03:00-03:20 as a whole
    assert split.business_minutes(day, at("2026-03-09 00:00", NEW_YORK)) == 60


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        CN.business_minutes(datetime.fromisoformat("2026-03-09 09:00"), at("2026-03-09 10:00"))


@pytest.mark.parametrize("text", ["9-12", "09:00", "24:30-25:00", "09:60-10:00", "a:00-b:00", "09:0-10:00", ""])
def test_hours_that_are_no_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="09:00"):
        shift(text)


def test_the_end_of_the_day_is_24_00() -> None:
    assert shift("18:00-24:00") == Shift(1080, 1440)


@pytest.mark.parametrize("hours", [(), (Shift(600, 600),), (Shift(700, 600),), (Shift(600, 700), Shift(690, 720))])
def test_hours_of_a_day_stand_in_order(hours: tuple[Shift, ...]) -> None:
    with pytest.raises(ValueError, match="hours"):
        Calendar("x", SHANGHAI, day_hours=hours)


INSTANTS = st.datetimes(
    datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2026-12-01"), timezones=st.just(UTC)
)
CALENDARS = st.sampled_from(
    [
        CN,
        ROUND_THE_CLOCK,
        calendar.named("none", zone=NEW_YORK),
        Calendar("night", NEW_YORK, frozenset({5, 6}), day_hours=(Shift(0, 90), Shift(100, 200), Shift(1400, 1440))),
        Calendar("half-hour shift", ZoneInfo("Australia/Lord_Howe"), frozenset(range(7)), day_hours=(Shift(60, 150),)),
        Calendar("midnight change", ZoneInfo("America/Havana"), frozenset(range(7)), day_hours=(Shift(0, 600),)),
    ]
)


@given(CALENDARS, INSTANTS, INSTANTS, INSTANTS)
def test_working_time_adds_up(days: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    assert business_us(days, a, b) + business_us(days, b, c) == business_us(days, a, c)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, st.integers(1, 40))
def test_a_long_span_is_the_sum_of_its_days(days: Calendar, start: datetime, length: int) -> None:
    cuts = [start + timedelta(hours=11 * k) for k in range(length + 1)]
    pieces = sum(business_us(days, a, b) for a, b in pairwise(cuts))
    assert business_us(days, cuts[0], cuts[-1]) == pieces


@settings(deadline=None)
@given(CALENDARS, INSTANTS, st.integers(1, 2_000_000))
def test_minutes_between_undo_minutes_added(days: Calendar, start: datetime, minutes: int) -> None:
    later, earlier = days.add_business_minutes(start, minutes), days.add_business_minutes(start, -minutes)
    assert days.business_minutes(start, later) == minutes
    assert days.business_minutes(earlier, start) == minutes
    tick = timedelta(microseconds=1)
    assert days.business_minutes(start, later - tick) < minutes
    assert days.business_minutes(earlier + tick, start) < minutes


def test_a_fraction_of_a_minute_is_exact() -> None:
    start = at("2026-03-09 09:00")
    assert CN.add_business_minutes(start, Fraction(1, 3)) == start + timedelta(seconds=20)
    assert CN.business_minutes(start, start + timedelta(seconds=20)) == Fraction(1, 3)
