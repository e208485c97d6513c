"""Reading: query, findSimple, findOne and get (dossier 3.1, 3.2, 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmbridge_sim.fxiaoke import errors, filters
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.rendering import Rendering, Row
from crmbridge_sim.fxiaoke.schema import Obj
from crmbridge_sim.fxiaoke.store import quoted

MOST_ROWS = 100
LAST_OFFSET = 10_000


@dataclass(frozen=True)
class Search:
    """What a query asks for, checked."""

    obj: Obj
    where: filters.Where
    order: str
    limit: int
    offset: int
    projection: tuple[str, ...]
    total: bool


def query(ctx: Ctx) -> dict[str, Any]:
    """``…/data/query``."""
    asked = _search(ctx, _projection(ctx, "fieldProjection", inside=True))
    rows = _rows(ctx, asked, simple=False)
    page = {"dataList": rows, "total": _total(ctx, asked), "offset": asked.offset, "limit": asked.limit}
    if ctx.on_custom_path and asked.obj.custom and ctx.switches.text("custom_rows_at") == "top":
        return page  # dossier 8, trap 31
    return {"data": page}


def find_simple(ctx: Ctx) -> dict[str, Any]:
    """``/custom/v2/data/findSimple``: nothing is calculated live; the projection is ``data.field_projection``."""
    asked = _search(ctx, _projection(ctx, "field_projection", inside=False))
    rows = _rows(ctx, asked, simple=True)
    page = {"dataList": rows, "total": _total(ctx, asked), "offset": asked.offset, "limit": asked.limit}
    return {"data": page}


def find_one(ctx: Ctx) -> dict[str, Any]:
    """``/custom/v2/data/findOne``: one record in ``objectData``, none = an empty object."""
    asked = _search(ctx, _projection(ctx, "field_projection", inside=False))
    rows = _rows(ctx, asked, simple=False)
    return {"data": {"objectData": rows[0] if rows else {}}}


def get(ctx: Ctx) -> dict[str, Any]:
    """``…/data/get``: 作废 records can still be read; what is gone is a switch (dossier 3.3)."""
    obj = ctx.asked_object("dataObjectApiName", "apiName")
    record_id = ctx.data.get("objectDataId")
    if not isinstance(record_id, str) or not record_id:
        raise errors.illegal("objectDataId")
    _personnel(ctx, obj)
    try:
        ctx.record(obj, record_id)
    except errors.Refusal:
        if ctx.switches.text("unknown_id") == "null":
            return {"data": None}
        raise
    made = Rendering(ctx, obj, include_null=ctx.flag("includeNull", default=False), in_list=False)
    cursor = ctx.store.db.execute(f"SELECT {made.sql} FROM {quoted(obj.api_name)} WHERE _id = ?", (record_id,))
    return {"data": made.rows(cursor)[0]}


def _search(ctx: Ctx, projection: tuple[str, ...]) -> Search:
    obj = ctx.asked_object("dataObjectApiName", "apiName")
    _personnel(ctx, obj)
    sent = ctx.data.get("search_query_info")
    if not isinstance(sent, dict):
        raise errors.Refusal(10006, "searchQueryInfo is empty")  # the text was seen (dossier 6)
    limit = _limit(ctx, sent)
    offset = _offset(ctx, sent, limit)
    where = filters.read(ctx, obj, sent.get("filters"))
    _visible(ctx, obj, where)
    _projected(ctx, obj, projection)
    order = filters.order(ctx, obj, sent.get("orders"))
    return Search(obj, where, order, limit, offset, projection, _wants_total(ctx))


def _personnel(ctx: Ctx, obj: Obj) -> None:
    if obj.api_name == "PersonnelObj" and ctx.switches.text("personnel") == "error":
        raise errors.business("没有人员对象的查看权限")


def _limit(ctx: Ctx, sent: Mapping[str, Any]) -> int:
    limit = _number(sent.get("limit", ctx.switches.number("default_limit")), "limit")
    if limit < 1:
        raise errors.illegal("limit")
    if limit > MOST_ROWS:
        rule = ctx.switches.text("over_limit")
        if rule == "error":
            raise errors.Refusal(10006, "the parameter limit is missing or illegal", "limit 不能超过100")
        if rule == "clamp":
            return MOST_ROWS
    return min(limit, 2_000)


def _offset(ctx: Ctx, sent: Mapping[str, Any], limit: int) -> int:
    offset = _number(sent.get("offset", 0), "offset")
    if offset < 0:
        raise errors.illegal("offset")
    if offset > LAST_OFFSET:
        raise errors.Refusal(10013, "offset out of range 10000", "offset 不能超过10000")
    if offset % limit:
        rule = ctx.switches.text("offset_step")
        if rule == "error":
            raise errors.wrong("offset 必须是 limit 的整数倍")
        if rule == "floor":
            return offset - offset % limit
    return offset


def _number(sent: object, name: str) -> int:
    try:
        return int(str(sent))
    except ValueError:
        raise errors.illegal(name) from None


def _projection(ctx: Ctx, key: str, *, inside: bool) -> tuple[str, ...]:
    """The fields asked for; an empty list means all of them, as callers send it (S7, S8)."""
    holder = ctx.data.get("search_query_info") if inside else ctx.data
    sent = holder.get(key) if isinstance(holder, dict) else None
    if sent is None:
        return ()
    if not isinstance(sent, list) or not all(isinstance(one, str) for one in sent):
        raise errors.illegal(key)
    return tuple(sent)


def _projected(ctx: Ctx, obj: Obj, projection: Sequence[str]) -> None:
    unknown = [name for name in projection if name not in obj and not name.endswith(("__r", "__l", "__o", "__v"))]
    if unknown and ctx.switches.text("unknown_projection") == "error":
        raise errors.wrong(f"字段不存在: {unknown[0]}")


def _visible(ctx: Ctx, obj: Obj, where: filters.Where) -> None:
    """The acting user's rows; 作废 ones only when asked for, under the switch (dossier 7.4); the index's lag."""
    where.add(*ctx.sim.access.condition(ctx.me, obj))
    if obj.api_name == "PersonnelObj" and ctx.switches.text("personnel") == "empty":
        where.add("1 = 0")
    hides = ctx.switches.flag("default_hides_invalid") and "life_status" not in where.fields
    if hides:
        where.add("life_status <> 'invalid'")
    lag_ms = ctx.switches.number("index_lag_s") * 1000
    if lag_ms:
        where.add('"$born" <= ?', [ctx.now_ms - lag_ms])


def _wants_total(ctx: Ctx) -> bool:
    """Three parameters ask for a total; which one rules is a switch (dossier 3.1)."""
    places: tuple[Mapping[str, Any], ...] = (ctx.body, ctx.data, ctx.data.get("search_query_info") or {})
    by_number = any(str(place.get("returnTotalNum")) in {"1", "2"} for place in places)
    explicit = next((place[key] for place in places for key in _EXPLICIT if key in place), True)
    by_flag = explicit in (True, "true", 1)
    rule = ctx.switches.text("total_rule")
    return {"returnTotalNum": by_number, "find_explicit_total_num": by_flag}.get(rule, by_number or by_flag)


_EXPLICIT = ("find_explicit_total_num", "need_return_count_num")


def _rows(ctx: Ctx, asked: Search, *, simple: bool) -> list[Row]:
    if any(fault.kind == "empty_list" for fault in ctx.faults):
        return []
    null = ctx.flag("includeNull", default=False)
    made = Rendering(ctx, asked.obj, asked.projection, include_null=null, in_list=True, simple=simple)
    offset, limit = asked.offset, asked.limit
    for fault in ctx.faults:
        if fault.kind == "duplicate_rows" and offset:
            offset = max(0, offset - int(fault.number("count", 1)))
    chosen = f"{asked.where.sql}{asked.order} LIMIT {limit} OFFSET {offset}"
    sql = f"SELECT {made.sql} FROM {quoted(asked.obj.api_name)}{chosen}"
    return made.rows(ctx.store.db.execute(sql, asked.where.values))


def _total(ctx: Ctx, asked: Search) -> int:
    if not asked.total:
        return 0  # dossier 3.1: off means 0
    sql = f"SELECT count(*) FROM {quoted(asked.obj.api_name)}{asked.where.sql}"
    total = int(ctx.store.db.execute(sql, asked.where.values).fetchone()[0])
    cap = ctx.switches.number("total_cap")
    return min(total, cap) if cap else total


_PRESET, _CUSTOM = "/cgi/crm/v2/data", "/cgi/crm/custom/v2/data"
ROUTES = {
    f"{_PRESET}/query": query,
    f"{_CUSTOM}/query": query,
    f"{_PRESET}/get": get,
    f"{_CUSTOM}/get": get,
    f"{_CUSTOM}/findSimple": find_simple,
    f"{_CUSTOM}/findOne": find_one,
}
