"""A hint has its records read at once, and nothing it says is believed."""

from collections.abc import Sequence

import pytest
from tests.sync.fakes import Crm, FetchingAdapter
from tests.sync.world import World

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import leases, runs
from crmbridge.model.errors import ConfigError, LeaseLost, Unavailable
from crmbridge.sync import hints
from crmbridge.sync.outcome import SyncResult


def filled(world: World, **habits: object) -> Crm:
    crm = world.add(feeds=True, selects=bool(habits.get("selects")), fetches=bool(habits.get("fetches", True)))
    crm.store.put("users", {"name": "User"}, external_id="u1")
    for n in range(3):
        crm.store.put("deals", {"name": f"Deal {n}", "stage": "New", "owner": "u1"}, external_id=f"d{n}")
    world.sync()
    crm.calls.clear()
    return crm


def follow(world: World, *told: tuple[str, str]) -> SyncResult:
    world.clock.advance(60)
    (setup,) = world.setups()
    return hints.follow(setup, world.around(), told)


def name(world: World, external_id: str) -> object:
    return world.public("deal")[external_id]["name"]


def test_the_records_spoken_of_are_read_now(world: World) -> None:
    crm = filled(world)
    before = world.cursor("deals")
    for n in range(3):
        crm.store.edit("deals", f"d{n}", {"name": f"Edited {n}"})
    crm.store.put("deals", {"name": "New", "stage": "Talk", "owner": "u1"}, external_id="d9")
    result = follow(world, ("deals", "d0"), ("deals", "d9"), ("deals", "d0"))
    assert result.exit_code == 0
    assert (name(world, "d0"), name(world, "d1"), name(world, "d9")) == ("Edited 0", "Deal 1", "New")
    assert world.public("deal")["d9"]["owner"] == world.public("user")["u1"]["id"]
    assert [what for call, what in crm.calls if call == "fetch"] == [["d0", "d9"]]
    assert [call for call, _ in crm.calls if call in {"pull", "describe", "deleted", "history"}] == []
    assert world.cursor("deals") == before, "no cursor moves"
    (step,) = result.steps
    assert (step.object, step.counts.read, step.counts.written, step.counts.updated) == ("deals", 2, 1, 1)


@pytest.mark.parametrize("selects", [False, True])
def test_the_next_sync_finds_it_unchanged(world: World, selects: bool) -> None:  # noqa: FBT001 - a case
    crm = filled(world, selects=selects)
    crm.store.edit("deals", "d0", {"name": "Edited"})
    follow(world, ("deals", "d0"))
    result = world.sync()
    (step,) = [step for step in result.steps if (step.object, step.part) == ("deals", "records")]
    assert (step.counts.read, step.counts.landed) == (1, 0)


def test_a_second_hint_writes_nothing(world: World) -> None:
    crm = filled(world)
    crm.store.edit("deals", "d0", {"name": "Edited"})
    follow(world, ("deals", "d0"))
    with world.nothing_written():
        follow(world, ("deals", "d0"))


def test_a_stage_seen_by_a_hint_is_a_move(world: World) -> None:
    crm = filled(world)
    crm.store.edit("deals", "d0", {"stage": "Talk"})
    follow(world, ("deals", "d0"))
    assert [(event.from_stage, event.to_stage) for event in world.events("d0") if event.origin == "observed"] == [
        ("new", "talk")
    ]


def test_a_record_that_is_gone_is_deleted_and_a_made_up_one_is_nothing(world: World) -> None:
    crm = filled(world)
    crm.store.delete("deals", "d0")
    result = follow(world, ("deals", "d0"), ("deals", "never"), ("deals", ""))
    assert result.exit_code == 0
    assert world.public("deal")["d0"]["lifecycle"] == "deleted"
    assert set(world.public("deal")) == {"d0", "d1", "d2"}
    assert result.steps[0].counts.deleted == 1


def test_a_record_that_the_login_sees_no_more_is_not_deleted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was given to another team, say: asked by id it is not there, and no list says that it was deleted."""
    crm = filled(world)
    before = world.feeds()
    crm.store.delete("deals", "d1")
    fetch = FetchingAdapter.fetch

    def without_d0(adapter: FetchingAdapter, name: str, ids: Sequence[str]) -> Sequence[RawRecord | None]:
        found = fetch(adapter, name, ids)
        return [None if key == "d0" else record for key, record in zip(ids, found, strict=True)]

    monkeypatch.setattr(FetchingAdapter, "fetch", without_d0)
    result = follow(world, ("deals", "d0"), ("deals", "d1"), ("deals", "d2"))
    assert result.steps[0].counts.deleted == 1
    assert {key: one["lifecycle"] for key, one in world.public("deal").items()} == {
        "d0": "active",
        "d1": "deleted",
        "d2": "active",
    }
    assert world.feeds() == before, "no cursor moves"


def test_objects_that_are_not_mapped_are_left_alone(world: World) -> None:
    crm = filled(world)
    assert follow(world, ("invoices", "i1")).exit_code == 0
    assert follow(world).exit_code == 0
    assert crm.calls == []


def test_a_bad_record_waits_in_quarantine(world: World) -> None:
    crm = filled(world)
    crm.store.edit("deals", "d0", {"amount": "?"})
    assert follow(world, ("deals", "d0")).exit_code == 1
    assert [row.external_id for row in world.quarantine()] == ["d0"]
    crm.store.edit("deals", "d0", {"amount": "1"})
    assert follow(world, ("deals", "d0")).exit_code == 0


def test_another_account_is_not_read(world: World) -> None:
    crm = filled(world)
    crm.org_id = "org-2"
    crm.store.edit("deals", "d0", {"name": "Another's"})
    result = follow(world, ("deals", "d0"))
    assert result.exit_code == 78
    assert name(world, "d0") == "Deal 0"
    assert [call for call, _ in crm.calls] == ["check", "close"]


def test_an_adapter_that_cannot_be_asked_says_so(world: World) -> None:
    filled(world, fetches=False)
    result = follow(world, ("deals", "d0"))
    ((_, error),) = result.failures
    assert isinstance(error, ConfigError)


def test_a_hint_waits_for_the_run_that_is_at_work(world: World) -> None:
    crm = filled(world)
    with world.ledger.begin() as tx:
        leases.acquire(tx, "connection:books", "elsewhere:9", now_us=world.around().now_us(), is_gone=lambda _: False)
    result = follow(world, ("deals", "d0"))
    ((_, error),) = result.failures
    assert isinstance(error, LeaseLost)
    assert result.exit_code == 75
    assert crm.calls == []


def test_a_source_that_is_down_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = filled(world)
    crm.store.edit("deals", "d0", {"name": "Edited"})

    def down(*_: object) -> object:
        raise Unavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr("tests.sync.fakes.FetchingAdapter.fetch", down)
        assert follow(world, ("deals", "d0")).exit_code == 5
    world.sync()
    assert name(world, "d0") == "Edited"


def test_it_is_a_run_of_its_own_and_no_reading(world: World) -> None:
    filled(world)
    with world.ledger.read() as tx:
        before = runs.last_reading(tx, "books", "deals")
    follow(world, ("deals", "d0"))
    with world.ledger.read() as tx:
        (run,) = runs.listing(tx, limit=1)
        assert runs.last_reading(tx, "books", "deals") == before
    assert (run.command, run.exit_code, [step.object for step in run.steps]) == ("hints", 0, ["deals"])
