"""Rows of people, departments, pools, accounts, contacts and leads from the neutral world."""

from __future__ import annotations

import json
from collections.abc import Iterator

from crmbridge_sim.fxiaoke import areas, ids, words
from crmbridge_sim.fxiaoke.people import full_name
from crmbridge_sim.fxiaoke.seeding_sheet import DAY_S, Sheet
from crmbridge_sim.fxiaoke.store import Values


def put_directory(sheet: Sheet) -> None:
    """PersonnelObj and DepartmentObj say what the directory says (dossier 3.14)."""
    at = sheet.world.start - 365 * DAY_S
    people = sheet.sim.people

    def persons() -> Iterator[Values]:
        for number, one in enumerate(people):
            yield {
                "_id": sheet.id(number, at),
                "name": one.name,
                "full_name": one.name,
                "user_id": one.id,
                "phone": one.mobile,
                "email": one.email,
                "status": "1" if one.is_stop else "0",
                "leader": one.leader or None,
                "main_department": json.dumps([one.department]),
                "employee_number": one.id,
                **sheet.system(one.id, at, at),
            }

    def departments() -> Iterator[Values]:
        for one in people.departments.values():
            parent = json.dumps([one.parent]) if one.parent != "0" else None
            system = sheet.system(None, at, at)
            yield {"_id": one.id, "name": one.name, "parent_id": parent, "status": "0", **system}

    sheet.put("PersonnelObj", persons())
    sheet.put("DepartmentObj", departments())


def pool_rows(sheet: Sheet, names: tuple[str, ...]) -> Iterator[Values]:
    """Pools by their names."""
    at = sheet.world.start - 365 * DAY_S
    for number, name in enumerate(names):
        yield {"_id": sheet.id(number, at), "name": name, **sheet.system(ids.ADMIN, at, at)}


def account_rows(sheet: Sheet) -> Iterator[Values]:
    """Customers; their names and telephones are remembered for what points to them."""
    for number, one in enumerate(sheet.world.accounts()):
        record_id = sheet.id(number, one.created)
        sheet.accounts.append(record_id)
        sheet.account_names.append(one.name)
        sheet.account_tels.append(one.phone)
        option = sheet.option
        yield {
            "_id": record_id,
            "world_key__c": one.key,
            "name": one.name,
            "account_no": f"C-{number + 1:08d}",
            "account_type": option("AccountObj", "account_type", words.KINDS[one.kind]),
            "account_level": "123"[number % 3],
            "industry_level1": option("AccountObj", "industry_level1", words.INDUSTRIES[one.industry]),
            "deal_status": "2" if one.kind == "customer" else "1",
            "biz_status": "allocated",
            "high_seas_id": sheet.seas[0] if number % 5 == 0 else "",
            "parent_account_id": None if one.parent is None else sheet.accounts[one.parent],
            "tel": one.phone,
            "email": "",
            "url": one.website,
            "country": areas.COUNTRIES.get(one.country),
            "province": areas.PROVINCES.get(one.city),
            "city": areas.CITIES.get(one.city),
            "address": one.street,
            "zip_code__c": one.code,
            "segment__c": option("AccountObj", "segment__c", words.SEGMENTS[one.segment]),
            "employees__c": one.employees,
            "annual_revenue__c": one.revenue * sheet.power("AccountObj", "annual_revenue__c"),
            "completion_rate": 6_000,
            **sheet.system(sheet.owners[one.owner], one.created, one.modified),
            **sheet.money(one.currency),
        }


def contact_rows(sheet: Sheet) -> Iterator[Values]:
    """People at customers."""
    for number, one in enumerate(sheet.world.contacts()):
        record_id = sheet.id(number, one.created)
        sheet.contacts.append(record_id)
        yield {
            "_id": record_id,
            "world_key__c": one.key,
            "name": full_name(one.first_name, one.last_name, family_first=sheet.sim.family_first),
            "account_id": sheet.accounts[one.account],
            "tel1": one.phone,
            "mobile1": one.mobile or None,
            "email": one.email,
            "department": one.department,
            "job_title": one.title,
            "source__c": sheet.option("ContactObj", "source__c", words.SOURCES[one.source]),
            "primary_contact": int(number < sheet.world.account_count),
            **sheet.system(sheet.owners[one.owner], one.created, one.modified),
        }


def lead_rows(sheet: Sheet) -> Iterator[Values]:
    """Inquiries; the converted ones point to what they became."""
    world = sheet.world
    for number, one in enumerate(world.leads()):
        links: Values = {"account_id": None, "contact_id": None, sheet.deal_field: None, "transform_time": None}
        status = words.LEAD_STATUS[one.status]
        if one.deal is not None:
            sheet.lead_of[one.deal] = number
            account = world.account_of(one.deal)
            links = {
                "account_id": sheet.accounts[account],
                "contact_id": sheet.contacts[world.contact_of(one.deal, account)],
                sheet.deal_field: sheet.deals[one.deal],
                "transform_time": one.modified * 1000,
            }
            status = "transformed"
        yield {
            "_id": sheet.leads[number],
            "world_key__c": one.key,
            "name": full_name(one.first_name, one.last_name, family_first=sheet.sim.family_first),
            "company": one.company,
            "tel": one.phone,
            "email": one.email,
            "job_title": one.title,
            "address": f"{one.country}{one.city}",
            "source": sheet.option("LeadsObj", "source", words.SOURCES[one.source]),
            "leads_stage": words.LEAD_STAGES.get(one.status, "Lead"),
            "biz_status": sheet.sim.codes.of("LeadsObj", "biz_status", status),
            "close_reason": words.CLOSE_REASONS.get(one.status) if one.deal is None else None,
            "leads_pool_id": sheet.pools[number % 3] if number % 4 == 0 else "",
            "assigner_id": ids.ADMIN,
            "assigned_time": one.created * 1000,
            "resale_count": 0,
            "is_duplicated": 0,
            **links,
            **sheet.system(sheet.owners[one.owner], one.created, one.modified),
        }


def unclaimed_rows(sheet: Sheet, count: int) -> Iterator[Values]:
    """Leads in a pool that nobody owns; they are not of the world, so that worlds stay comparable."""
    for number in range(count):
        at = sheet.world.end - (count - number) * 600
        yield {
            "_id": sheet.id(number, at),
            "world_key__c": f"pool-lead-{number:05d}",
            "name": f"公海线索 {number}",
            "company": f"示例科技{number}有限公司",
            "mobile": f"139{70_000_000 + number}",
            "source": "1",
            "leads_stage": "Lead",
            "biz_status": "un_assigned",
            "leads_pool_id": sheet.pools[number % 3],
            **sheet.system(None, at, at),
        }
