"""Notes of a record: `POST /{module}/{id}/Notes` (dossier 2.13: OAS25 notes.json). `/Notes` itself is a module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.outcomes import Item
from crmbridge_sim.zoho.record_writing import insert_one
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.writing import batch

if TYPE_CHECKING:
    from crmbridge_sim.zoho.context import Ctx


def create_notes(ctx: Ctx, request: Request, module: str, record: str) -> Response:
    """Notes under the record of the path; what they say of a parent themselves does not count."""
    del request
    parent = ctx.module(module)
    record_id = ctx.record_id(record)
    if not ctx.store.exists(parent.api_name, record_id):
        raise ApiError("INVALID_DATA", {"resource_path_index": 1}, message="the related id given seems to be invalid")
    link = {"module": {"api_name": parent.api_name}, "id": record}

    def write(sent: Any, path: str) -> Item:  # noqa: ANN401  # JSON
        note = {**sent, "Parent_Id": link} if isinstance(sent, dict) else sent
        return insert_one(ctx, ctx.schema["Notes"], note, path)

    return batch(ctx, write, good=201)


ROUTES = (Route("POST", "/crm/v8/{module}/{record}/Notes", create_notes, scope="modules.CREATE"),)
