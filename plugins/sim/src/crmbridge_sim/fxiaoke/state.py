"""The whole truth of a tenant, for comparison: rows as a single read shows them, deleted ids, stage changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crmbridge_sim.fxiaoke import history
from crmbridge_sim.fxiaoke.rendering import Rendering
from crmbridge_sim.fxiaoke.store import quoted

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator


def dump(sim: FxiaokeSimulator, objects: Iterable[str] = (), *, style: str = "B") -> dict[str, Any]:
    """Everything with plain ids of people (style A: FSUIDs), each object keyed by id; 作废 rows are among them."""
    with sim.lock:
        wanted = list(objects) or [obj.api_name for obj in sim.schema]
        return {
            "now_ms": sim.now_ms(),
            "ea": sim.ea,
            "users": {one.id: {"name": one.name, "open_id": one.open_id, "is_stop": one.is_stop} for one in sim.people},
            "departments": {one.id: one.name for one in sim.people.departments.values()},
            "objects": {name: {row["_id"]: row for row in records(sim, name, style=style)} for name in wanted},
            "deleted": {name: sorted(sim.store.deleted[name]) for name in wanted},
            "stage_history": history.stage_rows(sim, sim.opportunities) if sim.opportunities in wanted else {},
        }


def records(
    sim: FxiaokeSimulator, name: str, *, after: str = "", limit: int = -1, style: str = "B"
) -> list[dict[str, Any]]:
    """Rows in the order of their ids, from the one behind ``after`` on."""
    with sim.lock:
        made = Rendering(sim.ctx(style=style), sim.schema[name], include_null=False, in_list=False)
        sql = f"SELECT {made.sql} FROM {quoted(name)} WHERE _id > ? ORDER BY _id LIMIT ?"
        return made.rows(sim.store.db.execute(sql, (after, limit)))
