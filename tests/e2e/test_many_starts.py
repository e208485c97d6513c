"""Many processes on one workspace: one runs, the others leave with 75; one that is killed hands over at once."""

import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from tests.app.company import Company

from crmbridge.ledger import runs
from crmbridge.ledger.engine import open_ledger
from crmbridge.ledger.runs import Run

ROOT = Path(__file__).parents[2]
JOBS = """
[jobs.nightly]
kind = "sync"
schedule = "0 2 * * *"

[jobs.waits]
kind = "test"
schedule = "* * * * *"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    company = Company.make(tmp_path / "acme")
    with (company.folder / "crmbridge.toml").open("a", encoding="utf-8") as file:
        file.write(JOBS)
    return company.folder


def start(folder: Path, *words: str, times: int = 1) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "tests.e2e.ticker", str(folder), str(times), *words]
    return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def codes(process: subprocess.Popen[str]) -> list[int]:
    out, err = process.communicate()
    assert process.returncode == 0, err
    return [int(code) for code in out.splitlines()[-1].split()[1:]]


def history(folder: Path) -> list[Run]:
    ledger = open_ledger(f"sqlite:///{folder / 'crmbridge.db'}", create=False)
    with ledger.read() as tx:
        found = runs.listing(tx, limit=100_000)[::-1]
    ledger.close()
    return found


def until(folder: Path, name: str) -> None:
    while not (folder / name).exists():
        time.sleep(0.02)


@pytest.mark.file_ledger
@pytest.mark.parametrize("times", [4, pytest.param(100, marks=pytest.mark.wide)])
def test_of_eight_processes_one_runs_and_the_others_leave_with_75(folder: Path, times: int) -> None:
    processes = [start(folder, "schedule", "run-now", "nightly", times=times) for _ in range(8)]
    ended = [code for process in processes for code in codes(process)]
    assert len(ended) == 8 * times
    assert set(ended) == {0, 75}
    ran = history(folder)
    assert [run.exit_code for run in ran] == [0] * ended.count(0)
    for before, after in pairwise(ran):
        assert before.ended_us is not None
        assert before.ended_us <= after.started_us  # never two at once


@pytest.mark.file_ledger
def test_while_one_is_at_work_every_other_leaves_with_75(folder: Path) -> None:
    (folder / "wait").touch()
    first = start(folder, "schedule", "run-now", "waits")
    until(folder, "begun")
    others = [start(folder, "schedule", "run-now", "waits", times=2) for _ in range(7)]
    assert [codes(process) for process in others] == [[75, 75]] * 7
    (folder / "wait").unlink()
    assert codes(first) == [0]
    assert [run.exit_code for run in history(folder)] == [0]


@pytest.mark.file_ledger
def test_a_killed_run_is_taken_over_at_once_and_told_as_unfinished(folder: Path) -> None:
    (folder / "wait").touch()
    first = start(folder, "schedule", "run-now", "waits")
    until(folder, "begun")
    first.send_signal(signal.SIGKILL)
    first.communicate()
    (folder / "wait").unlink()
    assert codes(start(folder, "schedule", "run-now", "waits")) == [0]
    assert [(run.exit_code, run.ended_us is None) for run in history(folder)] == [(None, True), (0, False)]


@pytest.mark.file_ledger
def test_a_run_that_is_asked_to_end_gives_its_lease_back_and_says_130(folder: Path) -> None:
    (folder / "wait").touch()
    first = start(folder, "schedule", "run-now", "waits")
    until(folder, "begun")
    first.send_signal(signal.SIGTERM)
    assert codes(first) == [130]
    (folder / "wait").unlink()
    assert codes(start(folder, "schedule", "run-now", "waits")) == [0]
    assert [run.exit_code for run in history(folder)] == [130, 0]
