from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from crmbridge.adapter.contract import Problem
from crmbridge.ledger import (
    catalogs,
    changes,
    connections,
    identities,
    links,
    mappings,
    pipelines,
    quarantine,
    runs,
    stage_events,
    streams,
)
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.stage_events import StageEventRow
from crmbridge.model.errors import ConfigError
from crmbridge.model.pipeline import Category, Pipeline, Stage

if TYPE_CHECKING:
    from tests.ledger.conftest import World
else:
    World = Any


def test_a_connection_is_made_once_and_follows_the_configuration(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        one = connections.ensure(tx, "zoho", adapter="zoho", rank=2, now_us=1)
        two = connections.ensure(tx, "books", adapter="csv", rank=1, now_us=1)
        assert connections.ensure(tx, "zoho", adapter="zoho", rank=0, now_us=9) == one
        assert [(row.id, row.name, row.rank) for row in connections.listing(tx)] == [
            (one, "zoho", 0),
            (two, "books", 1),
        ]


def test_another_account_behind_the_credentials_stops_everything(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        one = connections.ensure(tx, "zoho", adapter="zoho", rank=1, now_us=1)
        assert connections.pin_org(tx, one, "o1", "Acme")
        assert not connections.pin_org(tx, one, "o1", "Acme")
        with pytest.raises(ConfigError, match=r"opens Other \(o2\), but .* Acme \(o1\)"):
            connections.pin_org(tx, one, "o2", "Other")


def test_a_cursor_moves_and_high_water_only_rises(world: World) -> None:
    with world.ledger.begin() as tx:
        assert streams.get(tx, world.connection_id, "deals") is None
        assert streams.advance(tx, world.connection_id, "deals", cursor="c1", now_us=5, high_water_us=50)
        assert streams.advance(tx, world.connection_id, "deals", cursor="c2", now_us=6, high_water_us=40)
        assert streams.advance(tx, world.connection_id, "deals", cursor="c2", now_us=7, complete=True, count=3)
        found = streams.get(tx, world.connection_id, "deals")
        assert found is not None
        assert (found.cursor, found.high_water_us, found.full_listing_us, found.full_listing_count) == ("c2", 50, 7, 3)
        assert not streams.advance(tx, world.connection_id, "deals", cursor="c2", now_us=9, complete=True, count=3)
        assert [stream.object for stream in streams.listing(tx)] == ["deals"]


def test_a_catalog_is_kept_when_it_changes(world: World) -> None:
    with world.ledger.begin() as tx:
        assert catalogs.latest(tx, world.connection_id) is None
        assert [catalogs.store(tx, world.connection_id, body, now_us=1) for body in ("a", "a", "b", "a")] == [
            True,
            False,
            True,
            True,
        ]
        assert catalogs.latest(tx, world.connection_id) == "a"


def test_a_mapping_is_kept_at_its_first_sight(world: World) -> None:
    with world.ledger.begin() as tx:
        say = {"body": "format = 1", "unknown": {"deals": ["b", "a"]}}
        one = mappings.record(tx, world.connection_id, "h", **say, now_us=1)  # type: ignore[arg-type]
        assert mappings.record(tx, world.connection_id, "h", **say, now_us=2) == one  # type: ignore[arg-type]
        assert mappings.unknown_fields(tx)[one] == {"deals": frozenset({"a", "b"})}
        assert mappings.body(tx, one) == "format = 1"


def test_a_link_stays_with_its_record(world: World) -> None:
    with world.ledger.begin() as tx:
        assert links.make(tx, world.connection_id, "deals", [("A1", "r1"), ("A2", "r2")]) == 2
        assert links.make(tx, world.connection_id, "deals", [("A1", "other")]) == 0
        assert links.resolve(tx, world.connection_id, "deals", ["A1", "A2", "A3"]) == {"A1": "r1", "A2": "r2"}
        assert links.resolve(tx, world.connection_id, "never read", ["A1"]) == {}
        links.make(tx, world.connection_id, "leads", [("L1", "r1")], extra=True)
        assert links.extra_refs(tx, ["r1", "r2"]) == {"r1": [("books", "leads", "L1")]}


def test_a_hard_key_is_found_with_all_who_have_it(world: World) -> None:
    deal, here = world.deal.name, (world.connection_id, "deals")
    with world.ledger.begin() as tx:
        one, other = world.row("A1", name="a"), world.row("A2", name="b")
        world.write(tx, [one, other])
        assert identities.keep(tx, *here, {"A1": {"name": ["91"]}, "A2": {"name": ["92"]}, "A3": {"name": []}}) == 2
        assert identities.keep(tx, *here, {"A1": {"name": ["91"]}}) == 0
        assert identities.find(tx, deal, "name", ["91", "93"]) == {"91": [(one.id, world.connection_id)]}
        assert identities.find(tx, deal, "email", ["91"]) == {}
        identities.keep(tx, *here, {"A2": {"name": ["91"]}})
        assert len(identities.find(tx, deal, "name", ["91"])["91"]) == 2
        assert identities.find(tx, deal, "name", ["92"]) == {}
        assert identities.forget(tx, *here, ["A1", "A7"]) == 1
        assert identities.find(tx, deal, "name", ["91"]) == {"91": [(other.id, world.connection_id)]}
        assert identities.keep(tx, *here, {"A2": {"name": ["9" * 300]}}) == 1
        assert identities.find(tx, deal, "name", ["91", "9" * 300]) == {}
        assert identities.forget(tx, *here, ["A1"]) == 0


def test_one_transaction_has_one_change_number_and_later_ones_are_greater(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        first = changes.next_change(tx)
        assert changes.next_change(tx) == first
    with ledger.begin() as tx:
        assert changes.next_change(tx) == first + 1
    with pytest.raises(RuntimeError, match="stop"), ledger.begin() as tx:  # noqa: PT012 - the two belong together
        changes.next_change(tx)
        raise RuntimeError("stop")
    with ledger.read() as tx:
        assert changes.last_change(tx) == first + 1


def event(record_id: str, to_stage: str, at_us: int, **more: Any) -> StageEventRow:
    return StageEventRow(
        record_id, "deal", "sales", None, to_stage, at_us, "exact", more.pop("origin", "vendor"), **more
    )


def test_an_event_delivered_again_is_one(ledger: Ledger) -> None:
    first, second, other = event("r1", "new", 10), event("r1", "won", 20), event("r2", "new", 10, amount_e4=5)
    with ledger.begin() as tx:
        assert stage_events.append(tx, [second, first, other, first]) == 3
    with ledger.begin() as tx:
        assert stage_events.append(tx, [first, second]) == 0
        assert changes.last_change(tx) == 1
        assert stage_events.append(tx, [event("r1", "won", 20, origin="observed")]) == 1
        assert [(row.to_stage, row.origin) for row in stage_events.for_record(tx, "r1")] == [
            ("new", "vendor"),
            ("won", "vendor"),
            ("won", "observed"),
        ]
        assert stage_events.for_record(tx, "r2") == [other]


def test_events_of_one_instant_keep_their_order(ledger: Ledger) -> None:
    rows = [event("r1", name, 10) for name in ("c", "a", "b")]
    with ledger.begin() as tx:
        stage_events.append(tx, rows)
        assert stage_events.for_record(tx, "r1") == rows


SALES = Pipeline(
    id="sales",
    names={"en": "Sales", "zh": "销售"},
    stages=(
        Stage(key="new", order=1, category=Category.OPEN, probability=Decimal("0.10")),
        Stage(key="won", order=2, category=Category.WON),
        Stage(key="lost", order=3, category=Category.LOST),
    ),
)


def test_a_pipeline_is_written_where_it_differs(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        assert pipelines.store(tx, [SALES]) == 1
        assert pipelines.store(tx, [SALES]) == 0
        assert pipelines.load(tx) == [SALES]
    shorter = SALES.model_copy(update={"stages": SALES.stages[:2]})
    with ledger.begin() as tx:
        assert pipelines.store(tx, [shorter]) == 1
        assert pipelines.load(tx) == [shorter.model_copy(update={"version": 2})]
        assert changes.last_change(tx) == 2


def test_a_run_tells_what_it_did(ledger: Ledger) -> None:
    done = runs.Step("books", "deals", started_us=1, duration_us=5, read=9, landed=8, cursor_after="c", exit_code=1)
    with ledger.begin() as tx:
        first = runs.start(tx, command="sync", version="0.1", now_us=1)
        runs.step(tx, first, done)
        runs.finish(tx, first, exit_code=1, now_us=9, error_code="record", error="1 record waits")
        second = runs.start(tx, command="sync", version="0.1", now_us=20)
        assert [run.id for run in runs.listing(tx)] == [second, first]
        assert [run.id for run in runs.listing(tx, limit=1)] == [second]
        (found,) = runs.listing(tx, run_id=first)
    assert found == runs.Run(first, "sync", "0.1", 1, 9, 1, "record", "1 record waits", steps=(done,))


PROBLEMS = [
    Problem("bad_date", "{value} is no date", {"value": "31/31"}, "line 4", "close_date", "A1", raw="A1,31/31"),
    Problem("bad_money", "{value} is no amount", {"value": Decimal("1.5")}, "line 4", "close_value", "A1"),
    Problem("short_row", "the row has {count} cells", {"count": 3}, "line 9"),
]


def put(world: World, tx: Any, problems: list[Problem], **more: Any) -> int:
    stamp = {"run_id": 1, "now_us": 5, "mapping_id": 1} | more
    return quarantine.put(tx, world.connection_id, "deals", problems, **stamp)


def test_quarantine_has_one_open_row_for_each_record_or_place(world: World) -> None:
    with world.ledger.begin() as tx:
        assert put(world, tx, PROBLEMS) == 2
        assert put(world, tx, PROBLEMS, now_us=9, run_id=2) == 0
        one, other = quarantine.listing(tx)
    assert [problem.code for problem in one.problems] == ["bad_date", "bad_money"]
    assert (one.key, one.position, one.raw, one.attempts, one.last_us) == ("A1", "line 4", "A1,31/31", 1, 5)
    assert (other.key, other.external_id, other.connection) == ("@line 9", None, "books")


def test_a_new_reason_or_mapping_is_another_attempt(world: World) -> None:
    with world.ledger.begin() as tx:
        put(world, tx, PROBLEMS)
        assert quarantine.unreadable(tx, world.connection_id, "deals", besides_run=1) == []
        assert quarantine.unreadable(tx, world.connection_id, "deals", besides_run=2) == ["A1"]
        assert put(world, tx, PROBLEMS[:1], mapping_id=2, now_us=9) == 1
        (row,) = [row for row in quarantine.listing(tx) if row.key == "A1"]
        assert (row.attempts, row.mapping_id, row.first_us, row.last_us, len(row.problems)) == (2, 2, 5, 9, 1)


def test_what_could_be_read_leaves_quarantine(world: World) -> None:
    with world.ledger.begin() as tx:
        put(world, tx, PROBLEMS[:2])
        put(world, tx, PROBLEMS[2:], mapping_id=None)
        assert quarantine.resolve(tx, world.connection_id, "deals", {"A1", "A7"}, now_us=8) == 1
        assert quarantine.resolve(tx, world.connection_id, "deals", {"A1"}, now_us=9) == 0
        assert quarantine.count(tx, connection_id=world.connection_id) == 1
        assert quarantine.resolve_others(tx, world.connection_id, "deals", {"@line 9"}, now_us=9) == 0
        assert quarantine.resolve_others(tx, world.connection_id, "deals", set(), now_us=9) == 1
        assert quarantine.listing(tx) == []
        closed = quarantine.listing(tx, include_resolved=True)
        assert [(row.resolved_us, row.resolution) for row in closed] == [(8, "read"), (9, "gone")]
        assert put(world, tx, PROBLEMS) == 2


def test_what_a_reader_met_and_what_a_mapping_could_not_read_are_two_rows(world: World) -> None:
    with world.ledger.begin() as tx:
        put(world, tx, PROBLEMS[:1])
        put(world, tx, PROBLEMS[:1], mapping_id=None)
        assert [row.key for row in quarantine.listing(tx)] == ["A1", "@A1"]
        assert quarantine.met(tx, world.connection_id, "deals") == {"A1": "@A1"}
        assert quarantine.count(tx, connection_id=world.connection_id, object_name="deals") == 2
        quarantine.resolve(tx, world.connection_id, "deals", ["A1"], now_us=8)
        assert [row.key for row in quarantine.listing(tx)] == ["@A1"]


def test_the_last_reading_is_one_that_came_to_its_end(ledger: Ledger) -> None:
    ends = [("sync", 0), ("sync", 1), ("sync", 5), ("quarantine --retry", 0), ("sync", 3)]
    cursors = [None, "a", "a", "b", "b", "c"]
    with ledger.begin() as tx:
        for number, (command, exit_code) in enumerate(ends):
            run = runs.start(tx, command=command, version="0.1", now_us=number)
            step = runs.Step("books", "deals", number * 10, 1, exit_code=exit_code, error_code=f"e{exit_code}")
            step = replace(step, cursor_before=cursors[number], cursor_after=cursors[number + 1])
            runs.step(tx, run, step)
        assert runs.last_reading(tx, "books", "deals") == runs.Reading(10, "a")
        assert runs.last_reading(tx, "books", "deals", moved=True) == runs.Reading(0, "a")
        assert runs.last_reading(tx, "books", "leads") is None
        assert runs.failures_since(tx, "books", "deals", 10) == ["e3", "e5"]
