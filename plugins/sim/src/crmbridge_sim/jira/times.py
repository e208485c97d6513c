"""Instants as Jira writes them, and the instants that JQL names (dossier A3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_LOCAL = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?: (\d{1,2}):(\d{2}))?( UTC)?")
_AGO = re.compile(r"([-+]?)(\d+)([wdhm])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


def written(ms: int, zone: ZoneInfo) -> str:
    """``2026-11-20T09:00:00.000+0100``: the reader's own offset, without a colon."""
    moment = datetime.fromtimestamp(ms / 1000, zone)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}{moment:%z}"


def asked(text: str, zone: ZoneInfo, now_ms: int) -> int | None:
    """The instant a JQL operand names in milliseconds; None when it names none.

    Digits alone are epoch milliseconds; a bare local text is in the account's profile zone, minute precision;
    ``UTC`` behind it makes it UTC; ``-3d`` is relative to now.
    """
    if text.isdigit():
        return int(text)
    if found := _AGO.fullmatch(text):
        step = timedelta(**{_UNITS[found[3]]: int(found[2])})
        return now_ms + int(step.total_seconds() * 1000) * (-1 if found[1] == "-" else 1)
    if found := _LOCAL.fullmatch(text):
        parts = [int(found[number] or 0) for number in range(1, 6)]
        try:
            moment = datetime(*parts, tzinfo=UTC if found[6] else zone)  # type: ignore[arg-type,misc]  # five numbers
        except ValueError:
            return None
        return int(moment.timestamp() * 1000)
    return None


def is_day(text: object) -> bool:
    """Whether it is ``YYYY-MM-DD``, as ``duedate`` wants it."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return False
    try:
        datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True
