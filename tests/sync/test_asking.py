"""A mapping that needs new vendor fields has them read, and nothing else makes a reading begin again."""

from typing import Any

import pytest
from sqlalchemy import text
from tests.sync.fakes import Crm
from tests.sync.world import MAPPING, World

from crmbridge.ledger import streams
from crmbridge.ledger.streams import Stream
from crmbridge.model.errors import Unavailable

NARROW = MAPPING.replace('amount = { from = "amount", currency = "USD" }\n', "").replace(
    'expected_close = "close"\n', ""
)
AMOUNT = ('stage = "stage"', 'stage = "stage"\namount = { from = "amount", currency = "USD" }')


def filled(world: World, mapping: str = NARROW, **habits: Any) -> Crm:
    crm = world.add(mapping=mapping, **({"selects": True} | habits))
    for n in range(7):
        deal = {"name": f"Deal {n}", "stage": "New", "amount": f"{n}", "close": None, "owner": None, "account": None}
        crm.store.put("deals", deal, external_id=f"d{n}")
    world.sync()
    crm.asked.clear()
    return crm


def deals(crm: Crm) -> list[str | None]:
    """The cursors that deals were asked from."""
    return [request.cursor for request in crm.asked if request.object == "deals"]


def amounts(world: World) -> list[str | None]:
    found = world.public("deal")
    return [(found[name]["amount"] or {}).get("amount") for name in sorted(found)]


def stream(world: World) -> Stream:
    with world.ledger.read() as tx:
        found = streams.get(tx, 1, "deals")
    assert found is not None
    return found


def test_a_new_field_is_read_for_every_record(world: World) -> None:
    crm = filled(world)
    assert amounts(world) == [None] * 7
    world.edit_mapping(*AMOUNT)
    world.sync()
    assert deals(crm) == [None], "from the beginning"
    assert amounts(world) == [f"{n}.00" for n in range(7)]
    crm.asked.clear()
    with world.nothing_written():
        world.sync()
    assert deals(crm) == ["7"], "once"


def test_a_field_read_for_the_first_time_has_not_moved(world: World) -> None:
    crm = filled(world)
    world.edit_mapping(*AMOUNT)
    crm.store.edit("deals", "d3", {"stage": "Talk", "amount": "30"})
    world.sync()
    assert world.moves("d1") == []
    assert [move for move in world.moves("d3") if move[1] == "amount"] == []
    assert [event.to_stage for event in world.events("d3")] == ["talk"], "what was asked for before did move"
    crm.store.edit("deals", "d1", {"amount": "10"})
    world.sync()
    assert [move[1] for move in world.moves("d1")] == ["amount"]


def test_an_adapter_that_sends_everything_is_not_read_again(world: World) -> None:
    crm = filled(world, selects=False)
    world.edit_mapping(*AMOUNT)
    world.sync()
    assert deals(crm) == ["7"]
    assert amounts(world) == [f"{n}.00" for n in range(7)]


def test_fewer_fields_read_nothing_again_and_more_afterwards_do(world: World) -> None:
    crm = filled(world, MAPPING)
    world.edit_mapping('amount = { from = "amount", currency = "USD" }\n', "")
    world.sync()
    assert deals(crm) == ["7"]
    crm.store.edit("deals", "d2", {"amount": "20"})
    world.sync()
    crm.asked.clear()
    world.edit_mapping(*AMOUNT)
    world.sync()
    assert deals(crm) == [None], "what changed meanwhile was never sent"
    assert amounts(world)[2] == "20.00"


def test_fewer_fields_and_then_the_same_again_without_a_change(world: World) -> None:
    crm = filled(world, MAPPING)
    world.edit_mapping('amount = { from = "amount", currency = "USD" }\n', "")
    world.sync()
    world.edit_mapping(*AMOUNT)
    crm.asked.clear()
    world.sync()
    assert deals(crm) == ["7"], "what was sent before is still what the source has"
    assert amounts(world) == [f"{n}.00" for n in range(7)]


def test_an_interrupted_reading_goes_on_with_the_new_field(world: World) -> None:
    crm = filled(world)
    world.edit_mapping(*AMOUNT)
    crm.late_errors["deals"] = Unavailable("gone")
    world.sync()
    assert stream(world).filling == {"amount"}
    assert amounts(world)[3:] == [None] * 4
    crm.late_errors.clear()
    world.sync()
    assert deals(crm) == [None, "3"]
    assert amounts(world) == [f"{n}.00" for n in range(7)]
    assert world.moves("d6") == []
    assert stream(world).filling == frozenset()


def test_a_listing_that_was_whole_before_begins_at_the_beginning_too(world: World) -> None:
    crm = filled(world, lists=True)
    world.edit_mapping(*AMOUNT)
    world.sync()
    assert deals(crm) == [None]
    assert amounts(world) == [f"{n}.00" for n in range(7)]
    crm.store.delete("deals", "d6")
    world.sync()
    assert world.public("deal")["d6"]["lifecycle"] == "deleted", "and is compared as before"


@pytest.mark.parametrize("selects", [True, False])
def test_a_ledger_that_never_kept_what_was_asked_for(world: World, selects: bool) -> None:  # noqa: FBT001 - a case
    crm = filled(world, MAPPING, selects=selects)
    _forget(world)
    world.sync()
    assert deals(crm) == ["7"], "every field is there: nothing is missing"
    assert sorted(stream(world).fields or ()) == ["account", "amount", "close", "name", "owner", "stage"]
    world.edit_mapping('amount = { from = "amount", currency = "USD" }\n', "")
    world.sync()
    crm.store.edit("deals", "d1", {"amount": "10"})
    world.sync()
    crm.asked.clear()
    _forget(world)
    world.edit_mapping(*AMOUNT)
    world.sync()
    assert deals(crm) == ([None] if selects else ["8"])
    assert amounts(world)[1] == "10.00"


def _forget(world: World) -> None:
    with world.ledger.begin() as tx:
        tx.execute(text("UPDATE stream SET fields = NULL"))


def test_a_custom_field_is_one_too(world: World) -> None:
    crm = filled(world)
    world.edit_mapping(
        "[objects.accounts]\n",
        '[objects.deals.custom]\nsum = { from = "amount", type = "text" }\n\n[objects.accounts]\n',
    )
    world.sync()
    assert deals(crm) == [None]
    assert world.public("deal")["d3"]["custom"]["sum"]["value"] == "3"
