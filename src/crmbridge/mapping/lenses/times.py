"""Lenses for dates and instants.

A date stays a date. An instant known only to the day is a `date` here and becomes the first instant of that day in the
workspace's zone, marked `day`. ISO 8601 is read without being asked for; any other form is named in the mapping. A
text that two formats read differently fails, unless the mapping says that the first counts.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.mapping.lenses.frame import LensKind, Parameters, Setting, excerpt, wrong_type
from crmbridge.mapping.lenses.time_formats import TimeFormat, time_format
from crmbridge.model.instants import local_instant, zone
from crmbridge.model.kinds import FieldType

FIRST_YEAR, LAST_YEAR = 1900, 2200
_ISO = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)(?P<zone>Z|z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Formats = Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]


class TimeParameters(Parameters):
    """`format`: one or several, tried in order; ISO 8601 without it. `zone`: of clock times without one.

    `precision = "day"` drops the clock. `ambiguous = "first"`: of several formats that fit, the first counts.
    """

    format: _Formats = ()
    zone: str | None = None
    precision: Literal["exact", "day"] = "exact"
    ambiguous: Literal["fail", "first"] = "fail"


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads texts as wall-clock times: (time, whether it has a clock part)."""

    formats: tuple[TimeFormat, ...]
    first_counts: bool

    def read(self, value: object) -> tuple[datetime, bool] | LensFailure | None:
        """The wall-clock time, aware where the text says its zone."""
        if value is None:
            return None
        if type(value) is not str:
            return wrong_type(value, "date")
        text = value.strip()
        if not text:
            return None
        found = self._tried(text) if self.formats else _iso(text)
        if found is None:
            return LensFailure(
                "{value} is no date of the form {formats}",
                {"value": excerpt(value), "formats": " | ".join(f.text for f in self.formats) or "2021-04-15"},
            )
        if isinstance(found, tuple) and not FIRST_YEAR <= found[0].year <= LAST_YEAR:
            return _far(value)
        return found

    def _tried(self, text: str) -> tuple[datetime, bool] | LensFailure | None:
        found = [(read, form) for form in self.formats if (read := form.read(text))]
        if not found:
            return None
        (first, form), *others = found
        for other, _ in () if self.first_counts else others:
            if other != first:
                return LensFailure(
                    "{value} can be read as {first} and as {second}",
                    {"value": excerpt(text), "first": first.isoformat(" "), "second": other.isoformat(" ")},
                )
        return first, form.has_time


def _far(value: object) -> LensFailure:
    return LensFailure(
        "{value} lies outside the years {first} to {last}",
        {"value": excerpt(value), "first": FIRST_YEAR, "last": LAST_YEAR},
    )


def _iso(text: str) -> tuple[datetime, bool] | None:
    found = _ISO.fullmatch(text)
    if not found:
        return None
    try:
        return datetime.fromisoformat(text.upper()), found["clock"] is not None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class DateLens:
    """A date. A text with a clock and a zone gives the date it is then in the workspace's zone."""

    clock: Clock
    zone: ZoneInfo

    def read(self, value: object) -> date | LensFailure | None:
        """The date."""
        found = self.clock.read(value)
        if not isinstance(found, tuple):
            return found
        wall, _ = found
        return (wall if wall.tzinfo is None else wall.astimezone(self.zone)).date()

    def write(self, value: object) -> object:
        """The date in the first format; midnight where that has a clock."""
        if value is None:
            return None
        if type(value) is not date:
            return wrong_type(value, "date")
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            return _far(value)
        if not self.clock.formats:
            return value.isoformat()
        wall = datetime(value.year, value.month, value.day, tzinfo=self.zone)
        return _same(self, self.clock.formats[0].write(wall), value)


@dataclass(frozen=True, slots=True)
class InstantLens:
    """An instant: a `datetime` in UTC, or a `date` where only the day is known."""

    clock: Clock
    zone: ZoneInfo
    day: bool

    @property
    def reads_iso(self) -> bool:
        """Whether it reads ISO 8601, and keeps the clock."""
        return not self.clock.formats and not self.day

    def read(self, value: object) -> date | LensFailure | None:
        """The instant."""
        found = self.clock.read(value)
        if not isinstance(found, tuple):
            return found
        wall, has_time = found
        if not has_time:
            return wall.date()
        if self.day:
            return (wall if wall.tzinfo is None else wall.astimezone(self.zone)).date()
        return local_instant(wall, self.zone) if wall.tzinfo is None else wall.astimezone(UTC)

    def write(self, value: object) -> object:
        """The instant in the first format, in the lens's zone; a failure where the format cannot hold it."""
        if value is None:
            return None
        if not isinstance(value, date) or (isinstance(value, datetime) and value.tzinfo is None):
            return wrong_type(value, "instant")
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            return _far(value)
        wall = value.astimezone(self.zone) if isinstance(value, datetime) else _midnight(value, self.zone)
        if self.clock.formats:
            return _same(self, self.clock.formats[0].write(wall), value)
        if not isinstance(value, datetime):
            return _same(self, value.isoformat(), value)
        # Before standard time, offsets had seconds, which ISO 8601 cannot write.
        is_whole = (wall.utcoffset() or timedelta()) % timedelta(minutes=1) == timedelta()
        return _same(self, (wall if is_whole else value.astimezone(UTC)).isoformat(), value)


@dataclass(frozen=True, slots=True)
class EpochLens:
    """A count of units since 1970, `per_second` of them a second; `as_date` gives the day in the lens's zone."""

    per_second: int
    zone: ZoneInfo
    as_date: bool

    def read(self, value: object) -> date | LensFailure | None:
        """The instant, or its day."""
        if value is None or (type(value) is str and not value.strip()):
            return None
        if type(value) is str and re.fullmatch(r"\s*-?[0-9]{1,19}\s*", value):
            count = int(value)
        elif type(value) is int:
            count = value
        else:
            return wrong_type(value, "count of seconds")
        try:
            instant = _EPOCH + timedelta(microseconds=count * (1_000_000 // self.per_second))
        except OverflowError:
            return _far(str(value) if isinstance(value, str) else "the count")
        if not FIRST_YEAR <= instant.year <= LAST_YEAR:
            return _far(value)
        return instant.astimezone(self.zone).date() if self.as_date else instant

    def write(self, value: object) -> object:
        """The count as a number; of a day, its first instant."""
        if value is None:
            return None
        if not isinstance(value, date) or (isinstance(value, datetime) and value.tzinfo is None):
            return wrong_type(value, "instant")
        instant = value if isinstance(value, datetime) else _midnight(value, self.zone)
        count, rest = divmod((instant - _EPOCH) // timedelta(microseconds=1), 1_000_000 // self.per_second)
        if rest:
            return LensFailure("{value} is finer than the field can hold", {"value": value.isoformat()})
        return _same(self, count, value)


def _midnight(day: date, where: ZoneInfo) -> datetime:
    wall = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall-clock time, made an instant at once
    return local_instant(wall, where).astimezone(where)


def _same(lens: Lens, written: object, value: object) -> object:
    """What was written, unless it would be read back as something else."""
    again = lens.read(written)
    if isinstance(again, LensFailure):
        return again
    if type(again) is type(value) and again == value:
        return written
    return LensFailure("{value} would be read back as something else", {"value": excerpt(value)})


def _clock(parameters: TimeParameters) -> Clock:
    return Clock(tuple(time_format(text) for text in parameters.format), parameters.ambiguous == "first")


def _zone(setting: Setting, parameters: "TimeParameters | EpochParameters") -> ZoneInfo:
    return zone(parameters.zone) if parameters.zone else setting.zone


def make_date(setting: Setting, parameters: TimeParameters) -> Lens:
    """The lens of a date field."""
    return DateLens(_clock(parameters), _zone(setting, parameters))


def make_instant(setting: Setting, parameters: TimeParameters) -> Lens:
    """The lens of an instant field."""
    return InstantLens(_clock(parameters), _zone(setting, parameters), parameters.precision == "day")


class EpochParameters(Parameters):
    """`zone`: where a day begins; `precision = "day"` drops the clock."""

    zone: str | None = Field(default=None)
    precision: Literal["exact", "day"] = "exact"


def _make_epoch(setting: Setting, parameters: EpochParameters, per_second: int) -> Lens:
    as_date = parameters.precision == "day" or setting.field.type is FieldType.DATE
    return EpochLens(per_second, _zone(setting, parameters), as_date)


KINDS: tuple[LensKind[Any], ...] = (
    LensKind("date", TimeParameters, make_date),
    LensKind("instant", TimeParameters, make_instant),
    LensKind("epoch_ms", EpochParameters, lambda s, p: _make_epoch(s, p, 1000)),
    LensKind("epoch_s", EpochParameters, lambda s, p: _make_epoch(s, p, 1)),
)
