"""What lands, what does not, and what an edit touches."""

from decimal import Decimal
from typing import Any

import pytest
from tests.sync.fakes import Crm
from tests.sync.world import World

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import runs
from crmbridge.sync.outcome import Counts

MONEY = {"amount": "10.50", "currency": "USD"}


def filled(world: World, **habits: Any) -> Crm:
    """Deals before their accounts before their users, as they were entered."""
    crm = world.add(**habits)
    for n in range(7):
        deal = {"name": f"Deal {n}", "stage": "New", "amount": Decimal("10.50"), "close": "2026-05-01"}
        crm.store.put("deals", deal | {"owner": f"u{n % 2}", "account": f"a{n % 4}"}, external_id=f"d{n}")
    for n in range(4):
        crm.store.put("accounts", {"name": f"Account {n}", "reg": None, "owner": "u1"}, external_id=f"a{n}")
    for n in range(2):
        crm.store.put("users", {"name": f"User {n}"}, external_id=f"u{n}")
    return crm


@pytest.mark.parametrize("lists", [False, True])
def test_a_first_sync_lands_and_normalises_every_kind(world: World, lists: bool) -> None:  # noqa: FBT001
    filled(world, lists=lists)
    result = world.sync()
    assert result.exit_code == 0
    assert {step.object: (step.counts.read, step.counts.written) for step in result.steps} == {
        "users": (2, 2),
        "accounts": (4, 4),
        "deals": (7, 7),
    }
    neutral = world.neutral()
    assert (
        neutral["deal"]["d3"] | {"amount": MONEY, "account": "a3", "owner": "u1", "stage": "new"}
        == (neutral["deal"]["d3"])
    )
    assert (neutral["account"]["a2"]["owner"], neutral["user"]["u1"]["name"]) == ("u1", "User 1")


@pytest.mark.parametrize("lists", [False, True])
def test_a_second_sync_without_changes_writes_nothing_but_its_run(world: World, lists: bool) -> None:  # noqa: FBT001
    filled(world, lists=lists)
    world.sync()
    with world.nothing_written():
        result = world.sync()
    assert result.exit_code == 0
    assert all(step.counts == Counts() for step in result.steps)
    with world.ledger.read() as tx:
        assert [len(run.steps) for run in runs.listing(tx)] == [3, 3]


def test_a_listing_that_repeats_itself_touches_no_record(world: World) -> None:
    crm = filled(world, lists=True)
    world.sync()
    before = world.dump()
    crm.edition = 1
    result = world.sync()
    after = world.dump()
    assert {name for name in before if before[name] != after[name]} == {"stream"}
    assert [step.counts for step in result.steps] == [Counts(read=n, unchanged=n) for n in (2, 4, 7)]


def test_the_counts_add_up(world: World) -> None:
    crm = filled(world)
    crm.store.edit("deals", "d1", {"amount": "plenty"})
    crm.extra["accounts"] = [
        RawRecord("accounts", "twice", {"name": "One"}),
        RawRecord("accounts", "twice", {"name": "Other"}),
        RawRecord("accounts", "same", {"name": "Same"}),
        RawRecord("accounts", "same", {"name": "Same"}),
        RawRecord("accounts", "", {"name": "Nameless"}, position="accounts.csv:9"),
        RawRecord("accounts", "half", {"name": "\ud83d"}, position="accounts.csv:10"),
    ]
    crm.page_size = 50
    result = world.sync()
    for step in result.steps:
        assert step.counts.read == step.counts.landed + step.counts.unchanged
        assert step.waiting == step.counts.quarantined
    by_object = {step.object: step for step in result.steps}
    assert by_object["accounts"].counts == Counts(read=6, landed=5, unchanged=1, written=5, quarantined=3)
    assert by_object["deals"].counts == Counts(read=7, landed=7, written=6, quarantined=1)
    assert result.exit_code == 1
    with world.ledger.read() as tx:
        (run,) = runs.listing(tx)
    assert [(s.object, s.read, s.quarantined, s.exit_code) for s in run.steps] == [
        ("users", 2, 0, 0),
        ("accounts", 6, 3, 1),
        ("deals", 7, 1, 1),
    ]


def test_an_edited_record_updates_only_itself(world: World) -> None:
    crm = filled(world)
    world.sync()
    before, numbers = world.neutral(), world.change_numbers("deal")
    crm.store.edit("deals", "d2", {"name": "Renamed"})
    result = world.sync()
    after = world.neutral()
    assert {i for i in after["deal"] if after["deal"][i] != before["deal"][i]} == {"d2"}
    assert {k: v for k, v in after.items() if k != "deal"} == {k: v for k, v in before.items() if k != "deal"}
    now = world.change_numbers("deal")
    assert {i for i in now if now[i] != numbers[i]} == {"d2"}
    assert now["d2"] > max(numbers.values())
    assert [step.counts.updated for step in result.steps] == [0, 0, 1]


def test_a_tombstone_deletes_and_a_return_brings_back(world: World) -> None:
    crm = filled(world)
    world.sync()
    crm.store.delete("deals", "d2")
    result = world.sync()
    assert [step.counts.deleted for step in result.steps] == [0, 0, 1]
    assert {i: r["lifecycle"] for i, r in world.public("deal").items() if r["lifecycle"] != "active"} == {
        "d2": "deleted"
    }
    with world.nothing_written():
        world.sync()
    row = crm.store.row("deals", "d2")
    assert row is not None
    row.deleted = False
    crm.store.edit("deals", "d2", {"name": "Back"})
    world.sync()
    assert (world.public("deal")["d2"]["lifecycle"], world.public("deal")["d2"]["name"]) == ("active", "Back")


def test_a_deletion_of_what_was_never_known_is_nothing(world: World) -> None:
    crm = filled(world)
    crm.store.delete("deals", "d2")
    result = world.sync()
    assert [step.counts.deleted for step in result.steps] == [0, 0, 0]
    assert "d2" not in world.public("deal")


def test_an_absent_field_keeps_its_value_and_an_empty_one_clears_it(world: World) -> None:
    crm = filled(world)
    world.sync()
    crm.lost = frozenset({"amount"})
    crm.store.edit("deals", "d1", {"name": "Renamed"})
    world.sync()
    assert (world.public("deal")["d1"]["name"], world.public("deal")["d1"]["amount"]) == ("Renamed", MONEY)
    crm.store.edit("deals", "d1", {"name": "Again"})
    world.sync()
    assert (world.public("deal")["d1"]["name"], world.public("deal")["d1"]["amount"]) == ("Again", MONEY)
    crm.lost = frozenset()
    crm.store.edit("deals", "d1", {"amount": "", "close": None})
    world.sync()
    assert (world.public("deal")["d1"]["amount"], world.public("deal")["d1"]["expected_close"]) == (None, None)


def test_a_lost_column_and_a_mended_mapping_still_keep_the_value(world: World) -> None:
    crm = filled(world)
    world.sync()
    crm.lost = frozenset({"amount"})
    crm.store.edit("deals", "d1", {"name": "Renamed"})
    world.sync()
    world.edit_mapping('currency = "USD"', 'currency = "EUR"')
    world.sync()
    assert world.public("deal")["d1"]["amount"] == {"amount": "10.50", "currency": "EUR"}


@pytest.mark.parametrize("lists", [False, True])
def test_a_record_that_moves_between_pages_is_read_once_as_it_is(world: World, lists: bool) -> None:  # noqa: FBT001
    crm = filled(world, lists=lists)
    edits = iter(["d0"])

    def edit() -> None:
        if (external_id := next(edits, None)) is not None and ("pull", "deals") in crm.calls:
            crm.store.edit("deals", external_id, {"name": "Moved"})

    crm.before_page = edit
    world.sync()
    world.sync()
    assert len(world.public("deal")) == 7
