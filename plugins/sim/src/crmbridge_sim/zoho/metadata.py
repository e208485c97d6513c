"""Metadata: modules, fields, layouts, pipelines, picklist values, roles, profiles (dossier 3)."""

from __future__ import annotations

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.describing import (
    describe_field,
    forecast_category,
    pick_value,
    pick_values,
)
from crmbridge_sim.zoho.describing_modules import describe_layout, describe_module
from crmbridge_sim.zoho.errors import ApiError, empty
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Field, Layout, Module


def list_modules(ctx: Ctx, request: Request) -> Response:
    """``GET /settings/modules``: all at once, no pages (dossier 3: OAS26c)."""
    del request
    made = [describe_module(ctx, module, number) for number, module in enumerate(ctx.schema, 1)]
    return Response.of_json({"modules": made})


def get_module(ctx: Ctx, request: Request, name: str) -> Response:
    """``GET /settings/modules/{api_name}``, in full; an id does as well."""
    del request
    found = next((module for module in ctx.schema if name in {module.api_name, str(module.id)}), None)
    if found is None:
        raise ApiError("INVALID_MODULE", {"resource_path_index": 2})
    if not found.permitted:
        return empty()  # "some modules answer 204" (dossier 3: AB logs it as inaccessible metadata)
    return Response.of_json({"modules": [describe_module(ctx, found, full=True)]})


def list_fields(ctx: Ctx, request: Request) -> Response:
    """``GET /settings/fields?module=``; ``$`` keys and hidden fields are absent without error (dossier 3)."""
    kind = request.params.get("type") or "all"
    if kind not in {"all", "used", "unused"}:
        raise ApiError("INVALID_DATA", {"param_name": "type"})
    module = ctx.param_module()
    shown = [field for field in module.fields.values() if field.visible and not field.hidden_in_metadata]
    if kind == "unused" or not shown:
        return empty()
    return Response.of_json({"fields": [describe_field(ctx, module, field, n) for n, field in enumerate(shown, 1)]})


def get_field(ctx: Ctx, request: Request, field: str) -> Response:
    """``GET /settings/fields/{id}?module=``."""
    del request
    module = ctx.param_module()
    return Response.of_json({"fields": [describe_field(ctx, module, field_of_path(module, field))]})


def field_of_path(module: Module, field_id: str) -> Field:
    """The field of an id in a path; unknown or hidden -> 400 INVALID_DATA."""
    found = next((one for one in module.fields.values() if str(one.id) == field_id and one.visible), None)
    if found is None:
        raise ApiError("INVALID_DATA", {"resource_path_index": 2}, message="the id given seems to be invalid")
    return found


def get_pick_values(ctx: Ctx, request: Request, field: str) -> Response:
    """``GET /settings/fields/{id}/pick_list_values``: unused ones too (dossier 3: OAS25)."""
    del request
    module = ctx.param_module()
    found = field_of_path(module, field)
    values = pick_values(ctx, module, found, unused=True)
    layouts = [{"name": layout.name, "id": str(layout.id), "api_name": layout.api_name} for layout in module.layouts]
    made = [{**value, "layout_associations": layouts} for value in values]
    return Response.of_json({"pick_list_values": made}) if made else empty()


def list_layouts(ctx: Ctx, request: Request) -> Response:
    """``GET /settings/layouts?module=``."""
    del request
    module = ctx.param_module()
    if not module.creatable:
        return empty()
    return Response.of_json({"layouts": [describe_layout(ctx, module, layout) for layout in module.layouts]})


def get_layout(ctx: Ctx, request: Request, layout: str) -> Response:
    """``GET /settings/layouts/{id}?module=``."""
    del request
    module = ctx.param_module()
    return Response.of_json({"layouts": [describe_layout(ctx, module, _layout(module, layout))]})


def _layout(module: Module, layout_id: str) -> Layout:
    found = next((one for one in module.layouts if str(one.id) == layout_id), None)
    if found is None:
        raise ApiError("INVALID_DATA", {"resource_path_index": 2}, message="the id given seems to be invalid")
    return found


def list_pipelines(ctx: Ctx, request: Request) -> Response:
    """``GET /settings/pipeline?layout_id=``: mandatory, and no probability in it (dossier 3: OAS26)."""
    layout_id = request.params.get("layout_id", "")
    if not layout_id:
        raise ApiError("REQUIRED_PARAM_MISSING", {"param_name": "layout_id"})
    deals = ctx.schema["Deals"]
    layout = next((one for one in deals.layouts if str(one.id) == layout_id), None)
    if layout is None:
        raise ApiError("INVALID_DATA", {"param_name": "layout_id"})
    made = []
    for pipeline in ctx.schema.pipelines:
        if pipeline.layout != layout.name:
            continue
        stages = []
        for number, actual in enumerate(pipeline.stages, 1):
            value = deals["Stage"].pick(actual)
            if value is not None:
                one = pick_value(ctx, value, number, is_stage=False)
                kept = {k: one[k] for k in ("id", "display_value", "actual_value", "sequence_number", "colour_code")}
                forecast = {"forecast_category": forecast_category(ctx, value), "forecast_type": value.forecast_type}
                stages.append({**kept, **forecast})
        made.append(
            {
                "id": str(pipeline.id),
                "display_value": pipeline.display,
                "actual_value": pipeline.actual,
                "default": pipeline.default,
                "child_available": False,
                "parent": None,
                "maps": stages,
            }
        )
    return Response.of_json({"pipeline": made}) if made else empty()


def list_roles(ctx: Ctx, request: Request) -> Response:
    """``GET /settings/roles``."""
    del request
    names = sorted({user.role for user in ctx.people})
    made = [{"name": name, "display_label": name, "id": ctx.sim.named_id("role", name)} for name in names]
    return Response.of_json({"roles": made})


def list_profiles(ctx: Ctx, request: Request) -> Response:
    """``GET /settings/profiles``."""
    del request
    names = sorted({user.profile for user in ctx.people})
    made = [{"name": n, "display_label": n, "id": ctx.sim.named_id("profile", n), "custom": False} for n in names]
    return Response.of_json({"profiles": made})


_SETTINGS = "/crm/v8/settings"
ROUTES = (
    Route("GET", f"{_SETTINGS}/modules", list_modules, scope="settings.modules.READ"),
    Route("GET", f"{_SETTINGS}/modules/{{name}}", get_module, scope="settings.modules.READ"),
    Route("GET", f"{_SETTINGS}/fields", list_fields, scope="settings.fields.READ"),
    Route("GET", f"{_SETTINGS}/fields/{{field}}", get_field, scope="settings.fields.READ"),
    Route("GET", f"{_SETTINGS}/fields/{{field}}/pick_list_values", get_pick_values, scope="settings.fields.READ"),
    Route("GET", f"{_SETTINGS}/layouts", list_layouts, scope="settings.layouts.READ"),
    Route("GET", f"{_SETTINGS}/layouts/{{layout}}", get_layout, scope="settings.layouts.READ"),
    Route("GET", f"{_SETTINGS}/pipeline", list_pipelines, scope="settings.pipeline.READ"),
    Route("GET", f"{_SETTINGS}/roles", list_roles, scope="settings.roles.READ"),
    Route("GET", f"{_SETTINGS}/profiles", list_profiles, scope="settings.profiles.READ"),
)
