"""Changes behind the adapter's back, as people in the web client make them. Every public method is a control action.

Ids of people are plain ones (``1001``); values are written as the API takes them in style B.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmbridge_sim.fxiaoke import lifecycle, moving, pools, transfer, values, writing
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.ids import open_user_id
from crmbridge_sim.fxiaoke.people import Employee
from crmbridge_sim.fxiaoke.schema import Field, Option
from crmbridge_sim.fxiaoke.store import quoted

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator


class Backdoor:
    """The simulator's lock is held by whoever calls."""

    def __init__(self, sim: FxiaokeSimulator) -> None:
        self._sim = sim

    def create(self, module: str, record: Mapping[str, Any], user: str = "") -> str:
        """A new record; owner and process are filled in when they are left out."""
        filled = dict(record)
        filled.setdefault("owner", [user or self._sim.admin.id])
        if module == moving.NEW:
            first = self._sim.stages.all[0]
            filled.setdefault("sales_process_id", self._sim.stages.process_id(first.process))
            filled.setdefault("sales_stage", first.value)
        ctx = self._ctx(user, {"object_data": {**filled, "dataObjectApiName": module}})
        told = writing.create(ctx)
        return str(told.get("dataId") or told["data"]["dataId"])

    def edit(self, module: str, record_id: str, changes: Mapping[str, Any], user: str = "") -> None:
        """An edit; the owner is changed with ``change_owner``."""
        sent = {**changes, "_id": record_id, "dataObjectApiName": module}
        writing.update(self._ctx(user, {"object_data": sent}))

    def edit_some(self, module: str, count: int = 1) -> list[str]:
        """Edits the records changed longest ago, all in the same millisecond; returns their ids."""
        sql = f"SELECT _id FROM {quoted(module)} WHERE life_status = 'normal' ORDER BY last_modified_time, _id LIMIT ?"
        found = [row[0] for row in self._sim.store.db.execute(sql, (count,)).fetchall()]
        field = "remark" if "remark" in self._sim.schema[module] else "name"
        at = self._sim.now_ms()
        for record_id in found:
            row = self._sim.store.get(module, record_id) or {}
            changes = {field: f"{row.get(field) or ''}+"}
            self._sim.store.update(module, record_id, changes, at_ms=at, user=self._sim.admin.id)
        return found

    def stage(self, deal: str, stage: str, user: str = "") -> None:
        """Moves an opportunity to a stage given by its value, its label or the world's word."""
        found = next(one for one in self._sim.stages.all if stage in {one.value, one.label, one.key})
        name = self._sim.opportunities
        field, value = ("sales_stage", found.value) if name == moving.NEW else ("oppo_stage_id", found.old_id)
        row = self._sim.store.get(name, deal)
        if row is None:
            raise KeyError(f"no opportunity {deal}")
        ctx = self._ctx(user, {})
        changes = {field: value, **moving.consequences(ctx, self._sim.schema[name], row, {field: value})}
        if name == moving.OLD:
            changes |= moving.old_entered(ctx, {}, found)
        self._sim.store.update(name, deal, changes, at_ms=ctx.now_ms, user=ctx.me.id)

    def invalid(self, module: str, record_id: str, user: str = "") -> None:
        """作废."""
        lifecycle.invalid(self._ctx(user, {"dataObjectApiName": module, "object_data_id": record_id}))

    def recover(self, module: str, record_id: str, user: str = "") -> None:
        """恢复."""
        lifecycle.recover(self._ctx(user, {"dataObjectApiName": module, "idList": [record_id]}))

    def delete(self, module: str, record_id: str, user: str = "") -> None:
        """Takes a record away at once, as ``directDelete`` of APL does (dossier 7.4)."""
        ctx = self._ctx(user, {})
        self._sim.store.delete(module, record_id, at_ms=ctx.now_ms, user=ctx.me.id)

    def change_owner(self, module: str, record_id: str, owner: str, user: str = "") -> None:
        """更换负责人."""
        sent = [{"objectDataId": record_id, "ownerId": [owner]}]
        lifecycle.change_owner(self._ctx(user, {"dataObjectApiName": module, "Data": sent}))

    def transfer(self, module: str, old: str, new: str) -> int:
        """Everything of one person to another, in one millisecond, as a mass change does; returns how many."""
        sql = f"SELECT _id FROM {quoted(module)} WHERE owner = ?"
        found = [row[0] for row in self._sim.store.db.execute(sql, (old,)).fetchall()]
        at = self._sim.now_ms()
        for record_id in found:
            self._sim.store.update(
                module, record_id, {"owner": new}, at_ms=at, user=self._sim.admin.id, operation="change_owner"
            )
        return len(found)

    def lock(self, module: str, record_id: str) -> None:
        """锁定."""
        lifecycle.lock(self._ctx("", {"dataObjectApiName": module, "dataIds": [record_id]}))

    def unlock(self, module: str, record_id: str) -> None:
        """解锁."""
        lifecycle.unlock(self._ctx("", {"dataObjectApiName": module, "dataIds": [record_id]}))

    def give_back(self, module: str, record_id: str, pool: str = "") -> None:
        """退回 into the record's pool, or the first one."""
        obj = self._sim.schema[module]
        row = self._sim.store.get(module, record_id)
        if row is None or not obj.pool:
            raise KeyError(f"no {module} {record_id} that belongs to a pool")
        target = pool or row[obj.pool] or self.pools(module)[0]
        sent = {"apiName": module, "objectIds": [record_id], "objectPoolId": target, "backReason": "0"}
        pools.give_back(self._ctx("", sent))

    def pools(self, module: str) -> list[str]:
        """The ids of the pools of leads or accounts."""
        obj = self._sim.schema[module]
        target = obj[obj.pool].target
        return [
            row[0] for row in self._sim.store.db.execute(f"SELECT _id FROM {quoted(target)} ORDER BY create_time, _id")
        ]

    def convert(self, lead: str, deal: Mapping[str, Any] | None = None) -> dict[str, str]:
        """线索转换: account and contact by the lead's names, an opportunity with ``deal``."""
        row = self._sim.store.get("LeadsObj", lead)
        if row is None:
            raise KeyError(f"no lead {lead}")
        wanted: dict[str, Any] = {
            "AccountObj": {"name": row["company"] or row["name"]},
            "ContactObj": {"name": row["name"]},
        }
        if deal is not None:
            first = self._sim.stages.all[0]
            process = self._sim.stages.process_id(first.process)
            wanted[moving.NEW] = {"sales_process_id": process, "sales_stage": first.value, **deal}
        told = transfer.transfer(self._ctx("", {"leadsId": lead, "dataList": wanted}))
        return dict(told.get("data") or {})

    def compute(self, module: str, record_id: str, field: str, value: Any) -> None:  # noqa: ANN401  # a JSON value
        """Changes a value as a formula does; whether the modified time moves is a switch."""
        ctx = self._ctx("", {})
        move = self._sim.switches.flag("formula_moves_modified")
        stored = self._sim.schema[module][field]
        self._sim.store.update(
            module,
            record_id,
            {field: _plain(ctx, stored, value)},
            at_ms=ctx.now_ms,
            user="-10000",
            operation="compute",
            move=move,
        )

    def hide(self, module: str, record_ids: Sequence[str]) -> None:
        """The acting users see these records no more, as after a change of rights (dossier 7.4)."""
        self._sim.store.hidden.setdefault(module, set()).update(record_ids)

    def unhide(self) -> None:
        """Everything is seen again."""
        self._sim.store.hidden.clear()

    def forbid(self, module: str, allowed: bool = False) -> None:  # noqa: FBT001, FBT002  # a control argument
        """Takes an object's rights away, or gives them back."""
        (self._sim.forbidden.discard if allowed else self._sim.forbidden.add)(module)

    def set_approval(self, module: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control argument
        """Writes of this object start an approval, when they say so (dossier 3.4)."""
        self._sim.schema[module].needs_approval = on

    def approve(self, module: str, record_id: str) -> None:
        """Ends the approval of a record."""
        changes = {"life_status": "normal", "lock_status": "0"}
        self._sim.store.update(module, record_id, changes, at_ms=self._sim.now_ms(), user=self._sim.admin.id)

    def add_field(self, module: str, name: str, type: str = "text", label: str = "", unique: bool = False) -> None:  # noqa: A002, FBT001, FBT002
        """A new custom field; its name must end in ``__c``."""
        obj = self._sim.schema[module]
        if not name.endswith("__c") or name in obj:
            raise ValueError(f"{name!r} is no new name of a custom field")
        obj.fields[name] = Field(name, type, label or name, unique=unique)
        self._sim.store.add_column(obj, name)

    def disable_field(self, module: str, name: str) -> None:
        """禁用 of a field: it stays in describe as inactive, rows have it no more."""
        self._sim.schema[module][name].active = False

    def add_option(self, module: str, field: str, value: str, label: str) -> None:
        """A new option of a select field."""
        self._sim.schema[module][field].options.append(Option(value, label))

    def relabel_option(self, module: str, field: str, value: str, label: str) -> None:
        """Renames an option; its value stays."""
        found = self._sim.schema[module][field].option(value)
        if found is None:
            raise KeyError(f"{field} has no option {value}")
        found.label = label

    def disable_option(self, module: str, field: str, value: str) -> None:
        """Takes an option out of use; how describe says so is a switch."""
        found = self._sim.schema[module][field].option(value)
        if found is None:
            raise KeyError(f"{field} has no option {value}")
        found.usable = False

    def add_user(self, name: str, mobile: str, department: str = "1003", admin: bool = False) -> str:  # noqa: FBT001, FBT002
        """A new employee; returns the plain id."""
        number = str(max(int(one.id) for one in self._sim.people) + 1)
        at = self._sim.now_ms()
        open_id = open_user_id(self._sim.seed, number)
        made = Employee(number, open_id, name, mobile, f"user{number}@fjordtech.example", department, is_admin=admin)
        made.created_ms = made.updated_ms = at
        self._sim.people.add(made)
        return number

    def stop_user(self, user: str, stopped: bool = True) -> None:  # noqa: FBT001, FBT002  # a control argument
        """停用 of an employee; his records stay his."""
        found = self._sim.people.get(user)
        if found is None:
            raise KeyError(f"no employee {user}")
        found.is_stop, found.updated_ms = stopped, self._sim.now_ms()
        self._sim.people.touch()

    def kill_tokens(self) -> None:
        """All tokens are dead."""
        self._sim.tokens.kill()

    def reset_secret(self) -> str:
        """A new appSecret; tokens die with the old one."""
        self._sim.tokens.secret = self._sim.tokens.secret[::-1]
        self._sim.tokens.kill()
        return self._sim.tokens.secret

    def refuse_ip(self, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control argument
        """The caller's IP is not on the list, or is again (dossier 1.1)."""
        self._sim.ip_refused = on

    def disable_app(self, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control argument
        """停用 of the app, or its end."""
        self._sim.app_disabled = on

    def exhaust_quota(self) -> None:
        """The day's calls are used up."""
        self._sim.gate.exhaust()

    def reset_quota(self) -> None:
        """A fresh day, empty windows."""
        self._sim.gate.reset()

    def subscribe(self, url: str, objects: Sequence[str] = (), aes_key: str = "") -> str:
        """Sets a push up, as the app's admin page does; returns the aesKey."""
        return self._sim.events.subscribe(url, objects=objects, aes_key=aes_key)

    def unsubscribe(self, url: str) -> None:
        """Ends a push."""
        self._sim.events.unsubscribe(url)

    def _ctx(self, user: str, data: Mapping[str, Any]) -> Ctx:
        who = self._sim.people.get(user) if user else None
        if user and who is None:
            raise KeyError(f"no employee {user}")
        made = self._sim.ctx(who)
        made.body = {"triggerApprovalFlow": False, "triggerWorkFlow": False, "data": dict(data)}
        return made


def _plain(ctx: Ctx, field: Field, value: Any) -> Any:  # noqa: ANN401  # a JSON value
    return values.stored(ctx, field, value)
