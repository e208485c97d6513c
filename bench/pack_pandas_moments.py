"""The moments that the pandas side of bench/pack.py counts by: microseconds and days since 1970, days of Shanghai."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

from crmbridge.model.calendar import Calendar

DAY_US = 86_400_000_000
LISTED = 10
"""How many records a list of the pack names."""
ZONE_US = 8 * 3_600_000_000
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Moments:
    """`start` and `until` of the week and the moment itself in microseconds; all others are days.

    `workdays`: the running number of workdays by day.
    """

    cut: int
    start: int
    until: int
    today: int
    month: int
    quarter: tuple[int, int]
    workdays: "pd.Series[int]"


def moments_of(named: Mapping[str, datetime], calendar: Calendar) -> Moments:
    """The moments by their names (cut, start, until: UTC without a zone), with the workdays of the calendar."""
    us = {
        name: (one - datetime.fromtimestamp(0, UTC).replace(tzinfo=None)) // timedelta(microseconds=1)
        for name, one in named.items()
    }
    days = pd.DataFrame(calendar.days(date(2020, 1, 1), date(2027, 1, 1)), columns=["day", "is_workday", "no"])
    return Moments(
        **us,
        today=day_of(us["cut"]),
        month=day_no(date(2026, 5, 1)),
        quarter=(day_no(date(2026, 4, 1)), day_no(date(2026, 6, 30))),
        workdays=days.no.set_axis(days.day.map(day_no)),
    )


def day_no(day: date) -> int:
    """The number of a day."""
    return day.toordinal() - _EPOCH


def day_of(moments: Any) -> Any:  # noqa: ANN401 - microseconds of UTC, or dates, one or a column
    """The numbers of the days of moments."""
    if isinstance(moments, pd.Series) and moments.dtype.kind == "M":
        return (moments - pd.Timestamp(0)) // pd.Timedelta(days=1)
    return (moments + ZONE_US) // DAY_US


def shown(day: float) -> str:
    """A day as people read it."""
    return date.fromordinal(int(day) + _EPOCH).isoformat()
