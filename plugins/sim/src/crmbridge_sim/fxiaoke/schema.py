"""Objects and their fields, as ``object/describe`` tells them (dossier 2, 3.11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

NUMBERS = frozenset({"number", "currency", "percentile", "count"})
TIMES = frozenset({"date", "date_time", "time"})
PEOPLE = frozenset({"employee", "employee_many"})
LISTS = frozenset(
    {
        "select_many",
        "employee_many",
        "department",
        "object_reference_many",
        "file_attachment",
        "image",
        "related_list",
        "embedded_object_list",
    }
)
COMPUTED = frozenset({"formula", "count", "quote"})
LONG = frozenset({"long_text", "html_rich_text"})


@dataclass
class Option:
    """A value of a select field; ``usable`` is shown only under a switch."""

    value: str
    label: str
    usable: bool = True


@dataclass
class Field:
    """A field: type as describe spells it, Chinese label, what may be done with it."""

    api_name: str
    type: str
    label: str
    required: bool = False
    read_only: bool = False
    unique: bool = False
    decimals: int = 2
    target: str = ""
    options: list[Option] = field(default_factory=list)
    active: bool = True

    @property
    def custom(self) -> bool:
        """Whether a customer made it."""
        return self.api_name.endswith("__c")

    @property
    def numeric(self) -> bool:
        """Whether it is stored as a scaled whole number and told as a text."""
        return self.type in NUMBERS or (self.type == "formula" and self.decimals >= 0)

    def option(self, value: object) -> Option | None:
        """The option of a value."""
        return next((one for one in self.options if one.value == value), None)

    def value_of(self, label: str) -> str:
        """The value of a label, which must exist."""
        return next(one.value for one in self.options if one.label == label)


@dataclass
class Obj:
    """An object; ``readable`` False means the acting user may not see it."""

    api_name: str
    label: str
    fields: dict[str, Field]
    duplicate_by: tuple[str, ...] = ()
    pool: str = ""  # the field that names the pool
    creatable: bool = True
    active: bool = True
    needs_approval: bool = False

    @property
    def custom(self) -> bool:
        """Whether a customer made it."""
        return self.api_name.endswith("__c")

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]


class Schema:
    """The tenant's objects by api name."""

    def __init__(self) -> None:
        self.objects: dict[str, Obj] = {}

    def __iter__(self) -> Iterator[Obj]:
        return iter(self.objects.values())

    def __contains__(self, name: object) -> bool:
        return name in self.objects

    def __getitem__(self, name: str) -> Obj:
        return self.objects[name]

    def get(self, name: object) -> Obj | None:
        """The object of a name, if the tenant has it."""
        return self.objects.get(name) if isinstance(name, str) else None
