"""Deletions and history have cursors of their own; vendors' stages are kept verbatim until a mapping reads them."""

import pytest
from sqlalchemy import text
from tests.ledger.conftest import World

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import feeds, links, migrations, runs, stage_changes, stage_events, streams, tombstones
from crmbridge.ledger.engine import Ledger, open_ledger, upgrade_ledger
from crmbridge.ledger.stage_changes import StageChangeRow
from crmbridge.ledger.stage_events import StageEventRow
from crmbridge.model.instants import from_us
from crmbridge.model.notes import Note


def change(name: str, external_id: str = "d1", to_label: str = "Talk", at_us: int | None = 5) -> StageChangeRow:
    return StageChangeRow(name, external_id, None, "New", to_label, at_us, "exact")


def keep(world: World, *rows: StageChangeRow) -> int:
    with world.ledger.begin() as tx:
        return stage_changes.keep(tx, world.connection_id, "deals", rows, now_us=7)


def due(world: World, mapping_id: int | None = None) -> list[tuple[str, str]]:
    with world.ledger.read() as tx:
        found = (
            stage_changes.waiting(tx, world.connection_id, "deals")
            if mapping_id is None
            else stage_changes.outdated(tx, world.connection_id, "deals", mapping_id)
        )
    return [(one.row.change_id, one.record_id) for one in found]


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
    assert keep(world, change("c1"), change("c2"), change("c1")) == 2
    assert keep(world, change("c1"), change("c3")) == 1
    assert keep(world, change("c1", to_label="Won")) == 1, "told differently"
    assert keep(world) == 0


def test_history_waits_for_its_record(world: World) -> None:
    keep(world, change("c1"), change("c2", "d2"), change("c3"))
    assert due(world) == []
    link(world, "d1")
    assert due(world) == [("c1", "id-d1"), ("c3", "id-d1")]


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
    keep(world, change("c1", at_us=None))
    assert due(world) == [("c1", "id-d1")]


def event(name: str | None, to_stage: str = "talk", at_us: int = 5) -> StageEventRow:
    return StageEventRow("id-d1", "deal", "sales", "new", to_stage, at_us, "exact", "vendor", "Talk", change_id=name)


def test_told_events_are_known_by_their_change(world: World) -> None:
    with world.ledger.begin() as tx:
        assert stage_events.tell(tx, [event("c1"), event("c2"), event("c1")]) == (2, 0)
        first = tx.change_no
    with world.ledger.begin() as tx:
        assert stage_events.tell(tx, [event("c1"), event("c2")]) == (0, 0)
        assert tx.change_no is None, "nothing was written"
        assert stage_events.tell(tx, [event("c1", "won"), event("c3")]) == (1, 1)
        moved = tx.change_no
    with world.ledger.read() as tx:
        assert [(e.change_id, e.to_stage) for e in stage_events.for_record(tx, "id-d1")] == [
            ("c1", "won"),
            ("c2", "talk"),
            ("c3", "talk"),
        ]
        rows = tx.execute(text("SELECT change_id, seq, change_no FROM stage_event ORDER BY seq")).all()
    assert [tuple(row) for row in rows] == [("c1", 1, moved), ("c2", 2, first), ("c3", 3, moved)]


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
