"""Delete and the feed of deleted records (dossier 2.5, 2.6)."""

from __future__ import annotations

from functools import partial
from typing import Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import external, ids, listing, trash
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError, RecordError, empty, failure
from crmbridge_sim.zoho.outcomes import Outcomes, success
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Module

ID_LIMIT = 100


def delete_records(ctx: Ctx, request: Request, module: str) -> Response:
    """``DELETE /{module}?ids=a,b``: an outcome per id, mixed 207 (dossier 2.5: OAS26)."""
    target = ctx.module(module, right="Delete")
    given = [part.strip() for part in request.params.get("ids", "").split(",") if part.strip()]
    if not given:
        raise ApiError("REQUIRED_PARAM_MISSING", {"param_name": "ids"})
    if len(given) > ID_LIMIT:
        raise ApiError("LIMIT_EXCEEDED", {"limit": ID_LIMIT, "param_name": "ids"})
    return _delete(ctx, target, given)


def delete_record(ctx: Ctx, request: Request, module: str, record: str) -> Response:
    """``DELETE /{module}/{id}``."""
    del request
    target = ctx.module(module, right="Delete")
    record_id = external.path_id(ctx, target, record)
    return _delete(ctx, target, [str(record_id) if record_id is not None else record])


def _delete(ctx: Ctx, module: Module, given: list[str]) -> Response:
    outcomes = Outcomes()
    for number, text in enumerate(given):
        outcomes.add(partial(_delete_one, ctx, module, text, f"$.data[{number}]"))
    return outcomes.response()


def _delete_one(ctx: Ctx, module: Module, text: str, path: str) -> dict[str, Any]:
    record_id = ids.parse(text)
    record = None if record_id is None else ctx.store.get(module.api_name, record_id)
    if record is None or record_id is None:
        raise RecordError("INVALID_DATA", {"id": text}, message="record not deleted")
    if record.get("Locked__s"):
        raise RecordError("RECORD_LOCKED", {"api_name": "id", "json_path": f"{path}.id", "action": "record_locking"})
    trash.delete(ctx.store, module, record_id, at=ctx.now, user=ctx.user.id)
    return success({"id": text}, "record deleted")


def get_deleted(ctx: Ctx, request: Request, module: str) -> Response:
    """``GET /{module}/deleted``: nothing -> 204 (dossier 2.6: DOC7); the order is a switch."""
    target = ctx.module(module)
    kind = request.params.get("type") or "all"
    if kind not in {"all", "recycle", "permanent"}:
        raise ApiError("PATTERN_NOT_MATCHED", {"param_name": "type"})
    page, per_page = ctx.number_param("page", 1), ctx.number_param("per_page", 200, most=200)
    limit = ctx.switches.number("deleted_limit")
    if limit and page > 1 and page * per_page > limit:
        raise ApiError("DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": limit})
    since = listing.modified_since(ctx)
    rows = trash.listed(
        ctx.store,
        target.api_name,
        kind=kind,
        since=since if ctx.switches.text("deleted_since") == "deleted_time" else None,
        now=ctx.now,
        limit=per_page + 1,
        offset=(page - 1) * per_page,
        newest_first=ctx.switches.text("deleted_order") == "newest_first",
    )
    if not rows:
        return empty(304 if since is not None else 204)
    data = [_deleted_item(ctx, row) for row in rows[:per_page]]
    info = {"per_page": per_page, "count": len(data), "page": page, "more_records": len(rows) > per_page}
    return Response.of_json({"data": data, "info": info})


def _deleted_item(ctx: Ctx, row: tuple[Any, ...]) -> dict[str, object]:
    """One row; names and people are gone for permanent ones (dossier 2.6, 10.2: "nulls for permanent rows")."""
    record_id, display, kind, deleted_at, deleted_by, created_by = row
    gone = kind == "permanent"
    return {
        "id": str(record_id),
        "display_name": None if gone else display,
        "type": kind,
        "deleted_by": None if gone else _person(ctx, deleted_by),
        "created_by": _person(ctx, created_by),
        "deleted_time": ctx.instant(deleted_at),
    }


def _person(ctx: Ctx, user_id: int | None) -> dict[str, str] | None:
    user = ctx.people.get(user_id) if user_id else None
    return None if user is None else {"name": user.full_name, "id": str(user.id)}


def restore_records(ctx: Ctx, request: Request) -> Response:
    """``POST /settings/recycle_bin/actions/restore`` with ``ids``: 200 at once (dossier 2.6: OAS26c)."""
    del request
    sent = ctx.body()
    given = sent.get("ids") or [one.get("id") for one in sent.get("recycle_bin", []) if isinstance(one, dict)]
    if not isinstance(given, list):
        raise ApiError("INVALID_DATA", {"expected_data_type": "jsonarray", "api_name": "ids", "json_path": "$.ids"})
    move = ctx.switches.flag("restore_moves_modified")
    items = []
    for text in given:
        number = ids.parse(text)
        done = number is not None and trash.restore(ctx.store, number, at=ctx.now, user=ctx.user.id, move=move)
        details = {"id": str(text)}
        items.append(success(details, "record restored") if done else failure("INVALID_DATA", details))
    return Response.of_json({"recycle_bin": items})


def _cost(ctx: Ctx, request: Request) -> int:
    """1 credit per 100 ids (dossier 5.1)."""
    del ctx
    return max(1, -(-len(request.params.get("ids", "").split(",")) // 100))


ROUTES = (
    Route("DELETE", "/crm/v8/{module}", delete_records, _cost, scope="modules.DELETE"),
    Route("DELETE", "/crm/v8/{module}/{record}", delete_record, scope="modules.DELETE"),
    Route("GET", "/crm/v8/{module}/deleted", get_deleted, 2, scope="modules.READ"),
    Route("POST", "/crm/v8/settings/recycle_bin/actions/restore", restore_records, scope="settings.recycle_bin.UPDATE"),
)
