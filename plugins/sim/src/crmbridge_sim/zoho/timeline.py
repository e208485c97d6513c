"""The timeline of a record: who did what and when, with old and new values (dossier 2.13: DOC7, OAS26)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.errors import ApiError, empty
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.store import Change

if TYPE_CHECKING:
    from crmbridge_sim.zoho.context import Ctx
    from crmbridge_sim.zoho.simulator import ZohoSimulator

KEPT = 50_000  # a bound on memory, no meaning
PER_PAGE = 200
ACTIONS = {"insert": "added", "update": "updated", "delete": "deleted", "restore": "restored"}
SOURCES = {"api": "crm_api", "backdoor": "crm_ui"}
_SYSTEM = frozenset({"id", "Modified_Time", "Modified_By", "Created_Time", "Created_By", "Last_Activity_Time"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One change with the id it has in the timeline."""

    id: int
    change: Change


class Timeline:
    """Keeps the last changes of all records; listens to the store."""

    def __init__(self, sim: ZohoSimulator) -> None:
        self._sim = sim
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def __call__(self, change: Change) -> None:
        """Writes a change down; rows that a tracker wrote are no history of their own."""
        if change.source != "tracker":
            self._entries.append(Entry(self._sim.store.next_id(), _slim(change)))

    def of(self, module: str, record_id: int) -> list[Entry]:
        """The changes of a record, the newest first."""
        found = [entry for entry in self._entries if entry.change.id == record_id and entry.change.module == module]
        return found[::-1]


def _slim(change: Change) -> Change:
    """The change with the values that differ alone: whole records of 50,000 changes would be a heap."""
    if change.operation != "update" or change.before is None or change.after is None:
        return replace(change, before=None, after=None)
    before, after = change.before, change.after
    names = change.fields
    kept = {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
    return replace(change, before=kept[0], after=kept[1])


def timeline(ctx: Ctx, request: Request, module: str, record: str) -> Response:
    """One page of the timeline; nothing -> 204; a token continues, `per_page` counts on the first call only."""
    told = ctx.module(module)
    record_id = ctx.record_id(record)
    if not ctx.store.exists(module, record_id):
        raise ApiError("INVALID_DATA", {"resource_path_index": 1}, message="the related id given seems to be invalid")
    start, per_page = _position(ctx, request)
    entries = ctx.sim.features.timeline.of(module, record_id)
    kept = entries[start : start + per_page]
    if not kept:
        return empty()
    more = len(entries) > start + per_page
    info = {
        "per_page": per_page,
        "count": len(kept),
        "page": start // per_page + 1,
        "more_records": more,
        "next_page_token": f"{start + per_page}-{per_page}" if more else None,
        "previous_page_token": f"{max(0, start - per_page)}-{per_page}" if start else None,
    }
    return Response.of_json({"__timeline": [_shown(ctx, told, entry) for entry in kept], "info": info})


def _position(ctx: Ctx, request: Request) -> tuple[int, int]:
    token = request.params.get("page_token")
    if not token:
        return 0, ctx.number_param("per_page", PER_PAGE, most=PER_PAGE)
    start, _, per_page = token.partition("-")
    if not start.isdigit() or not per_page.isdigit():
        raise ApiError("INVALID_DATA", {"param_name": "page_token"})
    return int(start), int(per_page)


def _shown(ctx: Ctx, module: Module, entry: Entry) -> dict[str, Any]:
    change = entry.change
    who = ctx.people.get(change.user)
    shown: dict[str, Any] = {
        "id": str(entry.id),
        "audited_time": ctx.instant(change.at),
        "action": ACTIONS.get(change.operation, change.operation),
        "source": SOURCES.get(change.source, change.source),
        "done_by": {"name": who.full_name, "id": str(who.id)} if who else None,
        "record": {
            "name": ctx.store.display(module.api_name, change.id),
            "id": str(change.id),
            "module": {"api_name": module.api_name, "id": str(module.id)},
        },
        "related_record": None,
        "automation_details": None,
        "extension": None,
        "type": None,
        "field_history": [],
    }
    if change.operation == "update":
        shown["field_history"] = [
            _field(ctx, module, change, name) for name in change.fields if name in module and name not in _SYSTEM
        ]
    return shown


def _field(ctx: Ctx, module: Module, change: Change, name: str) -> dict[str, Any]:
    field = module[name]

    def text(values: Any) -> Any:  # noqa: ANN401 -- stored values
        value = (values or {}).get(name)
        # "`old` may be the text "blank"" (dossier 2.13)
        return "blank" if value is None else _text(ctx, field.storage, value)

    shown = {
        "api_name": name,
        "field_label": field.label,
        "data_type": field.data_type,
        "id": str(field.id),
        "enable_colour_code": False,
        "_value": {"old": text(change.before), "new": text(change.after)},
    }
    if field.values:
        shown["pick_list_values"] = [
            {
                "display_value": value.display,
                "actual_value": value.actual,
                "sequence_number": number,
                "id": str(value.id),
                "type": "used" if value.used else "unused",
            }
            for number, value in enumerate(field.values, 1)
        ]
    return shown


def _text(ctx: Ctx, storage: str, value: Any) -> str:  # noqa: ANN401 -- a stored value
    if storage == "instant":
        return str(ctx.instant(value))
    if storage == "bool":
        return "true" if value else "false"
    if storage == "user":
        who = ctx.people.get(value)
        return who.full_name if who else str(value)
    return str(value)


ROUTES = (Route("GET", "/crm/v8/{module}/{record}/__timeline", timeline),)
