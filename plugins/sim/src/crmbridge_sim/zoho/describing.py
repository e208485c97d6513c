"""Fields and picklist values as the metadata API describes them (dossier 3: OAS26 getFields, SDK8)."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.schema import Field, Module, PickValue

Described = dict[str, Any]
SMALL_TEXT = 2_000  # "small" of three sizes (DOC7:create-custom-field)
# What every field says alike; nothing here depends on it.
SAME_OF_FIELDS: Described = {
    "type": "used",
    "created_source": "crm",
    "ui_type": 1,
    "display_type": 1,
    "quick_sequence_number": None,
    "default_value": None,
    "category": 1,
    "show_type": 7,
    "searchable": True,
    "webhook": True,
    "virtual_field": False,
    "businesscard_supported": True,
    "blueprint_supported": True,
    "customizable_properties": [],
    "available_in_user_layout": True,
    "enable_colour_code": False,
    "colour_code_enabled_by_system": False,
    "pick_list_values_sorted_lexically": False,
    "separator": False,
    "created_time": None,
    "modified_time": None,
    "associated_module": None,
    "refer_from_field": None,
    "private": None,
    "hipaa_compliance_enabled": False,
    "hipaa_compliance": None,
    "sharing_properties": None,
}


def pick_value(ctx: Ctx, value: PickValue, number: int, *, is_stage: bool) -> Described:
    """One value of a picklist; the last keys only for Deals.Stage."""
    made: Described = {
        "display_value": value.display,
        "sequence_number": number,
        "reference_value": value.actual,
        "colour_code": None,
        "actual_value": value.actual,
        "id": str(value.id),
        "type": "used" if value.used else "unused",
    }
    if is_stage:
        made |= {
            "deal_category": value.forecast_type,
            "probability": value.probability,
            "forecast_category": forecast_category(ctx, value),
            "forecast_type": value.forecast_type,
            "maps": [],
        }
    return made


def forecast_category(ctx: Ctx, value: PickValue) -> Described:
    """``{name,id}`` of Pipeline, Closed or Omitted."""
    return {"name": value.forecast_category, "id": ctx.sim.named_id("forecast category", value.forecast_category)}


def pick_values(ctx: Ctx, module: Module, field: Field, *, unused: bool = False) -> list[Described]:
    """The values of a field, used ones first to last; unused ones when asked for."""
    is_stage = module.api_name == "Deals" and field.api_name == "Stage"
    return [
        pick_value(ctx, value, number, is_stage=is_stage)
        for number, value in enumerate(field.values, 1)
        if value.used or unused
    ]


def describe_field(ctx: Ctx, module: Module, field: Field, number: int = 1) -> Described:
    """One field of ``GET /settings/fields``."""
    writable = not field.read_only
    return {
        **SAME_OF_FIELDS,
        "id": str(field.id),
        "api_name": field.api_name,
        "field_label": field.label,
        "display_label": field.label,
        "column_name": field.api_name.upper(),
        "data_type": _shown_type(field),
        "json_type": field.json_type,
        "length": field.length or 255,
        "decimal_place": field.decimal_place,
        "system_mandatory": field.mandatory,
        "custom_field": field.custom,
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "visible": field.visible,
        "display_field": field.api_name == module.display_field,
        "sequence_number": number,
        "filterable": field.filterable,
        "sortable": field.storage != "json",
        "mass_update": writable,
        "email_parser": {"fields_update_supported": writable, "record_operations_supported": writable},
        "view_type": {"view": True, "edit": writable, "quick_create": False, "create": writable},
        "operation_type": {
            "web_update": writable,
            "api_create": writable,
            "web_create": writable,
            "api_update": writable,
        },
        "unique": {"casesensitive": False} if field.unique else {},
        "external": {**field.external, "allow_multiple_config": False} if field.external else None,
        "tooltip": field.tooltip,
        "history_tracking_enabled": field.history_tracked,
        "history_tracking": _history_tracking(ctx, field),
        "convert_mapping": _convert_mapping(module, field),
        "profiles": [
            {"name": name, "id": ctx.sim.named_id("profile", name), "permission_type": "read_write"}
            for name in ("Administrator", "Standard")
        ],
        "layout_associations": [
            {"name": layout.name, "id": str(layout.id), "api_name": layout.api_name}
            for layout in module.layouts
            if field.api_name in layout.fields
        ],
        "pick_list_values": pick_values(ctx, module, field),
        **_type_details(ctx, field),
    }


def _shown_type(field: Field) -> str:
    """The data types that are only names of ours are shown as Zoho names them."""
    return {"tag": "text", "participants": "bigint"}.get(field.data_type, field.data_type)


def _type_details(ctx: Ctx, field: Field) -> Described:
    made: Described = {
        "lookup": {},
        "multiselectlookup": {},
        "multiuserlookup": {},
        "subform": None,
        "formula": {},
        "rollup_summary": {},
        "currency": {},
        "auto_number": {},
        "multi_module_lookup": {},
    }
    if field.lookup:
        target = ctx.schema[field.lookup]
        module = {"api_name": target.api_name, "id": str(target.id), "module_name": target.plural}
        key = "multiselectlookup" if field.data_type == "multiselectlookup" else "lookup"
        made[key] = {"display_label": field.label, "api_name": field.api_name, "module": module, "id": str(field.id)}
    if field.data_type == "textarea":
        small = 0 < field.length <= SMALL_TEXT
        made["textarea"] = {"type": "rich_text" if field.rich else "small" if small else "large"}
    if field.data_type == "currency":
        made["currency"] = {"rounding_option": "normal", "precision": field.decimal_place}
    elif field.data_type == "formula":
        made["formula"] = {"return_type": "currency", "expression": "Amount * Probability / 100"}
    elif field.data_type == "autonumber":
        made["auto_number"] = {"prefix": "D-", "suffix": None, "start_number": 1}
    elif field.data_type == "rollup_summary":
        made["rollup_summary"] = {"return_type": "integer"}
    elif field.data_type == "subform":
        made["subform"] = {"module": field.api_name, "id": str(field.id)}
    return made


def _history_tracking(ctx: Ctx, field: Field) -> Described | None:
    if not field.history_tracked:
        return None
    tracker = ctx.schema["DealHistory"]
    module = {"api_name": tracker.api_name, "id": str(tracker.id), "module_name": tracker.singular}
    duration = tracker["Stage_Duration_Calendar_Days"]
    return {"module": module, "duration_configured_field": {"api_name": duration.api_name, "id": str(duration.id)}}


def _convert_mapping(module: Module, field: Field) -> Described | None:
    if module.api_name != "Leads":
        return None
    return {
        "Contacts": {"Company": None}.get(field.api_name, field.api_name),
        "Deals": "Lead_Source" if field.api_name == "Lead_Source" else None,
        "Accounts": "Account_Name" if field.api_name == "Company" else None,
    }
