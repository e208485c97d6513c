"""Get Records: fields, pages, tokens, sort, If-Modified-Since (dossier 2.2)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from plugins.sim.tests.conftest import Client

from crmbridge_sim.zoho import ZohoSimulator


@pytest.fixture
def many() -> Client:
    sim = ZohoSimulator(deals=0)
    rows = [(n, f"Lead {n}", 1_782_000_000 + n // 3, 1_782_000_000 + n // 3) for n in range(1, 2_501)]
    sim.store.insert_many("Leads", ("id", "Last_Name", "Created_Time", "Modified_Time"), rows)
    return Client(sim)


def walk(client: Client, path: str, **headers: str) -> list[str]:
    ids: list[str] = []
    answer = client.get(path, **headers)
    while answer.status == 200:
        content = answer.json()
        ids += [row["id"] for row in content["data"]]
        if not content["info"]["more_records"]:
            break
        answer = client.get(f"{path}&page_token={content['info']['next_page_token']}", **headers)
    assert answer.status in {200, 204, 304}, answer.body
    return ids


def test_fields_are_mandatory(client: Client) -> None:
    answer = client.get("/Leads")
    assert (answer.status, answer.json()["code"]) == (400, "REQUIRED_PARAM_MISSING")
    assert answer.json()["details"] == {"param_name": "fields"}


def test_at_most_50_fields(client: Client) -> None:
    answer = client.get("/Leads?fields=" + ",".join(f"F{n}" for n in range(51)))
    assert (answer.status, answer.json()["code"]) == (400, "LIMIT_EXCEEDED")
    assert answer.json()["details"] == {"limit": 50, "param_name": "fields"}


def test_an_empty_module_is_204_with_no_byte(client: Client) -> None:
    answer = client.get("/Leads?fields=Last_Name")
    assert (answer.status, answer.body) == (204, b"")


def test_id_comes_uninvited_and_unknown_fields_are_passed_over(many: Client) -> None:
    row = many.get("/Leads?fields=Last_Name,Nothing&per_page=1").json()["data"][0]
    assert row == {"id": "2500", "Last_Name": "Lead 2500"}
    many.sim.switches.set("unknown_list_field", "INVALID_DATA")
    assert many.get("/Leads?fields=Last_Name,Nothing").json()["code"] == "INVALID_DATA"


def test_the_default_order_is_id_descending(many: Client) -> None:
    content = many.get("/Leads?fields=Last_Name").json()
    assert [row["id"] for row in content["data"][:2]] == ["2500", "2499"]
    assert content["info"]["per_page"] == 200
    assert (content["info"]["sort_by"], content["info"]["sort_order"]) == ("id", "desc")


def test_pages_reach_2000_records(many: Client) -> None:
    assert many.get("/Leads?fields=id&page=10").json()["data"][-1]["id"] == "501"
    answer = many.get("/Leads?fields=id&page=11")
    assert (answer.status, answer.json()["code"]) == (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED")
    assert answer.json()["details"] == {"limit": 2000}
    assert many.get("/Leads?fields=id&per_page=201").json()["details"] == {"param_name": "per_page"}


@pytest.mark.parametrize("walks", ["keyset", "offset", "snapshot"])
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", ["id", "Modified_Time"])
def test_a_token_walk_gives_everything_once(many: Client, walks: str, order: str, sort: str) -> None:
    many.sim.switches.set("token_walk", walks)
    ids = walk(many, f"/Leads?fields=Last_Name&sort_by={sort}&sort_order={order}&per_page=199")
    assert sorted(ids, key=int) == [str(n) for n in range(1, 2_501)]
    assert ids[0] == ("1" if order == "asc" else "2500")


def test_a_row_edited_during_an_ascending_walk_is_seen_again(many: Client) -> None:
    path = "/Leads?fields=Last_Name&sort_by=Modified_Time&sort_order=asc"
    token = many.get(path).json()["info"]["next_page_token"]
    many.sim.backdoor.edit("Leads", 1, {"Last_Name": "new"})
    rest = walk(many, f"{path}&per_page=200".replace("&per_page=200", "") + f"&page_token={token}")
    assert token
    assert len(rest) >= 200


def test_page_and_token_together(many: Client) -> None:
    token = many.get("/Leads?fields=id").json()["info"]["next_page_token"]
    answer = many.get(f"/Leads?fields=id&page=2&page_token={token}")
    assert (answer.status, answer.json()["code"]) == (400, "AMBIGUITY_DURING_PROCESSING")


@pytest.mark.parametrize("change", ["fields=Last_Name", "fields=id&per_page=100", "fields=id&sort_order=asc"])
def test_a_token_is_bound_to_the_other_params(many: Client, change: str) -> None:
    token = many.get("/Leads?fields=id").json()["info"]["next_page_token"]
    answer = many.get(f"/Leads?{change}&page_token={token}")
    assert (answer.status, answer.json()["code"]) == (400, "TOKEN_BOUND_DATA_MISMATCH")


def test_a_token_is_bound_to_the_user_and_by_a_switch_to_the_header(many: Client) -> None:
    token = many.get("/Leads?fields=id").json()["info"]["next_page_token"]
    since = "2020-01-01T00:00:00+00:00"
    assert many.get(f"/Leads?fields=id&page_token={token}", If_Modified_Since=since).status == 400
    many.sim.switches.set("token_binds_if_modified_since", value=False)
    free = many.get("/Leads?fields=id").json()["info"]["next_page_token"]
    assert many.get(f"/Leads?fields=id&page_token={free}", If_Modified_Since=since).status == 200
    many.sim.administration.add_user("Other", "One", "other@fjordtech.example")
    other = many.sim.people.by_email("other@fjordtech.example")
    stranger = Client(many.sim, many.sim.token(user=other))
    assert stranger.get(f"/Leads?fields=id&page_token={free}").json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"


def test_a_token_lives_24_hours(many: Client) -> None:
    info = many.get("/Leads?fields=id").json()["info"]
    assert info["page_token_expiry"] == "2026-07-01T14:00:00+02:00"  # noqa: S105  # an instant
    many.sim.clock.advance(86_399)
    late = Client(many.sim)
    assert late.get(f"/Leads?fields=id&page_token={info['next_page_token']}").status == 200
    many.sim.clock.advance(1)
    answer = late.get(f"/Leads?fields=id&page_token={info['next_page_token']}")
    assert answer.json()["code"] == "EXPIRED_VALUE"
    assert answer.json()["details"] == {"api_name": "page_token", "json_path": "$.query.page_token"}


def test_a_walk_ends_at_100000_records() -> None:
    sim = ZohoSimulator(deals=0)
    sim.store.insert_many("Leads", ("id",), ((n,) for n in range(1, 100_203)))
    client, seen = Client(sim), 0
    answer = client.get("/Leads?fields=id")
    while answer.status == 200:
        content = answer.json()
        seen += len(content["data"])
        answer = client.get(f"/Leads?fields=id&page_token={content['info']['next_page_token']}")
    assert seen == 100_000
    assert (answer.status, answer.json()["code"]) == (400, "PAGINATION_LIMIT_EXCEEDED")


def test_a_bad_token(many: Client) -> None:
    assert many.get("/Leads?fields=id&page_token=rubbish").json()["details"] == {"param_name": "page_token"}


def test_if_modified_since_is_inclusive_and_nothing_newer_is_304(many: Client) -> None:
    newest = 1_782_000_000 + 2_500 // 3
    text = str(many.sim.ctx().instant(newest))
    rows = many.get("/Leads?fields=id", If_Modified_Since=text).json()["data"]
    assert [row["id"] for row in rows] == ["2500", "2499"]
    later = many.get("/Leads?fields=id", If_Modified_Since=str(many.sim.ctx().instant(newest + 1)))
    assert (later.status, later.body) == (304, b"")
    assert many.get("/Leads?fields=id", If_Modified_Since="yesterday").status == 400


@pytest.mark.parametrize("sort", ["Last_Name", "modified_time", "Email"])
def test_only_three_sorts(many: Client, sort: str) -> None:
    assert many.get(f"/Leads?fields=id&sort_by={sort}").json()["details"] == {"param_name": "sort_by"}


def test_converted_leads_are_hidden(client: Client) -> None:
    lead = client.sim.backdoor.create("Leads", {"Last_Name": "A", "Company": "Acme"})
    client.sim.backdoor.create("Leads", {"Last_Name": "B"})
    client.sim.backdoor.convert(lead)

    def names(extra: str) -> list[str]:
        rows = client.get(f"/Leads?fields=Last_Name&sort_order=asc{extra}").json()["data"]
        return [row["Last_Name"] for row in rows]

    assert names("") == ["B"]
    assert names("&converted=true") == ["A"]
    assert names("&converted=both") == ["A", "B"]
    assert client.get("/Leads?fields=id&converted=maybe").json()["details"] == {"param_name": "converted"}


def test_records_waiting_for_approval_are_left_out(client: Client) -> None:
    lead = client.sim.backdoor.create("Leads", {"Last_Name": "A"})
    client.sim.backdoor.approval("Leads", lead)
    assert client.get("/Leads?fields=id").status == 204
    assert client.get("/Leads?fields=id&approved=both").status == 200
    assert client.get("/Leads?fields=id&approved=false").status == 200


def test_ids_and_external_ids(client: Client) -> None:
    made = [client.sim.backdoor.create("Leads", {"Last_Name": name, "World_Key": f"k{name}"}) for name in "ABC"]
    rows = client.get(f"/Leads?fields=Last_Name&ids={made[0]},{made[2]}").json()["data"]
    assert {row["Last_Name"] for row in rows} == {"A", "C"}
    by_key = client.get("/Leads?fields=Last_Name&ids=kB", X_EXTERNAL="Leads.World_Key").json()["data"]
    assert [row["Last_Name"] for row in by_key] == ["B"]
    assert client.get("/Leads?fields=id&ids=x").json()["details"] == {"param_name": "ids"}
    many_ids = ",".join(str(n) for n in range(101))
    assert client.get(f"/Leads?fields=id&ids={many_ids}").json()["code"] == "LIMIT_EXCEEDED"
    assert client.get("/Leads?fields=id&ids=1", X_EXTERNAL="Leads.Company").status == 400


def test_a_view_filters_and_excludes_sort(client: Client) -> None:
    client.sim.backdoor.create("Leads", {"Last_Name": "A"})
    views = client.get("/settings/custom_views?module=Leads").json()["custom_views"]
    mine = next(view["id"] for view in views if view["system_name"] == "MYVIEWS")
    assert client.get(f"/Leads?fields=id&cvid={mine}").status == 200
    assert client.get(f"/Leads?fields=id&cvid={mine}&sort_by=id").status == 400
    assert client.get("/Leads?fields=id&cvid=1").json()["details"] == {"param_name": "cvid"}


def test_notes_can_be_listed_by_admins_alone(client: Client) -> None:
    assert client.get("/Notes?fields=Note_Title").status == 204
    client.sim.administration.set_user("api@fjordtech.example", profile="Standard")
    answer = client.get("/Notes?fields=Note_Title")
    assert (answer.status, answer.json()["code"]) == (403, "NOT_SUPPORTED")


def test_lists_omit_subforms_and_multi_lookups_and_single_reads_have_them(client: Client) -> None:
    deal = client.sim.backdoor.create(
        "Deals",
        {"Deal_Name": "D", "Stage": "Qualification", "Pipeline": "Standard (Standard)", "Line_Items": [{"Sku": "A"}]},
    )
    row = client.get("/Deals?fields=Deal_Name,Line_Items,Stakeholders,Reviewers").json()["data"][0]
    assert set(row) == {"id", "Deal_Name"}
    full = client.get(f"/Deals/{deal}").json()["data"][0]
    assert full["Line_Items"][0]["Sku"] == "A"
    assert full["Stakeholders"] == []


def test_instants_follow_the_zone_with_its_summer_time(client: Client) -> None:
    rows = [(1, 1_767_258_000), (2, 1_782_820_800)]
    client.sim.store.insert_many("Leads", ("id", "Created_Time"), rows)

    def times() -> list[str]:
        data = client.get("/Leads?fields=Created_Time&sort_order=asc").json()["data"]
        return [row["Created_Time"] for row in data]

    assert times() == ["2026-01-01T10:00:00+01:00", "2026-06-30T14:00:00+02:00"]
    client.sim.administration.set_user("api@fjordtech.example", zone="Asia/Shanghai")
    assert times() == ["2026-01-01T17:00:00+08:00", "2026-06-30T20:00:00+08:00"]
    client.sim.administration.set_user("api@fjordtech.example", zone="UTC")
    assert times()[0] == "2026-01-01T09:00:00+00:00"


def test_a_plus_in_the_header_is_not_mangled(many: Client) -> None:
    assert many.get("/Leads?fields=id", If_Modified_Since="2026-06-21T02:00:00+02:00").status == 200
    assert many.get("/Leads?fields=" + quote("Last_Name,id")).status == 200


def test_a_renamed_account_changes_no_modified_time(client: Client) -> None:
    account = client.sim.backdoor.create("Accounts", {"Account_Name": "Old"})
    client.sim.backdoor.create("Contacts", {"Last_Name": "P", "Account_Name": {"id": account}})
    client.sim.clock.advance(60)
    before = client.get("/Contacts?fields=Account_Name,Modified_Time").json()["data"][0]
    client.sim.backdoor.edit("Accounts", account, {"Account_Name": "New"})
    after = client.get("/Contacts?fields=Account_Name,Modified_Time").json()["data"][0]
    assert before["Account_Name"] == {"name": "Old", "id": account}
    assert after["Account_Name"] == {"name": "New", "id": account}
    assert before["Modified_Time"] == after["Modified_Time"]
