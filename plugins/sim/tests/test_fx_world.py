"""The seeded tenant tells the same story as the other simulators: same keys, same values, same times."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from plugins.sim.tests.fx_client import FxClient

from crmbridge_sim.fxiaoke import FxiaokeSimulator, areas
from crmbridge_sim.zoho import ZohoSimulator

DEALS = 90


@pytest.fixture(scope="module")
def fx() -> dict[str, dict[str, dict[str, Any]]]:
    state = FxiaokeSimulator(deals=DEALS, switches={"task_object": True}).state()
    return {name: keyed(rows.values(), "world_key__c") for name, rows in state["objects"].items()}


@pytest.fixture(scope="module")
def zoho() -> dict[str, dict[str, dict[str, Any]]]:
    state = ZohoSimulator(deals=DEALS).state()
    return {name: keyed(rows.values(), "World_Key") for name, rows in state["modules"].items()}


def keyed(rows: Any, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in rows if row.get(key)}


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("object_name", "module"),
    [
        ("LeadsObj", "Leads"),
        ("AccountObj", "Accounts"),
        ("ContactObj", "Contacts"),
        ("NewOpportunityObj", "Deals"),
        ("ScheduleObj", "Events"),
        ("TaskObj", "Tasks"),
    ],
)
def test_the_same_records(fx: Any, zoho: Any, object_name: str, module: str) -> None:
    assert set(fx[object_name]) == set(zoho[module]) != set()
    for key, row in fx[object_name].items():
        other = zoho[module][key]
        assert row["create_time"] == seconds(other["Created_Time"]) * 1000
        assert row["last_modified_time"] == seconds(other["Modified_Time"]) * 1000
        assert row["owner__r"]["email"] == other["Owner"]["email"]


def test_calls_and_notes_are_sales_records(fx: Any, zoho: Any) -> None:
    calls = {key for key in fx["ActiveRecordObj"] if key.startswith("call-")}
    assert calls == set(zoho["Calls"])
    assert len(fx["ActiveRecordObj"]) == len(calls) + DEALS // 8


def test_the_same_deals(fx: Any, zoho: Any) -> None:
    accounts = {row["_id"]: key for key, row in fx["AccountObj"].items()}
    contacts = {row["_id"]: key for key, row in fx["ContactObj"].items()}
    theirs = {row["id"]: key for module in ("Accounts", "Contacts") for key, row in zoho[module].items()}
    for key, row in fx["NewOpportunityObj"].items():
        other = zoho["Deals"][key]
        assert row["name"] == other["Deal_Name"]
        assert Decimal(row["amount"]) == Decimal(str(other["Amount"]))
        assert row["mc_currency"] == other["Currency"]
        day = datetime.fromtimestamp(row["close_date"] / 1000 + 8 * 3600, UTC).date()
        assert day.isoformat() == other["Closing_Date"]
        assert Decimal(row["probability"]) == other["Probability"]
        assert accounts[row["account_id"]] == theirs[other["Account_Name"]["id"]]
        assert contacts[row["contact_id__c"]] == theirs[other["Contact_Name"]["id"]]


def test_the_same_people_and_companies(fx: Any, zoho: Any) -> None:
    for key, row in fx["ContactObj"].items():
        other = zoho["Contacts"][key]
        assert (row["name"], row["email"], row["job_title"]) == (other["Full_Name"], other["Email"], other["Title"])
        assert (row["tel1"], row.get("mobile1")) == (other["Phone"], other["Mobile"])
    for key, row in fx["AccountObj"].items():
        other = zoho["Accounts"][key]
        assert (row["name"], row["tel"], row["url"]) == (other["Account_Name"], other["Phone"], other["Website"])
        assert (row["city__r"], row["country__r"]) == (other["Billing_City"], other["Billing_Country"])
        assert (int(row["employees__c"]), Decimal(row["annual_revenue__c"])) == (
            other["Employees"],
            Decimal(str(other["Annual_Revenue"])),
        )


def test_the_same_way_through_the_stages() -> None:
    sim, other = FxiaokeSimulator(deals=DEALS), ZohoSimulator(deals=DEALS)
    mine, theirs = sim.state(), other.state()
    keys = {row["_id"]: row["world_key__c"] for row in mine["objects"]["NewOpportunityObj"].values()}
    moved = {keys[one]: [at // 1000 for at, _, _ in moves] for one, moves in mine["stage_history"].items()}
    for one, rows in theirs["stage_history"].items():
        key = theirs["modules"]["Deals"][one]["World_Key"]
        assert moved.get(key, []) == [seconds(row["Modified_Time"]) for row in rows[1:]]


def test_a_converted_lead_points_to_what_it_became(fx: Any) -> None:
    converted = [row for row in fx["LeadsObj"].values() if row["biz_status"] == "transformed"]
    deals = {row["_id"]: row for row in fx["NewOpportunityObj"].values()}
    assert converted
    for row in converted:
        deal = deals[row["new_opportunity_id"]]
        assert (deal["leads_id"], deal["account_id"]) == (row["_id"], row["account_id"])
        assert row["transform_time"] == deal["create_time"]


def test_labels_are_chinese_and_statuses_are_known(fx: Any) -> None:
    deals = list(fx["NewOpportunityObj"].values())
    assert {row["sales_status__r"] for row in deals} == {"进行中", "赢单", "输单"}
    assert {row["sales_process_id__r"] for row in deals} == {"标准销售流程", "续约流程"}
    assert all(row["owner_department"].endswith("销售部") for row in deals)


def test_the_same_seed_makes_the_same_tenant() -> None:
    assert FxiaokeSimulator(deals=12).state() == FxiaokeSimulator(deals=12).state()
    assert FxiaokeSimulator(seed=8, deals=12).state() != FxiaokeSimulator(deals=12).state()


def test_options_of_the_tenant() -> None:
    plain = FxiaokeSimulator(deals=12, unclaimed=5, chinese_names=True, currencies=("CNY",))
    rows = FxClient(plain).rows("NewOpportunityObj")
    assert "mc_currency" not in rows[0]
    assert len(rows[0]["amount"].partition(".")[2]) == 2
    assert len(FxClient(plain).rows("LeadsObj", ("owner", "IS", []))) == 5
    names = [one.name for one in plain.people][1:]
    names += [row["name"] for name in ("ContactObj", "AccountObj") for row in FxClient(plain).rows(name)]
    assert all("\u4e00" <= name[0] <= "\u9fff" and " " not in name for name in names)
    assert {row["world_key__c"] for row in rows} == {f"deal-{number:06d}" for number in range(12)}
    assert FxiaokeSimulator(deals=0).state()["objects"]["LeadsObj"] == {}


def test_a_bigger_world_is_made_in_chunks() -> None:
    sim = FxiaokeSimulator(deals=2_100)
    assert sim.store.count("NewOpportunityObj") == 2_100
    assert len(sim.state(["NewOpportunityObj"])["stage_history"]) > 1_500


def test_every_city_and_country_of_the_world_has_a_code() -> None:
    world = FxiaokeSimulator(deals=200).world
    for one in world.accounts():
        assert areas.COUNTRIES[one.country]
        assert areas.CITIES[one.city]
