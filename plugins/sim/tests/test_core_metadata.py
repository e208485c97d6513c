"""Modules, fields, layouts, pipelines, picklists, org, users, currencies (dossier 2.13, 3)."""

from __future__ import annotations

from typing import Any

import pytest
from plugins.sim.tests.conftest import Client

from crmbridge_sim.zoho import ZohoSimulator


def fields(client: Client, module: str) -> dict[str, dict[str, Any]]:
    return {row["api_name"]: row for row in client.get(f"/settings/fields?module={module}").json()["fields"]}


def test_modules_and_one_in_full(client: Client) -> None:
    modules = {row["api_name"]: row for row in client.get("/settings/modules").json()["modules"]}
    assert {"Leads", "Accounts", "Contacts", "Deals", "Tasks", "Events", "Calls", "Notes", "DealHistory"} <= set(
        modules
    )
    assert modules["DealHistory"]["generated_type"] == "field_tracker"
    assert modules["Leads"]["convertable"] is True
    assert client.get("/settings/modules/Deals").json()["modules"][0]["display_field"]
    assert client.get("/settings/modules/Nothing").json()["code"] == "INVALID_MODULE"


def test_fields_of_every_type(client: Client) -> None:
    deals = fields(client, "Deals")
    assert {row["data_type"] for row in deals.values()} >= {
        "text", "textarea", "email", "phone", "website", "picklist", "multiselectpicklist", "date", "datetime",
        "integer", "bigint", "double", "currency", "percent", "boolean", "autonumber", "lookup", "ownerlookup",
        "userlookup", "multiselectlookup", "multiuserlookup", "subform", "formula", "rollup_summary", "fileupload",
    }  # fmt: skip
    assert deals["Deal_Name"]["system_mandatory"] is True
    assert deals["Deal_Name"]["length"] == 120
    assert deals["World_Key"]["custom_field"] is True
    assert deals["World_Key"]["unique"] == {"casesensitive": False}
    assert deals["Account_Name"]["lookup"]["module"]["api_name"] == "Accounts"
    assert deals["Expected_Revenue"]["read_only"] is True
    assert not [name for name in deals if name.startswith("$")]
    assert client.get("/settings/fields").json()["details"] == {"param_name": "module"}


def test_stage_values_say_what_they_mean_beside_renamed_labels(client: Client) -> None:
    stages = {value["actual_value"]: value for value in fields(client, "Deals")["Stage"]["pick_list_values"]}
    assert stages["Id. Decision Makers"]["display_value"] == "Identify Decision Makers"
    assert stages["Renewal Review"]["display_value"] == "合同审批"
    assert {value["forecast_type"] for value in stages.values()} == {"Open", "Closed Won", "Closed Lost"}
    assert stages["Closed Won"]["probability"] == 100
    assert stages["Closed Lost"]["forecast_category"]["name"] == "Omitted"


def test_pipelines_need_a_layout_and_have_no_probability(client: Client) -> None:
    assert client.get("/settings/pipeline").json()["details"] == {"param_name": "layout_id"}
    assert client.get("/settings/pipeline?layout_id=1").json()["details"] == {"param_name": "layout_id"}
    layouts = client.get("/settings/layouts?module=Deals").json()["layouts"]
    assert [layout["api_name"] for layout in layouts] == ["Standard__s", "Channel"]
    pipelines = client.get(f"/settings/pipeline?layout_id={layouts[0]['id']}").json()["pipeline"]
    assert [pipe["actual_value"] for pipe in pipelines] == ["Standard (Standard)", "Renewals"]
    assert pipelines[0]["default"] is True
    assert "probability" not in pipelines[0]["maps"][0]
    assert client.get(f"/settings/pipeline?layout_id={layouts[1]['id']}").status == 204


def test_mandatory_flags_differ_per_layout(client: Client) -> None:
    layouts = client.get("/settings/layouts?module=Deals").json()["layouts"]

    def required(layout: dict[str, Any]) -> set[str]:
        return {field["api_name"] for field in layout["sections"][0]["fields"] if field["required"]}

    assert required(layouts[0]) - required(layouts[1]) == {"Closing_Date"}
    assert required(layouts[1]) - required(layouts[0]) == {"Partner"}
    one = client.get(f"/settings/layouts/{layouts[1]['id']}?module=Deals").json()["layouts"][0]
    assert one["name"] == "Channel"


def test_pick_list_values_include_unused_ones(client: Client) -> None:
    client.sim.schema["Leads"]["Rating"].values[0].used = False
    field = fields(client, "Leads")["Rating"]
    assert len(field["pick_list_values"]) == 4
    values = client.get(f"/settings/fields/{field['id']}/pick_list_values?module=Leads").json()["pick_list_values"]
    assert [value["type"] for value in values] == ["unused", "used", "used", "used", "used"]


def test_administrators_change_things(client: Client) -> None:
    admin = client.sim.administration
    lead = client.sim.backdoor.create("Leads", {"Last_Name": "A", "Segment": "Enterprise"})
    admin.rename_field("Leads", "Segment", "Customer_Size")
    row = client.get("/Leads?fields=Segment,Customer_Size").json()["data"][0]
    assert row == {"id": lead, "Customer_Size": "Enterprise"}
    assert "Segment" not in fields(client, "Leads")
    with pytest.raises(KeyError, match="did you mean Customer_Size"):
        admin.remove_field("Leads", "Customer_Siz")
    admin.add_field("Leads", "Hologram", data_type="hologram")
    assert fields(client, "Leads")["Hologram"]["data_type"] == "hologram"
    client.sim.backdoor.edit("Leads", lead, {"Hologram": "x"})
    assert client.get(f"/Leads/{lead}").json()["data"][0]["Hologram"] == "x"
    admin.hide_field("Leads", "Company")
    assert "Company" not in fields(client, "Leads")
    assert "Company" not in client.get(f"/Leads/{lead}").json()["data"][0]
    admin.remove_field("Leads", "Customer_Size")
    assert "Customer_Size" not in client.get(f"/Leads/{lead}").json()["data"][0]


def test_new_and_renamed_stages(client: Client) -> None:
    admin = client.sim.administration
    admin.add_pick_value("Deals", "Stage", "Legal")
    admin.rename_pick_value("Deals", "Stage", "Needs Analysis", "Bedarf")
    record = client.sim.backdoor.create(
        "Deals", {"Deal_Name": "D", "Pipeline": "Standard (Standard)", "Stage": "Needs Analysis"}
    )
    assert client.get(f"/Deals/{record}").json()["data"][0]["Stage"] == "Bedarf"
    client.sim.backdoor.stage(record, "Legal")
    assert client.get(f"/Deals/{record}").json()["data"][0]["Stage"] == "Legal"


def test_org_and_its_swap(client: Client) -> None:
    org = client.get("/org").json()["org"][0]
    assert (org["time_zone"], org["mc_status"], org["license_details"]["paid_type"]) == (
        "Europe/Stockholm",
        True,
        "enterprise",
    )
    client.sim.administration.swap_org()
    other = client.get("/org").json()["org"][0]
    assert (other["id"], other["zgid"]) != (org["id"], org["zgid"])


def test_users_by_type_and_pages() -> None:
    client = Client(ZohoSimulator(deals=12_000 // 100))
    client.sim.administration.add_user("Off", "Line", "off@fjordtech.example")
    client.sim.administration.set_user("off@fjordtech.example", status="disabled")

    def ask(kind: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = client.get(f"/users?type={kind}").json()["users"]
        return rows

    assert len(ask("AllUsers")) == len(client.sim.people)
    assert [user["email"] for user in ask("DeactiveUsers")] == ["off@fjordtech.example"]
    assert [user["full_name"] for user in ask("AdminUsers")] == ["Api User"]
    assert [user["full_name"] for user in ask("CurrentUser")] == ["Api User"]
    page = client.get("/users?type=AllUsers&per_page=2&page=2").json()
    assert page["info"] == {"per_page": 2, "count": 2, "page": 2, "more_records": True}
    assert client.get("/users?type=Nobody").json()["details"] == {"param_name": "type"}
    user = ask("AllUsers")[1]
    assert client.get(f"/users/{user['id']}").json()["users"][0]["email"] == user["email"]


def test_currencies_have_rates_as_text(client: Client) -> None:
    rows = client.get("/org/currencies").json()["currencies"]
    base = next(row for row in rows if row["is_base"])
    assert (base["iso_code"], base["exchange_rate"]) == ("EUR", "1.0000000")
    assert {row["iso_code"]: row["format"]["decimal_places"] for row in rows}["KWD"] == "3"
    single = Client(ZohoSimulator(deals=0, currencies=("USD",)))
    assert single.get("/org/currencies").status == 204
    assert "Currency" not in fields(single, "Deals")
    assert single.get("/org").json()["org"][0]["mc_status"] is False


def test_one_user_by_id(client: Client) -> None:
    me = str(client.sim.api_user.id)
    assert client.get(f"/users/{me}").json()["users"][0]["full_name"] == "Api User"
    assert client.get("/users/6102037000000999999").status == 204
    assert client.get("/users/²").json()["code"] == "INVALID_DATA"
    assert client.get("/users?type=AllUsers&page=²").json()["details"] == {"param_name": "page"}
    assert client.get("/users?type=AllUsers&page=9").status == 204


def test_one_field_and_wrong_ones(client: Client) -> None:
    field = fields(client, "Leads")["Email"]
    assert client.get(f"/settings/fields/{field['id']}?module=Leads").json()["fields"][0]["api_name"] == "Email"
    assert client.get("/settings/fields/1?module=Leads").json()["code"] == "INVALID_DATA"
    assert client.get("/settings/fields?module=Leads&type=odd").json()["details"] == {"param_name": "type"}
    assert client.get("/settings/layouts/1?module=Leads").json()["code"] == "INVALID_DATA"
    assert client.get("/settings/layouts?module=DealHistory").status == 204
    assert client.get("/settings/roles").json()["roles"]
    assert client.get("/settings/profiles").json()["profiles"]
