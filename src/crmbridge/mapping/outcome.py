"""What reading one vendor record gives: a neutral row, or the fields that would not convert."""

from dataclasses import dataclass
from typing import NamedTuple

from crmbridge.adapter.lens import LensFailure

STAGE_UNMAPPED = "STAGE_UNMAPPED"
PIPELINE_UNMAPPED = "PIPELINE_UNMAPPED"
PICKLIST_UNMAPPED = "PICKLIST_UNMAPPED"


class Mapped(NamedTuple):
    """A neutral row. `values` are aligned with the kind's columns; the other three are JSON text, None where empty.

    `custom` is `{name: {type, value, label?}}`, `stage_dates` is `[[stage key, at_us, precision], ...]` in the order
    of the stages, `issues` is `[[code, field, vendor value], ...]`.
    """

    values: tuple[object, ...]
    custom: str | None
    stage_dates: str | None
    issues: str | None


@dataclass(frozen=True, slots=True)
class FieldFailure:
    """One field that would not convert: the neutral field, the vendor's, the start of what stood there, and why."""

    field: str
    vendor_field: str | None
    value_excerpt: str | None
    failure: LensFailure


@dataclass(frozen=True, slots=True)
class Failed:
    """A record that must wait in quarantine, with every field that is wrong."""

    failures: tuple[FieldFailure, ...]


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A lens's answer for a choice that no rule names: the field stays empty and the row carries an issue."""

    value: str
