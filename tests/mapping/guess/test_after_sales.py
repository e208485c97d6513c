"""Deliveries and tickets out of files: what their headers and words are taken for, in English and in Chinese."""

from collections.abc import Callable
from typing import Any

import pytest

from crmbridge.mapping.document import load
from crmbridge.mapping.guess.rule import Guess

Tables = Callable[..., Guess]

DELIVERIES = """delivery no,delivery name,customer,deal id,delivery status,promised date,expected delivery date,\
actual delivery date,milestones,issue,owner
V1,Pump,Acme,d1,Shipped,2026-03-10,2026-03-12,,cast 2026-03-01,casting cracked,Li
V2,Valve,Acme,d1,Received,2026-03-10,2026-03-10,2026-03-09,cast 2026-03-01 2026-03-01,,Li
"""
CHINESE_DELIVERIES = """发货单编号,交付内容,客户名称,商机编号,交付状态,承诺交付日期,\
预计交付日期,实际交付日期,里程碑,问题,负责人
V1,水泵,甲公司,d1,已发货,2026-03-10,2026-03-12,,铸造 2026-03-01,裂纹,李
V2,阀门,甲公司,d1,已签收,2026-03-10,2026-03-10,2026-03-09,铸造 2026-03-01 2026-03-01,,李
"""
TICKETS = """ticket number,subject,customer,case type,priority,ticket status,service hours,opened at,first response at,\
resolved at,owner
T1,The pump leaks,Acme,Claim,P1,In progress,24x7,2026-03-02 23:00,2026-03-02 23:20,,Li
T2,How is it oiled?,Acme,Enquiry,P3,Solved,8x5,2026-03-03 09:00,2026-03-03 09:20,2026-03-03 17:00,Li
"""
CHINESE_TICKETS = """工单编号,工单标题,客户名称,工单类型,紧急程度,工单状态,\
服务时间,提交时间,首次响应时间,解决时间,负责人
T1,水泵漏水,甲公司,客诉,紧急,处理中,7x24,2026-03-02 23:00,2026-03-02 23:20,,李
T2,如何加油,甲公司,咨询,普通,已解决,工作时间,2026-03-03 09:00,2026-03-03 09:20,2026-03-03 17:00,李
"""
USERS = "name,role\nLi,rep\nWang,manager\n"


def fields(guess: Guess, name: str) -> dict[str, Any]:
    return dict(load(guess.text).body.objects[name].fields)


@pytest.mark.parametrize("text", [DELIVERIES, CHINESE_DELIVERIES])
def test_the_columns_of_deliveries_are_recognised(guessed: Tables, text: str) -> None:
    found = guessed(deliveries=text, users=USERS)
    assert load(found.text).body.objects["deliveries"].kind == "delivery"
    names = fields(found, "deliveries")
    wanted = {"name", "status", "promised_date", "forecast_date", "delivered_at", "milestones", "issue", "owner"}
    assert wanted <= names.keys(), wanted - names.keys()
    assert sorted(names["status"].values.values()) == ["delivered", "on_way"]


@pytest.mark.parametrize("text", [TICKETS, CHINESE_TICKETS])
def test_the_columns_of_tickets_are_recognised(guessed: Tables, text: str) -> None:
    found = guessed(tickets=text, users=USERS)
    assert load(found.text).body.objects["tickets"].kind == "ticket"
    names = fields(found, "tickets")
    wanted = {"number", "name", "type", "priority", "status", "clock", "opened_at", "first_response_at", "resolved_at"}
    assert wanted | {"owner"} <= names.keys(), wanted - names.keys()
    assert sorted(names["status"].values.values()) == ["open", "resolved"]
    assert sorted(names["type"].values.values()) == ["complaint", "question"]
    assert sorted(names["clock"].values.values()) == ["always", "business"]
