"""Row by row from the neutral world to the tenant's tables; ``world_key__c`` keeps each row's own lasting name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crmbridge_sim.fxiaoke import areas, ids, values
from crmbridge_sim.fxiaoke.people import full_name
from crmbridge_sim.fxiaoke.stages import OLD_STATUS, RUNNING
from crmbridge_sim.fxiaoke.store import Values
from crmbridge_sim.world.model import MINOR_UNITS, Deal

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator
    from crmbridge_sim.world import World

SOURCES = {
    "web": "官网",
    "fair": "展会",
    "referral": "转介绍",
    "partner": "合作伙伴",
    "cold call": "电话开发",
    "seminar": "研讨会",
    "advertisement": "广告",
}
LEAD_STATUS = {
    "new": "un_processed",
    "contacted": "processed",
    "later": "processed",
    "qualified": "processed",
    "junk": "closed",
    "lost": "closed",
}
LEAD_STAGES = {"qualified": "SQL", "contacted": "MQL", "later": "MQL"}
CLOSE_REASONS = {"junk": "1", "lost": "2"}
INDUSTRIES = {
    "manufacturing": "制造业",
    "technology": "信息技术",
    "services": "服务业",
    "communications": "通信业",
    "education": "教育",
    "government": "政府",
    "trade": "贸易",
}
KINDS = {"prospect": "潜在客户", "customer": "成交客户", "partner": "合作伙伴"}
SEGMENTS = {"enterprise": "大型企业", "mid": "中型企业", "small": "小型企业", "public": "公共事业"}
LOSSES = {
    "price": "价格",
    "no answer": "客户无回应",
    "wrong target": "目标不符",
    "expectation": "预期不符",
    "rival": "竞争失利",
}
RESULTS = {
    "interested": "有意向",
    "not interested": "无意向",
    "no answer": "未接通",
    "more info": "需要资料",
    "call back": "再联系",
}
DEAL_KINDS = {"new": "新购", "existing": "增购"}
PRIORITIES = {"low": "1", "normal": "2", "high": "3"}
LEAD_POOLS = ("华东线索池", "华南线索池", "华北线索池")
HIGH_SEAS = ("全国公海", "重点客户公海")
OLD_SHARE = 20  # one record in so many has an id of 32 digits (dossier 2.3)
DAY_S = 86_400
CHUNK = 2_000


class Seeder:
    """Puts one world into one simulator."""

    def __init__(self, sim: FxiaokeSimulator, world: World) -> None:
        self._sim, self._world, self._store = sim, world, sim.store
        self._owners = [str(1_001 + number) for number in range(world.colleague_count)]
        self._rates = dict(sim.currencies)
        self._base = sim.currencies[0][0]
        self._multi = len(sim.currencies) > 1
        self._options: dict[tuple[str, str, str], str] = {}
        self._zone = sim.switches.text("date_zone")
        self._deal_object = sim.opportunities
        self._deal_field = "new_opportunity_id" if sim.opportunities == "NewOpportunityObj" else "opportunity_id"
        self._accounts: list[str] = []
        self._account_names: list[str] = []
        self._account_tels: list[str] = []
        self._contacts: list[str] = []
        self._leads: list[str] = []
        self._deals: list[str] = []
        self._deal_names: list[str] = []
        self._lead_of: dict[int, int] = {}
        self._pools: list[str] = []
        self._seas: list[str] = []

    def run(self, *, unclaimed: int) -> None:
        """Everything, what is referred to first."""
        world = self._world
        self._directory()
        self._pools = self._put("LeadsPoolObj", self._pool_rows(LEAD_POOLS))
        self._seas = self._put("HighSeasObj", self._pool_rows(HIGH_SEAS))
        if not world.deal_count:
            return
        self._deals = [self._id(number, world.created_of(number)) for number in range(world.deal_count)]
        self._leads = [self._id(n, world.created_of(n * 4) - DAY_S) for n in range(world.lead_count)]
        self._put("AccountObj", self._account_rows())
        self._put("ContactObj", self._contact_rows())
        self._put("LeadsObj", self._lead_rows())
        self._put("LeadsObj", self._unclaimed_rows(unclaimed))
        self._put(self._deal_object, self._deal_rows())
        self._put("ActiveRecordObj", self._record_rows())
        self._put("ScheduleObj", self._schedule_rows())
        if "TaskObj" in self._sim.schema:
            self._put("TaskObj", self._task_rows())

    def _put(self, name: str, rows: Iterator[Values]) -> list[str]:
        """Inserts rows of the same keys in chunks, so that memory stays flat; returns their ids."""
        made: list[str] = []
        chunk: list[tuple[Any, ...]] = []
        columns: tuple[str, ...] = ()
        for row in rows:
            columns = columns or tuple(row)
            chunk.append(tuple(row.values()))
            made.append(row["_id"])
            if len(chunk) == CHUNK:
                self._store.insert_many(name, columns, chunk)
                chunk.clear()
        if chunk:
            self._store.insert_many(name, columns, chunk)
        return made

    def _id(self, number: int, at_s: float) -> str:
        maker = self._sim.ids.make_old if number % OLD_SHARE == OLD_SHARE - 1 else self._sim.ids.make
        return maker(at_s)

    def _option(self, obj: str, field: str, label: str) -> str:
        key = (obj, field, label)
        if key not in self._options:
            self._options[key] = self._sim.schema[obj][field].value_of(label)
        return self._options[key]

    def _system(self, owner: str | None, created: int, modified: int) -> Values:
        return {
            "owner": owner,
            "created_by": owner or ids.ADMIN,
            "create_time": created * 1000,
            "last_modified_by": owner or ids.ADMIN,
            "last_modified_time": modified * 1000,
            "life_status": "normal",
            "lock_status": "0",
            "record_type": "default__c",
            "version": 1 + (modified > created),
        }

    def _money(self, currency: str) -> Values:
        if not self._multi:
            return {}
        known = currency if currency in self._rates else self._base
        return {"mc_currency": known, "mc_exchange_rate": round(self._rates[known] * 10**6)}

    def _power(self, obj: str, field: str) -> int:
        return int(10 ** self._sim.schema[obj][field].decimals)

    def _scaled(self, obj: str, field: str, units: int, currency: str) -> int:
        """Minor units as the field's scaled number."""
        return units * self._power(obj, field) // MINOR_UNITS.get(currency, 100)

    def _directory(self) -> None:
        """PersonnelObj and DepartmentObj say what the directory says (dossier 3.14)."""
        at = self._world.start - 365 * DAY_S
        people = self._sim.people

        def persons() -> Iterator[Values]:
            for number, one in enumerate(people):
                yield {
                    "_id": self._id(number, at),
                    "name": one.name,
                    "full_name": one.name,
                    "user_id": one.id,
                    "phone": one.mobile,
                    "email": one.email,
                    "status": "1" if one.is_stop else "0",
                    "leader": one.leader or None,
                    "main_department": json.dumps([one.department]),
                    "employee_number": one.id,
                    **self._system(one.id, at, at),
                }

        def departments() -> Iterator[Values]:
            for one in people.departments.values():
                parent = json.dumps([one.parent]) if one.parent != "0" else None
                system = self._system(None, at, at)
                yield {"_id": one.id, "name": one.name, "parent_id": parent, "status": "0", **system}

        self._put("PersonnelObj", persons())
        self._put("DepartmentObj", departments())

    def _pool_rows(self, names: tuple[str, ...]) -> Iterator[Values]:
        at = self._world.start - 365 * DAY_S
        for number, name in enumerate(names):
            yield {"_id": self._id(number, at), "name": name, **self._system(ids.ADMIN, at, at)}

    def _account_rows(self) -> Iterator[Values]:
        for number, one in enumerate(self._world.accounts()):
            record_id = self._id(number, one.created)
            self._accounts.append(record_id)
            self._account_names.append(one.name)
            self._account_tels.append(one.phone)
            option = self._option
            yield {
                "_id": record_id,
                "world_key__c": one.key,
                "name": one.name,
                "account_no": f"C-{number + 1:08d}",
                "account_type": option("AccountObj", "account_type", KINDS[one.kind]),
                "account_level": "123"[number % 3],
                "industry_level1": option("AccountObj", "industry_level1", INDUSTRIES[one.industry]),
                "deal_status": "2" if one.kind == "customer" else "1",
                "biz_status": "allocated",
                "high_seas_id": self._seas[0] if number % 5 == 0 else "",
                "parent_account_id": None if one.parent is None else self._accounts[one.parent],
                "tel": one.phone,
                "email": "",
                "url": one.website,
                "country": areas.COUNTRIES.get(one.country),
                "province": areas.PROVINCES.get(one.city),
                "city": areas.CITIES.get(one.city),
                "address": one.street,
                "zip_code__c": one.code,
                "segment__c": option("AccountObj", "segment__c", SEGMENTS[one.segment]),
                "employees__c": one.employees,
                "annual_revenue__c": one.revenue * self._power("AccountObj", "annual_revenue__c"),
                "completion_rate": 6_000,
                **self._system(self._owners[one.owner], one.created, one.modified),
                **self._money(one.currency),
            }

    def _contact_rows(self) -> Iterator[Values]:
        for number, one in enumerate(self._world.contacts()):
            record_id = self._id(number, one.created)
            self._contacts.append(record_id)
            yield {
                "_id": record_id,
                "world_key__c": one.key,
                "name": full_name(one.first_name, one.last_name, family_first=self._sim.family_first),
                "account_id": self._accounts[one.account],
                "tel1": one.phone,
                "mobile1": one.mobile or None,
                "email": one.email,
                "department": one.department,
                "job_title": one.title,
                "source__c": self._option("ContactObj", "source__c", SOURCES[one.source]),
                "primary_contact": int(number < self._world.account_count),
                **self._system(self._owners[one.owner], one.created, one.modified),
            }

    def _lead_rows(self) -> Iterator[Values]:
        world = self._world
        for number, one in enumerate(world.leads()):
            links: Values = {"account_id": None, "contact_id": None, self._deal_field: None, "transform_time": None}
            status = LEAD_STATUS[one.status]
            if one.deal is not None:
                self._lead_of[one.deal] = number
                account = world.account_of(one.deal)
                links = {
                    "account_id": self._accounts[account],
                    "contact_id": self._contacts[world.contact_of(one.deal, account)],
                    self._deal_field: self._deals[one.deal],
                    "transform_time": one.modified * 1000,
                }
                status = "transformed"
            yield {
                "_id": self._leads[number],
                "world_key__c": one.key,
                "name": full_name(one.first_name, one.last_name, family_first=self._sim.family_first),
                "company": one.company,
                "tel": one.phone,
                "email": one.email,
                "job_title": one.title,
                "address": f"{one.country}{one.city}",
                "source": self._option("LeadsObj", "source", SOURCES[one.source]),
                "leads_stage": LEAD_STAGES.get(one.status, "Lead"),
                "biz_status": status,
                "close_reason": CLOSE_REASONS.get(one.status) if one.deal is None else None,
                "leads_pool_id": self._pools[number % 3] if number % 4 == 0 else "",
                "assigner_id": ids.ADMIN,
                "assigned_time": one.created * 1000,
                "resale_count": 0,
                "is_duplicated": 0,
                **links,
                **self._system(self._owners[one.owner], one.created, one.modified),
            }

    def _unclaimed_rows(self, count: int) -> Iterator[Values]:
        """Leads in a pool that nobody owns; they are not of the world, so that worlds stay comparable."""
        for number in range(count):
            at = self._world.end - (count - number) * 600
            yield {
                "_id": self._id(number, at),
                "world_key__c": f"pool-lead-{number:05d}",
                "name": f"公海线索 {number}",
                "company": f"示例科技{number}有限公司",
                "mobile": f"139{70_000_000 + number}",
                "source": "1",
                "leads_stage": "Lead",
                "biz_status": "un_assigned",
                "leads_pool_id": self._pools[number % 3],
                **self._system(None, at, at),
            }

    def _deal_rows(self) -> Iterator[Values]:
        log: list[tuple[str, str, int, str, str, str]] = []
        make = self._new_deal if self._deal_object == "NewOpportunityObj" else self._old_deal
        for number, one in enumerate(self._world.deals()):
            self._deal_names.append(one.name)
            self._log(log, number, one)
            if len(log) >= CHUNK:
                self._sim.log.add(log)
                log.clear()
            yield {**self._deal(number, one), **make(number, one)}
        self._sim.log.add(log)

    def _deal(self, number: int, one: Deal) -> Values:
        """What both kinds of opportunity have."""
        name, option = self._deal_object, self._option
        lead = self._lead_of.get(number)
        return {
            "_id": self._deals[number],
            "world_key__c": one.key,
            "name": one.name,
            "account_id": self._accounts[one.account],
            "contact_id__c": self._contacts[one.contact],
            "leads_id": "" if lead is None else self._leads[lead],
            "probability": self._probability(one),
            "source__c": option(name, "source__c", SOURCES[one.source]),
            "deal_type__c": option(name, "deal_type__c", DEAL_KINDS[one.kind]),
            "segment__c": option(name, "segment__c", SEGMENTS[one.segment]),
            "loss_reason__c": option(name, "loss_reason__c", LOSSES[one.loss]) if one.loss else None,
            "next_step__c": one.next_step,
            "tags__c": json.dumps([option(name, "tags__c", tag) for tag in one.tags]) if one.tags else None,
            "units__c": number % 7 * 3 if number % 3 == 0 else None,
            "is_strategic__c": int(number % 9 == 0),
            **self._system(self._owners[one.owner], one.created, one.modified),
            **self._money(one.currency),
        }

    def _probability(self, one: Deal) -> int:
        return self._sim.stages.by_key[one.moves[-1][0]].probability if one.probability is None else one.probability

    def _new_deal(self, number: int, one: Deal) -> Values:
        stage = self._sim.stages.by_key[one.moves[-1][0]]
        amount = self._scaled("NewOpportunityObj", "amount", one.amount, one.currency)
        entered = one.moves[-1][1]
        return {
            "amount": amount,
            "close_date": values.day_ms(one.closing // DAY_S, self._zone),
            "sales_process_id": self._sim.stages.process_id(one.pipeline),
            "sales_stage": stage.value,
            "sales_status": stage.status,
            "probability_amount": amount * self._probability(one) // 100,
            "stg_changed_time": entered * 1000,
            "cost_time": (self._world.end - entered) * 1000,
            "opp_lines_sum": 0,
            "opp_no__c": f"OPP{number + 1:08d}",
            "account_tel__c": self._account_tels[one.account],
        }

    def _old_deal(self, number: int, one: Deal) -> Values:
        del number
        stage = self._sim.stages.by_key[one.moves[-1][0]]
        process = next(name.name for name in self._sim.stages.processes if name.key == stage.process)
        return {
            "expected_deal_amount": self._scaled("OpportunityObj", "expected_deal_amount", one.amount, one.currency),
            "expected_deal_closed_date": values.day_ms(one.closing // DAY_S, self._zone),
            "sales_process_name": process,
            "oppo_stage_id": stage.old_id,
            "stage_label__c": stage.label,
            "sales_stg_changed_time": one.moves[-1][1] * 1000,
            "biz_status": OLD_STATUS[stage.status],
            "is_start_after_sale": int(stage.status != RUNNING),
        }

    def _log(self, rows: list[tuple[str, str, int, str, str, str]], number: int, one: Deal) -> None:
        """The creation and one row a stage change, as the change log has it."""
        user, record, by_key = self._owners[one.owner], self._deals[number], self._sim.stages.by_key
        is_new = self._deal_object == "NewOpportunityObj"
        field = "sales_stage" if is_new else "oppo_stage_id"
        rows.append((self._deal_object, record, one.created * 1000, user, "create", "{}"))
        before = by_key[one.moves[0][0]]
        for key, at in one.moves[1:]:
            after = by_key[key]
            pair = (before.value, after.value) if is_new else (before.old_id, after.old_id)
            fields = json.dumps({field: pair}, separators=(",", ":"))
            rows.append((self._deal_object, record, at * 1000, user, "update", fields))
            before = after

    def _about(self, deal: int) -> Values:
        """Links to the deal and its account (dossier 3.13, 4.5)."""
        account = self._world.account_of(deal)
        links = [
            {"describe_api_name": "AccountObj", "id": self._accounts[account], "name": self._account_names[account]},
            {"describe_api_name": self._deal_object, "id": self._deals[deal], "name": self._deal_names[deal]},
        ]
        return {
            "related_object_data": json.dumps(links, ensure_ascii=False, separators=(",", ":")),
            self._deal_field: self._deals[deal],
        }

    def _record_rows(self) -> Iterator[Values]:
        """Calls and notes are sales records."""
        world, option = self._world, self._option
        note_type = option("ActiveRecordObj", "active_record_type", "备注")
        for number, call in enumerate(world.calls()):
            ended = min(call.start + call.seconds, world.end)
            account = world.account_of(call.deal)
            yield {
                "_id": self._id(number, ended),
                "world_key__c": call.key,
                "name": call.subject,
                "active_record_content": f"{call.subject}：{RESULTS[call.result]}",
                "active_record_type": "1",
                "interactive_types": "1",
                "account_id": self._accounts[account],
                "contact_id": self._contacts[world.contact_of(call.deal, account)],
                **self._about(call.deal),
                "started_at__c": call.start * 1000,
                "seconds__c": call.seconds,
                "inbound__c": int(call.inbound),
                "result__c": option("ActiveRecordObj", "result__c", RESULTS[call.result]),
                **self._system(self._owners[call.owner], ended, ended),
            }
        for number, note in enumerate(world.notes()):
            account = world.account_of(note.deal)
            yield {
                "_id": self._id(number, note.created),
                "world_key__c": f"note-{number:06d}",
                "name": note.title,
                "active_record_content": note.text,
                "active_record_type": note_type,
                "interactive_types": "3",
                "account_id": self._accounts[account],
                "contact_id": self._contacts[world.contact_of(note.deal, account)],
                **self._about(note.deal),
                "started_at__c": None,
                "seconds__c": None,
                "inbound__c": None,
                "result__c": None,
                **self._system(self._owners[note.owner], note.created, note.created),
            }

    def _schedule_rows(self) -> Iterator[Values]:
        for number, one in enumerate(self._world.meetings()):
            yield {
                "_id": self._id(number, one.created),
                "world_key__c": one.key,
                "name": one.title,
                "content": one.title,
                "begin_time": one.start * 1000,
                "end_time": one.end * 1000,
                "participants": json.dumps([self._owners[one.owner]]),
                "place__c": one.place,
                **self._about(one.deal),
                **self._system(self._owners[one.owner], one.created, one.created),
            }

    def _task_rows(self) -> Iterator[Values]:
        for number, one in enumerate(self._world.tasks()):
            yield {
                "_id": self._id(number, one.created),
                "world_key__c": one.key,
                "name": one.subject,
                "dead_line": values.day_ms(one.due // DAY_S, self._zone),
                "status": "2" if one.done else "1",
                "priority": PRIORITIES[one.priority],
                "executor": json.dumps([self._owners[one.owner]]),
                "finished_time": one.done * 1000 if one.done else None,
                **self._about(one.deal),
                **self._system(self._owners[one.owner], one.created, one.done or one.created),
            }


def day_text(at_s: float) -> str:
    """The day of an instant in Shanghai, as names of sales records have it."""
    return datetime.fromtimestamp(at_s + 8 * 3_600, UTC).strftime("%Y-%m-%d")
