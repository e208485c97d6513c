"""Quotes and contracts out of files: what their headers and words are taken for, in English and in Chinese."""

from collections.abc import Callable
from typing import Any

import pytest

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo
from crmbridge.mapping.document import load
from crmbridge.mapping.guess.guess import guess
from crmbridge.mapping.guess.rule import Guess

Tables = Callable[..., Guess]

QUOTES = """quote number,customer,deal id,status,amount,list total,discount %,line items,vat rate,valid until,version,\
template,template version,approval status,approver,trial end date,owner
Q1,Acme,d1,Delivered,85,100,15%,A 1 x 100 -15%,13%,2026-03-31,2,standard,3,Pending,Wang,2026-03-13,Li
Q2,Acme,d1,Closed Lost,90,100,10%,A 1 x 100 -10%,13%,2026-04-30,1,standard,4,Approved,Wang,2026-04-13,Li
"""
CHINESE_QUOTES = """报价单编号,客户名称,商机编号,报价状态,报价金额,折前金额,优惠比例,产品明细,税率,\
有效期至,版本,模板,模板版本,审批状态,审批人,试用到期日,负责人
Q1,甲公司,d1,已发送,85,100,15,A 1 x 100 -15%,13,2026-03-31,2,标准,3,审批中,王,2026-03-13,李
"""
CONTRACTS = """contract number,customer,deal id,contract status,contract amount,start date,end date,approval steps,\
clauses,standard,renewal type,approver,owner
C1,Acme,d1,Under review,100,2026-03-01,2027-02-28,legal 2026-03-02,payment term: missing,yes,automatic,Wang,Li
C2,Acme,d1,Activated,100,2026-03-01,2027-02-28,legal 2026-03-02,payment term: complete,no,manual,Wang,Li
"""
CHINESE_CONTRACTS = """合同编号,客户名称,商机编号,合同状态,合同金额,开始日期,到期日期,\
审批流程,条款清单,是否标准合同,续约方式,审批人,负责人
C1,甲公司,d1,法务审核,100,2026-03-01,2027-02-28,法务 2026-03-02,付款条款：缺失,是,自动续约,王,李
"""
USERS = "name,role\nLi,rep\nWang,manager\n"


def fields(guess: Guess, name: str) -> dict[str, Any]:
    return dict(load(guess.text).body.objects[name].fields)


@pytest.mark.parametrize("text", [QUOTES, CHINESE_QUOTES])
def test_the_columns_of_quotes_are_recognised(guessed: Tables, text: str) -> None:
    found = guessed(quotes=text, users=USERS)
    assert load(found.text).body.objects["quotes"].kind == "quote"
    names = fields(found, "quotes")
    wanted = {"number", "status", "amount", "list_total", "discount", "lines", "vat_rate", "valid_until"}
    wanted |= {"quote_version", "template", "template_version", "approval", "trial_ends", "owner"}
    assert wanted <= names.keys(), wanted - names.keys()
    (word,) = [ours for theirs, ours in names["status"].values.items() if theirs in {"Delivered", "已发送"}]
    assert word == "sent"
    assert names["vat_rate"].parameters == ({} if text is QUOTES else {"percent": True})


def test_of_two_totals_the_one_without_vat_is_the_net_total(guessed: Tables) -> None:
    text = "quote id,grand total,sub total,subject\n1,113,100,Pumps\n2,226,200,Valves\n"
    assert fields(guessed(quotes=text), "quotes")["amount"].source == ("sub total",)


@pytest.mark.parametrize("text", [CONTRACTS, CHINESE_CONTRACTS])
def test_the_columns_of_contracts_are_recognised(guessed: Tables, text: str) -> None:
    found = guessed(contracts=text, users=USERS)
    assert load(found.text).body.objects["contracts"].kind == "contract"
    names = fields(found, "contracts")
    wanted = {"number", "status", "amount", "start_date", "end_date", "steps", "clauses", "is_standard"}
    assert wanted | {"renewal_type", "owner"} <= names.keys(), wanted - names.keys()


def described(called: str, label: str, /, **labels: str) -> ObjectInfo:
    infos = tuple(FieldInfo(name=field, label=shown, type="text") for field, shown in labels.items())
    return ObjectInfo(name=called, label=label, fields=infos, key_field=None)


def test_objects_of_a_crm_are_drafted_by_what_it_calls_them() -> None:
    objects = (
        described("Quotes", "Quotes", Quote_Stage="Quote Stage", Valid_Till="Valid Until", Quoted_Items="Quoted Items"),
        described("QuoteObj", "报价单", name="报价单编号", status="报价状态", field_a1__c="报价金额"),
        described("SaleContractObj", "销售合同", name="合同编号", field_b1__c="合同金额", field_c1__c="到期日期"),
    )
    found = load(guess(Catalog(objects=objects, limits=Limits(page_size=1, batch_size=1)), {}).text).body.objects
    assert {name: (one.kind, *sorted(one.fields)) for name, one in found.items()} == {
        "Quotes": ("quote", "lines", "status", "valid_until"),
        "QuoteObj": ("quote", "amount", "number", "status"),
        "SaleContractObj": ("contract", "amount", "end_date", "number"),
    }
