"""The kinds and how each of their fields is stored, read off the annotations in `records.py`.

A field has one or two columns: money is a count of 1/10,000 and a currency, a reference is the vendor's id as it came
and our id once the target is known. Everything downstream (mapping, ledger, facts) asks here and lists nothing again.
"""

import types
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from crmbridge.model import papers, records
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.money import Money
from crmbridge.model.pipeline import Category


class FieldType(StrEnum):
    """What a neutral field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    BOOL = "bool"
    DATE = "date"
    INSTANT = "instant"
    REF = "ref"
    ENUM = "enum"
    TEXTS = "texts"
    JSON = "json"


class ColumnType(StrEnum):
    """How a column is stored: texts and dates as TEXT, everything counted as int64."""

    TEXT = "text"
    INT = "int"


@dataclass(frozen=True, slots=True)
class Column:
    """One stored column."""

    name: str
    type: ColumnType


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One neutral field: its type, what it may hold, and the columns that keep it."""

    name: str
    type: FieldType
    required: bool = False
    target: str | None = None
    values: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Where the mapping puts the value: `amount` -> `amount_e4, amount_currency`; `account` -> `account_ref`."""
        return tuple(Column(self.name + suffix, kept) for suffix, kept in _STORED[self.type])


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A kind: its own fields and the envelope fields that a mapping can fill."""

    name: str
    record: type[records.Record]
    fields: dict[str, FieldSpec]

    def field(self, name: str) -> FieldSpec:
        """The field of that name; ConfigError with the nearest name otherwise."""
        try:
            return self.fields[name]
        except KeyError:
            raise ConfigError(
                "{kind} has no field {field}",
                kind=self.name,
                field=name,
                nearest=suggestion(name, self.fields),
                hint="did you mean {nearest}?",
            ) from None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of every field, in order: the shape of a mapped row."""
        return tuple(column for spec in self.fields.values() for column in spec.columns)

    @property
    def references(self) -> tuple[FieldSpec, ...]:
        """The fields that point at records of other kinds."""
        return tuple(spec for spec in self.fields.values() if spec.type is FieldType.REF)


_T, _I = ColumnType.TEXT, ColumnType.INT
_STORED: dict[FieldType, tuple[tuple[str, ColumnType], ...]] = {
    FieldType.TEXT: (("", _T),),
    FieldType.LONG_TEXT: (("", _T),),
    FieldType.ENUM: (("", _T),),
    FieldType.INTEGER: (("", _I),),
    FieldType.NUMBER: (("_e6", _I),),
    FieldType.MONEY: (("_e4", _I), ("_currency", _T)),
    FieldType.BOOL: (("", _I),),
    FieldType.DATE: (("", _T),),
    FieldType.INSTANT: (("_us", _I), ("_precision", _T)),
    FieldType.REF: (("_ref", _T),),
    FieldType.TEXTS: (("", _T),),
    FieldType.JSON: (("", _T),),
}
NUMBER_SCALE = 1_000_000
"""A plain number is stored as a count of 1/1,000,000."""

ENVELOPE = ("vendor_created_at", "vendor_modified_at", "created_by", "modified_by", "owner")
"""The envelope fields that a mapping can fill."""

_KIND_TYPES: dict[str, type[records.Record]] = {
    "user": records.User,
    "org_unit": records.OrgUnit,
    "product": records.Product,
    "campaign": records.Campaign,
    "account": records.Account,
    "contact": records.Contact,
    "lead": records.Lead,
    "deal": records.Deal,
    "order": records.Order,
    "payment": records.Payment,
    "refund": records.Refund,
    "survey_response": records.SurveyResponse,
    "quote": papers.Quote,
    "contract": papers.Contract,
    "delivery": papers.Delivery,
    "ticket": papers.Ticket,
    "spend": records.Spend,
    "activity": records.Activity,
    "task": records.Task,
    "note": records.Note,
}

KIND_NAMES = tuple(_KIND_TYPES)
"""Every kind, those that others point at first: the order in which a sync reads them."""

_DERIVED = {"deal": {"history_quality"}}
"""Fields worked out from other tables and stored nowhere."""

COMPUTED = {("deal", "category")}
"""Fields that the stage decides; a mapping cannot set them itself."""


@cache
def kind(name: str) -> KindSpec:
    """The kind of that name; ConfigError with the nearest name otherwise."""
    try:
        record = _KIND_TYPES[name]
    except KeyError:
        raise ConfigError(
            "there is no kind {kind}",
            kind=name,
            nearest=suggestion(name, KIND_NAMES),
            hint="did you mean {nearest}?",
        ) from None
    own = [n for n in record.model_fields if n not in records.Record.model_fields]
    skipped = _DERIVED.get(name, set())
    return KindSpec(name, record, {n: _spec(record, n) for n in (*ENVELOPE, *own) if n not in skipped})


def _spec(record: type[records.Record], name: str) -> FieldSpec:
    info = record.model_fields[name]
    kept, metadata = info.annotation, list(info.metadata)
    if get_origin(kept) in {Union, types.UnionType}:
        kept = next(part for part in get_args(kept) if part is not type(None))
    if get_origin(kept) is Annotated:
        kept, *more = get_args(kept)
        metadata += more
    target = next((mark.kind for mark in metadata if isinstance(mark, records.RefTo)), None)
    long = any(isinstance(mark, records.Long) for mark in metadata)
    values = tuple(Category) if kept is Category else tuple(get_args(kept)) if get_origin(kept) is Literal else ()
    return FieldSpec(name, _field_type(kept, target=target, long=long), info.is_required(), target, values)


def _field_type(kept: Any, *, target: str | None, long: bool) -> FieldType:  # noqa: ANN401 - an annotation
    if target:
        return FieldType.REF
    if get_origin(kept) is Literal:
        return FieldType.ENUM
    if get_origin(kept) is tuple:
        return FieldType.TEXTS
    plain: dict[Any, FieldType] = {
        str: FieldType.LONG_TEXT if long else FieldType.TEXT,
        int: FieldType.INTEGER,
        bool: FieldType.BOOL,
        Decimal: FieldType.NUMBER,
        Money: FieldType.MONEY,
        date: FieldType.DATE,
        records.Instant: FieldType.INSTANT,
        Category: FieldType.ENUM,
    }
    return plain.get(kept, FieldType.JSON)
