"""One mapped vendor object: reads its payloads into neutral rows and writes patches back.

`read` runs once for every record there is, so everything that can be known beforehand is: which steps apply in which
category, which slot of the row each fills, and what a text met before gave.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmbridge.adapter.contract import Payload
from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.fields import CompiledField, Read
from crmbridge.mapping.lenses.frame import excerpt
from crmbridge.mapping.lenses.structured import json_text
from crmbridge.mapping.outcome import PICKLIST_UNMAPPED, Failed, FieldFailure, Mapped, Unmapped
from crmbridge.mapping.sources import Source
from crmbridge.mapping.stage_reader import StageReader
from crmbridge.mapping.stages import Issue
from crmbridge.mapping.writing import Patch, Writer, Written
from crmbridge.model.kinds import KindSpec
from crmbridge.model.pipeline import Category

_SPECIAL = frozenset({LensFailure, Unmapped})

Steps = tuple[tuple[Source, Read, Read, int, bool, CompiledField], ...]
Straight = Callable[[Payload], Mapped | None]
"""The row of a payload in which nothing is odd; None for any other."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a category of stages reads: the row's own fields, and custom fields and stage dates as JSON parts."""

    row: Steps
    custom: Steps
    dates: Steps


@dataclass(frozen=True, slots=True)
class Staging:
    """How the stage is told, and where its columns stand; None where the kind lacks one or a rule fills it."""

    reader: StageReader
    pipeline: int
    stage: int
    category: int | None
    stage_raw: int | None

    def place(self, row: list[Any], payload: Payload) -> tuple[Category, Sequence[Issue]] | FieldFailure:
        """Fills the stage's columns; the record's category and what is odd about it."""
        found = self.reader.read(payload)
        if isinstance(found, FieldFailure):
            return found
        hit, label = found
        row[self.pipeline], row[self.stage] = hit.pipeline, hit.stage
        if self.category is not None:
            row[self.category] = hit.category.value
        if self.stage_raw is not None:
            row[self.stage_raw] = label
        return hit.category, hit.issues


@dataclass(frozen=True, slots=True)
class CompiledObject:
    """One vendor object that feeds one kind.

    `vendor_fields` are all the vendor fields that a pull must bring; `ref_targets` says for each mapped reference
    field which objects of this connection its external ids belong to; `keys` are the hard identity fields; `unknown`
    the fields of the kind that this source cannot supply. `fields` are the compiled rules, custom and stage dates too.
    A sync asks for the objects that are read alone, for one that `is_optional` where the source has it, and for
    history where `asks_history` is set.
    """

    object: str
    kind: KindSpec
    vendor_fields: frozenset[str]
    ref_targets: dict[str, tuple[str, ...]]
    keys: tuple[str, ...]
    unknown: frozenset[str]
    fields: tuple[CompiledField, ...]
    staging: Staging | None
    blank: tuple[Any, ...]
    plans: Mapping[Category, Plan]
    required: tuple[tuple[tuple[str, int], ...], ...]
    writer: Writer
    straight: Straight
    is_read: bool = True
    is_optional: bool = False
    asks_history: bool = True

    def read(self, payload: Payload) -> Mapped | Failed:
        """The neutral row of a payload, or every field that fails. Never raises, whatever the payload holds."""
        return self.straight(payload) or self.read_by_steps(payload)

    def read_by_steps(self, payload: Payload) -> Mapped | Failed:  # noqa: C901 - every call saved counts here too
        """As `read`, field by field, with the reasons of what fails: what `straight` is held to."""
        row: list[Any] = [*self.blank]
        failures: list[FieldFailure] = []
        issues: list[Issue] = []
        category = Category.OPEN
        if self.staging is not None:
            placed = self.staging.place(row, payload)
            if isinstance(placed, FieldFailure):
                failures.append(placed)
            else:
                category = placed[0]
                issues += placed[1]
        plan = self.plans[category]
        for source, fast, slow, slot, is_wide, field in plan.row:
            raw = payload.get(source) if type(source) is str else source(payload)  # type: ignore[operator]
            if raw is None or raw == "":
                continue
            got = fast(raw) if type(raw) is str else slow(raw)
            if got is None:
                continue
            if type(got) in _SPECIAL:
                _note(got, field, raw, failures, issues)
            elif is_wide:
                row[slot], row[slot + 1] = got
            else:
                row[slot] = got
        custom = "{" + ",".join(parts) + "}" if (parts := _parts(plan.custom, payload, failures, issues)) else None
        dates = "[" + ",".join(parts) + "]" if (parts := _parts(plan.dates, payload, failures, issues)) else None
        for group in self.required:
            if all(row[slot] is None for _, slot in group):
                self._missing(group, failures, issues)
        if failures:
            return Failed(tuple(failures))
        return Mapped(tuple(row), custom, dates, json_text(issues) if issues else None)

    def write(self, patch: Patch, *, beside: Payload | None = None) -> Written | Failed:
        """The vendor fields for a patch of neutral fields (None empties), or every field that cannot be written.

        `beside` is the record that is changed, where there is one.
        """
        return self.writer.write(patch, beside=beside)

    def _missing(self, group: tuple[tuple[str, int], ...], failures: list[FieldFailure], issues: list[Issue]) -> None:
        """A required field is empty: a failure, unless the same field has failed already."""
        names = [name for name, _ in group]
        if any(failure.field in names for failure in failures):
            return
        found = next((field for field in self.fields if field.name in names), None)
        vendor = found.vendor_field if found else None
        odd = next((value for code, name, value in issues if name in names and code == PICKLIST_UNMAPPED), None)
        if odd is None:
            why = LensFailure("{kind} needs {field}", {"kind": self.kind.name, "field": " / ".join(names)})
        else:
            why = LensFailure(
                "{value} is in no table of values, and {field} is needed", {"value": odd, "field": names[0]}
            )
        failures.append(FieldFailure(names[0], vendor, odd, why))


def _note(
    got: Any,  # noqa: ANN401 - a LensFailure or Unmapped
    field: CompiledField,
    raw: object,
    failures: list[FieldFailure],
    issues: list[Issue],
) -> None:
    if isinstance(got, Unmapped):
        issues.append((PICKLIST_UNMAPPED, field.name, got.value))
        return
    shown = None if isinstance(raw, LensFailure) else excerpt(raw[0] if isinstance(raw, tuple) else raw)
    failures.append(FieldFailure(field.name, field.vendor_field, shown, got))


def _parts(steps: Steps, payload: Payload, failures: list[FieldFailure], issues: list[Issue]) -> list[str]:
    """The JSON parts that some steps give."""
    parts: list[str] = []
    for source, fast, slow, _, _, field in steps:
        raw = payload.get(source) if type(source) is str else source(payload)  # type: ignore[operator]
        if raw is None or raw == "":
            continue
        got = fast(raw) if type(raw) is str else slow(raw)
        if type(got) is str:
            parts.append(got)
        elif got is not None:
            _note(got, field, raw, failures, issues)
    return parts
