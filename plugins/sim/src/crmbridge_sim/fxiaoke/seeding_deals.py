"""Rows of opportunities, of either kind, and the log of their way through the stages."""

from __future__ import annotations

import json
from collections.abc import Iterator

from crmbridge_sim.fxiaoke import values, words
from crmbridge_sim.fxiaoke.seeding_sheet import CHUNK, DAY_S, Sheet
from crmbridge_sim.fxiaoke.stages import OLD_STATUS, RUNNING
from crmbridge_sim.fxiaoke.store import Values
from crmbridge_sim.world.model import Deal


def deal_rows(sheet: Sheet) -> Iterator[Values]:
    """Every opportunity; beside each row its moves go into the change log, in chunks."""
    log: list[tuple[str, str, int, str, str, str]] = []
    make = new_values if sheet.deal_object == "NewOpportunityObj" else old_values
    for number, one in enumerate(sheet.world.deals()):
        sheet.deal_names.append(one.name)
        log_moves(sheet, log, number, one)
        if len(log) >= CHUNK:
            sheet.sim.log.add(log)
            log.clear()
        yield {**shared_values(sheet, number, one), **make(sheet, number, one)}
    sheet.sim.log.add(log)


def shared_values(sheet: Sheet, number: int, one: Deal) -> Values:
    """What both kinds of opportunity have."""
    name, option = sheet.deal_object, sheet.option
    lead = sheet.lead_of.get(number)
    return {
        "_id": sheet.deals[number],
        "world_key__c": one.key,
        "name": one.name,
        "account_id": sheet.accounts[one.account],
        "contact_id__c": sheet.contacts[one.contact],
        "leads_id": "" if lead is None else sheet.leads[lead],
        "probability": probability(sheet, one),
        "source__c": option(name, "source__c", words.SOURCES[one.source]),
        "deal_type__c": option(name, "deal_type__c", words.DEAL_KINDS[one.kind]),
        "segment__c": option(name, "segment__c", words.SEGMENTS[one.segment]),
        "loss_reason__c": option(name, "loss_reason__c", words.LOSSES[one.loss]) if one.loss else None,
        "next_step__c": one.next_step,
        "tags__c": json.dumps([option(name, "tags__c", tag) for tag in one.tags]) if one.tags else None,
        "units__c": number % 7 * 3 if number % 3 == 0 else None,
        "is_strategic__c": int(number % 9 == 0),
        **sheet.system(sheet.owners[one.owner], one.created, one.modified),
        **sheet.money(one.currency),
    }


def probability(sheet: Sheet, one: Deal) -> int:
    """The deal's own, else its stage's."""
    return sheet.sim.stages.by_key[one.moves[-1][0]].probability if one.probability is None else one.probability


def new_values(sheet: Sheet, number: int, one: Deal) -> Values:
    """What NewOpportunityObj has of its own."""
    stage = sheet.sim.stages.by_key[one.moves[-1][0]]
    amount = sheet.scaled("NewOpportunityObj", "amount", one.amount, one.currency)
    entered = one.moves[-1][1]
    return {
        "amount": amount,
        "close_date": values.day_ms(one.closing // DAY_S, sheet.zone),
        "sales_process_id": sheet.sim.stages.process_id(one.pipeline),
        "sales_stage": stage.value,
        "sales_status": sheet.sim.codes.of("NewOpportunityObj", "sales_status", stage.status),
        "probability_amount": amount * probability(sheet, one) // 100,
        "stg_changed_time": entered * 1000,
        "cost_time": (sheet.world.end - entered) * 1000,
        "opp_lines_sum": 0,
        "opp_no__c": f"OPP{number + 1:08d}",
        "account_tel__c": sheet.account_tels[one.account],
    }


def old_values(sheet: Sheet, number: int, one: Deal) -> Values:
    """What OpportunityObj 1.0 has of its own."""
    del number
    stage = sheet.sim.stages.by_key[one.moves[-1][0]]
    process = next(name.name for name in sheet.sim.stages.processes if name.key == stage.process)
    return {
        "expected_deal_amount": sheet.scaled("OpportunityObj", "expected_deal_amount", one.amount, one.currency),
        "expected_deal_closed_date": values.day_ms(one.closing // DAY_S, sheet.zone),
        "sales_process_name": process,
        "oppo_stage_id": stage.old_id,
        "stage_label__c": stage.label,
        "sales_stg_changed_time": one.moves[-1][1] * 1000,
        "biz_status": sheet.sim.codes.of("OpportunityObj", "biz_status", OLD_STATUS[stage.status]),
        "is_start_after_sale": int(stage.status != RUNNING),
    }


def log_moves(sheet: Sheet, rows: list[tuple[str, str, int, str, str, str]], number: int, one: Deal) -> None:
    """The creation and one row a stage change, as the change log has it."""
    user, record, by_key = sheet.owners[one.owner], sheet.deals[number], sheet.sim.stages.by_key
    is_new = sheet.deal_object == "NewOpportunityObj"
    field = "sales_stage" if is_new else "oppo_stage_id"
    rows.append((sheet.deal_object, record, one.created * 1000, user, "create", "{}"))
    before = by_key[one.moves[0][0]]
    for key, at in one.moves[1:]:
        after = by_key[key]
        pair = (before.value, after.value) if is_new else (before.old_id, after.old_id)
        fields = json.dumps({field: pair}, separators=(",", ":"))
        rows.append((sheet.deal_object, record, at * 1000, user, "update", fields))
        before = after
