"""create and update (dossier 3.4, 3.5): one record a call, nothing idempotent, workflows fire unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge_sim.fxiaoke import errors, moving, values
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.ids import SYSTEM
from crmbridge_sim.fxiaoke.schema import Field, Obj
from crmbridge_sim.fxiaoke.store import DERIVED, Values, quoted

# Read only for people, yet callers send them in create (dossier 3.4: S7).
ON_CREATE = frozenset({"life_status", "biz_status"})
NO_FIELDS = frozenset(
    {"dataObjectApiName", "object_describe_api_name", "object_describe_id", "tenant_id", "_id", "version"}
)


def create(ctx: Ctx) -> dict[str, Any]:
    """``…/data/create``: answers ``dataId`` beside the envelope."""
    sent = _object_data(ctx)
    obj = _object_of(ctx, sent)
    if not obj.creatable:
        raise errors.business(f"{obj.label}不支持新建")
    if ctx.data.get("details"):
        raise errors.wrong("details: 模拟器不支持主从同时新建")
    read = _read(ctx, obj, sent, creating=True)
    row = _system_values(ctx, obj, sent, read)
    _require(ctx, obj, row)
    _check_unique(ctx, obj, row, record_id="")
    _check_duplicates(ctx, obj, row)
    record_id = ctx.store.insert(obj.api_name, row, at_ms=ctx.now_ms, user=ctx.me.id)
    ctx.sim.note_workflow(obj, record_id, "create", fired=ctx.flag("triggerWorkFlow", default=True))
    ctx.sim.derived.after_write(ctx, obj, row)
    told = {"dataId": record_id}
    if ctx.on_custom_path and obj.custom and ctx.switches.text("create_answer") == "data":
        return {"data": told}
    return told


def update(ctx: Ctx) -> dict[str, Any]:
    """``…/data/update``: only the fields sent are changed; the reply is the envelope alone."""
    sent = _object_data(ctx)
    obj = _object_of(ctx, sent)
    row = ctx.record(obj, sent.get("_id"))
    check_open(ctx, obj, row)
    changes = _read(ctx, obj, sent, creating=False)
    for name in changes:
        if obj[name].required and changes[name] in (None, "") and name != "owner":
            raise errors.wrong(f"{obj[name].label}({name}) 不能为空")
    moving.check(ctx, obj, row, changes)
    changes |= moving.consequences(ctx, obj, row, changes)
    _check_unique(ctx, obj, changes, record_id=row["_id"])
    if ctx.flag("triggerApprovalFlow", default=True) and obj.needs_approval:
        changes |= {"life_status": "in_change", "lock_status": "1"}
    ctx.store.update(obj.api_name, row["_id"], changes, at_ms=ctx.now_ms, user=ctx.me.id)
    ctx.sim.note_workflow(obj, row["_id"], "update", fired=ctx.flag("triggerWorkFlow", default=True))
    ctx.sim.derived.after_write(ctx, obj, {**row, **changes})
    return {}


def check_open(ctx: Ctx, obj: Obj, row: Values) -> None:
    """Locked and 作废 records refuse edits (dossier 3.5: S16); sales records may be closed to them (3.13)."""
    if row["lock_status"] == "1" and not (ctx.on_custom_path and ctx.data.get("skipDataStatusValidate")):
        raise errors.locked()
    if row["life_status"] == "invalid":
        raise errors.business("数据已作废，不能编辑")
    if obj.api_name == "ActiveRecordObj" and ctx.switches.text("record_update") == "error":
        raise errors.business("销售记录不支持编辑")


def _object_data(ctx: Ctx) -> Mapping[str, Any]:
    sent = ctx.data.get("object_data")
    if not isinstance(sent, dict):
        raise errors.illegal("object_data")
    return sent


def _object_of(ctx: Ctx, sent: Mapping[str, Any]) -> Obj:
    """The object's name stands in ``object_data``, or in ``data`` beside it (dossier 3.4: both seen working)."""
    name = sent.get("dataObjectApiName") or ctx.data.get("dataObjectApiName") or sent.get("object_describe_api_name")
    return ctx.named_object(name)


def _read(ctx: Ctx, obj: Obj, sent: Mapping[str, Any], *, creating: bool) -> Values:
    """The stored form of what was sent; what nobody may write is left out."""
    made: Values = {}
    for name, value in sent.items():
        if name in NO_FIELDS or name in DERIVED or name.endswith(("__r", "__l", "__o", "__v", "__relation_ids")):
            continue
        field = obj.fields.get(name)
        if field is None or not field.active:
            if ctx.switches.text("unknown_write_field") == "error":
                raise errors.wrong(f"字段不存在: {name}")
            continue
        if name == "owner" and not creating:
            if ctx.switches.text("owner_in_update") == "error":
                raise errors.business("负责人不能编辑，请使用更换负责人")
            continue
        if field.read_only and not (creating and name in ON_CREATE):
            continue
        if _ignored(ctx, value):
            continue
        made[name] = values.stored(ctx, field, value)
    return made


def _ignored(ctx: Ctx, value: object) -> bool:
    """Which empty values clear a field is a switch (dossier 3.5)."""
    rule = ctx.switches.text("clearing")
    return (rule == "not_null" and value is None) or (rule == "not_empty" and value in ("", []))


def _system_values(ctx: Ctx, obj: Obj, sent: Mapping[str, Any], read: Values) -> Values:
    """The new row: what was sent, the system's own fields, defaults (dossier 2.3, 3.4)."""
    me, now = ctx.me.id, ctx.now_ms
    row: Values = {"_id": ctx.sim.ids.make(now / 1000), **read}
    row.setdefault("record_type", "default__c")
    row["life_status"] = row.get("life_status") or "normal"
    if row["life_status"] not in {"normal", "ineffective", "under_review"}:
        raise errors.wrong(f"生命状态(life_status) 没有选项 {row['life_status']}")
    row["lock_status"] = "0"
    if ctx.flag("triggerApprovalFlow", default=True) and obj.needs_approval:
        row |= {"life_status": "under_review", "lock_status": "1"}
    row |= {"created_by": me, "create_time": now, "last_modified_by": me, "last_modified_time": now}
    if ctx.flag("hasSpecifyTime", default=False) and sent.get("create_time"):
        row["create_time"] = values.stored(ctx, obj["create_time"], sent["create_time"])
    if ctx.flag("hasSpecifyCreatedBy", default=False) and sent.get("created_by"):
        row["created_by"] = values.stored(ctx, obj["created_by"], sent["created_by"]) or SYSTEM
    row |= {"version": 1, "$born": now}
    in_pool = bool(obj.pool and row.get(obj.pool))
    if not row.get("owner") and not in_pool and ctx.switches.text("missing_owner") == "acting_user":
        row["owner"] = me
    row |= _defaults(ctx, obj, row)
    return row | moving.initial(ctx, obj, row)


def _defaults(ctx: Ctx, obj: Obj, row: Values) -> Values:
    """What the object's own fields begin with."""
    row = dict(row)
    if obj.api_name == "LeadsObj":
        row.setdefault("biz_status", "un_processed" if row.get("owner") else "un_assigned")
        row.setdefault("leads_stage", "Lead")
        if row.get("owner"):
            row |= {"assigned_time": ctx.now_ms, "assigner_id": ctx.me.id}
    if obj.api_name == "AccountObj":
        row.setdefault("biz_status", "allocated" if row.get("owner") else "unallocated")
    for field in obj.fields.values():
        if field.type == "auto_number":
            row[field.api_name] = ctx.sim.auto_number(obj, field)
    if "name" in obj and not row.get("name") and not obj["name"].required:
        row["name"] = f"{ctx.sim.day()} {obj.label}"
    return row


def _require(ctx: Ctx, obj: Obj, row: Values) -> None:
    """Required fields; the message names the label (dossier 9). In a pool nobody owns a record."""
    in_pool = bool(obj.pool and row.get(obj.pool))
    for field in obj.fields.values():
        if not field.required or (field.api_name == "owner" and in_pool):
            continue
        if row.get(field.api_name) in (None, ""):
            text = f"{field.label}({field.api_name}) 不能为空"
            raise errors.business(text) if ctx.switches.text("required_code") == "business" else errors.wrong(text)


def _check_unique(ctx: Ctx, obj: Obj, row: Values, *, record_id: str) -> None:
    for field in obj.fields.values():
        value = row.get(field.api_name) if field.unique else None
        if value in (None, ""):
            continue
        if any(one["_id"] != record_id for one in ctx.store.find(obj.api_name, field.api_name, value)):
            raise _duplicate(ctx, obj, field)


def _check_duplicates(ctx: Ctx, obj: Obj, row: Values) -> None:
    """The duplicate rule (查重), only when ``optionInfo.isDuplicateSearch`` asks for it (dossier 3.4)."""
    options = ctx.data.get("optionInfo")
    asked = isinstance(options, dict) and options.get("isDuplicateSearch") in (True, "true")
    if not (asked or ctx.body.get("checkDuplicateSearch") in (True, "true")):
        return
    for name in obj.duplicate_by:
        value = row.get(name)
        if value in (None, ""):
            continue
        sql = f"SELECT 1 FROM {quoted(obj.api_name)} WHERE {quoted(name)} = ? AND life_status <> 'invalid' LIMIT 1"
        if ctx.store.db.execute(sql, (value,)).fetchone():
            raise _duplicate(ctx, obj, obj[name])


def _duplicate(ctx: Ctx, obj: Obj, field: Field) -> errors.Refusal:
    """A duplicate; only the text tells it (dossier 3.4)."""
    if ctx.switches.text("duplicate_text") == "english":
        return errors.business(f"duplicate data found in {obj.api_name}: {field.api_name}")
    return errors.business(f"{obj.label}的{field.label}重复，已存在相同数据")


_PRESET, _CUSTOM = "/cgi/crm/v2/data", "/cgi/crm/custom/v2/data"
ROUTES = {
    f"{_PRESET}/create": create,
    f"{_CUSTOM}/create": create,
    f"{_PRESET}/update": update,
    f"{_CUSTOM}/update": update,
}
