"""Retention: what is old goes and no more; the newest payload of a living record never does."""

from typing import Any

import pytest
from sqlalchemy import text
from tests.ledger.conftest import World

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import bulk, conflicts, pruning, raw, runs, verifying
from crmbridge.ledger.pruning import RULES
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.report.plans import told_note

DAY = 86_400_000_000
NOW = 1_000 * DAY


def gone(tx: LedgerTx, setting: str, before_us: int) -> dict[str, int]:
    return {rule.table: pruning.prune(tx, rule, before_us=before_us) for rule in RULES if rule.setting == setting}


def payloads(world: World) -> dict[str, Any]:
    with world.ledger.read() as tx:
        kept = raw.fetch(tx, world.connection_id, "deals", ["d1", "d2", "d3"])
    return {item.record.external_id: dict(item.record.payload) for item in kept}


def test_only_payloads_of_what_was_deleted_long_ago_go(world: World) -> None:
    world.land([RawRecord("deals", name, {"name": f"Deal {name}"}) for name in ("d1", "d2", "d3")], now_us=1)
    world.land([RawRecord("deals", "d1", {}, deleted=True)], now_us=100 * DAY)
    world.land([RawRecord("deals", "d2", {}, deleted=True)], now_us=999 * DAY)
    before = payloads(world)
    with world.ledger.begin() as tx:
        assert gone(tx, "payloads", NOW - 30 * DAY) == {"raw_payload": 1}
    with world.ledger.begin() as tx:
        assert gone(tx, "payloads", NOW - 30 * DAY) == {"raw_payload": 0}
    assert payloads(world) == {**before, "d1": {}}
    with world.ledger.read() as tx:
        assert [note.code for note in verifying.problems(tx) if note.code != "LOST_END"] == []


def test_what_was_deleted_and_let_go_comes_back_whole(world: World) -> None:
    world.land([RawRecord("deals", "d1", {"name": "Deal"})], now_us=1)
    world.land([RawRecord("deals", "d1", {}, deleted=True)], now_us=2)
    with world.ledger.begin() as tx:
        gone(tx, "payloads", NOW)
    assert world.land([RawRecord("deals", "d1", {}, deleted=True)], now_us=3).unchanged == 1
    assert [item.is_new for item in world.land([RawRecord("deals", "d1", {"name": "Deal"})], now_us=4).landed] == [
        False
    ]
    assert payloads(world) == {"d1": {"name": "Deal"}}


def conflict(number: int, settled_us: int | None) -> conflicts.Conflict:
    told = '[["left", "Li Wei", 1], ["right", "Li W.", 2]]'
    end = ("left", '"Li Wei"', 1, settled_us, "li@desk") if settled_us else (None, None, 1, None, None)
    return conflicts.Conflict(0, number, "main", "contact", f"r{number}", "full_name", '"Li"', told, "ask", *end)


def test_a_settled_disagreement_keeps_who_won_and_loses_the_values(world: World) -> None:
    with world.ledger.begin() as tx:
        conflicts.add(tx, [conflict(1, 10), conflict(2, NOW), conflict(3, None)])
        assert gone(tx, "conflicts", NOW) == {"conflict": 1, "likeness": 0}
        told = [*conflicts.listing(tx, is_open=False), *conflicts.listing(tx)]
    assert {one.twin_id: (one.winner, one.settled_by, "Li Wei" in one.candidates) for one in told} == {
        1: ("left", "li@desk", False),
        2: ("left", "li@desk", True),
        3: (None, None, True),
    }


def test_the_last_run_of_each_command_stays(world: World) -> None:
    with world.ledger.begin() as tx:
        for command, at in (("sync", 1), ("sync", 2), ("grant", 3), ("sync", NOW)):
            number = runs.start(tx, command=command, version="1", now_us=at)
            runs.finish(tx, number, exit_code=0, now_us=at)
        assert gone(tx, "runs", NOW)["run"] == 2
        assert [run.command for run in runs.listing(tx)] == ["sync", "grant"]


@pytest.mark.parametrize(
    ("op", "state", "goes"),
    [
        ("update", "applied", True),
        ("delete", "applied", True),
        ("update", "dropped", True),
        ("create", "applied", False),
        ("update", "unknown", False),
        ("update", "rejected", False),
    ],
)
def test_old_writes_lose_their_values_and_stay(world: World, op: str, state: str, goes: bool) -> None:  # noqa: FBT001
    with world.ledger.begin() as tx:
        tx.execute(
            text(
                "INSERT INTO outbox (id, plan_id, connection_id, object, kind, op, key, lines, fields, before, state,"
                " tries, made_us, settled_us) VALUES (1, 7, 1, 'deals', 'deal', :op, 'k', :lines, :fields, :fields,"
                " :state, 1, 1, 5)"
            ),
            {"op": op, "state": state, "lines": '[{"field": "name", "to": "Li Wei"}]', "fields": '{"n": "Li Wei"}'},
        )
        assert gone(tx, "writes", NOW) == {"outbox": int(goes)}
        assert gone(tx, "writes", NOW) == {"outbox": 0}
        assert pruning.is_pruned(tx, 7) is goes
        [(lines, told)] = bulk.select(tx, "SELECT lines, told FROM outbox")
    assert ("Li Wei" in lines) is not goes
    assert told is None or told_note(told).template == "the values of this write are not kept any more"


def test_quarantine_that_is_solved_goes(world: World) -> None:
    with world.ledger.begin() as tx:
        for number, resolved in ((1, 5), (2, NOW), (3, None)):
            tx.execute(
                text(
                    "INSERT INTO quarantine (id, connection_id, object, key, code, problems, attempts, first_us,"
                    " last_us, resolved_us) VALUES (:id, 1, 'deals', :key, 'X', '[]', 1, 1, 1, :resolved)"
                ),
                {"id": number, "key": f"k{number}", "resolved": resolved},
            )
        assert gone(tx, "quarantine", NOW) == {"quarantine": 1}
