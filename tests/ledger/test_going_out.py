"""Touched records, twins, conflicts, plans and the outbox, on both stores."""

from dataclasses import replace

import pytest

from crmbridge.ledger import conflicts, outbox, plans, streams, touches, twins
from crmbridge.ledger.conflicts import Conflict
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.plans import Plan
from crmbridge.ledger.twins import Place, Twin
from crmbridge.model.errors import ConfigError

from .conftest import World


def twin(record: str, **more: object) -> Twin:
    made = Twin(0, "main", "account", record, Place(1, f"L{record}", "r1"), None, "linked", "{}", 0, 0, 5)
    return replace(made, **more)  # type: ignore[arg-type] # loosely typed above


def plan(name: str, **more: object) -> Plan:
    return replace(Plan(name, "pair:main", "basis", "open", 1, 10, 20), **more)  # type: ignore[arg-type] # as above


def write(plan_id: int, key: str, **more: object) -> Write:
    made = Write(plan_id, 1, "Deals", "deal", "update", key, "R1", 1, "left", "x1", "r1", "[]", "{}", None, 7)
    return replace(made, **more)  # type: ignore[arg-type] # as above


def test_each_pair_looks_at_what_was_touched_since_it_looked_last(world: World) -> None:
    with world.ledger.begin() as tx:
        stream = streams.ensure(tx, world.connection_id, "Deals")
        assert touches.touch(tx, stream, ["b", "a", "b"]) == 2
        assert touches.touch(tx, stream, ["a", "c"]) == 2
        ids, number = touches.touched(tx, "one", stream, limit=2)
        assert ids == ["b", "a"]
        touches.looked(tx, "one", stream, number)
        ids, number = touches.touched(tx, "one", stream, limit=9)
        assert ids == ["c"]
        touches.looked(tx, "one", stream, number)
        assert touches.touched(tx, "one", stream, limit=9) == ([], 0)
        assert touches.touched(tx, "other", stream, limit=9)[0] == ["b", "a", "c"]
        touches.touch(tx, stream, ["b"])
        assert touches.touched(tx, "one", stream, limit=9)[0] == ["b"]


def test_twins_are_kept_found_and_changed(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        assert twins.put(tx, [twin("A"), twin("B", behind=2)]) == 2
        found = twins.of_records(tx, "main", ["A", "B", "C"])
        assert {name: one.behind for name, one in found.items()} == {"A": 0, "B": 2}
        assert [one.record_id for one in twins.behind(tx, "main", limit=9)] == ["B"]
        assert twins.count(tx, "main") == 0
        right = replace(found["A"], right=Place(2, "RA"), fields='{"name":["x"]}')
        twins.put(tx, [right])
        assert twins.of_records(tx, "main", ["A"])["A"] == right
        assert twins.by_id(tx, [right.id]) == {right.id: right}
        assert twins.count(tx, "main") == 1
        assert twins.of_records(tx, "other", ["A"]) == {}


def test_everything_a_pair_holds_is_paged_by_record(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        twins.put(tx, [twin(name) for name in "CADB"])
        pages, after = [], ""
        while page := twins.listing(tx, "main", limit=3, after=after):
            after = page[-1].record_id
            pages.append([one.record_id for one in page])
        assert pages == [["A", "B", "C"], ["D"]]


def test_no_page_of_what_a_pair_holds_is_sorted(file_world: World) -> None:
    with file_world.ledger.begin() as tx:
        asked: list[str] = []
        tx.sqlite.set_trace_callback(asked.append)
        twins.listing(tx, "main", limit=3, after="A")
        tx.sqlite.set_trace_callback(None)
        way = str(tx.sqlite.execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall())
        assert "TEMP B-TREE" not in way, way


def conflict(twin_id: int, field: str, candidates: str, **more: object) -> Conflict:
    made = Conflict(0, twin_id, "main", "account", "A", field, '"b"', candidates, "review", None, None, 5, None, None)
    return replace(made, **more)  # type: ignore[arg-type] # as above


def test_one_question_about_one_field_and_every_settled_one_stays(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        conflicts.add(tx, [conflict(1, "name", "[1]"), conflict(1, "city", "[2]")])
        conflicts.add(tx, [conflict(1, "name", "[3]"), conflict(2, "name", "[4]", winner="left", settled_us=6)])
        found = {(one.twin_id, one.field): one for one in conflicts.listing(tx)}
        assert {place: one.candidates for place, one in found.items()} == {(1, "name"): "[3]", (1, "city"): "[2]"}
        assert [one.candidates for one in conflicts.listing(tx, is_open=False)] == ["[4]"]
        conflicts.settle(tx, [(found[1, "name"].id, "left", '"x"', "somebody")], now_us=9)
        assert [one.field for one in conflicts.open_of(tx, [1, 2])] == ["city"]
        conflicts.add(tx, [conflict(1, "name", "[5]")])
        assert {one.candidates for one in conflicts.open_of(tx, [1])} == {"[2]", "[5]"}
        assert [one.settled_by for one in conflicts.listing(tx, pair="main", is_open=False)] == [None, "somebody"]


def test_a_newer_plan_takes_the_place_of_an_open_one_and_drops_what_it_had_not_sent(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        first = plans.add(tx, plan("P1"))
        outbox.add(tx, [write(first, "k1"), write(first, "k2")])
        one, _ = outbox.of_plan(tx, first)
        outbox.sent(tx, [one.id], now_us=8)
        second = plans.add(tx, plan("P2", basis="other"))
        assert outbox.counts(tx, first) == {"sent": 1, "dropped": 1}
        assert plans.get(tx, "P1").state == "superseded"
        plans.add(tx, plan("P3", scope="undo:7"))
        assert plans.get(tx, "P2").state == "open", "another scope is none of its business"
        assert plans.approved_basis(tx, "pair:main") is None
        plans.move(tx, second, "approved", now_us=11, approved_by="somebody")
        assert plans.approved_basis(tx, "pair:main") == "other"
        assert [one.name for one in plans.listing(tx)] == ["P3", "P2", "P1"]
        with pytest.raises(ConfigError, match="no plan P9"):
            plans.get(tx, "P9")


def test_a_write_is_sent_before_it_leaves_and_told_what_became_of_it(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        number = plans.add(tx, plan("P1"))
        outbox.add(tx, [write(number, "k1", op="create", external_id=None), write(number, "k2"), write(number, "k3")])
        one, two, three = outbox.of_plan(tx, number, state="planned")
        outbox.sent(tx, [one.id, two.id], now_us=8)
        assert [(w.key, w.tries, w.sent_us) for w in outbox.waiting(tx, 1)] == [("k1", 1, 8), ("k2", 1, 8)]
        outbox.settle(tx, [(one.id, "applied", "X1", None), (two.id, "unknown", "x1", '["lost"]')], now_us=9)
        assert [(w.key, w.state, w.told) for w in outbox.waiting(tx, 1)] == [("k2", "unknown", '["lost"]')]
        assert [w.external_id for w in outbox.creates(tx, 1, ["k1", "k2"])] == ["X1"]
        assert outbox.waiting(tx, 2) == []
        assert [w.key for w in outbox.of_twins(tx, [1], ("planned", "unknown"))] == ["k2", "k3"]
        assert three.state == "planned"
        assert [w.key for w in outbox.of_plan(tx, number, state="planned", limit=1)] == ["k3"]
