"""Lenses for choices and references: picklists with a table of values, and ids of records of other objects."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.mapping.lenses.frame import LensKind, Parameters, Setting, excerpt
from crmbridge.mapping.lenses.numbers import BoolParameters, NumberParameters, make_bool, make_number
from crmbridge.mapping.lenses.texts import TextParameters, clean_text, fold, whole_text
from crmbridge.mapping.outcome import Unmapped
from crmbridge.model.errors import ConfigError, render, suggestion
from crmbridge.model.kinds import FieldType


class PicklistParameters(Parameters):
    """`values`: vendor's value -> ours. `write`: ours -> vendor's, where several of the vendor's read alike.

    `other`: ours for whatever is not listed, for a field that a record cannot be without.
    """

    values: Mapping[str, str | int | bool] = Field(default_factory=dict)
    write: Mapping[str, str] = Field(default_factory=dict)
    other: str | None = None


@dataclass(frozen=True, slots=True)
class PicklistLens:
    """A closed list. Vendor values are compared exactly, then NFKC and case folded.

    A value that is not listed is `Unmapped`, unless the mapping itself says what it is; it is never written.
    """

    exact: Mapping[str, object]
    folded: Mapping[str, object]
    back: Mapping[object, str | None]
    other: object = None

    def read(self, value: object) -> object:
        """Our value, or Unmapped with the vendor's."""
        text = clean_text(value)
        if type(text) is not str:
            return text
        found = self.exact.get(text)
        if found is None:
            found = self.folded.get(fold(text))
        if found is None:
            found = self.other
        return Unmapped(text) if found is None else found

    def write(self, value: object) -> object:
        """The vendor's value; a failure where the mapping names none, or several."""
        if value is None:
            return None
        try:
            written = self.back.get(value)
        except TypeError:
            written = None
        if written is not None:
            return written
        if isinstance(value, str) and value in self.back:
            return LensFailure(
                "several vendor values are read as {value}; name the one to write under write",
                {"value": excerpt(value)},
            )
        return LensFailure(
            "no vendor value is read as {value}",
            {"value": excerpt(value)},
            suggestion(excerpt(value), map(str, self.back)),
        )


def make_picklist(setting: Setting, parameters: PicklistParameters) -> Lens:
    """The lens of a choice. An enum's values must be ours; without `values` the vendor's words are ours."""
    allowed = setting.field.values
    values: dict[str, object] = {
        unicodedata.normalize("NFC", vendor): _typed(setting, ours) for vendor, ours in parameters.values.items()
    }
    if not values:
        values = {str(ours): str(ours) for ours in allowed}
    back: dict[object, str | None] = {}
    for vendor, ours in values.items():
        back[ours] = None if ours in back else vendor
    for ours, vendor in parameters.write.items():
        if values.get(vendor) != ours:
            raise ConfigError("write names {vendor}, which values does not read as {value}", vendor=vendor, value=ours)
        back[ours] = vendor
    other = None if parameters.other is None else _typed(setting, parameters.other)
    return PicklistLens(values, {fold(vendor): ours for vendor, ours in values.items()}, back, other)


def _typed(setting: Setting, ours: object) -> object:
    """A value of the table as the field holds it."""
    field = setting.field
    if field.type in {FieldType.ENUM, FieldType.TEXT, FieldType.LONG_TEXT, FieldType.REF}:
        return _known(ours, field.values)
    makers: dict[FieldType, Callable[[], Lens]] = {
        FieldType.INTEGER: lambda: make_number(setting, NumberParameters()),
        FieldType.NUMBER: lambda: make_number(setting, NumberParameters()),
        FieldType.BOOL: lambda: make_bool(setting, BoolParameters()),
    }
    if field.type not in makers:
        raise ConfigError("a {type} field takes no table of values", type=str(field.type))
    read = makers[field.type]().read(ours)
    if isinstance(read, LensFailure):
        raise ConfigError("{reason}", reason=render(read.template, read.params))
    return read


def _known(ours: object, allowed: tuple[str, ...]) -> object:
    if allowed and ours not in allowed:
        raise ConfigError(
            "values cannot give {value}; allowed: {allowed}",
            value=ours,
            allowed=", ".join(allowed),
            nearest=suggestion(str(ours), allowed),
            hint="did you mean {nearest}?",
        )
    return ours


@dataclass(frozen=True, slots=True)
class RefLens:
    """The external id of another record, exactly as that record's own key is written: not even made NFC."""

    exact: Mapping[str, str]
    folded: Mapping[str, str]

    def read(self, value: object) -> str | LensFailure | None:
        """The id; of an object value, its `id`."""
        if type(value) is dict:
            value = value.get("id")
        if type(value) is int:
            value = whole_text(value)
        text = clean_text(value)
        if type(text) is not str or type(value) is not str:
            return text
        if not self.exact:
            return value
        return self.exact.get(text) or self.folded.get(fold(text), value)

    def write(self, value: object) -> object:
        """The id; a failure for one that would be read back as another."""
        if value is None:
            return None
        again = self.read(value)
        if isinstance(again, LensFailure) or again == value:
            return again
        return LensFailure("{value} would be read back as something else", {"value": excerpt(value)})


def make_ref(_setting: Setting, parameters: TextParameters) -> Lens:
    """The lens of a reference; `values` maps spellings of an id to the right one."""
    values = dict(parameters.values)
    return RefLens(values, {fold(vendor): ours for vendor, ours in values.items()})


KINDS: tuple[LensKind[Any], ...] = (
    LensKind("picklist", PicklistParameters, make_picklist),
    LensKind("ref", TextParameters, make_ref),
)
