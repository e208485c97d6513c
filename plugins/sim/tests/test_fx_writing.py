"""create and update: shapes, rules, what is nowhere promised (dossier 3.4, 3.5, 3.10, 3.13)."""

from __future__ import annotations

from typing import Any

import pytest
from plugins.sim.tests.fx_client import NORMAL, PRESET, FxClient

from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke.errors import LOCKED
from crmbridge_sim.fxiaoke.switches import Setting

DEALS = "NewOpportunityObj"
CREATE, UPDATE = f"{PRESET}/create", f"{PRESET}/update"


@pytest.fixture
def sim() -> FxiaokeSimulator:
    return FxiaokeSimulator(deals=0)


@pytest.fixture
def client(sim: FxiaokeSimulator) -> FxClient:
    return FxClient(sim)


def made(**switches: Setting) -> FxClient:
    return FxClient(FxiaokeSimulator(deals=0, switches=switches))


def lead_of(client: FxClient, **fields: Any) -> dict[str, Any]:
    return {"object_data": {"dataObjectApiName": "LeadsObj", "name": "王示例", "owner": [client.me()], **fields}}


def test_a_created_record_reads_back(sim: FxiaokeSimulator, client: FxClient) -> None:
    lead = client.lead(company="示例科技", mobile="13900001234", source="1", external_key__c="a-1")
    row = client.get("LeadsObj", lead)
    now = sim.now_ms()
    expected = {"name": "王示例", "mobile": "13900001234", "source": "1", "source__r": "官网", "external_key__c": "a-1"}
    assert expected.items() <= row.items()
    assert (row["create_time"], row["last_modified_time"], row["version"]) == (now, now, "1")
    assert (row["life_status"], row["lock_status"], row["biz_status"]) == ("normal", "0", "un_processed")
    assert row["created_by"] == [client.me()]
    assert row["is_deleted"] is False


def test_the_object_may_stand_beside_its_data(client: FxClient) -> None:
    sent = {"name": "王", "owner": [client.me()]}
    assert client.ok(CREATE, data={"dataObjectApiName": "LeadsObj", "object_data": sent})["dataId"]


def test_create_is_not_idempotent(client: FxClient) -> None:
    assert client.lead() != client.lead()
    assert client.page("LeadsObj")["total"] == 2


def test_a_unique_field_is_unique(client: FxClient) -> None:
    lead = client.lead(external_key__c="a-1")
    assert "重复" in client.refused(CREATE, data=lead_of(client, external_key__c="a-1"))[1]
    assert client.update("LeadsObj", lead, external_key__c="a-1")["errorCode"] == 0


def test_duplicates_are_refused_when_the_call_asks_for_the_rule(client: FxClient) -> None:
    client.lead(mobile="13900001234")
    client.lead(mobile="13900001234")
    data = lead_of(client, mobile="13900001234") | {"optionInfo": {"isDuplicateSearch": True}}
    assert "重复" in client.refused(CREATE, data=data)[1]
    client.sim.switches.set("duplicate_text", "english")
    assert "duplicate" in client.refused(CREATE, data=data)[1]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"name": ""}, "姓名"),
        ({"owner": []}, "负责人"),
        ({"owner": "FSUID_1"}, "负责人"),
        ({"source": "no"}, "来源"),
        ({"account_id": "x", "leads_pool_id": "no"}, "线索池"),
        ({"mobile": {"a": 1}}, "手机"),
        ({"life_status": "invalid"}, "生命状态"),
    ],
)
def test_what_makes_no_sense_is_refused_by_label(client: FxClient, fields: dict[str, Any], word: str) -> None:
    code, text = client.refused(CREATE, data=lead_of(client, **fields))
    assert (code, word in text) == (32000, True), text


def test_numbers_times_lists_and_flags_are_read_in_every_form(client: FxClient) -> None:
    deal = client.deal(
        amount="120000.5", units__c=3, margin__c=12.345, close_date=1_767_171_600_000, is_strategic__c=True,
        competitors__c=[client.sim.schema[DEALS]["competitors__c"].options[0].value], second_owner__c=[client.me()],
        reviewers__c=[client.me()], sites__c=["1003"], proposal__c="<p>好</p>", score__c="-0.5",
    )  # fmt: skip
    row = client.get(DEALS, deal)
    assert row["amount"].rstrip("0") == "120000.5"
    assert (row["units__c"], row["margin__c"], row["score__c"]) == ("3", "12.34", "-0.5000")
    assert row["close_date"] == 1_767_110_400_000  # that day's midnight in Shanghai
    assert row["is_strategic__c"] is True
    assert (row["second_owner__c"], row["reviewers__c"]) == ([client.me()], [client.me()])
    assert (row["sites__c"], row["proposal__c__o"]) == (["1003"], "好")
    wrong: list[dict[str, Any]] = [
        {"amount": "viel"},
        {"amount": True},
        {"amount": "1e400"},
        {"close_date": "2026-01-01"},
        {"is_strategic__c": "ja"},
        {"tags__c": "x"},
        {"tags__c": ["x"]},
        {"second_owner__c": [client.me()] * 2},
    ]
    assert [client.update(DEALS, deal, **one)["errorCode"] for one in wrong] == [32000] * len(wrong)


def test_an_update_changes_what_is_sent(client: FxClient) -> None:
    lead = client.lead(company="甲", mobile="1")
    client.sim.clock.advance(5)
    assert client.update("LeadsObj", lead, remark="备注")["errorCode"] == 0
    row = client.get("LeadsObj", lead)
    assert (row["company"], row["remark"], row["version"]) == ("甲", "备注", "2")
    assert row["last_modified_time"] - row["create_time"] == 5000
    assert client.update("LeadsObj", lead, name="")["errorCode"] == 32000
    assert client.update("LeadsObj", "66f0a1b2c3d4e5f607182930", name="x")["errorCode"] != 0
    wrapped = {"data": {"_id": lead, "dataObjectApiName": "LeadsObj"}}
    assert client.refused(UPDATE, data=wrapped)[0] == 10006  # wrong wrappers fail (S7, S17)


@pytest.mark.parametrize(
    ("rule", "left"), [("any", ["", "", ""]), ("not_null", ["甲", "", ""]), ("not_empty", ["", "甲", "甲"])]
)
def test_what_clears_a_field_is_a_switch(rule: str, left: list[str]) -> None:
    client = made(clearing=rule)
    found = []
    values: tuple[Any, ...] = (None, "", [])
    for value in values:
        lead = client.lead(company="甲")
        if value == []:
            tags = client.sim.schema[DEALS]["tags__c"].options[0].value
            deal = client.deal(tags__c=[tags])
            client.update(DEALS, deal, tags__c=[])
            found.append("甲" if client.get(DEALS, deal).get("tags__c") else "")
            continue
        client.update("LeadsObj", lead, company=value)
        found.append(client.get("LeadsObj", lead).get("company", ""))
    assert found == left


def test_the_owner_is_no_field_of_an_update(client: FxClient) -> None:
    lead = client.lead()
    other = client.sim.people.outer_id("1001", open_ids=True)
    assert client.update("LeadsObj", lead, owner=[other])["errorCode"] == 0
    assert client.get("LeadsObj", lead)["owner"] == [client.me()]
    client.sim.switches.set("owner_in_update", "error")
    assert client.update("LeadsObj", lead, owner=[other])["errorCode"] != 0


def test_unknown_fields_options_and_missing_owners_are_switches() -> None:
    client = made(unknown_option="accept", missing_owner="acting_user")
    lead = client.create("LeadsObj", name="王", source="no", nothing__c="x")
    row = client.get("LeadsObj", lead)
    assert (row["source"], row["owner"]) == ("no", [client.me()])
    assert "source__r" not in row
    client.sim.switches.set("unknown_write_field", "error")
    assert client.refused(CREATE, data=lead_of(client, nothing__c="x"))[0] == 32000


def test_a_locked_record_refuses_edits_as_a_service_exception(client: FxClient) -> None:
    lead = client.lead()
    client.ok("/cgi/crm/v2/object/lock", data={"dataObjectApiName": "LeadsObj", "dataIds": [lead]})
    told = client.update("LeadsObj", lead, remark="x")
    assert (told["errorCode"], told["errorMessage"]) == (50009, LOCKED)


def test_approvals_park_a_record_and_workflows_fire_by_default(client: FxClient) -> None:
    client.sim.backdoor.set_approval("LeadsObj")
    free = client.ok(CREATE, **NORMAL, data=lead_of(client))["dataId"]
    parked = client.ok(CREATE, data=lead_of(client))["dataId"]
    assert client.get("LeadsObj", free)["life_status"] == "normal"
    assert client.get("LeadsObj", parked)["life_status"] == "under_review"
    assert client.update("LeadsObj", parked, remark="x")["errorCode"] == 50009
    assert client.sim.workflows == [("LeadsObj", parked, "create")]
    client.sim.backdoor.approve("LeadsObj", parked)
    assert client.update("LeadsObj", parked, remark="x")["errorCode"] == 0


def test_creation_can_be_dated_back(client: FxClient) -> None:
    other = client.sim.people.outer_id("1001", open_ids=True)
    data = lead_of(client, create_time=1_600_000_000_000, created_by=[other])
    plain = client.get("LeadsObj", client.ok(CREATE, data=data)["dataId"])
    back = client.get("LeadsObj", client.ok(CREATE, hasSpecifyTime=True, hasSpecifyCreatedBy=True, data=data)["dataId"])
    assert (plain["create_time"], plain["created_by"]) == (client.sim.now_ms(), [client.me()])
    assert (back["create_time"], back["created_by"]) == (1_600_000_000_000, [other])


def test_an_opportunity_needs_process_and_stage(client: FxClient) -> None:
    account = client.account()
    sent = {"dataObjectApiName": DEALS, "name": "x", "owner": [client.me()], "account_id": account}
    assert client.refused(CREATE, data={"object_data": sent})[0] == 32000
    client.sim.switches.set("process_required", value=False)
    row = client.get(DEALS, client.ok(CREATE, data={"object_data": sent})["dataId"])
    assert (row["sales_stage__r"], row["sales_status__r"], row["probability"]) == ("初步接触", "进行中", "10")
    renewal = client.sim.stages.process_id("renewal")
    assert client.refused(CREATE, data={"object_data": {**sent, "sales_process_id": renewal, "sales_stage": "1"}})
    assert client.refused(CREATE, data={"object_data": {**sent, "sales_process_id": "x"}})


@pytest.mark.parametrize(("rule", "allowed"), [("allow", "yyy"), ("forward_only", "yny"), ("refuse", "nnn")])
def test_whether_a_stage_can_be_written_is_a_switch(rule: str, allowed: str) -> None:
    client = made(stage_write=rule)
    deal = client.deal(amount=1000)
    client.sim.clock.advance(60)
    moves = [client.update(DEALS, deal, sales_stage=stage)["errorCode"] == 0 for stage in ("2", "4", "7")]
    assert "".join("ny"[one] for one in moves) == allowed
    row = client.get(DEALS, deal)
    if rule != "refuse":
        assert (row["sales_status__r"], row["probability"]) == ("赢单", "100")
        assert (row["stg_changed_time"], row["probability_amount"]) == (client.sim.now_ms(), "1000.000")


def test_an_own_probability_stays_with_the_stage(client: FxClient) -> None:
    deal = client.deal(amount=1000)
    client.update(DEALS, deal, sales_stage="2", probability=55)
    assert client.get(DEALS, deal)["probability"] == "55"
    client.update(DEALS, deal, amount="2000")
    assert client.get(DEALS, deal)["probability_amount"] == "1100.000"
    value = client.sim.stages.by_key["due"].value
    assert client.update(DEALS, deal, sales_stage=value)["errorCode"] == 32000  # another process's stage


def test_old_opportunities_move_by_their_own_call() -> None:
    client = made(opportunity_model="1.0")
    stages = client.sim.stages.by_key
    account = client.account()
    deal = client.create("OpportunityObj", name="x", owner=[client.me()], account_id=account)
    path = "/cgi/crm/v2/service/moveNextSaleActionStage"
    here, there = stages["qualify"].old_id, stages["won"].old_id
    client.ok(path, data={"opportunityId": deal, "currentSaleActionStageId": here, "backReason__o": there})
    row = client.get("OpportunityObj", deal)
    assert (row["oppo_stage_id"], row["biz_status__r"], row["probability"]) == (there, "赢单", "100")
    assert client.refused(path, data={"opportunityId": deal, "currentSaleActionStageId": here, "backReason__o": there})


def test_a_sales_record_tells_its_links_when_it_followed(client: FxClient) -> None:
    account = client.account()
    deal = client.deal(account_id=account)
    lead = client.lead()
    client.sim.clock.advance(9)
    links = [
        {"describe_api_name": name, "id": one, "name": "?"}
        for name, one in (("AccountObj", account), (DEALS, deal), ("LeadsObj", lead))
    ]
    record = client.create(
        "ActiveRecordObj", active_record_content="电话", active_record_type="1", owner=[client.me()],
        related_object_data=links,
    )  # fmt: skip
    row = client.get("ActiveRecordObj", record)
    assert row["related_object_data"][0]["name"] == "示例科技"
    assert row["name"].endswith(" 销售记录")
    now = client.sim.now_ms()
    assert client.get("AccountObj", account)["last_followed_time"] == now
    assert client.get(DEALS, deal)["last_followed_time"] == now
    lead_row = client.get("LeadsObj", lead)
    assert (lead_row["last_follow_time"], lead_row["last_follower"]) == (now, [client.me()])
    assert lead_row["last_modified_time"] == now - 9000
    assert client.update("ActiveRecordObj", record, active_record_content="x")["errorCode"] == 0
    client.sim.switches.set("record_update", "error")
    assert client.update("ActiveRecordObj", record, active_record_content="x")["errorCode"] != 0
    bad = [{"describe_api_name": "AccountObj", "id": "66f0a1b2c3d4e5f607182930"}]
    sent = {"dataObjectApiName": "ActiveRecordObj", "active_record_content": "x", "related_object_data": bad}
    assert client.refused(CREATE, data={"object_data": sent})[0] == 32000


@pytest.mark.parametrize("moves", [False, True])
def test_what_is_computed_may_move_the_modified_time(moves: bool) -> None:  # noqa: FBT001  # a setting
    client = made(formula_moves_modified=moves, follow_up_moves_modified=moves)
    account = client.account(tel="1")
    begin = client.get("AccountObj", account)
    client.sim.clock.advance(1)
    deal = client.deal(account_id=account)
    assert client.get(DEALS, deal)["account_tel__c"] == client.get(DEALS, deal)["account_tel__c__v"] == "1"
    row = client.get("AccountObj", account)
    assert row["opportunity_count__c"] == "1"
    assert (row["version"] > begin["version"]) is moves
    assert (row["last_modified_time"] > begin["last_modified_time"]) is moves
    client.create("ActiveRecordObj", active_record_content="x", owner=[client.me()], account_id=account)
    client.sim.backdoor.compute(DEALS, deal, "opp_lines_sum", "12.5")
    assert client.get(DEALS, deal)["opp_lines_sum"] == "12.50"


def test_what_nobody_can_create(client: FxClient) -> None:
    sent = {"dataObjectApiName": "PersonnelObj", "name": "x"}
    assert client.refused(CREATE, data={"object_data": sent})
    assert client.refused(CREATE, data={**lead_of(client), "details": {"XObj": [{}]}})[0] == 32000
    assert client.refused(CREATE, data={})[0] == 10006
    assert client.refused(CREATE)[0] == 10006
    client.sim.backdoor.forbid("LeadsObj")
    assert client.refused(CREATE, data=lead_of(client))
    client.sim.backdoor.forbid("LeadsObj", allowed=True)
    assert client.lead()


@pytest.mark.parametrize(("rule", "code"), [("32000", 32000), ("business", 320_001_001)])
def test_the_code_of_a_missing_field_is_a_switch(rule: str, code: int) -> None:
    client = made(required_code=rule)
    told = client.refused(CREATE, data=lead_of(client, name=""))
    assert (told[0], "姓名" in told[1]) == (code, True)
