"""The format of a calendar in a file: what a company edits, and what we ship for China.

    format = 1
    extends = "CN"                       # a built-in calendar; left out: the workspace's own, or weekdays only
    id = "CN-acme"                       # left out: the name it extends
    timezone = "Asia/Shanghai"
    weekdays = ["monday", "tuesday"]     # left out: those of the calendar it extends
    hours = ["09:00-12:00", "13:30-18:00"]

    [years.2027]                         # a year named here counts as published
    days_off = ["2027-01-01", "2027-02-05..2027-02-12"]
    workdays = ["2027-02-14"]            # worked although it is a weekend or a holiday (调休)

A file adds to what it extends, and wins where both speak of one day. Every problem is told with file, line and key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from crmbridge.model import documents, instants
from crmbridge.model.calendar import hours
from crmbridge.model.calendar.working import Calendar
from crmbridge.model.errors import ConfigError, ConfigErrors

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _hours(text: str) -> str:
    try:
        hours.shift(text)
    except ValueError as error:
        raise PydanticCustomError("hours", "{written} is no span such as 09:00-12:00", {"written": text}) from error
    return text


Hours = Annotated[str, AfterValidator(_hours)]


class YearSection(BaseModel):
    """`[years.N]`: one year's list. Days are ISO dates or spans of them with both ends, `2027-02-05..2027-02-12`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    days_off: tuple[str | date, ...] = ()
    workdays: tuple[str | date, ...] = ()


class CalendarFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1]
    id: str | None = None
    extends: str | None = None
    timezone: str | None = None
    weekdays: tuple[Weekday, ...] | None = None
    hours: tuple[Hours, ...] | None = None
    years: dict[int, YearSection] = Field(default_factory=dict)


def checked(text: str, *, file: str) -> tuple[documents.TomlText, CalendarFile]:
    """The text as a calendar file; ConfigErrors naming every problem of its shape, with line and nearest choice."""
    source = documents.parse(text, file)
    return source, documents.validate(source, CalendarFile)


def overlaid(source: documents.TomlText, own: CalendarFile, base: Calendar) -> Calendar:
    """The calendar `base` with what the file says; ConfigErrors naming each day, zone or span that cannot be."""
    problems: list[ConfigError] = []
    off, worked = _days(source, own, "days_off", problems), _days(source, own, "workdays", problems)
    for day in sorted(off & worked):
        at = place(source, "years", str(day.year), "workdays")
        problems.append(ConfigError("{file}:{line}: {key}: {day} is both a day off and a workday", **at, day=day))
    shifts = base.day_hours if own.hours is None else tuple(hours.shift(text) for text in own.hours)
    try:
        hours.check(shifts)
    except ValueError:
        said = ConfigError(
            "{file}:{line}: {key}: hours are spans such as 09:00-12:00, each after the one before",
            **place(source, "hours"),
        )
        problems.append(said)
    if own.weekdays is not None and not own.weekdays:
        said = ConfigError("{file}:{line}: {key}: a calendar needs a working weekday", **place(source, "weekdays"))
        problems.append(said)
    zone = _zone(source, own, base.zone, problems)
    if problems:
        raise ConfigErrors(problems)
    weekdays = base.working_weekdays if own.weekdays is None else frozenset(map(_WEEKDAYS.index, own.weekdays))
    covered = None if base.covered_years is None and not own.years else (base.covered_years or frozenset())
    return replace(
        base,
        id=own.id or base.id,
        zone=zone,
        working_weekdays=weekdays,
        holidays=(base.holidays - worked) | off,
        adjusted_workdays=(base.adjusted_workdays - off) | worked,
        day_hours=shifts,
        covered_years=None if covered is None else covered | frozenset(own.years),
    )


def _zone(source: documents.TomlText, own: CalendarFile, default: ZoneInfo, problems: list[ConfigError]) -> ZoneInfo:
    if own.timezone is None:
        return default
    try:
        return instants.zone(own.timezone)
    except ConfigError as error:
        said = ConfigError(
            "{file}:{line}: {key}: there is no time zone {name}",
            **place(source, "timezone"),
            hint="did you mean {nearest}?",
            name=own.timezone,
            nearest=error.context["nearest"],
        )
        problems.append(said)
        return default


def _days(
    source: documents.TomlText,
    own: CalendarFile,
    key: Literal["days_off", "workdays"],
    problems: list[ConfigError],
) -> frozenset[date]:
    """The days a key lists in all years; what is no day of its year goes to `problems`."""
    found: set[date] = set()
    for year, section in own.years.items():
        entries: Sequence[str | date] = section.days_off if key == "days_off" else section.workdays
        for entry in entries:
            at = place(source, "years", str(year), key)
            try:
                days = list(_span(entry))
            except ValueError:
                said = ConfigError(
                    "{file}:{line}: {key}: {entry} is no day such as 2027-02-05 and no span 2027-02-05..2027-02-12",
                    **at,
                    entry=entry,
                )
                problems.append(said)
                continue
            if any(day.year != year for day in days):
                problems.append(
                    ConfigError("{file}:{line}: {key}: {entry} is not in {year}", **at, entry=entry, year=year)
                )
            found.update(days)
    return frozenset(found)


def _span(entry: str | date) -> Iterator[date]:
    """The days of `2027-02-05` or `2027-02-05..2027-02-12`; ValueError where it is neither."""
    first, dots, last = (entry, "", "") if isinstance(entry, date) else entry.partition("..")
    start = first if isinstance(first, date) else date.fromisoformat(first.strip())
    end = date.fromisoformat(last.strip()) if dots else start
    if end < start or end.year > start.year + 1:
        raise ValueError(entry)
    return (start + timedelta(days=ahead) for ahead in range((end - start).days + 1))


def place(source: documents.TomlText, *at: str) -> dict[str, Any]:
    """Where a key stands, for a message: file, line and key."""
    return {"file": source.file, "line": source.line(at), "key": ".".join(at)}
