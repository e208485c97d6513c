"""A value that a person types for a field, as the ledger keeps it; ConfigError says what would fit."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from crmbridge.model.canonical import Value, text
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.instants import to_us
from crmbridge.model.kinds import NUMBER_SCALE, FieldSpec, FieldType
from crmbridge.model.money import SCALE

_WORDS = {"yes": 1, "true": 1, "1": 1, "是": 1, "no": 0, "false": 0, "0": 0, "否": 0}


def typed(spec: FieldSpec, typed_text: str, zone: ZoneInfo, *, currency: str, stages: tuple[str, ...]) -> Value:
    """The canonical value; an empty text empties the field."""
    said = text(typed_text)
    if said is None:
        return None
    try:
        return _value(spec, said, zone, currency=currency, stages=stages)
    except (ValueError, InvalidOperation) as error:
        raise ConfigError(
            "{value} does not fit {field}, which is {type}",
            value=said,
            field=spec.name,
            type=spec.type.value,
            hint=_HINTS.get(spec.type, "write it as crmbridge export shows it"),
        ) from error


def _value(spec: FieldSpec, said: str, zone: ZoneInfo, *, currency: str, stages: tuple[str, ...]) -> Value:  # noqa: PLR0911 - one line a type
    choices = stages if spec.name == "stage" else spec.values
    if choices:
        if said not in choices:
            raise ConfigError(
                "{field} cannot be {value}",
                field=spec.name,
                value=said,
                nearest=suggestion(said, choices),
                hint="did you mean {nearest}?",
            )
        return said
    match spec.type:
        case FieldType.INTEGER:
            return int(said)
        case FieldType.NUMBER:
            return _scaled(said, NUMBER_SCALE)
        case FieldType.MONEY:
            amount, _, code = said.partition(" ")
            return _scaled(amount, SCALE), (code.strip() or currency).upper()
        case FieldType.BOOL:
            return _bool(said)
        case FieldType.DATE:
            return date.fromisoformat(said).isoformat()
        case FieldType.INSTANT:
            return _instant(said, zone)
        case FieldType.TEXTS:
            return tuple(sorted({part.strip() for part in said.split(";") if part.strip()})) or None
        case _:
            return said


_HINTS = {
    FieldType.MONEY: "an amount, and its currency: 12.50 EUR",
    FieldType.DATE: "a day: 2026-03-31",
    FieldType.INSTANT: "a moment: 2026-03-31T18:00+08:00",
    FieldType.BOOL: "yes or no",
    FieldType.INTEGER: "a whole number",
    FieldType.NUMBER: "a number: 12.5",
}


def _scaled(said: str, scale: int) -> int:
    found = Decimal(said) * scale
    if found != found.to_integral_value():
        raise ValueError(said)
    return int(found)


def _bool(said: str) -> int:
    if said.casefold() not in _WORDS:
        raise ValueError(said)
    return _WORDS[said.casefold()]


def _instant(said: str, zone: ZoneInfo) -> Value:
    moment = datetime.fromisoformat(said)
    is_day = len(said) == len("2026-03-31")
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=zone)), "day" if is_day else "exact"
