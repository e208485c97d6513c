"""Cases that real tools got wrong (adapters.md), and rows of the fault table, on the simulator."""

import json
from pathlib import Path

import httpx
import pytest
from plugins.zoho.tests.test_simulated_world import DEALS, World

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge.model.errors import AuthError, ConfigError, ContractError, ScopeError, Throttled


def take(world: World, module: str, page: Page) -> None:
    world.known.setdefault(module, {}).update({record.external_id: record.payload for record in page.records})
    world.cursors[module] = page.cursor


@pytest.mark.parametrize("moves", [True, False])
def test_a_lead_converted_between_two_pages_is_linked_and_does_not_vanish(tmp_path: Path, *, moves: bool) -> None:
    """Case 3."""
    world = World(tmp_path, {"conversion_moves_modified": moves}, {"read_by": "list", "page_size": 4})
    reading = world.adapter.pull(PullRequest("Leads", None, world.fields("Leads")))
    take(world, "Leads", next(reading))
    lead = next(key for key, one in world.truth("Leads").items() if one["Converted__s"] is False)
    deal = {
        "Deal_Name": "won over",
        "Stage": "Qualification",
        "Closing_Date": "2026-09-30",
        "Pipeline": "Standard (Standard)",
    }
    world.zoho.act("convert", lead=lead, deal=deal)
    for page in reading:
        take(world, "Leads", page)
    for module in ("Leads", "Accounts", "Contacts", DEALS):
        world.read(module)
    world.check("Leads", "Accounts", "Contacts", DEALS)
    found = world.known["Leads"][lead]
    for field, module in (
        ("Converted_Account", "Accounts"),
        ("Converted_Contact", "Contacts"),
        ("Converted_Deal", DEALS),
    ):
        assert found[field]["id"] in world.known[module]  # type: ignore[index] # a reference


def test_a_change_in_the_second_of_the_reading_is_not_lost(tmp_path: Path) -> None:
    """Case 1."""
    world = World(tmp_path, options={"overlap_minutes": 0})
    world.read(DEALS)
    deal = list(world.truth(DEALS))[-1]
    world.zoho.act("edit", module=DEALS, record_id=deal, changes={"Next_Step": "the same second"})
    world.read(DEALS)
    world.check(DEALS)


@pytest.mark.parametrize("way", ["list", "query"])
def test_more_records_in_one_second_than_a_page_holds(tmp_path: Path, way: str) -> None:
    """Case 2."""
    world = World(tmp_path, options={"read_by": way, "page_size": 3})
    account = next(iter(world.truth("Accounts")))
    record = {"Stage": "Qualification", "Pipeline": "Standard (Standard)", "Closing_Date": "2026-09-30"}
    many = [{**record, "Deal_Name": f"import {n}", "Account_Name": {"id": account}} for n in range(100)]
    world.zoho.create(DEALS, many, apart_s=0)
    world.read(DEALS)
    world.check(DEALS)


def test_an_empty_list_by_mistake_deletes_nothing_and_the_next_reading_has_it_all(tmp_path: Path) -> None:
    """Case 8: no reading says that it listed everything."""
    world = World(tmp_path, options={"read_by": "list"})
    world.read(DEALS)
    before = dict(world.known[DEALS])
    world.clock.advance(3600)
    world.zoho.act("fault", kind="empty_list", module=DEALS, times=1)
    pages = world.read(DEALS)
    assert not any(page.complete or page.records for page in pages)
    assert world.known[DEALS] == before


def test_a_token_revoked_needs_a_login_and_one_killed_does_not(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.read(DEALS)
    world.zoho.act("kill_access_tokens")
    world.read(DEALS)
    world.zoho.act("revoke")
    world.zoho.act("kill_access_tokens")
    with pytest.raises(AuthError) as raised:
        world.open().count(DEALS)
    assert not isinstance(raised.value, ScopeError)
    assert "crmbridge connect" in str(raised.value)


def test_a_refused_login_is_not_sent_run_after_run_and_a_new_one_is_at_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    handle, asked = world.zoho.handle, list[str]()

    def counting(request: httpx.Request) -> httpx.Response:
        asked.extend([request.url.path] * request.url.path.startswith("/oauth/"))
        return handle(request)

    world.zoho.handle = counting  # type: ignore[method-assign] # counts what goes to the accounts server
    world.zoho.act("revoke")
    for _ in range(5):
        with pytest.raises(AuthError):
            world.open().count(DEALS)
        world.clock.advance(5)
    assert len(asked) == 1
    world.zoho.act("grant_again")
    world.zoho.secret = json.dumps(world.zoho.simulator.credentials)
    assert world.open().count(DEALS) > 0
    assert len(asked) == 2


def test_a_scope_that_was_lost_is_named_and_other_ways_go_on(tmp_path: Path) -> None:
    world = World(tmp_path, options={"page_size": 7})
    world.zoho.act("drop_scope", scope="ZohoCRM.coql.READ")
    world.read(DEALS)
    world.check(DEALS)
    assert "ZohoCRM.coql.READ" in "\n".join(world.notices)


def test_an_organisation_swapped_behind_the_credentials_is_refused(tmp_path: Path) -> None:
    org = World(tmp_path).adapter.check().org_id
    world = World(tmp_path, options={"org": org})
    world.adapter.check()
    world.zoho.act("swap_org")
    with pytest.raises(ConfigError, match="the connection is for"):
        world.open().check()


def test_used_up_credits_stop_everybody_for_a_while(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.read(DEALS)
    world.zoho.act("fault", kind="credits_exhausted", times=-1)
    with pytest.raises(Throttled):
        world.open().count(DEALS)
    calls = len(world.zoho.look("calls/rows"))
    for _ in range(5):
        with pytest.raises(Throttled):
            world.open().count(DEALS)
    assert len(world.zoho.look("calls/rows")) <= calls + 1


def test_a_field_renamed_in_zoho_is_told_and_blanks_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.zoho.act("rename_field", module=DEALS, old="Segment", new="Segment_2")
    world.adapter = world.open()
    asked = PullRequest(DEALS, None, frozenset({"Deal_Name", "Segment"}))
    pages = list(world.adapter.pull(asked))
    assert all("Segment" not in record.payload for page in pages for record in page.records)
    told = [notice.message.format(**notice.params) for page in pages for notice in page.notices]
    assert any(one.startswith("Deals has no field Segment") for one in told)


def test_one_hundredth_changed_costs_one_call(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.read(DEALS)
    world.clock.advance(3600)
    world.zoho.act("edit_some", module=DEALS, count=3)
    before = world.zoho.look("calls")
    world.read(DEALS)
    after = world.zoho.look("calls")
    assert (after["calls"] - before["calls"], after["credits"] - before["credits"]) == (1, 1)
    world.check(DEALS)


def test_html_from_a_gateway_for_ever_is_no_data_and_no_gap(tmp_path: Path) -> None:
    world = World(tmp_path, options={"read_by": "list", "page_size": 7})
    world.adapter.check()
    reading = world.adapter.pull(PullRequest(DEALS, None, world.fields(DEALS)))
    take(world, DEALS, next(reading))
    world.zoho.act("fault", kind="gateway_html", path="/crm/v8/Deals", times=-1)
    with pytest.raises(Exception, match="zohoapis") as raised:
        list(reading)
    assert not isinstance(raised.value, ContractError)
    world.zoho.act("faults/clear")
    world.clock.advance(3600)
    world.adapter = world.open()
    world.read(DEALS)
    world.check(DEALS)
