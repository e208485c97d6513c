r"""Neutral values in one form each: two that mean the same are equal, and every one can be written back.

    text               NFC, line ends as `\n`, no space around it; the empty one is None
    list of texts      a set: sorted, each as above; the empty one is None
    money              (count of 1/10,000, currency)      number, integer   a count, as stored
    instant            (microseconds, precision)          date, choice      as stored
    reference          as stored; who compares two systems puts the record of ours in its place first

Stored are the columns of `kinds`; `plain` gives what a lens writes.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import orjson

from crmbridge.model.instants import from_us
from crmbridge.model.kinds import FieldSpec, FieldType
from crmbridge.model.money import Money

Scalar = str | int | bool | None
Value = Scalar | tuple[Scalar, ...]
"""A canonical value; None is empty."""

_TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})


def canonical(spec: FieldSpec, columns: Sequence[object]) -> Value:
    """The canonical value of a field from its stored columns."""
    first = columns[0]
    if first is None:
        return None
    if spec.type in _TEXTS:
        return text(str(first))
    if spec.type is FieldType.TEXTS:
        found = {made for item in orjson.loads(str(first)) if (made := text(item)) is not None}
        return tuple(sorted(found)) or None
    if len(columns) > 1 and spec.type is not FieldType.REF:
        return tuple(_scalar(column) for column in columns)
    return _scalar(first)


def plain(spec: FieldSpec, value: Value, zone: ZoneInfo) -> object:  # noqa: PLR0911 - one line a type
    """What a lens writes for a canonical value: Money, Decimal, date, datetime, bool, a tuple of texts, a text."""
    if value is None:
        return None
    match spec.type:
        case FieldType.MONEY:
            return Money(_decimal(_count(_part(value, 0)), 4), str(_part(value, 1)))
        case FieldType.NUMBER:
            return _decimal(_count(_scalar(value)), 6)
        case FieldType.BOOL:
            return bool(value)
        case FieldType.DATE:
            return date.fromisoformat(str(value))
        case FieldType.INSTANT:
            return _instant(value, zone)
        case FieldType.JSON:
            return orjson.loads(str(value))
        case _:
            return value


def text(value: str) -> str | None:
    """The canonical form of a text."""
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").strip() or None


def _scalar(column: object) -> Scalar:
    if column is None or isinstance(column, (str, int)):
        return column
    raise TypeError(f"{type(column).__name__} is stored nowhere")


def _part(value: Value, number: int) -> Scalar:
    if not isinstance(value, tuple):
        raise TypeError(f"{value!r} has no parts")
    return value[number]


def _count(value: Scalar) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no count")
    return value


def _decimal(count: int, decimals: int) -> Decimal:
    """Exact whatever the decimal context, without trailing zeros beyond the point."""
    whole, rest = divmod(abs(count), 10**decimals)
    digits = f"{'-' if count < 0 else ''}{whole}.{rest:0{decimals}d}".rstrip("0").rstrip(".")
    return Decimal(digits)


def _instant(value: Value, zone: ZoneInfo) -> datetime | date:
    """A moment; where only the day is known, that day in the zone that says when days begin."""
    at = from_us(_count(_part(value, 0)))
    return at.astimezone(zone).date() if _part(value, 1) == "day" else at
