"""Where built-in calendars come from: China from our own data, other countries from the `holidays` package.

`holidays` is imported only when a country's calendar is asked for; it is large. China is ours because feeds of holidays
leave out the weekends that are worked instead.
"""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module, resources
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge.model import documents
from crmbridge.model.calendar import document
from crmbridge.model.calendar.working import Calendar
from crmbridge.model.errors import ConfigError, nearest

NONE = "none"
"""The calendar that knows no holidays: Monday to Friday, for ever."""

CHINA = "CN"
_FIRST_YEAR, _LAST_YEAR = 1990, 2050
_WEEK = frozenset(range(7))
_SWAP = 4  # the `holidays` package writes a swapped day as to_month, to_day, from_month, from_day


def named(name: str, *, zone: ZoneInfo) -> Calendar:
    """The built-in calendar of that name (`none`, `CN`, `DE`, `US-CA`) in a zone; ConfigError with the nearest name."""
    if name == NONE:
        return Calendar(NONE, zone)
    if name == CHINA:
        china = document.overlaid(*_china(), Calendar(CHINA, zone, covered_years=frozenset()))
        return replace(china, zone=zone)
    return _country(name, zone)


def read(text: str, *, file: str, zone: ZoneInfo, extends: str = NONE) -> Calendar:
    """The calendar of a file's text, over the built-in one it extends, or over `extends` where it names none.

    `file` is the name shown to people. ConfigErrors name every problem with its line, key and the nearest choice.
    """
    source, own = document.checked(text, file=file)
    try:
        base = named(own.extends or extends, zone=zone)
    except ConfigError as error:
        if own.extends is None:
            raise
        raise ConfigError(
            "{file}:{line}: {key}: there is no calendar {name}",
            **document.place(source, "extends"),
            hint="did you mean {nearest}?",
            name=own.extends,
            nearest=error.context["nearest"],
        ) from error
    return document.overlaid(source, own, base)


def chosen(calendars: Mapping[str, Calendar], names: Iterable[str | None]) -> Calendar:
    """The calendar of the first name given, of customer, owner, team and company in that order.

    A name without a calendar is a ConfigError with the nearest one: falling through would count other days in silence.
    """
    for name in names:
        if name is not None and name in calendars:
            return calendars[name]
        if name is not None:
            raise _unknown(name, {known: known for known in calendars})
    raise ConfigError("no calendar is chosen")


@lru_cache(maxsize=1)
def _china() -> tuple[documents.TomlText, document.CalendarFile]:
    text = (resources.files("crmbridge.model") / "data" / "cn.toml").read_text(encoding="utf-8")
    return document.checked(text, file="cn.toml")


@lru_cache(maxsize=64)
def _country(name: str, zone: ZoneInfo) -> Calendar:
    """A country's calendar, or that of one of its subdivisions, from the `holidays` package."""
    country, _, subdivision = name.partition("-")
    package = import_module("holidays")
    if country not in package.list_supported_countries(include_aliases=False):
        raise _unknown(name, _countries())
    subdivisions = package.list_supported_countries(include_aliases=False)[country]
    if "-" in name and subdivision not in subdivisions:
        raise _unknown(name, {f"{country}-{part}": f"{country}-{part}" for part in subdivisions} | {country: country})
    days, covered = _known_days(package, country, subdivision or None)
    working = _WEEK - frozenset(days.weekend)
    off, adjusted = _exceptions(days, covered, working)
    return Calendar(name, zone, working, off, adjusted, covered_years=covered)


def _countries() -> dict[str, str]:
    """What people may write for a country -> its name here: the code, or the English name."""
    registry = import_module("holidays.registry").COUNTRIES
    by_word = {word.replace("_", " "): entry[1] for word, entry in registry.items()}
    return {NONE: NONE, **by_word, **{code: code for code in by_word.values()}}


def _known_days(package: Any, country: str, subdivision: str | None) -> tuple[Any, frozenset[int]]:  # noqa: ANN401
    """The package's list of days and the years it is good for.

    Some lists lean on tables that end early; the package warns of them, so each year is tried for itself. Where days
    are swapped by decree, years after the last decree that the package knows are not published.
    """
    bare = package.country_holidays(country, subdiv=subdivision)
    first, last = max(_FIRST_YEAR, bare.start_year), min(_LAST_YEAR, bare.end_year)
    if bare.has_substituted_holidays:
        swapped = (year for year, days in getattr(bare, "special_public_holidays", {}).items() if _has_swap(days))
        last = min(last, max(swapped, default=last))
    years = frozenset(range(first, last + 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        try:
            return package.country_holidays(country, subdiv=subdivision, years=years, expand=False), years
        except UserWarning:
            years = frozenset(year for year in years if _is_complete(package, country, subdivision, year))
            return package.country_holidays(country, subdiv=subdivision, years=years, expand=False), years


def _is_complete(package: Any, country: str, subdivision: str | None, year: int) -> bool:  # noqa: ANN401 - a module
    try:
        package.country_holidays(country, subdiv=subdivision, years=year)
    except UserWarning:
        return False
    return True


def _has_swap(days: Any) -> bool:  # noqa: ANN401 - one tuple or a tuple of them
    entries = days if days and isinstance(days[0], tuple) else (days,)
    return any(len(entry) >= _SWAP for entry in entries)


def _exceptions(days: Any, years: Iterable[int], working: frozenset[int]) -> tuple[frozenset[date], frozenset[date]]:  # noqa: ANN401
    """The days off on working weekdays and the worked days on others; a weekend that moved once is among them."""
    off, adjusted = set(), set()
    for year in years:
        day = date(year, 1, 1)
        while day.year == year:
            by_rule, is_worked = day.weekday() in working, days.is_working_day(day)
            if by_rule and not is_worked:
                off.add(day)
            elif is_worked and not by_rule:
                adjusted.add(day)
            day += timedelta(days=1)
    return frozenset(off), frozenset(adjusted)


def _unknown(name: str, choices: Mapping[str, str]) -> ConfigError:
    """No calendar has that name; `choices` are the words people may have meant and the name of each."""
    near = nearest(name, choices)
    shown = choices[near] if near else ", ".join(sorted(set(choices.values()))[:12])
    return ConfigError("there is no calendar {name}", name=name, nearest=shown, hint="did you mean {nearest}?")
