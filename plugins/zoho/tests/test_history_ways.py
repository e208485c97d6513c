"""Stage history is read the cheapest way, tells the same by all of them, and only what is new after the first load."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from plugins.zoho.tests.test_simulated_world import DEALS, World

from crmbridge.adapter.contract import HistoryPage, PullRequest, RawRecord, StageChange
from crmbridge_zoho.moves import Moves
from crmbridge_zoho.session import Session

TRACKER = "DealHistory"


def told(pages: Sequence[HistoryPage]) -> dict[str, StageChange]:
    return {change.change_id: change for page in pages for change in page.changes}


def listed(world: World, cursor: str | None = None, **options: Any) -> list[HistoryPage]:
    pages = list(world.open(**options).list_history(PullRequest(DEALS, cursor)))
    assert not [problem for page in pages for problem in page.problems]
    return pages


def ways(pages: Sequence[HistoryPage]) -> list[object]:
    return [n.params["way"] for page in pages for n in page.notices if n.code == "read.way"]


def calls(world: World) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = world.zoho.look("calls/rows")
    return rows


def jobs(world: World) -> int:
    return sum(1 for row in calls(world) if (row["method"], row["path"]) == ("POST", "/crm/bulk/v8/read"))


def test_after_a_history_was_exported_only_what_is_new_is_read(tmp_path: Path) -> None:
    world = World(tmp_path, options={"page_size": 1}, made={"deals": 200})
    first = listed(world, read_by="bulk")
    assert ways(first)[0] == "bulk"
    assert jobs(world) == 1
    assert told(first) == told(listed(world, read_by="list", page_size=200))
    deal = next(key for key, one in world.zoho.records(DEALS).items() if one["Stage"] == "Qualification")
    stages = ("Needs Analysis", "Value Proposition")
    world.clock.advance(3_600)
    for stage in stages:
        world.clock.advance(60)
        world.zoho.act("stage", deal=deal, stage=stage)
    before = len(calls(world))
    more = listed(world, first[-1].cursor, page_size=200)
    new = [change for key, change in told(more).items() if key not in told(first)]
    assert [(one.record_id, one.from_label, one.to_label) for one in new] == [
        (deal, "Qualification", stages[0]),
        (deal, *stages),
    ]
    assert jobs(world) == 1
    assert len(calls(world)) - before <= 8


@pytest.mark.parametrize("way", ["list", "query", "bulk"])
def test_history_tells_the_same_by_every_way_and_nothing_twice(tmp_path: Path, way: str) -> None:
    """Also where lines of deals that are gone make the count larger than what an export holds."""
    world = World(tmp_path, {"bulk_page_rows": 40})
    for deal in list(world.zoho.records(DEALS))[:5]:
        world.zoho.act("delete", module=DEALS, record_id=deal, permanent=True)
    world.clock.advance(60)
    pages = listed(world, read_by=way)
    there = world.zoho.records(DEALS)
    found = {key: one for key, one in told(pages).items() if one.record_id in there}
    assert found
    assert found == told(listed(world, read_by="list"))
    left = {(one.record_id, one.from_label) for one in found.values()}
    assert len([one for one in left if one[1] is None]) == len({one.record_id for one in found.values()})
    assert not [row for row in calls(world) if TRACKER in row["path"] and "approved=false" in row["query"]]


@pytest.mark.parametrize("way", ["query", "bulk"])
def test_an_interrupted_first_load_asks_nothing_about_each_deal(tmp_path: Path, way: str) -> None:
    world = World(tmp_path, options={"page_size": 5, "read_by": way})
    whole = told(listed(world))
    pages: list[HistoryPage] = []
    for page in world.open().list_history(PullRequest(DEALS)):
        pages.append(page)
        if len(told(pages)) >= 100:
            break
    before = sum(1 for row in calls(world) if row["path"] == "/crm/v8/coql")
    pages += listed(world, pages[-1].cursor)
    queries = sum(1 for row in calls(world) if row["path"] == "/crm/v8/coql") - before
    assert told(pages).keys() == whole.keys()
    assert queries <= (len(whole) // 50 + 5 if way == "query" else 0)
    for key, change in told(pages).items():
        assert change.from_label in {None, whole[key].from_label}


def row(number: int, day: int, stage: str, following: str | None, deal: str = "1") -> RawRecord:
    payload = {"id": str(number), "Potential_Name": {"id": deal}, "Stage": stage, "Moved_To__s": following}
    return RawRecord(TRACKER, str(number), payload, modified=datetime(2026, 5, day, tzinfo=UTC))


def test_rows_out_of_order_are_told_no_stage_that_they_did_not_leave() -> None:
    moves = Moves(cast("Session", None), is_from_start=True)
    rows = [row(1, 1, "A", "B"), row(3, 3, "C", None), row(2, 2, "B", "C"), row(9, 2, "X", None, deal="2")]
    assert moves.before(rows) == [None, None, None, None]
    assert moves.before([row(4, 4, "D", None)]) == ["C"]


def test_rows_in_order_tell_what_was_left_and_the_same_when_met_again() -> None:
    moves = Moves(cast("Session", None), is_from_start=True)
    rows = [row(1, 1, "A", "B"), row(2, 1, "B", "C"), row(3, 3, "C", None)]
    assert moves.before(rows) == [None, "A", "B"]
    assert moves.before([row(3, 3, "C", "D"), row(4, 5, "D", None)]) == ["B", "C"]
