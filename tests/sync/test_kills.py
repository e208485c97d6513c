"""Killed anywhere, the next run comes to what an uninterrupted one would have come to."""

import itertools
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.sync.victim import DyingLedger, Killed, outcome, prepare, raise_killed
from tests.sync.world import World

from crmbridge.ledger.engine import open_ledger
from crmbridge.sync.engine import run_sync

ROOT = Path(__file__).resolve().parents[2]
TURNS = 4
pytestmark = pytest.mark.file_ledger  # the uninterrupted run is kept in a file; there is a turn for each engine


def new_world(url: str) -> World:
    numbers = itertools.count(1)
    return World(open_ledger(url), lambda: f"{next(numbers):026d}")


class Twin(NamedTuple):
    """What an uninterrupted run comes to, how many boundaries it crosses, and the ledger's file before it."""

    outcome: dict[str, Any]
    points: int
    file: Path


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Twin:
    folder = tmp_path_factory.mktemp("twin")
    world = new_world(f"sqlite:///{folder / 'ledger.db'}")
    prepare(world)
    world.ledger.backup(folder / "before.db")
    counting = DyingLedger(world.ledger, 0, raise_killed)
    run_sync(world.setups(), world.around(counting))
    found = outcome(world)
    world.ledger.close()
    return Twin(found, counting.points, folder / "before.db")


def resume(world: World) -> dict[str, Any]:
    """Another process goes on, at once (the dead one's lease has not run out); what it comes to."""
    world.gone.add(world.holder)
    numbers = itertools.count(10_000)
    world.holder, world.new_id = "here:2", lambda: f"{next(numbers):026d}"
    run_sync(world.setups(), world.around())
    found = outcome(world)
    world.ledger.close()
    return found


def test_the_history_is_worth_interrupting(twin: Twin) -> None:
    found = twin.outcome
    assert twin.points > 150
    assert found["events"]["bd0"]
    assert found["events"]["sd0"]
    assert found["records"]["account"]["sa1"]["lifecycle"] == "deleted"
    assert len(found["records"]["account"]["ba2"]["refs"]) == 2
    deals, users = found["records"]["deal"], found["records"]["user"]
    assert {name for name, deal in deals.items() if deal["lifecycle"] == "deleted" and name[0] == "f"} == {"fd0", "fd3"}
    assert {name for name, user in users.items() if user["lifecycle"] == "deleted"} == {"fu1", "fu2", "fu3"}
    assert [event.to_stage for event in found["events"]["fd2"] if event.origin == "vendor"] == [
        "new",
        "talk",
        "talk",
        "won",
    ]
    assert found["events"]["fd9"][0].origin == "vendor"
    assert deals["fd4"]["expected_close"] == "2026-05-05"
    assert [row[2] for row in found["quarantine"]] == ["bd1", "@deals.csv:9"]


@pytest.mark.parametrize("turn", [0, *(pytest.param(turn, marks=pytest.mark.wide) for turn in range(1, TURNS))])
def test_killed_after_every_commit(tmp_path: Path, twin: Twin, turn: int) -> None:
    """Every fourth commit, each turn another one; the first and the last commits of a run each time."""
    points = range(2, twin.points + 1, 2)
    ends = {*points[:3], *points[-3:]}
    for point in sorted({*points[turn::TURNS], *ends}):
        file = tmp_path / f"{point}.db"
        shutil.copyfile(twin.file, file)
        world = new_world(f"sqlite:///{file}")
        world.new_id = (f"{number:026d}" for number in itertools.count(1_000)).__next__
        prepare(world, is_synced=True)
        with pytest.raises(Killed):
            run_sync(world.setups(), world.around(DyingLedger(world.ledger, point, raise_killed)))
        assert resume(world) == twin.outcome, f"killed after commit {point // 2}"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_killed_on_each_engine(ledger_url: str, twin: Twin, share: float) -> None:
    world = new_world(ledger_url)
    prepare(world)
    with pytest.raises(Killed):
        run_sync(world.setups(), world.around(DyingLedger(world.ledger, int(twin.points * share), raise_killed)))
    assert resume(world) == twin.outcome


@pytest.mark.parametrize("share", [0.15, 0.5, 0.85])
def test_sigkill(ledger_url: str, twin: Twin, share: float) -> None:
    """A real process, a real SIGKILL: nothing of it is cleaned up."""
    command = [sys.executable, "-m", "tests.sync.victim", ledger_url, str(int(twin.points * share))]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    world = new_world(ledger_url)
    prepare(world, is_synced=True)
    assert resume(world) == twin.outcome
