"""What a handler gets: the simulator's parts, the caller with his style of ids, the body and the ms of the call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmbridge_sim.faults import Fault
from crmbridge_sim.fxiaoke import errors
from crmbridge_sim.fxiaoke.people import Employee, People
from crmbridge_sim.fxiaoke.schema import Obj, Schema
from crmbridge_sim.fxiaoke.store import Store, Values
from crmbridge_sim.fxiaoke.switches import Switches

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

CUSTOM_PATH = "/cgi/crm/custom/"


@dataclass
class Ctx:
    """One call; ``user`` None = nobody acts, as directory calls allow. ``open_ids``: ids are FSUIDs."""

    sim: FxiaokeSimulator
    path: str
    body: Mapping[str, Any]
    user: Employee | None
    open_ids: bool
    now_ms: int
    style: str = "A"
    faults: Sequence[Fault] = ()
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The records."""
        return self.sim.store

    @property
    def schema(self) -> Schema:
        """The objects."""
        return self.sim.schema

    @property
    def people(self) -> People:
        """The directory."""
        return self.sim.people

    @property
    def switches(self) -> Switches:
        """The uncertain facts."""
        return self.sim.switches

    @property
    def me(self) -> Employee:
        """The acting user of a CRM call."""
        if self.user is None:
            raise errors.illegal("currentOpenUserId")
        return self.user

    @property
    def on_custom_path(self) -> bool:
        """Whether the call came on the path of custom objects (dossier 2.1)."""
        return self.path.startswith(CUSTOM_PATH)

    @property
    def data(self) -> Mapping[str, Any]:
        """The body's ``data``; missing or no object -> 10006."""
        data = self.body.get("data")
        if not isinstance(data, dict):
            raise errors.illegal("data")
        return data

    def outer(self, plain: str) -> str:
        """An id of a person as this caller has it."""
        return self.people.outer_id(plain, open_ids=self.open_ids)

    def inner(self, outer: object) -> str:
        """The plain id of a person the caller wrote; nobody's -> 30027 (dossier 6)."""
        found = self.people.inner_id(outer, open_ids=self.open_ids) if isinstance(outer, str) else None
        if found is None:
            raise errors.Refusal(30027, "employee not exist", f"员工不存在: {outer}")
        return found

    def asked_object(self, *keys: str) -> Obj:
        """The object a call is about, under one of these keys of ``data``; none -> 10006 (dossier 3.1)."""
        name: object = next((self.data[key] for key in keys if self.data.get(key)), None)
        return self.named_object(name)

    def named_object(self, name: object) -> Obj:
        """An object by name; nobody's -> 32000; on the wrong family of paths -> a switch (dossier 2.1)."""
        if not isinstance(name, str) or not name:
            raise errors.illegal("apiName")
        obj = self.schema.get(name)
        if obj is None or not obj.active:
            raise errors.wrong(f"对象不存在: {name}")
        mixed = self.on_custom_path != obj.custom and not self.path.endswith(("/findSimple", "/findOne"))
        if mixed and "/data/" in self.path and self.switches.text("path_mixing") == "error":
            raise errors.Refusal(15002, "illegal parameter", f"{name} does not belong to this path")
        if obj.api_name in self.sim.forbidden:
            raise errors.business(f"没有{obj.label}的查看权限")
        return obj

    def ids(self, *keys: str) -> list[str]:
        """A list of ids under one of these keys; none, or more than allowed -> 32000 (dossier 5)."""
        found = next((self.data[key] for key in keys if key in self.data), None)
        if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
            raise errors.illegal(keys[0])
        most = self.switches.number("batch_limit")
        if most and len(found) > most:
            raise errors.wrong(f"一次最多处理{most}条数据")
        return found

    def record(self, obj: Obj, record_id: object) -> Values:
        """A row the acting user may see; anything else is gone (dossier 3.3)."""
        row = self.store.get(obj.api_name, record_id) if isinstance(record_id, str) else None
        if row is None or not self.sim.access.may_see(self.me, obj, row):
            raise errors.gone()
        return row

    def flag(self, name: str, *, default: bool) -> bool:
        """A switch of the body's top level, as true, "true" or 1."""
        value = self.body.get(name, default)
        return value in (True, 1, "true", "True", "1")

    def team(self, owner: str | None, stored: str | None) -> list[dict[str, Any]]:
        """``relevant_team`` as rows show it: the owner first, then the others (dossier 2.3)."""
        members = [(owner, "1", "2")] if owner else []
        members += [tuple(one) for one in json.loads(stored)] if stored else []
        return [
            {
                "teamMemberEmployee": [self.outer(who)],
                "teamMemberRole": role,
                "teamMemberRoleList": [role],
                "teamMemberPermissionType": permission,
            }
            for who, role, permission in members
        ]
