"""作废, 删除, 恢复, 负责人, 锁定, 池, 团队, 转换, 修改记录 (dossier 3.6-3.9, 3.12, 7.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from plugins.sim.tests.fx_client import PRESET, FxClient

from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke.errors import NO_RIGHT
from crmbridge_sim.fxiaoke.switches import Setting

LEADS = {"dataObjectApiName": "LeadsObj"}
LOG = "/cgi/crm/v2/object/getNewLogInfoListForWeb"


def made(**switches: Setting) -> FxClient:
    return FxClient(FxiaokeSimulator(deals=0, switches=switches))


@pytest.fixture
def client() -> FxClient:
    return made()


def put_away(client: FxClient, lead: str) -> dict[str, Any]:
    return client.call(f"{PRESET}/invalid", data={**LEADS, "object_data_id": lead})


def test_a_record_goes_by_two_steps_and_comes_back_from_the_first(client: FxClient) -> None:
    lead = client.lead()
    assert client.refused(f"{PRESET}/delete", data={**LEADS, "idList": [lead]})
    client.sim.clock.advance(1)
    assert put_away(client, lead)["errorCode"] == 0
    row = client.get("LeadsObj", lead)
    assert (row["life_status"], row["life_status_before_invalid"]) == ("invalid", "normal")
    assert row["last_modified_time"] == client.sim.now_ms()
    assert client.update("LeadsObj", lead, remark="x")["errorCode"] != 0
    assert put_away(client, lead)["errorCode"] != 0
    client.ok(f"{PRESET}/recover", data={**LEADS, "idList": [lead]})
    assert client.get("LeadsObj", lead)["life_status"] == "normal"
    assert client.refused(f"{PRESET}/recover", data={**LEADS, "idList": [lead]})
    put_away(client, lead)
    client.ok(f"{PRESET}/delete", data={**LEADS, "idList": [lead]})
    assert client.refused(f"{PRESET}/get", data={**LEADS, "objectDataId": lead})
    assert client.page("LeadsObj", ("life_status", "IN", ["invalid", "normal"]))["total"] == 0


def test_invalid_rows_in_a_plain_query_are_a_switch(client: FxClient) -> None:
    put_away(client, client.lead())
    assert client.page("LeadsObj")["total"] == 0
    assert client.page("LeadsObj", ("life_status", "EQ", ["invalid"]))["total"] == 1
    client.sim.switches.set("default_hides_invalid", value=False)
    assert client.page("LeadsObj")["total"] == 1


def test_a_list_is_done_whole_or_not_at_all(client: FxClient) -> None:
    leads = [client.lead() for _ in range(3)]
    put_away(client, leads[0])
    assert client.refused(f"{PRESET}/delete", data={**LEADS, "idList": leads})
    assert client.get("LeadsObj", leads[0])
    assert client.refused(f"{PRESET}/delete", data={**LEADS, "idList": leads * 7})[0] == 32000
    client.sim.switches.set("batch_limit", 0)
    assert client.refused(f"{PRESET}/delete", data={**LEADS, "idList": leads * 7})[0] > 320_000_000
    for wrong in (None, [], "x", [1]):
        assert client.refused(f"{PRESET}/delete", data={**LEADS, "idList": wrong})[0] == 10006


@pytest.mark.parametrize(("rule", "code"), [("error", 50009), ("allow", 0)])
def test_a_record_under_review_is_a_switch(rule: str, code: int) -> None:
    client = made(invalid_under_review=rule)
    client.sim.backdoor.set_approval("LeadsObj")
    sent = {**LEADS, "name": "x", "owner": [client.me()]}
    lead = client.ok(f"{PRESET}/create", data={"object_data": sent})["dataId"]
    assert put_away(client, lead)["errorCode"] == code


def test_the_owner_changes_by_its_own_call(client: FxClient) -> None:
    lead = client.lead()
    other = client.sim.people.outer_id("1001", open_ids=True)

    def change(owner: Any) -> dict[str, Any]:
        sent = [{"objectDataId": lead, "ownerId": owner}]
        return client.call(f"{PRESET}/changeOwner", data={**LEADS, "Data": sent})

    client.sim.clock.advance(1)
    assert change([other])["errorCode"] == 0
    row = client.get("LeadsObj", lead)
    assert (row["owner"], row["owner_change_time"]) == ([other], client.sim.now_ms())
    assert (row["last_modified_time"], len(row["relevant_team"])) == (client.sim.now_ms(), 1)
    assert change(other)["errorCode"] == 10006
    client.sim.switches.set("owner_id_shape", "either")
    client.sim.switches.set("old_owner_stays", value=True)
    assert change(client.me())["errorCode"] == 0
    assert client.get("LeadsObj", lead)["relevant_team"][1]["teamMemberEmployee"] == [other]
    assert change(["FSUID_0"])["errorCode"] == 30027
    data = {**LEADS, "data": [{"objectDataId": lead, "ownerId": [other]}]}
    assert client.refused(f"{PRESET}/changeOwner", data=data)[0] == 10006  # capital D


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("what", ["owner", "invalid", "recover", "lock", "team"])
def test_what_moves_the_modified_time_is_a_switch(what: str, moves: bool) -> None:  # noqa: FBT001  # a setting
    client = made(**{f"{what}_moves_modified": moves})
    lead = client.lead()
    if what == "recover":
        put_away(client, lead)
    before = client.get("LeadsObj", lead)
    client.sim.clock.advance(1)
    back = client.sim.backdoor
    actions: dict[str, Callable[[], object]] = {
        "owner": lambda: back.change_owner("LeadsObj", lead, "1001"),
        "invalid": lambda: back.invalid("LeadsObj", lead),
        "recover": lambda: back.recover("LeadsObj", lead),
        "lock": lambda: back.lock("LeadsObj", lead),
        "team": lambda: client.ok(
            "/cgi/crm/team/add", apiName="LeadsObj", data={"dataIDs": [lead], "teamMemberEmployee": [client.me()]}
        ),
    }
    actions[what]()
    after = client.get("LeadsObj", lead)
    assert (after["last_modified_time"] > before["last_modified_time"]) is moves
    assert int(after["version"]) == int(before["version"]) + 1


def test_leads_are_chosen_from_the_pool_and_given_back(client: FxClient) -> None:
    pool = client.sim.backdoor.pools("LeadsObj")[0]
    lead = client.create("LeadsObj", name="池中线索", leads_pool_id=pool)
    row = client.get("LeadsObj", lead)
    assert (row["owner"], row["biz_status"], row["leads_pool_id__r"]) == ([], "un_assigned", "华东线索池")
    sent = [{"objectDataId": lead, "ownerId": [client.me()]}]
    assert client.refused(f"{PRESET}/changeOwner", data={**LEADS, "Data": sent})[1] == NO_RIGHT
    client.ok(f"{PRESET}/choose", data={"apiName": "LeadsObj", "objectIds": [lead]})
    row = client.get("LeadsObj", lead)
    assert (row["owner"], row["biz_status"]) == ([client.me()], "un_processed")
    assert client.refused(f"{PRESET}/choose", data={"apiName": "LeadsObj", "objectIds": [lead]})
    back = {"apiName": "LeadsObj", "objectIds": [lead], "objectPoolId": pool}
    assert client.refused(f"{PRESET}/return", data={**back, "backReason": "other"})[0] == 32000
    client.ok(f"{PRESET}/return", data={**back, "backReason": "other", "backReason__o": "忙"})
    row = client.get("LeadsObj", lead)
    assert (row["owner"], row["resale_count"], row["back_reason__r"]) == ([], "1", "其他")
    remove = {"apiName": "LeadsObj", "objectIDs": [lead], "objectPoolId": pool}
    assert client.refused(f"{PRESET}/remove", data=remove)[0] == 32000
    client.ok(f"{PRESET}/remove", data={**remove, "owner": [client.me()]})
    row = client.get("LeadsObj", lead)
    assert (row["owner"], row["leads_pool_id"]) == ([client.me()], "")
    assert client.refused(f"{PRESET}/choose", data={"apiName": "ContactObj", "objectIds": [lead]})[0] == 32000


def test_accounts_have_their_high_seas(client: FxClient) -> None:
    sea = client.sim.backdoor.pools("AccountObj")[0]
    account = client.create("AccountObj", name="公海客户", high_seas_id=sea)
    client.ok(f"{PRESET}/choose", data={"apiName": "AccountObj", "objectIds": [account]})
    row = client.get("AccountObj", account)
    assert (row["owner"], row["claimed_time"], row["biz_status__r"]) == ([client.me()], client.sim.now_ms(), "已分配")
    client.sim.backdoor.give_back("AccountObj", account)
    assert client.get("AccountObj", account)["owner"] == []


def test_teams(client: FxClient) -> None:
    lead = client.lead()
    seller = client.sim.people.outer_id("1002", open_ids=True)
    body = {"dataIDs": [lead], "teamMemberEmployee": [seller], "teamMemberRole": 2, "teamMemberPermissionType": 2}
    client.ok("/cgi/crm/team/add", apiName="LeadsObj", data=body)
    members = client.ok("/cgi/crm/team/get", apiName="LeadsObj", data={"dataID": lead})["data"]["objectList"]
    assert [(one["teamMemberEmployee"], one["teamMemberRole"]) for one in members] == [
        ([client.me()], "1"),
        ([seller], "2"),
    ]
    assert FxClient(client.sim, user=client.sim.people.get("1002")).get("LeadsObj", lead)
    client.ok("/cgi/crm/team/edit", apiName="LeadsObj", data={"dataID": lead, "teamMemberInfos": []})
    assert len(client.get("LeadsObj", lead)["relevant_team"]) == 1
    client.ok("/cgi/crm/team/edit", apiName="LeadsObj", data=body)
    client.ok("/cgi/crm/team/delete", apiName="LeadsObj", data=body)
    assert len(client.get("LeadsObj", lead)["relevant_team"]) == 1
    assert client.refused("/cgi/crm/team/add", apiName="LeadsObj", data={**body, "teamMemberRole": 9})[0] == 10006


def test_a_lead_becomes_account_contact_and_opportunity(client: FxClient) -> None:
    lead = client.lead(company="示例科技")
    process = client.sim.stages.process_id("sales")
    entries = {
        "AccountObj": {"name": "示例科技", "is_main_leads": True},
        "ContactObj": {"name": "王示例"},
        "NewOpportunityObj": {"name": "采购", "sales_process_id": process, "sales_stage": "1"},
    }
    path = "/cgi/crm/v2/leads/transfer"
    data = {"leadsId": lead, "combineCRMFeed": True, "dataList": entries}
    done = client.ok(path, data=data)["data"]
    row = client.get("LeadsObj", lead)
    assert (row["account_id"], row["contact_id"], row["new_opportunity_id"]) == tuple(done.values())
    assert (row["biz_status__r"], row["transform_time"]) == ("已转换", client.sim.now_ms())
    deal = client.get("NewOpportunityObj", done["NewOpportunityObj"])
    assert (deal["leads_id"], deal["account_id"], deal["owner"]) == (lead, done["AccountObj"], [client.me()])
    assert client.rows("LeadsTransferLogObj")[0]["leads_id"] == lead
    assert client.refused(path, data=data)[1] == "线索已转换"
    other = client.lead()
    client.sim.switches.set("transfer_answer", "none")
    assert "data" not in client.ok(
        path, data={"leadsId": other, "dataList": {"AccountObj": {"_id": done["AccountObj"]}}}
    )
    assert client.get("LeadsObj", other)["account_id__r"] == "示例科技"
    assert client.refused(path, data={"leadsId": client.lead(), "dataList": {}})[0] == 10006
    assert client.refused(path, data={"leadsId": client.lead(), "dataList": {"AccountObj": {}, "XObj": {}}})[0] == 32000


def test_the_log_of_transfers_may_be_closed() -> None:
    client = made(transfer_log_readable=False)
    told = client.sim.backdoor.convert(client.lead(), {"name": "x"})
    assert set(told) == {"AccountObj", "ContactObj", "NewOpportunityObj"}
    assert client.refused(f"{PRESET}/query", data=client.asked("LeadsTransferLogObj"))[0] == 32000


def test_the_change_log_of_a_record() -> None:
    client = FxClient(FxiaokeSimulator(deals=20))
    path = LOG
    deal = client.rows("NewOpportunityObj", ("sales_status", "EQ", ["2"]))[0]
    client.sim.clock.advance(5)
    client.update("NewOpportunityObj", deal["_id"], amount="5", next_step__c="x")
    asked = {"apiName": "NewOpportunityObj", "objectId": deal["_id"], "operationalType": "system", "pageNumber": 1}
    told = client.ok(path, data={**asked, "pageSize": 200})["data"]
    newest, oldest = told["modifyRecordList"][0], told["modifyRecordList"][-1]
    assert {one["fieldApiName"] for one in newest["fields"]} >= {"amount", "next_step__c", "probability_amount"}
    assert next(one["newValue"] for one in newest["fields"] if one["fieldApiName"] == "amount") == "5.000"
    assert (oldest["operationType"], oldest["operationTime"]) == ("create", deal["create_time"])
    stages = [one["newLabel"] for row in told["modifyRecordList"] for one in row["fields"]
              if one["fieldApiName"] == "sales_stage"]  # fmt: skip
    assert stages[0] == deal["sales_stage__r"]
    total = told["pageInfo"]["totalCount"]
    told = client.ok(path, data={**asked, "pageNumber": 2, "pageSize": 1})["data"]
    assert (len(told["modifyRecordList"]), told["pageInfo"]["pageCount"]) == (1, total)
    assert client.refused(path, data={**asked, "pageSize": 201})[0] == 10006


def test_a_change_log_may_be_closed_or_late() -> None:
    asked = {"apiName": "LeadsObj", "operationalType": "system", "pageNumber": 1, "pageSize": 20}
    closed, late = made(change_log="refuse"), made(log_lag_s=60)
    assert closed.refused(LOG, data={**asked, "objectId": closed.lead()})[0] == 320001001
    lead = late.lead()
    assert late.ok(LOG, data={**asked, "objectId": lead})["data"]["modifyRecordList"] == []
    late.sim.clock.advance(60)
    assert len(late.ok(LOG, data={**asked, "objectId": lead})["data"]["modifyRecordList"]) == 1


@pytest.mark.parametrize(("step", "versions"), [(1, ["1", "2"]), (2, ["1", "3"]), (0, [None, None])])
def test_how_a_version_rises(step: int, versions: list[str | None]) -> None:
    client = made(version_step=step)
    lead = client.lead()
    before = client.get("LeadsObj", lead).get("version")
    client.update("LeadsObj", lead, remark="x")
    assert [before, client.get("LeadsObj", lead).get("version")] == versions


def test_changes_behind_the_back() -> None:
    sim = FxiaokeSimulator(deals=20)
    client, back = FxClient(sim), sim.backdoor
    sim.clock.advance(1)
    touched = back.edit_some("NewOpportunityObj", 5)
    now = sim.now_ms()
    assert {row["_id"] for row in client.rows("NewOpportunityObj", ("last_modified_time", "EQ", [now]))} == set(touched)
    back.stage(touched[0], "won")
    assert client.get("NewOpportunityObj", touched[0])["sales_status"] == "2"
    back.hide("NewOpportunityObj", touched[:2])
    assert client.page("NewOpportunityObj")["total"] == 18
    assert client.refused(f"{PRESET}/get", data={"dataObjectApiName": "NewOpportunityObj", "objectDataId": touched[0]})
    back.unhide()
    back.delete("NewOpportunityObj", touched[0])  # as directDelete: never 作废
    assert sim.state(["NewOpportunityObj"])["deleted"]["NewOpportunityObj"] == [touched[0]]
    owner = client.rows("NewOpportunityObj")[0]["owner"]
    others = client.page("NewOpportunityObj", ("owner", "IN", owner))["total"]
    new = next(one for one in sim.people if [one.open_id] != owner)
    assert back.transfer("NewOpportunityObj", sim.people.inner_id(owner[0], open_ids=True) or "", new.id) == others > 0
    assert client.page("NewOpportunityObj", ("owner", "IN", owner))["total"] == 0
    lead = back.create("LeadsObj", {"name": "新线索"}, user="1001")
    back.edit("LeadsObj", lead, {"company": "乙"})
    assert client.get("LeadsObj", lead)["company"] == "乙"
    back.add_field("LeadsObj", "budget__c", type="currency", label="预算")
    client.update("LeadsObj", lead, budget__c="12.3")
    assert client.get("LeadsObj", lead)["budget__c"] == "12.30"
    back.disable_field("LeadsObj", "budget__c")
    assert "budget__c" not in client.get("LeadsObj", lead)
    back.add_option("LeadsObj", "source", "new", "短视频")
    back.relabel_option("LeadsObj", "source", "new", "直播")
    client.update("LeadsObj", lead, source="new")
    assert client.get("LeadsObj", lead)["source__r"] == "直播"
    number = back.add_user("新人", "13911112222")
    assert client.ok("/cgi/user/getByMobile", mobile="13911112222")["empList"][0]["name"] == "新人"
    assert FxClient(sim, user=sim.people.get(number)).rows("NewOpportunityObj") == []


def test_more_changes_behind_the_back() -> None:
    sim = FxiaokeSimulator(deals=4)
    client, back = FxClient(sim), sim.backdoor
    account = client.account()
    deal = back.create("NewOpportunityObj", {"name": "后门", "account_id": account}, user="1001")
    assert client.get("NewOpportunityObj", deal)["sales_stage__r"] == "初步接触"
    lead = client.lead()
    back.lock("LeadsObj", lead)
    back.unlock("LeadsObj", lead)
    back.invalid("LeadsObj", lead)
    back.recover("LeadsObj", lead)
    assert client.get("LeadsObj", lead)["lock_status__r"] == "未锁定"
    back.kill_tokens()
    assert FxClient(sim).rows("LeadsObj")  # the next call signs in anew
    with pytest.raises(KeyError, match="no employee"):
        back.edit("LeadsObj", lead, {}, user="9999")
    calls: tuple[Callable[[], object], ...] = (
        lambda: back.convert("no"),
        lambda: back.give_back("ContactObj", "no"),
        lambda: back.relabel_option("LeadsObj", "source", "no", "x"),
        lambda: back.disable_option("LeadsObj", "source", "no"),
        lambda: back.stop_user("9999"),
        lambda: back.delete("LeadsObj", "no"),
    )
    for call in calls:
        with pytest.raises(KeyError):
            call()
    with pytest.raises(ValueError, match="no new name"):
        back.add_field("LeadsObj", "budget")


def test_the_old_kind_of_opportunity_moves_behind_the_back() -> None:
    sim = FxiaokeSimulator(deals=4, switches={"opportunity_model": "1.0"})
    deal = next(iter(sim.state(["OpportunityObj"])["objects"]["OpportunityObj"]))
    sim.backdoor.stage(deal, "赢单")
    assert FxClient(sim).get("OpportunityObj", deal)["biz_status"] == "win"
    told = sim.state(["OpportunityObj"])["stage_history"][deal]
    assert told[-1][2] == sim.stages.by_key["won"].old_id


def test_a_team_member_sees_the_record(client: FxClient) -> None:
    lead = client.lead()
    seller = client.sim.people.outer_id("1003", open_ids=True)
    infos = [
        {"teamMemberEmployee": [client.me()], "teamMemberRole": "1"},
        {"teamMemberEmployee": [seller], "teamMemberRole": "4", "teamMemberPermissionType": "1"},
    ]
    client.ok("/cgi/crm/team/edit", apiName="LeadsObj", data={"dataID": lead, "teamMemberInfos": infos})
    member = FxClient(client.sim, user=client.sim.people.get("1003"))
    assert [row["_id"] for row in member.rows("LeadsObj")] == [lead]
    assert member.get("LeadsObj", lead)["relevant_team"][1]["teamMemberEmployee"] == [seller]
    assert client.refused("/cgi/crm/team/edit", apiName="LeadsObj", data={"dataID": lead, "teamMemberInfos": [1]})
