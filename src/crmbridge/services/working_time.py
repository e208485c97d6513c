"""Working time as tables: business minutes and workdays of a million records by joins, in each owner's own calendar.

svc_working_users   the calendar of a user, by its place; a user who is not there works by the company's, which is 0
svc_calendars       of each calendar, the working time of a day
svc_shifts          its spans of working time, each with the working time before it; the first row is before them all
svc_days            its days with the running number of workdays
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from crmbridge.model import calendar as calendars
from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.hours import MINUTE_US
from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge.services.world import World, naive

AROUND = timedelta(days=400)
"""So far before the first and after the last day that is asked for, there are days too."""

_EARLIEST, _LATEST = date(1990, 1, 1), date(2099, 12, 31)
"""Days outside are slips of a file: they have no working time."""

_DAY, _US = timedelta(days=1), timedelta(microseconds=1)
_BEFORE_ALL = datetime(1, 1, 1)  # noqa: DTZ001 - as DuckDB keeps instants: UTC without a zone
_TABLES = (
    ("svc_working_users", "user_id VARCHAR, place SMALLINT"),
    ("svc_calendars", "place SMALLINT, day_us BIGINT"),
    ("svc_shifts", "place SMALLINT, begin_at TIMESTAMP, end_at TIMESTAMP, before_us BIGINT"),
    ("svc_days", "place SMALLINT, day DATE, is_workday BOOLEAN, workday_no BIGINT"),
)


@dataclass(slots=True)
class WorkingTime:
    """The calendars in use, by their places, and what was odd about those that users name."""

    calendars: list[Calendar]
    notes: list[Note] = field(default_factory=list)

    def place(self, one: Calendar) -> int:
        """The place of a calendar; it gets one where it has none."""
        if one not in self.calendars:
            self.calendars.append(one)
        return self.calendars.index(one)


def write_working_users(world: World, default: Calendar) -> WorkingTime:
    """The table svc_working_users is there: who works by which calendar."""
    world.sql(f"CREATE OR REPLACE TEMP TABLE svc_working_users ({dict(_TABLES)['svc_working_users']})")
    found = WorkingTime([default])
    for name, zone, ids in world.tuples("working_users"):
        own = own_calendar(default, name, zone)
        if own is None:
            found.notes.append(_unknown(name, zone, len(ids)))
        elif own != default:
            _insert(world, "svc_working_users", found.place(own), (ids,), swapped=True)
    return found


def write_working_time(
    world: World, default: Calendar, first: date, last: date, *, beside: Sequence[Calendar] = ()
) -> WorkingTime:
    """The tables are there, for the days from `first` to `last` and some around them, of the calendars `beside` too."""
    found = write_working_users(world, default)
    for one in beside:
        found.place(one)
    for table, columns in _TABLES[1:]:
        world.sql(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    begin = min(max(_EARLIEST, first - AROUND), last)
    end = max(min(_LATEST, last + AROUND), begin)
    for place, one in enumerate(found.calendars):
        world.sql("INSERT INTO svc_calendars VALUES ($place, $us)", place=place, us=one.day_minutes * MINUTE_US)
        _insert(world, "svc_shifts", place, _shifts(one, begin, end))
        _insert(world, "svc_days", place, tuple(zip(*one.days(begin, end + _DAY), strict=True)))
        found.notes += one.notes(first, last)
    return found


def _insert(
    world: World, table: str, place: int, columns: Sequence[Sequence[object]], *, swapped: bool = False
) -> None:
    """Rows of columns, with the place of a calendar before them (or after them, `swapped`)."""
    names = [f"c{n}" for n in range(len(columns))]
    unnested = [f"unnest(${name})" for name in names]
    listed = ", ".join([*unnested, "$place"] if swapped else ["$place", *unnested])
    given = {name: list(column) for name, column in zip(names, columns, strict=True)}
    world.sql(f"INSERT INTO {table} SELECT {listed}", place=place, **given)


@lru_cache(maxsize=16)
def _shifts(one: Calendar, first: date, last: date) -> tuple[list[datetime], list[datetime], list[int]]:
    """Begin, end and the working time before, of every span; a row before all of them, so that each moment has one."""
    begins, ends, before, done = [_BEFORE_ALL], [_BEFORE_ALL], [-1], 0
    for begin, end in one.shifts(first, last + _DAY):
        begins.append(naive(begin))
        ends.append(naive(end))
        before.append(done)
        done += (end - begin) // _US
    return begins, ends, before


def own_calendar(default: Calendar, name: str | None, zone: str | None) -> Calendar | None:
    """The calendar that a user, or a team, names; None where there is none of that name or zone."""
    try:
        where = default.zone if zone is None else ZoneInfo(zone)
        return replace(default, zone=where) if name in {None, default.id} else calendars.named(str(name), zone=where)
    except (ConfigError, ValueError, OSError, LookupError):
        return None


def _unknown(name: str | None, zone: str | None, users: int) -> Note:
    return Note(
        "UNKNOWN_CALENDAR",
        "{n} users work by the calendar {calendar} in the zone {zone}, which is not known: the company's is used",
        {"n": users, "calendar": name or "-", "zone": zone or "-"},
    )
