"""相关团队: add, edit, get, delete (dossier 3.8). ``apiName`` stands at the top level of the body."""

from __future__ import annotations

import json
from typing import Any

from crmbridge_sim.fxiaoke import errors
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.schema import Obj
from crmbridge_sim.fxiaoke.store import Values

ROLES = frozenset("1234")
PERMISSIONS = frozenset("12")


def add(ctx: Ctx) -> dict[str, Any]:
    """Adds members, or changes their role and right."""
    obj = _object(ctx)
    who, role, permission = _members(ctx), _word(ctx, "teamMemberRole", "4", ROLES), _permission(ctx)
    for row in _rows(ctx, obj, "dataIDs"):
        kept = [one for one in _stored(row) if one[0] not in who]
        _keep(ctx, obj, row, kept + [[one, role, permission] for one in who if one != row["owner"]])
    return {}


def edit(ctx: Ctx) -> dict[str, Any]:
    """The whole team anew: ``teamMemberInfos`` of one record, an empty list clears it (S15)."""
    obj = _object(ctx)
    infos = ctx.data.get("teamMemberInfos")
    if not isinstance(infos, list):
        return add(ctx)
    row = ctx.record(obj, ctx.data.get("dataID"))
    made = []
    for one in infos:
        sent = one.get("teamMemberEmployee") if isinstance(one, dict) else None
        if not isinstance(sent, list):
            raise errors.illegal("teamMemberEmployee")
        role, permission = str(one.get("teamMemberRole", "4")), str(one.get("teamMemberPermissionType", "1"))
        made += [[ctx.inner(person), role, permission] for person in sent if role != "1"]
    _keep(ctx, obj, row, made)
    return {}


def delete(ctx: Ctx) -> dict[str, Any]:
    """Takes members out; the owner is none of them."""
    obj = _object(ctx)
    who = _members(ctx)
    for row in _rows(ctx, obj, "dataIDs"):
        _keep(ctx, obj, row, [one for one in _stored(row) if one[0] not in who])
    return {}


def get(ctx: Ctx) -> dict[str, Any]:
    """The team of one record in ``data.objectList``."""
    row = ctx.record(_object(ctx), ctx.data.get("dataID"))
    return {"data": {"objectList": ctx.team(row["owner"], row["relevant_team"])}}


def _object(ctx: Ctx) -> Obj:
    return ctx.named_object(ctx.body.get("apiName") or ctx.data.get("apiName"))


def _rows(ctx: Ctx, obj: Obj, key: str) -> list[Values]:
    return [ctx.record(obj, record_id) for record_id in ctx.ids(key)]


def _members(ctx: Ctx) -> list[str]:
    sent = ctx.data.get("teamMemberEmployee")
    if not isinstance(sent, list) or not sent:
        raise errors.illegal("teamMemberEmployee")
    return [ctx.inner(one) for one in sent]


def _permission(ctx: Ctx) -> str:
    return _word(ctx, "teamMemberPermissionType", "1", PERMISSIONS)


def _word(ctx: Ctx, key: str, default: str, known: frozenset[str]) -> str:
    value = str(ctx.data.get(key, default))
    if value not in known:
        raise errors.illegal(key)
    return value


def _stored(row: Values) -> list[list[str]]:
    found: list[list[str]] = json.loads(row["relevant_team"] or "[]")
    return found


def _keep(ctx: Ctx, obj: Obj, row: Values, members: list[list[str]]) -> None:
    changes = {"relevant_team": json.dumps(members) if members else None}
    move = ctx.switches.flag("team_moves_modified")
    ctx.store.update(obj.api_name, row["_id"], changes, at_ms=ctx.now_ms, user=ctx.me.id, operation="team", move=move)


ROUTES = {
    "/cgi/crm/team/add": add,
    "/cgi/crm/team/edit": edit,
    "/cgi/crm/team/get": get,
    "/cgi/crm/team/delete": delete,
}
