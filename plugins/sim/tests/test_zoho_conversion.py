"""Lead conversion makes records, links them on the lead and hides it."""

from __future__ import annotations

import pytest
from plugins.sim.tests.conftest import Client

LEAD = {"First_Name": "Jonas", "Last_Name": "Petterson", "Company": "Nordlys", "Email": "jonas@nordlys.example"}
DEAL = {
    "Deal_Name": "Retrofit",
    "Closing_Date": "2026-09-30",
    "Stage": "Qualification",
    "Pipeline": "Standard (Standard)",
    "Amount": 12.5,
}


@pytest.fixture
def lead(client: Client) -> str:
    made = client.post("/Leads", {"data": [{**LEAD, "City": "Stockholm", "Designation": "COO", "Lead_Source": "Chat"}]})
    client.sim.clock.advance(3_000)
    return str(made.json()["data"][0]["details"]["id"])


def convert(client: Client, lead: str, **options: object) -> dict[str, dict[str, str] | None]:
    answer = client.post(f"/Leads/{lead}/actions/convert", {"data": [options]})
    assert answer.status == 200, answer.body
    item = answer.json()["data"][0]
    assert item["code"] == "SUCCESS"
    details: dict[str, dict[str, str] | None] = item["details"]
    return details


def read(client: Client, module: str, made: dict[str, str] | None) -> dict[str, object]:
    assert made is not None
    record: dict[str, object] = client.get(f"/{module}/{made['id']}").json()["data"][0]
    return record


def test_three_records_with_the_leads_values(client: Client, lead: str) -> None:
    made = convert(client, lead, Deals=DEAL)
    account, contact = read(client, "Accounts", made["Accounts"]), read(client, "Contacts", made["Contacts"])
    deal = read(client, "Deals", made["Deals"])
    assert account["Account_Name"] == "Nordlys"
    assert (contact["Full_Name"], contact["Title"], contact["Mailing_City"]) == ("Jonas Petterson", "COO", "Stockholm")
    assert contact["Account_Name"] == {"name": "Nordlys", "id": account["id"]}
    assert (deal["Amount"], deal["Lead_Source"]) == (12.5, "Chat")
    assert deal["Contact_Name"] == {"name": "Jonas Petterson", "id": contact["id"]}


def test_the_lead_leaves_the_lists_and_carries_the_links(client: Client, lead: str) -> None:
    made = convert(client, lead, Deals=DEAL)
    assert client.get("/Leads?fields=Last_Name").status == 204
    row = client.get("/Leads?fields=Converted__s,Converted_Deal,Converted_Date_Time&converted=both").json()["data"][0]
    assert row["Converted__s"] is True
    assert row["Converted_Deal"] == made["Deals"]
    assert row["Converted_Date_Time"] == "2026-06-30T14:50:00+02:00"
    again = client.post(f"/Leads/{lead}/actions/convert", {"data": [{}]})
    assert (again.status, again.json()["code"]) == (400, "ID_ALREADY_CONVERTED")


def test_without_a_deal_there_is_none(client: Client, lead: str) -> None:
    assert convert(client, lead)["Deals"] is None


def test_into_existing_records(client: Client, lead: str) -> None:
    account = client.post("/Accounts", {"data": [{"Account_Name": "Old name"}]}).json()["data"][0]["details"]["id"]
    made = convert(client, lead, Accounts={"id": account}, overwrite=False)
    assert made["Accounts"] == {"name": "Old name", "id": account}
    assert client.get("/Accounts/actions/count").json() == {"count": 1}


def test_modified_time_follows_a_switch(client: Client, lead: str) -> None:
    client.sim.switches.set("conversion_moves_modified", value=False)
    convert(client, lead)
    row = client.get(f"/Leads/{lead}").json()["data"][0]
    assert row["Modified_Time"] == "2026-06-30T14:00:00+02:00"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Closing_Date": None}, "MANDATORY_NOT_FOUND"),
        ({"Stage": "Renewal Open"}, "MAPPING_MISMATCH"),
        ({"Amount": "x"}, "INVALID_DATA"),
    ],
)
def test_a_bad_deal_converts_nothing(client: Client, lead: str, change: dict[str, object], code: str) -> None:
    answer = client.post(f"/Leads/{lead}/actions/convert", {"data": [{"Deals": {**DEAL, **change}}]})
    assert (answer.status, answer.json()["data"][0]["code"]) == (400, code)
    assert client.get("/Accounts/actions/count").json() == {"count": 0}
    client.sim.switches.set("convert_error_status", "202")
    assert client.post(f"/Leads/{lead}/actions/convert", {"data": [{"Deals": {**DEAL, **change}}]}).status == 202


def test_unknown_leads_and_later_conversions(client: Client, lead: str) -> None:
    assert client.post("/Leads/12345/actions/convert", {"data": [{}]}).json()["code"] == "INVALID_DATA"
    client.sim.switches.set("convert_later", value=True)
    answer = client.post(f"/Leads/{lead}/actions/convert", {"data": [{}]})
    assert (answer.status, answer.json()["data"][0]["code"]) == (202, "SCHEDULED")
    assert [call.credits for call in client.sim.calls][-1] == 5


def test_options_name_matching_records(client: Client, lead: str) -> None:
    assert client.get(f"/Leads/{lead}/__conversion_options").status == 204
    client.post("/Accounts", {"data": [{"Account_Name": "nordlys"}]})
    options = client.get(f"/Leads/{lead}/__conversion_options").json()["__conversion_options"]
    assert [account["Account_Name"] for account in options["Accounts"]] == ["nordlys"]


def test_carried_tags_are_on_the_new_records(client: Client, lead: str) -> None:
    made = convert(client, lead, carry_over_tags={"Contacts": ["Expo26"]})
    assert [tag["name"] for tag in read(client, "Contacts", made["Contacts"])["Tag"]] == ["Expo26"]  # type: ignore[attr-defined]
