"""The way back: a patch of neutral fields becomes the vendor's fields, or says why it cannot.

A list of texts goes into the fields that it is read from, one in each. Refused are constants, other joined fields, what
the stage decides, a stage or choice that no vendor value stands for, and two values for one vendor field, unless its
lens joins them. Nothing here sends anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crmbridge.adapter.contract import Payload
from crmbridge.adapter.lens import Joins, LensFailure
from crmbridge.mapping.fields import CompiledField
from crmbridge.mapping.lenses.frame import excerpt, wrong_type
from crmbridge.mapping.lenses.lists import TextsLens
from crmbridge.mapping.lenses.money import MoneyLens
from crmbridge.mapping.outcome import Failed, FieldFailure
from crmbridge.mapping.stages import StageTable
from crmbridge.model.errors import suggestion
from crmbridge.model.kinds import KindSpec
from crmbridge.model.money import Money

Patch = Mapping[str, object]
Written = dict[str, object]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the patches of one object. `stage_field` and `pipeline_field` are the vendor's, where it has them."""

    kind: KindSpec
    fields: Mapping[str, CompiledField]
    stages: StageTable | None
    stage_field: str | None
    pipeline_field: str | None

    def write(self, patch: Patch, *, beside: Payload | None = None) -> Written | Failed:
        """The vendor fields of a patch, or every field of it that cannot be written.

        `beside` is the record that is changed: of a list, what stays does so in its own vendor field.
        """
        written: Written = {}
        failures: list[FieldFailure] = []
        for name, value in patch.items():
            got = self._one(name, value, patch, beside or {})
            if isinstance(got, LensFailure):
                failures.append(FieldFailure(name, self._vendor(name), excerpt(value), got))
                continue
            field = self.fields.get(name)
            for vendor, form in got.items():
                if field is not None and isinstance(field.lens, Joins):
                    there = written[vendor] if vendor in written else (beside or {}).get(vendor)
                    written[vendor] = field.lens.join(there, form)
                    continue
                if vendor in written and written[vendor] != form:
                    why = LensFailure("{vendor} would get two values", {"vendor": vendor})
                    failures.append(FieldFailure(name, vendor, excerpt(value), why))
                written[vendor] = form
        return Failed(tuple(failures)) if failures else written

    def _vendor(self, name: str) -> str | None:
        field = self.fields.get(name)
        return field.vendor_field if field else None

    def _one(self, name: str, value: object, patch: Patch, beside: Payload) -> Written | LensFailure:
        if name not in self.kind.fields:
            near = suggestion(name, self.kind.fields)
            return LensFailure("{kind} has no field {field}", {"kind": self.kind.name, "field": name}, near)
        if name in {"stage", "pipeline"} and self.stages is not None:
            return self._stage(name, value, patch)
        field = self.fields.get(name)
        if field is None:
            return LensFailure("the mapping has no rule for {field}", {"field": name})
        return _refusal(field, value) or (
            _spread(field, value, beside) if field.is_spread else _write_field(field, value)
        )

    def _stage(self, name: str, value: object, patch: Patch) -> Written | LensFailure:
        vendor = self.stage_field if name == "stage" else self.pipeline_field
        if vendor is None or self.stages is None or value is None:
            return LensFailure("{field} cannot be written to this source", {"field": name})
        if name == "pipeline":
            label = self.stages.write_pipeline(value)
        else:
            pipeline = patch.get("pipeline")
            label = self.stages.write(pipeline if isinstance(pipeline, str) else None, value)
        return label if isinstance(label, LensFailure) else {vendor: label}


def _refusal(field: CompiledField, value: object) -> LensFailure | None:
    template = None
    if field.is_constant:
        template = "{field} is a constant of the mapping"
    elif len(field.rule.source) > 1 and not field.is_spread:
        template = "{field} is joined from several fields and cannot be written back"
    elif value is None and field.spec.required:
        template = "{field} cannot be emptied"
    return LensFailure(template, {"field": field.name}) if template else None


def _write_field(field: CompiledField, value: object) -> Written | LensFailure:
    lens, vendor = field.lens, field.rule.source[0]
    also: Written = {}
    currency_from = field.rule.parameters.get("currency_from")
    if currency_from and isinstance(lens, MoneyLens) and isinstance(value, Money):
        lens = replace(lens, currency=value.currency)
        also = {currency_from: value.currency}
    form = lens.write(value)
    if isinstance(form, LensFailure):
        return form
    if field.rule.part is not None and form is not None:
        form = {field.rule.part: form}
    return {vendor: form, **also}


def _spread(field: CompiledField, value: object, beside: Payload) -> Written | LensFailure:
    """A list over the vendor fields that it is read from: what is there already stays in its place."""
    lens, places = field.lens, field.rule.source
    if not isinstance(lens, TextsLens) or not isinstance(value, tuple | list | None):
        return wrong_type(value, "list of texts")
    left = [*(value or ())]
    written: Written = {}
    for place in places:
        here = _items(lens, beside.get(place))
        if here and all(one in left for one in here):
            written[place] = beside[place]
            left = [one for one in left if one not in here]
    free = [place for place in places if place not in written]
    if len(left) > len(free):
        params = {"field": field.name, "count": len(left) + len(written), "most": len(places)}
        return LensFailure("{field} has {count} values here, and there is room for {most}", params)
    for place in free:
        form = lens.write((left.pop(0),)) if left else None
        if isinstance(form, LensFailure):
            return form
        written[place] = form
    return written


def _items(lens: TextsLens, value: object) -> Sequence[object]:
    """What a vendor field holds of a list; nothing where it cannot be read."""
    found = None if value is None or value == "" else lens.read(value)
    return found if isinstance(found, tuple) else ()


def room(field: CompiledField) -> int | None:
    """How many values of a list there is room for; None where that is not said."""
    if field.is_spread:
        return len(field.rule.source)
    return field.lens.most if isinstance(field.lens, TextsLens) else None
