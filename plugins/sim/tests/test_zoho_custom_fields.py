"""Custom fields over the API: made, used at once, changed, deleted (OAS25 fields.json; DOC7:create-custom-field)."""

from __future__ import annotations

import pytest
from plugins.sim.tests.conftest import Client
from plugins.sim.tests.field_calls import FIELDS, OURS, described, insert, make, refused

from crmbridge_sim.zoho import ZohoSimulator

STAGE = {"Pipeline": "Standard (Standard)", "Stage": "Qualification"}
DAY = "2026-07-01"


def test_a_new_field_is_in_the_metadata_at_once(client: Client) -> None:
    before = client.get(f"{FIELDS}?module=Leads").json()["fields"]
    item = make(client, OURS)[0]
    assert item == {
        "code": "SUCCESS",
        "details": {"id": item["details"]["id"]},
        "message": "field created",
        "status": "success",
    }
    row = described(client)["Source_Key"]
    assert (row["id"], row["field_label"], row["data_type"]) == (item["details"]["id"], "Source Key", "text")
    assert (row["length"], row["unique"], row["custom_field"]) == (80, {"casesensitive": False}, True)
    assert row["operation_type"]["api_create"] is True
    one = client.get(f"{FIELDS}/{row['id']}?module=Leads").json()["fields"][0]
    assert one["api_name"] == "Source_Key"
    assert len(described(client)) == len(before) + 1


def test_it_is_used_by_every_way_of_reading_and_writing(client: Client) -> None:
    old = insert(client, "Leads", {"Last_Name": "Old"})[0]["details"]["id"]
    assert client.get(f"/Leads/{old}").status == 200  # whatever is prepared per module is prepared
    make(client, OURS, {"field_label": "Score 2", "data_type": "integer"})
    assert client.get(f"/Leads/{old}").json()["data"][0]["Source_Key"] is None
    new = insert(client, "Leads", {"Last_Name": "New", "Source_Key": "s-1", "Score_2": 7})[0]["details"]["id"]
    assert client.put(f"/Leads/{old}", {"data": [{"Source_Key": "s-0"}]}).status == 200
    listed = client.get("/Leads?fields=Source_Key,Score_2&sort_by=id&sort_order=asc").json()["data"]
    assert listed == [
        {"id": old, "Source_Key": "s-0", "Score_2": None},
        {"id": new, "Source_Key": "s-1", "Score_2": 7},
    ]
    assert client.coql("select Source_Key from Leads where Score_2 > 6") == [{"Source_Key": "s-1", "id": new}]
    rows = {row["Id"]: row for row in client.export("Leads", "Source_Key", "Score_2")}
    assert rows[new] == {"Id": new, "Source_Key": "s-1", "Score_2": "7"}
    client.sim.clock.advance(120)
    client = Client(client.sim)
    found = client.get("/Leads/search?criteria=(Source_Key:equals:s-1)").json()["data"]
    assert [row["id"] for row in found] == [new]
    by_key = client.call("GET", "/crm/v8/Leads/s-1", headers={"X-EXTERNAL": "Leads.Source_Key"})
    assert by_key.json()["data"][0]["id"] == new


def test_a_unique_field_refuses_a_second_value_and_tells_duplicates(client: Client) -> None:
    make(client, OURS)
    first, second = insert(client, "Leads", *({"Last_Name": "A", "Source_Key": key} for key in ("Key", "kEY")))
    assert (second["code"], second["details"]["api_name"]) == ("DUPLICATE_DATA", "Source_Key")
    assert second["details"]["id"] == first["details"]["id"]
    body = {"data": [{"Last_Name": "B", "Source_Key": "KEY"}], "duplicate_check_fields": ["Source_Key"]}
    item = client.post("/Leads/upsert", body).json()["data"][0]
    assert (item["action"], item["duplicate_field"]) == ("update", "Source_Key")
    assert item["details"]["id"] == first["details"]["id"]


@pytest.mark.parametrize("value", ["9007199254740993", 9007199254740993])
def test_a_unique_number_is_found_as_text_and_as_number(client: Client, value: object) -> None:
    make(client, {"field_label": "Number", "data_type": "bigint", "unique": {"casesensitive": "false"}})
    made = insert(client, "Leads", {"Last_Name": "A", "Number": "9007199254740993"})[0]["details"]["id"]
    body = {"data": [{"Last_Name": "B", "Number": value}], "duplicate_check_fields": ["Number"]}
    assert client.post("/Leads/upsert", body).json()["data"][0]["details"]["id"] == made
    assert client.get("/Leads?fields=Number").json()["data"] == [{"id": made, "Number": "9007199254740993"}]


VALUES: list[tuple[dict[str, object], object, object]] = [
    ({"data_type": "text"}, "x", "x" * 256),
    ({"data_type": "textarea", "textarea": {"type": "small"}}, "x" * 2_000, "x" * 2_001),
    ({"data_type": "email"}, "a@b.example", "a"),
    ({"data_type": "phone"}, "+46 1", "<>"),
    ({"data_type": "website"}, "https://a.example", "a b"),
    ({"data_type": "integer"}, 123_456_789, 1_234_567_890),
    ({"data_type": "integer", "length": 2}, -12, 123),
    ({"data_type": "bigint"}, "123456789012345678", "1234567890123456789"),
    ({"data_type": "double", "decimal_place": 2}, 1.25, "1"),
    ({"data_type": "percent", "length": 3}, 100, 1000),
    ({"data_type": "currency", "currency": {"rounding_option": "normal"}}, 10.5, "10"),
    ({"data_type": "boolean"}, True, "true"),
    ({"data_type": "date"}, DAY, "01.07.2026"),
    ({"data_type": "datetime"}, f"{DAY}T12:00:00+02:00", DAY),
    ({"data_type": "multiselectpicklist", "pick_list_values": [{"display_value": "A", "actual_value": "a"}]}, ["A"], 5),
]


@pytest.mark.parametrize(("definition", "good", "bad"), VALUES)
def test_fields_of_every_type_take_their_values(
    client: Client, definition: dict[str, object], good: object, bad: object
) -> None:
    make(client, {"field_label": "Thing", **definition}, module="Deals")
    assert described(client, "Deals")["Thing"]["data_type"] == definition["data_type"]
    deal = {"Deal_Name": "D", **STAGE}
    right, wrong = insert(client, "Deals", {**deal, "Thing": good}, {**deal, "Thing": bad})
    assert client.get(f"/Deals/{right['details']['id']}").json()["data"][0]["Thing"] == good
    assert (wrong["code"], wrong["details"]["api_name"]) == ("INVALID_DATA", "Thing")


def test_picklists_and_lookups(client: Client) -> None:
    values = [{"display_value": text, "actual_value": f"x_{text}"} for text in ("West", "East")]
    picklist = {"field_label": "Region", "data_type": "picklist", "pick_list_values": values}
    lookup = {
        "field_label": "Partner 2",
        "data_type": "lookup",
        "lookup": {"module": {"api_name": "Accounts"}, "display_label": "Leads"},
    }
    items = make(client, {**picklist, "pick_list_values_sorted_lexically": True}, lookup)
    assert [item["status"] for item in items] == ["success", "success"]
    shown = described(client)
    assert [value["display_value"] for value in shown["Region"]["pick_list_values"]] == ["East", "West"]
    assert all(value["id"] != "0" for value in shown["Region"]["pick_list_values"])
    assert shown["Partner_2"]["lookup"]["module"]["api_name"] == "Accounts"
    account = client.sim.backdoor.create("Accounts", {"Account_Name": "Nordlys"})
    insert(client, "Leads", {"Last_Name": "A", "Region": "East", "Partner_2": {"id": account}})
    row = client.get("/Leads?fields=Region,Partner_2").json()["data"][0]
    assert (row["Region"], row["Partner_2"]) == ("East", {"name": "Nordlys", "id": account})
    assert client.coql("select id from Leads where Partner_2.Account_Name = 'Nordlys'")


def test_every_field_of_a_call_has_its_own_outcome(client: Client) -> None:
    good, bad = make(client, {"field_label": "One", "data_type": "date"}, {"field_label": "Two"}, status=207)
    assert (good["status"], bad["code"], bad["details"]["api_name"]) == ("success", "MANDATORY_NOT_FOUND", "data_type")
    first, again = make(client, {"field_label": "Two", "data_type": "date"}, OURS | {"field_label": "tWO"}, status=207)
    assert (first["code"], again["code"]) == ("SUCCESS", "DUPLICATE_DATA")


def test_labels_without_latin_letters_get_a_made_up_api_name(client: Client) -> None:
    make(client, *({"field_label": label, "data_type": "text"} for label in ("来源键", "赢单日期2", "2nd Phone-No.")))
    labels = {row["field_label"]: name for name, row in described(client).items()}
    assert (labels["来源键"], labels["赢单日期2"]) == ("field1", "field2")
    assert labels["2nd Phone-No."] == "field_2nd_Phone_No"


@pytest.mark.parametrize(
    ("setting", "sent", "works"),
    [
        ("casesensitive", "casesensitive", True),
        ("casesensitive", "case_sensitive", False),
        ("case_sensitive", "case_sensitive", True),
        ("case_sensitive", "casesensitive", False),
        ("both", "casesensitive", True),
        ("both", "case_sensitive", True),
    ],
)
def test_the_spelling_of_unique_is_a_switch(client: Client, setting: str, sent: str, works: bool) -> None:  # noqa: FBT001
    client.sim.switches.set("unique_key", setting)
    field = {"field_label": "Key 2", "data_type": "text", "unique": {sent: False}}
    if works:
        make(client, field)
        assert described(client)["Key_2"]["unique"] == {"casesensitive": False}
        return
    assert refused(client, field) == ("INVALID_DATA", "$.fields[0].unique")
    client.sim.switches.set("unknown_unique_key", "ignore")
    make(client, field)
    assert described(client)["Key_2"]["unique"] == {}


def test_a_field_stands_in_the_standard_layout_alone(client: Client) -> None:
    make(client, OURS, module="Deals")
    standard, channel = client.get("/settings/layouts?module=Deals").json()["layouts"]
    names = [{field["api_name"] for field in layout["sections"][0]["fields"]} for layout in (standard, channel)]
    assert ["Source_Key" in shown for shown in names] == [True, False]
    row = described(client, "Deals")["Source_Key"]
    assert [layout["api_name"] for layout in row["layout_associations"]] == ["Standard__s"]
    deal = {"Deal_Name": "D", "Partner": None, "Source_Key": "k", **STAGE}
    account = client.sim.backdoor.create("Accounts", {"Account_Name": "A"})
    made = insert(client, "Deals", deal | {"Layout": {"id": channel["id"]}, "Partner": {"id": account}})[0]
    assert client.get(f"/Deals/{made['details']['id']}").json()["data"][0]["Source_Key"] is None


def test_options_show_in_the_metadata(client: Client) -> None:
    profile = client.get("/settings/profiles").json()["profiles"][0]
    assert profile["name"] == "Administrator"
    plain = {"data_type": "text", "tooltip": {"name": "info_icon", "value": "Ours"}, "filterable": False}
    make(
        client,
        {"field_label": "Ext", "external": {"type": "org", "show": False}, **plain},
        {"field_label": "Fixed", "profiles": [{"id": profile["id"], "permission_type": "read_only"}], **plain},
        {"field_label": "Gone", "profiles": [{"id": profile["id"], "permission_type": "hidden"}], **plain},
    )
    shown = described(client)
    assert shown["Ext"]["external"] == {"type": "org", "show": False, "allow_multiple_config": False}
    assert (shown["Ext"]["tooltip"]["value"], shown["Ext"]["filterable"]) == ("Ours", False)
    assert shown["Fixed"]["operation_type"]["api_update"] is False
    assert "Gone" not in shown


def test_changing_a_field(client: Client) -> None:
    field_id = make(client, OURS | {"unique": {}})[0]["details"]["id"]
    path = f"{FIELDS}/{field_id}?module=Leads"
    changed = client.patch(path, {"fields": [{"field_label": "Other Label", "length": 100}]})
    assert changed.json()["fields"][0]["message"] == "field updated"
    row = described(client)["Source_Key"]  # the api name stays
    assert (row["field_label"], row["length"], row["unique"]) == ("Other Label", 100, {})
    insert(client, "Leads", *({"Last_Name": "A", "Source_Key": "k"} for _ in range(2)))
    unique = {"fields": [{"id": field_id, "field_label": "New Label", "unique": {"casesensitive": False}}]}
    answer = client.patch(f"{FIELDS}?module=Leads", unique)
    assert answer.json()["fields"][0]["code"] == "DUPLICATE_DATA"
    assert described(client)["Source_Key"]["field_label"] == "Other Label"  # a refused change changes nothing
    client.delete(f"/Leads/{client.get('/Leads?fields=id').json()['data'][0]['id']}")
    assert client.patch(f"{FIELDS}?module=Leads", unique).status == 200
    assert described(client)["Source_Key"]["unique"] == {"casesensitive": False}
    assert insert(client, "Leads", {"Last_Name": "B", "Source_Key": "K"})[0]["code"] == "DUPLICATE_DATA"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"field_label": "Email"}, "DUPLICATE_DATA"),
        ({"data_type": "email"}, "NOT_SUPPORTED"),
        ({"length": 256}, "DEPENDENT_MISMATCH"),
        ({"id": "12345"}, "INVALID_DATA"),
        ({"id": None}, "MANDATORY_NOT_FOUND"),
    ],
)
def test_changes_that_are_refused(client: Client, change: dict[str, object], code: str) -> None:
    field_id = make(client, OURS)[0]["details"]["id"]
    answer = client.patch(f"{FIELDS}?module=Leads", {"fields": [{"id": field_id, **change}]})
    assert (answer.status, answer.json()["fields"][0]["code"]) == (400, code)


def test_deleting_a_field(client: Client) -> None:
    field_id = make(client, OURS)[0]["details"]["id"]
    lead = insert(client, "Leads", {"Last_Name": "A", "Source_Key": "k"})[0]["details"]["id"]
    item = client.delete(f"{FIELDS}/{field_id}?module=Leads").json()["fields"][0]
    assert (item["message"], item["details"]) == ("field deleted", {"id": field_id})
    assert "Source_Key" not in client.get(f"/Leads/{lead}").json()["data"][0]
    assert "Source_Key" not in described(client)
    assert client.delete(f"{FIELDS}/{field_id}?module=Leads").json()["code"] == "INVALID_DATA"
    system = described(client)["Email"]["id"]
    assert client.delete(f"{FIELDS}/{system}?module=Leads").json()["code"] == "NOT_ALLOWED"
    make(client, OURS)  # the name is free again, and empty
    assert client.get(f"/Leads/{lead}").json()["data"][0]["Source_Key"] is None


def test_the_administrator_and_the_api_share_one_way(sim: ZohoSimulator) -> None:
    client = Client(sim)
    make(client, OURS)
    with pytest.raises(ValueError, match="has a field source_key already"):
        sim.administration.add_field("Leads", "source_key")
    sim.administration.remove_field("Leads", "Source_Key")
    assert "Source_Key" not in sim.schema["Leads"].layouts[0].fields


@pytest.mark.parametrize(("setting", "text"), [("display", "Gold"), ("actual", "g")])
def test_one_and_several_values_of_a_picklist_are_shown_alike(client: Client, setting: str, text: str) -> None:
    client.sim.switches.set("stage_value", setting)
    values = [{"display_value": "Gold", "actual_value": "g"}, {"display_value": "Tin", "actual_value": "t"}]
    make(
        client,
        {"field_label": "Class", "data_type": "picklist", "pick_list_values": values},
        {"field_label": "Classes", "data_type": "multiselectpicklist", "pick_list_values": values},
    )
    insert(client, "Leads", {"Last_Name": "A", "Class": "Gold", "Classes": ["Gold"]}, {"Last_Name": "B"})
    full, empty = client.get("/Leads?fields=Class,Classes&sort_by=id&sort_order=asc").json()["data"]
    assert (full["Class"], full["Classes"], empty["Class"], empty["Classes"]) == (text, [text], None, [])
    assert [row["Classes"] for row in client.export("Leads", "Classes")] == [text, ""]
    assert client.coql("select Classes from Leads where Classes in ('Gold')")[0]["Classes"] == [text]
