"""Changes behind the adapter's back, as users and administrators of the CRM make them in its web pages.

Every public method is also an action of the control API (``POST /__sim__/<name>`` with the arguments as JSON), so
arguments are plain JSON: ids as text or number, records as the API writes them. A refused record raises RecordError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmbridge_sim.zoho import trash
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.conversion import convert
from crmbridge_sim.zoho.people import User
from crmbridge_sim.zoho.record_writing import insert_one, update_one
from crmbridge_sim.zoho.store import Lock, quoted
from crmbridge_sim.zoho.values import tags_json

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

Id = int | str
# A field of every module that a user may type into; edits without a field of their own go there.
_TYPED = {"Notes": "Note_Content"}


class Backdoor:
    """What people do to records; each method takes the lock and stamps the present instant."""

    def __init__(self, sim: ZohoSimulator) -> None:
        self._sim = sim
        self._edits = 0

    def _ctx(self, user: str = "") -> Ctx:
        who: User | None = self._sim.people.by_email(user) if user else None
        return self._sim.ctx(who)

    def create(self, module: str, record: Mapping[str, Any], *, user: str = "") -> str:
        """Adds a record, written as the API writes it; returns its id."""
        with self._sim.lock:
            item = insert_one(self._ctx(user), self._sim.schema[module], dict(record), "$")
            return str(item["details"]["id"])

    def edit(
        self, module: str, record_id: Id, changes: Mapping[str, Any], *, user: str = "", move: bool = True
    ) -> None:
        """Edits a record; ``move`` false leaves Modified_Time (a formula, a roll-up: dossier 8)."""
        with self._sim.lock:
            ctx = self._ctx(user)
            ctx.notes["move"] = move
            update_one(ctx, self._sim.schema[module], int(record_id), dict(changes), "$")

    def set_value(self, module: str, record_id: Id, field: str, value: str | float | None) -> None:
        """Sets a value of any field, read-only ones too, without moving Modified_Time (formulas: dossier 8)."""
        self._sim.schema.find_field(module, field)
        self._mark(module, record_id, {field: value})

    def edit_some(self, module: str, *, count: int = 1) -> list[str]:
        """Edits the records that were not touched for the longest time; returns their ids."""
        with self._sim.lock:
            sql = f'SELECT id FROM {quoted(module)} ORDER BY "Modified_Time", id LIMIT ?'
            ids = [str(row[0]) for row in self._sim.store.db.execute(sql, (count,))]
            for record_id in ids:
                self._edits += 1
                self.edit(module, record_id, {_TYPED.get(module, "Description"): f"edited {self._edits}"})
            return ids

    def stage(self, deal: Id, stage: str, *, user: str = "") -> None:
        """Moves a deal to a stage of its pipeline; the history gets its row."""
        self.edit("Deals", deal, {"Stage": stage}, user=user)

    def delete(self, module: str, record_id: Id, *, permanent: bool = False) -> bool:
        """Deletes a record into the bin, or for good; False when it is not there."""
        with self._sim.lock:
            ctx = self._ctx()
            target = self._sim.schema[module]
            who = self._sim.api_user.id
            return trash.delete(self._sim.store, target, int(record_id), at=ctx.now, user=who, permanent=permanent)

    def restore(self, record_id: Id) -> bool:
        """Brings a record back from the bin."""
        with self._sim.lock:
            ctx = self._ctx()
            move = self._sim.switches.flag("restore_moves_modified")
            return trash.restore(self._sim.store, int(record_id), at=ctx.now, user=ctx.user.id, move=move)

    def purge(self, record_id: Id) -> bool:
        """Empties a record out of the bin."""
        with self._sim.lock:
            return trash.purge(self._sim.store, int(record_id), at=self._ctx().now)

    def hide(self, module: str, record_ids: list[Id]) -> int:
        """A change of role or sharing: the API user sees these records no more, and no feed says so (dossier 8)."""
        with self._sim.lock:
            now, target = self._ctx().now, self._sim.schema[module]
            return sum(trash.hide(self._sim.store, target, int(record_id), at=now) for record_id in record_ids)

    def unhide(self) -> int:
        """Everything hidden is seen again, unchanged."""
        with self._sim.lock:
            return trash.unhide(self._sim.store)

    def convert(self, lead: Id, *, deal: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Converts a lead to a contact, an account and, when given, a deal; returns their ids and names."""
        with self._sim.lock:
            values = self._sim.store.get("Leads", int(lead))
            if values is None:
                raise KeyError(f"Leads has no record {lead}")
            return convert(self._ctx(), values, {"Deals": dict(deal)} if deal is not None else {})

    def tag(self, module: str, record_id: Id, names: list[str]) -> None:
        """Sets the tags of a record; whether Modified_Time moves is a switch."""
        with self._sim.lock:
            ctx = self._ctx()
            changes = {"Tag": tags_json(ctx, names)}
            move = self._sim.switches.flag("tags_move_modified")
            self._sim.store.update(
                module, int(record_id), changes, at=ctx.now, user=ctx.user.id, source="backdoor", move=move
            )

    def lock(self, module: str, record_id: Id, *, reason: str = "") -> str:
        """Locks a record; writes to it fail with RECORD_LOCKED."""
        with self._sim.lock:
            ctx = self._ctx()
            made = Lock(self._sim.store.next_id(), reason, ctx.now, ctx.user.id)
            self._sim.locks[int(record_id)] = made
            self._mark(module, record_id, {"Locked__s": 1})
            return str(made.id)

    def unlock(self, module: str, record_id: Id) -> None:
        """Takes the lock away."""
        with self._sim.lock:
            self._sim.locks.pop(int(record_id), None)
            self._mark(module, record_id, {"Locked__s": None})

    def blueprint(self, deal: Id, *, on: bool = True) -> None:
        """Puts a deal into a blueprint, or takes it out: its stage then moves by transitions alone."""
        self._mark("Deals", deal, {"$process_flow": int(on)})

    def approval(self, module: str, record_id: Id, *, state: str = "approval_process_pending") -> None:
        """Sends a record to approval; ``approved`` brings it back."""
        self._mark(module, record_id, {"$approval_state": None if state == "approved" else state})

    def _mark(self, module: str, record_id: Id, changes: dict[str, Any]) -> None:
        """Sets a state of a record without an edit; Modified_Time stays."""
        with self._sim.lock:
            ctx = self._ctx()
            self._sim.store.update(
                module, int(record_id), changes, at=ctx.now, user=ctx.user.id, source="backdoor", move=False
            )
