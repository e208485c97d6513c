"""One record of a write as stored values: every field checked, the rules between fields too (dossier 2.4, 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import RecordError
from crmbridge_sim.zoho.schema import Field, Layout, Module
from crmbridge_sim.zoho.store import Values
from crmbridge_sim.zoho.subforms import merge_rows
from crmbridge_sim.zoho.values import ValueReader, invalid, read_id

Sent = Mapping[str, Any]
# Read-only by metadata, yet a write may send them.
_WRITABLE_ANYWAY = frozenset({"Owner"})


def read_record(ctx: Ctx, module: Module, sent: Sent, path: str, *, before: Values | None) -> Values:
    """The stored values a record of a write asks for; ``before`` is the record it changes, None for a new one.

    Fields that are read-only or unknown are passed over silently (the unknown ones by a switch). Several faults in
    one record come as MULTIPLE_OR_MULTI_ERRORS.
    """
    if not isinstance(sent, Mapping):
        raise RecordError("INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": path})
    reader = ValueReader(ctx, module, currency=sent.get("Currency") or (before or {}).get("Currency"))
    layout = _layout(ctx, module, sent, path, before)
    values: Values = {}
    errors: list[RecordError] = []
    wrong: set[str] = set()
    for name, value in sent.items():
        try:
            field = _field(ctx, module, layout, name, path)
            if field is not None:
                values[name] = _value(ctx, reader, field, value, sent=sent, path=path, before=before)
        except RecordError as error:
            errors.append(error)
            wrong.add(name)
    errors += _missing(ctx, module, layout, values, path=path, before=before, wrong=wrong)
    _resolve_any(ctx, module, sent, values, path=path, before=before, errors=errors)
    if not errors and module.api_name == "Deals":
        errors += _stage_errors(ctx, values, path, before)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise RecordError("MULTIPLE_OR_MULTI_ERRORS", {"errors": [error.item for error in errors]}, status=400)
    return values


def _field(ctx: Ctx, module: Module, layout: Layout | None, name: str, path: str) -> Field | None:
    field = module.field_of(name)
    if field is None or not field.visible:
        known = name == "id" or name.startswith("$") or name == "se_module"
        if not known and ctx.switches.text("unknown_write_field") == "INVALID_DATA":
            raise RecordError("INVALID_DATA", {"api_name": name, "json_path": f"{path}.{name}"})
        return None
    if field.data_type in {"module", "multi_module_lookup"} or (field.read_only and name not in _WRITABLE_ANYWAY):
        return None
    if layout is not None and name not in layout.fields:
        return None  # "fields outside that layout are ignored silently" (dossier 2.4: OAS26, DOC7)
    return field


def _value(
    ctx: Ctx,
    reader: ValueReader,
    field: Field,
    value: Any,  # noqa: ANN401  # JSON
    *,
    sent: Sent,
    path: str,
    before: Values | None,
) -> Any:  # noqa: ANN401  # a stored value
    place = f"{path}.{field.api_name}"
    if field.data_type == "subform":
        return merge_rows(ctx, field, value, place, before)
    stored = reader.read(field, value, place)
    appended = sent.get("$append_values")
    if field.data_type == "multiselectpicklist" and isinstance(appended, dict) and appended.get(field.api_name):
        # They replace by default; "$append_values":{"Field":true} appends (dossier 2.4: DOC7).
        old = json.loads((before or {}).get(field.api_name) or "[]")
        stored = json.dumps(list(dict.fromkeys([*old, *json.loads(stored or "[]")])), ensure_ascii=False)
    return stored


def _layout(ctx: Ctx, module: Module, sent: Sent, path: str, before: Values | None) -> Layout | None:
    """The layout whose rules hold: only one that was sent enforces them (dossier 2.4, 8: layouts)."""
    del ctx, before
    if sent.get("Layout") is None or "Layout" not in module:
        return None
    wanted = read_id(sent["Layout"])
    found = next((layout for layout in module.layouts if layout.id == wanted), None)
    if found is None:
        raise invalid(module["Layout"], f"{path}.Layout.id", "the id given seems to be invalid")
    return found


def _not_found(name: str, path: str) -> RecordError:
    return RecordError("MANDATORY_NOT_FOUND", {"api_name": name, "json_path": f"{path}.{name}"})


def _missing(
    ctx: Ctx,
    module: Module,
    layout: Layout | None,
    values: Values,
    *,
    path: str,
    before: Values | None,
    wrong: set[str],
) -> list[RecordError]:
    """MANDATORY_NOT_FOUND for what a new record lacks, or what an update clears."""
    required = [field.api_name for field in module.fields.values() if field.mandatory]
    if ctx.switches.text("missing_pipeline") == "default":
        required = [name for name in required if name != "Pipeline"]
    if layout is not None:
        required += [name for name in layout.required if name not in required]
    return [
        _not_found(name, path)
        for name in required
        if name not in wrong
        and module[name].data_type != "multi_module_lookup"
        and ((name in values and values[name] is None) or (before is None and name not in values))
    ]


def _resolve_any(
    ctx: Ctx, module: Module, sent: Sent, values: Values, *, path: str, before: Values | None, errors: list[RecordError]
) -> None:
    """Lookups into several modules. Without ``$se_module`` a task stays unlinked (dossier 4.2: GH:53761516506)."""
    field = next((one for one in module.fields.values() if one.data_type == "multi_module_lookup"), None)
    if field is None:
        return
    if field.api_name not in sent:
        if field.mandatory and before is None:
            errors.append(_not_found(field.api_name, path))
        return
    value = sent[field.api_name]
    target = sent.get("$se_module") or sent.get("se_module")
    if isinstance(value, dict) and isinstance(value.get("module"), dict):
        target = value["module"].get("api_name")  # the v8 shape of Notes.Parent_Id
    if value is None:
        values |= {field.api_name: None, "$se_module": None}
        return
    if target is None:
        if field.mandatory:
            errors.append(_not_found("$se_module", path))
        return
    record_id = read_id(value)
    if target not in ctx.schema or record_id is None or not ctx.store.exists(target, record_id):
        errors.append(invalid(field, f"{path}.{field.api_name}.id", "the id given seems to be invalid"))
        return
    values |= {field.api_name: record_id, "$se_module": target}


def _stage_errors(ctx: Ctx, values: Values, path: str, before: Values | None) -> list[RecordError]:
    """The stage must be of the pipeline, and must not change inside a blueprint (dossier 6: OAS26, SDK8 enum)."""
    old = before or {}
    stage = values.get("Stage", old.get("Stage"))
    if before is not None and old.get("$process_flow") and stage != old.get("Stage"):
        return [RecordError("RECORD_IN_BLUEPRINT", {"api_name": "Stage", "json_path": f"{path}.Stage"})]
    if before is None and values.get("Pipeline") is None:
        values["Pipeline"] = next(pipe.actual for pipe in ctx.schema.pipelines if pipe.default)
    if "Stage" not in values and "Pipeline" not in values:
        return []
    pipeline = ctx.schema.pipeline_of(values.get("Pipeline", old.get("Pipeline")) or "")
    if pipeline is None:
        details = {"mapped_field": "Layout", "api_name": "Pipeline", "json_path": f"{path}.Pipeline"}
        return [RecordError("MAPPING_MISMATCH", details, message="Layout doesn't contain the Pipeline")]
    if stage not in pipeline.stages:
        details = {"mapped_field": "Pipeline", "api_name": "Stage", "json_path": f"{path}.Stage"}
        return [RecordError("MAPPING_MISMATCH", details)]
    return []
