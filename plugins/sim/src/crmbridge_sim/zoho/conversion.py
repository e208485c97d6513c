"""Lead conversion: account, contact and deal from a lead, and the links back (dossier 2.12: DOC7, OAS26, AE).

Notes and activities stay with the lead: no source says where they go.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.errors import ApiError, RecordError, empty
from crmbridge_sim.zoho.outcomes import success
from crmbridge_sim.zoho.reading import record_text
from crmbridge_sim.zoho.record_writing import insert_one, update_one
from crmbridge_sim.zoho.records import read_record
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.store import Values, quoted
from crmbridge_sim.zoho.values import read_id, tags_json

if TYPE_CHECKING:
    from crmbridge_sim.zoho.context import Ctx

DAY_S = 86_400
# Lead field -> field of the new record (the default mapping of a fresh org; `convert_mapping` of dossier 3).
TO_ACCOUNT = {
    "Company": "Account_Name",
    "Website": "Website",
    "Industry": "Industry",
    "Annual_Revenue": "Annual_Revenue",
}
TO_CONTACT = {
    **{name: name for name in ("Salutation", "First_Name", "Last_Name", "Email", "Secondary_Email", "Phone", "Mobile")},
    **{name: name for name in ("Fax", "Lead_Source", "Twitter", "Skype_ID", "Description")},
    "Designation": "Title",
    "Street": "Mailing_Street",
    "City": "Mailing_City",
    "State": "Mailing_State",
    "Zip_Code": "Mailing_Zip",
    "Country": "Mailing_Country",
}
DEAL_MANDATORY = ("Deal_Name", "Closing_Date", "Stage")
MADE = ("Contacts", "Deals", "Accounts")


def convert_lead(ctx: Ctx, request: Request, lead: str) -> Response:
    """`POST /Leads/{id}/actions/convert`: 200 with what was made; 202 SCHEDULED where a switch says so."""
    del request
    ctx.module("Leads")
    values = _lead(ctx, lead)
    data = ctx.body().get("data")
    if not isinstance(data, list) or len(data) != 1 or not isinstance(data[0], dict):
        raise ApiError("MANDATORY_NOT_FOUND", {"api_name": "data", "json_path": "$.data"})
    try:
        made = convert(ctx, values, data[0])
    except RecordError as error:
        # OAS26c also lists validation errors under 202, as older versions did (dossier 2.12, 6).
        return Response.of_json({"data": [error.item]}, status=int(ctx.switches.text("convert_error_status")))
    if ctx.switches.flag("convert_later"):
        item: dict[str, Any] = {"code": "SCHEDULED", "details": {"job_id": ctx.sim.named_id("convert", lead)}}
        item |= {"message": "The conversion is scheduled", "status": "success"}
        return Response.of_json({"data": [item]}, status=202)
    return Response.of_json({"data": [success(made, "The record has been converted successfully")]})


def _lead(ctx: Ctx, text: str) -> Values:
    values = ctx.store.get("Leads", ctx.record_id(text))
    if values is None:
        raise ApiError("INVALID_DATA", {"resource_path_index": 1}, message="the id given seems to be invalid")
    if values.get("Converted__s"):
        raise ApiError("ID_ALREADY_CONVERTED", {"resource_path_index": 1})
    if values.get("Locked__s"):
        raise ApiError("RECORD_LOCKED", {"id": text, "action": "record_locking"})
    if values.get("$approval_state") not in {None, "approved"}:
        raise ApiError("NOT_APPROVED", {"resource_path_index": 1})
    return values


def convert(ctx: Ctx, lead: Values, options: dict[str, Any]) -> dict[str, Any]:
    """Converts a lead and returns `details`; the backdoor of a simulator calls this too. Raises RecordError."""
    owner = {"Owner": {"id": str(read_id(options.get("assign_to")) or lead.get("Owner"))}}
    deal = options.get("Deals")
    if deal is not None:
        _check_deal(ctx, deal)
    account = _account(ctx, lead, options, owner)
    contact = _contact(ctx, lead, options, owner, account)
    made = {"Contacts": contact, "Accounts": account, "Deals": None}
    if deal is not None:
        made["Deals"] = _deal(ctx, lead, deal, owner, account=account, contact=contact)
    _carry_tags(ctx, options.get("carry_over_tags"), made)
    _close(ctx, lead, made)
    return {name: _named(ctx, name, made[name]) for name in MADE}


def _named(ctx: Ctx, module: str, record_id: int | None) -> dict[str, Any] | None:
    return None if record_id is None else {"name": ctx.store.display(module, record_id), "id": str(record_id)}


def _check_deal(ctx: Ctx, deal: Any) -> None:  # noqa: ANN401 -- JSON
    if not isinstance(deal, dict):
        place = {"api_name": "Deals", "json_path": "$.data[0].Deals", "expected_data_type": "jsonobject"}
        raise RecordError("INVALID_DATA", place)
    for name in DEAL_MANDATORY:
        if not deal.get(name):
            raise RecordError("MANDATORY_NOT_FOUND", {"api_name": name, "json_path": f"$.data[0].Deals.{name}"})
    stage = ctx.schema["Deals"]["Stage"].stored_pick(str(deal["Stage"]))
    pipeline = ctx.schema.pipeline_of(str(deal.get("Pipeline") or ""))
    if pipeline is not None and stage not in pipeline.stages:
        details = {"mapped_field": "Pipeline", "api_name": "Stage", "json_path": "$.data[0].Deals.Stage"}
        raise RecordError("MAPPING_MISMATCH", details)
    read_record(ctx, ctx.schema["Deals"], deal, "$.data[0].Deals", before=None)  # before anything is made


def _existing(ctx: Ctx, module: str, options: dict[str, Any]) -> int | None:
    """The record to convert into, when one was named."""
    given = options.get(module)
    if given is None:
        return None
    record_id = read_id(given)
    if record_id is None or not ctx.store.exists(module, record_id):
        raise RecordError("INVALID_DATA", {"api_name": module, "json_path": f"$.data[0].{module}.id"})
    return record_id


def _mapped(lead: Values, mapping: dict[str, str]) -> dict[str, Any]:
    return {target: lead[source] for source, target in mapping.items() if lead.get(source) is not None}


def _account(ctx: Ctx, lead: Values, options: dict[str, Any], owner: dict[str, Any]) -> int | None:
    module = ctx.schema["Accounts"]
    found = _existing(ctx, "Accounts", options)
    sent = _mapped(lead, TO_ACCOUNT)
    if found is not None:
        if options.get("overwrite") is True and sent:
            update_one(ctx, module, found, sent, "$.data[0].Accounts")
        return found
    if not sent.get("Account_Name"):
        return None  # a lead without a company becomes a contact alone
    return int(insert_one(ctx, module, {**sent, **owner}, "$.data[0].Accounts")["details"]["id"])


def _contact(ctx: Ctx, lead: Values, options: dict[str, Any], owner: dict[str, Any], account: int | None) -> int:
    module = ctx.schema["Contacts"]
    found = _existing(ctx, "Contacts", options)
    sent = _mapped(lead, TO_CONTACT)
    if account is not None:
        sent["Account_Name"] = {"id": str(account)}
    if found is not None:
        if options.get("overwrite") is True:
            update_one(ctx, module, found, sent, "$.data[0].Contacts")
        return found
    return int(insert_one(ctx, module, {**sent, **owner}, "$.data[0].Contacts")["details"]["id"])


def _deal(
    ctx: Ctx, lead: Values, deal: dict[str, Any], owner: dict[str, Any], *, account: int | None, contact: int
) -> int:
    sent = {**owner, **_mapped(lead, {"Lead_Source": "Lead_Source"}), **deal, "Contact_Name": {"id": str(contact)}}
    if account is not None:
        sent["Account_Name"] = {"id": str(account)}
    made = int(insert_one(ctx, ctx.schema["Deals"], sent, "$.data[0].Deals")["details"]["id"])
    days = (ctx.now - (lead.get("Created_Time") or ctx.now)) // DAY_S
    ctx.store.db.execute('UPDATE "Deals" SET "Lead_Conversion_Time" = ? WHERE id = ?', (days, made))
    return made


def _carry_tags(ctx: Ctx, carried: object, made: dict[str, int | None]) -> None:
    if not isinstance(carried, dict):
        return
    for module, names in carried.items():
        record_id = made.get(module)
        if record_id is not None and isinstance(names, list):
            texts = [str(name.get("name") if isinstance(name, dict) else name) for name in names]
            tags = tags_json(ctx, texts)
            ctx.store.update(module, record_id, {"Tag": tags}, at=ctx.now, user=ctx.user.id, move=False)


def _close(ctx: Ctx, lead: Values, made: dict[str, int | None]) -> None:
    """The links on the lead; from now on it is only found with `converted=true|both`."""
    changes = {
        "Converted__s": 1,
        "Converted_Date_Time": ctx.now,
        "Converted_Account": made["Accounts"],
        "Converted_Contact": made["Contacts"],
        "Converted_Deal": made["Deals"],
        "Lead_Conversion_Time": (ctx.now - (lead.get("Created_Time") or ctx.now)) // DAY_S,
    }
    move = ctx.switches.flag("conversion_moves_modified")
    ctx.store.update("Leads", lead["id"], changes, at=ctx.now, user=ctx.user.id, move=move)


def options_of(ctx: Ctx, request: Request, lead: str) -> Response:
    """`GET /Leads/{id}/__conversion_options`: accounts of the same name, contacts of the same address."""
    del request
    values = _lead(ctx, lead)
    accounts = _matching(ctx, "Accounts", "Account_Name", values.get("Company"))
    contacts = _matching(ctx, "Contacts", "Email", values.get("Email"))
    if not accounts and not contacts:
        return empty()
    matched = {
        "Contacts": [_match(ctx, "Contacts", "Email", values.get("Email"))] if contacts else [],
        "Accounts": [_match(ctx, "Accounts", "Account_Name", values.get("Company"))] if accounts else [],
        "Deals": [],
    }
    options = {
        "module_preference": {"api_name": "Contacts", "id": str(ctx.schema["Contacts"].id)},
        "Contacts": contacts,
        "Deals": [],
        "Accounts": accounts,
        "preference_field_matched_value": matched,
        "modules_with_multiple_layouts": [],
    }
    return Response.of_json({"__conversion_options": options})


def _match(ctx: Ctx, module: str, name: str, value: object) -> dict[str, Any]:
    return {"field": {"api_name": name, "id": str(ctx.schema[module][name].id)}, "matched_lead_value": value}


def _matching(ctx: Ctx, module: str, name: str, value: object) -> list[Any]:
    if not value:
        return []
    sql = f"SELECT id FROM {quoted(module)} WHERE {quoted(name)} = ? COLLATE NOCASE ORDER BY id LIMIT 10"
    ids = [row[0] for row in ctx.store.db.execute(sql, (value,))]
    texts = [record_text(ctx, ctx.schema[module], record_id) for record_id in ids]
    return [json.loads(text) for text in texts if text]


ROUTES = (
    Route("POST", "/crm/v8/Leads/{lead}/actions/convert", convert_lead, cost=5, heavy=True, scope="modules.CREATE"),
    Route("GET", "/crm/v8/Leads/{lead}/__conversion_options", options_of),
)
