"""How one column is read into one field: by the type of the field, and by every value that was seen."""

import re
from collections.abc import Mapping
from dataclasses import replace

from crmbridge.mapping.guess.choices import absent_words, read_bool, read_choices
from crmbridge.mapping.guess.dates import read_dates
from crmbridge.mapping.guess.numbers import currency_of, read_numbers, read_probability, unit_of
from crmbridge.mapping.guess.rule import Reading
from crmbridge.mapping.guess.trying import setting_of, tried
from crmbridge.model.kinds import FieldSpec, FieldType
from crmbridge.model.notes import Note

_CHINESE_MOBILE = re.compile(r"(?:0?1[3-9]\d[- ]?\d{4}[- ]?\d{4})")
_MOSTLY = 0.9
_PLAIN = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.TEXTS, FieldType.JSON})
_SHARES = frozenset({"probability", "discount", "vat_rate", "discount_authority"})
"""Fields that are a share of one, and written as 0.3, 30 or 30 %."""
_SEPARATORS = (";", "；", "、", "|", "/", ",", "，")


def read_column(
    object_name: str,
    kind: str,
    spec: FieldSpec,
    column: str,
    values: Mapping[str, int] | None,
    *,
    header: str | None = None,
) -> Reading:
    """How a column is read. `values` None means that no record was looked at: then the header alone is asked.

    `header` is the column's name with what is known of it beside.
    """
    if values is None:
        return _by_header(spec, header or column)
    if not values and spec.type not in _PLAIN:
        return Reading({}, ("no record has a value: nothing shows how it is written",), is_sure=False)
    reading = _read(object_name, kind, spec, column, values, header or column)
    if reading is None:
        return _unreadable(object_name, spec, column, values)
    return tried(object_name, spec, column, reading, values) if reading.is_sure else reading


def _read(  # noqa: PLR0911, PLR0917 - one way for each type of field, and what is known of one column
    object_name: str, kind: str, spec: FieldSpec, column: str, values: Mapping[str, int], header: str
) -> Reading | None:
    if spec.type in {FieldType.DATE, FieldType.INSTANT}:
        return read_dates(object_name, column, values, is_instant=spec.type is FieldType.INSTANT)
    if spec.name in _SHARES:
        return read_probability(object_name, column, values)
    if spec.type in {FieldType.MONEY, FieldType.NUMBER, FieldType.INTEGER}:
        return read_numbers(object_name, column, values, is_money=spec.type is FieldType.MONEY, header=header)
    if spec.type is FieldType.BOOL:
        return read_bool(setting_of(spec), values)
    if spec.type is FieldType.ENUM:
        return read_choices(object_name, kind, spec, column, values)
    if spec.type is FieldType.TEXTS:
        return _read_list(spec, values)
    absent = absent_words(spec.name, values)
    if absent:
        return Reading({"empty": list(absent)}, (f"{', '.join(absent)} says that there is none",))
    return Reading({}, (f"{sum(values.values())} cells",))


def _by_header(spec: FieldSpec, column: str) -> Reading:
    """What a header alone says: a currency, a unit."""
    options: dict[str, object] = {}
    if spec.type is FieldType.MONEY:
        options |= {"currency": currency} if (currency := currency_of(column)) else {}
        options |= {"unit": unit} if (unit := unit_of(column)) else {}
    elif spec.name in _SHARES:
        options["percent"] = True
    return Reading(options, ("no records were looked at",))


def _unreadable(object_name: str, spec: FieldSpec, column: str, values: Mapping[str, int]) -> Reading:
    told: dict[str, object] = {
        "object": object_name,
        "column": column,
        "field": spec.name,
        "count": sum(values.values()),
        "filled": sum(values.values()),
        "example": max(values, key=lambda value: values[value]),
    }
    note = Note(
        "ASK_UNREADABLE",
        "{object}: what is {column}? {count} of its {filled} cells, such as {example}, cannot be {field}: it is not"
        " read as that",
        told,
    )
    return Reading({}, (), (note,), is_sure=False)


def _read_list(spec: FieldSpec, values: Mapping[str, int]) -> Reading:
    """A list in a cell: cut where all its parts are addresses, or numbers; else one text."""
    part = {"emails": r"[^@\s]+@[^@\s]+", "phones": r"[+\d][\d\-+() ]{4,}"}.get(spec.name)
    reading = Reading({}, (f"{sum(values.values())} cells",))
    if spec.name == "phones":
        mobiles = sum(count for value, count in values.items() if _CHINESE_MOBILE.fullmatch(value))
        if values and mobiles >= _MOSTLY * sum(values.values()):
            reading = Reading({"region": "CN"}, (f"{mobiles} cells are Chinese mobile numbers",))
    if part is None:
        return reading
    for separator in _SEPARATORS:
        cut = [value for value in values if separator in value]
        whole = [v for v in cut if all(re.fullmatch(part, one.strip()) for one in v.split(separator))]
        if whole and len(whole) * 2 >= len(cut):
            said = f"{separator} stands between several in {len(whole)} cells"
            options = {**reading.options, "separator": list(dict.fromkeys((separator, ";", "；")))}
            return replace(reading, options=options, evidence=(*reading.evidence, said))
    return reading
