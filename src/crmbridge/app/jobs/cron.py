"""When a schedule comes due: a cron expression in the company's zone, by the rules of Debian's cron.

A fixed hour that the clocks leave out comes due at once after the gap, and one that they repeat comes due once; what
runs every hour or every few minutes goes by the time that passes.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count, islice, pairwise, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from crmbridge.model.errors import NO_CHOICE, ConfigError, nearest

NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * SUN",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""The words that stand for an expression."""

COUNTED = 100
"""So many moments that were missed are told apart; more are as many."""

COUNTED_A_WEEK = 2400
"""So many times are looked at for the longest wait: more than every five minutes of eight days."""

_FIELDS = (
    ("minute", "0-59"),
    ("hour", "0-23"),
    ("day-of-month", "1-31, L"),
    ("month", "1-12, JAN-DEC"),
    ("day-of-week", "0-7, SUN-SAT, MON#1"),
)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)


def check(schedule: str) -> None:
    """Nothing happens where it is a schedule that comes due some day; ConfigError with the field and what it takes."""
    text = schedule.strip()
    if text.startswith("@") and text not in NAMED:
        raise ConfigError(
            "{schedule} is no schedule",
            schedule=schedule,
            nearest=nearest(text, NAMED) or ", ".join(NAMED),
            hint="did you mean {nearest}?",
        )
    parts = NAMED.get(text, text).split()
    if len(parts) != len(_FIELDS):
        raise ConfigError(
            "{schedule} has {count} of the 5 fields of a schedule",
            schedule=repr(schedule),
            count=len(parts),
            hint='minute hour day-of-month month day-of-week: "0 2 * * *" is every night at two',
        )
    for number, (name, takes) in enumerate(_FIELDS):
        if not _is_taken(number, parts[number]):
            raise ConfigError(
                "{schedule}: the field {field} cannot be {value}",
                schedule=schedule,
                field=name,
                value=parts[number],
                takes=takes,
                nearest=_nearest(number, parts[number]),
                hint="did you mean {nearest}? It takes {takes}, lists, ranges and steps"
                if _nearest(number, parts[number]) != NO_CHOICE
                else "it takes {takes}, lists, ranges and steps",
            )
    if not _is_possible(text):
        raise ConfigError("{schedule} never comes due: no month has that day", schedule=schedule)


def latest(schedule: str, since: datetime, now: datetime, zone: ZoneInfo) -> tuple[datetime, int] | None:
    """The last moment after `since` that has come by `now`, and how many came (up to `COUNTED`); None where none has.

    So what was missed while the machine was off runs once.
    """
    missed = list(islice(between(schedule, since, now, zone), COUNTED))
    if len(missed) < COUNTED:
        return (missed[-1], len(missed)) if missed else None
    return _last(schedule, now, zone), COUNTED


def following(schedule: str, after: datetime, zone: ZoneInfo) -> datetime:
    """The next moment after another."""
    return next(_moments(schedule, after.astimezone(zone)))


def between(schedule: str, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Every moment after `start`, up to `end`."""
    last = end.astimezone(UTC)
    return takewhile(lambda at: at <= last, _moments(schedule, start.astimezone(zone)))


@lru_cache
def longest_wait(schedule: str, first: datetime, zone: ZoneInfo) -> float:
    """The seconds of the longest wait between two times of the week that begins with one of them."""
    times = [first, *islice(between(schedule, first, first + timedelta(days=8), zone), COUNTED_A_WEEK)]
    times.append(following(schedule, times[-1], zone))
    return max((later - earlier).total_seconds() for earlier, later in pairwise(times))


def _last(schedule: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The last moment up to `now`, found forwards: looked for further and further back, as far as there is one."""
    looks = (list(between(schedule, now - timedelta(hours=2**doubled), now, zone)) for doubled in count())
    return next(found[-1] for found in looks if found)


def _moments(schedule: str, start: datetime) -> Iterator[datetime]:
    """In UTC: times of one zone compare by the clock on the wall, which shows an hour twice when clocks go back."""
    return (at.astimezone(UTC) for at in CronSim(NAMED.get(schedule.strip(), schedule), start))


def _is_taken(number: int, part: str) -> bool:
    """Whether a field takes a value, the others being free."""
    free = ["*"] * len(_FIELDS)
    free[number] = part
    try:
        CronSim(" ".join(free), _SOME_DAY)
    except CronSimError:
        return False
    return True


def _is_possible(text: str) -> bool:
    try:
        next(_moments(text, _SOME_DAY))
    except (CronSimError, StopIteration):
        return False
    return True


def _nearest(number: int, part: str) -> str:
    """The valid value most like a wrong one: a name that is alike, or the nearest number."""
    names = {3: _MONTHS, 4: _DAYS}.get(number, ())
    if found := nearest(part, names):
        return found
    low, high = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))[number]
    return str(min(max(int(part), low), high)) if part.isdecimal() else NO_CHOICE
