"""Stored rows as public records: exact decimals, ISO instants, nothing of how they are stored."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import orjson

from crmbridge.model import kinds
from crmbridge.model.instants import from_us
from crmbridge.model.kinds import FieldSpec, FieldType, KindSpec
from crmbridge.model.money import exponent, plain


def iso(us: int | None) -> str | None:
    """An instant as ISO 8601 in UTC, with fractions of a second only where there are some."""
    return None if us is None else from_us(us).isoformat().replace("+00:00", "Z")


def money(count: int | None, currency: str | None) -> dict[str, str | None] | None:
    """An amount with every digit that it has, and at least the currency's own decimals."""
    if count is None:
        return None
    shown, decimals = _scaled(count, 4), exponent(currency or "")
    while (digits := -int(shown.as_tuple().exponent)) > decimals and shown == (
        less := shown.quantize(_unit(digits - 1))
    ):
        shown = less
    return {"amount": plain(shown), "currency": currency}


def number(count: int | None) -> str | None:
    """A plain number as decimal text without trailing zeros."""
    if count is None:
        return None
    whole, _, rest = plain(_scaled(count, 6)).partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


def version(digest: int) -> str:
    """A row's version as sixteen hexadecimal digits."""
    return f"{digest % 2**64:016x}"


_SHOWN: dict[FieldType, Callable[..., object]] = {
    FieldType.MONEY: money,
    FieldType.NUMBER: number,
    FieldType.INSTANT: lambda us, _precision: iso(us),
    FieldType.BOOL: lambda stored: None if stored is None else bool(stored),
    FieldType.TEXTS: lambda stored: [] if stored is None else orjson.loads(stored),
    FieldType.JSON: lambda stored: None if stored is None else orjson.loads(stored),
}


def value(spec: FieldSpec, columns: Sequence[Any]) -> object:
    """A field's public value from its stored columns; a reference stays as it is kept."""
    shown = _SHOWN.get(spec.type)
    return columns[0] if shown is None else shown(*columns)


@cache
def _sources(kind_name: str) -> tuple[tuple[FieldSpec, tuple[str, ...]], ...]:
    """Each field with the stored columns that its public value is made from."""
    return tuple(
        (spec, (f"{spec.name}_id",) if spec.type is FieldType.REF else tuple(c.name for c in spec.columns))
        for spec in kinds.kind(kind_name).fields.values()
    )


def fields(kind: KindSpec, row: Mapping[str, Any]) -> dict[str, object]:
    """The kind's fields of a stored row; one that cannot be empty in the public type is left out where it is."""
    found: dict[str, object] = {}
    for spec, columns in _sources(kind.name):
        shown = value(spec, [row[name] for name in columns])
        if shown is not None or kind.record.model_fields[spec.name].default is None:
            found[spec.name] = shown
    return found


def ref(connection: str, object_name: str, vendor_id: str) -> dict[str, str | None]:
    """One system that holds the record."""
    return {"connection": connection, "object": object_name, "vendor_id": vendor_id, "url": None}


def envelope(row: Mapping[str, Any], *, connection: str, unknown: Sequence[str]) -> dict[str, Any]:
    """The envelope of a stored row with its first reference."""
    return {
        "id": row["id"],
        "refs": [ref(connection, row["object"], row["external_id"])],
        "version": version(row["version"]),
        "revision": row["revision"],
        "first_seen_at": iso(row["first_seen_us"]),
        "last_seen_at": iso(row["last_seen_us"]),
        "lifecycle": row["lifecycle"],
        "merged_into": row["merged_into"],
        "custom": orjson.loads(row["custom"]) if row["custom"] else {},
        "unknown": list(unknown),
    }


def _scaled(count: int, decimals: int) -> Decimal:
    """Exact whatever the decimal context: built from its digits."""
    digits = tuple(int(digit) for digit in str(abs(count)))
    return Decimal((int(count < 0), digits, -decimals))


def _unit(decimals: int) -> Decimal:
    return Decimal((0, (1,), -decimals))
