"""Locks on records: ``Locking_Information__s`` (dossier 2.13: OAS26c; 8 "record locking")."""

from __future__ import annotations

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError, empty, failure
from crmbridge_sim.zoho.outcomes import success
from crmbridge_sim.zoho.routing import Route


def _record(ctx: Ctx, module: str, record: str) -> tuple[int, str]:
    target = ctx.module(module)
    record_id = ctx.record_id(record)
    if not ctx.store.exists(module, record_id):
        raise ApiError("INVALID_DATA", {"resource_path_index": 1}, message="the id given seems to be invalid")
    return record_id, target.display_field


def get_lock(ctx: Ctx, request: Request, module: str, record: str) -> Response:
    """The lock of a record; not locked -> 204."""
    del request
    record_id, _ = _record(ctx, module, record)
    lock = ctx.sim.locks.get(record_id)
    if lock is None:
        return empty()
    stored = ctx.store.get(module, record_id) or {}
    target = ctx.schema[module]
    content = {
        "id": str(lock.id),
        "Locked_for__s": {
            "name": stored.get(target.display_field),
            "id": record,
            "module": {"api_name": module, "id": str(target.id)},
        },
        "Locked_Reason__s": lock.reason,
        "Locked_Time__s": ctx.instant(lock.at),
        "Locked_By__s": ctx.people.lookup(lock.user),
        "Lock_Source__s": "Manual",
    }
    return Response.of_json({"data": [content]})


def lock_record(ctx: Ctx, request: Request, module: str, record: str) -> Response:
    """Locks a record; one that is locked already -> RECORD_LOCKED."""
    del request
    record_id, _ = _record(ctx, module, record)
    if record_id in ctx.sim.locks:
        details = {"api_name": "id", "json_path": "$.data[0].id", "action": "record_locking"}
        return Response.of_json({"data": [failure("RECORD_LOCKED", details)]}, status=400)
    data = ctx.body().get("data") or [{}]
    lock_id = ctx.sim.backdoor.lock(module, record_id, reason=str(data[0].get("Locked_Reason__s") or ""))
    return Response.of_json({"data": [success({"id": str(lock_id)}, "record locked")]}, status=201)


def unlock_record(ctx: Ctx, request: Request, module: str, record: str, lock: str) -> Response:
    """Takes a lock away."""
    del request
    record_id, _ = _record(ctx, module, record)
    held = ctx.sim.locks.get(record_id)
    if held is None or str(held.id) != lock:
        raise ApiError("INVALID_DATA", {"resource_path_index": 3}, message="the id given seems to be invalid")
    ctx.sim.backdoor.unlock(module, record_id)
    return Response.of_json({"data": [success({"id": lock}, "record unlocked")]})


_PATH = "/crm/v8/{module}/{record}/Locking_Information__s"
ROUTES = (
    Route("GET", _PATH, get_lock, scope="modules.READ"),
    Route("POST", _PATH, lock_record, scope="modules.UPDATE"),
    Route("DELETE", _PATH + "/{lock}", unlock_record, scope="modules.UPDATE"),
)
