"""Employees and departments, from the directory: short lists without a time of change, read whole each time.

PersonnelObj and DepartmentObj are often not to be seen, not even by an administrator (dossier 3.14). Who has left is
in the list too, because records go on naming him. Ids are those of the style the login uses.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from crmbridge.adapter.catalog import FieldInfo, ObjectInfo
from crmbridge.adapter.contract import Page, Problem, PullRequest, RawRecord
from crmbridge.model.errors import ContractError
from crmbridge_fxiaoke import cursor as cursors
from crmbridge_fxiaoke.cursor import Cursor
from crmbridge_fxiaoke.payload import milliseconds
from crmbridge_fxiaoke.session import DEPARTMENT_LIST, USER_LIST, Session

USERS, DEPARTMENTS = "users", "departments"
OBJECTS = frozenset({USERS, DEPARTMENTS})
WHOLE_COMPANY = 999999
LABELS = {USERS: "员工", DEPARTMENTS: "部门"}
KEYS = {USERS: "openUserId", DEPARTMENTS: "id"}
_FIELDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    USERS: {
        "openUserId": ("员工编号", "id"),
        "account": ("账号", "text"),
        "name": ("姓名", "text"),
        "nickName": ("昵称", "text"),
        "isStop": ("停用", "true_or_false"),
        "email": ("邮箱", "email"),
        "mobile": ("手机", "phone_number"),
        "gender": ("性别", "text"),
        "position": ("职位", "text"),
        "departmentIds": ("所属部门", "department"),
        "mainDepartmentId": ("主属部门", "department"),
        "attachingDepartmentIds": ("附属部门", "department"),
        "employeeNumber": ("工号", "text"),
        "hireDate": ("入职日期", "text"),
        "createTime": ("创建时间", "date_time"),
        "leaderId": ("汇报对象", "employee"),
    },
    DEPARTMENTS: {
        "id": ("部门编号", "id"),
        "name": ("部门名称", "text"),
        "parentId": ("上级部门", "department"),
        "isStop": ("停用", "true_or_false"),
        "order": ("排序", "number"),
    },
}
_TARGETS = {"leaderId": USERS, "parentId": DEPARTMENTS, "mainDepartmentId": DEPARTMENTS}
_MANY = frozenset({"departmentIds", "attachingDepartmentIds"})
_NO_DEPARTMENT = "0"


def info(name: str) -> ObjectInfo:
    """Employees or departments as an object: the directory describes no fields."""
    fields = [
        FieldInfo(
            name=key,
            label=label,
            type=kind,
            writable=False,
            unique=key == KEYS[name],
            target=DEPARTMENTS if key in _MANY else _TARGETS.get(key),
        )
        for key, (label, kind) in _FIELDS[name].items()
    ]
    return ObjectInfo(name=name, label=LABELS[name], fields=tuple(fields), key_field=KEYS[name], is_fixed=True)


def pages(session: Session, request: PullRequest) -> Iterator[Page]:
    """One page of all of them."""
    records, problems = records_of(session, request.object)
    now = milliseconds(session.now())
    at = Cursor(now, now, cursors.fingerprint(None)).after(request.cursor).text()
    yield Page(records, at, problems=problems, whole=request.cursor is None)


def records_of(session: Session, name: str) -> tuple[list[RawRecord], list[Problem]]:
    """All of them as records, and a problem for each row without an id."""
    records: dict[str, RawRecord] = {}
    problems: list[Problem] = []
    for row in rows(session, name):
        record = _record(name, row) if isinstance(row, Mapping) else None
        if record is None:
            problems.append(Problem("RECORD_UNUSABLE", "a record of {object} has no id", {"object": name}))
        else:
            records[record.external_id] = record
    return list(records.values()), problems


def rows(session: Session, name: str) -> list[Any]:
    """The list as Fxiaoke gives it; ContractError where there is none."""
    if name == USERS:
        asked = {"departmentId": WHOLE_COMPANY, "fetchChild": True, "showDepartmentIdsDetail": False}
        found = session.ask(USER_LIST, top=asked).get("userList")
    else:
        found = session.ask(DEPARTMENT_LIST).get("departments")
    if not isinstance(found, list):
        raise ContractError("Fxiaoke sent no list of {object}", object=name)
    return found


def _record(name: str, row: Mapping[str, Any]) -> RawRecord | None:
    external_id = _text(row.get(KEYS[name]))
    if not external_id:
        return None
    payload = {key: _value(key, row.get(key)) for key in _FIELDS[name]}
    return RawRecord(name, external_id, {**payload, KEYS[name]: external_id})


def _value(key: str, value: object) -> object:
    """One form: ids of departments as texts, and the root's parent as none."""
    if key in _MANY:
        return [_text(one) for one in value] or None if isinstance(value, list) else None
    if key in _TARGETS:
        found = _text(value)
        return None if found in {"", _NO_DEPARTMENT} else found
    return None if value in ("", []) else value


def _text(value: object) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
