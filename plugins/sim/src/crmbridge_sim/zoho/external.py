"""Addressing records by a value of their own: the header ``X-EXTERNAL: Module.Field`` (dossier 2.2: SDK8)."""

from __future__ import annotations

from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.schema import Field, Module
from crmbridge_sim.zoho.store import quoted


def header_field(ctx: Ctx, module: Module) -> Field | None:
    """The field the header names for this module; one that is not unique -> 400 INVALID_DATA."""
    text = ctx.request.headers.get("X-EXTERNAL")
    if not text:
        return None
    for part in text.split(","):
        name, _, field_name = part.strip().partition(".")
        if name == module.api_name:
            field = module.field_of(field_name)
            if field is None or not (field.external or field.unique):
                break
            return field
    raise ApiError("INVALID_DATA", {"header": "X-EXTERNAL"}, message="the header given seems to be invalid")


def find(ctx: Ctx, module: Module, field: Field, value: object) -> int | None:
    """The id of the record with this external value."""
    ctx.store.need_index(module, field.api_name)
    sql = f"SELECT id FROM {quoted(module.api_name)} WHERE {quoted(field.api_name)} = ? COLLATE NOCASE LIMIT 1"
    row = ctx.store.db.execute(sql, (value,)).fetchone()
    return None if row is None else int(row[0])


def path_id(ctx: Ctx, module: Module, text: str) -> int | None:
    """The id a path means: an id, or with the header an external value; None when nobody has the value."""
    field = header_field(ctx, module)
    return ctx.record_id(text) if field is None else find(ctx, module, field, text)
