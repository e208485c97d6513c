"""How each field of one record came about: vendor value, lens, neutral value, and the line that says so."""

from dataclasses import dataclass

from crmbridge.adapter.contract import Payload
from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.document import MappingDocument, Origin
from crmbridge.mapping.fields import CompiledField
from crmbridge.mapping.lenses.frame import excerpt
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import FieldFailure, Unmapped
from crmbridge.mapping.rows import applies
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Category


@dataclass(frozen=True, slots=True)
class Explained:
    """One field: what stood in the vendor's fields, what the lens made of it, and where the rule stands.

    `value` is the neutral value (None where it is empty); `remark` says why, where a rule gave nothing.
    """

    field: str
    vendor_field: str | None
    vendor_value: object
    lens: str
    value: object
    origin: Origin
    remark: Note | None = None


def explain(
    document: MappingDocument, compiled: CompiledMapping, object_name: str, payload: Payload
) -> list[Explained]:
    """Every mapped field of a record, the stage first. ConfigError where the mapping has no such object."""
    mapped = compiled.object(object_name)
    lines, category = _stage(document, mapped, payload)
    return lines + [_field(document, one, payload, category) for one in mapped.fields]


def _stage(document: MappingDocument, mapped: CompiledObject, payload: Payload) -> tuple[list[Explained], Category]:
    if mapped.staging is None:
        return [], Category.OPEN
    reader = mapped.staging.reader
    origin = document.origin("objects", mapped.object, "fields", "stage")
    vendor = reader.vendor_field
    raw = payload.get(vendor) if vendor is not None else None
    found = reader.read(payload)
    if isinstance(found, FieldFailure):
        return [
            Explained(found.field, found.vendor_field, raw, "stage", None, origin, _why(found.failure))
        ], Category.OPEN
    hit, label = found
    remark = None
    if hit.issues:
        code, _, value = hit.issues[-1]
        remark = Note(code, "no stage has the label {value}", {"value": value})
    lines = [
        Explained(
            "pipeline", reader.pipeline_from, payload.get(reader.pipeline_from or ""), "stage", hit.pipeline, origin
        ),
        Explained("stage", vendor, raw if label is None else label, "stage", hit.stage, origin, remark),
        Explained(
            "category", reader.flag_from, payload.get(reader.flag_from or ""), "stage", hit.category.value, origin
        ),
    ]
    return lines, hit.category


def _field(document: MappingDocument, one: CompiledField, payload: Payload, category: Category) -> Explained:
    origin = document.origin(*one.path)
    if not applies(one.rule.when, category):
        later = Note("NOT_NOW", "read only where the stage is {when}", {"when": str(one.rule.when)})
        return Explained(one.name, one.vendor_field, None, one.lens_name, None, origin, later)
    if one.is_constant:
        return Explained(one.name, None, None, one.lens_name, one.lens.read(one.rule.value), origin)
    raw = payload.get(one.source) if isinstance(one.source, str) else one.source(payload)
    value = raw if raw is None or isinstance(raw, LensFailure) else one.lens.read(raw)
    stored = one.slow(raw) if raw is not None else None
    remark: Note | None = None
    if isinstance(stored, Unmapped):
        remark = Note("PICKLIST_UNMAPPED", "no rule names the value {value}", {"value": stored.value})
    elif isinstance(stored, LensFailure):
        remark = _why(stored)
    amount = raw[0] if isinstance(raw, tuple) else raw
    shown = excerpt(payload.get(str(one.vendor_field))) if isinstance(amount, LensFailure) else amount
    neutral = value if remark is None else None
    return Explained(one.name, one.vendor_field, shown, one.lens_name, neutral, origin, remark)


def _why(failure: LensFailure) -> Note:
    return Note("FAILS", failure.template, dict(failure.params))
