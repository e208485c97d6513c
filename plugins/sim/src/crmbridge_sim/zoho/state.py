"""The whole truth of a simulator, for comparison: live records, deleted ids, stage history."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crmbridge_sim.zoho.store import quoted

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator


def dump(sim: ZohoSimulator, modules: Iterable[str] = ()) -> dict[str, Any]:
    """Everything as a single-record read of the API user would show it, each module keyed by id."""
    with sim.lock:
        wanted = list(modules) or [module.api_name for module in sim.schema if module.creatable]
        deleted: dict[str, dict[str, str]] = {name: {} for name in wanted}
        for record_id, module, kind in sim.store.db.execute(
            "SELECT id, module, kind FROM trash WHERE kind <> 'hidden' ORDER BY id"
        ):
            if module in deleted:
                deleted[module][str(record_id)] = kind
        return {
            "now": sim.ctx().instant(int(sim.clock.now())),
            "org_id": str(sim.org.id),
            "users": {str(user.id): sim.people.lookup(user.id) for user in sim.people},
            "modules": {name: {row["id"]: row for row in records(sim, name)} for name in wanted},
            "deleted": deleted,
            "stage_history": stage_history(sim) if "Deals" in wanted else {},
        }


def records(sim: ZohoSimulator, module: str, *, after: int = 0, limit: int = -1) -> list[dict[str, Any]]:
    """Live records in the order of their ids, from the one behind ``after`` on."""
    with sim.lock:
        projection = sim.ctx().projection(sim.schema[module], (), full=True)
        sql = f"SELECT {projection.sql} FROM {quoted(module)} t WHERE t.id > ? ORDER BY t.id LIMIT ?"
        return projection.objects(sim.store.db.execute(sql, (after, limit)))


def stage_history(sim: ZohoSimulator) -> dict[str, list[dict[str, Any]]]:
    """The visited stages of every deal, oldest first: stage, when entered, where to next."""
    ctx = sim.ctx()
    fields = ("Stage", "Modified_Time", "Moved_To__s", "Modified_By", "Potential_Name")
    projection = ctx.projection(sim.schema["DealHistory"], fields)
    sql = f'SELECT {projection.sql}, t."Potential_Name" FROM "DealHistory" t ORDER BY t."Modified_Time", t.id'
    made: dict[str, list[dict[str, Any]]] = {}
    for row in sim.store.db.execute(sql):
        made.setdefault(str(row[-1]), []).append(json.loads(projection.row(row)))
    return made
