"""One record inserted or updated: its checks, its state, and what follows from the write (dossier 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crmbridge_sim.zoho import duplicates, times
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.deriving import autonumbers, derived
from crmbridge_sim.zoho.errors import ApiError, RecordError
from crmbridge_sim.zoho.outcomes import Item, success
from crmbridge_sim.zoho.records import read_record
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.store import Values

TRIGGERS = ("workflow", "approval", "blueprint", "pathfinder", "orchestration")


@dataclass(frozen=True, slots=True)
class TriggerRun:
    """What a write set off: absent ``trigger`` runs everything, ``[]`` nothing (dossier 2.4: DOC7:upsert)."""

    at: int
    module: str
    id: int
    operation: str
    triggers: tuple[str, ...]


def insert_one(ctx: Ctx, module: Module, sent: Any, path: str) -> Item:  # noqa: ANN401  # JSON
    """Writes a new record and returns its outcome."""
    values = read_record(ctx, module, sent, path, before=None)
    duplicates.check_unique(ctx, module, values, path, own_id=None)
    duplicates.check_other_module(ctx, module, values, path)
    record_id = ctx.store.next_id()
    row = {**_defaults(ctx, module), **values, "id": record_id, **autonumbers(module, record_id, ctx.now)}
    row |= _rate(ctx, values) | derived(ctx.schema, module, row, values, ctx.now)
    ctx.store.insert(module.api_name, row, at=ctx.now, user=ctx.user.id, source=ctx.source)
    _run_triggers(ctx, module, record_id, "insert")
    move_parent(ctx, row)
    return _success(ctx, module, record_id, "record added")


def update_one(ctx: Ctx, module: Module, record_id: int | None, sent: Any, path: str) -> Item:  # noqa: ANN401  # JSON
    """Changes a record and returns its outcome; refuses locked, converted and modified ones."""
    before = ctx.store.get(module.api_name, record_id) if record_id is not None else None
    if before is None or record_id is None:
        details = {"api_name": "id", "json_path": f"{path}.id"}
        raise RecordError("INVALID_DATA", details, message="the id given seems to be invalid")
    check_writable(ctx, before, path)
    values = read_record(ctx, module, sent, path, before=before)
    duplicates.check_unique(ctx, module, values, path, own_id=record_id)
    values |= _rate(ctx, values) | derived(ctx.schema, module, {**before, **values}, values, ctx.now)
    ctx.store.update(
        module.api_name,
        record_id,
        values,
        at=ctx.now,
        user=ctx.user.id,
        source=ctx.source,
        move=ctx.notes.get("move", True),
    )
    _run_triggers(ctx, module, record_id, "update")
    move_parent(ctx, {**before, **values})
    return _success(ctx, module, record_id, "record updated")


def check_writable(ctx: Ctx, before: Values, path: str) -> None:
    """The states in which a record refuses a write (dossier 2.4, 6)."""
    if before.get("Locked__s"):
        details = {"api_name": "id", "json_path": f"{path}.id", "action": "record_locking"}
        raise RecordError("RECORD_LOCKED", details)
    if before.get("Converted__s"):
        raise RecordError("CONVERTED_RECORD", {"id": str(before["id"])})
    if before.get("$approval_state") not in {None, "approved"}:
        raise RecordError("NOT_APPROVED", {"id": str(before["id"])})
    text = ctx.request.headers.get("If-Unmodified-Since")
    if text is None:
        return
    since = times.parse_instant(text, ctx.zone)
    if since is None:
        raise ApiError("INVALID_DATA", {"header": "If-Unmodified-Since"})
    if (before.get("Modified_Time") or 0) > since:
        raise RecordError("ALREADY_MODIFIED", audit(ctx, before))


def audit(ctx: Ctx, record: Values) -> dict[str, object]:
    """``id`` with who and when, as in outcomes and in ALREADY_MODIFIED."""
    return {
        "Modified_Time": ctx.instant(record.get("Modified_Time")),
        "Modified_By": _person(ctx, record.get("Modified_By")),
        "Created_Time": ctx.instant(record.get("Created_Time")),
        "id": str(record["id"]),
        "Created_By": _person(ctx, record.get("Created_By")),
    }


def _person(ctx: Ctx, user_id: int | None) -> dict[str, str] | None:
    user = ctx.people.get(user_id) if user_id else None
    return None if user is None else {"name": user.full_name, "id": str(user.id)}


def _success(ctx: Ctx, module: Module, record_id: int, message: str) -> Item:
    """The outcome of a good record; it carries the new Modified_Time (dossier 2.4: OAS26)."""
    record = ctx.store.get(module.api_name, record_id) or {"id": record_id}
    details = {**audit(ctx, record), "$approval_state": record.get("$approval_state") or "approved"}
    return success(details, message)


def _defaults(ctx: Ctx, module: Module) -> Values:
    stamps = {"Created_Time": ctx.now, "Modified_Time": ctx.now}
    people = {"Owner": ctx.user.id, "Created_By": ctx.user.id, "Modified_By": ctx.user.id}
    money = {"Currency": ctx.org.iso_code, "Exchange_Rate": 1}
    return {name: value for name, value in (stamps | people | money).items() if name in module}


def _rate(ctx: Ctx, values: Values) -> Values:
    """The exchange rate of a written currency; it is read-only for clients (dossier 4.1)."""
    if values.get("Currency") is None:
        return {}
    return {"Exchange_Rate": dict(ctx.org.currencies).get(values["Currency"], 1)}


def _run_triggers(ctx: Ctx, module: Module, record_id: int, operation: str) -> None:
    asked = ctx.body().get("trigger")
    names = TRIGGERS if asked is None else tuple(name for name in asked if name in TRIGGERS)
    if names:
        ctx.sim.trigger_runs.append(TriggerRun(ctx.now, module.api_name, record_id, operation, names))


def move_parent(ctx: Ctx, row: Values) -> None:
    """A child's activity moves the parent's Last_Activity_Time; its Modified_Time by a switch (dossier 8)."""
    parent_id = row.get("What_Id") or row.get("Parent_Id")
    parent = ctx.schema.modules.get(str(row.get("$se_module")))
    if parent_id is None or parent is None or "Last_Activity_Time" not in parent:
        return
    moved = ctx.switches.flag("child_moves_parent")
    if ctx.store.exists(parent.api_name, parent_id):
        changes = {"Last_Activity_Time": ctx.now}
        ctx.store.update(parent.api_name, parent_id, changes, at=ctx.now, user=ctx.user.id, source="child", move=moved)
