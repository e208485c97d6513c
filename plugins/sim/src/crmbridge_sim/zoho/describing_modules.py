"""Modules and layouts as the metadata API describes them (dossier 3: OAS26c, SDK8)."""

from __future__ import annotations

from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.describing import Described, describe_field
from crmbridge_sim.zoho.schema import Layout, Module

# What every module says alike; nothing here depends on it.
SAME_OF_MODULES: Described = {
    "visible": True,
    "visibility": 1,
    "status": "visible",
    "profile_count": 2,
    "modified_time": None,
    "feeds_required": False,
    "filter_supported": True,
    "inventory_template_supported": False,
    "global_search_supported": True,
    "chart_view_supported": True,
    "has_more_profiles": False,
    "sub_menu_available": True,
    "presence_sub_menu": True,
    "recycle_bin_on_delete": True,
    "description": None,
    "web_link": None,
    "arguments": [],
    "business_card_field_limit": 5,
    "track_current_data": False,
}
# What every layout says alike.
SAME_OF_LAYOUTS: Described = {
    "status": "active",
    "visible": True,
    "source": "crm",
    "mode": "edit",
    "has_more_profiles": False,
    "show_business_card": True,
    "created_for": None,
    "created_time": None,
    "modified_time": None,
    "subform_properties": {},
    "actions_allowed": {"edit": True, "rename": True, "clone": True, "downgrade": False, "delete": False},
}


def describe_module(ctx: Ctx, module: Module, number: int = 1, *, full: bool = False) -> Described:
    """One module of ``GET /settings/modules``; one asked for by name comes in full."""
    admin = {"name": ctx.sim.api_user.full_name, "id": str(ctx.sim.api_user.id)}
    usable = module.permitted
    made: Described = {
        **SAME_OF_MODULES,
        "id": str(module.id),
        "api_name": module.api_name,
        "module_name": module.plural,
        "singular_label": module.singular,
        "plural_label": module.plural,
        "generated_type": module.generated_type,
        "api_supported": module.api_supported,
        "creatable": usable and module.creatable,
        "editable": usable and module.creatable,
        "deletable": usable and module.creatable,
        "viewable": usable,
        "convertable": module.api_name == "Leads",
        "isBlueprintSupported": module.creatable,
        "sequence_number": number,
        "modified_by": admin,
        "parent_module": {"api_name": "Deals", "id": str(ctx.schema["Deals"].id)}
        if module.generated_type == "field_tracker"
        else {},
        "profiles": [{"name": "Administrator", "id": ctx.sim.named_id("profile", "Administrator")}],
        "quick_create": module.creatable,
        "show_as_tab": module.creatable,
        "scoring_supported": module.creatable,
        "webform_supported": module.api_name in {"Leads", "Contacts"},
        "triggers_supported": module.creatable,
        "email_parser_supported": module.creatable,
        "emailTemplate_support": module.creatable,
    }
    if full:
        made |= {
            "display_field": module.display_field,
            "search_layout_fields": [module.display_field],
            "per_page": 10,
            "$properties": [],
            "$field_states": [],
            "$on_demand_properties": [],
            "business_card_fields": [],
            "related_list_properties": {"sort_by": None, "sort_order": None, "fields": [module.display_field]},
            "filter_status": False,
            "kanban_view": False,
            "kanban_view_supported": True,
        }
    return made


def describe_layout(ctx: Ctx, module: Module, layout: Layout) -> Described:
    """One layout: mandatory flags and pipelines can differ from layout to layout (dossier 3: OAS26c)."""
    admin = {"name": ctx.sim.api_user.full_name, "id": str(ctx.sim.api_user.id)}
    fields = []
    for number, name in enumerate(layout.fields, 1):
        field = module.field_of(name)
        if field is None or not field.visible:
            continue
        required = field.mandatory or name in layout.required
        fields.append({**describe_field(ctx, module, field, number), "required": required})
    section = {
        "id": ctx.sim.named_id("section", str(layout.id)),
        "name": f"{module.singular} Information",
        "api_name": f"{module.singular}_Information",
        "display_label": f"{module.singular} Information",
        "sequence_number": 1,
        "isSubformSection": False,
        "tab_traversal": "top_down",
        "column_count": 2,
        "generated_type": "system",
        "type": "used",
        "fields": fields,
        "properties": None,
    }
    return {
        **SAME_OF_LAYOUTS,
        "id": str(layout.id),
        "name": layout.name,
        "api_name": layout.api_name,
        "display_label": layout.name,
        "generated_type": "system",
        "created_by": admin,
        "modified_by": admin,
        "profiles": [{"default": True, "name": "Standard", "id": ctx.sim.named_id("profile", "Standard")}],
        "sections": [section],
        "convert_mapping": _layout_mapping(ctx) if module.api_name == "Leads" else None,
    }


def _layout_mapping(ctx: Ctx) -> Described:
    return {
        name: {"name": ctx.schema[name].layouts[0].name, "id": str(ctx.schema[name].layouts[0].id)}
        for name in ("Contacts", "Accounts", "Deals")
    }
