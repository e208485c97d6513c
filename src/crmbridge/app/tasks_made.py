"""The tasks that were made for services, by their keys, as the CRMs show them now: what came back from the reps."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, links, made
from crmbridge.ledger.made import Created, Doing
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.model.instants import from_us
from crmbridge.services.wants import TaskMade

_GONE = frozenset({"deleted", "archived"})
_STATES: Mapping[str, Literal["open", "done", "cancelled"]] = {"done": "done", "cancelled": "cancelled"}


def tasks_made(wiring: Wiring) -> dict[str, TaskMade]:
    """Every task that was made under a key, in whichever connection of the workspace."""
    with wiring.ledger.read() as tx:
        names = {row.id: row.name for row in connections.listing(tx)}
        found: dict[int, list[Created]] = {}
        for one in made.created(tx, "task"):
            found.setdefault(one.connection_id, []).append(one)
        told: dict[str, TaskMade] = {}
        for connection_id, rows in found.items():
            name = names[connection_id]
            if name in wiring.workspace.config.connections:
                told |= {one.key: one for one in _of_connection(tx, wiring.mapping(name), name, rows, wiring.zone)}
    return told


def _of_connection(
    tx: LedgerTx, mapping: CompiledMapping, name: str, rows: Sequence[Created], zone: ZoneInfo
) -> Iterator[TaskMade]:
    doings = _doings(tx, mapping, rows)
    for one in rows:
        shown = None if one.external_id is None else doings.get(one.external_id)
        yield TaskMade(one.key, name, "unread") if shown is None else _made(one.key, name, shown, zone)


def _doings(tx: LedgerTx, mapping: CompiledMapping, rows: Sequence[Created]) -> dict[str, Doing]:
    """The vendor's id of each -> what it is now: a task, or where a system keeps none, the activity in its place."""
    ids = sorted({one.external_id for one in rows if one.external_id is not None})
    found: dict[str, Doing] = {}
    if not ids:
        return found
    for kind_name, read in (("activity", made.activities), ("task", made.tasks)):
        for compiled in mapping.objects.values():
            if compiled.kind.name == kind_name:
                linked = links.resolve(tx, rows[0].connection_id, compiled.object, ids)
                shown = read(tx, sorted(linked.values()))
                found |= {vendor_id: shown[own] for vendor_id, own in linked.items() if own in shown}
    return found


def _made(key: str, connection: str, shown: Doing, zone: ZoneInfo) -> TaskMade:
    state = "gone" if shown.lifecycle in _GONE else _STATES.get(shown.state or "", "open")
    due = date.fromisoformat(shown.due_date) if shown.due_date else None
    if due is None and shown.due_at_us is not None:
        due = from_us(shown.due_at_us).astimezone(zone).date()
    done_at = None if shown.ended_us is None else from_us(shown.ended_us)
    return TaskMade(key, connection, state, shown.record_id, due, done_at)
