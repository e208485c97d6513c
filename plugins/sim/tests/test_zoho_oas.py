"""The simulator's answers are of the shapes Zoho's OpenAPI files describe, where those are sound (zoho_oas.py)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from plugins.sim.tests import zoho_oas
from plugins.sim.tests.conftest import Client

from crmbridge_sim.zoho import ZohoSimulator

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("zoho-oas")]

PIPELINE = {"Pipeline": "Standard (Standard)", "Stage": "Qualification"}
CHANNEL = {"channel_id": "1000000068001", "events": ["Deals.all"], "notify_url": "https://h.example/z", "token": "t"}
READ = "/crm/bulk/v8/read"


@dataclass
class Checked:
    """Calls whose answers are held against one operation of one file; what was wrong is kept."""

    client: Client
    wrong: list[str] = field(default_factory=list)
    checked: int = 0

    def __call__(self, file: str, method: str, url: str, json: object = None, *, status: int = 200) -> object:
        path = url if url.startswith("/crm") else f"/crm/v8{url}"
        answer = self.client.call(method, path, json=json)
        name = f"{method} {url} ({file}.json)"
        if answer.status != status:
            self.wrong.append(f"{name}: HTTP {answer.status} {answer.body[:300]!r}")
            return None
        if not answer.body:
            return None
        body: object = answer.json()
        operation = zoho_oas.match(method, path.partition("?")[0], file=file)
        self.wrong += [f"{name}: {problem}" for problem in zoho_oas.problems(operation, body)]
        self.checked += 1
        return body


@pytest.fixture(scope="module")
def files() -> None:
    """Skips, and says so, where the files are not."""
    if not zoho_oas.FOLDER.is_dir():
        pytest.skip("../shared/vendors/zoho-oas is not here")


@pytest.fixture
def checked(files: None) -> Iterator[Checked]:
    sim = ZohoSimulator(deals=0, switches={"search_lag_s": 0})
    made = Checked(Client(sim))
    yield made
    assert not made.wrong, "\n".join(made.wrong)
    assert made.checked


def made_id(body: object) -> str:
    assert isinstance(body, dict)
    return str(body["data"][0]["details"]["id"])


def deal(checked: Checked) -> str:
    return made_id(checked.client.post("/Deals", {"data": [{"Deal_Name": "One", "Amount": 5, **PIPELINE}]}).json())


def test_metadata(checked: Checked) -> None:
    body = checked("modules", "GET", "/settings/modules")
    assert isinstance(body, dict)
    checked("modules", "GET", "/settings/modules/Deals")
    for module in ("Leads", "Accounts", "Contacts", "Deals", "Tasks", "Events", "Calls", "Notes"):
        checked("fields", "GET", f"/settings/fields?module={module}")
    layouts = checked("layouts", "GET", "/settings/layouts?module=Deals")
    assert isinstance(layouts, dict)
    checked("pipeline", "GET", f"/settings/pipeline?layout_id={layouts['layouts'][0]['id']}")
    checked("related_lists", "GET", "/settings/related_lists?module=Deals")
    checked("custom_views", "GET", "/settings/custom_views?module=Deals")
    checked("modules", "GET", "/settings/modules/Nothing", status=400)
    checked("fields", "GET", "/settings/fields", status=400)


def test_custom_fields(checked: Checked) -> None:
    """Not here: a wrong id in a path (OAS25 has a place in a body for it) and a POST without a module (no shape)."""
    checked.client.sim.switches.set("unique_fields_limit", 0)
    path = "/settings/fields?module=Deals"
    key = {"field_label": "Key", "data_type": "text", "length": 50, "unique": {"casesensitive": "false"}}
    values = [{"display_value": "A", "actual_value": "a"}]
    region = {"field_label": "Region", "data_type": "picklist", "pick_list_values": values}
    note = {"field_label": "Remark", "data_type": "textarea", "textarea": {"type": "small"}}
    body = checked("fields", "POST", path, {"fields": [key, region, note]}, status=201)
    assert isinstance(body, dict)
    checked("fields", "GET", path)
    checked("layouts", "GET", "/settings/layouts?module=Deals")
    first = body["fields"][0]["details"]["id"]
    one = f"/settings/fields/{first}?module=Deals"
    checked("fields", "GET", one)
    checked("fields", "PATCH", one, {"fields": [{"field_label": "Our Key"}]})
    checked("fields", "PATCH", path, {"fields": [{"id": first, "length": 60}]})
    checked("fields", "PATCH", path, {"fields": [{"id": "1"}]}, status=400)
    checked("fields", "DELETE", one)
    for wrong in (
        {"data_type": "text"},
        {"field_label": "Region", "data_type": "text"},
        {"field_label": 5, "data_type": "text"},
        {"field_label": "x" * 60, "data_type": "text"},
        {"field_label": "Long", "data_type": "text", "length": 300},
        {"field_label": "Money", "data_type": "currency"},
        {"field_label": "Pick", "data_type": "picklist"},
        {"field_label": "Odd", "data_type": "odd"},
    ):
        checked("fields", "POST", path, {"fields": [wrong]}, status=400)
    checked("fields", "POST", path, {"fields": [key] * 6}, status=400)
    checked("fields", "POST", path, {}, status=400)
    checked("fields", "GET", "/settings/fields?module=Nothing", status=400)
    checked("fields", "DELETE", "/settings/fields/1?module=Nothing", status=400)
    checked("fields", "DELETE", "/settings/fields/1", status=400)


def test_org_and_users(checked: Checked) -> None:
    checked("org", "GET", "/org")
    users = checked("users", "GET", "/users?type=AllUsers")
    assert isinstance(users, dict)
    checked("users", "GET", f"/users/{users['users'][0]['id']}")
    checked("currencies", "GET", "/org/currencies")
    checked("roles", "GET", "/settings/roles")
    checked("profiles", "GET", "/settings/profiles")


def test_records(checked: Checked) -> None:
    body = {"data": [{"Deal_Name": "One", "Amount": 5, **PIPELINE}]}
    one = made_id(checked("record", "POST", "/Deals", body, status=201))
    checked("record", "POST", "/Deals", {"data": [{"Deal_Name": "x"}, *body["data"]]}, status=207)
    checked("record", "POST", "/Deals", {"data": [{"Deal_Name": 5, **PIPELINE}]}, status=400)
    checked("record", "PUT", "/Deals", {"data": [{"id": one, "Amount": 6}]})
    checked("record", "PUT", f"/Deals/{one}", {"data": [{"Amount": 7}]})
    checked("record", "POST", "/Deals/upsert", {**body, "duplicate_check_fields": ["Deal_Name"]})
    checked("record", "GET", "/Deals?fields=Deal_Name,Amount,Owner,Modified_Time,Tag")
    checked("record", "GET", "/Deals", status=400)
    checked("record", "GET", f"/Deals/{one}")
    checked("record", "GET", "/Nothing?fields=id", status=400)
    checked("record", "DELETE", f"/Deals?ids={one},12345", status=207)
    checked("record", "GET", "/Deals/deleted")
    checked("recycle_bin", "GET", "/settings/recycle_bin")
    checked("recycle_bin", "DELETE", f"/settings/recycle_bin?ids={one}")


def test_searching_and_counting(checked: Checked) -> None:
    deal(checked)
    checked("record", "GET", "/Deals/search?criteria=(Deal_Name:equals:One)")
    checked("module_search", "GET", "/Deals/search?criteria=(Nope:equals:One)", status=400)
    checked("module_search", "GET", "/Deals/search?criteria=(Amount:starts_with:1)", status=400)
    checked("module_search", "GET", "/Deals/search?criteria=(Amount:equals:x)", status=400)
    checked("module_search", "GET", "/Deals/search", status=400)
    checked("module_search", "GET", "/Deals/search?word=x&page=11", status=400)
    checked("record_count", "GET", "/Deals/actions/count")
    checked("record_count", "GET", "/Nothing/actions/count", status=400)


def test_coql(checked: Checked) -> None:
    deal(checked)
    checked("coql", "POST", "/coql", {"select_query": "select Deal_Name, Owner from Deals where id > 0"})
    for query in (
        "select id from Deals",
        "select id from Deals where (",
        "select Nope from Deals where id > 0",
        "select id from Deals where Amount = 'x'",
        "select id from Deals where id > 0 limit 2001",
        "select id, id from Deals where id > 0",
        "select id as a, Stage as a from Deals where id > 0",
    ):
        checked("coql", "POST", "/coql", {"select_query": query}, status=400)


def test_bulk_read(checked: Checked) -> None:
    checked.client.sim.switches.set("bulk_page_rows", 1)
    deal(checked)
    deal(checked)
    body = {"query": {"module": {"api_name": "Deals"}, "fields": ["Deal_Name"]}}
    job = made_id(checked("bulk_read", "POST", READ, body, status=201))
    checked("bulk_read", "GET", f"{READ}/{job}")
    checked.client.sim.clock.advance(10)
    checked("bulk_read", "GET", f"{READ}/{job}")
    checked("bulk_read", "GET", f"{READ}/12345", status=404)
    for wrong in (
        {"module": {"api_name": "Notes"}},
        {"module": {"api_name": "Deals"}, "fields": ["Nope"]},
        {"module": {"api_name": "Deals"}, "page": 51},
        {"module": {"api_name": "Deals"}, "criteria": {"field": {"api_name": "Amount"}}},
    ):
        checked("bulk_read", "POST", READ, {"query": wrong}, status=400)


def test_conversion(checked: Checked) -> None:
    lead = {"Last_Name": "Petterson", "Company": "Nordlys"}
    checked.client.post("/Accounts", {"data": [{"Account_Name": "Nordlys"}]})
    one = made_id(checked.client.post("/Leads", {"data": [lead]}).json())
    checked("conversion_option", "GET", f"/Leads/{one}/__conversion_options")
    bad = {"Deals": {"Deal_Name": "One", "Stage": "Qualification"}}
    checked("convert_lead", "POST", f"/Leads/{one}/actions/convert", {"data": [bad]}, status=400)
    good = {"Deals": {"Deal_Name": "One", "Closing_Date": "2026-09-30", **PIPELINE}}
    checked("convert_lead", "POST", f"/Leads/{one}/actions/convert", {"data": [good]})
    checked("convert_lead", "POST", f"/Leads/{one}/actions/convert", {"data": [good]}, status=400)
    checked("convert_lead", "POST", "/Leads/12345/actions/convert", {"data": [good]}, status=400)


def test_what_hangs_on_records(checked: Checked) -> None:
    one = deal(checked)
    note = {"Note_Title": "Scope", "Parent_Id": {"module": {"api_name": "Deals"}, "id": one}}
    checked("notes", "POST", "/Notes", {"data": [note]}, status=201)
    checked("notes", "GET", "/Notes?fields=Note_Title,Note_Content,Parent_Id,Owner,Created_Time,Modified_Time")
    checked("related_records", "GET", f"/Deals/{one}/Stage_History?fields=Stage,Modified_Time")
    checked("related_records", "GET", f"/Deals/{one}/Nothing?fields=Stage", status=400)
    checked.client.put(f"/Deals/{one}", {"data": [{"Amount": 6, "Stage": "Needs Analysis"}]})
    checked("timelines", "GET", f"/Deals/{one}/__timeline")
    checked("timelines", "GET", "/Deals/12345/__timeline", status=400)
    checked("tags", "POST", f"/Deals/{one}/actions/add_tags", {"tags": [{"name": "Hot"}]})
    checked("tags", "GET", "/settings/tags?module=Deals")
    checked("tags", "POST", "/settings/tags?module=Deals", {"tags": [{"name": "Cold"}]}, status=201)
    checked(
        "record_locking",
        "POST",
        f"/Deals/{one}/Locking_Information__s",
        {"data": [{"Locked_Reason__s": "x"}]},
        status=201,
    )
    checked("record_locking", "GET", f"/Deals/{one}/Locking_Information__s")


def test_blueprints(checked: Checked) -> None:
    one = deal(checked)
    checked("blueprint", "GET", f"/Deals/{one}/actions/blueprint", status=400)
    checked.client.sim.store.update("Deals", int(one), {"$process_flow": 1}, at=0, user=0, move=False)
    body = checked("blueprint", "GET", f"/Deals/{one}/actions/blueprint")
    assert isinstance(body, dict)
    move = {"blueprint": [{"transition_id": body["blueprint"]["transitions"][0]["id"], "data": {}}]}
    checked("blueprint", "PUT", f"/Deals/{one}/actions/blueprint", move)


def test_notifications(checked: Checked) -> None:
    watch = "/actions/watch"
    checked("notifications", "POST", watch, {"watch": [CHANNEL]}, status=201)
    checked("notifications", "GET", watch)
    checked("notifications", "PATCH", watch, {"watch": [{"channel_id": CHANNEL["channel_id"], "token": "u"}]})
    checked("notifications", "PUT", watch, {"watch": [CHANNEL]})
    checked("notifications", "DELETE", f"{watch}?channel_ids=1000000068001")
    checked("notifications", "PATCH", watch, {"watch": [CHANNEL]}, status=400)
    checked("notifications", "POST", watch, {"watch": [{"channel_id": "1"}]}, status=400)


def test_composite_requests(checked: Checked) -> None:
    one = deal(checked)
    sub = {"method": "GET", "uri": f"/crm/v8/Deals/{one}", "sub_request_id": "1"}
    checked("composite_requests", "POST", "/__composite_requests", {"__composite_requests": [sub]})


def test_every_part_that_is_not_enforced_has_a_reason(files: None) -> None:
    for part in zoho_oas.table():
        assert len(part.reason) > 20
        assert part.schema in zoho_oas.document(part.file)["components"]["schemas"]


def test_a_wrong_answer_is_noticed(files: None) -> None:
    """The check is worth something only while it can fail."""
    client = Client(ZohoSimulator(deals=0))
    body = client.call("POST", READ, json={"query": {"module": {"api_name": "Deals"}}}).json()
    operation = zoho_oas.match("POST", READ, file="bulk_read")
    assert zoho_oas.problems(operation, body) == []
    item = body["data"][0]
    for wrong in (
        {**item, "code": "ADDED"},
        {**item, "details": {**item["details"], "state": "WAITING"}},
        {**item, "details": {**item["details"], "id": 5}},
        {name: value for name, value in item.items() if name != "message"},
    ):
        assert zoho_oas.problems(operation, {"data": [wrong], "info": {}})
    assert zoho_oas.problems(operation, {"data": [item], "infos": {}}) == ["no answer has the keys ['data', 'infos']"]
