"""When schedules come due: in the zone, over clock changes, after a long absence; and what is wrong with one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.app.jobs import cron
from crmbridge.model.errors import ConfigError

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [BERLIN, *map(ZoneInfo, ("America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "America/Santiago"))]
SCHEDULES = ["30 2 * * *", "*/20 2 * * *", "30 * * * *", "0 0 * * *", "15 1,2,3 * * *", "5 3 * * SUN", "0 0 L * *"]


def at(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=BERLIN, fold=fold)  # type: ignore[misc,arg-type]


def walls(schedule: str, start: datetime, end: datetime) -> list[str]:
    return [one.astimezone(BERLIN).isoformat() for one in cron.between(schedule, start, end, BERLIN)]


def test_a_fixed_hour_that_the_clocks_leave_out_comes_due_at_once_after_the_gap() -> None:
    assert walls("30 2 * * *", at(2026, 3, 28, 12), at(2026, 3, 30, 12)) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_a_fixed_hour_that_the_clocks_repeat_comes_due_once() -> None:
    assert walls("30 2 * * *", at(2026, 10, 24, 12), at(2026, 10, 26, 12)) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]
    before_the_second = at(2026, 10, 25, 2, 45)
    assert cron.latest("30 2 * * *", before_the_second, at(2026, 10, 25, 2, 45, fold=1), BERLIN) is None


def test_what_runs_every_hour_goes_by_the_time_that_passes() -> None:
    twice = walls("30 * * * *", at(2026, 10, 25, 2), at(2026, 10, 25, 3, 0))
    assert twice == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]
    assert walls("30 * * * *", at(2026, 3, 29, 1), at(2026, 3, 29, 4)) == [
        "2026-03-29T01:30:00+01:00",
        "2026-03-29T03:30:00+02:00",
    ]


def test_missed_moments_are_one_with_how_many_they_were() -> None:
    now = at(2026, 3, 31, 2)
    assert cron.latest("0 2 * * *", now - timedelta(days=3), now, BERLIN) == (now.astimezone(UTC), 3)
    assert cron.latest("0 2 * * *", now, now + timedelta(hours=23), BERLIN) is None


def test_a_year_of_minutes_is_found_at_once_and_counted_as_many() -> None:
    now = at(2026, 7, 1, 12, 34)
    assert cron.latest("* * * * *", now - timedelta(days=365), now, BERLIN) == (now.astimezone(UTC), cron.COUNTED)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(SCHEDULES),
    st.integers(0, 365 * 24 * 3600),
    st.timedeltas(timedelta(0), timedelta(days=4)),
)
def test_the_last_of_all_moments_is_the_latest_and_the_next_is_no_earlier(
    zone: ZoneInfo, schedule: str, seconds: int, passed: timedelta
) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    now = since + passed
    every = list(cron.between(schedule, since, now, zone))
    assert every == sorted(set(every))
    assert cron.latest(schedule, since, now, zone) == ((every[-1], len(every)) if every else None)
    assert cron.following(schedule, now, zone) > max([*every, since])


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("61 * * * *", "the field minute cannot be 61 (did you mean 59?"),
        ("0 24 * * *", "the field hour cannot be 24 (did you mean 23?"),
        ("0 0 * JAM *", "the field month cannot be JAM (did you mean JAN?"),
        ("0 0 * * MOND", "the field day-of-week cannot be MOND (did you mean MON?"),
        ("x * * * *", "the field minute cannot be x (it takes 0-59"),
        ("* * *", "has 3 of the 5 fields"),
        ("", "has 0 of the 5 fields"),
        ("@dayly", "did you mean @daily?"),
        ("0 0 31 2 *", "no month has that day"),
        ("0 2 * * * *", "has 6 of the 5 fields"),
    ],
)
def test_what_is_wrong_is_told_by_its_field_with_the_nearest_choice(schedule: str, said: str) -> None:
    with pytest.raises(ConfigError) as failed:
        cron.check(schedule)
    assert said in str(failed.value)


@pytest.mark.parametrize("schedule", ["0 2 * * *", "*/15 * * * *", "0 7 * * MON", "0 6 L * *", "@daily", "0 0 29 2 *"])
def test_a_schedule_is_taken(schedule: str) -> None:
    cron.check(schedule)
