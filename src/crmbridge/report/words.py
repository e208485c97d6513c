"""How single values read: money with its sign, rates with what they are made of, instants with their zone.

A text from a source may hold anything: control characters are made visible, so that no cell can steer a terminal,
and right-to-left text is isolated, so that it cannot turn the line around it.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.money import Money, exponent, round_half_up
from crmbridge.model.notes import Note
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.listing import FIGURES, ColumnKind, Days, Exact, Names, Part, Rate, Share, Word

UNKNOWN = mark("unknown")
UNAVAILABLE = mark("unavailable")
NOT_ENOUGH = mark("not enough data")
YES, NO = mark("yes"), mark("no")
_INTERVALS: Mapping[str, str] = {
    "bh": mark("{count} working hours"),
    "bd": mark("{count} workdays"),
    "d": mark("{count} days"),
}
"""Intervals of policies, by their unit."""
_KEY = re.compile(r"[a-z]+(_[a-z]+)+")
_SIGNS_BETWEEN = {"en": (": ", ", "), "zh": ("：", "，")}
"""Between a name and its value, and between two such pairs."""
_BETWEEN = {"en": (", ", "; "), "zh": ("、", "；")}
"""Between names in a list, and between what is said of something."""
_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
_BIDI = {"R", "AL", "RLE", "RLO", "LRE", "LRO", "RLI", "LRI", "FSI", "PDF", "PDI"}
_ISOLATE, _POP = "\u2068", "\u2069"


def cell(value: object, kind: ColumnKind, catalog: Catalog) -> str:
    """A value as people read it, in the catalog's language."""
    if value is None:
        return catalog.text(UNKNOWN) if kind in FIGURES else ""
    if kind == "word" or isinstance(value, Word):
        return _word(value, catalog)
    if kind in FIGURES and isinstance(value, Note):
        return pair(catalog.text(UNAVAILABLE), visible(catalog.message(value.template, value.params)), catalog)
    if isinstance(value, Days) or (kind == "days" and isinstance(value, int | float | Decimal | Fraction)):
        return grouped(Fraction(value), 2)
    if isinstance(value, Share) or (kind == "percent" and isinstance(value, int | float | Decimal | Fraction)):
        return f"{grouped(Fraction(value) * 100, 2)} %"
    return _by_type(value, catalog)


def _word(value: object, catalog: Catalog) -> str:
    if isinstance(value, Mapping):
        return _pairs({_of_key(str(key), catalog): inner for key, inner in value.items()}, catalog)
    if isinstance(value, str):
        return _of_key(value.shown if isinstance(value, Word) else value, catalog)
    return _by_type(value, catalog)


def _of_key(key: str, catalog: Catalog) -> str:
    """What people read for a key of ours: its text, else the key with spaces."""
    text = catalog.text(key)
    return text.replace("_", " ") if text == key and _KEY.fullmatch(key) else text


def _by_type(value: Any, catalog: Catalog) -> str:  # noqa: ANN401, PLR0911 - one line for each type
    match value:
        case bool():
            return catalog.text(YES if value else NO)
        case Money():
            return money(value)
        case Rate():
            return rate(value, catalog)
        case int() | Decimal() | Fraction():
            return grouped(value, 4, strip=True)
        case float():
            return grouped(Fraction(value), 4, strip=True)
        case datetime():
            return instant(value)
        case Interval() | Word() | Note() | Names():
            return _said(value, catalog)
        case Mapping() | list() | tuple():
            return _nested(value, catalog)
        case _:
            return visible(value.isoformat() if isinstance(value, date) else str(value))


def _said(value: Interval | Word | Note | Names, catalog: Catalog) -> str:
    """What has words in each language."""
    match value:
        case Interval():
            return catalog.message(_INTERVALS[value.unit], {"count": value.count})
        case Word():
            return _of_key(value.shown, catalog)
        case Note():
            return visible(catalog.message(value.template, value.params))
        case Names():
            return visible(value.in_language(catalog.language))


def _nested(value: Mapping[str, object] | list[object] | tuple[object, ...], catalog: Catalog) -> str:
    if isinstance(value, Mapping):
        return _pairs(value, catalog)
    shown = [_by_type(inner, catalog) for inner in value]
    return _BETWEEN[catalog.language][any(isinstance(inner, Note) for inner in value)].join(shown)


def _pairs(value: Mapping[str, object], catalog: Catalog) -> str:
    _, comma = _SIGNS_BETWEEN[catalog.language]
    return comma.join(pair(visible(str(key)), _by_type(inner, catalog), catalog) for key, inner in value.items())


def pair(name: str, shown: str, catalog: Catalog) -> str:
    """`name: value` with the language's own colon; both are shown as they are given."""
    return f"{name}{_SIGNS_BETWEEN[catalog.language][0]}{shown}"


def money(value: Money) -> str:
    """¥1,234,567.00: the sign where there is only one such, else the code; in the currency's own decimals."""
    text = grouped(value.amount, exponent(value.currency))
    sign = _SIGNS.get(value.currency)
    if sign is None:
        return f"{value.currency} {text}"
    return f"-{sign}{text[1:]}" if text.startswith("-") else sign + text


def change(value: Money) -> str:
    """An amount that comes on top, or goes off, with its sign."""
    return ("+" if value.amount > 0 else "") + money(value)


def rate(value: Rate, catalog: Catalog) -> str:
    """63.15 % (4,238 / 6,711): never a rate without what it is made of."""
    ratio = value.value
    shown = catalog.text(NOT_ENOUGH) if ratio is None else f"{grouped(ratio * 100, 2)} %"
    return f"{shown} ({made_of(value)})"


def made_of(value: Rate) -> str:
    """4,238 / 6,711: how many of how many a rate is."""
    return f"{_part(value.numerator)} / {_part(value.denominator)}"


def _part(part: Part) -> str:
    return money(part) if isinstance(part, Money) else grouped(part, 4, strip=True)


def grouped(value: Exact, decimals: int, *, strip: bool = False) -> str:
    """The number with thousands apart, rounded once, half away from zero; `strip` drops zeros at the end."""
    text = f"{round_half_up(Fraction(value), decimals):,f}"
    return text.rstrip("0").rstrip(".") if strip and "." in text else text


def instant(value: datetime) -> str:
    """2026-03-31 18:00:00 +08:00: the wall time in the zone it was given in, and that zone's distance from UTC."""
    text = value.isoformat(sep=" ", timespec="seconds")
    return text.removesuffix("+00:00") + "Z" if value.utcoffset() == timedelta(0) else f"{text[:-6]} {text[-6:]}"


def visible(text: str) -> str:
    """The text with control characters written out, and isolated where it runs from right to left."""
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(_seen(character) for character in text)
    if any(unicodedata.bidirectional(character) in _BIDI for character in text):
        return f"{_ISOLATE}{shown}{_POP}"
    return shown


def _seen(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cs"} or character in "\u2028\u2029":
        return character.encode("unicode_escape").decode("ascii")
    return character
