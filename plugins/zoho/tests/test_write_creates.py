"""A create is done once for its key, whatever Zoho's modules allow: unique field, plain field, none."""

import httpx
import pytest
from plugins.zoho.tests.desk import DEAL, KEY_FIELD, Desk, applied, create, rejected
from pydantic import JsonValue

from crmbridge.adapter.contract import Applied, Change, Rejected, Unknown

LEAD = {"Last_Name": "Petterson", "Company": "Nordlys"}


def test_create_goes_by_upsert_on_our_field_alone(desk: Desk) -> None:
    """Without the field named, Zoho would merge deals that share a name (dossier 2.4)."""
    same_name = desk.deal()
    made = applied(desk.one(create("k-1")))
    assert made.external_id != same_name
    assert desk.paths() == ["POST Deals/upsert"]
    (body,) = desk.bodies()
    assert body["duplicate_check_fields"] == [KEY_FIELD]
    assert body["data"] == [{**DEAL, KEY_FIELD: "k-1"}]


def test_second_create_finds_the_first_and_leaves_an_edit_of_it_alone(desk: Desk) -> None:
    """The one who made it may have lost the answer; meanwhile a person moved it: that edit stays."""
    first = applied(desk.one(create("k-1", Next_Step="by us")))
    desk.zoho.clock.advance(60)
    desk.zoho.act("edit", module="Deals", record_id=first.external_id, changes={"Next_Step": "by a person"})
    second = applied(desk.one(create("k-1", Next_Step="by us")))
    assert second.external_id == first.external_id
    assert second.revision == desk.stored("Deals", first.external_id)["Modified_Time"]
    assert desk.stored("Deals", first.external_id)["Next_Step"] == "by a person"


def _blind(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    """Looking finds nothing, as for a process that looked a moment before another made the record."""
    return httpx.Response(204) if request.url.path == "/crm/v8/coql" else answer


def test_create_that_another_made_since_we_looked_is_found_by_zoho(desk: Desk) -> None:
    """Two processes: the unique field itself decides (reliability 4.2, I5)."""
    first = applied(desk.one(create("k-1")))
    desk.alter = _blind
    assert applied(desk.one(create("k-1"))).external_id == first.external_id
    assert desk.paths() == ["POST Deals/upsert"] * 2
    assert len(desk.zoho.records("Deals")) == 1


def test_insert_that_meets_its_own_key_is_the_record_that_has_it(desk: Desk) -> None:
    """The record has another unique field, so it is inserted; DUPLICATE_DATA about our key says where it is."""
    desk.zoho.act("add_field", module="Contacts", name="Badge", data_type="text", length=40, unique=True)
    (there,) = desk.zoho.create("Contacts", [{"Last_Name": "Berg", KEY_FIELD: "c-1"}])
    desk.alter = _blind
    outcome = applied(desk.one(create("c-1", module="Contacts", Last_Name="Other", Badge="B-2")))
    assert outcome.external_id == there
    assert outcome.revision == desk.stored("Contacts", there)["Modified_Time"]
    assert desk.paths() == ["POST Contacts"]
    assert desk.stored("Contacts", there)["Last_Name"] == "Berg"


def test_same_key_twice_in_one_push_makes_one(desk: Desk) -> None:
    for module, fields in (("Deals", {}), ("Tasks", {"Subject": "call"}), ("Leads", LEAD)):
        first, second = desk.push(*(create("twice", module=module, **fields) for _ in range(2)))
        assert applied(first).external_id == applied(second).external_id
        assert len(desk.zoho.records(module)) == 1


def test_key_of_a_converted_lead_makes_no_second_lead(desk: Desk) -> None:
    """Queries may not give converted leads, and Zoho may let another lead have their key (dossier 2.8)."""
    lead = applied(desk.one(create("l-1", module="Leads", **LEAD))).external_id
    desk.zoho.act("convert", lead=lead)
    desk.zoho.clock.advance(600)
    for sees in ("on", "off"):
        desk.zoho.act("switch", name="coql_sees_converted", value=sees)
        assert applied(desk.one(create("l-1", module="Leads", **LEAD))).external_id == lead
    assert len(desk.zoho.records("Leads")) == 1


def test_task_is_made_once_by_looking_and_kept_as_the_person_left_it(desk: Desk) -> None:
    first = applied(desk.one(create("cb1-1", module="Tasks", Subject="call", Due_Date="2026-06-02")))
    assert desk.paths() == ["POST Tasks"]
    desk.zoho.act("edit", module="Tasks", record_id=first.external_id, changes={"Due_Date": "2026-06-09"})
    second = applied(desk.one(create("cb1-1", module="Tasks", Subject="call", Due_Date="2026-06-02")))
    assert second.external_id == first.external_id
    assert desk.stored("Tasks", first.external_id)["Due_Date"] == "2026-06-09"
    assert desk.paths() == ["POST Tasks"]


def test_many_creates_cost_one_look_and_one_call_a_hundred(desk: Desk) -> None:
    outcomes = desk.push(*(create(f"t-{n}", module="Tasks", Subject=f"call {n}") for n in range(150)))
    assert len({applied(one).external_id for one in outcomes}) == 150
    assert desk.paths() == ["POST Tasks", "POST Tasks"]
    looks = [row for row in desk.zoho.look("calls/rows") if row["path"] == "/crm/v8/coql"]
    assert len(looks) == 2


def test_without_a_key_field_a_create_is_a_plain_insert_and_doubt_is_unknown(desk: Desk) -> None:
    assert isinstance(desk.one(create("k-1"), external_id_field=None), Applied)
    assert desk.paths() == ["POST Deals"]
    desk.zoho.act("fault", kind="drop_after_commit", method="POST", path="/crm/v8/Deals", times=1)
    assert isinstance(desk.one(create("k-2"), external_id_field=None), Unknown)
    assert len(desk.sent) == 2


@pytest.mark.parametrize("field", ["Not_There", "Amount"])
def test_where_the_key_field_is_not_there_nothing_is_made(desk: Desk, field: str) -> None:
    """It was renamed in Zoho, say: without it a lost answer would make the record twice."""
    note: dict[str, JsonValue] = {
        "Note_Content": "x",
        "Parent_Id": {"id": desk.deal(), "module": {"api_name": "Deals"}},
    }
    deal, other = desk.push(create("k-1"), create("n-1", module="Notes", **note), external_id_field=field)
    assert rejected(deal).code == "KEY_FIELD_MISSING"
    assert isinstance(other, Applied)
    assert desk.paths() == ["POST Notes"]


def test_the_check_says_where_the_key_field_is_missing_or_not_unique(desk: Desk) -> None:
    desk.zoho.act("rename_field", module="Leads", old=KEY_FIELD, new="Elsewhere")
    desk.zoho.act("add_field", module="Accounts", name=KEY_FIELD, data_type="text", length=255)
    assert desk.open().check().problems == (
        "Leads has no text field Our_Key (external_id_field): no record is made there",
        "Our_Key of Accounts (external_id_field) is not unique: two processes could make a record twice",
    )
    assert desk.open(modules=["Deals", "Tasks"]).check().problems == ()
    assert desk.open(external_id_field=None).check().problems == ()


def test_workflows_are_set_off_only_where_configured(desk: Desk) -> None:
    one = desk.deal()
    for trigger in ((), ("workflow", "blueprint")):
        desk.push(create(f"k-{len(trigger)}"), trigger=trigger)
        assert desk.bodies()[-1]["trigger"] == list(trigger)
        desk.push(Change("d", "Deals", one, {}, delete=True), trigger=trigger)
        assert desk.sent[-1].url.params["wf_trigger"] == ("true" if trigger else "false")


def test_deletion_of_what_is_gone_is_done_and_of_what_may_not_go_is_refused(desk: Desk) -> None:
    gone, locked, live = desk.deal(), desk.deal(), desk.deal()
    desk.zoho.act("delete", module="Deals", record_id=gone)
    desk.zoho.act("lock", module="Deals", record_id=locked)
    outcomes = desk.push(*(Change("d", "Deals", one, {}, delete=True) for one in (gone, locked, live)))
    assert [type(one) for one in outcomes] == [Applied, Rejected, Applied]
    assert set(desk.zoho.records("Deals")) == {locked}
    assert desk.paths() == ["DELETE Deals"]


def test_a_deletion_without_an_id_is_refused(desk: Desk) -> None:
    assert rejected(desk.one(Change("d", "Deals", None, {}, delete=True))).field == "id"
    assert desk.sent == []
