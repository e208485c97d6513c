"""Get one record: ``GET /{module}/{id}`` and its full data (dossier 2.3)."""

from __future__ import annotations

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import external
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError, empty
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.store import quoted


def record_text(ctx: Ctx, module: Module, record_id: int, fields: tuple[str, ...] = ()) -> str | None:
    """One record as a single read shows it, as JSON text; None when there is none."""
    projection = ctx.projection(module, fields, full=True)
    sql = f"SELECT {projection.sql} FROM {quoted(module.api_name)} t WHERE t.id = ?"
    row = ctx.store.db.execute(sql, (record_id,)).fetchone()
    return None if row is None else projection.row(row)


def get_record(ctx: Ctx, request: Request, module: str, record: str) -> Response:
    """All fields with subforms; ``fields`` is optional. Unknown id: 204 or 400 by a switch (dossier 2.3)."""
    read = ctx.module(module)
    record_id = external.path_id(ctx, read, record)
    fields = tuple(name.strip() for name in request.params.get("fields", "").split(",") if name.strip())
    text = None if record_id is None else record_text(ctx, read, record_id, fields)
    if text is not None:
        return Response.of_text(f'{{"data":[{text}]}}')
    if ctx.switches.text("unknown_id") == "204":
        return empty()
    raise ApiError("INVALID_DATA", {"resource_path_index": 1}, message="the id given seems to be invalid")


ROUTES = (
    Route("GET", "/crm/v8/{module}/{record}", get_record, scope="modules.READ"),
    Route("GET", "/crm/v8/{module}/{record}/actions/fetch_full_data", get_record, scope="modules.READ"),
)
