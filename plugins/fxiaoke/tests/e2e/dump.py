"""What crmbridge must hold, worked out from the simulator's dump and from nothing of crmbridge.

For every object a table: neutral field -> what it is, read off the record as Fxiaoke shows it. A table is complete: a
mapped field that is not in it fails the comparison. References are (object, vendor's id).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.systems.truth import Made, Record, bare_email, bare_phone

SHANGHAI = ZoneInfo("Asia/Shanghai")
CURRENCY = "CNY"
STAGES = {
    ("sales", "初步接触"): "qualification",
    ("sales", "需求确认"): "needs_analysis",
    ("sales", "价值呈现"): "value_proposition",
    ("sales", "决策人认可"): "decision_makers",
    ("sales", "方案报价"): "proposal",
    ("sales", "商务谈判"): "negotiation",
    ("sales", "赢单"): "won",
    ("sales", "输单"): "lost",
    ("sales", "竞品胜出"): "lost_to_competition",
    ("sales", "无效"): "void",
    ("renewal", "待续约"): "due",
    ("renewal", "合同审批"): "approval",
    ("renewal", "已续约"): "renewed",
    ("renewal", "未续约"): "not_renewed",
}
LABELS = {
    "1": "初步接触",
    "2": "需求确认",
    "3": "价值呈现",
    "4": "决策人认可",
    "5": "方案报价",
    "6": "商务谈判",
    "7": "赢单",
    "8": "输单",
    "RnqGsOiW0": "竞品胜出",
    "9": "无效",
    "XxhCI1onu": "待续约",
    "26impiEK3": "合同审批",
    "RryrtjLaI": "已续约",
    "rVYAmo5VJ": "未续约",
}
"""What people read of the stages."""
CATEGORIES = {"进行中": "open", "赢单": "won", "输单": "lost", "无效": "void"}
LEAD_STATUS = {
    "未分配": "new",
    "待处理": "new",
    "跟进中": "working",
    "已转换": "converted",
    "无效": "disqualified",
}
ACTIVITIES = {"电话": "call", "拜访": "visit", "面谈": "visit", "微信": "im", "备注": "note", "其他": "note"}
TASK_STATUS = {"未完成": "open", "已完成": "done"}
ACCOUNT_STATUS = {"未成交": "prospect", "已成交": "customer"}
PLAN = ("【跟进任务】", "状态：未完成")


def plain(name: str) -> Made:
    """Missing, null and "" are the same empty."""
    return lambda record: record.get(name) or None


def label(name: str) -> Made:
    """What people read of an option."""
    return lambda record: (record.get(name), record.get(f"{name}__r"))[1] or None


def first(*names: str) -> Made:
    return lambda record: next((record[name] for name in names if record.get(name)), None)


def at(told: Any) -> datetime | None:
    """Milliseconds since 1970."""
    return None if told in {None, ""} else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(told))


def instant(name: str) -> Made:
    return lambda record: at(record.get(name))


def person(name: str) -> Made:
    return lambda record: _user(next(iter(record.get(name) or ()), None))


def _user(key: str | None) -> tuple[str, str] | None:
    return ("users", key) if key else None


def ref(object_name: str, name: str) -> Made:
    return lambda record: (object_name, record[name]) if record.get(name) else None


def link(*objects: str, of: tuple[str, ...] = ()) -> Made:
    """A link out of one of the fields that hold it alone, else out of the list of all."""

    def made(record: Record) -> Any:
        for name in of:
            if record.get(name):
                return (objects[-1] if name == "opportunity_id" else objects[0], record[name])
        links = [one for one in record.get("related_object_data") or () if one["describe_api_name"] in objects]
        return (links[0]["describe_api_name"], links[0]["id"]) if links else None

    return made


def money(name: str, currency: str | None = None) -> Made:
    def made(record: Record) -> Any:
        if record.get(name) in {None, ""}:
            return None
        return Decimal(record[name]), currency or record.get("mc_currency") or CURRENCY

    return made


def percent(name: str) -> Made:
    return lambda record: None if record.get(name) in {None, ""} else Decimal(record[name]) / 100


def number(name: str) -> Made:
    return lambda record: None if record.get(name) in {None, ""} else Decimal(record[name])


def emails(name: str) -> Made:
    return lambda record: [bare_email(record[name])] if record.get(name) else []


def phones(*names: str) -> Made:
    return lambda record: list(dict.fromkeys(dialled(record[name]) for name in names if record.get(name)))


def dialled(value: str) -> str:
    """A number, whether its country was written or is China by default."""
    return bare_phone(value).removeprefix("+86").removeprefix("0")


def pipeline_of(record: Record) -> str:
    return "renewal" if record.get("sales_process_id__r") == "续约流程" else "sales"


def stage_of(record: Record) -> str:
    return STAGES.get((pipeline_of(record), record["sales_stage__r"]), "UNKNOWN")


def closed(name: str, status: str) -> Made:
    """The time of the last stage, of an opportunity that was decided."""
    return lambda record: None if CATEGORIES[record[f"{status}__r"]] == "open" else at(record.get(name))


def day(name: str, zone: ZoneInfo = SHANGHAI) -> Made:
    def made(record: Record) -> Any:
        when = at(record.get(name))
        return None if when is None else when.astimezone(zone).date().isoformat()

    return made


AUDIT: dict[str, Made] = {
    "owner": person("owner"),
    "created_by": person("created_by"),
    "modified_by": person("last_modified_by"),
    "vendor_created_at": instant("create_time"),
    "vendor_modified_at": instant("last_modified_time"),
}
LIFE: dict[str, Made] = {name: label(name) for name in ("life_status", "lock_status", "record_type")}
"""Custom fields of every object but sales records."""


def is_plan(record: Record) -> bool:
    """A sales record that stands in for a task."""
    return bool(re.search("|".join(map(re.escape, PLAN)), record.get("active_record_content") or ""))


def deals_1(record_status: str = "biz_status") -> dict[str, Made]:
    """商机 1.0: what its stages are is told by nothing."""
    return {
        **AUDIT,
        "name": first("name", "_id"),
        "account": ref("AccountObj", "account_id"),
        "lead": ref("LeadsObj", "leads_id"),
        "category": lambda record: CATEGORIES[record[f"{record_status}__r"]],
        "amount": money("expected_deal_amount"),
        "probability": percent("probability"),
        "expected_close": day("expected_deal_closed_date"),
        "closed_at": closed("sales_stg_changed_time", record_status),
        "last_touch_at": instant("last_followed_time"),
    }


def deals_2() -> dict[str, Made]:
    """商机2.0."""
    return {
        **AUDIT,
        "name": first("name", "_id"),
        "account": ref("AccountObj", "account_id"),
        "lead": ref("LeadsObj", "leads_id"),
        "pipeline": pipeline_of,
        "stage": stage_of,
        "stage_raw": label("sales_stage"),
        "category": lambda record: CATEGORIES[record["sales_status__r"]],
        "amount": money("amount"),
        "probability": percent("probability"),
        "expected_close": day("close_date"),
        "closed_at": closed("stg_changed_time", "sales_status"),
        "last_touch_at": instant("last_followed_time"),
    }


def tables(deals: str) -> dict[str, dict[str, Made]]:
    """For each object what every mapped field must hold."""
    links = {
        "account": link("AccountObj", of=("account_id",)),
        "contact": link("ContactObj", of=("contact_id",)),
        "deal": link("NewOpportunityObj", "OpportunityObj", of=("new_opportunity_id", "opportunity_id")),
        "lead": link("LeadsObj", of=("leads_id",)),
    }
    among = {
        "account": link("AccountObj"),
        "contact": link("ContactObj"),
        "deal": link("NewOpportunityObj", "OpportunityObj"),
        "lead": link("LeadsObj"),
    }
    return {
        "AccountObj": {
            **AUDIT,
            "name": first("name", "account_no", "_id"),
            "registration_no": plain("uniform_social_credit_code"),
            "industry": label("industry_level1"),
            "segment": label("account_type"),
            "tier": label("account_level"),
            "source": label("account_source"),
            "region": label("province"),
            "city": label("city"),
            "parent": ref("AccountObj", "parent_account_id"),
            "phones": phones("tel"),
            "emails": emails("email"),
            "addresses": lambda record: [record["address"]] if record.get("address") else [],
            "website": plain("url"),
            "pool": first("high_seas_id__r", "high_seas_id"),
            "last_touch_at": instant("last_followed_time"),
            "status": lambda record: ACCOUNT_STATUS.get(record.get("deal_status__r")),
            "status_raw": label("deal_status"),
        },
        "ContactObj": {
            **AUDIT,
            "full_name": first("name", "_id"),
            "account": ref("AccountObj", "account_id"),
            "title": plain("job_title"),
            "department": plain("department"),
            "emails": emails("email"),
            "phones": phones("mobile1", "mobile2", "tel1", "tel2"),
        },
        "LeadsObj": {
            **AUDIT,
            "full_name": first("name", "_id"),
            "company_name": plain("company"),
            "title": plain("job_title"),
            "emails": emails("email"),
            "phones": phones("mobile", "tel"),
            "website": plain("url"),
            "source": label("source"),
            "pool": first("leads_pool_id__r", "leads_pool_id"),
            "assigned_at": instant("assigned_time"),
            "disqualify_reason": label("close_reason"),
            "status": lambda record: LEAD_STATUS.get(record["biz_status__r"]),
            "status_raw": label("biz_status"),
            "converted": lambda record: record["biz_status__r"] == "已转换",
            "converted_at": instant("transform_time"),
            "converted_account": ref("AccountObj", "account_id"),
            "converted_contact": ref("ContactObj", "contact_id"),
            "converted_deal": ref(deals, "new_opportunity_id" if deals.startswith("New") else "opportunity_id"),
        },
        "NewOpportunityObj": deals_2(),
        "OpportunityObj": deals_1(),
        "ActiveRecordObj": {
            **AUDIT,
            **links,
            "type": lambda record: ACTIVITIES.get(
                first("active_record_type__r", "interactive_types__r")(record), "note"
            ),
            "subject": plain("name"),
            "content": plain("active_record_content"),
            "state": lambda record: "done" if record.get("active_record_content") else None,
            "actor": person("created_by"),
            "logged_at": instant("create_time"),
        },
        "ScheduleObj": {
            **AUDIT,
            **among,
            "type": lambda _: "meeting",
            "subject": first("name", "content"),
            "content": plain("content"),
            "actor": person("owner"),
            "started_at": instant("begin_time"),
            "ended_at": instant("end_time"),
            "logged_at": instant("create_time"),
        },
        "TaskObj": {
            **AUDIT,
            **among,
            "title": first("name", "description", "_id"),
            "assignee": person("executor"),
            "due_at": instant("dead_line"),
            "completed_at": instant("finished_time"),
            "content": plain("description"),
            "priority": label("priority"),
            "status": lambda record: TASK_STATUS.get(record.get("status__r") or ""),
            "status_raw": label("status"),
        },
    }


RIVALS = {"OMVCEBOCn": "Alpha Systems", "Qc2POYO9G": "Beta Works", "ngVY2FKKY": "北方软件", "isy2DvB8l": "In-house"}
"""The labels of 竞争对手: a choice of several comes without them."""


def competitors(record: Record) -> list[str] | None:
    return [RIVALS[one] for one in record.get("competitors__c") or ()] or None


CUSTOM: dict[str, tuple[str, str, Made]] = {
    "segment": ("segment__c", 'type = "single"', label("segment__c")),
    "contract_no": ("contract_no__c", 'type = "text"', plain("contract_no__c")),
    "margin": ("margin__c", 'type = "number"', number("margin__c")),
    "units": ("units__c", 'type = "number"', number("units__c")),
    "score": ("score__c", 'type = "number"', number("score__c")),
    "signed_on": ("signed_on__c", 'type = "date", lens = "epoch_ms", zone = "Asia/Shanghai"', day("signed_on__c")),
    "signed_at": ("signed_at__c", 'type = "datetime", lens = "epoch_ms"', instant("signed_at__c")),
    "competitors": ("competitors__c", 'type = "multi"', competitors),
    "strategic": ("is_strategic__c", 'type = "bool"', lambda record: record.get("is_strategic__c")),
    "partner": ("partner__c", 'type = "ref"', plain("partner__c")),
    "stakeholders": ("stakeholders__c", 'type = "json"', lambda record: record.get("stakeholders__c") or None),
    "second_owner": (
        "second_owner__c",
        'type = "user", lens = "fxiaoke_person"',
        lambda record: next(iter(record.get("second_owner__c") or ()), None),
    ),
    "reviewers": ("reviewers__c", 'type = "json"', lambda record: record.get("reviewers__c") or None),
    "portal": ("portal__c", 'type = "url"', plain("portal__c")),
    "billing_email": ("billing_email__c", 'type = "email"', plain("billing_email__c")),
    "hotline": ("hotline__c", 'type = "phone", region = "CN"', plain("hotline__c")),
    "background": ("background__c", 'type = "long_text"', plain("background__c")),
    "proposal": ("proposal__c", 'type = "long_text"', plain("proposal__c")),
    "opp_no": ("opp_no__c", 'type = "text"', plain("opp_no__c")),
    "weighted": ("probability_amount", 'type = "number"', number("probability_amount")),
    "account_tel": ("account_tel__c", 'type = "text"', plain("account_tel__c")),
    "place": ("place__c", 'type = "text"', plain("place__c")),
}
"""Custom fields of 商机2.0: our name -> Fxiaoke's, our rule, what it must hold."""
CUSTOM_1 = {name: CUSTOM[name] for name in ("segment", "units", "competitors", "strategic")}
"""The same of 商机 1.0."""

FULL: dict[str, object] = {
    "segment__c": "YSodFs6tL",
    "contract_no__c": "C-{n}",
    "margin__c": "12.5",
    "units__c": 7,
    "score__c": "0.1",
    "signed_on__c": 1772208000000,
    "signed_at__c": 1772317800123,
    "competitors__c": ["OMVCEBOCn", "ngVY2FKKY"],
    "is_strategic__c": True,
    "portal__c": "https://portal.example/{n}",
    "billing_email__c": "billing{n}@customer.example",
    "hotline__c": "010 5550 1234",
    "background__c": "Erste Zeile\n第二行 " + "很长的背景" * 60,
    "proposal__c": "<p>方案 <b>一</b></p>",
    "place__c": "121.47#%$31.23#%$上海市",
}
"""An opportunity whose custom fields are all filled."""


def empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, Sequence) and not value)


def payload_form(value: Any) -> Any:
    """A value as it is landed: what is empty is nothing."""
    return None if empty(value) else value


def named(users: Mapping[str, Any], personnel: Mapping[str, Any], *, style: str) -> dict[str, Record]:
    """The people of the directory by the id that our login sees."""
    rows = {row["user_id"]: row for row in personnel.values()}
    return {(one["open_id"] if style == "corp" else key): {**rows.get(key, {}), **one} for key, one in users.items()}
