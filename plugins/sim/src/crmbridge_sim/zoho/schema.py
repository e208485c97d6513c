"""The org's modules and fields as they are now: labels, types, picklists, layouts, pipelines. Mutable on purpose.

An administrator renames a field or adds a value while a sync runs; every change raises ``version`` so that compiled
projections are rebuilt.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field

# How a data type is kept in the store (dossier 3 and 4.1): the store's column holds this, never the vendor's text.
STORAGE = {
    "bigint": "int",
    "integer": "int",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "formula": "number",
    "rollup_summary": "number",
    "boolean": "bool",
    "date": "text",
    "datetime": "instant",
    "lookup": "ref",
    "multi_module_lookup": "ref",
    "ownerlookup": "user",
    "userlookup": "user",
    "multiselectpicklist": "json",
    "multiselectlookup": "json",
    "multiuserlookup": "json",
    "subform": "json",
    "fileupload": "json",
    "imageupload": "json",
    "event_reminder": "instant",  # SDK8 reads it as one instant, a multireminder as a list
    "multireminder": "json",
    "ALARM": "json",
    "RRULE": "json",
    "participants": "json",
    "tag": "json",
    "layout": "layout",
}
JSON_TYPES = {
    "int": "integer",
    "number": "double",
    "bool": "boolean",
    "ref": "jsonobject",
    "user": "jsonobject",
    "layout": "jsonobject",
}
# "List responses omit subforms, multi-select lookups, multi-user lookups" (dossier 2.2: DOC7, OAS25).
ABSENT_IN_LISTS = frozenset({"subform", "multiselectlookup", "multiuserlookup"})

# What a client sees where nothing is stored (dossier 4.1: `$approval_state`, `Record_Status__s`): a list, an export
# and a condition of a query all say the same.
UNSET = {"$approval_state": "approved", "Record_Status__s": "Available"}


@dataclass
class PickValue:
    """One value of a picklist; the last three only mean something for Deals.Stage (dossier 3)."""

    display: str
    actual: str
    id: int = 0
    used: bool = True
    probability: int | None = None
    forecast_type: str = ""
    forecast_category: str = ""


@dataclass
class Field:
    """One field; ``storage`` says how the store keeps it, ``virtual`` ones have no column."""

    api_name: str
    data_type: str
    label: str = ""
    length: int = 0
    decimal_place: int | None = None
    mandatory: bool = False
    read_only: bool = False
    custom: bool = False
    unique: bool = False
    external: dict[str, object] | None = None  # who has an id of another system in it: {"show", "type"}
    visible: bool = True
    hidden_in_metadata: bool = False
    lookup: str = ""
    values: list[PickValue] = field(default_factory=list)
    history_tracked: bool = False
    rich: bool = False  # a text with formatting: lists show its first 500 characters (dossier 2.2)
    tooltip: dict[str, str] | None = None
    filterable: bool = True
    id: int = 0

    @property
    def storage(self) -> str:
        """``text | int | number | bool | instant | ref | user | json | layout``."""
        return STORAGE.get(self.data_type, "text")

    @property
    def json_type(self) -> str:
        """The json_type of the metadata; lists are arrays, a bigint is text (AB types.py)."""
        if self.storage == "json":
            return "jsonobject" if self.data_type in {"ALARM", "RRULE"} else "jsonarray"
        return "string" if self.data_type == "bigint" else JSON_TYPES.get(self.storage, "string")

    def stored_pick(self, text: str) -> str:
        """The actual value of a display or actual text; an unknown text is itself."""
        for value in self.values:
            if value.actual == text:
                return text
        for value in self.values:
            if value.display == text:
                return value.actual
        return text

    def pick(self, text: str) -> PickValue | None:
        """The value with this actual text, else with this display text."""
        stored = self.stored_pick(text)
        return next((value for value in self.values if value.actual == stored), None)


@dataclass
class Layout:
    """A layout: which fields it shows and which of them it makes mandatory (dossier 2.4, 3)."""

    name: str
    api_name: str
    id: int = 0
    required: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()


@dataclass
class Pipeline:
    """A deal pipeline of one layout: the stages it holds, by their actual value, in order."""

    display: str
    actual: str
    stages: tuple[str, ...]
    default: bool = False
    id: int = 0
    layout: str = "Standard"


@dataclass
class Module:
    """One module; ``fields`` keeps the order of the layout and has no field twice."""

    api_name: str
    singular: str
    plural: str
    fields: dict[str, Field]
    display_field: str
    duplicate_field: str = ""
    generated_type: str = "default"
    upsertable: bool = True
    creatable: bool = True
    layouts: list[Layout] = field(default_factory=list)
    id: int = 0
    permitted: bool = True
    api_supported: bool = True

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def field_of(self, name: str) -> Field | None:
        """The field of this exact api name."""
        return self.fields.get(name)


class Schema:
    """All modules, the pipelines and the switches an administrator has; found by api name."""

    def __init__(self) -> None:
        self.modules: dict[str, Module] = {}
        self.pipelines: list[Pipeline] = []
        self.version = 0

    def __getitem__(self, name: str) -> Module:
        return self.modules[name]

    def __contains__(self, name: object) -> bool:
        return name in self.modules

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules.values())

    def touch(self) -> None:
        """Tells compiled projections that something changed."""
        self.version += 1

    def find_field(self, module: str, name: str) -> Field:
        """A field for the control API; a wrong name raises KeyError with the nearest."""
        fields = self.modules[module].fields
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            raise KeyError(f"{module} has no field {name}" + (f"; did you mean {near[0]}?" if near else ""))
        return fields[name]

    def pipeline_of(self, name: str) -> Pipeline | None:
        """The pipeline with this actual or display text."""
        return next((pipe for pipe in self.pipelines if name in {pipe.actual, pipe.display}), None)
