"""Readings while others are at work, and with a clock that is wrong: what was found to be passed over, once."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from plugins.zoho.tests.simulated import SecretText
from plugins.zoho.tests.test_simulated_world import DEALS, World

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import PullRequest
from crmbridge_zoho.adapter import ZohoAdapter
from crmbridge_zoho.config import ZohoOptions


@pytest.mark.parametrize("way", ["query", "bulk"])
def test_as_many_new_leads_as_were_left_out_hide_nothing(tmp_path: Path, way: str) -> None:
    """Just after the count as many leads are made as are converted: the sum is right, and those are not among it."""
    without = {"coql_sees_converted": False, "bulk_sees_converted": False}
    world = World(tmp_path, without, {"read_by": way, "page_size": 2})
    converted = [key for key, one in world.zoho.records("Leads").items() if one["Converted__s"]]
    handle, made = world.zoho.handle, list[str]()

    def meddling(request: httpx.Request) -> httpx.Response:
        answer = handle(request)
        if request.url.path.endswith("/actions/count") and not made:
            made.extend(world.zoho.create("Leads", [{"Last_Name": "new", "Company": "x"}] * len(converted), apart_s=0))
        return answer

    world.zoho.handle = meddling  # type: ignore[method-assign] # somebody else is at work
    world.adapter = world.open()
    world.read("Leads")
    world.clock.advance(3600)
    world.read("Leads")
    assert converted
    assert made
    world.check("Leads")


def test_a_clock_of_ours_that_is_ahead_passes_over_no_change_of_a_wide_module(tmp_path: Path) -> None:
    """More fields than a list names: the reading begins without an answer that tells the vendor's time."""
    world = World(tmp_path)
    for number in range(60):
        world.zoho.act("add_field", module=DEALS, name=f"Extra{number}", data_type="text")
    world.adapter = world.open()
    world.read(DEALS)
    world.clock.advance(3600)
    world.adapter = ahead(world, timedelta(hours=1))
    deal = next(iter(world.truth(DEALS)))
    for step in ("one", "two"):
        world.zoho.act("edit", module=DEALS, record_id=deal, changes={"Next_Step": step})
        world.read(DEALS)
        world.clock.advance(600)
        world.check(DEALS)


@pytest.mark.parametrize("way", ["list", "query", "bulk"])
def test_a_reading_that_goes_on_knows_what_changed_since_it_was_stopped(tmp_path: Path, way: str) -> None:
    """Wherever the first run was stopped, the second is up to date by itself, also behind the part it stopped in."""
    world = World(tmp_path, {"coql_sees_converted": False}, {"read_by": way, "page_size": 5})
    asked = PullRequest("Leads", None, world.fields("Leads"))
    stops = [page.cursor for page in world.adapter.pull(asked)][:-1]
    assert len(stops) > 1
    for stop in stops:
        world.clock.advance(3600)
        (made,) = world.zoho.create("Leads", [{"Last_Name": "new", "Company": "x"}])
        world.clock.advance(3600)
        rest = list(world.open().pull(replace(asked, cursor=stop)))
        assert made in {record.external_id for page in rest for record in page.records}
        later = list(world.open().pull(replace(asked, cursor=rest[-1].cursor)))
        assert {record.external_id for page in later for record in page.records} <= {made}


def ahead(world: World, by: timedelta) -> ZohoAdapter:
    """An adapter whose clock is fast."""
    config = ZohoOptions.model_validate({"credentials": "x", "daily_share": 1.0, "reserve": 0.0})

    def clock() -> datetime:
        return world.clock() + by

    context = AdapterContext(
        "zoho",
        config,
        world.workspace,
        secrets=SecretText(world.zoho.secret),
        clock=clock,
        sleep=world.clock.sleep,
        shared=world.shared,
        state_dir=world.workspace,
    )
    return ZohoAdapter(context, config, transport=world.zoho.transport)
