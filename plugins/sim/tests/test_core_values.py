"""The values of a write: types, lengths, lookups, lists and what is refused (dossier 2.4, 4.1, 6)."""

from __future__ import annotations

import pytest
from plugins.sim.tests.conftest import Client
from plugins.sim.tests.writing_calls import STANDARD, add, change, deal, one, read


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"Email": "no address"}, "email"),
        ({"Phone": "12 § 3"}, "phone"),
        ({"No_of_Employees": "85"}, "integer"),
        ({"No_of_Employees": 1.5}, "integer"),
        ({"Annual_Revenue": "much"}, "currency"),
        ({"Email_Opt_Out": "yes"}, "boolean"),
        ({"Company": 5}, "text"),
    ],
)
def test_types_are_checked(client: Client, values: dict[str, object], expected: str) -> None:
    item = one(client, "Leads", Last_Name="A", **values)
    assert item["code"] == "INVALID_DATA"
    name = next(iter(values))
    assert item["details"] == {"expected_data_type": expected, "api_name": name, "json_path": f"$.data[0].{name}"}


@pytest.mark.parametrize("values", [{"Closing_Date": "2026-02-30"}, {"Signed_At": "tomorrow"}, {"Serial_Number": "x"}])
def test_types_of_deals_are_checked(client: Client, values: dict[str, object]) -> None:
    assert one(client, "Deals", Deal_Name="D", **STANDARD, **values)["code"] == "INVALID_DATA"


def test_lengths_are_checked(client: Client) -> None:
    item = one(client, "Leads", Last_Name="x" * 81)
    assert item["details"]["maximum_length"] == 80
    assert one(client, "Leads", Last_Name="x" * 80)["code"] == "SUCCESS"


def test_several_faults_come_together(client: Client) -> None:
    item = one(client, "Leads", Email="x", Phone="§")
    assert item["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    assert {error["code"] for error in item["details"]["errors"]} == {"INVALID_DATA", "MANDATORY_NOT_FOUND"}


def test_every_type_comes_back_as_documented(client: Client) -> None:
    account = add(client, "Accounts", Account_Name="Nordlys", Account_Number="9007199254740993")
    me = str(client.sim.api_user.id)
    record = deal(
        client,
        Amount=185000.5,
        Probability=40,
        Closing_Date="2026-09-30",
        Signed_At="2026-01-01T12:00:00Z",
        Competitors=["Alpha Systems", "北方软件"],
        Is_Strategic=True,
        Partner=account,
        Account_Name={"id": account},
        Second_Owner={"id": me},
        Serial_Number=9_007_199_254_740_993,
        Tag=[{"name": "VIP"}],
        Currency="CNY",
    )
    row = read(client, "Deals", record)
    assert row["Amount"] == 185000.5
    assert row["Expected_Revenue"] == 74000.2
    assert row["Signed_At"] == "2026-01-01T13:00:00+01:00"
    assert row["Competitors"] == ["Alpha Systems", "北方软件"]
    assert row["Is_Strategic"] is True
    assert row["Partner"] == row["Account_Name"] == {"name": "Nordlys", "id": account}
    assert row["Second_Owner"] == {"name": "Api User", "id": me, "email": "api@fjordtech.example"}
    assert row["Serial_Number"] == "9007199254740993"
    assert row["Tag"][0]["name"] == "VIP"
    assert (row["Currency"], row["$currency_symbol"]) == ("CNY", "¥")
    assert row["Exchange_Rate"] == dict(client.sim.org.currencies)["CNY"]
    assert row["Next_Step"] is None
    assert row["Deal_No"].startswith("D-2026-")
    assert read(client, "Accounts", account)["Account_Number"] == "9007199254740993"


def test_null_clears_and_absent_leaves(client: Client) -> None:
    lead = add(client, "Leads", Last_Name="A", Company="B", Phone="+46 8 1")
    change(client, "Leads", lead, Phone=None)
    row = read(client, "Leads", lead)
    assert (row["Phone"], row["Company"]) == (None, "B")
    assert change(client, "Leads", lead, Last_Name=None)["code"] == "MANDATORY_NOT_FOUND"


def test_read_only_and_unknown_fields_are_passed_over(client: Client) -> None:
    lead = add(client, "Leads", Last_Name="A", Created_Time="2001-01-01T00:00:00+00:00", Nothing=1)
    assert read(client, "Leads", lead)["Created_Time"] == "2026-06-30T14:00:00+02:00"
    client.sim.switches.set("unknown_write_field", "INVALID_DATA")
    assert one(client, "Leads", Last_Name="A", Nothing=1)["details"]["api_name"] == "Nothing"


def test_an_unknown_picklist_value_strays_or_fails_by_a_switch(client: Client) -> None:
    lead = add(client, "Leads", Last_Name="A", Lead_Source="Trade show")
    assert read(client, "Leads", lead)["Lead_Source"] == "Trade show"
    client.sim.switches.set("unknown_pick_value", "INVALID_DATA")
    item = one(client, "Leads", Last_Name="A", Lead_Source="Trade show")
    assert "Trade Show" in item["details"]["supported_values"]


def test_multi_selects_replace_or_append(client: Client) -> None:
    record = deal(client, Competitors=["Alpha Systems"])
    change(client, "Deals", record, Competitors=["Beta Works"], **{"$append_values": {"Competitors": True}})
    assert read(client, "Deals", record)["Competitors"] == ["Alpha Systems", "Beta Works"]
    change(client, "Deals", record, Competitors=["In-house"])
    assert read(client, "Deals", record)["Competitors"] == ["In-house"]


def test_subform_rows(client: Client) -> None:
    record = deal(client, Line_Items=[{"Sku": "A"}, {"Sku": "B"}])
    first, second = read(client, "Deals", record)["Line_Items"]
    rows = [{"id": first["id"], "Sku": "A2"}, {"id": second["id"], "_delete": None}, {"Sku": "C"}]
    change(client, "Deals", record, Line_Items=rows)
    assert [row["Sku"] for row in read(client, "Deals", record)["Line_Items"]] == ["A2", "C"]
    change(client, "Deals", record, Line_Items=[])
    assert read(client, "Deals", record)["Line_Items"] == []
    assert change(client, "Deals", record, Line_Items=[{"id": "5"}])["code"] == "INVALID_DATA"


def test_a_lookup_must_exist(client: Client) -> None:
    item = one(client, "Contacts", Last_Name="A", Account_Name={"id": "6102037000000999999"})
    assert item["code"] == "INVALID_DATA"
    assert item["message"] == "the id given seems to be invalid"
    assert one(client, "Contacts", Last_Name="A", Owner={"id": "1"})["code"] == "INVALID_DATA"


def test_rich_text_is_cut_in_lists_and_whole_in_single_reads(client: Client) -> None:
    record = deal(client, Proposal="ä" * 700)
    assert client.get("/Deals?fields=Proposal").json()["data"][0]["Proposal"] == "ä" * 500
    assert read(client, "Deals", record)["Proposal"] == "ä" * 700
    full = client.get(f"/Deals/{record}/actions/fetch_full_data?fields=Proposal").json()["data"][0]
    assert full["Proposal"] == "ä" * 700


def test_a_formula_changes_without_a_sign(client: Client) -> None:
    record = deal(client, Amount=100)
    client.sim.clock.advance(60)
    client.sim.backdoor.set_value("Deals", record, "Weighted_Amount", 77)
    row = read(client, "Deals", record)
    assert row["Weighted_Amount"] == 77
    assert row["Modified_Time"] == "2026-06-30T14:00:00+02:00"


@pytest.mark.parametrize(
    ("module", "values"),
    [
        ("Leads", {"Lead_Source": 5}),
        ("Leads", {"Tag": "VIP"}),
        ("Leads", {"Tag": [5]}),
        ("Leads", {"Owner": 5.5}),
        ("Leads", {"Owner": {"email": "nobody@x.example"}}),
        ("Leads", {"Layout": {"id": "1"}}),
        ("Contacts", {"Account_Name": "Nordlys"}),
        ("Deals", {"Competitors": "Alpha"}),
        ("Deals", {"Line_Items": "A"}),
        ("Deals", {"Stakeholders": {"id": "1"}}),
        ("Deals", {"Units": True}),
        ("Deals", {"Units": 2**31}),
        ("Deals", {"Serial_Number": 2**63}),
        ("Deals", {"Pipeline": None}),
        ("Tasks", {"Remind_At": "soon"}),
        ("Tasks", {"What_Id": "5", "$se_module": "Deals"}),
        ("Tasks", {"What_Id": "5", "$se_module": "Nothing"}),
        ("Events", {"Start_DateTime": "2026-13-01T00:00:00+00:00"}),
        ("Notes", {"Parent_Id": "5"}),
    ],
)
def test_odd_values_are_refused(client: Client, module: str, values: dict[str, object]) -> None:
    whole: dict[str, dict[str, object]] = {
        "Leads": {"Last_Name": "A"},
        "Contacts": {"Last_Name": "A"},
        "Deals": {"Deal_Name": "D", **STANDARD},
        "Tasks": {"Subject": "T"},
        "Events": {
            "Event_Title": "E",
            "Start_DateTime": "2026-06-30T14:00:00+02:00",
            "End_DateTime": "2026-06-30T15:00:00+02:00",
        },
        "Notes": {"Note_Content": "N"},
    }
    assert one(client, module, **whole[module])["status"] == ("error" if module == "Notes" else "success")
    item = one(client, module, **{**whole[module], **values})
    assert item["code"] in {"INVALID_DATA", "MANDATORY_NOT_FOUND", "MAPPING_MISMATCH"}, item


def test_owners_by_address_and_worked_out_fields(client: Client) -> None:
    client.sim.administration.add_user("Mara", "L", "mara@fjordtech.example")
    lead = add(client, "Leads", First_Name="Jo", Last_Name="A", Owner={"email": "MARA@fjordtech.example"})
    assert read(client, "Leads", lead)["Owner"]["name"] == "Mara L"
    assert read(client, "Leads", lead)["Full_Name"] == "Jo A"
    change(client, "Leads", lead, First_Name=None)
    assert read(client, "Leads", lead)["Full_Name"] == "A"
    task = add(client, "Tasks", Subject="T", Remind_At={"ALARM": "FREQ=NONE"})
    change(client, "Tasks", task, Status="Completed")
    assert read(client, "Tasks", task)["Closed_Time"] == "2026-06-30T14:00:00+02:00"
    assert read(client, "Tasks", task)["Remind_At"] == {"ALARM": "FREQ=NONE"}
    call = add(client, "Calls", Call_Type="Inbound", Call_Start_Time="2026-06-30T14:00:00+02:00", Call_Duration="06:30")
    assert read(client, "Calls", call)["Call_Duration_in_seconds"] == 390


def test_money_keeps_its_digits(client: Client) -> None:
    for sent, shown in (
        (0.1, 0.1),
        (0.30000000000000004, 0.3),
        (1234567890.12, 1234567890.12),
        (7, 7),
        (7.0, 7),
        (0, 0),
    ):
        record = deal(client, Amount=sent)
        assert read(client, "Deals", record)["Amount"] == shown
    dinars = deal(client, Amount=0.125, Currency="KWD")
    assert read(client, "Deals", dinars)["Amount"] == 0.125
    assert client.get(f"/Deals/{deal(client, Amount=185000.0)}?fields=Amount").body.endswith(b'"Amount":185000}]}')


LARGE = "9" * 19  # 19 digits, yet more than 64 bits


def test_nonsense_is_refused_and_never_a_crash(client: Client) -> None:
    for path in (f"/Leads/{LARGE}", f"/Leads?fields=id&ids={LARGE}", "/Leads/²", "/Leads?fields=id&ids=²"):
        assert client.get(path).status == 400
    update = client.put("/Leads", {"data": [{"id": LARGE, "Company": "x"}, None, 5]})
    assert update.status == 400
    assert one(client, "Contacts", Last_Name="x", Account_Name={"id": LARGE})["code"] == "INVALID_DATA"
    assert client.delete(f"/Leads?ids={LARGE},x").status == 400
    for number in (10**30, -(10**16), 1e300):
        assert one(client, "Leads", Last_Name="x", Annual_Revenue=number)["code"] == "INVALID_DATA"
    assert client.post("/Leads", {"data": [{"Last_Name": "x"}], "trigger": 5}).json()["code"] == "INVALID_DATA"
    for value in (float("nan"), float("inf"), "\ud800"):
        answer = client.post("/Leads", {"data": [{"Last_Name": "x", "Annual_Revenue": value}]})
        assert answer.json()["code"] == "UNABLE_TO_PARSE_DATA_TYPE"
    assert (
        one(client, "Deals", Deal_Name="x", **STANDARD, Signed_At="0001-01-01T00:00:00+14:00")["code"] == "INVALID_DATA"
    )
    assert client.post("/settings/recycle_bin/actions/restore", {"ids": 5}).status == 400
