"""The table of days: for each business calendar which days are worked, with a running number of workdays.

With it "three business days later" and "business days between" are joins, not loops.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import duckdb

from crmbridge.facts import tables
from crmbridge.model.calendar import Calendar

EARLIEST, LATEST = date(1990, 1, 1), date(2060, 12, 31)
"""Days outside have no business: a date of 1900 or 9999 in a file is a slip and must not make a million rows."""

_TIMED = {"TIMESTAMP", "DATE"}
_WRITE = f"""
INSERT INTO {tables.CALENDAR_DAYS}
SELECT $calendar, $first::DATE + n::INTEGER, is_workday, $before + count(*) FILTER (is_workday) OVER (ORDER BY n)
FROM (SELECT n, get_bit($worked::BIT, n::INTEGER) = 1 AS is_workday FROM range(length($worked)) AS days (n))
ORDER BY n
"""  # noqa: S608 - our own name
"""One text for all days: lists of thousands of values take DuckDB's Python longer to take over than days to count."""


def write(connection: duckdb.DuckDBPyConnection, calendars: Iterable[Calendar]) -> None:
    """The days of all calendars replace those that were there, for the span of the data and a year around it."""
    connection.execute(f"DELETE FROM {tables.CALENDAR_DAYS}")  # noqa: S608 - our own name
    first, last = span(connection)
    for calendar in calendars:
        days = list(calendar.days(first, last + timedelta(days=1)))
        worked = "".join("1" if day.is_workday else "0" for day in days)
        before = days[0].workday_no - days[0].is_workday
        connection.execute(_WRITE, {"calendar": calendar.id, "first": first, "worked": worked, "before": before})


def span(connection: duckdb.DuckDBPyConnection) -> tuple[date, date]:
    """From the January a year before the first instant or date of the facts to the December a year after the last."""
    bounds: list[date] = []
    for table in _filled(connection):
        timed = [column.name for column in tables.columns(table) if column.type in _TIMED]
        if not timed or table == tables.CALENDAR_DAYS:
            continue
        inside = f"BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}'"
        ends = ", ".join(
            f'{end}("{name}") FILTER ("{name}" {inside})::DATE' for name in timed for end in ("min", "max")
        )
        (row,) = connection.execute(f'SELECT {ends} FROM "{table}"').fetchall()  # noqa: S608 - our own names
        bounds += [bound for bound in row if bound is not None]
    if not bounds:
        return EARLIEST, LATEST
    first, last = min(bounds), max(bounds)
    return max(EARLIEST, date(first.year - 1, 1, 1)), min(LATEST, date(last.year + 1, 12, 31))


def _filled(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables that hold any row."""
    asked = " UNION ALL ".join(f"(SELECT '{table}' FROM \"{table}\" LIMIT 1)" for table in tables.ALL_TABLES)  # noqa: S608 - our own names
    return [table for (table,) in connection.execute(asked).fetchall()]
