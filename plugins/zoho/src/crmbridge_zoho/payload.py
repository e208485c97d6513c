"""Payloads: one form of a record whichever way it came (docs/adr: one form of a Zoho record).

A list gives a lookup as `{"name", "id", "email"}`, a query as `{"id"}`, an export as a bare id, and the name in it may
be older than the record it belongs to (dossier 8). So a reference is kept as `{"id": ...}` alone. Numbers are whole or
Decimal without trailing zeros, tags are their names, a choice of none is null; everything else stays as it came.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ContractError
from crmbridge_zoho.fields import (
    COMPUTED,
    KEY,
    LINK,
    LINK_MODULE,
    LOOKUPS,
    MODIFIED,
    NUMBERS,
    ORG_CURRENCY,
    ModuleField,
)
from crmbridge_zoho.times import parse_or_none

Convert = Callable[[object], object]
_NUMERIC_JSON = frozenset({"integer", "long", "double"})
_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})


class Shape:
    """The form of one module's records."""

    def __init__(self, fields: Iterable[ModuleField], *, zone: ZoneInfo | None = None, currency: str = "") -> None:
        kept = tuple(fields)
        self._constants = {one.name: currency for one in kept if one.type == ORG_CURRENCY and currency}
        self._from_json = [(one.name, made) for one in kept if (made := _json_converter(one)) is not None]
        self._cells = {one.name: _cell_converter(one, zone) for one in kept}

    def from_json(self, item: Mapping[str, object]) -> dict[str, object]:
        """The payload of a record as a list, a query or a single reading gives it."""
        payload = dict(item)
        if self._constants:
            payload |= self._constants
        for name, convert in self._from_json:
            value = payload.get(name)
            if value is not None:
                payload[name] = convert(value)
        if payload.get(LINK) is not None and LINK_MODULE in payload:
            payload[LINK] = _linked(payload[LINK], payload[LINK_MODULE])
        return payload

    @property
    def constants(self) -> Mapping[str, str]:
        """What every payload of the module holds and Zoho does not send: the only currency of an organisation."""
        return self._constants

    def cells(self, header: Iterable[str]) -> list[tuple[str, Convert | None]]:
        """For each column of an export, the payload's key and the converter of its cells; None: a text, or nothing."""
        names = [KEY if column.casefold() == KEY else column for column in header]
        return [(name, None if name == KEY else self._cells.get(name)) for name in names]


def raw_record(object_name: str, payload: Mapping[str, object]) -> RawRecord:
    """The record of a payload; ContractError for one without an id."""
    identity = payload.get(KEY)
    if not isinstance(identity, str) or not identity:
        raise ContractError("Zoho sent a record of {object} without an id", object=object_name)
    modified = payload.get(MODIFIED)
    revision = modified if isinstance(modified, str) else None
    return RawRecord(object_name, identity, payload, revision, parse_or_none(modified))


def reference(value: object) -> object:
    """A reference without what may be out of date: the id, and the module where the field points at several."""
    if not isinstance(value, dict) or KEY not in value:
        return value
    if len(value) == 1:
        return value
    kept: dict[str, object] = {KEY: value[KEY]}
    module = value.get("module")
    if isinstance(module, dict):
        kept["module"] = {"api_name": module.get("api_name")}
    return kept


def number(value: object) -> object:
    """A number in its one form: 4200000.00 is 4200000, 185000.50 is 185000.5."""
    if type(value) is int:
        return value
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except InvalidOperation:
            return value
    if not isinstance(value, Decimal) or not value.is_finite():
        return value
    if value == value.to_integral_value() and value.adjusted() < 1000:  # noqa: PLR2004 - 1e999999 would fill the memory
        return int(value)
    return value.normalize()


def _linked(link: object, module: object) -> object:
    """An activity's link with the module it points into."""
    return {**link, "module": {"api_name": module}} if isinstance(link, Mapping) and module else link


def _json_converter(one: ModuleField) -> Convert | None:
    if one.name == "Tag":
        return _tags
    if one.type in LOOKUPS or one.type in {"multi_module_lookup", "layout"} or one.name == "Layout":
        return reference
    if one.type in {"multiselectlookup", "multiuserlookup"}:
        return _links
    if one.type in NUMBERS or (one.type in COMPUTED and one.json_type in _NUMERIC_JSON):
        return number
    if one.type == "multiselectpicklist":
        return _choices_of(dict(one.renamed))
    return _value_of(dict(one.renamed)) if one.renamed else None


def _cell_converter(one: ModuleField, zone: ZoneInfo | None) -> Convert | None:
    """The converter of an export's cells; None where a cell is a text, or nothing."""
    if one.type in LOOKUPS:
        return _cell_reference
    if one.type in NUMBERS or (one.type in COMPUTED and one.json_type in _NUMERIC_JSON):
        return _cell_number
    if one.type == "boolean" or (one.type in COMPUTED and one.json_type == "boolean"):
        return _cell_bool
    if one.type == "datetime" and zone is not None:
        return lambda cell: _cell_time(cell, zone)
    return _cell_choice(one)


def _cell_choice(one: ModuleField) -> Convert | None:
    if one.type == "multiselectpicklist":
        choices = _choices_of(dict(one.renamed))
        return lambda cell: choices([part for part in str(cell).split(";") if part])
    if not one.renamed:
        return None
    value_of = _value_of(dict(one.renamed))
    return lambda cell: value_of(cell) if cell else None


def _tags(value: object) -> object:
    """The names of tags: ids and colours are the organisation's, not the record's."""
    if not isinstance(value, list):
        return value
    return [item["name"] if isinstance(item, Mapping) and "name" in item else item for item in value]


def _links(value: object) -> object:
    return [reference(item) for item in value] if isinstance(value, list) else value


def _value_of(renamed: Mapping[str, str]) -> Convert:
    return lambda value: renamed.get(value, value) if isinstance(value, str) else value


def _choices_of(renamed: Mapping[str, str]) -> Convert:
    """Several choices as their values; none of them is null."""

    def convert(value: object) -> object:
        if not isinstance(value, list):
            return value
        return [renamed.get(one, one) if isinstance(one, str) else one for one in value] or None

    return convert


def _text(cell: object) -> object:
    return cell if cell != "" else None


def _cell_reference(cell: object) -> object:
    return {KEY: cell} if cell else None


def _cell_number(cell: object) -> object:
    return number(cell) if cell != "" else None


def _cell_bool(cell: object) -> object:
    word = str(cell).strip().casefold()
    return True if word in _YES else False if word in _NO else cell


def _cell_time(cell: object, zone: ZoneInfo) -> object:
    """A time as a list would write it: in the user's zone, whole seconds, never `Z`."""
    if not isinstance(cell, str) or not cell.endswith(("Z", "z")):
        return _text(cell)
    try:
        at = datetime.fromisoformat(cell)
    except ValueError:
        return cell
    return at.replace(tzinfo=UTC).astimezone(zone).replace(microsecond=0).isoformat()
