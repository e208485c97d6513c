"""object/list, object/describe and the dictionary of areas (dossier 3.11)."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.fxiaoke import areas, errors
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.schema import NUMBERS, Field, Obj


def list_objects(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/crm/v2/object/list``."""
    made = [
        {
            "describeApiName": obj.api_name,
            "describeDisplayName": obj.label,
            "defineType": "custom" if obj.custom else "package",
            "isActive": obj.active,
            "iconPath": "",
            "iconIndex": 0,
            "hideButton": False,
            "publicObject": False,
        }
        for obj in ctx.schema
        if obj.api_name not in ctx.sim.forbidden
    ]
    return {"data": {"objects": made}}


def describe(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/crm/v2/object/describe``: ``apiName`` at the top or in ``data`` (both shapes, dossier 3.11)."""
    data = ctx.body.get("data")
    inner = data.get("apiName") if isinstance(data, dict) else None
    obj = ctx.named_object(ctx.body.get("apiName") or inner)
    title = ctx.switches.text("label_key")
    told: dict[str, Any] = {
        "api_name": obj.api_name,
        title: obj.label,
        "define_type": "custom" if obj.custom else "package",
        "is_active": obj.active,
        "fields": {field.api_name: _field(ctx, obj, field) for field in obj.fields.values()},
    }
    return {"data": {"describe": told}}


def _field(ctx: Ctx, obj: Obj, field: Field) -> dict[str, Any]:
    told: dict[str, Any] = {
        "api_name": field.api_name,
        "label": field.label,
        "type": _type(ctx, field),
        "is_required": field.required,
        "is_unique": field.unique,
        "is_readonly": field.read_only,
        "define_type": "custom" if field.custom else "package",
        "is_active": field.active,
        "describe_api_name": obj.api_name,
    }
    if field.type in {"employee", "employee_many"}:
        told["is_single"] = field.type == "employee"
    if field.type in NUMBERS or field.type == "formula":
        told["decimal_places"] = field.decimals
    if field.target:
        told["target_api_name"] = field.target
    if field.options:
        told["options"] = [_option(ctx, one.value, one.label, usable=one.usable) for one in field.options]
    return told


def _type(ctx: Ctx, field: Field) -> str:
    if field.type == "phone_number":
        return ctx.switches.text("phone_type")
    return "employee" if field.type == "employee_many" else field.type


def _option(ctx: Ctx, value: str, label: str, *, usable: bool) -> dict[str, Any]:
    """An option; how one out of use is marked is a switch (dossier 3.11)."""
    told: dict[str, Any] = {"label": label, "value": value}
    mark = ctx.switches.text("option_flag")
    if mark == "not_usable":
        told["not_usable"] = not usable
    if mark == "is_active":
        told["is_active"] = usable
    return told


def area_options(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/crm/countryAreaOptions/get``."""
    if ctx.user is None:
        raise errors.illegal("currentOpenUserId")
    return {"data": areas.tree()}


ROUTES = {
    "/cgi/crm/v2/object/list": list_objects,
    "/cgi/crm/v2/object/describe": describe,
    "/cgi/crm/countryAreaOptions/get": area_options,
}
