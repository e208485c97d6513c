"""Blueprint: the present transitions of a record, and taking one (OAS25 blueprint.json, DOC7; dossier 2.13).

A deal whose `$process_flow` is true is in a blueprint here; its transitions lead to every other open stage of its
pipeline and out of the process to the closed ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.outcomes import success
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import PickValue
from crmbridge_sim.zoho.store import Values

if TYPE_CHECKING:
    from crmbridge_sim.zoho.context import Ctx


def transitions(ctx: Ctx, request: Request, module: str, record: str) -> Response:
    """What can be done next; a record outside of a blueprint -> 400 RECORD_NOT_IN_PROCESS."""
    del request
    values = _in_process(ctx, module, record)
    field = ctx.schema[module]["Stage"]
    process = {
        "field_id": str(field.id),
        "is_continuous": False,
        "api_name": "Stage",
        "continuous": False,
        "field_label": field.label,
        "name": "Deal process",
        "column_name": "STAGE",
        "field_value": values.get("Stage"),
        "id": ctx.sim.named_id("blueprint", module),
        "field_name": field.label,
    }
    next_ones = [_transition(ctx, value) for value in _reachable(ctx, values)]
    return Response.of_json({"blueprint": {"process_info": process, "transitions": next_ones}})


def move(ctx: Ctx, request: Request, module: str, record: str) -> Response:
    """`PUT` with a `transition_id`: the stage changes although a plain update refuses it."""
    del request
    values = _in_process(ctx, module, record)
    sent = ctx.body().get("blueprint")
    first = sent[0] if isinstance(sent, list) and sent and isinstance(sent[0], dict) else {}
    wanted = str(first.get("transition_id", ""))
    target = next((value for value in _reachable(ctx, values) if _transition_id(ctx, value) == wanted), None)
    if target is None:
        raise ApiError("INVALID_DATA", {"api_name": "transition_id"}, message="invalid transition")
    changes: Values = {"Stage": target.actual, "Probability": target.probability}
    if target.forecast_type != "Open":
        changes["$process_flow"] = 0
    known = {name: value for name, value in changes.items() if name in ctx.schema[module]}
    ctx.store.update(module, values["id"], known, at=ctx.now, user=ctx.user.id)
    return Response.of_json(success({}, "transition updated successfully"))


def _in_process(ctx: Ctx, module: str, record: str) -> Values:
    ctx.module(module)
    values = ctx.store.get(module, ctx.record_id(record))
    if values is None:
        raise ApiError("INVALID_DATA", {"resource_path_index": 1}, message="the id given seems to be invalid")
    if not values.get("$process_flow"):
        raise ApiError("RECORD_NOT_IN_PROCESS", message="record not in process", status=400)
    return values


def _reachable(ctx: Ctx, values: Values) -> list[PickValue]:
    pipeline = ctx.schema.pipeline_of(str(values.get("Pipeline") or ""))
    stages = pipeline.stages if pipeline else ()
    field = ctx.schema["Deals"]["Stage"]
    found = [field.pick(stage) for stage in stages if stage != values.get("Stage")]
    return [value for value in found if value is not None]


def _transition_id(ctx: Ctx, value: PickValue) -> str:
    return ctx.sim.named_id("transition", value.actual)


def _transition(ctx: Ctx, value: PickValue) -> dict[str, Any]:
    return {
        "id": _transition_id(ctx, value),
        "name": f"To {value.display}",
        "type": "manual",
        "next_field_value": value.display,
        "next_transitions": [],
        "criteria_matched": True,
        "criteria_message": None,
        "percent_partial_save": 0.0,
        "color_code": None,
        "text_color_code": None,
        "data": {},
        "fields": [],
    }


BLUEPRINT = "/crm/v8/{module}/{record}/actions/blueprint"
ROUTES = (
    Route("GET", BLUEPRINT, transitions),
    Route("PUT", BLUEPRINT, move, scope="modules.UPDATE"),
)
