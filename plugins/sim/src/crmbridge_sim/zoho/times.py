"""Zoho's instants: whole seconds with the numeric offset of the reader's zone, never ``Z`` (dossier 4.1, DOC7)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1800, 9998  # so that every zone can show it
_INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?([+-]\d\d:?\d\d|Z)?$")
_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")


class ZoneTexts(dict[int, str]):
    """Seconds -> text in one zone, remembered: pages repeat instants and the zone's rules are slow."""

    def __init__(self, zone: str) -> None:
        super().__init__()
        self.zone = ZoneInfo(zone)

    def __missing__(self, seconds: int) -> str:
        text = datetime.fromtimestamp(seconds, self.zone).isoformat(timespec="seconds")
        if len(self) > 200_000:  # noqa: PLR2004  # a bound on memory, no meaning
            self.clear()
        self[seconds] = text
        return text


@lru_cache(maxsize=64)
def texts_of(zone: str) -> ZoneTexts:
    """The remembered texts of a zone."""
    return ZoneTexts(zone)


def instant_text(seconds: int, zone: str) -> str:
    """``2026-05-20T14:45:09+02:00``: the offset is the zone's on that day (DST changes it)."""
    return texts_of(zone)[seconds]


def parse_instant(text: str, zone: str = "UTC") -> int | None:
    """Whole seconds of an ISO instant; without offset it is in ``zone``; None when it is no instant.

    ``Z`` is read although Zoho never writes it; a fraction is cut off.
    """
    if not _INSTANT.match(text):
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        return None
    if value.tzinfo is None:
        value = value.replace(tzinfo=ZoneInfo(zone))
    return int(value.timestamp())


def parse_date(text: str) -> str | None:
    """The ISO day itself when it exists in the calendar, else None."""
    if not _DATE.match(text):
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return text


def today(seconds: float, zone: str) -> str:
    """The calendar day of an instant in a zone."""
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).date().isoformat()


def http_date(seconds: float) -> str:
    """The instant as the Date header spells it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
