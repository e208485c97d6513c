"""Instants and business dates.

An instant is an aware UTC datetime outside and an int64 count of microseconds since 1970 inside. A business date is
the date an instant has in the zone of the company (or of the record).
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from crmbridge.model.errors import ConfigError, nearest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(instant: datetime) -> int:
    """Microseconds since 1970, exact. A naive datetime is our own bug: ValueError."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_us(us: int) -> datetime:
    """The aware UTC datetime of a stored instant."""
    return _EPOCH + timedelta(microseconds=us)


def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; ConfigError with the nearest name otherwise."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            "there is no time zone {name}",
            name=name,
            nearest=nearest(name, available_timezones()) or "Asia/Shanghai",
            hint="did you mean {nearest}?",
        ) from error


def business_date(instant: datetime, where: ZoneInfo) -> date:
    """The date the instant has in that zone."""
    return instant.astimezone(where).date()


def start_of_day(day: date, where: ZoneInfo) -> datetime:
    """The first instant of a business date, in UTC; a local midnight that a clock change skips moves forward."""
    return local_instant(datetime.combine(day, time()), where)


def local_instant(wall: datetime, where: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time: the gap moves forward, of a doubled hour the first counts."""
    return wall.replace(tzinfo=where, fold=0).astimezone(UTC)
