"""A neutral record laid flat for spreadsheets: one column for each field in the order of its kind, two for money."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from crmbridge.model.kinds import FieldType, kind
from crmbridge.report import documents

Record = Mapping[str, object]

BEFORE = ("id", "connection", "object", "vendor_id")
AFTER = ("custom", "unknown", "lifecycle", "merged_into", "revision", "version", "first_seen_at", "last_seen_at")
NUMBERS = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY})


def columns(kind_name: str) -> tuple[str, ...]:
    """The columns of the flat form of a kind."""
    fields = [name for spec in kind(kind_name).fields.values() for name in _named(spec.name, spec.type)]
    derived = ("history_quality",) if kind_name == "deal" else ()
    return (*BEFORE, *fields, *derived, *AFTER)


def types(kind_name: str) -> dict[str, FieldType]:
    """What each field's column holds; the columns of the envelope are texts."""
    return {spec.name: spec.type for spec in kind(kind_name).fields.values()}


def _named(name: str, held: FieldType) -> tuple[str, ...]:
    return (name, f"{name}_currency") if held is FieldType.MONEY else (name,)


def flat(record: Record) -> dict[str, object]:
    """A record as plain cells: money in two, the first reference in three, lists joined, the rest as JSON text."""
    made: dict[str, object] = {}
    for name, value in record.items():
        if name == "refs" and isinstance(value, list):
            made |= {part: value[0].get(part) for part in BEFORE[1:]} if value else {}
        elif isinstance(value, Mapping) and value.keys() == {"amount", "currency"}:
            made |= {name: value["amount"], f"{name}_currency": value["currency"]}
        else:
            made[name] = _cell(value)
    return made


def _cell(value: object) -> object:
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return "; ".join(value)
    if isinstance(value, Mapping | list | tuple):
        return documents.dump(value).decode() if value else None
    return value


def number(value: object) -> Decimal | None:
    """The number that a cell of a number's column holds, as number or as decimal text; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
