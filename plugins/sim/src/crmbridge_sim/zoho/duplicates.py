"""Unique fields and the duplicate check of an upsert (dossier 2.4: DOC7:upsert; 6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crmbridge_sim.zoho import ids
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError, RecordError
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.store import Values, quoted


def check_unique(ctx: Ctx, module: Module, values: Values, path: str, *, own_id: int | None) -> None:
    """DUPLICATE_DATA when another record has a value of a unique field, told by case-insensitive comparison."""
    for field in module.fields.values():
        value = values.get(field.api_name)
        if not field.unique or value is None:
            continue
        found = [record for record in matches(ctx, module, field.api_name, value, limit=3) if record != own_id]
        if found:
            raise RecordError(
                "DUPLICATE_DATA",
                {
                    "api_name": field.api_name,
                    "json_path": f"{path}.{field.api_name}",
                    "id": str(found[0]),
                    "duplicate_record": describe(ctx, module, found[0]),
                    "more_records": len(found) > 1,
                },
            )


def check_other_module(ctx: Ctx, module: Module, values: Values, path: str) -> None:
    """An org may refuse leads that are contacts already: the duplicate is of another module (dossier 8: KZ#177)."""
    email = values.get("Email")
    if module.api_name != "Leads" or email is None or not ctx.switches.flag("leads_checked_against_contacts"):
        return
    contacts = ctx.schema["Contacts"]
    found = matches(ctx, contacts, "Email", email)
    if found:
        details = {
            "api_name": "Email",
            "json_path": f"{path}.Email",
            "id": str(found[0]),
            "duplicate_record": describe(ctx, contacts, found[0]),
            "more_records": len(found) > 1,
        }
        raise RecordError("DUPLICATE_DATA", details)


def matches(ctx: Ctx, module: Module, name: str, value: str | float, *, limit: int = 2) -> list[int]:
    """Live records with this value, oldest first; whether a converted lead is one of them is a switch."""
    ctx.store.need_index(module, name)
    freed = "Converted__s" in module and not ctx.switches.flag("converted_keeps_unique")
    only = ' AND "Converted__s" IS NOT 1' if freed else ""
    where = f"{quoted(name)} = ? COLLATE NOCASE{only}"
    sql = f"SELECT id FROM {quoted(module.api_name)} WHERE {where} ORDER BY id LIMIT {limit}"
    return [int(row[0]) for row in ctx.store.db.execute(sql, (value,))]


def has_equal_values(ctx: Ctx, module: Module, name: str) -> bool:
    """Whether two records already have the same value."""
    column, table = quoted(name), quoted(module.api_name)
    sql = f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL GROUP BY {column} COLLATE NOCASE HAVING count(*) > 1"
    return ctx.store.db.execute(f"{sql} LIMIT 1").fetchone() is not None


def describe(ctx: Ctx, module: Module, record_id: int) -> dict[str, object]:
    """The ``duplicate_record`` of the error (dossier 6: OAS26)."""
    record = ctx.store.get(module.api_name, record_id) or {}
    owner = ctx.people.get(record.get("Owner") or 0)
    return {
        "id": str(record_id),
        "Owner": {"name": owner.full_name, "id": str(owner.id), "zuid": str(owner.zuid)} if owner else None,
        "module": {"api_name": module.api_name, "id": str(module.id)},
    }


def check_fields(ctx: Ctx, module: Module, body: dict[str, Any]) -> tuple[str, ...]:
    """The fields an upsert compares, in order (dossier 2.4: DOC7:upsert table).

    Without ``duplicate_check_fields``: the system field, then the user's unique ones. With it: the listed ones first,
    then the remaining unique ones; the system field only when listed.
    """
    del ctx
    unique = [field.api_name for field in module.fields.values() if field.unique]
    listed = body.get("duplicate_check_fields")
    if not listed:
        return tuple(_once([module.duplicate_field, *unique]))
    if not isinstance(listed, list):
        raise ApiError("INVALID_DATA", {"api_name": "duplicate_check_fields", "expected_data_type": "jsonarray"})
    for number, name in enumerate(listed):
        if name not in {module.duplicate_field, *unique}:
            path = f"$.duplicate_check_fields[{number}]"
            raise ApiError("INVALID_DATA", {"api_name": "duplicate_check_fields", "json_path": path})
    return tuple(_once([*listed, *unique]))


def _once(names: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(name for name in names if name)


def find_existing(ctx: Ctx, module: Module, values: Values, names: Iterable[str]) -> tuple[int, str] | None:
    """The record an upsert updates and the field that told so."""
    for name in names:
        value = values.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value == "":
            continue
        if module[name].data_type == "bigint" and isinstance(value, str):  # read as a number, as by the write itself
            value = int(value) if ids.parse(value) is not None else value
        found = matches(ctx, module, name, value)
        if found:
            return found[0], name
    return None
