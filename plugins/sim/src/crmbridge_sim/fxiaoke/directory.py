"""Employees and departments by the calls outside of the CRM; their lists stand at the top level (dossier 1.6, 3.14)."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.fxiaoke import errors
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.people import Department, Employee

MOST_ROWS = 1_000


def by_mobile(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/user/getByMobile``: nobody -> an empty list, no error."""
    if ctx.style == "B" and ctx.switches.text("get_by_mobile_b") == "refuse":
        raise errors.Refusal(15003, "app has no access to interface", "应用没有该接口的权限")
    mobile = ctx.body.get("mobile")
    if not isinstance(mobile, str) or not mobile:
        raise errors.illegal("mobile")
    found = ctx.people.by_mobile(mobile)
    return {"empList": [_brief(ctx, found)] if found else []}


def list_users(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/user/list``: the people of a department, with those below it when ``fetchChild`` says so."""
    return {"userList": [_full(ctx, one) for one in _asked(ctx)]}


def simple_list(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/user/simpleList``: the same with fewer fields."""
    return {"userList": [{"openUserId": ctx.outer(one.id), "name": one.name} for one in _asked(ctx)]}


def get_user(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/user/get``: one employee at the top level; nobody -> 30027."""
    found = ctx.people.get(ctx.inner(ctx.body.get("openUserId")))
    if found is None:
        raise errors.Refusal(30027, "employee not exist", "员工不存在")
    return _full(ctx, found)


def by_update_time(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/user/get/batchByUpdTime``: pages from 1, at most 1,000 a page."""
    start, end = _number(ctx, "startTime", 0), _number(ctx, "endTime", ctx.now_ms)
    size, page = _number(ctx, "pageSize", 20), _number(ctx, "pageNumber", 1)
    if not 1 <= size <= MOST_ROWS or page < 1:
        raise errors.illegal("pageSize" if page >= 1 else "pageNumber")
    found = sorted(
        (one for one in ctx.people if start <= one.updated_ms <= end), key=lambda one: (one.updated_ms, one.id)
    )
    shown = found[(page - 1) * size : page * size]
    return {
        "employees": [_full(ctx, one) for one in shown],
        "totalCount": len(found),
        "pageCount": -(-len(found) // size),
        "lastChangedTime": shown[-1].updated_ms if shown else end,
    }


def list_departments(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/department/list``: all of them; the whole company's parent is 0."""
    return {"departments": [_department(one) for one in ctx.people.departments.values()]}


def department(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/department/detail``: one; none -> 30007."""
    found = ctx.people.departments.get(str(ctx.body.get("departmentId", "")))
    if found is None:
        raise errors.Refusal(30007, "department not exist", "部门不存在")
    return {"department": _department(found)}


def _asked(ctx: Ctx) -> list[Employee]:
    wanted = str(ctx.body.get("departmentId", ""))
    if wanted not in ctx.people.departments:
        raise errors.Refusal(30007, "department not exist", "部门不存在")
    inside = ctx.people.inside([wanted]) if ctx.flag("fetchChild", default=False) else {wanted}
    return [one for one in ctx.people if one.department in inside]


def _number(ctx: Ctx, name: str, default: int) -> int:
    try:
        return int(str(ctx.body.get(name, default)))
    except ValueError:
        raise errors.illegal(name) from None


def _brief(ctx: Ctx, one: Employee) -> dict[str, Any]:
    return {
        "openUserId": ctx.outer(one.id),
        "name": one.name,
        "mobile": one.mobile,
        "email": one.email,
        "status": "STOP" if one.is_stop else "NORMAL",
        "departmentIds": [one.department],
        "mainDepartmentIds": [one.department],
    }


def _full(ctx: Ctx, one: Employee) -> dict[str, Any]:
    return {
        "openUserId": ctx.outer(one.id),
        "account": one.email.partition("@")[0],
        "name": one.name,
        "nickName": one.name,
        "isStop": one.is_stop,
        "email": one.email,
        "mobile": one.mobile,
        "gender": "M" if int(one.id) % 2 else "F",
        "position": one.position,
        "departmentIds": [int(one.department)],
        "mainDepartmentId": int(one.department),
        "attachingDepartmentIds": [],
        "employeeNumber": one.id,
        "hireDate": "2024-01-02",
        "createTime": one.created_ms,
        "leaderId": ctx.outer(one.leader) if one.leader else "",
        "profileImageUrl": "",
    }


def _department(one: Department) -> dict[str, Any]:
    return {
        "id": int(one.id),
        "name": one.name,
        "parentId": int(one.parent),
        "isStop": one.is_stop,
        "order": one.order,
    }


ROUTES = {
    "/cgi/user/getByMobile": by_mobile,
    "/cgi/user/list": list_users,
    "/cgi/user/simpleList": simple_list,
    "/cgi/user/get": get_user,
    "/cgi/user/get/batchByUpdTime": by_update_time,
    "/cgi/department/list": list_departments,
    "/cgi/department/detail": department,
}
