"""The seeded world: the same every time, plausible, and free of ties that only an id would break."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from crmbridge_sim.clock import VirtualClock
from crmbridge_sim.world import World
from crmbridge_sim.world.model import LOST, WON
from crmbridge_sim.zoho import ZohoSimulator, state

NOW = 1_782_820_800
CLOSED = {*WON.values(), *(stage for pair in LOST.values() for stage in pair)}


@pytest.fixture(scope="module")
def world() -> World:
    return World(7, deals=1_000, now=NOW)


def test_the_same_seed_makes_the_same_world() -> None:
    one, two = (ZohoSimulator(deals=60, seed=3) for _ in range(2))
    assert state.dump(one) == state.dump(two)
    other = ZohoSimulator(deals=60, seed=4)
    assert state.dump(one)["modules"]["Deals"] != state.dump(other)["modules"]["Deals"]


def test_deals_move_forward_and_end(world: World) -> None:
    outcomes: Counter[str] = Counter()
    for deal in world.deals():
        times = [at for _, at in deal.moves]
        assert all(earlier < later for earlier, later in pairwise(times))
        assert times[0] == deal.created
        assert times[-1] <= deal.modified <= world.end < NOW
        assert not {stage for stage, _ in deal.moves[:-1]} & CLOSED
        outcomes[deal.moves[-1][0]] += 1
    assert outcomes["won"] > 100
    assert outcomes["lost"] + outcomes["lost_rival"] > 200
    assert 30 < sum(count for stage, count in outcomes.items() if stage not in CLOSED) < 300


def test_nothing_ties_that_an_id_would_have_to_break(world: World) -> None:
    deals = list(world.deals())
    assert len({deal.amount for deal in deals}) == len(deals)
    assert len({deal.created for deal in deals}) == len(deals)
    assert len({deal.name for deal in deals}) == len(deals)
    assert len({account.name for account in world.accounts()}) == world.account_count
    assert len({contact.email for contact in world.contacts()}) == world.contact_count


def test_names_are_western_and_chinese_and_money_is_of_many_kinds(world: World) -> None:
    names = [contact.last_name for contact in world.contacts()]
    assert any("\u4e00" <= name[0] <= "\u9fff" for name in names)
    assert any(name[0].isascii() for name in names)
    assert {deal.currency for deal in world.deals()} == {"EUR", "USD", "CNY", "JPY", "KWD"}
    assert {deal.pipeline for deal in world.deals()} == {"sales", "renewal"}


def test_converted_leads_link_to_their_deal() -> None:
    sim = ZohoSimulator(deals=200)
    dump = state.dump(sim)["modules"]
    converted = [lead for lead in dump["Leads"].values() if lead["Converted__s"]]
    assert converted
    for lead in converted:
        deal = dump["Deals"][lead["Converted_Deal"]["id"]]
        assert deal["Created_Time"] == lead["Converted_Date_Time"]
        assert deal["Account_Name"] == lead["Converted_Account"]
        assert deal["Contact_Name"] == lead["Converted_Contact"]
        assert deal["Account_Name"]["name"] == lead["Company"]
        assert deal["Lead_Conversion_Time"] == lead["Lead_Conversion_Time"]


def test_keys_of_the_world_are_kept() -> None:
    sim = ZohoSimulator(deals=50)
    deals = state.dump(sim, ["Deals"])["modules"]["Deals"].values()
    assert sorted(deal["World_Key"] for deal in deals) == [f"deal-{n:06d}" for n in range(50)]


def test_the_contact_of_a_deal_is_of_its_account() -> None:
    dump = state.dump(ZohoSimulator(deals=200))["modules"]
    for deal in dump["Deals"].values():
        assert dump["Contacts"][deal["Contact_Name"]["id"]]["Account_Name"] == deal["Account_Name"]


def test_an_empty_and_a_tiny_world() -> None:
    assert state.dump(ZohoSimulator(deals=0))["modules"]["Deals"] == {}
    assert len(state.dump(ZohoSimulator(deals=1))["modules"]["Deals"]) == 1


def test_the_present_follows_the_clock() -> None:
    sim = ZohoSimulator(deals=20, clock=VirtualClock(1_900_000_000))
    newest = max(deal["Created_Time"] for deal in state.dump(sim)["modules"]["Deals"].values())
    assert newest.startswith("2030-0")
