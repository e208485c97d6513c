"""Rows of sales records (calls and notes), schedules and tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from crmbridge_sim.fxiaoke import values, words
from crmbridge_sim.fxiaoke.seeding_sheet import DAY_S, Sheet
from crmbridge_sim.fxiaoke.store import Values


def about(sheet: Sheet, deal: int) -> Values:
    """Links to the deal and its account (dossier 3.13, 4.5)."""
    account = sheet.world.account_of(deal)
    links = [
        {"describe_api_name": "AccountObj", "id": sheet.accounts[account], "name": sheet.account_names[account]},
        {"describe_api_name": sheet.deal_object, "id": sheet.deals[deal], "name": sheet.deal_names[deal]},
    ]
    return {
        "related_object_data": json.dumps(links, ensure_ascii=False, separators=(",", ":")),
        sheet.deal_field: sheet.deals[deal],
    }


def record_rows(sheet: Sheet) -> Iterator[Values]:
    """Calls and notes are sales records."""
    world, option = sheet.world, sheet.option
    note_type = option("ActiveRecordObj", "active_record_type", "备注")
    for number, call in enumerate(world.calls()):
        ended = min(call.start + call.seconds, world.end)
        account = world.account_of(call.deal)
        yield {
            "_id": sheet.id(number, ended),
            "world_key__c": call.key,
            "name": call.subject,
            "active_record_content": f"{call.subject}：{words.RESULTS[call.result]}",
            "active_record_type": "1",
            "interactive_types": "1",
            "account_id": sheet.accounts[account],
            "contact_id": sheet.contacts[world.contact_of(call.deal, account)],
            **about(sheet, call.deal),
            "started_at__c": call.start * 1000,
            "seconds__c": call.seconds,
            "inbound__c": int(call.inbound),
            "result__c": option("ActiveRecordObj", "result__c", words.RESULTS[call.result]),
            **sheet.system(sheet.owners[call.owner], ended, ended),
        }
    for number, note in enumerate(world.notes()):
        account = world.account_of(note.deal)
        yield {
            "_id": sheet.id(number, note.created),
            "world_key__c": f"note-{number:06d}",
            "name": note.title,
            "active_record_content": note.text,
            "active_record_type": note_type,
            "interactive_types": "3",
            "account_id": sheet.accounts[account],
            "contact_id": sheet.contacts[world.contact_of(note.deal, account)],
            **about(sheet, note.deal),
            "started_at__c": None,
            "seconds__c": None,
            "inbound__c": None,
            "result__c": None,
            **sheet.system(sheet.owners[note.owner], note.created, note.created),
        }


def schedule_rows(sheet: Sheet) -> Iterator[Values]:
    """Meetings are schedules."""
    for number, one in enumerate(sheet.world.meetings()):
        yield {
            "_id": sheet.id(number, one.created),
            "world_key__c": one.key,
            "name": one.title,
            "content": one.title,
            "begin_time": one.start * 1000,
            "end_time": one.end * 1000,
            "participants": json.dumps([sheet.owners[one.owner]]),
            "place__c": one.place,
            **about(sheet, one.deal),
            **sheet.system(sheet.owners[one.owner], one.created, one.created),
        }


def task_rows(sheet: Sheet) -> Iterator[Values]:
    """Tasks, where the tenant has such an object."""
    for number, one in enumerate(sheet.world.tasks()):
        yield {
            "_id": sheet.id(number, one.created),
            "world_key__c": one.key,
            "name": one.subject,
            "dead_line": values.day_ms(one.due // DAY_S, sheet.zone),
            "status": "2" if one.done else "1",
            "priority": words.PRIORITIES[one.priority],
            "executor": json.dumps([sheet.owners[one.owner]]),
            "finished_time": one.done * 1000 if one.done else None,
            **about(sheet, one.deal),
            **sheet.system(sheet.owners[one.owner], one.created, one.done or one.created),
        }
