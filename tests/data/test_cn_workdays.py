"""Our own list of China's working days, held against the reference made by an independent script."""

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmbridge.model import calendar

pytestmark = pytest.mark.data
CN = calendar.named("CN", zone=ZoneInfo("Asia/Shanghai"))
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)


@cache
def document(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))


def figure(folder: Path, name: str) -> Any:
    return document(folder / "cn-workdays" / "reference.json")["figures"][name]["value"]


def test_every_day_is_worked_or_off_as_announced(shared_data: Path) -> None:
    announced = document(shared_data / "cn-workdays" / "cn_workdays_2024_2026.json")
    off, worked = set(announced["off_weekdays"]), set(announced["working_weekends"])
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=offset)
        expected = day.isoformat() in worked or (day.weekday() < 5 and day.isoformat() not in off)
        assert CN.is_workday(day) is expected, day
    assert CN.notes(FIRST, LAST) == ()


def test_workdays_by_year_and_month(shared_data: Path) -> None:
    for year, n in figure(shared_data, "workdays_by_year").items():
        assert CN.workdays_in(date(int(year), 1, 1), date(int(year) + 1, 1, 1)) == n
    for month, n in figure(shared_data, "workdays_by_month").items():
        start = date.fromisoformat(f"{month}-01")
        assert CN.workdays_in(start, (start + timedelta(days=31)).replace(day=1)) == n


def test_adding_workdays(shared_data: Path) -> None:
    for case in figure(shared_data, "add_workdays"):
        assert CN.add_business_days(date.fromisoformat(case["from"]), case["n"]).isoformat() == case["to"]


def test_workdays_between(shared_data: Path) -> None:
    for case in figure(shared_data, "workdays_between"):
        after, until = date.fromisoformat(case["from"]), date.fromisoformat(case["to"])
        assert CN.business_days_between(after, until) == case["n"]
