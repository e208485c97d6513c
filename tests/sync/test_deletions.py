"""Deletions that the source lists: all of them, none other, never one that is older than the record."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from tests.sync.fakes import Crm, FeedingAdapter, FetchingAdapter, ListingAdapter
from tests.sync.world import World

from crmbridge.adapter.contract import DELETIONS_UNTOLD, Page, Problem, PullRequest, RawRecord
from crmbridge.ledger import feeds
from crmbridge.model.errors import AuthError, ContractError, GuardStop, ScopeError, Unavailable
from crmbridge.model.instants import from_us
from crmbridge.sync.outcome import Step, SyncResult


def filled(world: World, count: int = 8, *, fetches: bool = True) -> Crm:
    crm = world.add(feeds=True, fetches=fetches)
    for n in range(count):
        crm.store.put("users", {"name": f"User {n}"}, external_id=f"u{n}")
        crm.store.put("deals", {"name": f"Deal {n}", "stage": "New"}, external_id=f"d{n}")
    world.sync()
    crm.calls.clear()
    return crm


def deleted(world: World, kind: str = "user") -> set[str]:
    return {i for i, record in world.public(kind).items() if record["lifecycle"] == "deleted"}


def step(result: SyncResult, object_name: str, part: str = "deleted") -> Step:
    (found,) = [step for step in result.steps if (step.object, step.part) == (object_name, part)]
    return found


def feed(world: World, object_name: str) -> feeds.Feed | None:
    with world.ledger.read() as tx:
        return feeds.get(tx, 1, object_name, "deleted")


def test_every_listed_deletion_is_carried_out_once(world: World) -> None:
    crm = filled(world)
    for n in range(5):
        crm.store.delete("users", f"u{n}")
    result = world.sync()
    assert deleted(world) == {f"u{n}" for n in range(5)}
    found = step(result, "users")
    assert (found.counts.deleted, found.counts.read, found.counts.unchanged, found.exit_code) == (5, 5, 0, 0)
    assert ("fetch", ["u0"]) not in crm.calls, "a deletion later than the record needs no question"
    with world.nothing_written():
        world.sync()


@pytest.mark.parametrize("code", sorted(DELETIONS_UNTOLD))
def test_what_a_list_with_a_gap_does_not_tell_is_asked_for_by_id(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    crm = filled(world)
    crm.store.delete("users", "u0")
    crm.store.delete("users", "u5")
    listed = ListingAdapter.list_deleted

    def without_u5(adapter: ListingAdapter, request: PullRequest) -> Iterator[Page]:
        for page in listed(adapter, request):
            yield replace(page, records=[record for record in page.records if record.external_id != "u5"])

    monkeypatch.setattr(ListingAdapter, "list_deleted", without_u5)
    crm.notices.append(Problem(code, "there are more"))
    result = world.sync()
    assert step(result, "users").exit_code == 0
    assert deleted(world) == {"u0", "u5"}
    assert ("fetch", [f"u{n}" for n in range(1, 8)]) in crm.calls


class Knowing(FeedingAdapter):
    """A class of its own: a protocol remembers each class that once passed for it."""

    def are_there(self, _: str, external_ids: Sequence[str]) -> Sequence[bool]:
        return [one != "u5" for one in external_ids]


def test_a_source_that_can_be_asked_whether_they_are_there_is_asked_that(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = filled(world)
    crm.notices.append(Problem("deleted.capped", "there are more"))
    monkeypatch.setattr(crm, "open", lambda: Knowing(crm))
    world.sync()
    assert deleted(world) == {"u5"}
    assert not [what for what, _ in crm.calls if what == "fetch"]


def test_a_gap_at_the_first_look_is_none(world: World) -> None:
    crm = world.add(feeds=True)
    crm.notices.append(Problem("deleted.capped", "there are more"))
    crm.store.put("users", {"name": "Here"}, external_id="u1")
    world.sync()
    assert not [what for what, _ in crm.calls if what == "fetch"]


def test_a_gap_behind_which_most_are_hidden_deletes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The login lost the sight of them, more likely: and the next sync looks again."""
    crm = filled(world)
    before = feed(world, "users")
    crm.notices.append(Problem("deleted.capped", "there are more"))
    monkeypatch.setattr(FetchingAdapter, "fetch", lambda _self, _name, ids: [None] * len(ids))
    result = world.sync()
    assert isinstance(step(result, "users").error, GuardStop)
    assert deleted(world) == set()
    assert feed(world, "users") == before


def test_what_never_landed_is_not_deleted(world: World) -> None:
    crm = world.add(feeds=True)
    crm.store.put("users", {"name": "Gone before"}, external_id="u0")
    crm.store.delete("users", "u0")
    crm.store.put("users", {"name": "Here"}, external_id="u1")
    result = world.sync()
    assert set(world.public("user")) == {"u1"}
    assert deleted(world) == set()
    assert step(result, "users").counts.read == 1


def test_a_restored_record_lives(world: World) -> None:
    crm = filled(world)
    crm.store.delete("users", "u1")
    world.sync()
    assert deleted(world) == {"u1"}
    crm.store.restore("users", "u1")
    world.sync()
    assert deleted(world) == set()
    crm.store.delete("users", "u1")
    world.sync()
    assert deleted(world) == {"u1"}


def test_a_deletion_older_than_the_last_delivery_is_nothing(world: World) -> None:
    crm = filled(world)
    crm.store.delete("users", "u1")
    crm.store.restore("users", "u1")
    result = world.sync()
    assert deleted(world) == set()
    assert step(result, "users").counts.deleted == 0
    assert [call for call in crm.calls if call[0] == "fetch"] == []


@pytest.mark.parametrize("fetches", [True, False])
def test_in_one_instant_the_source_is_asked(world: World, fetches: bool) -> None:  # noqa: FBT001 - a case
    crm = filled(world, fetches=fetches)
    crm.store.edit("users", "u1", {"name": "Edited"})
    crm.store.delete("users", "u1", tick=False)
    crm.store.edit("users", "u2", {"name": "Edited"})
    crm.store.delete("users", "u2", tick=False)
    row = crm.store.row("users", "u2")
    assert row is not None
    row.deleted = False
    world.sync()
    assert deleted(world) == ({"u1"} if fetches else {"u1", "u2"})


@pytest.mark.parametrize("fetches", [True, False])
def test_without_a_time_the_source_is_asked(world: World, fetches: bool) -> None:  # noqa: FBT001 - a case
    crm = filled(world, fetches=fetches)
    crm.untimed = True
    for name in ("u1", "u2"):
        crm.store.delete("users", name)
    row = crm.store.row("users", "u2")
    assert row is not None
    row.deleted = False
    world.sync()
    assert deleted(world) == ({"u1"} if fetches else {"u1", "u2"})


def test_a_deleted_record_waits_in_quarantine_no_more(world: World) -> None:
    crm = filled(world)
    crm.store.edit("deals", "d1", {"amount": "?"})
    assert world.sync().exit_code == 1
    crm.store.delete("deals", "d1")
    world.sync()
    assert world.sync().exit_code == 0
    assert deleted(world, "deal") == {"d1"}


@pytest.mark.parametrize(
    ("error", "code"), [(ScopeError("may not"), 4), (Unavailable("gone"), 5), (ContractError("odd"), 5)]
)
def test_deletions_that_cannot_be_listed_stop_nothing_else(world: World, error: Exception, code: int) -> None:
    crm = filled(world)
    crm.feed_errors["deleted:users"] = error
    crm.store.delete("users", "u1")
    crm.store.delete("deals", "d1")
    crm.store.put("users", {"name": "New"}, external_id="u9")
    result = world.sync()
    assert result.exit_code == code
    assert (deleted(world), deleted(world, "deal")) == (set(), {"d1"})
    assert "u9" in world.public("user")
    assert step(result, "users").error is error
    assert step(result, "users", "records").exit_code == 0, "the records were read to their end"
    crm.feed_errors.clear()
    assert world.sync().exit_code == 0
    assert deleted(world) == {"u1"}


def test_a_refused_login_stops_the_connection_and_deletes_nothing(world: World) -> None:
    crm = filled(world)
    crm.feed_errors["deleted:users"] = AuthError("log in")
    for name in ("users", "deals"):
        crm.store.delete(name, f"{name[0]}1")
    result = world.sync()
    assert result.exit_code == 4
    assert (deleted(world), deleted(world, "deal")) == (set(), set())
    assert ("pull", "deals") not in crm.calls


def test_nothing_is_deleted_where_the_records_could_not_be_read(world: World) -> None:
    crm = filled(world)
    crm.store.delete("users", "u1")
    crm.errors["users"] = ScopeError("may not")
    result = world.sync()
    assert deleted(world) == set()
    assert ("deleted", "users") not in crm.calls
    assert ("deleted", "deals") in crm.calls
    assert result.exit_code == 4


def test_a_live_record_in_the_list_of_deleted_ones_breaks_the_contract(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(world)
    live = RawRecord("users", "u1", {})

    monkeypatch.setattr(ListingAdapter, "list_deleted", lambda *_: iter([Page([live], "9")]))
    assert world.sync().exit_code == 5
    assert deleted(world) == set()


def test_the_listing_goes_on_from_the_last_page(world: World) -> None:
    crm = filled(world)
    for n in range(4):
        crm.store.delete("users", f"u{n}")
    world.sync()
    before = feed(world, "users")
    crm.store.delete("users", "u4")
    found = step(world.sync(), "users")
    assert before is not None
    assert (found.cursor_before, found.counts.read) == (before.cursor, 1)
    assert deleted(world) == {f"u{n}" for n in range(5)}


def test_what_the_source_tells_of_its_deletions_is_kept(world: World) -> None:
    crm = filled(world)
    crm.notices = [Problem("read.way", "deletions by {way}", {"way": "feed"})]
    result = world.sync()
    assert [str(note) for note in step(result, "users").notices] == ["deletions by feed"]


@pytest.mark.parametrize("is_restored", [True, False])
def test_a_delivery_after_the_deletion_is_looked_into(
    world: World,
    is_restored: bool,  # noqa: FBT001 - a case
) -> None:
    """A late copy of the deleted record, or the record restored without a new time: both older than the deletion."""
    crm = filled(world)
    crm.store.delete("users", "u1")
    world.sync()
    row = crm.store.row("users", "u1")
    assert row is not None
    row.modified = from_us(1)
    if not is_restored:
        crm.extra["users"] = [RawRecord("users", "u1", row.payload(), "0", row.modified)]
    crm.store.put("users", {"name": "Somebody else"}, external_id="u9")
    row.deleted = not is_restored
    with world.ledger.begin() as tx:
        feeds.forget(tx, 1, "users", "deleted")
    crm.calls.clear()
    world.sync()
    assert ("fetch", ["u1"]) in crm.calls
    assert deleted(world) == (set() if is_restored else {"u1"})
