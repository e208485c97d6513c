"""Insert, update and upsert: batches of 100 with an outcome per record, in the order sent (dossier 2.4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import duplicates, external
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError, RecordError
from crmbridge_sim.zoho.outcomes import Item, Outcomes
from crmbridge_sim.zoho.record_writing import insert_one, update_one
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.values import read_id

BATCH_LIMIT = 100
HEAVY_FROM = 10  # "insert/update/upsert of > 10 records" (dossier 5.2)


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


def _own_id(ctx: Ctx, module: Module, sent: Any, path: str) -> int | None:  # noqa: ANN401  # JSON
    if not isinstance(sent, dict):
        raise RecordError("INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": path})
    field = external.header_field(ctx, module)
    if field is not None and sent.get(field.api_name) is not None:
        return external.find(ctx, module, field, sent[field.api_name])
    if sent.get("id") is None:
        raise RecordError("MANDATORY_NOT_FOUND", {"api_name": "id", "json_path": f"{path}.id"})
    return read_id(sent["id"])


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
