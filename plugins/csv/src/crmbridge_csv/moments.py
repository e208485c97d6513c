"""Times in cells: ISO 8601, or as a declared format says; known to the day where no clock stands in them."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from crmbridge.model.instants import local_instant

Moment = tuple[datetime, Literal["exact", "day"]]
FIRST_YEAR, LAST_YEAR = 1900, 2200
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<clock>[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?: ?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2}))?)?"
)
_CLOCK_SIGNS = re.compile(r"%(?:[HIXcTR]|-H|-I)")
_REMEMBERED = 4_096


def moments(formats: Sequence[str], zone: ZoneInfo) -> Callable[[str], Moment | None]:
    """What reads a cell: the instant in UTC and how exact it is, None where the cell holds no such time.

    The first format that fits counts. A day is its first instant in the zone, as is a clock without an offset there.
    """
    has_clock = [(pattern, _CLOCK_SIGNS.search(pattern) is not None) for pattern in formats]

    @lru_cache(_REMEMBERED)
    def read(text: str) -> Moment | None:
        found = _tried(text, has_clock) if has_clock else _iso(text)
        if found is None or not FIRST_YEAR <= found[0].year <= LAST_YEAR:
            return None
        wall, is_exact = found
        at = local_instant(wall, zone) if wall.tzinfo is None else wall.astimezone(UTC)
        return at, "exact" if is_exact else "day"

    return read


def _tried(text: str, formats: Sequence[tuple[str, bool]]) -> tuple[datetime, bool] | None:
    for pattern, is_exact in formats:
        try:
            return datetime.strptime(text, pattern), is_exact  # noqa: DTZ007 - made an instant by the caller
        except ValueError:
            continue
    return None


def _iso(text: str) -> tuple[datetime, bool] | None:
    found = _ISO.fullmatch(text)
    if not found:
        return None
    try:
        return datetime.fromisoformat(text.upper().replace(" ", "T", 1).replace(" ", "")), found["clock"] is not None
    except ValueError:
        return None
