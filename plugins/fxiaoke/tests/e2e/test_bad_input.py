"""What people and tenants get wrong: each ends with what to do, in both languages; nothing is lost by it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.systems.command_line import both_languages

from .acme import Acme
from .org import Org, serving

WIDE = pytest.mark.fxiaoke_matrix


@pytest.fixture(scope="module")
def shared_org() -> Iterator[Org]:
    with serving(20) as org:
        yield org


@pytest.fixture
def org(shared_org: Org) -> Org:
    for module in ("ContactObj", "NewOpportunityObj", "AccountObj"):
        shared_org.act("forbid", module=module, allowed=True)
    shared_org.heal()
    shared_org.advance(120)
    return shared_org


def rows_of(acme: Acme) -> dict[str, Any]:
    """Every record of every kind."""
    held = acme.everything()
    return {name: held[name] for name in ("deal", "lead", "account", "contact", "task", "activity", "user", "org_unit")}


def test_case_4_a_permission_lost_is_never_no_records(acme: Acme, org: Org) -> None:
    """Between two runs; it stops no other object and deletes nothing."""
    acme.sync()
    org.advance(3600)
    org.edit(org.deals, min(org.records(org.deals)), contract_no__c="goes on")
    before = rows_of(acme)
    org.act("forbid", module="ContactObj", allowed=False)
    answer = acme.sync(code=4)
    results = {row["object"]: row["result"] for row in answer.rows}
    assert {name for name, result in results.items() if result != "done"} == {"ContactObj"}
    assert sum(row["deleted"] for row in answer.rows) == 0
    assert rows_of(acme)["contact"] == before["contact"]
    assert "ContactObj" in answer.text
    both_languages(acme.run, "sync")
    org.act("forbid", module="ContactObj", allowed=True)
    org.advance(1900)
    acme.sync()
    acme.check()


@WIDE
def test_case_4_an_object_that_may_not_be_seen_at_first_is_read_once_it_may(acme: Acme, org: Org) -> None:
    """Fxiaoke does not name it then: it is as if the company had none. What there is is asked once a day."""
    org.act("forbid", module=org.deals, allowed=False)
    answer = acme.sync()
    assert org.deals not in {row["object"] for row in answer.rows}
    assert set(acme.landed("AccountObj")) == set(org.records("AccountObj"))
    org.act("forbid", module=org.deals, allowed=True)
    org.advance(86_400 + 60)
    acme.sync()
    acme.check()


@WIDE
def test_another_company_behind_the_same_credentials(acme: Acme, org: Org) -> None:
    acme.configure(org="FSCID_" + "0" * 32)
    answer = acme.sync(code=78)
    assert org.told["corp_id"] in answer.text
    both_languages(acme.run, "sync")
    assert all(not rows for rows in rows_of(acme).values())


def test_a_stage_nobody_mapped_is_unknown_and_keeps_its_word(acme: Acme, org: Org) -> None:
    """Somebody gave it another name; after at most a day, when the object is described again."""
    deal = org.movable[0]
    org.act("stage", deal=deal, stage="3")
    acme.sync()
    org.act("relabel_option", module=org.deals, field="sales_stage", value="3", label="法务审核")
    org.advance(86_400 + 60)
    answer = acme.sync()
    assert "法务审核" in json.dumps(answer.warnings, ensure_ascii=False)
    held = acme.neutral()[org.deals][deal]
    assert (held["stage"], held["stage_raw"], held["category"]) == ("UNKNOWN", "法务审核", "open")
    assert "法务审核" in both_languages(acme.run, "mapping", "check")[0]
    acme.check()
    org.act("relabel_option", module=org.deals, field="sales_stage", value="3", label="价值呈现")


def test_a_new_option_nobody_mapped_is_kept_and_told(acme: Acme, org: Org) -> None:
    org.act("add_option", module="AccountObj", field="deal_status", value="asleep", label="休眠")
    account = org.create("AccountObj", 1, name="睡着公司")[0]
    org.edit("AccountObj", account, deal_status="asleep")
    answer = acme.sync()
    assert "deal_status" in json.dumps(answer.warnings, ensure_ascii=False)
    held = acme.neutral()["AccountObj"][account]
    assert (held["status"], held["status_raw"]) == (None, "休眠")
    acme.check()


@WIDE
def test_an_option_with_another_label_is_read_by_its_new_one(acme: Acme, org: Org) -> None:
    """After at most a day, when the object is described again."""
    acme.sync()
    org.act("relabel_option", module="AccountObj", field="account_level", value="1", label="战略客户")
    org.advance(86_400 + 60)
    acme.sync()
    acme.check()
    assert "战略客户" in {one["tier"] for one in acme.neutral()["AccountObj"].values()}


def test_a_field_that_is_there_no_more_blanks_nothing(acme: Acme, org: Org) -> None:
    deal = org.make_deals(1, contract_no__c="C-1", amount="5", mc_currency="CNY")[0]
    acme.sync()
    org.advance(86_400 + 60)
    org.act("disable_field", module=org.deals, name="contract_no__c")
    org.edit(org.deals, deal, amount="6")
    answer = acme.run("sync", "--json")
    assert answer.code in {0, 1, 3}, answer.text
    assert "contract_no__c" in answer.text
    held = acme.neutral()[org.deals][deal]
    assert (held["amount"]["amount"], held["custom"]["contract_no"]["value"]) == ("6.00", "C-1")
    both_languages(acme.run, "mapping", "check")


@WIDE
def test_case_4_a_field_of_an_unknown_type_and_an_object_of_the_companys_own(acme: Acme, org: Org) -> None:
    org.act("add_field", module="AccountObj", name="novelty__c", type="hologram")
    org.create("object_Sit3s__c", 3, name="现场 {n}")
    own = '\n[objects.object_Sit3s__c]\nkind = "product"\n[objects.object_Sit3s__c.fields]\nname = "name"\n'
    novelty = '\n[objects.AccountObj.custom]\nnovelty = { from = "novelty__c", type = "opaque" }\n'
    acme.map(acme.mapping().replace('contract_no = { from = "contract_no__c", type = "text" }\n', "") + novelty + own)
    acme.sync()
    acme.sync()
    assert set(acme.landed("object_Sit3s__c")) == set(org.records("object_Sit3s__c"))
    assert "object_Sit3s__c" in acme.run("fields", "crm").text


@pytest.mark.parametrize("text", ["not json", "{}", '{"app_id": "x", "app_secret": "canary"}'])
def test_a_secret_that_is_no_login(acme: Acme, text: str) -> None:
    acme.environ = {"CRM_LOGIN": text}
    answer = acme.run("sync")
    assert answer.code in {4, 78}
    assert "canary" not in answer.text
    both_languages(acme.run, "sync")
