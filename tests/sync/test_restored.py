"""Records that are back without a newer time: no reading by time brings them, so they are asked for once a day."""

import pytest
from tests.sync.fakes import Crm
from tests.sync.world import World

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import feeds
from crmbridge.model.errors import Unavailable
from crmbridge.model.instants import from_us
from crmbridge.sync import restored

DAY_S = 86_400


def with_deleted(world: World, *gone: str) -> Crm:
    crm = world.add(feeds=True)
    for n in range(6):
        crm.store.put("users", {"name": f"User {n}"}, external_id=f"u{n}")
    world.sync()
    for external_id in gone:
        crm.store.delete("users", external_id)
    world.sync()
    crm.calls.clear()
    return crm


def bring_back(crm: Crm, external_id: str) -> None:
    """The record is there again, with the time that it had before."""
    row = crm.store.row("users", external_id)
    assert row is not None
    row.deleted, row.change_no, row.modified = False, 0, from_us(1)


def deleted(world: World) -> set[str]:
    return {i for i, record in world.public("user").items() if record["lifecycle"] == "deleted"}


def fetched(crm: Crm) -> list[object]:
    return [ids for call, ids in crm.calls if call == "fetch"]


def test_a_record_that_came_back_silently_lives_after_a_day(world: World) -> None:
    crm = with_deleted(world, "u1", "u2")
    bring_back(crm, "u1")
    world.sync()
    assert (deleted(world), fetched(crm)) == ({"u1", "u2"}, [])
    world.clock.advance(DAY_S)
    world.sync()
    assert deleted(world) == {"u2"}
    assert fetched(crm) == [["u2", "u1"]]
    assert world.public("user")["u1"]["name"] == "User 1"


def test_its_old_deletion_deletes_it_no_second_time(world: World) -> None:
    crm = with_deleted(world, "u1")
    bring_back(crm, "u1")
    world.clock.advance(DAY_S)
    world.sync()
    with world.ledger.begin() as tx:
        feeds.forget(tx, 1, "users", "deleted")
    world.sync()
    assert deleted(world) == set()
    crm.store.delete("users", "u1")
    world.sync()
    assert deleted(world) == {"u1"}


def test_it_is_asked_once_a_day_and_writes_nothing_between(world: World) -> None:
    crm = with_deleted(world, "u1")
    with world.nothing_written():
        world.sync()
    world.clock.advance(DAY_S)
    world.sync()
    assert fetched(crm) == [["u1"]]
    with world.nothing_written():
        world.sync()
    assert fetched(crm) == [["u1"]]


def test_where_nothing_was_deleted_nothing_is_asked(world: World) -> None:
    crm = with_deleted(world)
    world.clock.advance(DAY_S)
    with world.nothing_written():
        world.sync()
    assert fetched(crm) == []


def test_what_was_deleted_long_ago_is_asked_for_no_more(world: World) -> None:
    crm = with_deleted(world, "u1")
    world.clock.advance(61 * DAY_S)
    world.sync()
    assert fetched(crm) == []
    world.clock.advance(DAY_S)
    with world.nothing_written():
        world.sync()
    crm.store.delete("users", "u2")
    world.sync()
    world.clock.advance(DAY_S)
    world.sync()
    assert fetched(crm) == [["u2"]]


def test_the_latest_are_asked_for_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restored, "MOST", 2)
    crm = with_deleted(world, "u1", "u2")
    crm.store.delete("users", "u3")
    world.sync()
    world.clock.advance(DAY_S)
    world.sync()
    assert fetched(crm) == [["u3", "u2"]]


def test_a_source_that_fails_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = with_deleted(world, "u1")
    bring_back(crm, "u1")
    world.clock.advance(DAY_S)

    def fail(*_: object) -> list[RawRecord | None]:
        raise Unavailable("the source went away")

    with monkeypatch.context() as broken:
        broken.setattr("tests.sync.fakes.FetchingAdapter.fetch", fail)
        assert world.sync().exit_code == 5
    world.sync()
    assert deleted(world) == set()
