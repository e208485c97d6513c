"""The recycle bin: list, count and empty; restoring stands with deleting (dossier 2.6: OAS26c)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import trash
from crmbridge_sim.zoho.errors import ApiError, RecordError, empty
from crmbridge_sim.zoho.outcomes import Item, Outcomes, success
from crmbridge_sim.zoho.routing import Route

if TYPE_CHECKING:
    from crmbridge_sim.zoho.context import Ctx

PER_PAGE = 200


def list_bin(ctx: Ctx, request: Request) -> Response:
    """One page, the latest first; `ids` picks; nothing -> 204."""
    page, per_page = ctx.number_param("page", 1), ctx.number_param("per_page", PER_PAGE, most=PER_PAGE)
    where, values = _picked(request.params.get("ids", ""))
    sql = (
        "SELECT id, module, display, deleted_at, deleted_by, created_by FROM trash"
        f" WHERE kind = 'recycle'{where} ORDER BY deleted_at DESC, id DESC LIMIT ? OFFSET ?"
    )
    rows = ctx.store.db.execute(sql, (*values, per_page + 1, (page - 1) * per_page)).fetchall()
    if not rows:
        return empty()
    kept = rows[:per_page]
    info = {"per_page": per_page, "count": len(kept), "page": page, "more_records": len(rows) > per_page}
    return Response.of_json({"recycle_bin": [_item(ctx, row) for row in kept], "info": info})


def get_one(ctx: Ctx, request: Request, record: str) -> Response:
    """One record of the bin; not there -> 204."""
    del request
    sql = "SELECT id, module, display, deleted_at, deleted_by, created_by FROM trash WHERE id = ? AND kind = 'recycle'"
    row = ctx.store.db.execute(sql, (ctx.record_id(record),)).fetchone()
    if row is None:
        return empty()
    info = {"per_page": PER_PAGE, "count": 1, "page": 1, "more_records": False}
    return Response.of_json({"recycle_bin": [_item(ctx, row)], "info": info})


def count(ctx: Ctx, request: Request) -> Response:
    """How many records wait in the bin."""
    del request
    number = ctx.store.db.execute("SELECT count(*) FROM trash WHERE kind = 'recycle'").fetchone()[0]
    return Response.of_json({"count": number})


def empty_bin(ctx: Ctx, request: Request) -> Response:
    """`DELETE ?ids=`: the records are gone for good and stay in the deleted feed as permanent."""
    ids = [text for text in request.params.get("ids", "").split(",") if text]
    if not ids:
        raise ApiError("EXPECTED_PARAM_MISSING", {"param_names": ["ids", "filters"]})
    return _erased(ctx, ids)


def erase_one(ctx: Ctx, request: Request, record: str) -> Response:
    """The same for one record."""
    del request
    return _erased(ctx, [record])


def _erased(ctx: Ctx, ids: list[str]) -> Response:
    outcomes = Outcomes()
    for text in ids:
        outcomes.add(partial(_erase, ctx, text))
    return outcomes.response("recycle_bin")


def _erase(ctx: Ctx, text: str) -> Item:
    if not text.isdigit() or not trash.purge(ctx.store, int(text), at=ctx.now):
        raise RecordError("INVALID_DATA", {"id": text})
    return success({"id": text}, "record deleted")


def _picked(ids: str) -> tuple[str, list[int]]:
    wanted = [int(text) for text in ids.split(",") if text.strip().isdigit()]
    return (f" AND id IN ({', '.join('?' * len(wanted))})", wanted) if wanted else ("", [])


def _item(ctx: Ctx, row: tuple[Any, ...]) -> dict[str, Any]:
    record_id, module, display, deleted_at, deleted_by, owner = row
    target = ctx.schema.modules.get(module)
    return {
        "id": str(record_id),
        "display_name": display,
        "deleted_time": ctx.instant(deleted_at),
        "deleted_by": ctx.people.lookup(deleted_by),
        "owner": ctx.people.lookup(owner),
        "module": {"api_name": module, "id": str(target.id) if target else None},
    }


BIN = "/crm/v8/settings/recycle_bin"
ROUTES = (
    Route("GET", BIN, list_bin, scope="settings.recycle_bin.READ"),
    Route("GET", BIN + "/{record}", get_one, scope="settings.recycle_bin.READ"),
    Route("GET", BIN + "/actions/count", count, scope="settings.recycle_bin.READ"),
    Route("DELETE", BIN, empty_bin, scope="settings.recycle_bin.DELETE"),
    Route("DELETE", BIN + "/{record}", erase_one, scope="settings.recycle_bin.DELETE"),
)
