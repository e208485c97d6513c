"""Deletions and history have cursors of their own; vendors' stages are kept verbatim until a mapping reads them."""

import pytest
from sqlalchemy import text
from tests.ledger.conftest import World

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import feeds, links, migrations, runs, stage_changes, stage_events, streams, tombstones
from crmbridge.ledger.engine import Ledger, open_ledger, upgrade_ledger
from crmbridge.ledger.stage_changes import Kept, StageChangeRow
from crmbridge.ledger.stage_events import StageEventRow, VendorEvent
from crmbridge.model.instants import from_us
from crmbridge.model.notes import Note


def change(name: str, external_id: str = "d1", to_label: str = "Talk", at_us: int | None = 5) -> StageChangeRow:
    return StageChangeRow(name, external_id, None, "New", to_label, at_us, "exact")


def keep(world: World, *rows: StageChangeRow, mapping_id: int = 1) -> Kept:
    with world.ledger.begin() as tx:
        return stage_changes.keep(tx, world.connection_id, "deals", rows, now_us=7, mapping_id=mapping_id)


def due(world: World, mapping_id: int | None = None) -> list[tuple[str, str]]:
    with world.ledger.read() as tx:
        found = (
            stage_changes.waiting(tx, world.connection_id, "deals")
            if mapping_id is None
            else stage_changes.outdated(tx, world.connection_id, "deals", mapping_id)
        )
    return [(one.row[0], one.record_id) for one in found]


def link(world: World, *external_ids: str) -> None:
    with world.ledger.begin() as tx:
        links.make(tx, world.connection_id, "deals", [(one, f"id-{one}") for one in external_ids])


def test_a_feed_has_its_own_cursor(world: World) -> None:
    where = (world.connection_id, "deals")
    with world.ledger.begin() as tx:
        assert feeds.get(tx, *where, "deleted") is None
        streams.advance(tx, *where, cursor="records", now_us=1)
        assert feeds.advance(tx, *where, "deleted", cursor="a", now_us=1)
        assert feeds.advance(tx, *where, "history", cursor="b", now_us=1)
        assert not feeds.advance(tx, *where, "deleted", cursor="a", now_us=2), "the same cursor writes nothing"
        assert feeds.advance(tx, *where, "deleted", cursor="c", now_us=2)
        assert feeds.settle(tx, *where, "history", 3)
        assert not feeds.settle(tx, *where, "history", 3)
    with world.ledger.read() as tx:
        assert feeds.get(tx, *where, "deleted") == feeds.Feed("c", None)
        assert feeds.get(tx, *where, "history") == feeds.Feed("b", 3)
        stream = streams.get(tx, *where)
        assert stream is not None
        assert stream.cursor == "records"


def test_history_is_kept_once(world: World) -> None:
    assert keep(world, change("c1"), change("c2"), change("c1")).landed == 2
    assert keep(world, change("c1"), change("c3")).landed == 1
    assert keep(world, change("c1", to_label="Won")).landed == 1, "told differently"
    assert keep(world).landed == 0


def test_history_waits_for_its_record(world: World) -> None:
    assert keep(world, change("c1"), change("c2", "d2"), change("c3")).due == []
    assert due(world) == []
    link(world, "d1")
    assert due(world) == [("c1", "id-d1"), ("c3", "id-d1")]


def test_history_whose_record_is_there_is_read_at_once(world: World) -> None:
    link(world, "d1")
    kept = keep(world, change("c2"), change("c1", "d2"), change("c3"))
    assert [(record_id, seen_us, row[0]) for _, record_id, seen_us, row in kept.due] == [
        ("id-d1", 7, "c2"),
        ("id-d1", 7, "c3"),
    ]
    assert kept.is_new
    assert due(world) == []
    moved = keep(world, change("c3"), change("c2", to_label="Won"), mapping_id=2)
    assert [(one[0], one[3][4]) for one in moved.due] == [(kept.due[0][0], "Won")], "only what is told differently"
    assert not moved.is_new
    assert due(world, 2) == [("c3", "id-d1")]


def test_what_was_linked_is_remembered(world: World) -> None:
    link(world, "d1")
    linked: dict[str, str] = {}
    for name in ("c1", "c2"):
        with world.ledger.begin() as tx:
            where = (world.connection_id, "deals")
            rows = [change(name), change(name + "x", "d2")]
            kept = stage_changes.keep(tx, *where, rows, now_us=7, mapping_id=1, linked=linked)
        assert [one[1] for one in kept.due] == ["id-d1"]
        assert linked == {"d1": "id-d1"}


def test_a_mapping_reads_history_once_and_another_one_again(world: World) -> None:
    keep(world, change("c1"), change("c2", "d2"))
    link(world, "d1")
    with world.ledger.begin() as tx:
        (found,) = stage_changes.waiting(tx, world.connection_id, "deals")
        assert (found.seen_us, found.row) == (7, change("c1"))
        stage_changes.mark(tx, [found.id], 1)
    assert due(world) == []
    assert due(world, 1) == []
    assert due(world, 2) == [("c1", "id-d1")]


def test_each_batch_goes_on_after_the_one_before(world: World) -> None:
    link(world, "d1")
    names = [f"c{number}" for number in range(9, 2, -1)]
    keep(world, *map(change, names))
    found: list[str] = []
    with world.ledger.read() as tx:
        after, where = 0, (world.connection_id, "deals", 2)
        while batch := stage_changes.outdated(tx, *where, after=after, limit=2):
            found += [one.row[0] for one in batch]
            after = batch[-1].id
    assert found == names


def event(name: str, to_stage: str = "talk", at_us: int = 5) -> VendorEvent:
    return ("id-d1", name, "sales", "new", to_stage, at_us, "exact", "Talk", None, None)


def test_told_events_are_known_by_their_change(world: World) -> None:
    with world.ledger.begin() as tx:
        assert stage_events.tell(tx, "deal", [event("c1"), event("c2"), event("c1")]) == (2, 0)
        first = tx.change_no
    with world.ledger.begin() as tx:
        assert stage_events.tell(tx, "deal", [event("c1"), event("c2")]) == (0, 0)
        assert tx.change_no is None, "nothing was written"
        assert stage_events.tell(tx, "deal", [event("c1", "won"), event("c3")]) == (1, 1)
        moved = tx.change_no
    with world.ledger.read() as tx:
        assert [(e.change_id, e.to_stage) for e in stage_events.for_record(tx, "id-d1")] == [
            ("c1", "won"),
            ("c2", "talk"),
            ("c3", "talk"),
        ]
        rows = tx.execute(text("SELECT change_id, seq, change_no FROM stage_event ORDER BY seq")).all()
    assert [tuple(row) for row in rows] == [("c1", 1, moved), ("c2", 2, first), ("c3", 3, moved)]


def test_events_that_are_said_to_be_new_and_are_not_become_what_is_told(world: World) -> None:
    with world.ledger.begin() as tx:
        stage_events.tell(tx, "deal", [event("c1"), event("c2")])
    with world.ledger.begin() as tx:
        assert stage_events.tell(tx, "deal", [event("c2", "won"), event("c1"), event("c3")], is_new=True) == (1, 1)
    with world.ledger.read() as tx:
        found = [(e.change_id, e.to_stage, e.kind, e.origin) for e in stage_events.for_record(tx, "id-d1")]
    assert found == [
        ("c1", "talk", "deal", "vendor"),
        ("c2", "won", "deal", "vendor"),
        ("c3", "talk", "deal", "vendor"),
    ]


def test_numbers_go_on_from_call_to_call_also_where_another_writer_came_between(world: World) -> None:
    numbers = stage_events.Numbers()

    def told(name: str) -> None:
        with world.ledger.begin() as tx:
            assert stage_events.tell(tx, "deal", [event(name)], is_new=True, numbers=numbers) == (1, 0)

    told("c1")
    told("c2")
    with world.ledger.begin() as tx:
        other = StageEventRow("id-d1", "deal", "sales", "new", "talk", 5, "exact", "observed")
        assert stage_events.append(tx, [other]) == 1
    told("c3")
    told("c4")
    with world.ledger.read() as tx:
        rows = tx.execute(text("SELECT change_id, seq FROM stage_event ORDER BY seq")).all()
    assert [tuple(row) for row in rows] == [("c1", 1), ("c2", 2), (None, 3), ("c3", 4), ("c4", 5)]


def test_an_event_keeps_its_key_across_ways_of_writing_it(world: World) -> None:
    told = StageEventRow("id-d1", "deal", "sales", "new", "talk", 5, "exact", "vendor", "Talk", change_id="c1")
    with world.ledger.begin() as tx:
        assert stage_events.append(tx, [told]) == 1
        assert stage_events.tell(tx, "deal", [event("c1")]) == (0, 0)


def test_a_deletion_is_weighed_against_the_last_delivery(world: World) -> None:
    world.land([RawRecord("deals", "d1", {"a": 1}, modified=from_us(9)), RawRecord("deals", "d2", {"a": 1})])
    world.land([RawRecord("deals", "d3", {}, deleted=True)])
    with world.ledger.read() as tx:
        found = tombstones.live(tx, world.connection_id, "deals", ["d1", "d2", "d3", "d4"])
        assert found == {"d1": (9, 10), "d2": (None, 10)}
        assert tombstones.live(tx, world.connection_id, "none", ["d1"]) == {}
        assert tombstones.live(tx, world.connection_id, "deals", []) == {}


def test_a_stream_remembers_what_it_was_asked_for(world: World) -> None:
    where = (world.connection_id, "deals")
    with world.ledger.begin() as tx:
        streams.advance(tx, *where, cursor="a", now_us=1, complete=True, count=1)
        before = streams.get(tx, *where)
        streams.ask(tx, *where, frozenset({"b", "a"}))
        kept = streams.get(tx, *where)
        streams.ask(tx, *where, frozenset({"a", "b", "c"}), filling=frozenset({"c"}))
        again = streams.get(tx, *where)
        streams.filled(tx, *where)
        done = streams.get(tx, *where)
    assert before is not None
    assert kept is not None
    assert again is not None
    assert done is not None
    assert (before.fields, before.filling) == (None, frozenset())
    assert (kept.fields, kept.cursor, kept.full_listing_us) == (frozenset("ab"), "a", 1)
    assert (again.fields, again.filling, again.cursor, again.full_listing_us) == (
        frozenset("abc"),
        frozenset("c"),
        None,
        None,
    )
    assert done.filling == frozenset()


def test_a_run_keeps_what_was_told_and_spent(world: World) -> None:
    told = (Note("read.way", "read by {way}", {"way": "list", "calls": 3}),)
    step = runs.Step("books", "deals", 1, 2, credits=4, credits_left=90, returns_us=8, notices=told, part="history")
    with world.ledger.begin() as tx:
        run_id = runs.start(tx, command=runs.SYNC, version="0", now_us=1)
        runs.step(tx, run_id, step)
        runs.step(tx, run_id, runs.Step("books", "deals", 3, 2, cursor_after="c"))
    with world.ledger.read() as tx:
        ((first, second),) = [run.steps for run in runs.listing(tx)]
        assert first == step
        assert (second.part, second.notices, second.credits_left) == (runs.RECORDS, (), None)
        last = runs.last_reading(tx, "books", "deals")
    assert last == runs.Reading(3, "c"), "other parts are no readings of the records"


@pytest.mark.parametrize("version", [2])
def test_an_older_ledger_learns_of_feeds(ledger_url: str, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    ledger = open_ledger(ledger_url)
    _back_to_2(ledger)
    ledger.close()
    monkeypatch.setattr(migrations, "STEPS", [step for step in migrations.STEPS if step.version <= version + 1])
    upgraded = upgrade_ledger(ledger_url)
    with upgraded.begin() as tx:
        run_id = runs.start(tx, command=runs.SYNC, version="0", now_us=1)
        runs.step(tx, run_id, runs.Step("books", "deals", 1, 2))
        assert runs.listing(tx)[0].steps[0].credits == 0
        assert tx.execute(text("SELECT change_id FROM stage_event")).all() == []
        assert tx.execute(text("SELECT fields, filling FROM stream")).all() == []
        assert tx.execute(text("SELECT cursor FROM feed")).all() == []
        assert tx.execute(text("SELECT to_label FROM stage_change")).all() == []
    upgraded.close()


def _back_to_2(ledger: Ledger) -> None:
    gone = {"stream": ("fields", "filling"), "stage_event": ("change_id",)}
    gone["run_step"] = ("part", "credits", "credits_left", "returns_us", "notices")
    with ledger.begin() as tx:
        for name in ("feed", "stage_change"):
            tx.execute(text(f"DROP TABLE {name}"))
        for table, columns in gone.items():
            for column in columns:
                tx.execute(text(f'ALTER TABLE "{table}" DROP COLUMN "{column}"'))
        tx.execute(text("UPDATE meta SET value = '2' WHERE key = 'schema_version'"))
