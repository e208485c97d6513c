"""A patch says what changes: a field is set, cleared, or not mentioned. Absent is not null."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Set:
    """The field takes this value."""

    value: object


@dataclass(frozen=True, slots=True)
class Clear:
    """The field becomes empty."""


Patch = dict[str, Set | Clear]
