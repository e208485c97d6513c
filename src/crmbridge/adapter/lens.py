"""A lens: a reversible converter between a vendor's value and a neutral one.

The laws, property-tested for every lens: reading what was written gives it back; writing what was read changes
nothing once canonical; failure is a value with a reason, never an exception. Lenses live in the mapping and in
plugins; this is only their shape.
"""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class LensFailure:
    """Why a value cannot be converted: a template over `params` (English, the key of its Chinese text)."""

    template: str
    params: dict[str, object] = field(default_factory=dict)
    nearest: str | None = None


class Lens(Protocol):
    """Reads vendor values into neutral ones and writes them back; empty is None on both sides."""

    def read(self, value: object) -> object | LensFailure:
        """The neutral value: None, str, int, Decimal, bool, date, datetime, Money, or a tuple of str."""
        ...

    def write(self, value: object) -> object | LensFailure:
        """The vendor's form of a neutral value, as it would stand in a payload."""
        ...


@runtime_checkable
class Joins(Protocol):
    """A lens whose vendor field holds values of several neutral fields, such as a list of links."""

    def join(self, present: object, form: object) -> object:
        """What the vendor field holds once `form`, which `write` gave, stands beside what is there."""
        ...
