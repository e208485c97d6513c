"""Custom views: a named filter of a module, addressed by ``cvid`` (dossier 2.2, 3)."""

from __future__ import annotations

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Module

# Name, system name and filter of the views every module has; ``{me}`` is the asking user.
VIEWS: tuple[tuple[str, str, str], ...] = (
    ("All {plural}", "ALLVIEWS", "1"),
    ("My {plural}", "MYVIEWS", 't."Owner" = {me}'),
)


def view_filter(ctx: Ctx, module: Module, cvid: str) -> str:
    """The SQL of a view; an unknown id -> 400 INVALID_DATA."""
    for _, system_name, sql in VIEWS:
        if ctx.sim.named_id(f"view {module.api_name}", system_name) == cvid:
            return sql.format(me=ctx.user.id)
    raise ApiError("INVALID_DATA", {"param_name": "cvid"}, message="the cvid given seems to be invalid")


def list_views(ctx: Ctx, request: Request) -> Response:
    """``GET /settings/custom_views?module=``."""
    del request
    module = ctx.param_module()
    made: list[dict[str, object]] = [
        {
            "id": ctx.sim.named_id(f"view {module.api_name}", system_name),
            "display_value": label.format(plural=module.plural),
            "name": label.format(plural=module.plural),
            "system_name": system_name,
            "system_defined": True,
            "category": "public_views",
            "default": system_name == "ALLVIEWS",
            "favorite": None,
            "criteria": None,
        }
        for label, system_name, _ in VIEWS
    ]
    info = {"per_page": 200, "count": len(made), "page": 1, "more_records": False, "default": made[0]["id"]}
    return Response.of_json({"custom_views": made, "info": info})


ROUTES = (Route("GET", "/crm/v8/settings/custom_views", list_views, scope="settings.custom_views.READ"),)
