"""Stage history as Zoho keeps it: one row per stage visited, in the module DealHistory (dossier 2.13).

``Modified_Time`` is when the deal entered ``Stage``; ``Moved_To__s`` is the next stage, null while it is the present
one. The lookup to the deal is called ``Potential_Name``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_sim.zoho.store import Change

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

COPIED = ("Amount", "Probability", "Expected_Revenue", "Closing_Date")


class StageHistory:
    """A listener of the store that writes history rows when a deal's stage changes."""

    def __init__(self, sim: ZohoSimulator) -> None:
        self._sim = sim

    def __call__(self, change: Change) -> None:
        """Writes the stage a deal came into, and closes the row of the one it left."""
        if change.module != "Deals" or change.after is None or change.operation not in {"insert", "update"}:
            return
        stage = change.after.get("Stage")
        if stage is None or (change.before is not None and change.before.get("Stage") == stage):
            return
        if change.before is not None:
            self._close(change.id, stage, change.at)
        row: dict[str, Any] = {name: change.after.get(name) for name in COPIED}
        row |= {"Potential_Name": change.id, "Stage": stage, "Modified_By": change.user}
        row |= {"Modified_Time": change.at, "Created_Time": change.at}
        self._sim.store.insert("DealHistory", row, at=change.at, user=change.user, source="tracker")

    def _close(self, deal: int, stage: str, at: int) -> None:
        self._sim.store.need_index(self._sim.schema["DealHistory"], "Potential_Name")
        self._sim.store.db.execute(
            'UPDATE "DealHistory" SET "Moved_To__s" = ?, "Stage_Duration_Calendar_Days" = (? - "Modified_Time") / 86400'
            ' WHERE "Potential_Name" = ? AND "Moved_To__s" IS NULL',
            (stage, at, deal),
        )
