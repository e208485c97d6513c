import subprocess
import sys
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from crmbridge.model import calendar
from crmbridge.model.errors import ConfigError

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CN = calendar.named("CN", zone=SHANGHAI)


def read(text: str, extends: str = "CN") -> calendar.Calendar:
    return calendar.read(f"format = 1\n{text}", file="calendar.toml", zone=SHANGHAI, extends=extends)


def test_china_is_there_without_the_large_package() -> None:
    script = (
        "import sys; from zoneinfo import ZoneInfo; from crmbridge.model import calendar;"
        "calendar.named('CN', zone=ZoneInfo('UTC')); calendar.named('none', zone=ZoneInfo('UTC'));"
        "sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_built_in_calendar_stands_in_the_zone_asked_for() -> None:
    assert calendar.named("CN", zone=BERLIN).zone is BERLIN
    assert calendar.named("DE", zone=BERLIN).zone is BERLIN


@pytest.mark.parametrize(
    ("name", "day", "is_workday"),
    [
        ("DE", "2026-04-06", False),  # Easter Monday
        ("DE", "2026-06-04", True),
        ("DE-BY", "2026-06-04", False),  # Corpus Christi, in Bavaria only
        ("US", "2026-07-03", False),  # Independence Day, observed
        ("US", "2026-07-06", True),
        ("BR", "2017-11-02", False),
        ("RU", "2024-04-27", True),  # a Saturday worked by decree
        ("RU", "2024-04-29", False),
        ("SA", "2026-03-13", False),  # Friday is weekend there
        ("SA", "2026-03-15", True),
        ("AE", "2021-06-04", False),  # Friday and Saturday until 2021
        ("AE", "2023-06-04", False),  # Saturday and Sunday since
        ("AE", "2023-06-02", True),
    ],
)
def test_other_countries_have_their_days(name: str, day: str, *, is_workday: bool) -> None:
    days = calendar.named(name, zone=BERLIN)
    assert days.is_workday(date.fromisoformat(day)) is is_workday
    assert days.notes(date.fromisoformat(day), date.fromisoformat(day)) == ()


def test_days_swapped_by_decree_are_unpublished_after_the_last_decree_known() -> None:
    russia = calendar.named("RU", zone=BERLIN)
    assert russia.coverage_until is not None
    assert russia.coverage_until.year < 2035
    (note,) = russia.notes(date(2035, 1, 1), date(2035, 1, 2))
    assert note.code == "CALENDAR_NOT_PUBLISHED"


def test_years_that_a_countrys_tables_do_not_reach_warn() -> None:
    india = calendar.named("IN", zone=BERLIN)
    assert india.notes(date(2026, 1, 1), date(2026, 12, 31)) == ()
    assert india.notes(date(2049, 1, 1), date(2049, 1, 2)) != ()


@pytest.mark.parametrize(
    ("name", "meant"),
    [("cn", "CN"), ("Germany", "DE"), ("us", "US"), ("US-CAL", "US-CA"), ("DE-", "DE"), ("None", "none")],
)
def test_an_unknown_calendar_is_told_with_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"there is no calendar {name} .did you mean {meant}\\?"):
        calendar.named(name, zone=BERLIN)


def test_a_name_like_no_other_lists_some() -> None:
    with pytest.raises(ConfigError, match="AD, AE, AF"):
        calendar.named("#################", zone=BERLIN)


def test_a_file_publishes_the_next_year_over_the_built_in_calendar() -> None:
    own = read('[years.2027]\ndays_off = ["2027-01-01", "2027-02-05..2027-02-12"]\nworkdays = ["2027-02-14"]')
    assert own.id == "CN"
    assert not own.is_workday(date(2027, 2, 12))
    assert own.is_workday(date(2027, 2, 14))
    assert own.is_workday(date(2026, 2, 14))
    assert own.notes(date(2024, 1, 1), date(2027, 12, 31)) == ()
    assert own.coverage_until == date(2027, 12, 31)
    assert own.day_hours == CN.day_hours


def test_a_file_wins_where_both_speak_of_one_day() -> None:
    own = read("[years.2026]\ndays_off = [2026-02-14]\nworkdays = [2026-10-07]")
    assert not own.is_workday(date(2026, 2, 14))
    assert own.is_workday(date(2026, 10, 7))
    assert not own.is_workday(date(2026, 10, 6))


def test_a_file_may_stand_on_its_own() -> None:
    text = """
id = "Riyadh"
extends = "none"
timezone = "Asia/Riyadh"
weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday"]
hours = ["08:00-12:00", "13:00-24:00"]
"""
    own = read(text)
    assert (own.id, own.zone.key) == ("Riyadh", "Asia/Riyadh")
    assert own.is_workday(date(2026, 3, 15))
    assert not own.is_workday(date(2026, 3, 13))
    assert own.day_hours == (calendar.Shift(480, 720), calendar.Shift(780, 1440))
    assert own.notes(date(2026, 1, 1), date(2030, 1, 1)) == ()


def test_a_list_over_plain_weekdays_warns_for_the_years_it_does_not_name() -> None:
    own = read('extends = "none"\n[years.2026]\ndays_off = ["2026-01-01"]')
    assert own.notes(date(2026, 1, 1), date(2026, 12, 31)) == ()
    assert "2027" in str(own.notes(date(2026, 1, 1), date(2027, 12, 31))[0])


def test_a_file_may_extend_a_country() -> None:
    own = read('extends = "DE-BY"\n[years.2026]\ndays_off = ["2026-12-24"]')
    assert not own.is_workday(date(2026, 12, 24))
    assert not own.is_workday(date(2026, 6, 4))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('extends = "CNN"', "calendar.toml:2: extends: there is no calendar CNN (did you mean CN?)"),
        ('weekday = ["monday"]', "calendar.toml:2: unknown key weekday (did you mean weekdays?)"),
        ('weekdays = ["mondey"]', "calendar.toml:2: weekdays.0 cannot be 'mondey' (did you mean monday?)"),
        ("weekdays = []", "calendar.toml:2: weekdays: a calendar needs a working weekday"),
        ('hours = ["9-12"]', "calendar.toml:2: hours.0: 9-12 is no span such as 09:00-12:00"),
        ('hours = ["12:00-09:00"]', "calendar.toml:2: hours: hours are spans such as"),
        ("hours = []", "calendar.toml:2: hours: hours are spans such as"),
        ('timezone = "Asia/Shangai"', "calendar.toml:2: timezone: there is no time zone Asia/Shangai"),
        ('timezone = "Asia/Shangai"', "did you mean Asia/Shanghai?"),
        ("[years.2027]\nday_off = []", "calendar.toml:3: unknown key years.2027.day_off (did you mean days_off?)"),
        ('[years.2027]\ndays_off = ["2027-02-30"]', "calendar.toml:3: years.2027.days_off: 2027-02-30 is no day such"),
        ('[years.2027]\ndays_off = ["2027-03-02..2027-03-01"]', "2027-03-02..2027-03-01 is no day"),
        ('[years.2027]\nworkdays = ["2026-01-04"]', "calendar.toml:3: years.2027.workdays: 2026-01-04 is not in 2027"),
        ('[years.2027]\ndays_off = ["2027-12-30..2028-01-02"]', "2027-12-30..2028-01-02 is not in 2027"),
        ("[years.27a]", "years.27a"),
        ("[years.2027", "calendar.toml is not valid TOML"),
    ],
)
def test_a_wrong_file_is_told_with_line_key_and_nearest_choice(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert said in str(caught.value)


def test_every_problem_of_a_file_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        read('hours = []\n[years.2027]\ndays_off = ["x", "2027-01-01"]\nworkdays = ["2027-01-01"]')
    assert len(str(caught.value).splitlines()) == 3


def test_the_format_is_named() -> None:
    with pytest.raises(ConfigError, match="format"):
        calendar.read("", file="calendar.toml", zone=SHANGHAI)


def test_what_the_file_does_not_extend_by_name_is_the_callers_word() -> None:
    with pytest.raises(ConfigError, match=r"^there is no calendar Germany \(did you mean DE\?\)"):
        read("", extends="Germany")
