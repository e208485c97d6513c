"""Batches of every size: many rows a statement, one look for a page of new ids, links remembered between batches."""

import random

import pytest

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import bulk, links, raw, records
from crmbridge.ledger.engine import Ledger

from .conftest import World

PLAN = bulk.Upsert("link", ("external_id", "record_id"), ("stream_id", "external_id"), fixed=("stream_id", "extra"))


@pytest.mark.parametrize("size", [1, 2, 497, 498, 499, 500, 1001])
def test_every_row_of_a_batch_is_written_whatever_its_size(ledger: Ledger, size: int) -> None:
    rows = [(f"e{number}", f"r{number}") for number in range(size)]
    with ledger.begin() as tx:
        assert bulk.upsert(tx, PLAN, rows, fixed=(1, 0)) == size
        assert bulk.upsert(tx, PLAN, rows, fixed=(1, 0)) == 0
        assert bulk.upsert(tx, PLAN, rows, fixed=(2, 0)) == size
        found = bulk.fetch(tx, "SELECT record_id FROM link WHERE external_id IN {wanted}", [row[0] for row in rows])
    assert sorted(row[0] for row in found) == sorted([row[1] for row in rows] * 2)


def test_pages_in_any_order_land_each_record_once(world: World) -> None:
    numbers = list(range(300))
    random.Random(3).shuffle(numbers)  # noqa: S311 - an order, not a secret
    ordered = [numbers[:100], sorted(numbers[100:200]), numbers[200:], numbers[50:250]]
    found = [world.land([RawRecord("deals", f"é{n:03d}", {"n": str(n)}) for n in page]) for page in ordered]
    assert [(len(landing.landed), landing.unchanged) for landing in found] == [(100, 0), (100, 0), (100, 0), (0, 200)]
    with world.ledger.read() as tx:
        assert raw.count(tx, world.connection_id, "deals") == 300


def test_a_link_without_a_landed_record_is_seen_by_the_one_look(world: World) -> None:
    with world.ledger.begin() as tx:
        links.make(tx, world.connection_id, "deals", [("b", "ours")])
    landing = world.land([RawRecord("deals", name, {"n": name}) for name in "abc"])
    assert [item.record_id for item in landing.landed] == [None, "ours", None]


def test_batches_mixed_of_new_old_and_special_rows_are_kept_as_they_are(world: World) -> None:
    plain = [world.row(f"p{number}", f"{number:026d}", name="n", is_new=True) for number in range(60)]
    odd = [
        world.row("o1", "o" * 26, name="n", custom='{"a":1}', is_new=True),
        world.row("o2", "q" * 26, name="n", issues="[]", lifecycle="archived", is_new=True),
        world.row("o3", "s" * 26, name="n", stage_dates="[]", seen_us=7, is_new=True),
    ]
    with world.ledger.begin() as tx:
        assert world.write(tx, [*plain[:30], *odd, *plain[30:]], now_us=100).inserted == 63
    with world.ledger.begin() as tx:
        again = [row._replace(is_new=False, custom=None, issues=None, stage_dates=None) for row in [*odd, *plain]]
        assert world.write(tx, again, now_us=200).updated == 3
    columns = ("external_id", "custom", "issues", "stage_dates", "lifecycle", "first_seen_us", "last_seen_us")
    with world.ledger.read() as tx:
        kept = {row[1]: row[2:] for row in bulk.kept(tx, "deal", columns, [row.id for row in again])}
    assert kept["o1"] == (None, None, None, "active", 100, 200)
    assert kept["o2"] == (None, None, None, "archived", 100, 200)
    assert kept["o3"][-2:] == (7, 7)
    assert kept["p59"] == (None, None, None, "active", 100, 100)


def test_targets_are_looked_up_once_and_unknown_ones_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    resolve = links.resolve

    def spy(tx: object, connection_id: int, object_name: str, ids: list[str]) -> dict[str, str]:
        asked.append(sorted(ids))
        return resolve(tx, connection_id, object_name, ids)  # type: ignore[arg-type]

    monkeypatch.setattr(links, "resolve", spy)
    monkeypatch.setattr(records, "_MOST_RESOLVED", 1)
    resolved: dict[str, dict[str, str]] = {}
    with world.ledger.begin() as tx:
        links.make(tx, world.connection_id, "accounts", [("A", "ours"), ("C", "third")])
        for number, account in enumerate("AABACA"):
            row = world.row(f"d{number}", name="n", account_ref=account, is_new=True)
            world.write(tx, [row], resolved=resolved)
            if account == "B":
                links.make(tx, world.connection_id, "accounts", [("B", "other")])
    assert asked == [["A"], ["B"], ["C"], ["A"]]
    assert resolved["account"] == {"A": "ours"}
