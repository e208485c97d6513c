"""作废, 删除, 恢复, 更换负责人, 锁定 (dossier 3.6). Delete and recover take lists, 作废 takes one id."""

from __future__ import annotations

import json
from typing import Any

from crmbridge_sim.fxiaoke import errors
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.store import Values

OBJECT = ("dataObjectApiName", "apiName")


def invalid(ctx: Ctx) -> dict[str, Any]:
    """``…/data/invalid``: the row stays, its former state is kept beside it."""
    obj = ctx.asked_object(*OBJECT)
    record_id = ctx.data.get("object_data_id")
    if not isinstance(record_id, str):
        raise errors.illegal("object_data_id")
    row = ctx.record(obj, record_id)
    allowed = {"normal"}
    if ctx.switches.text("invalid_under_review") == "allow":
        allowed |= {"under_review", "in_change", "ineffective"}
    elif row["lock_status"] == "1":
        raise errors.locked()
    if row["life_status"] not in allowed:
        raise errors.business("只有正常状态的数据可以作废")
    if obj.api_name == "ActiveRecordObj" and ctx.switches.text("record_update") == "error":
        raise errors.business("销售记录不支持作废")
    changes = {"life_status": "invalid", "life_status_before_invalid": row["life_status"]}
    _change(ctx, obj.api_name, row, changes, "invalid", move=ctx.switches.flag("invalid_moves_modified"))
    return {}


def delete(ctx: Ctx) -> dict[str, Any]:
    """``…/data/delete``: only 作废 rows, all of them or none; they vanish."""
    obj = ctx.asked_object(*OBJECT)
    rows = [ctx.record(obj, record_id) for record_id in ctx.ids("idList")]
    if any(row["life_status"] != "invalid" for row in rows):
        raise errors.business("只有已作废的数据可以删除")
    for row in rows:
        ctx.store.delete(obj.api_name, row["_id"], at_ms=ctx.now_ms, user=ctx.me.id)
    return {}


def recover(ctx: Ctx) -> dict[str, Any]:
    """``…/data/recover``: 作废 rows get their former state back."""
    obj = ctx.asked_object(*OBJECT)
    rows = [ctx.record(obj, record_id) for record_id in ctx.ids("idList")]
    if any(row["life_status"] != "invalid" for row in rows):
        raise errors.business("只有已作废的数据可以恢复")
    for row in rows:
        changes = {"life_status": row["life_status_before_invalid"] or "normal", "life_status_before_invalid": None}
        _change(ctx, obj.api_name, row, changes, "recover", move=ctx.switches.flag("recover_moves_modified"))
    return {}


def change_owner(ctx: Ctx) -> dict[str, Any]:
    """``…/data/changeOwner``: ``Data`` with a capital; a record in a pool has to be chosen first."""
    obj = ctx.asked_object(*OBJECT)
    sent = ctx.data.get("Data")
    if not isinstance(sent, list) or not sent:
        raise errors.illegal("Data")
    planned = []
    for one in sent:
        if not isinstance(one, dict):
            raise errors.illegal("Data")
        row = ctx.record(obj, one.get("objectDataId"))
        owner = ctx.inner(_owner_id(ctx, one.get("ownerId")))
        if obj.pool and not row["owner"]:
            raise errors.business(errors.NO_RIGHT)
        if row["lock_status"] == "1":
            raise errors.locked()
        planned.append((row, owner))
    for row, owner in planned:
        changes: Values = {"owner": owner, "relevant_team": _team(ctx, row, owner)}
        if obj.api_name == "LeadsObj":
            changes["owner_change_time"] = ctx.now_ms
        if obj.api_name == "AccountObj":
            changes["owner_modified_time"] = ctx.now_ms
        move = ctx.switches.flag("owner_moves_modified")
        _change(ctx, obj.api_name, row, changes, "change_owner", move=move)
    return {}


def _owner_id(ctx: Ctx, sent: object) -> object:
    if isinstance(sent, list) and len(sent) == 1:
        return sent[0]
    if isinstance(sent, str) and ctx.switches.text("owner_id_shape") == "either":
        return sent
    raise errors.illegal("ownerId")


def _team(ctx: Ctx, row: Values, owner: str) -> str | None:
    """The new owner leaves the others; whether the old one stays as a member is a rule of the tenant (3.6)."""
    members = [one for one in json.loads(row["relevant_team"] or "[]") if one[0] != owner]
    if row["owner"] and row["owner"] != owner and ctx.switches.flag("old_owner_stays"):
        members.append([row["owner"], "4", "1"])
    return json.dumps(members) if members else None


def lock(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/crm/v2/object/lock``."""
    return _lock(ctx, "1")


def unlock(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/crm/v2/object/unlock``."""
    return _lock(ctx, "0")


def _lock(ctx: Ctx, status: str) -> dict[str, Any]:
    obj = ctx.asked_object(*OBJECT)
    rows = [ctx.record(obj, record_id) for record_id in ctx.ids("dataIds")]
    for row in rows:
        move = ctx.switches.flag("lock_moves_modified")
        _change(ctx, obj.api_name, row, {"lock_status": status}, "lock", move=move)
    return {}


def _change(ctx: Ctx, name: str, row: Values, changes: Values, operation: str, *, move: bool) -> None:
    ctx.store.update(name, row["_id"], changes, at_ms=ctx.now_ms, user=ctx.me.id, operation=operation, move=move)


_CALLS = {"invalid": invalid, "delete": delete, "recover": recover, "changeOwner": change_owner}
ROUTES = {
    **{f"/cgi/crm/v2/data/{name}": call for name, call in _CALLS.items()},
    **{f"/cgi/crm/custom/v2/data/{name}": call for name, call in _CALLS.items()},
    "/cgi/crm/v2/object/lock": lock,
    "/cgi/crm/v2/object/unlock": unlock,
}
