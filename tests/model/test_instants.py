from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import business_date, from_us, local_instant, start_of_day, to_us, zone

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def test_an_instant_is_microseconds_since_1970() -> None:
    assert to_us(datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)) == 1
    assert to_us(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert to_us(datetime(2026, 3, 9, 9, tzinfo=SHANGHAI)) == to_us(datetime(2026, 3, 9, 1, tzinfo=UTC))


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_us(datetime.fromisoformat("2026-03-09 09:00"))


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back_to_the_microsecond(instant: datetime) -> None:
    assert from_us(to_us(instant)) == instant


@given(st.datetimes(datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("2200-01-01")), st.integers(-14, 14))
def test_the_offset_does_not_change_the_instant(wall: datetime, hours: int) -> None:
    there = wall.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert to_us(there) == to_us(there.astimezone(UTC))


def test_the_business_date_is_taken_in_the_companys_zone() -> None:
    closed = datetime(2026, 3, 31, 16, 30, tzinfo=UTC)
    assert business_date(closed, SHANGHAI) == date(2026, 4, 1)
    assert business_date(closed, NEW_YORK) == date(2026, 3, 31)


def test_a_midnight_that_a_clock_change_skips_moves_forward() -> None:
    havana = ZoneInfo("America/Havana")
    assert start_of_day(date(2026, 3, 8), havana).astimezone(havana).hour == 1
    assert start_of_day(date(2026, 3, 9), SHANGHAI) == datetime(2026, 3, 8, 16, tzinfo=UTC)


def test_of_a_doubled_hour_the_first_counts() -> None:
    wall = datetime.fromisoformat("2026-11-01 01:30")
    assert local_instant(wall, NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert local_instant(wall.replace(fold=1), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Asia/Shanghia", "asia/shanghai", "Asia/Shangai"])
def test_an_unknown_zone_is_told_with_the_nearest(name: str) -> None:
    with pytest.raises(ConfigError, match=r"did you mean Asia/Shanghai\?"):
        zone(name)


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../Asia/Shanghai", "Asia", "中国", "a\0b"])
def test_what_is_no_zone_at_all_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="there is no time zone"):
        zone(name)
