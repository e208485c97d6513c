"""Insert, update, upsert: outcomes, checks, states, triggers (dossier 2.4, 6)."""

from __future__ import annotations

from typing import Any

import pytest
from plugins.sim.tests.conftest import Client

STANDARD = {"Pipeline": "Standard (Standard)", "Stage": "Qualification"}
Item = dict[str, Any]


def one(client: Client, module: str, **values: object) -> Item:
    answer = client.post(f"/{module}", {"data": [values]})
    item: Item = answer.json()["data"][0]
    return item


def add(client: Client, module: str, **values: object) -> str:
    item = one(client, module, **values)
    assert item["status"] == "success", item
    return str(item["details"]["id"])


def deal(client: Client, **values: object) -> str:
    return add(client, "Deals", **{"Deal_Name": "D", **STANDARD, **values})


def read(client: Client, module: str, record_id: str) -> Item:
    row: Item = client.get(f"/{module}/{record_id}").json()["data"][0]
    return row


def change(client: Client, module: str, record_id: str, **values: object) -> Item:
    item: Item = client.put(f"/{module}/{record_id}", {"data": [values]}).json()["data"][0]
    return item


def test_outcomes_keep_the_order_and_the_status_tells_the_mix(client: Client) -> None:
    good, bad = {"Last_Name": "A"}, {"Company": "no name"}
    assert client.post("/Leads", {"data": [good]}).status == 201
    mixed = client.post("/Leads", {"data": [good, bad, good]})
    assert mixed.status == 207
    assert [item["code"] for item in mixed.json()["data"]] == ["SUCCESS", "MANDATORY_NOT_FOUND", "SUCCESS"]
    assert mixed.json()["data"][1]["details"] == {"api_name": "Last_Name", "json_path": "$.data[1].Last_Name"}
    assert client.post("/Leads", {"data": [bad, bad]}).status == 400


def test_a_success_carries_the_new_modified_time(client: Client) -> None:
    item = one(client, "Leads", Last_Name="A")
    assert (item["code"], item["message"], item["status"]) == ("SUCCESS", "record added", "success")
    assert item["details"]["Modified_Time"] == "2026-06-30T14:00:00+02:00"
    assert item["details"]["$approval_state"] == "approved"
    assert set(item["details"]["Created_By"]) == {"name", "id"}
    client.sim.clock.advance(5)
    updated = change(client, "Leads", item["details"]["id"], Company="B")
    assert updated["message"] == "record updated"
    assert updated["details"]["Modified_Time"] == "2026-06-30T14:00:05+02:00"
    assert updated["details"]["Created_Time"] == "2026-06-30T14:00:00+02:00"


def test_at_most_100_records(client: Client) -> None:
    answer = client.post("/Leads", {"data": [{"Last_Name": "A"}] * 101})
    assert (answer.status, answer.json()["code"]) == (400, "LIMIT_EXCEEDED")
    assert answer.json()["details"]["maximum_length"] == 100
    assert client.sim.store.count("Leads") == 0


@pytest.mark.parametrize(("body", "code"), [({}, "MANDATORY_NOT_FOUND"), ({"data": []}, "INVALID_DATA")])
def test_a_body_without_records(client: Client, body: object, code: str) -> None:
    assert client.post("/Leads", body).json()["code"] == code


def test_a_body_that_is_no_json(client: Client) -> None:
    answer = client.post("/Leads", [])
    assert (answer.status, answer.json()["code"]) == (400, "UNABLE_TO_PARSE_DATA_TYPE")


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


def test_the_layout_is_enforced_only_when_sent(client: Client) -> None:
    assert one(client, "Deals", Deal_Name="D", **STANDARD)["code"] == "SUCCESS"
    layout = {"id": str(client.sim.schema["Deals"].layouts[0].id)}
    item = one(client, "Deals", Deal_Name="D", Layout=layout, **STANDARD)
    assert (item["code"], item["details"]["api_name"]) == ("MANDATORY_NOT_FOUND", "Closing_Date")


def test_the_stage_must_be_of_the_pipeline(client: Client) -> None:
    item = one(client, "Deals", Deal_Name="D", Pipeline="Renewals", Stage="Qualification")
    assert (item["code"], item["message"]) == ("MAPPING_MISMATCH", "Pipeline doesn't contain the Stage")
    assert item["details"]["mapped_field"] == "Pipeline"
    wrong = one(client, "Deals", Deal_Name="D", Pipeline="Nothing", Stage="Qualification")
    assert wrong["message"] == "Layout doesn't contain the Pipeline"
    record = deal(client)
    assert change(client, "Deals", record, Stage="Renewal Won")["code"] == "MAPPING_MISMATCH"


def test_a_stage_is_written_by_either_text_and_shown_by_a_switch(client: Client) -> None:
    record = deal(client, Stage="Id. Decision Makers")
    assert read(client, "Deals", record)["Stage"] == "Identify Decision Makers"
    assert read(client, "Deals", record)["Probability"] == 60
    change(client, "Deals", record, Stage="Identify Decision Makers")
    client.sim.switches.set("stage_value", "actual")
    assert read(client, "Deals", record)["Stage"] == "Id. Decision Makers"


def test_a_blueprint_holds_the_stage(client: Client) -> None:
    record = deal(client)
    client.sim.backdoor.blueprint(record)
    item = change(client, "Deals", record, Stage="Needs Analysis")
    assert (item["code"], item["message"]) == (
        "RECORD_IN_BLUEPRINT",
        "Stage cannot be updated as it is in the blueprint",
    )
    assert change(client, "Deals", record, Next_Step="x")["code"] == "SUCCESS"
    assert read(client, "Deals", record)["$process_flow"] is True


def test_a_locked_record_refuses(client: Client) -> None:
    lead = add(client, "Leads", Last_Name="A")
    assert client.post(f"/Leads/{lead}/Locking_Information__s", {"data": [{"Locked_Reason__s": "x"}]}).status == 201
    item = change(client, "Leads", lead, Company="B")
    assert item["code"] == "RECORD_LOCKED"
    assert item["details"] == {"api_name": "id", "json_path": "$.data[0].id", "action": "record_locking"}
    assert client.delete(f"/Leads/{lead}").json()["data"][0]["code"] == "RECORD_LOCKED"
    assert read(client, "Leads", lead)["$locked_for_me"] is True
    lock = client.get(f"/Leads/{lead}/Locking_Information__s").json()["data"][0]
    assert client.delete(f"/Leads/{lead}/Locking_Information__s/{lock['id']}").status == 200
    assert client.get(f"/Leads/{lead}/Locking_Information__s").status == 204
    assert change(client, "Leads", lead, Company="B")["code"] == "SUCCESS"


def test_converted_and_unapproved_records_refuse(client: Client) -> None:
    lead = add(client, "Leads", Last_Name="A", Company="B")
    client.sim.backdoor.approval("Leads", lead)
    assert change(client, "Leads", lead, City="X")["code"] == "NOT_APPROVED"
    client.sim.backdoor.approval("Leads", lead, state="approved")
    client.sim.backdoor.convert(lead)
    assert change(client, "Leads", lead, City="X")["code"] == "CONVERTED_RECORD"


def test_if_unmodified_since_is_412_per_record(client: Client) -> None:
    old = add(client, "Leads", Last_Name="A")
    client.sim.clock.advance(60)
    new = add(client, "Leads", Last_Name="B")
    body = {"data": [{"id": old, "Company": "x"}, {"id": new, "Company": "x"}]}
    mixed = client.put("/Leads", body, If_Unmodified_Since="2026-06-30T14:00:00+02:00")
    assert mixed.status == 207
    item = mixed.json()["data"][1]
    assert item["code"] == "ALREADY_MODIFIED"
    assert item["details"]["Modified_Time"] == "2026-06-30T14:01:00+02:00"
    assert set(item["details"]) == {"id", "Modified_Time", "Modified_By", "Created_Time", "Created_By"}
    alone = client.put(f"/Leads/{new}", {"data": [{"Company": "y"}]}, If_Unmodified_Since="2026-06-30T14:00:30+02:00")
    assert alone.status == 412
    same = client.put(f"/Leads/{new}", {"data": [{"Company": "y"}]}, If_Unmodified_Since="2026-06-30T14:01:00+02:00")
    assert same.status == 200


def test_a_unique_field_is_unique_whatever_the_case(client: Client) -> None:
    first = add(client, "Leads", Last_Name="A", World_Key="Key-1")
    item = one(client, "Leads", Last_Name="B", World_Key="key-1")
    assert item["code"] == "DUPLICATE_DATA"
    assert item["details"]["api_name"] == "World_Key"
    assert item["details"]["duplicate_record"]["id"] == first
    assert item["details"]["duplicate_record"]["module"]["api_name"] == "Leads"
    assert change(client, "Leads", first, World_Key="KEY-1")["code"] == "SUCCESS"
    both = client.post(
        "/Leads", {"data": [{"Last_Name": "C", "World_Key": "k2"}, {"Last_Name": "D", "World_Key": "k2"}]}
    )
    assert [item["code"] for item in both.json()["data"]] == ["SUCCESS", "DUPLICATE_DATA"]


def test_updates_need_an_id(client: Client) -> None:
    answer = client.put("/Leads", {"data": [{"Company": "x"}, {"id": "1", "Company": "x"}]})
    assert [item["code"] for item in answer.json()["data"]] == ["MANDATORY_NOT_FOUND", "INVALID_DATA"]


def test_external_ids_in_the_path_and_in_the_body(client: Client) -> None:
    add(client, "Leads", Last_Name="A", World_Key="k1")
    body = {"data": [{"World_Key": "k1", "Company": "x"}]}
    assert client.put("/Leads", body, X_EXTERNAL="Leads.World_Key").status == 200
    assert client.put("/Leads/k1", {"data": [{"City": "Y"}]}, X_EXTERNAL="Leads.World_Key").status == 200
    row = client.get("/Leads/k1", X_EXTERNAL="Leads.World_Key").json()["data"][0]
    assert (row["Company"], row["City"]) == ("x", "Y")


def test_triggers_run_unless_the_list_is_empty(client: Client) -> None:
    lead = add(client, "Leads", Last_Name="A")
    assert client.sim.trigger_runs[0].triggers[:2] == ("workflow", "approval")
    client.put(f"/Leads/{lead}", {"data": [{"Company": "x"}], "trigger": []})
    assert len(client.sim.trigger_runs) == 1
    client.put(f"/Leads/{lead}", {"data": [{"Company": "x"}], "trigger": ["workflow"]})
    assert client.sim.trigger_runs[1].triggers == ("workflow",)


def test_a_stage_change_writes_history(client: Client) -> None:
    record = deal(client)
    client.sim.clock.advance(3 * 86_400)
    client = Client(client.sim)
    change(client, "Deals", record, Stage="Closed Won")
    fields = "Potential_Name,Stage,Moved_To__s,Modified_Time,Stage_Duration_Calendar_Days"
    rows = client.get(f"/DealHistory?fields={fields}&sort_order=asc").json()["data"]
    assert [(row["Stage"], row["Moved_To__s"]) for row in rows] == [
        ("Qualification", "Closed Won"),
        ("Closed Won", None),
    ]
    assert rows[0]["Stage_Duration_Calendar_Days"] == 3
    assert rows[1]["Modified_Time"] == "2026-07-03T14:00:00+02:00"
    assert rows[0]["Potential_Name"] == {"name": "D", "id": record}
    full = read(client, "Deals", record)
    assert (full["Sales_Cycle_Duration"], full["Probability"]) == (3, 100)


def test_activities_link_by_module(client: Client) -> None:
    record = deal(client)
    linked = add(client, "Tasks", Subject="T", What_Id={"id": record}, **{"$se_module": "Deals"})
    assert read(client, "Tasks", linked)["What_Id"] == {"name": "D", "id": record}
    assert read(client, "Tasks", linked)["$se_module"] == "Deals"
    loose = add(client, "Tasks", Subject="T", What_Id={"id": record})
    assert read(client, "Tasks", loose)["What_Id"] is None
    assert read(client, "Deals", record)["Last_Activity_Time"] is not None
    listed = client.get("/Tasks?fields=What_Id,$se_module&sort_order=asc").json()["data"][0]
    assert listed == {"id": linked, "What_Id": {"name": "D", "id": record}, "$se_module": "Deals"}
    client.sim.switches.set("se_module_in_lists", value=False)
    assert "$se_module" not in client.get("/Tasks?fields=What_Id,$se_module").json()["data"][0]


def test_a_child_moves_its_parent_by_a_switch(client: Client) -> None:
    record = deal(client)
    client.sim.clock.advance(60)
    add(
        client,
        "Calls",
        Call_Type="Outbound",
        Call_Start_Time="2026-06-30T14:00:00+02:00",
        What_Id=record,
        **{"$se_module": "Deals"},
    )
    assert read(client, "Deals", record)["Modified_Time"] == "2026-06-30T14:00:00+02:00"
    client.sim.switches.set("child_moves_parent", value=True)
    add(client, "Tasks", Subject="T", What_Id=record, **{"$se_module": "Deals"})
    assert read(client, "Deals", record)["Modified_Time"] == "2026-06-30T14:01:00+02:00"


def test_a_pipeline_is_needed_by_a_switch(client: Client) -> None:
    assert one(client, "Deals", Deal_Name="D", Stage="Qualification")["details"]["api_name"] == "Pipeline"
    client.sim.switches.set("missing_pipeline", "default")
    record = add(client, "Deals", Deal_Name="D", Stage="Qualification")
    assert read(client, "Deals", record)["Pipeline"] == "Standard (Standard)"


def test_trackers_cannot_be_written(client: Client) -> None:
    assert client.post("/DealHistory", {"data": [{"Stage": "x"}]}).status == 400


def test_rich_text_is_cut_in_lists_and_whole_in_single_reads(client: Client) -> None:
    record = deal(client, Proposal="ä" * 700)
    assert client.get("/Deals?fields=Proposal").json()["data"][0]["Proposal"] == "ä" * 500
    assert read(client, "Deals", record)["Proposal"] == "ä" * 700
    full = client.get(f"/Deals/{record}/actions/fetch_full_data?fields=Proposal").json()["data"][0]
    assert full["Proposal"] == "ä" * 700


def test_a_lead_that_is_a_contact_by_a_switch(client: Client) -> None:
    contact = add(client, "Contacts", Last_Name="A", Email="a@x.example")
    assert one(client, "Leads", Last_Name="A", Email="a@x.example")["code"] == "SUCCESS"
    client.sim.switches.set("leads_checked_against_contacts", value=True)
    item = one(client, "Leads", Last_Name="A", Email="A@x.example")
    assert item["code"] == "DUPLICATE_DATA"
    assert item["details"]["duplicate_record"]["id"] == contact
    assert item["details"]["duplicate_record"]["module"]["api_name"] == "Contacts"


def test_a_formula_changes_without_a_sign(client: Client) -> None:
    record = deal(client, Amount=100)
    client.sim.clock.advance(60)
    client.sim.backdoor.set_value("Deals", record, "Weighted_Amount", 77)
    row = read(client, "Deals", record)
    assert row["Weighted_Amount"] == 77
    assert row["Modified_Time"] == "2026-06-30T14:00:00+02:00"


def test_a_custom_module_without_modified_time(client: Client) -> None:
    client.sim.administration.add_module("Projects", modified_time=False)
    record = add(client, "Projects", Name="P1", World_Key="p1")
    assert "Modified_Time" not in read(client, "Projects", record)
    assert client.get("/Projects?fields=Name&sort_by=Modified_Time").status == 400
    assert client.get("/Projects?fields=Name&sort_by=Created_Time").status == 200
    assert change(client, "Projects", record, Name="P2")["code"] == "SUCCESS"
    task = add(client, "Tasks", Subject="T", What_Id=record, **{"$se_module": "Projects"})
    assert read(client, "Tasks", task)["What_Id"] == {"name": "P2", "id": record}
    names = [row["api_name"] for row in client.get("/settings/modules").json()["modules"]]
    assert "Projects" in names


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
