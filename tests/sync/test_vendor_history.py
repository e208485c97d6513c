"""The vendor's own history of stages becomes stage events, once, whatever the order things arrive in."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from tests.sync.fakes import Crm
from tests.sync.world import World

from crmbridge.adapter.contract import HistoryPage, Problem, StageChange
from crmbridge.facts import build
from crmbridge.ledger import changes, feeds, runs
from crmbridge.ledger.stage_events import StageEventRow
from crmbridge.model.errors import AuthError, ScopeError
from crmbridge.model.instants import to_us
from crmbridge.sync.history import together
from crmbridge.sync.outcome import Step, SyncResult


def moved(world: World) -> Crm:
    """Two deals, one of which went through all stages before it was ever read."""
    crm = world.add(feeds=True)
    for name in ("d1", "d2"):
        crm.store.put("deals", {"name": name, "stage": "New"}, external_id=name)
    for label in ("Talk", "Won"):
        crm.store.edit("deals", "d1", {"stage": label})
    return crm


def told(events: list[StageEventRow], origin: str = "vendor") -> list[tuple[str | None, str]]:
    return [(event.from_stage, event.to_stage) for event in events if event.origin == origin]


def step(result: SyncResult) -> Step:
    (found,) = [step for step in result.steps if step.part == "history"]
    return found


EVERYTHING = [(None, "new"), ("new", "talk"), ("talk", "won")]


def test_history_becomes_events_with_the_vendors_times(world: World) -> None:
    crm = moved(world)
    result = world.sync()
    events = world.events("d1")
    assert told(events) == EVERYTHING
    assert [event.at_us for event in events] == [to_us(m.at) for m in crm.store.moves("deals") if m.external_id == "d1"]
    assert {(e.at_precision, e.pipeline, e.kind) for e in events} == {("exact", "sales", "deal")}
    assert [e.vendor_label for e in events] == ["New", "Talk", "Won"]
    counts = step(result).counts
    assert (counts.read, counts.landed, counts.written, counts.updated) == (4, 4, 4, 0)


def test_nothing_new_writes_nothing(world: World) -> None:
    moved(world)
    world.sync()
    with world.nothing_written():
        world.sync()


def test_only_objects_with_stages_are_asked(world: World) -> None:
    crm = moved(world)
    world.sync()
    assert [what for call, what in crm.calls if call == "history"] == ["deals"]


def test_an_object_whose_history_is_not_wanted_is_not_asked_for_it(world: World) -> None:
    crm = moved(world)
    world.edit_mapping('kind = "deal"\n', 'kind = "deal"\nhistory = false\n')
    result = world.sync()
    assert not [what for call, what in crm.calls if call == "history"]
    assert [one for one in result.steps if one.part == "history"] == []
    assert told(world.events("d1")) == []
    world.edit_mapping("history = false\n", "")
    world.sync()
    assert told(world.events("d1")) == EVERYTHING


def test_history_that_is_not_wanted_any_more_stays_and_is_read_by_an_edited_mapping(world: World) -> None:
    crm = moved(world)
    world.sync()
    world.edit_mapping('kind = "deal"\n', 'kind = "deal"\nhistory = false\n')
    world.edit_mapping('labels = ["Talk"]', 'labels = ["Talking"]')
    crm.store.edit("deals", "d2", {"stage": "Won"})
    crm.calls.clear()
    world.sync()
    assert not [what for call, what in crm.calls if call == "history"]
    assert told(world.events("d1")) == [(None, "new"), ("new", "UNKNOWN"), ("UNKNOWN", "won")]
    assert told(world.events("d2")) == [(None, "new")]


def test_facts_are_full_then(world: World) -> None:
    moved(world)
    world.sync()
    facts = build.open_facts(world.ledger, cache=None, zone=ZoneInfo("UTC"), currency="USD")
    found = facts.connection.execute("SELECT external_id, history_quality FROM deals ORDER BY 1").fetchall()
    assert found == [("d1", "full"), ("d2", "full")]
    rows = facts.connection.execute(
        "SELECT e.to_stage, e.origin FROM stage_events e JOIN deals d ON d.id = e.record_id"
        " WHERE d.external_id = 'd1' ORDER BY e.seq"
    ).fetchall()
    assert rows == [("new", "vendor"), ("talk", "vendor"), ("won", "vendor")]
    facts.close()


def test_a_change_told_again_is_the_same_event(world: World) -> None:
    crm = moved(world)
    world.sync()
    with world.ledger.begin() as tx:
        feeds.forget(tx, 1, "deals", "history")
    result = world.sync()
    assert told(world.events("d1")) == EVERYTHING
    assert (step(result).counts.read, step(result).counts.landed, step(result).counts.written) == (4, 0, 0)
    crm.store.edit("deals", "d1", {"stage": "Talk"})
    world.sync()
    assert told(world.events("d1")) == [*EVERYTHING, ("won", "talk")]


def test_the_same_move_twice_is_two_events(world: World) -> None:
    crm = moved(world)
    for label in ("Talk", "Won"):
        crm.store.edit("deals", "d1", {"stage": label}, tick=False)
    world.sync()
    assert told(world.events("d1")) == [*EVERYTHING, ("won", "talk"), ("talk", "won")]


def test_an_unmapped_label_is_kept_and_read_when_it_is_mapped(world: World) -> None:
    crm = moved(world)
    crm.store.edit("deals", "d1", {"stage": "Legal"})
    crm.store.edit("deals", "d1", {"stage": "Won"})
    world.sync()
    events = world.events("d1")
    assert told(events)[-2:] == [("won", "UNKNOWN"), ("UNKNOWN", "won")]
    assert events[-2].vendor_label == "Legal"
    crm.calls.clear()
    crm.errors["deals"] = ScopeError("not now")
    world.edit_mapping('labels = ["Talk"]', 'labels = ["Talk", "Legal"]')
    world.sync()
    assert told(world.events("d1"))[-2:] == [("won", "talk"), ("talk", "won")], "no source is needed for it"
    assert ("history", "deals") not in crm.calls
    crm.errors.clear()
    with world.nothing_written_but("stream"):
        world.sync()


def test_a_mended_mapping_renews_the_facts(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "SMALL_ROWS", -1)
    crm = moved(world)
    crm.store.edit("deals", "d2", {"stage": "Legal"})
    world.sync()
    assert _stages_in_facts(world, tmp_path / "facts.duckdb") == ["new", "UNKNOWN"]
    world.edit_mapping('labels = ["Talk"]', 'labels = ["Talk", "Legal"]')
    world.sync()
    assert _stages_in_facts(world, tmp_path / "facts.duckdb") == ["new", "talk"]


def _stages_in_facts(world: World, cache: Path) -> list[str]:
    facts = build.open_facts(world.ledger, cache=cache, zone=ZoneInfo("UTC"), currency="USD")
    rows = facts.connection.execute(
        "SELECT to_stage FROM stage_events e JOIN deals d ON d.id = e.record_id WHERE d.external_id = 'd2' ORDER BY seq"
    ).fetchall()
    facts.close()
    return [row[0] for row in rows]


def test_history_waits_for_its_record(world: World) -> None:
    crm = moved(world)
    crm.store.edit("deals", "d1", {"amount": "?"})
    world.sync()
    assert "d1" not in world.public("deal")
    crm.store.edit("deals", "d1", {"amount": "1"})
    result = world.sync()
    assert told(world.events("d1")) == EVERYTHING
    assert (step(result).counts.read, step(result).counts.written) == (0, 3)


def test_history_of_nobody_is_kept_and_stops_nothing(world: World) -> None:
    crm = moved(world)
    crm.store.purge("deals", ["d2"])
    assert world.sync().exit_code == 0
    assert told(world.events("d1")) == EVERYTHING
    with world.nothing_written():
        world.sync()


def test_a_change_without_a_time_is_as_late_as_it_can_be(world: World) -> None:
    crm = moved(world)
    known = to_us(crm.store.moves("deals")[0].at)

    def untimed(change: StageChange) -> StageChange:
        return replace(change, at=None, modified=crm.store.moves("deals")[0].at)

    crm.alter = untimed
    world.sync()
    assert {(e.at_us, e.at_precision, e.latest_us) for e in world.events("d1")} == {(known, "sync", known)}


def test_a_day_is_a_day(world: World) -> None:
    crm = moved(world)
    crm.alter = lambda change: replace(change, precision="day", by="u7")
    world.sync()
    assert {(e.at_precision, e.actor_ref) for e in world.events("d1")} == {("day", "u7")}


def test_what_no_store_can_hold_is_a_problem_beside_the_rest(world: World) -> None:
    crm = moved(world)

    def spoilt(change: StageChange) -> StageChange:
        return replace(change, to_label="a\0b") if change.to_label == "Talk" else change

    crm.alter = spoilt
    result = world.sync()
    assert told(world.events("d1")) == [(None, "new"), ("talk", "won")]
    assert step(result).exit_code == 1
    assert [row.code for row in world.quarantine()] == ["CHANGE_UNSTORABLE"]


@pytest.mark.parametrize("error", [ScopeError("may not"), AuthError("log in")])
def test_history_that_cannot_be_read_leaves_the_records(world: World, error: Exception) -> None:
    crm = moved(world)
    crm.feed_errors["history:deals"] = error
    result = world.sync()
    assert result.exit_code == 4
    assert set(world.public("deal")) == {"d1", "d2"}
    assert world.events("d1") == []
    crm.feed_errors.clear()
    world.sync()
    assert told(world.events("d1")) == EVERYTHING


def test_the_run_keeps_what_was_told_and_spent(world: World) -> None:
    crm = moved(world)
    crm.page_size = 10
    crm.notices = [Problem("read.way", "read by {way}", {"way": "query"})]
    result = world.sync()
    found = step(result)
    assert found.spent is not None
    assert (found.spent.calls, found.spent.credits, found.spent.credits_left) == (1, 10, 993)
    with world.ledger.read() as tx:
        (run,) = runs.listing(tx, limit=1)
    (kept,) = [one for one in run.steps if one.part == "history"]
    assert (kept.calls, kept.credits, kept.credits_left) == (1, 10, 993)
    assert [str(note) for note in kept.notices] == ["read by query"]
    assert sum(one.calls for one in run.steps) == crm.spent


PIPELINES = """
format = 1
[pipelines.sales]
[[pipelines.sales.stages]]
key = "new"
category = "open"
labels = ["New"]
[[pipelines.sales.stages]]
key = "won"
category = "won"
labels = ["Won"]
[pipelines.renewal]
[[pipelines.renewal.stages]]
key = "due"
category = "open"
labels = ["New"]
[[pipelines.renewal.stages]]
key = "kept"
category = "won"
labels = ["Won"]
[objects.deals]
kind = "deal"
pipeline = { from = "close", values = { "S" = "sales", "R" = "renewal" } }
[objects.deals.fields]
name = "name"
stage = "stage"
"""


def test_history_without_a_pipeline_is_of_the_present_one(world: World) -> None:
    crm = world.add(mapping=PIPELINES, feeds=True)
    for name, line in (("d1", "S"), ("d2", "R")):
        crm.store.put("deals", {"name": name, "stage": "New", "close": line}, external_id=name)
        crm.store.edit("deals", name, {"stage": "Won"})
    world.sync()
    assert [(e.pipeline, e.to_stage) for e in world.events("d1")] == [("sales", "new"), ("sales", "won")]
    assert [(e.pipeline, e.to_stage) for e in world.events("d2")] == [("renewal", "due"), ("renewal", "kept")]


def test_history_is_of_the_pipeline_that_a_reading_by_the_new_mapping_brings(world: World) -> None:
    crm = world.add(feeds=True)
    crm.store.put("deals", {"name": "d1", "stage": "New"}, external_id="d1")
    crm.store.edit("deals", "d1", {"stage": "Won"})
    world.sync()
    world.mappings["books"] = PIPELINES
    crm.store.edit("deals", "d1", {"close": "S"})
    world.sync()
    events = [event for event in world.events("d1") if event.origin == "vendor"]
    assert [(event.pipeline, event.to_stage) for event in events] == [("sales", "new"), ("sales", "won")]
    with world.nothing_written():
        world.sync()


def test_history_that_names_its_pipeline_is_believed(world: World) -> None:
    crm = world.add(mapping=PIPELINES, feeds=True)
    crm.alter = lambda change: replace(change, pipeline="R")
    crm.store.put("deals", {"name": "d1", "stage": "New", "close": "S"}, external_id="d1")
    world.sync()
    assert [(e.pipeline, e.to_stage) for e in world.events("d1")] == [("renewal", "due")]


def feed_cursor(world: World) -> str | None:
    with world.ledger.read() as tx:
        found = feeds.get(tx, 1, "deals", "history")
    return found.cursor if found else None


def many(world: World, count: int, **habits: Any) -> Crm:
    crm = world.add(feeds=True, **habits)
    for number in range(count):
        crm.store.put("deals", {"name": f"d{number}", "stage": "New"}, external_id=f"d{number}")
    return crm


def test_small_pages_are_kept_together(world: World) -> None:
    crm = many(world, 30)
    crm.page_size = 3
    before = _changes_made(world)
    world.sync()
    assert len(told(world.events("d29"))) == 1
    assert _changes_made(world) - before < 10 + 4, "ten pages of deals, and far fewer of their history"


def _changes_made(world: World) -> int:
    with world.ledger.read() as tx:
        return changes.last_change(tx)


def test_what_came_before_an_error_is_kept_with_its_cursor(world: World) -> None:
    crm = many(world, 7)
    crm.broken_after["history:deals"] = 2
    result = world.sync()
    assert result.exit_code != 0
    assert (step(result).counts.written, feed_cursor(world)) == (6, "6")
    crm.broken_after.clear()
    result = world.sync()
    assert step(result).counts.written == 1
    assert [len(told(world.events(f"d{number}"))) for number in range(7)] == [1] * 7


def page_of(size: int) -> HistoryPage:
    return HistoryPage([StageChange("d1", f"c{number}", "New", None) for number in range(size)], "cursor")


@pytest.mark.parametrize(
    ("sizes", "asked"),
    [
        ((0, 5, 5), [0, 1, 3]),
        ((5, 5, 3, 5, 5), [0, 3, 5]),
        ((5, 5, 5), [0, 3]),
        ((9_000, 9_000, 9_000, 9_000), [0, 3, 4]),
    ],
)
def test_no_page_is_held_where_the_next_one_may_be_long_in_coming(sizes: tuple[int, ...], asked: list[int]) -> None:
    """After an empty page or a shorter one: its cursor may hold the name of a job that was paid for."""
    given = 0

    def pages() -> Iterator[HistoryPage]:
        nonlocal given
        for size in sizes:
            given += 1
            yield page_of(size)

    met = [0]
    for some in together(pages(), lambda: 0):
        met.append(met[-1] + len(some))
        assert given == met[-1], "nothing was asked for beyond what is given"
    assert met == asked


def test_no_page_is_held_for_long() -> None:
    now = itertools.count(0, 1_500_000)
    found = [len(some) for some in together(iter([page_of(5)] * 5), lambda: next(now))]
    assert found == [2, 2, 1]


def test_what_waited_comes_before_what_is_told_now(world: World) -> None:
    crm = moved(world)
    crm.store.edit("deals", "d1", {"amount": "?"})
    world.sync()
    crm.store.edit("deals", "d1", {"amount": "1", "stage": "Talk"})
    world.sync()
    assert told(world.events("d1")) == [*EVERYTHING, ("won", "talk")]
    with world.ledger.read() as tx:
        rows = tx.execute(text("SELECT seq, at_us FROM stage_event WHERE origin = 'vendor' AND to_stage <> 'new'"))
        found = sorted(map(tuple, rows))
    assert [at_us for _, at_us in found] == sorted(at_us for _, at_us in found)
