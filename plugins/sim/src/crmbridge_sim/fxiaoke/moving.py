"""Stages: what a write of a stage does, and the call that moves opportunities of the old kind (dossier 3.10)."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.fxiaoke import errors
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.schema import Obj
from crmbridge_sim.fxiaoke.stages import OLD_STATUS, RUNNING, Stage
from crmbridge_sim.fxiaoke.store import Values

NEW, OLD = "NewOpportunityObj", "OpportunityObj"


def initial(ctx: Ctx, obj: Obj, row: Values) -> Values:
    """Process, stage and what follows from them for a new opportunity."""
    stages = ctx.sim.stages
    if obj.api_name == NEW:
        process = row.get("sales_process_id") or ""
        if not process or not row.get("sales_stage"):
            if ctx.switches.flag("process_required"):
                missing = "sales_stage" if process else "sales_process_id"
                raise errors.wrong(f"{obj[missing].label}({missing}) 不能为空")
            process = process or stages.processes[0].id
        known = stages.of_process(process)
        if not known:
            raise errors.wrong(f"销售流程(sales_process_id) 不存在: {process}")
        value = row.get("sales_stage") or known[0].value
        stage = next((one for one in known if one.value == value), None)
        if stage is None:
            raise errors.wrong(f"商机阶段(sales_stage) 不属于该销售流程: {value}")
        return {"sales_process_id": process, "sales_stage": value, **entered(ctx, row, stage)}
    if obj.api_name == OLD:
        old = stages.by_old_id.get(row.get("oppo_stage_id") or "") or stages.all[0]
        return old_entered(ctx, row, old)
    return {}


def entered(ctx: Ctx, row: Values, stage: Stage) -> Values:
    """Status, probability and time follow the stage (dossier 3.10); an own probability in the same write wins."""
    share = row.get("probability")
    made = {
        "sales_status": ctx.sim.codes.of(NEW, "sales_status", stage.status),
        "probability": stage.probability if share is None else share,
        "stg_changed_time": ctx.now_ms,
        "cost_time": 0,
    }
    return made | weighted(row | made)


def weighted(row: Values) -> Values:
    """``probability_amount``: the amount times the probability."""
    amount, share = row.get("amount"), row.get("probability")
    return {"probability_amount": None if amount is None or share is None else amount * share // 100}


def check(ctx: Ctx, obj: Obj, row: Values, changes: Values) -> None:
    """Whether the stage engine lets the write through (dossier 3.10: UNCERTAIN)."""
    value = changes.get("sales_stage")
    if obj.api_name != NEW or value is None or value == row["sales_stage"]:
        return
    process = changes.get("sales_process_id") or row["sales_process_id"]
    known = ctx.sim.stages.of_process(process)
    values = [stage.value for stage in known]
    if value not in values:
        raise errors.wrong(f"商机阶段(sales_stage) 不属于该销售流程: {value}")
    rule = ctx.switches.text("stage_write")
    if rule == "refuse":
        raise errors.business("商机阶段不能直接编辑，请使用阶段推进器")
    if rule == "forward_only":
        here = values.index(row["sales_stage"]) if row["sales_stage"] in values else -1
        there = values.index(value)
        if known[there].status == RUNNING and there != here + 1:
            raise errors.business("商机阶段只能逐级推进")


def consequences(ctx: Ctx, obj: Obj, row: Values, changes: Values) -> Values:
    """What else a write changes: status, probability, times, the weighted amount."""
    if obj.api_name != NEW:
        return {}
    value = changes.get("sales_stage")
    if value is not None and value != row["sales_stage"]:
        own = {"probability": changes.get("probability"), "amount": changes.get("amount", row["amount"])}
        return entered(ctx, own, ctx.sim.stages.by_value[value])
    if "amount" in changes or "probability" in changes:
        return weighted({**row, **changes})
    return {}


def move_next(ctx: Ctx) -> dict[str, Any]:
    """``moveNextSaleActionStage``: the next stage's id stands in ``backReason__o`` (sic, dossier 3.10: DOC)."""
    obj = ctx.named_object(OLD)
    row = ctx.record(obj, ctx.data.get("opportunityId"))
    if row["lock_status"] == "1":
        raise errors.locked()
    stages = ctx.sim.stages
    if ctx.data.get("currentSaleActionStageId") != row["oppo_stage_id"]:
        raise errors.business("当前阶段已变化，请刷新后重试")
    stage = stages.by_old_id.get(str(ctx.data.get("backReason__o")))
    here = stages.by_old_id.get(row["oppo_stage_id"])
    if stage is None or here is None or stage.process != here.process:
        raise errors.wrong("阶段不存在")
    ctx.store.update(obj.api_name, row["_id"], old_entered(ctx, {}, stage), at_ms=ctx.now_ms, user=ctx.me.id)
    return {}


def old_entered(ctx: Ctx, row: Values, stage: Stage) -> Values:
    """The same for an opportunity of the first kind."""
    process = next(one.name for one in ctx.sim.stages.processes if one.key == stage.process)
    share = row.get("probability")
    return {
        "oppo_stage_id": stage.old_id,
        "stage_label__c": stage.label,
        "sales_process_name": process,
        "sales_stg_changed_time": ctx.now_ms,
        "probability": stage.probability if share is None else share,
        "biz_status": ctx.sim.codes.of(OLD, "biz_status", OLD_STATUS[stage.status]),
    }


ROUTES = {"/cgi/crm/v2/service/moveNextSaleActionStage": move_next}
