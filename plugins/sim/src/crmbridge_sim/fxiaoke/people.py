"""Employees and departments of the tenant (dossier 1.6, 3.14)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from crmbridge_sim.fxiaoke import ids

COMPANY = "999999"


@dataclass
class Department:
    """A department; the whole company is 999999, whose parent is 0."""

    id: str
    name: str
    parent: str = COMPANY
    order: int = 0
    is_stop: bool = False


@dataclass
class Employee:
    """An employee by the plain CRM id; the departed ones still own records."""

    id: str
    open_id: str
    name: str
    mobile: str
    email: str
    department: str
    leader: str = ""
    position: str = "销售"
    is_stop: bool = False
    is_admin: bool = False
    created_ms: int = 0
    updated_ms: int = 0


class People:
    """The directory; every lookup works by plain id, by FSUID and by mobile."""

    def __init__(self, seed: int, tenant_id: str) -> None:
        self.seed, self.tenant_id = seed, tenant_id
        self._employees: dict[str, Employee] = {}
        self._by_open: dict[str, Employee] = {}
        self.departments: dict[str, Department] = {COMPANY: Department(COMPANY, "全公司", "0")}
        self._shown: dict[tuple[str, bool], dict[str, Any]] = {}

    def __iter__(self) -> Iterator[Employee]:
        return iter(self._employees.values())

    def __len__(self) -> int:
        return len(self._employees)

    def add(self, employee: Employee) -> Employee:
        """Adds or replaces an employee."""
        self._employees[employee.id] = employee
        self._by_open[employee.open_id] = employee
        self.touch()
        return employee

    def touch(self) -> None:
        """Forgets what was remembered for rows after somebody was changed."""
        self._shown.clear()

    def get(self, plain: str) -> Employee | None:
        """The employee of a plain id."""
        return self._employees.get(plain)

    def by_open_id(self, open_id: str) -> Employee | None:
        """The employee of an FSUID."""
        return self._by_open.get(open_id)

    def by_mobile(self, mobile: str) -> Employee | None:
        """The employee with this mobile number."""
        return next((one for one in self if one.mobile == mobile), None)

    def outer_id(self, plain: str, *, open_ids: bool) -> str:
        """The id as the caller's style has it."""
        if not open_ids or plain.startswith("-"):
            return plain
        known = self._employees.get(plain)
        return known.open_id if known else ids.open_user_id(self.seed, plain)

    def inner_id(self, outer: str, *, open_ids: bool) -> str | None:
        """The plain id of what a caller of this style wrote; None when it is nobody's."""
        if outer == ids.SYSTEM:
            return outer
        found = self._by_open.get(outer) if open_ids else self._employees.get(outer)
        return found.id if found else None

    def below(self, leader: str) -> set[str]:
        """The plain ids of those who report to somebody, at any depth, and his own."""
        found = {leader}
        grown = True
        while grown:
            more = {one.id for one in self if one.leader in found} - found
            grown = bool(more)
            found |= more
        return found

    def inside(self, departments: Iterable[str]) -> set[str]:
        """Departments with those below them."""
        found = set(departments)
        grown = True
        while grown:
            more = {one.id for one in self.departments.values() if one.parent in found} - found
            grown = bool(more)
            found |= more
        return found

    def expanded(self, plain: str, *, brief: bool = False) -> dict[str, Any]:
        """The person as ``owner__r`` shows it; ``id`` is the plain one in both styles (dossier 2.3: OBS)."""
        key = (plain, brief)
        if key not in self._shown:
            self._shown[key] = self._expand(plain, brief=brief)
        return self._shown[key]

    def _expand(self, plain: str, *, brief: bool) -> dict[str, Any]:
        who = self._employees.get(plain)
        if who is None:
            return {"id": plain, "name": "系统" if plain == ids.SYSTEM else ""}
        if brief:
            return {"id": who.id, "name": who.name}
        return {
            "id": who.id,
            "tenantId": self.tenant_id,
            "name": who.name,
            "nickname": who.name,
            "email": who.email,
            "phone": who.mobile,
            "picAddr": "",
            "description": "",
            "dept": who.department,
            "post": who.position,
            "supervisorId": who.leader,
            "status": 1 if who.is_stop else 0,
            "createTime": who.created_ms,
            "modifyTime": who.updated_ms,
        }


def full_name(first: str, last: str, *, family_first: bool) -> str:
    """One name field, as Fxiaoke has it; with ``family_first`` Chinese names are written as the Chinese do."""
    is_chinese = "\u4e00" <= last[:1] <= "\u9fff"
    return f"{last}{first}" if family_first and is_chinese else f"{first} {last}"
