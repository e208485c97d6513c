"""Custom fields and stage dates: kept as JSON beside the row's own columns.

Each value is made into its part of the JSON text at once, so that a value met before costs one look-up.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.lenses.structured import JsonLens, json_text
from crmbridge.mapping.outcome import Unmapped
from crmbridge.mapping.stored import Encode
from crmbridge.model.custom import CustomType
from crmbridge.model.kinds import FieldSpec, FieldType
from crmbridge.model.money import Money, plain

_TYPES: dict[CustomType, FieldType] = {
    CustomType.TEXT: FieldType.TEXT,
    CustomType.LONG_TEXT: FieldType.LONG_TEXT,
    CustomType.NUMBER: FieldType.NUMBER,
    CustomType.MONEY: FieldType.MONEY,
    CustomType.BOOL: FieldType.BOOL,
    CustomType.DATE: FieldType.DATE,
    CustomType.DATETIME: FieldType.INSTANT,
    CustomType.SINGLE: FieldType.TEXT,
    CustomType.MULTI: FieldType.TEXTS,
    CustomType.USER: FieldType.REF,
    CustomType.REF: FieldType.REF,
    CustomType.EMAIL: FieldType.TEXT,
    CustomType.PHONE: FieldType.TEXT,
    CustomType.URL: FieldType.TEXT,
    CustomType.JSON: FieldType.JSON,
    CustomType.OPAQUE: FieldType.JSON,
}
LENSES = {CustomType.EMAIL: "email", CustomType.PHONE: "phone"}
"""The types whose lens is not that of their field type."""


def custom_spec(name: str, kind: CustomType) -> FieldSpec:
    """A custom field as a field; its name says that it is one."""
    return FieldSpec(f"custom.{name}", _TYPES[kind])


def custom_encoder(name: str, kind: CustomType, label: str | None) -> Encode:
    """A neutral value as `"name":{"type":...,"value":...}`."""
    lead = json_text(name) + ":"
    frame: dict[str, object] = {"type": kind.value}
    if label is not None:
        frame["label"] = label

    def run(value: object) -> object:
        if value is None or isinstance(value, LensFailure | Unmapped):
            return value
        plain_value = _plain(value)
        checked = JsonLens(parse=False).read(plain_value)
        return checked if isinstance(checked, LensFailure) else lead + json_text(frame | {"value": plain_value})

    return run


def _plain(value: object) -> object:
    """A neutral value as JSON: decimals as text, instants in ISO 8601."""
    if isinstance(value, Money):
        return {"amount": plain(value.amount), "currency": value.currency}
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def stage_date_encoder(stage: str, instant: Encode) -> Encode:
    """An instant as `["stage",at_us,"precision"]`; `instant` stores it."""
    lead = json_text(stage)

    def run(value: object) -> object:
        stored = instant(value)
        if not isinstance(stored, tuple):
            return stored
        at_us, precision = stored
        return f'[{lead},{at_us},"{precision}"]'

    return run
