from datetime import date, datetime
from zoneinfo import ZoneInfo

from crmbridge.facts import calendar_days
from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar, named

SHANGHAI = ZoneInfo("Asia/Shanghai")


def days(*calendars: Calendar) -> Facts:
    facts = Facts.in_memory()
    facts.insert("deals", [{"id": "D1", "created_at": datetime(2025, 5, 6, 12)}])  # noqa: DTZ001 - facts are UTC
    facts.insert("tasks", [{"id": "T1", "due_date": date(2026, 6, 30)}, {"id": "T2", "due_date": date(9999, 12, 31)}])
    calendar_days.write(facts.connection, calendars)
    return facts


def test_days_span_the_data_and_a_year_around_it_but_no_slip_of_the_pen() -> None:
    facts = days(named("none", zone=SHANGHAI))
    assert facts.query("SELECT min(day), max(day), count(*) FROM calendar_days") == [
        (date(2024, 1, 1), date(2027, 12, 31), 1461)
    ]


def test_business_days_between_two_dates_are_a_difference_of_numbers() -> None:
    calendar = named("CN", zone=SHANGHAI)
    facts = days(calendar, named("none", zone=SHANGHAI))
    between = """
        SELECT b.workday_no - a.workday_no FROM calendar_days a JOIN calendar_days b USING (calendar)
        WHERE calendar = ? AND a.day = ? AND b.day = ?"""
    for start, end, expected in (((2, 13), (2, 28), 6), ((9, 30), (10, 10), 3)):
        ends = [date(2026, *start), date(2026, *end)]
        assert facts.scalar(between, [calendar.id, *ends]) == expected


def test_facts_without_dates_have_days_all_the_same() -> None:
    facts = Facts.in_memory()
    calendar_days.write(facts.connection, [named("none", zone=SHANGHAI)])
    assert facts.scalar("SELECT count(*) FROM calendar_days") > 20_000
