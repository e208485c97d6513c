"""线索转换: a lead becomes account, contact and opportunity (dossier 3.9: S15; entries but AccountObj by analogy)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge_sim.fxiaoke import errors, writing
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.store import Values

# object: the field of the lead that keeps the result, in the order in which they are made
RESULTS = {"AccountObj": "account_id", "ContactObj": "contact_id", "NewOpportunityObj": "new_opportunity_id"}
NOT_FIELDS = frozenset({"is_main_leads"})
LOG = "LeadsTransferLogObj"


def transfer(ctx: Ctx) -> dict[str, Any]:
    """``/cgi/crm/v2/leads/transfer``: an entry with ``_id`` is linked, one with fields is made."""
    lead_obj = ctx.named_object("LeadsObj")
    lead = ctx.record(lead_obj, ctx.data.get("leadsId"))
    wanted = ctx.data.get("dataList")
    if not isinstance(wanted, dict) or not isinstance(wanted.get("AccountObj"), dict):
        raise errors.illegal("dataList")
    unknown = [name for name in wanted if name not in RESULTS or name not in ctx.schema]
    if unknown:
        raise errors.wrong(f"不支持转换为: {unknown[0]}")
    converted = ctx.sim.codes.of("LeadsObj", "biz_status", "transformed")
    if lead["biz_status"] == converted:
        raise errors.business("线索已转换")
    if lead["life_status"] != "normal" or not lead["owner"]:
        raise errors.business("线索状态不允许转换")
    made = _made(ctx, lead, wanted)
    changes: Values = {RESULTS[name]: record_id for name, record_id in made.items()}
    changes |= {"biz_status": converted, "transform_time": ctx.now_ms}
    ctx.store.update("LeadsObj", lead["_id"], changes, at_ms=ctx.now_ms, user=ctx.me.id)
    _log(ctx, lead, changes)
    return {"data": made} if ctx.switches.text("transfer_answer") == "ids" else {}


def _made(ctx: Ctx, lead: Values, wanted: Mapping[str, Any]) -> dict[str, str]:
    """Links or makes in the order of ``RESULTS``; what was made before a refusal stays, nothing is rolled back."""
    made: dict[str, str] = {}
    for name in RESULTS:
        entry = wanted.get(name)
        if entry is None:
            continue
        if not isinstance(entry, dict):
            raise errors.illegal(name)
        if entry.get("_id"):
            made[name] = str(ctx.record(ctx.named_object(name), entry["_id"])["_id"])
        else:
            made[name] = _create(ctx, lead, name, entry, made)
    return made


def _create(ctx: Ctx, lead: Values, name: str, entry: Mapping[str, Any], made: dict[str, str]) -> str:
    """A new record owned as the lead is, with what links it to the lead and to the account."""
    fields = {key: value for key, value in entry.items() if key not in NOT_FIELDS}
    fields.setdefault("owner", [ctx.outer(lead["owner"])])
    fields.setdefault("dataObjectApiName", name)
    if name != "AccountObj":
        fields.setdefault("account_id", made["AccountObj"])
    inner = Ctx(
        ctx.sim,
        "/cgi/crm/v2/data/create",
        {"triggerApprovalFlow": False, "triggerWorkFlow": False, "data": {"object_data": fields}},
        ctx.user,
        ctx.open_ids,
        ctx.now_ms,
        ctx.style,
    )
    record_id = str(writing.create(inner)["dataId"])
    ctx.store.update(
        name, record_id, {"leads_id": lead["_id"]}, at_ms=ctx.now_ms, user=ctx.me.id, operation="compute", move=True
    )
    return record_id


def _log(ctx: Ctx, lead: Values, changes: Values) -> None:
    if LOG not in ctx.schema:
        return
    keeps = {name: value for name, value in changes.items() if name in ctx.schema[LOG]}
    row: Values = {
        "_id": ctx.sim.ids.make(ctx.now_ms / 1000),
        "name": lead["name"],
        "leads_id": lead["_id"],
        **keeps,
        "owner": lead["owner"],
        "record_type": "default__c",
        "life_status": "normal",
        "lock_status": "0",
        "created_by": ctx.me.id,
        "create_time": ctx.now_ms,
        "last_modified_by": ctx.me.id,
        "last_modified_time": ctx.now_ms,
        "version": 1,
        "$born": ctx.now_ms,
    }
    ctx.store.insert(LOG, row, at_ms=ctx.now_ms, user=ctx.me.id)


ROUTES = {"/cgi/crm/v2/leads/transfer": transfer}
