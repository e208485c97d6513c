"""Insert and update: outcomes, layouts, stages, states, triggers (dossier 2.4, 6)."""

from __future__ import annotations

import pytest
from plugins.sim.tests.conftest import Client
from plugins.sim.tests.writing_calls import STANDARD, add, change, deal, one, read


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


def test_a_lead_that_is_a_contact_by_a_switch(client: Client) -> None:
    contact = add(client, "Contacts", Last_Name="A", Email="a@x.example")
    assert one(client, "Leads", Last_Name="A", Email="a@x.example")["code"] == "SUCCESS"
    client.sim.switches.set("leads_checked_against_contacts", value=True)
    item = one(client, "Leads", Last_Name="A", Email="A@x.example")
    assert item["code"] == "DUPLICATE_DATA"
    assert item["details"]["duplicate_record"]["id"] == contact
    assert item["details"]["duplicate_record"]["module"]["api_name"] == "Contacts"


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
