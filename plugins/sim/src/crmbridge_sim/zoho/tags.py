"""Tags: the list of a module, and adding or removing them on records (dossier 2.13: OAS26c, OAS25 tags.json)."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.errors import ApiError, RecordError, empty
from crmbridge_sim.zoho.outcomes import Outcomes, success
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.store import quoted

if TYPE_CHECKING:
    from crmbridge_sim.zoho.context import Ctx

MOST_IDS = 500
IDS_A_CREDIT = 50  # "tags 1 per 50" (dossier 5.1)

Tag = dict[str, Any]


def known(ctx: Ctx, module: Module) -> list[Tag]:
    """Every tag of a module: the made ones and those on records."""
    sql = (
        f"SELECT DISTINCT json_extract(j.value, '$.name') FROM {quoted(module.api_name)} t, json_each(t.Tag) j"
        " WHERE t.Tag IS NOT NULL AND t.Tag <> '[]'"
    )
    names = {str(name) for (name,) in ctx.store.db.execute(sql)} | ctx.sim.features.tags.get(module.api_name, set())
    return [named(ctx, name) for name in sorted(names)]


def named(ctx: Ctx, name: str) -> Tag:
    """The tag of this name as it stands on records."""
    return {"name": name, "id": ctx.sim.named_id("tag", name), "color_code": None}


def list_tags(ctx: Ctx, request: Request) -> Response:
    """`GET /settings/tags?module=`; none -> 204."""
    del request
    module = ctx.param_module()
    tags = known(ctx, module)
    if not tags:
        return empty()
    me = {"name": ctx.sim.api_user.full_name, "id": str(ctx.sim.api_user.id)}
    when = ctx.instant(ctx.org.created)
    audit = {"created_time": when, "modified_time": when, "created_by": me, "modified_by": me}
    return Response.of_json(
        {"tags": [{**tag, **audit} for tag in tags], "info": {"count": len(tags), "allowed_count": 100}}
    )


def create_tags(ctx: Ctx, request: Request) -> Response:
    """`POST /settings/tags?module=` `{"tags":[{"name"}]}` -> 201."""
    del request
    module = ctx.param_module()
    me = {"name": ctx.user.full_name, "id": str(ctx.user.id)}
    when = ctx.instant(ctx.now)
    items = []
    for name in _names(ctx.body()):
        tag = named(ctx, name)
        ctx.sim.features.tags.setdefault(module.api_name, set()).add(name)
        details = {"id": tag["id"], "color_code": tag["color_code"], "created_time": when, "modified_time": when}
        details |= {"created_by": me, "modified_by": me}
        items.append(success(details, "tags created successfully"))
    return Response.of_json({"tags": items}, status=201)


def _names(body: dict[str, Any]) -> list[str]:
    tags = body.get("tags")
    names = [str(tag.get("name") or "") for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    if not names or not all(names):
        raise ApiError("MANDATORY_NOT_FOUND", {"api_name": "tags", "json_path": "$.tags"})
    return names


def add(ctx: Ctx, request: Request, module: str, record: str = "") -> Response:
    """`actions/add_tags`; with `over_write` the new ones replace the old ones."""
    del request
    body = ctx.body()
    over_write = body.get("over_write") is True or ctx.request.params.get("over_write") == "true"
    target = ctx.module(module)
    wanted = [named(ctx, name) for name in _names(body)]

    def change(old: list[Tag]) -> list[Tag]:
        kept = [] if over_write else [tag for tag in old if tag["name"] not in {new["name"] for new in wanted}]
        return [*kept, *wanted]

    return _each(ctx, target, record, body, change)


def remove(ctx: Ctx, request: Request, module: str, record: str = "") -> Response:
    """`actions/remove_tags`."""
    del request
    body = ctx.body()
    gone = {name.lower() for name in _names(body)}
    target = ctx.module(module)
    return _each(ctx, target, record, body, lambda old: [tag for tag in old if tag["name"].lower() not in gone])


def _ids(ctx: Ctx, record: str, body: dict[str, Any]) -> list[str]:
    given = body.get("ids")
    ids = [record] if record else given if isinstance(given, list) else ctx.request.params.get("ids", "").split(",")
    ids = [str(text) for text in ids if str(text)]
    if not ids:
        raise ApiError("MANDATORY_NOT_FOUND", {"api_name": "ids", "json_path": "$.ids"})
    if len(ids) > MOST_IDS:
        raise ApiError("LIMIT_EXCEEDED", {"maximum_length": MOST_IDS, "api_name": "ids"})
    return ids


def _each(ctx: Ctx, module: Module, record: str, body: dict[str, Any], change: Any) -> Response:  # noqa: ANN401 -- a function
    outcomes = Outcomes()
    for number, text in enumerate(_ids(ctx, record, body)):
        outcomes.add(partial(_one, ctx, module, text, number, change))
    good = sum(item["status"] == "success" for item in outcomes.items)
    return outcomes.response(wf_scheduler=False, success_count=str(good), locked_count="0")


def _one(ctx: Ctx, module: Module, text: str, number: int, change: Any) -> dict[str, Any]:  # noqa: ANN401 -- a function
    values = ctx.store.get(module.api_name, int(text)) if text.isdigit() else None
    if values is None:
        raise RecordError("INVALID_DATA", {"api_name": "ids", "json_path": f"$.ids[{number}]"})
    tags = change(json.loads(values.get("Tag") or "[]"))
    move = ctx.switches.flag("tags_move_modified")
    changes = {"Tag": json.dumps(tags, ensure_ascii=False, separators=(",", ":"))}
    ctx.store.update(module.api_name, int(text), changes, at=ctx.now, user=ctx.user.id, move=move)
    return success({"id": text, "tags": tags}, "tags updated successfully")


def cost(ctx: Ctx, request: Request) -> int:
    """1 credit per 50 records (dossier 5.1: GH:56848573001)."""
    del request
    ids = ctx.body().get("ids")
    return -(-max(1, len(ids) if isinstance(ids, list) else 1) // IDS_A_CREDIT)


ROUTES = (
    Route("GET", "/crm/v8/settings/tags", list_tags, scope="settings.tags.READ"),
    Route("POST", "/crm/v8/settings/tags", create_tags, scope="settings.tags.CREATE"),
    Route("POST", "/crm/v8/{module}/actions/add_tags", add, cost=cost, scope="modules.CREATE"),
    Route("POST", "/crm/v8/{module}/actions/remove_tags", remove, cost=cost, scope="modules.CREATE"),
    Route("POST", "/crm/v8/{module}/{record}/actions/add_tags", add, scope="modules.CREATE"),
    Route("POST", "/crm/v8/{module}/{record}/actions/remove_tags", remove, scope="modules.CREATE"),
)
