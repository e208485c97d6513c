"""A complete listing that lacks a record asks about it; only what the source says is gone is deleted."""

from typing import Any

import pytest
from tests.sync.fakes import Crm, FetchingAdapter
from tests.sync.world import World

from crmbridge.model.errors import GuardStop, Unavailable
from crmbridge.sync.absence import Listing, missing_ids


def listed(world: World, count: int = 10, **habits: Any) -> Crm:
    crm = world.add(lists=True, **habits)
    for n in range(count):
        crm.store.put("users", {"name": f"User {n}"}, external_id=f"u{n}")
    world.sync()
    crm.calls.clear()
    return crm


def fetched(crm: Crm) -> list[object]:
    return [what for call, what in crm.calls if call == "fetch"]


def deleted(world: World) -> set[str]:
    return {i for i, record in world.public("user").items() if record["lifecycle"] == "deleted"}


def test_a_missing_row_is_asked_for_and_then_deleted(world: World) -> None:
    crm = listed(world)
    crm.store.delete("users", "u3")
    result = world.sync()
    assert fetched(crm) == [["u3"]]
    assert deleted(world) == {"u3"}
    (step,) = [step for step in result.steps if step.object == "users"]
    assert (step.counts.deleted, step.counts.read, step.counts.landed, step.exit_code) == (1, 9, 0, 0)
    crm.edition = 1
    with world.nothing_written_but("stream"):
        world.sync()
    assert fetched(crm) == [["u3"]], "what is deleted is not asked for again"


def test_a_row_that_is_only_out_of_sight_stays(world: World) -> None:
    crm = listed(world)
    crm.hidden = {"u3"}
    world.sync()
    assert fetched(crm) == [["u3"]]
    assert deleted(world) == set()


def test_a_source_that_cannot_be_asked_deletes_nothing(world: World) -> None:
    crm = listed(world, fetches=False)
    crm.store.delete("users", "u3")
    assert world.sync().exit_code == 0
    assert deleted(world) == set()


def test_a_row_that_comes_back_is_there_again(world: World) -> None:
    crm = listed(world)
    crm.store.delete("users", "u3")
    world.sync()
    row = crm.store.row("users", "u3")
    assert row is not None
    row.deleted = False
    crm.edition = 1
    world.sync()
    assert deleted(world) == set()


@pytest.mark.parametrize(("gone", "is_guarded"), [(1, False), (3, False), (4, True), (10, True)])
def test_a_listing_that_shrank_too_much_stops_before_anything_is_deleted(
    world: World,
    gone: int,
    is_guarded: bool,  # noqa: FBT001 - a case
) -> None:
    crm = listed(world)
    for n in range(gone):
        crm.store.delete("users", f"u{n}")
    for _ in range(2):
        result = world.sync()
        assert result.exit_code == (3 if is_guarded else 0)
    (step,) = [step for step in result.steps if step.object == "users"]
    if is_guarded:
        assert isinstance(step.error, GuardStop)
        assert fetched(crm) == []
        assert not (world.cursor("users") or "").endswith(":end") or gone > 6, "the last page is not taken"
    assert len(deleted(world)) == (0 if is_guarded else gone)


def test_a_guarded_object_stops_no_other(world: World) -> None:
    crm = listed(world)
    for n in range(10):
        crm.store.delete("users", f"u{n}")
    crm.store.put("accounts", {"name": "Account"}, external_id="a1")
    assert world.sync().exit_code == 3
    assert set(world.public("account")) == {"a1"}


def test_a_single_record_may_go_from_a_short_listing_but_not_the_last(world: World) -> None:
    crm = listed(world, 2)
    crm.store.delete("users", "u0")
    assert world.sync().exit_code == 0
    assert deleted(world) == {"u0"}
    crm.store.delete("users", "u1")
    assert world.sync().exit_code == 3
    assert deleted(world) == {"u0"}


def test_an_answer_that_is_too_short_deletes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = listed(world)
    crm.store.delete("users", "u3")
    monkeypatch.setattr(FetchingAdapter, "fetch", lambda *_: [])
    assert world.sync().exit_code == 5
    assert deleted(world) == set()


def test_an_interrupted_listing_deletes_nothing_before_it_is_whole(world: World) -> None:
    crm = listed(world)
    crm.store.delete("users", "u9")
    crm.late_errors["users"] = GuardStop("a pause")
    world.sync()
    assert deleted(world) == set()
    crm.late_errors.clear()
    world.sync()
    assert deleted(world) == {"u9"}


def test_ids_are_compared_exactly() -> None:
    listing = Listing()
    listing.add(["a", "B", "é"])
    assert missing_ids({"a", "b", "B", "é"}, listing, object_name="users") == ["b"]
    assert len(listing) == 3


def test_a_listing_that_never_ends_goes_on_where_it_came_to(world: World) -> None:
    crm = listed(world)
    crm.store.edit("users", "u9", {"name": "Renamed"})
    crm.late_errors["users"] = Unavailable("gone")
    for _ in range(3):
        world.sync()
    assert (world.cursor("users") or "").endswith(":3")
    world.sync()
    assert (world.cursor("users") or "").endswith(":6")
