"""线索池 and 公海: choose, return, remove (dossier 3.7). Each call spells its list of ids differently."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.fxiaoke import errors
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.schema import Obj
from crmbridge_sim.fxiaoke.store import Values


def choose(ctx: Ctx) -> dict[str, Any]:
    """领取: the acting user becomes the owner of records nobody owns."""
    obj = _pooled(ctx)
    rows = [ctx.record(obj, record_id) for record_id in ctx.ids("objectIds")]
    if any(row["owner"] or not row[obj.pool] for row in rows):
        raise errors.business("数据不在池中或已被领取")
    for row in rows:
        _give(ctx, obj, row, ctx.me.id)
    return {}


def give_back(ctx: Ctx) -> dict[str, Any]:
    """退回: the owner goes, the pool is the one named or the record's own; other needs ``backReason__o``."""
    obj = _pooled(ctx)
    rows = [ctx.record(obj, record_id) for record_id in ctx.ids("objectIds")]
    reason = str(ctx.data.get("backReason", ""))
    if obj["back_reason"].option(reason) is None:
        raise errors.wrong(f"退回原因(backReason) 没有选项 {reason}")
    if reason == "other" and not ctx.data.get("backReason__o"):
        raise errors.wrong("退回原因(backReason__o) 不能为空")
    for row in rows:
        if not row["owner"]:
            raise errors.business("数据已在池中")
        pool = _pool(ctx, obj, ctx.data.get("objectPoolId") or row[obj.pool])
        _take(ctx, obj, row, {obj.pool: pool, "back_reason": reason})
    return {}


def remove(ctx: Ctx) -> dict[str, Any]:
    """移除: the record leaves its pool, with its owner (``isKeepOwner``) or with another one."""
    obj = _pooled(ctx)
    rows = [ctx.record(obj, record_id) for record_id in ctx.ids("objectIDs")]
    keeps = ctx.data.get("isKeepOwner") in (True, "true")
    sent = ctx.data.get("owner")
    owner = None if keeps or not sent else ctx.inner(sent[0] if isinstance(sent, list) else sent)
    for row in rows:
        if ctx.data.get("objectPoolId") != row[obj.pool]:
            raise errors.business("数据不在该池中")
        if not (owner or row["owner"]):
            raise errors.wrong("负责人(owner) 不能为空")
    for row in rows:
        _give(ctx, obj, row, owner or row["owner"], pool=None)
    return {}


def _pooled(ctx: Ctx) -> Obj:
    obj = ctx.asked_object("apiName", "dataObjectApiName")
    if not obj.pool:
        raise errors.wrong(f"{obj.label}不支持池操作")
    return obj


def _pool(ctx: Ctx, obj: Obj, pool_id: object) -> str:
    target = obj[obj.pool].target
    if not isinstance(pool_id, str) or ctx.store.get(target, pool_id) is None:
        raise errors.wrong(f"{obj[obj.pool].label}(objectPoolId) 不存在")
    return pool_id


def _give(ctx: Ctx, obj: Obj, row: Values, owner: str, **pool: str | None) -> None:
    changes: Values = {"owner": owner, **({obj.pool: pool["pool"]} if "pool" in pool else {})}
    if obj.api_name == "LeadsObj":
        changes |= {"assigned_time": ctx.now_ms, "assigner_id": ctx.me.id, "owner_change_time": ctx.now_ms}
        if row["biz_status"] == "un_assigned":
            changes["biz_status"] = "un_processed"
    else:
        changes |= {"claimed_time": ctx.now_ms, "owner_modified_time": ctx.now_ms, "biz_status": "allocated"}
    _change(ctx, obj, row, changes)


def _take(ctx: Ctx, obj: Obj, row: Values, changes: Values) -> None:
    changes |= {"owner": None, "relevant_team": None, "returned_time": ctx.now_ms}
    if obj.api_name == "LeadsObj":
        changes |= {"biz_status": "un_assigned", "resale_count": (row["resale_count"] or 0) + 1}
    else:
        changes["biz_status"] = "unallocated"
    _change(ctx, obj, row, changes)


def _change(ctx: Ctx, obj: Obj, row: Values, changes: Values) -> None:
    move = ctx.switches.flag("owner_moves_modified")
    ctx.store.update(
        obj.api_name, row["_id"], changes, at_ms=ctx.now_ms, user=ctx.me.id, operation="change_owner", move=move
    )


ROUTES = {
    "/cgi/crm/v2/data/choose": choose,
    "/cgi/crm/v2/data/return": give_back,
    "/cgi/crm/v2/data/remove": remove,
}
