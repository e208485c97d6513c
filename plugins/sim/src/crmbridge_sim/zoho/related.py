"""Related lists: what hangs on a record, and which lists a module has (dossier 2.13: OAS26c, OAS25, DOC7).

The names of related lists differ between orgs; these are the names of a fresh one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import listing
from crmbridge_sim.zoho.errors import ApiError, empty
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.store import quoted

if TYPE_CHECKING:
    from crmbridge_sim.zoho.context import Ctx


@dataclass(frozen=True, slots=True)
class Related:
    """One list of a module: records of `target` whose `field` is the record; `any_module` = with `$se_module`."""

    name: str
    label: str
    target: str
    field: str
    any_module: bool = False

    def condition(self, module: str, record_id: int) -> str:
        """The SQL over the target as `t`."""
        if self.field == "id":  # a deal's contacts stand on the deal itself
            return f'EXISTS (SELECT 1 FROM "{module}" p WHERE p.id = {record_id} AND p."Contact_Name" = t.id)'
        sql = f"t.{quoted(self.field)} = {record_id}"
        return f"{sql} AND t.\"$se_module\" = '{module}'" if self.any_module else sql


def _activities(field: str, *, any_module: bool) -> tuple[Related, ...]:
    return tuple(Related(name, label, name, field, any_module) for name, label in ACTIVITIES)


ACTIVITIES = (("Tasks", "Open Activities"), ("Events", "Meetings"), ("Calls", "Calls"))
NOTES = Related("Notes", "Notes", "Notes", "Parent_Id", any_module=True)
LISTS: dict[str, tuple[Related, ...]] = {
    "Leads": (NOTES, *_activities("What_Id", any_module=True)),
    "Contacts": (
        NOTES,
        *_activities("Who_Id", any_module=False),
        Related("Deals", "Deals", "Deals", "Contact_Name"),
    ),
    "Accounts": (
        NOTES,
        *_activities("What_Id", any_module=True),
        Related("Contacts", "Contacts", "Contacts", "Account_Name"),
        Related("Deals", "Deals", "Deals", "Account_Name"),
    ),
    "Deals": (
        NOTES,
        *_activities("What_Id", any_module=True),
        Related("Stage_History", "Stage History", "DealHistory", "Potential_Name"),
        Related("Contact_Roles", "Contact Roles", "Contacts", "id"),
    ),
    "Campaigns": (NOTES, Related("Deals", "Deals", "Deals", "Campaign_Source")),
    **{name: (NOTES,) for name, _ in ACTIVITIES},
}


def find(module: str, name: str) -> Related:
    """The list of this name; unknown -> 400 INVALID_DATA (OAS25 related_records.json)."""
    found = next((related for related in LISTS.get(module, ()) if related.name == name), None)
    if found is None:
        raise ApiError(
            "INVALID_DATA", {"resource_path_index": 2}, message="The relation name given seems to be invalid"
        )
    return found


def get_related(ctx: Ctx, request: Request, module: str, record: str, related: str) -> Response:
    """One page of a related list; parameters as in lists, `fields` mandatory."""
    parent = ctx.module(module)
    wanted = find(module, related)
    record_id = ctx.record_id(record)
    if not ctx.store.exists(parent.api_name, record_id):
        raise ApiError("INVALID_DATA", {"resource_path_index": 1}, message="the related id given seems to be invalid")
    return _answer(ctx, request, wanted, module=module, record_id=record_id)


def get_related_of_deleted(ctx: Ctx, request: Request, module: str, record: str, related: str) -> Response:
    """The same for a record in the recycle bin; for any other id nothing (OAS25)."""
    ctx.module(module)
    wanted = find(module, related)
    record_id = ctx.record_id(record)
    sql = "SELECT 1 FROM trash WHERE id = ? AND module = ?"
    if ctx.store.db.execute(sql, (record_id, module)).fetchone() is None:
        return empty()
    return _answer(ctx, request, wanted, module=module, record_id=record_id)


def _answer(ctx: Ctx, request: Request, wanted: Related, *, module: str, record_id: int) -> Response:
    target = ctx.module(wanted.target)
    selected = listing.selection(ctx, request, target)
    selected.conditions.append(wanted.condition(module, record_id))
    return listing.answer(ctx, request, selected, bound=f"{module}/{record_id}/{wanted.name}")


def list_related_lists(ctx: Ctx, request: Request) -> Response:
    """`GET /settings/related_lists?module=`; none -> 204."""
    del request
    module = ctx.param_module()
    lists = LISTS.get(module.api_name, ())
    if not lists:
        return empty()
    shown = [_described(ctx, module, related, number) for number, related in enumerate(lists, 1)]
    return Response.of_json({"related_lists": shown})


def _described(ctx: Ctx, module: Module, related: Related, number: int) -> dict[str, Any]:
    target = ctx.schema[related.target]
    return {
        "id": ctx.sim.named_id(f"related list {module.api_name}", related.name),
        "sequence_number": str(number),
        "display_label": related.label,
        "api_name": related.name,
        "module": {"api_name": target.api_name, "id": str(target.id)},
        "name": related.label,
        "action": None,
        "href": f"{module.api_name}/{{ENTITYID}}/{related.name}",
        "type": "default",
        "connectedmodule": None,
        "linkingmodule": None,
        "customize_sort": False,
        "customize_fields": False,
        "customize_display_label": False,
        "sort_by": None,
        "sort_order": None,
        "fields": [],
        "status": "visible",
        "visible": True,
    }


ROUTES = (
    Route("GET", "/crm/v8/{module}/{record}/{related}", get_related),
    Route("GET", "/crm/v8/{module}/deleted/{record}/{related}", get_related_of_deleted),
    Route("GET", "/crm/v8/settings/related_lists", list_related_lists, scope="settings.related_lists.READ"),
)
