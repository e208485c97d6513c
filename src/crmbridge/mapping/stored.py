"""Neutral values as they are stored: counts of 1/10,000 and of microseconds, ISO dates, JSON texts.

What a lens gives is checked here once more, because a plugin's lens may give anything.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.lenses.digits import Exact, exact
from crmbridge.mapping.lenses.frame import excerpt
from crmbridge.mapping.lenses.numbers import STORED_DECIMALS
from crmbridge.mapping.lenses.structured import JsonLens, json_text
from crmbridge.mapping.lenses.texts import LONGEST_BYTES, LONGEST_LONG_BYTES, clean_text
from crmbridge.mapping.outcome import Unmapped
from crmbridge.model.instants import start_of_day, to_us
from crmbridge.model.kinds import FieldSpec, FieldType
from crmbridge.model.money import Money

Encode = Callable[[object], object]
"""A neutral value as stored: a scalar, a pair for money and instants, or what came (None, a failure, Unmapped)."""

_INT64_MAX = 2**63 - 1


def encoder(field: FieldSpec, zone: ZoneInfo) -> Encode:
    """How the values of a field are stored; `zone` says when a day begins."""
    encode: dict[FieldType, Encode] = {
        FieldType.TEXT: lambda value: _text(value, field, LONGEST_BYTES),
        FieldType.LONG_TEXT: lambda value: _text(value, field, LONGEST_LONG_BYTES),
        FieldType.REF: lambda value: _reference(value, field),
        FieldType.ENUM: lambda value: value if value in field.values else _misfit(value, field),
        FieldType.INTEGER: lambda value: _count(value, field, 0),
        FieldType.NUMBER: lambda value: _count(value, field, STORED_DECIMALS),
        FieldType.MONEY: lambda value: _money(value, field),
        FieldType.BOOL: lambda value: int(value) if type(value) is bool else _misfit(value, field),
        FieldType.DATE: lambda value: value.isoformat() if type(value) is date else _misfit(value, field),
        FieldType.INSTANT: lambda value: _instant(value, field, zone),
        FieldType.TEXTS: lambda value: _texts(value, field),
        FieldType.JSON: _json,
    }
    store = encode[field.type]

    def run(value: object) -> object:
        return value if value is None or isinstance(value, LensFailure | Unmapped) else store(value)

    return run


def _misfit(value: object, field: FieldSpec) -> LensFailure:
    return LensFailure("the lens gave {value}, which no {type} is", {"value": excerpt(value), "type": str(field.type)})


def _text(value: object, field: FieldSpec, longest_bytes: int) -> object:
    return clean_text(value, longest_bytes) if isinstance(value, str) else _misfit(value, field)


def _reference(value: object, field: FieldSpec) -> object:
    text = _text(value, field, LONGEST_BYTES)
    return value if isinstance(text, str) else text


def _count(value: object, field: FieldSpec, places: int) -> object:
    number = exact(value) if isinstance(value, int | Decimal) and type(value) is not bool else None
    count = number.scaled(places) if isinstance(number, Exact) else None
    return _misfit(value, field) if count is None or abs(count) > _INT64_MAX else count


def _money(value: object, field: FieldSpec) -> object:
    if not isinstance(value, Money):
        return _misfit(value, field)
    number = exact(value.amount)
    count = number.scaled(4) if isinstance(number, Exact) else None
    return _misfit(value.amount, field) if count is None or abs(count) > _INT64_MAX else (count, value.currency)


def _instant(value: object, field: FieldSpec, zone: ZoneInfo) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return to_us(value.astimezone(UTC)), "exact"
    if type(value) is date:
        return to_us(start_of_day(value, zone)), "day"
    return _misfit(value, field)


def _texts(value: object, field: FieldSpec) -> object:
    if not isinstance(value, tuple) or not all(isinstance(item, str) for item in value):
        return _misfit(value, field)
    return json_text(list(value)) if value else None


def _json(value: object) -> object:
    checked = JsonLens(parse=False).read(value)
    return checked if checked is None or isinstance(checked, LensFailure) else json_text(checked)
