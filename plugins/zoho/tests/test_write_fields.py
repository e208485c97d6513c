"""What is sent: only what changed, in Zoho's own form, and nothing that Zoho would drop or make up."""

from decimal import Decimal

import pytest
from plugins.zoho.tests.desk import Desk, applied, create, rejected, update
from pydantic import JsonValue

from crmbridge.adapter.contract import Applied, Change, Rejected
from crmbridge_zoho.outgoing import Outgoing

SETTINGS = ("accept", "INVALID_DATA")


def test_only_what_changed_is_sent(desk: Desk) -> None:
    one = desk.deal(Next_Step="old")
    desk.push(update(one, Next_Step=None))
    assert desk.bodies() == [{"data": [{"id": one, "Next_Step": None}], "trigger": []}]


@pytest.mark.parametrize("setting", SETTINGS)
def test_unknown_picklist_value_is_refused_before_it_is_sent(desk: Desk, setting: str) -> None:
    """Whether Zoho would keep the stray value or refuse it: nobody finds out (dossier 8, reliability 2.2)."""
    desk.zoho.act("switch", name="unknown_pick_value", value=setting)
    one, other = desk.deal(), desk.deal()
    first, second = desk.push(update(one, Lead_Source="Trade Shwo"), update(other, Lead_Source="Trade Show"))
    assert (rejected(first).code, rejected(first).field) == ("PICKLIST_VALUE", "Lead_Source")
    assert "Trade Show" in str(rejected(first))
    assert isinstance(second, Applied)
    assert [record["id"] for record in desk.bodies()[0]["data"]] == [other]
    assert desk.stored("Deals", one)["Lead_Source"] is None


@pytest.mark.parametrize("setting", ["ignore", "INVALID_DATA"])
def test_unknown_field_is_refused_before_it_is_sent(desk: Desk, setting: str) -> None:
    """Zoho may drop it without a word, and the write would look done (dossier 2.4)."""
    desk.zoho.act("switch", name="unknown_write_field", value=setting)
    outcome = rejected(desk.one(update(desk.deal(), Next_Stepp="x")))
    assert (outcome.code, outcome.field) == ("FIELD_UNKNOWN", "Next_Stepp")
    assert "Next_Step" in str(outcome)
    assert desk.sent == []


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("Ana  de Souza", "Ana de", "Souza"), ("王小明", None, "王小明"), (" Kaya ", None, "Kaya"), ("磊 何", "磊", "何")],
)
def test_a_full_name_is_written_as_the_two_parts_that_zoho_makes_it_of(
    desk: Desk, name: str, first: str | None, last: str
) -> None:
    made = applied(desk.one(create("new", module="Contacts", Full_Name=name)))
    stored = desk.stored("Contacts", made.external_id)
    assert (stored["First_Name"], stored["Last_Name"]) == (first, last)
    assert stored["Full_Name"] == " ".join(name.split())
    applied(desk.one(update(made.external_id, module="Contacts", Full_Name="Li Wei", Last_Name="Wang")))
    assert desk.stored("Contacts", made.external_id)["Last_Name"] == "Wang", "a part that is said counts"


@pytest.mark.parametrize("name", ["Created_Time", "Expected_Revenue", "id"])
def test_field_that_cannot_be_written_is_refused(desk: Desk, name: str) -> None:
    assert rejected(desk.one(update(desk.deal(), **{name: "x"}))).code == "FIELD_READ_ONLY"
    assert desk.sent == []


@pytest.mark.parametrize("setting", ["display", "actual"])
@pytest.mark.parametrize("said", ["Id. Decision Makers", "Identify Decision Makers"])
def test_stage_is_written_by_value_or_label_and_read_back_the_same(desk: Desk, setting: str, said: str) -> None:
    """Nobody says which of the two a record carries (dossier 3): the value is sent and read, whatever it shows."""
    desk.zoho.act("switch", name="stage_value", value=setting)
    one = desk.deal()
    assert isinstance(desk.one(update(one, Stage=said)), Applied)
    assert desk.bodies()[0]["data"][0]["Stage"] == "Id. Decision Makers"
    (record,) = desk.open().fetch("Deals", [one])
    assert record is not None
    assert record.payload["Stage"] == "Id. Decision Makers"


def test_stage_goes_with_the_pipeline_of_its_deal(desk: Desk) -> None:
    one, other = desk.deal(), desk.deal(Pipeline="Renewals", Stage="Renewal Open")
    outcomes = desk.push(update(one, Stage="Needs Analysis"), update(other, Stage="Renewal Review"))
    assert [type(outcome) for outcome in outcomes] == [Applied, Applied]
    (body,) = desk.bodies()
    assert [record["Pipeline"] for record in body["data"]] == ["Standard (Standard)", "Renewals"]


def test_stage_of_another_pipeline_is_refused(desk: Desk) -> None:
    first, second = desk.push(update(desk.deal(), Stage="Renewal Review"), update(desk.deal(), Stage="Closed Won"))
    assert (rejected(first).code, rejected(first).field) == ("MAPPING_MISMATCH", "Stage")
    assert isinstance(second, Applied)


@pytest.mark.parametrize("setting", ["MANDATORY_NOT_FOUND", "default"])
def test_new_deal_goes_into_the_only_pipeline_that_has_its_stage(desk: Desk, setting: str) -> None:
    desk.zoho.act("switch", name="missing_pipeline", value=setting)
    fields = {name: value for name, value in create("k").fields.items() if name != "Pipeline"}
    made = desk.one(Change("k", "Deals", None, {**fields, "Stage": "Renewal Review"}))
    assert desk.stored("Deals", applied(made).external_id)["Pipeline"] == "Renewals"


# links


def test_task_is_linked_to_its_deal_and_contact(desk: Desk) -> None:
    """Without `$se_module` Zoho leaves a task unlinked (dossier 4.2)."""
    deal = desk.deal()
    (contact,) = desk.zoho.create("Contacts", [{"Last_Name": "Berg"}])
    link: JsonValue = {"id": deal, "module": {"api_name": "Deals"}}
    made = applied(desk.one(create("t", module="Tasks", Subject="call", What_Id=link, Who_Id=contact)))
    (record,) = desk.bodies()[0]["data"]
    assert (record["What_Id"], record["$se_module"], record["Who_Id"]) == ({"id": deal}, "Deals", {"id": contact})
    (read,) = desk.open().fetch("Tasks", [made.external_id])
    assert read is not None
    assert read.payload["What_Id"] == {"id": deal, "module": {"api_name": "Deals"}}


def test_link_may_say_its_module_beside_it(desk: Desk) -> None:
    deal = desk.deal()
    fields: dict[str, JsonValue] = {"Subject": "call", "What_Id": deal, "$se_module": "Deals"}
    made = applied(desk.one(Change("t", "Tasks", None, fields)))
    assert desk.stored("Tasks", made.external_id)["What_Id"]["id"] == deal


def test_link_that_does_not_say_into_which_module_is_refused(desk: Desk) -> None:
    outcome = rejected(desk.one(create("t", module="Tasks", Subject="call", What_Id={"id": desk.deal()})))
    assert (outcome.code, outcome.field) == ("LINK_MODULE_MISSING", "What_Id")
    assert desk.sent == []


def test_note_is_added_to_its_record(desk: Desk) -> None:
    parent: JsonValue = {"id": desk.deal(), "module": {"api_name": "Deals"}}
    made = applied(desk.one(create("n", module="Notes", Note_Title="Scope", Note_Content="x", Parent_Id=parent)))
    (read,) = desk.open().fetch("Notes", [made.external_id])
    assert read is not None
    assert read.payload["Parent_Id"] == parent
    assert rejected(desk.one(create("n", module="Notes", Note_Content="x", Parent_Id="1"))).field == "Parent_Id"


@pytest.mark.parametrize("module", ["Events", "Calls"])
def test_events_and_calls_are_made_without_upsert(desk: Desk, module: str) -> None:
    fields: dict[str, dict[str, JsonValue]] = {
        "Events": {
            "Event_Title": "visit",
            "Start_DateTime": "2026-06-10T13:00:00+02:00",
            "End_DateTime": "2026-06-10T11:30:00.123Z",
        },
        "Calls": {
            "Subject": "call",
            "Call_Type": "Outbound",
            "Call_Start_Time": "2026-05-21T09:00:00+02:00",
            "Call_Duration": "06:30",
        },
    }
    outcome = desk.one(create("e", module=module, **fields[module]))
    assert isinstance(outcome, Applied)
    assert desk.paths() == [f"POST {module}"]


# values


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("Amount", "185000.50", Decimal("185000.5")),
        ("Amount", 7, 7),
        ("Owner", {"id": "12", "name": "Mara", "email": "m@x.example"}, {"id": "12"}),
        ("Owner", "12", {"id": "12"}),
        ("At", "2026-06-10T13:00:00.900+02:00", "2026-06-10T11:00:00+00:00"),
        ("At", "2026-06-10T13:00:00Z", "2026-06-10T13:00:00+00:00"),
        ("Colours", ["red", "Blau"], ["red", "blue"]),
        ("Tag", ["Expo26"], [{"name": "Expo26"}]),
        ("Big", "12345678901234567", "12345678901234567"),
        ("Yes", True, True),
        ("Day", "2026-06-10", "2026-06-10"),
        ("Friends", ["5", {"Friend": {"id": "6"}}], [{"id": "5"}, {"Friend": {"id": "6"}}]),
        ("Amount", None, None),
        ("Colours", None, None),
    ],
)
def test_values_are_sent_in_the_form_that_zoho_takes(name: str, value: JsonValue, sent: object) -> None:
    assert OUT.record({name: value}, creating=False) == {name: sent}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("Amount", "1.2.3", "VALUE_TYPE"),
        ("Amount", True, "VALUE_TYPE"),
        ("Amount", "NaN", "VALUE_TYPE"),
        ("Owner", {"name": "Mara"}, "VALUE_TYPE"),
        ("Owner", "Mara", "VALUE_TYPE"),
        ("At", "2026-06-10T13:00:00", "VALUE_TYPE"),
        ("At", "soon", "VALUE_TYPE"),
        ("Colours", "red", "VALUE_TYPE"),
        ("Colours", ["red", "mauve"], "PICKLIST_VALUE"),
        ("Colour", "old", "PICKLIST_VALUE"),
        ("Colour", "RED", "PICKLIST_VALUE"),
        ("Tag", "Expo26", "VALUE_TYPE"),
        ("Tag", [{"name": "x"}], "VALUE_TYPE"),
        ("Name", 7, "VALUE_TYPE"),
        ("Yes", "yes", "VALUE_TYPE"),
        ("Friends", "5", "VALUE_TYPE"),
        ("Name", "half \ud83d", "TEXT_UNUSABLE"),
        ("Colours", ["\udc00"], "TEXT_UNUSABLE"),
        ("Currency", "EUR", "CURRENCY"),
        ("Made_Once", "x", "FIELD_READ_ONLY"),
    ],
)
def test_values_that_zoho_would_not_take_as_meant_are_refused(name: str, value: JsonValue, code: str) -> None:
    assert rejected_locally(name, value).code == code
    assert rejected_locally(name, value).field == name


def test_the_only_currency_is_not_sent_and_a_field_for_creates_only_is_sent_on_create() -> None:
    assert OUT.record({"Currency": "SEK", "Name": "x"}, creating=False) == {"Name": "x"}
    assert OUT.record({"Made_Once": "x"}, creating=True) == {"Made_Once": "x"}


def test_a_change_of_nothing_that_is_sent_is_done(desk: Desk) -> None:
    one = desk.deal()
    currency = desk.open().session.org.currency
    assert "Currency" in desk.open().modules.fields("Deals")
    outcome = desk.one(update(one, Currency=currency))
    assert applied(outcome).external_id == one


def test_half_a_character_keeps_no_neighbour_from_being_sent(desk: Desk) -> None:
    first, second = desk.push(update(desk.deal(), Next_Step="half \ud83d"), update(desk.deal(), Next_Step="🧑🏽‍💻"))
    assert rejected(first).code == "TEXT_UNUSABLE"
    assert isinstance(second, Applied)


PICK = [
    {"actual_value": "red", "display_value": "red", "type": "used"},
    {"actual_value": "blue", "display_value": "Blau", "type": "used"},
    {"actual_value": "old", "display_value": "old", "type": "unused"},
]
OUT = Outgoing(
    "Deals",
    [
        {"api_name": "Name", "data_type": "text"},
        {"api_name": "Amount", "data_type": "currency"},
        {"api_name": "Owner", "data_type": "ownerlookup"},
        {"api_name": "At", "data_type": "datetime"},
        {"api_name": "Day", "data_type": "date"},
        {"api_name": "Colour", "data_type": "picklist", "pick_list_values": PICK},
        {"api_name": "Colours", "data_type": "multiselectpicklist", "pick_list_values": PICK},
        {"api_name": "Tag", "data_type": "text"},
        {"api_name": "Big", "data_type": "bigint"},
        {"api_name": "Yes", "data_type": "boolean"},
        {"api_name": "Friends", "data_type": "multiselectlookup"},
        {"api_name": "Currency", "data_type": "org_currency", "read_only": True},
        {"api_name": "Made_Once", "data_type": "text", "operation_type": {"api_create": True, "api_update": False}},
    ],
    currency="SEK",
)


def rejected_locally(name: str, value: JsonValue) -> Rejected:
    outcome = OUT.record({name: value}, creating=False)
    assert isinstance(outcome, Rejected), outcome
    return outcome
