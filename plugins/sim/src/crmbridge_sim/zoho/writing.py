"""Insert, update and upsert: batches of 100 with an outcome per record, in the order sent (dossier 2.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import duplicates, external, times
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.deriving import autonumbers, derived
from crmbridge_sim.zoho.errors import ApiError, RecordError
from crmbridge_sim.zoho.outcomes import Item, Outcomes, success
from crmbridge_sim.zoho.records import read_record
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.store import Values
from crmbridge_sim.zoho.values import read_id

BATCH_LIMIT = 100
HEAVY_FROM = 10  # "insert/update/upsert of > 10 records" (dossier 5.2)
TRIGGERS = ("workflow", "approval", "blueprint", "pathfinder", "orchestration")


@dataclass(frozen=True, slots=True)
class TriggerRun:
    """What a write set off: absent ``trigger`` runs everything, ``[]`` nothing (dossier 2.4: DOC7:upsert)."""

    at: int
    module: str
    id: int
    operation: str
    triggers: tuple[str, ...]


def insert_records(ctx: Ctx, request: Request, module: str) -> Response:
    """``POST /{module}``: 201, mixed 207, all failed 400."""
    del request
    target = _target(ctx, module)
    return batch(ctx, lambda sent, path: insert_one(ctx, target, sent, path), good=201)


def update_records(ctx: Ctx, request: Request, module: str) -> Response:
    """``PUT /{module}``: every record names itself by ``id``, or by an external field with X-EXTERNAL."""
    del request
    target = _target(ctx, module)
    return batch(ctx, lambda sent, path: update_one(ctx, target, _own_id(ctx, target, sent, path), sent, path))


def update_record(ctx: Ctx, request: Request, module: str, record: str) -> Response:
    """``PUT /{module}/{id}``."""
    del request
    target = _target(ctx, module)
    record_id = external.path_id(ctx, target, record)
    return batch(ctx, lambda sent, path: update_one(ctx, target, record_id, sent, path))


def upsert_records(ctx: Ctx, request: Request, module: str) -> Response:
    """``POST /{module}/upsert``: not for Tasks, Events, Calls and Notes (dossier 2.4: DOC8:upsert)."""
    del request
    target = _target(ctx, module)
    if not target.upsertable:
        raise ApiError("NOT_SUPPORTED", {"resource_path_index": 0}, status=400)
    names = duplicates.check_fields(ctx, target, ctx.body())
    return batch(ctx, lambda sent, path: _upsert_one(ctx, target, sent, path, names))


def _target(ctx: Ctx, name: str) -> Module:
    module = ctx.module(name, right="Edit")
    if not module.creatable:
        raise ApiError("NOT_SUPPORTED", {"resource_path_index": 0}, status=400)
    return module


def _sent_records(ctx: Ctx) -> list[Any]:
    """The records of a write: at most 100 (dossier 2.4: OAS26)."""
    data = ctx.body().get("data")
    place = {"api_name": "data", "json_path": "$.data"}
    if data is None:
        raise ApiError("MANDATORY_NOT_FOUND", place)
    if not isinstance(data, list) or not data:
        raise ApiError("INVALID_DATA", {"expected_data_type": "jsonarray", **place})
    if len(data) > BATCH_LIMIT:
        raise ApiError("LIMIT_EXCEEDED", {"maximum_length": BATCH_LIMIT, **place})
    return data


def _check_trigger(ctx: Ctx) -> None:
    if not isinstance(ctx.body().get("trigger", []), list):
        place = {"expected_data_type": "jsonarray", "api_name": "trigger", "json_path": "$.trigger"}
        raise ApiError("INVALID_DATA", place)


def batch(ctx: Ctx, write: Callable[[Any, str], Item], *, good: int = 200) -> Response:
    """Writes the records of a call one by one; what is wrong with one does not stop the others."""
    _check_trigger(ctx)
    outcomes = Outcomes(good=good)
    for number, sent in enumerate(_sent_records(ctx)):
        outcomes.add(partial(write, sent, f"$.data[{number}]"))
    return outcomes.response()


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


def _upsert_one(ctx: Ctx, module: Module, sent: Any, path: str, names: tuple[str, ...]) -> Item:  # noqa: ANN401  # JSON
    """Updates the record with an equal value in one of ``names``, else inserts (dossier 2.4)."""
    if not isinstance(sent, dict):
        raise RecordError("INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": path})
    found = duplicates.find_existing(ctx, module, sent, names)
    by_id = read_id(sent.get("id"))
    if found is None and by_id is not None and ctx.store.exists(module.api_name, by_id):
        found = (by_id, "id")
    if found is None:
        item = insert_one(ctx, module, sent, path)
        return {**item, "duplicate_field": None, "action": "insert"}
    item = update_one(ctx, module, found[0], sent, path)
    return {**item, "duplicate_field": found[1] if found[1] != "id" else None, "action": "update"}


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


def _own_id(ctx: Ctx, module: Module, sent: Any, path: str) -> int | None:  # noqa: ANN401  # JSON
    if not isinstance(sent, dict):
        raise RecordError("INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": path})
    field = external.header_field(ctx, module)
    if field is not None and sent.get(field.api_name) is not None:
        return external.find(ctx, module, field, sent[field.api_name])
    if sent.get("id") is None:
        raise RecordError("MANDATORY_NOT_FOUND", {"api_name": "id", "json_path": f"{path}.id"})
    return read_id(sent["id"])


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


def _count(ctx: Ctx) -> int:
    try:
        data = ctx.body().get("data")
    except ApiError:
        return 1
    return len(data) if isinstance(data, list) and data else 1


def _cost(ctx: Ctx, request: Request) -> int:
    """1 credit per 10 records (dossier 5.1: AE)."""
    del request
    return -(-_count(ctx) // 10)


def _heavy(ctx: Ctx, request: Request) -> bool:
    del request
    return _count(ctx) > HEAVY_FROM


ROUTES = (
    Route("POST", "/crm/v8/{module}", insert_records, _cost, _heavy, "modules.CREATE"),
    Route("PUT", "/crm/v8/{module}", update_records, _cost, _heavy, "modules.UPDATE"),
    Route("PUT", "/crm/v8/{module}/{record}", update_record, _cost, _heavy, "modules.UPDATE"),
    Route("POST", "/crm/v8/{module}/upsert", upsert_records, _cost, _heavy, "modules.CREATE+modules.UPDATE"),
)
