"""The value of a cell as the text that a person takes it for."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

Value = int | float | str | bool | time | date | datetime | timedelta
"""What the library gives for a cell; a blank one is ""."""

EXACT_BELOW = 1 << 53
"""Whole numbers below are kept exactly; of longer ones a workbook keeps 15 or 16 digits."""
_DIGITS = 15
_LONGEST = 21


def text_of(value: Value) -> str:
    """The text: `5`, `178.8`, `TRUE`, `2024-01-05`, `2024-01-05 13:45:00`, `13:45:00`, `36:00:00`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, timedelta):
        return _duration(value)
    return str(value)


def is_long(value: Value) -> bool:
    """Whether a number has more digits than the workbook could keep."""
    return isinstance(value, (int, float)) and abs(value) >= EXACT_BELOW


def _number(value: float) -> str:
    """A whole number without a point; others to the 15 digits that spreadsheets show, so that 0.1+0.2 is 0.3."""
    shown = value if value.is_integer() else float(f"{value:.{_DIGITS}g}")
    if shown.is_integer() and abs(shown) < EXACT_BELOW:
        return str(int(shown))
    shortest = Decimal(repr(shown))
    return format(shortest, "f") if -_LONGEST < shortest.adjusted() < _LONGEST else str(shortest)


def _duration(value: timedelta) -> str:
    sign, seconds = ("-", -value) if value < timedelta() else ("", value)
    minutes, rest = divmod(round(seconds.total_seconds()), 60)
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{rest:02}"
