"""Zoho's instants: ISO 8601 in whole seconds with a numeric offset, the one of the API user's zone."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache


def parse_or_none(text: object) -> datetime | None:
    """The instant in UTC, or None for anything that is no time with an offset."""
    return _parsed(text) if isinstance(text, str) else None


@lru_cache(8192)
def _parsed(text: str) -> datetime | None:
    """A page's times are looked at several times while it is read."""
    try:
        found = datetime.fromisoformat(text)
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def literal(at: datetime) -> str:
    """The instant as Zoho reads it in headers and queries: whole seconds, never `Z`, the fraction cut off."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat()


def earlier(at: datetime, by: timedelta) -> datetime:
    """An instant so much before, never before the year 1."""
    floor = datetime.min.replace(tzinfo=UTC)
    return floor if at - floor < by else at - by
