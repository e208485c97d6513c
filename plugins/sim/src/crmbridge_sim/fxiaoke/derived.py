"""What changes by itself when something else is written: counts, quotes, the last follow-up (dossier 9, 10.6)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.ids import SYSTEM
from crmbridge_sim.fxiaoke.schema import Obj
from crmbridge_sim.fxiaoke.store import Values

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

# last_follow_time on leads, last_followed_time elsewhere (dossier 8, trap 8)
FOLLOWED = {
    "LeadsObj": "last_follow_time",
    "AccountObj": "last_followed_time",
    "NewOpportunityObj": "last_followed_time",
    "OpportunityObj": "last_followed_time",
}


class Derived:
    """Called after every write; whether the modified time moves is a switch."""

    def __init__(self, sim: FxiaokeSimulator) -> None:
        self._sim = sim

    def after_write(self, ctx: Ctx, obj: Obj, row: Values) -> None:
        """Brings what follows from a row up to date."""
        if obj.api_name == self._sim.opportunities:
            self._count(ctx, row.get("account_id"))
            if "account_tel__c" in obj and row.get("account_id"):
                self._quote(ctx, str(row["account_id"]))
        if obj.api_name == "AccountObj":
            self._quote(ctx, row["_id"])
        if obj.api_name == "ActiveRecordObj":
            self._follow(ctx, row)

    def _count(self, ctx: Ctx, account: str | None) -> None:
        row = self._sim.store.get("AccountObj", account) if account else None
        if row is None:
            return
        number = len(self._sim.store.find(self._sim.opportunities, "account_id", account))
        if row["opportunity_count__c"] != number:
            self._compute(ctx, "AccountObj", row["_id"], {"opportunity_count__c": number})

    def _quote(self, ctx: Ctx, account: str) -> None:
        if "account_tel__c" not in self._sim.schema[self._sim.opportunities]:
            return
        row = self._sim.store.get("AccountObj", account)
        tel = row["tel"] if row else None
        for one in self._sim.store.find(self._sim.opportunities, "account_id", account):
            if one["account_tel__c"] != tel:
                self._compute(ctx, self._sim.opportunities, one["_id"], {"account_tel__c": tel})

    def _follow(self, ctx: Ctx, row: Values) -> None:
        links = {(one["describe_api_name"], one["id"]) for one in json.loads(row.get("related_object_data") or "[]")}
        for name, field in (
            ("AccountObj", "account_id"),
            ("NewOpportunityObj", "new_opportunity_id"),
            ("LeadsObj", "leads_id"),
        ):
            if row.get(field):
                links.add((name, row[field]))
        move = self._sim.switches.flag("follow_up_moves_modified")
        for name, record_id in sorted(links):
            if name in FOLLOWED and self._sim.store.get(name, record_id):
                changes: Values = {FOLLOWED[name]: ctx.now_ms}
                if name == "LeadsObj":
                    changes["last_follower"] = ctx.me.id
                self._sim.store.update(
                    name, record_id, changes, at_ms=ctx.now_ms, user=ctx.me.id, operation="compute", move=move
                )

    def _compute(self, ctx: Ctx, name: str, record_id: str, changes: Values) -> None:
        move = self._sim.switches.flag("formula_moves_modified")
        self._sim.store.update(name, record_id, changes, at_ms=ctx.now_ms, user=SYSTEM, operation="compute", move=move)
