"""query, findSimple, findOne, get, describe: shapes, filters, paging, totals (dossier 2, 3.1-3.3, 3.11)."""

from __future__ import annotations

from typing import Any

import pytest
from plugins.sim.tests.fx_client import CUSTOM, PRESET, FxClient

from crmbridge_sim.fxiaoke import FxiaokeSimulator

DEALS = "NewOpportunityObj"


@pytest.fixture(scope="module")
def sim() -> FxiaokeSimulator:
    return FxiaokeSimulator(deals=120, unclaimed=4)


@pytest.fixture
def client(sim: FxiaokeSimulator) -> FxClient:
    return FxClient(sim)


def test_values_have_the_shapes_of_the_wire(sim: FxiaokeSimulator, client: FxClient) -> None:
    row = client.rows(DEALS, ("world_key__c", "EQ", ["deal-000003"]))[0]
    deal = next(one for number, one in enumerate(sim.world.deals()) if number == 3)
    assert isinstance(row["amount"], str)
    assert len(row["amount"].partition(".")[2]) == sim.schema[DEALS]["amount"].decimals
    assert row["create_time"] == deal.created * 1000
    assert row["owner"] == [sim.people.expanded(row["owner__r"]["id"])["id"]] or row["owner"][0].startswith("FSUID_")
    assert isinstance(row["owner__l"], list)
    assert isinstance(row["version"], str)
    assert row["sales_stage__r"] == sim.stages.by_value[row["sales_stage"]].label
    assert row["relevant_team"][0]["teamMemberEmployee"] == row["owner"]
    assert (row["close_date"] + 8 * 3_600_000) % 86_400_000 == 0  # midnight in Shanghai
    assert row["account_id__r"]
    assert row["data_own_department__l"][0]["deptName"] == row["owner_department"]
    assert {"searchAfterId", "extend_obj_data_id", "created_by__l"} <= set(row)
    assert "contract_no__c" not in row  # nulls are left out


def test_nulls_come_when_they_are_asked_for(client: FxClient) -> None:
    told = client.ok(f"{PRESET}/query", includeNull=True, data=client.asked(DEALS, limit=1))
    assert told["data"]["dataList"][0]["contract_no__c"] is None


def test_all_records_come_once_by_id_and_by_time(sim: FxiaokeSimulator, client: FxClient) -> None:
    seen: list[str] = []
    while True:
        rows = client.rows(DEALS, *([("_id", "GT", [seen[-1]])] if seen else []), orders=["_id"], limit=50)
        seen += [row["_id"] for row in rows]
        if len(rows) < 50:
            break
    assert len(seen) == len(set(seen)) == 120
    assert {len(one) for one in seen} == {24, 32}  # older ones are longer
    times = [row["last_modified_time"] for row in client.rows(DEALS, orders=["-last_modified_time"])]
    assert times == sorted(times, reverse=True)
    assert sim.store.count(DEALS) == 120


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ([("world_key__c", "EQ", ["deal-000003"])], 1),
        ([("world_key__c", "IN", ["deal-000003", "deal-000004"])], 2),
        ([("world_key__c", "STARTWITH", ["deal-00000"])], 10),
        ([("world_key__c", "ENDWITH", ["7"])], 12),
        ([("world_key__c", "LIKE", ["0000"])], 100),
        ([("world_key__c", "NLIKE", ["0000"])], 20),
        ([("world_key__c", "BETWEEN", ["deal-000001", "deal-000003"])], 3),
        ([("world_key__c", "NBETWEEN", ["deal-000001", "deal-000003"])], 117),
        ([("units__c", "IS", [])], 80),
        ([("units__c", "ISN", [])], 40),
        ([("units__c", "GT", ["15"])], 6),
        ([("units__c", "EQ", [0])], 6),
        ([("is_strategic__c", "EQ", [True])], 14),
        ([("units__c", "ISN", []), ("is_strategic__c", "EQ", ["true"])], 14),
    ],
)
def test_filters(client: FxClient, filters: list[Any], count: int) -> None:
    assert len(client.page(DEALS, *filters)["dataList"]) == min(count, 100)
    assert client.page(DEALS, *filters)["total"] == count


def test_unequal_finds_empty_fields_too(client: FxClient) -> None:
    assert client.page(DEALS, ("units__c", "N", [0]))["total"] == 114
    assert client.page(DEALS, ("units__c", "NIN", [0]))["total"] == 114
    client.sim.switches.set("not_in_finds_empty", value=False)
    assert client.page(DEALS, ("units__c", "NIN", [0]))["total"] == 34
    client.sim.switches.set("not_in_finds_empty", value=True)


def test_lists_are_searched_by_member(client: FxClient) -> None:
    tagged = client.rows(DEALS, ("tags__c", "ISN", []))
    tag = tagged[0]["tags__c"][0]
    expected = [row["_id"] for row in tagged if tag in row["tags__c"]]
    for operator in ("HASANYOF", "CONTAINS", "IN"):
        assert sorted(row["_id"] for row in client.rows(DEALS, (("tags__c"), operator, [tag]))) == sorted(expected)
    assert client.page(DEALS, ("tags__c", "NHASANYOF", [tag]))["total"] == 120 - len(expected)


@pytest.mark.parametrize(
    "one",
    [
        ("name", "NEQ", ["x"]),
        ("nothing__c", "EQ", ["x"]),
        ("name", "EQ", []),
        ("name", "EQ", "x"),
        ("amount", "GT", ["many"]),
        ("close_date", "GT", ["2026-01-01"]),
        ("name", "EQ", [{"a": 1}]),
        ("amount", "BETWEEN", [1]),
    ],
)
def test_filters_that_make_no_sense_are_refused(client: FxClient, one: Any) -> None:
    assert client.refused(f"{PRESET}/query", data=client.asked(DEALS, one))[0] == 32000


def test_unknown_operators_and_fields_may_be_ignored() -> None:
    client = FxClient(FxiaokeSimulator(deals=10, switches={"unknown_filter": "ignore"}))
    assert client.page(DEALS, ("life_status", "NEQ", ["作废"]), ("no", "EQ", ["x"]), orders=["no"])["total"] == 10


def test_limits_of_paging(client: FxClient) -> None:
    def page(**info: Any) -> dict[str, Any]:
        return client.call(f"{PRESET}/query", data=client.asked("LeadsObj", **info))

    assert page(limit=101)["data"]["limit"] == 100
    assert page(limit=0)["errorCode"] == 10006
    assert page(limit="x")["errorCode"] == 10006
    assert page(limit=10, offset=5)["errorCode"] == 32000
    assert page(limit=100, offset=10000)["errorCode"] == 0
    told = page(limit=100, offset=10100)
    assert (told["errorCode"], told["errorMessage"]) == (10013, "offset out of range 10000")
    assert told["errorDescription"] == "offset 不能超过10000"
    assert client.refused(f"{PRESET}/query", data={"dataObjectApiName": "LeadsObj"}) == (
        10006,
        "searchQueryInfo is empty",
    )
    assert client.refused(f"{PRESET}/query", data={"search_query_info": {}})[0] == 10006


def test_a_query_without_a_limit_gets_a_few_rows() -> None:
    client = FxClient(FxiaokeSimulator(deals=30))
    data = {"dataObjectApiName": DEALS, "search_query_info": {}}
    assert len(client.ok(f"{PRESET}/query", data=data)["data"]["dataList"]) == 20
    client.sim.switches.set("default_limit", 5)
    assert client.ok(f"{PRESET}/query", data=data)["data"]["limit"] == 5


@pytest.mark.parametrize(("rule", "told"), [("clamp", 100), ("allow", 120), ("error", 10006)])
def test_more_than_a_hundred_rows_are_a_switch(rule: str, told: int) -> None:
    client = FxClient(FxiaokeSimulator(deals=120, switches={"over_limit": rule}))
    answer = client.call(f"{PRESET}/query", data=client.asked(DEALS, limit=200))
    assert (answer["errorCode"] or len(answer["data"]["dataList"])) == told


@pytest.mark.parametrize(("rule", "first"), [("allow", 5), ("floor", 0)])
def test_an_offset_beside_the_steps_is_a_switch(rule: str, first: int) -> None:
    client = FxClient(FxiaokeSimulator(deals=20, switches={"offset_step": rule}))
    rows = client.rows(DEALS, orders=["world_key__c"], limit=10, offset=5)
    assert rows[0]["world_key__c"] == f"deal-{first:06d}"


@pytest.mark.parametrize(
    ("rule", "totals"),
    [("either", [10, 10, 0, 10]), ("returnTotalNum", [0, 10, 0, 10]), ("find_explicit_total_num", [10, 10, 0, 0])],
)
def test_which_parameter_rules_the_total_is_a_switch(rule: str, totals: list[int]) -> None:
    client = FxClient(FxiaokeSimulator(deals=10, switches={"total_rule": rule}))

    def total(number: int | None, explicit: bool | None) -> int:  # noqa: FBT001  # two parameters of the call
        data = client.asked(DEALS) | ({} if explicit is None else {"find_explicit_total_num": explicit})
        told = client.ok(f"{PRESET}/query", **({} if number is None else {"returnTotalNum": number}), data=data)
        return int(told["data"]["total"])

    assert [total(None, None), total(1, None), total(3, False), total(2, False)] == totals
    client.sim.switches.set("total_cap", 4)
    assert total(1, explicit=True) == 4


def test_projections(client: FxClient) -> None:
    row = client.rows(DEALS, limit=1, fieldProjection=["name", "sales_stage", "owner"])[0]
    assert set(row) == {"_id", "name", "sales_stage", "sales_stage__r", "owner", "owner__r", "owner__l"}
    client.sim.switches.set("projection_adds_id", value=False)
    client.sim.switches.set("projection_adds_labels", value=False)
    assert set(client.rows(DEALS, limit=1, fieldProjection=["name", "sales_stage"])[0]) == {"name", "sales_stage"}
    client.sim.switches.set("unknown_projection", "error")
    assert client.refused(f"{PRESET}/query", data=client.asked(DEALS, fieldProjection=["no"]))[0] == 32000
    for name in ("projection_adds_id", "projection_adds_labels"):
        client.sim.switches.set(name, value=True)
    client.sim.switches.set("unknown_projection", "ignore")


def test_find_simple_calculates_nothing_and_has_its_own_projection(client: FxClient) -> None:
    rows = client.ok(f"{CUSTOM}/findSimple", data=client.asked(DEALS, limit=3))["data"]["dataList"]
    assert len(rows) == 3
    assert not {"probability_amount", "account_tel__c", "opp_lines_sum"} & set(rows[0])
    data = {**client.asked(DEALS, limit=1), "field_projection": ["_id", "name"]}
    assert set(client.ok(f"{CUSTOM}/findSimple", data=data)["data"]["dataList"][0]) == {"_id", "name"}


def test_find_one_gives_one_or_an_empty_object(client: FxClient) -> None:
    found = client.ok(f"{CUSTOM}/findOne", data=client.asked(DEALS, ("world_key__c", "EQ", ["deal-000001"])))
    assert found["data"]["objectData"]["world_key__c"] == "deal-000001"
    none = client.ok(f"{CUSTOM}/findOne", data=client.asked(DEALS, ("world_key__c", "EQ", ["no"])))
    assert none["data"]["objectData"] == {}


def test_an_id_that_is_unknown_is_refused_or_null(client: FxClient) -> None:
    asked = {"dataObjectApiName": DEALS, "objectDataId": "66f0a1b2c3d4e5f607182930"}
    assert client.call(f"{PRESET}/get", data=asked)["errorCode"] > 320_000_000
    client.sim.switches.set("unknown_id", "null")
    assert client.ok(f"{PRESET}/get", data=asked)["data"] is None
    client.sim.switches.set("unknown_id", "error")


def test_objects_are_listed_and_described(sim: FxiaokeSimulator, client: FxClient) -> None:
    names = [one["describeApiName"] for one in client.ok("/cgi/crm/v2/object/list")["data"]["objects"]]
    assert {"LeadsObj", "AccountObj", "ContactObj", DEALS, "ActiveRecordObj", "object_Sit3s__c"} <= set(names)
    assert not {"OpportunityObj", "TaskObj"} & set(names)
    for body in ({"apiName": "LeadsObj", "includeDetail": True}, {"data": {"apiName": "LeadsObj"}}):
        told = client.ok("/cgi/crm/v2/object/describe", **body)["data"]["describe"]
        assert told["label"] == "销售线索"
        assert {"label": "官网", "value": "1"} in told["fields"]["source"]["options"]
    sim.backdoor.disable_option("LeadsObj", "source", "1")
    for mark, value in (("not_usable", True), ("is_active", False)):
        sim.switches.set("option_flag", mark)
        told = client.ok("/cgi/crm/v2/object/describe", apiName="LeadsObj")["data"]["describe"]
        assert told["fields"]["source"]["options"][0][mark] is value
    sim.switches.set("option_flag", "none")
    sim.switches.set("label_key", "display_name")
    assert client.ok("/cgi/crm/v2/object/describe", apiName="LeadsObj")["data"]["describe"]["display_name"]
    sim.switches.set("label_key", "label")
    assert client.refused("/cgi/crm/v2/object/describe", apiName="LeadObj")[0] == 32000


def test_option_values_differ_from_tenant_to_tenant() -> None:
    one, two = (FxiaokeSimulator(seed=seed, deals=0).schema["LeadsObj"]["source"] for seed in (1, 2))
    assert [option.label for option in one.options] == [option.label for option in two.options]
    assert one.value_of("合作伙伴") != two.value_of("合作伙伴")
    assert one.value_of("官网") == two.value_of("官网") == "1"


def test_tenants_of_the_old_kind_have_the_old_opportunity_and_maybe_tasks() -> None:
    client = FxClient(FxiaokeSimulator(deals=8, switches={"opportunity_model": "1.0", "task_object": True}))
    rows = client.rows("OpportunityObj")
    assert len(rows) == 8
    assert {row["biz_status"] for row in rows} <= {"running", "win", "lose"}
    assert len(client.rows("TaskObj")) == 2
    assert client.refused(f"{PRESET}/query", data=client.asked(DEALS))[0] == 32000


def test_areas(client: FxClient) -> None:
    told = client.ok("/cgi/crm/countryAreaOptions/get")["data"]
    assert {"label": "中国", "value": "248"} in told["country"]["options"]


def test_people_and_departments(sim: FxiaokeSimulator, client: FxClient) -> None:
    everybody = client.ok("/cgi/user/list", departmentId=999999, fetchChild=True)["userList"]
    assert len(everybody) == len(sim.people)
    assert len(client.ok("/cgi/user/list", departmentId=1003, fetchChild=True)["userList"]) < len(everybody)
    assert client.ok("/cgi/user/simpleList", departmentId=999999)["userList"] == []
    assert client.refused("/cgi/user/list", departmentId=5)[0] == 30007
    one = client.ok("/cgi/user/get", openUserId=everybody[1]["openUserId"])
    assert (one["name"], one["leaderId"]) == (everybody[1]["name"], sim.admin.open_id)
    assert client.refused("/cgi/user/get", openUserId="FSUID_0")[0] == 30027
    names = {one["name"]: one["parentId"] for one in client.ok("/cgi/department/list")["departments"]}
    assert names == {"全公司": 0, "销售中心": 999999, "华北销售部": 1001, "华东销售部": 1001, "华南销售部": 1001}
    assert client.ok("/cgi/department/detail", departmentId=1003)["department"]["name"] == "华东销售部"
    told = client.ok("/cgi/user/get/batchByUpdTime", startTime=0, endTime=2_000_000_000_000, pageSize=3, pageNumber=2)
    assert (len(told["employees"]), told["totalCount"], told["pageCount"]) == (3, len(sim.people), 2)


@pytest.mark.parametrize(("rule", "told"), [("empty", 0), ("error", None), ("rows", 6)])
def test_personnel_is_often_not_readable(rule: str, told: int | None) -> None:
    client = FxClient(FxiaokeSimulator(deals=4, switches={"personnel": rule}))
    if told is None:
        assert client.refused(f"{PRESET}/query", data=client.asked("PersonnelObj"))[0] > 320_000_000
    else:
        assert len(client.rows("PersonnelObj")) == told


def test_a_seller_sees_his_own_and_the_pool(sim: FxiaokeSimulator) -> None:
    seller = FxClient(sim, user=sim.people.get("1002"))
    assert {row["owner__r"]["id"] for row in seller.rows(DEALS)} == {"1002"}
    assert len(seller.rows("LeadsObj", ("owner", "IS", []))) == 4
    foreign = FxClient(sim).rows(DEALS, ("owner", "IN", [sim.people.outer_id("1003", open_ids=True)]))[0]["_id"]
    assert seller.call(f"{PRESET}/get", data={"dataObjectApiName": DEALS, "objectDataId": foreign})["errorCode"]
    leader = FxClient(sim, user=sim.people.get("1001"))  # everybody reports to him
    assert len(leader.rows(DEALS)) == 100


def test_the_second_order_may_be_ignored() -> None:
    sim = FxiaokeSimulator(deals=60, switches={"second_order": False})
    sim.backdoor.edit_some(DEALS, 60)
    ids = [row["_id"] for row in FxClient(sim).rows(DEALS, orders=["last_modified_time", "_id"])]
    assert ids != sorted(ids)
    sim.switches.set("second_order", value=True)
    ids = [row["_id"] for row in FxClient(sim).rows(DEALS, orders=["last_modified_time", "_id"])]
    assert ids == sorted(ids)


def test_empty_values_labels_and_long_texts_are_switches() -> None:
    sim = FxiaokeSimulator(deals=4)
    client = FxClient(sim)
    account = client.account(name="a", tel="", remark="长" * 500)
    assert client.get("AccountObj", account)["tel"] == client.get("AccountObj", account)["high_seas_id"] == ""
    sim.switches.set("empty_values_shown", value=False)
    assert not {"tel", "high_seas_id"} & set(client.get("AccountObj", account))
    assert "life_status__r" in client.get("AccountObj", account)
    sim.switches.set("select_labels", value=False)
    assert "life_status__r" not in client.get("AccountObj", account)
    sim.switches.set("long_text_cut", value=True)
    assert len(client.rows("AccountObj", ("_id", "EQ", [account]))[0]["remark"]) == 200
    assert len(client.get("AccountObj", account)["remark"]) == 500


def test_texts_of_digits_as_times_are_a_switch() -> None:
    client = FxClient(FxiaokeSimulator(deals=4))
    assert client.page(DEALS, ("create_time", "GT", ["0"]))["total"] == 4
    client.sim.switches.set("time_as_text", "error")
    assert client.refused(f"{PRESET}/query", data=client.asked(DEALS, ("create_time", "GT", ["0"])))[0] == 32000


def test_links_of_sales_records_can_hardly_be_searched() -> None:
    client = FxClient(FxiaokeSimulator(deals=40))
    row = client.rows("ActiveRecordObj")[0]
    account = row["related_object_data"][0]["id"]
    assert row["account_id"] == account
    asked = ("related_object_data", "CONTAINS", [account])
    assert client.refused(f"{PRESET}/query", data=client.asked("ActiveRecordObj", asked))[0] == 32000
    everything = client.page("ActiveRecordObj")["total"]
    client.sim.switches.set("related_filter", "ignore")
    assert client.page("ActiveRecordObj", asked)["total"] == everything
    client.sim.switches.set("related_filter", "works")
    assert 0 < client.page("ActiveRecordObj", asked)["total"] < everything


def test_a_new_record_may_reach_the_index_late() -> None:
    client = FxClient(FxiaokeSimulator(deals=4, switches={"index_lag_s": 30}))
    lead = client.lead()
    assert client.rows("LeadsObj", ("_id", "EQ", [lead])) == []
    assert client.get("LeadsObj", lead)["name"] == "王示例"
    client.sim.clock.advance(30)
    assert len(client.rows("LeadsObj", ("_id", "EQ", [lead]))) == 1


def test_custom_objects_have_their_own_path() -> None:
    client = FxClient(FxiaokeSimulator(deals=0))
    sent = {"dataObjectApiName": "object_Sit3s__c", "name": "一号楼", "owner": [client.me()], "field_Am0nt__c": 1.5}
    made = client.ok(f"{CUSTOM}/create", data={"object_data": sent})
    told = client.ok(f"{CUSTOM}/query", data=client.asked("object_Sit3s__c"))
    assert told["data"]["dataList"][0]["_id"] == made["dataId"]
    client.sim.switches.set("custom_rows_at", "top")
    assert client.ok(f"{CUSTOM}/query", data=client.asked("object_Sit3s__c"))["dataList"][0]["_id"] == made["dataId"]
    client.sim.switches.set("create_answer", "data")
    assert client.ok(f"{CUSTOM}/create", data={"object_data": sent})["data"]["dataId"]
    assert client.ok(f"{CUSTOM}/query", data=client.asked("LeadsObj"))["data"]["total"] == 0
    client.sim.switches.set("path_mixing", "error")
    assert client.refused(f"{CUSTOM}/query", data=client.asked("LeadsObj"))[0] == 15002
    assert client.refused(f"{PRESET}/query", data=client.asked("object_Sit3s__c"))[0] == 15002
    assert client.ok(f"{CUSTOM}/findSimple", data=client.asked("LeadsObj"))


@pytest.mark.parametrize(("zone", "hours"), [("Asia/Shanghai", 16), ("UTC", 0)])
def test_whose_midnight_a_date_is_a_switch(zone: str, hours: int) -> None:
    client = FxClient(FxiaokeSimulator(deals=3, switches={"date_zone": zone}))
    assert {row["close_date"] // 3_600_000 % 24 for row in client.rows(DEALS)} == {hours}


def test_codes_of_states_may_be_the_tenants_own() -> None:
    guessed, own = (FxiaokeSimulator(deals=80, switches={"state_codes": rule}) for rule in ("guessed", "own"))
    for name, field in (("LeadsObj", "biz_status"), (DEALS, "sales_status")):
        likely, secret = (FxClient(sim).rows(name) for sim in (guessed, own))
        assert [row[f"{field}__r"] for row in likely] == [row[f"{field}__r"] for row in secret]
        assert {row[field] for row in likely} & {row[field] for row in secret} <= {"un_processed"}
    lead = FxClient(own).lead()
    own.backdoor.convert(lead)
    assert FxClient(own).get("LeadsObj", lead)["biz_status__r"] == "已转换"
    deal = FxClient(own).rows(DEALS)[0]["_id"]
    own.backdoor.stage(deal, "void")
    assert FxClient(own).get(DEALS, deal)["sales_status__r"] == "无效"


@pytest.mark.parametrize("rule", ["phone_number", "phone"])
def test_what_telephone_numbers_are_called_is_a_switch(rule: str) -> None:
    client = FxClient(FxiaokeSimulator(deals=0, switches={"phone_type": rule}))
    told = client.ok("/cgi/crm/v2/object/describe", apiName="LeadsObj")["data"]["describe"]
    assert told["fields"]["mobile"]["type"] == rule
