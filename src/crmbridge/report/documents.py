"""Listings for programs: the JSON document of a figure, one JSON object a row, and flat rows for CSV.

    {"definition": "funnel/1", "as_of": "2026-03-31T15:59:59Z", "window": {...},
     "rows": [{"slice": "all", "won": 4238,
               "win_rate": {"n": 6711, "numerator": 4238, "denominator": 6711, "value": 0.6315},
               "won_amount": "10005534.00", "won_amount_currency": "USD", ...}],
     "warnings": [{"code": "...", "message": "...", "params": {...}}]}

The words do not change with the machine's language: only an explicit `--lang zh` makes messages and names Chinese.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import orjson

from crmbridge.model.money import Money, exponent, plain, round_half_up
from crmbridge.model.notes import Note
from crmbridge.report.i18n import Catalog
from crmbridge.report.listing import FIGURES, Column, Exact, Listing, Names, Part, Rate

RATE_DECIMALS = 4
DAYS_DECIMALS = 4


def document(listing: Listing, catalog: Catalog) -> dict[str, object]:
    """The whole listing as JSON values."""
    made: dict[str, object] = {
        "definition": listing.definition,
        "as_of": None if listing.as_of is None else instant(listing.as_of),
        "window": value(listing.window, catalog),
        "rows": list(rows(listing, catalog)),
        "warnings": [note(found, catalog) for found in listing.warnings],
    }
    if listing.read is not None:
        made["read"] = {name: None if at is None else instant(at) for name, at in listing.read.items()}
    if listing.explain is not None:
        made["explain"] = value(listing.explain, catalog)
    return made


def rows(listing: Listing, catalog: Catalog) -> Iterator[dict[str, object]]:
    """Each row as JSON values; cells without a column (a section's key) come first."""
    columns = {column.name: column for column in listing.columns}
    for row in listing.rows:
        made: dict[str, object] = {name: value(row[name], catalog) for name in row if name not in columns}
        for column in listing.columns:
            if column.name in row:
                made |= _cell(column, row[column.name], catalog)
        yield made


def _cell(column: Column, held: object, catalog: Catalog) -> dict[str, object]:
    if column.kind == "money" or isinstance(held, Money):
        currency = held.currency if isinstance(held, Money) else None
        return {column.name: value(held, catalog), f"{column.name}_currency": currency}
    if column.kind in FIGURES and isinstance(held, Note):
        return {column.name: None, f"{column.name}_unavailable": note(held, catalog)}
    decimals = {"days": DAYS_DECIMALS, "percent": RATE_DECIMALS}.get(column.kind)
    if decimals and isinstance(held, int | float | Decimal | Fraction):
        return {column.name: number(held, decimals)}
    return {column.name: value(held, catalog)}


def value(held: object, catalog: Catalog) -> object:
    """A value as JSON: money as text, other exact numbers with four decimals, instants in UTC, unknown as null."""
    if held is None or isinstance(held, bool | int | float | str):
        return held
    if isinstance(held, Mapping):
        return {str(key): value(inner, catalog) for key, inner in held.items()}
    if isinstance(held, list | tuple | set | frozenset):
        return [value(inner, catalog) for inner in held]
    return _single(held, catalog)


def _single(held: Any, catalog: Catalog) -> object:  # noqa: ANN401, PLR0911 - one line for each type
    match held:
        case Money():
            return money(held)
        case Rate():
            return rate(held)
        case Decimal() | Fraction():
            return number(held, RATE_DECIMALS)
        case datetime():
            return instant(held)
        case date():
            return held.isoformat()
        case Names():
            return held.in_language(catalog.language)
        case Note():
            return note(held, catalog)
        case _:
            return str(held)


def money(held: Money) -> str:
    """An amount as text in the currency's own decimals: "833333.34"."""
    return plain(round_half_up(Fraction(held.amount), exponent(held.currency)))


def rate(held: Rate) -> dict[str, object]:
    """A rate with what it is made of, and its interval where that is known."""
    ratio = held.value
    made: dict[str, object] = {
        "n": held.n,
        "numerator": _part(held.numerator),
        "denominator": _part(held.denominator),
        "value": None if ratio is None else number(ratio, RATE_DECIMALS),
    }
    if held.low is not None and held.high is not None:
        made |= {"low": round(held.low, RATE_DECIMALS), "high": round(held.high, RATE_DECIMALS)}
    return made


def _part(part: Part) -> object:
    if isinstance(part, Money):
        return money(part)
    return part if isinstance(part, int) else number(part, RATE_DECIMALS)


def number(held: Exact | float, decimals: int) -> int | float:
    """An exact number rounded once, half away from zero; a whole number of an int stays one."""
    return held if isinstance(held, int) else float(round_half_up(Fraction(held), decimals))


def note(held: Note, catalog: Catalog) -> dict[str, object]:
    """A note: its code for programs, its message for people, its values for both."""
    params = {name: value(inner, catalog) for name, inner in held.params.items()}
    return {"code": held.code, "message": catalog.message(held.template, held.params), "params": params}


def instant(held: datetime) -> str:
    """ISO 8601 in UTC with a Z; fractions of a second only where there are any."""
    return held.astimezone(UTC).isoformat().replace("+00:00", "Z")


def dump(made: object, *, pretty: bool = False) -> bytes:
    """JSON text as UTF-8, without a line end."""
    return orjson.dumps(made, option=orjson.OPT_INDENT_2 if pretty else 0)


def flat(row: Mapping[str, object]) -> dict[str, object]:
    """A row of plain cells for CSV: a rate becomes four columns, anything else nested becomes JSON text."""
    made: dict[str, object] = {}
    for name, held in row.items():
        if isinstance(held, dict) and {"n", "numerator", "denominator", "value"} <= held.keys():
            made |= {name: held["value"]} | {f"{name}_{part}": held[part] for part in ("numerator", "denominator", "n")}
        else:
            made[name] = dump(held).decode() if isinstance(held, dict | list) else held
    return made
