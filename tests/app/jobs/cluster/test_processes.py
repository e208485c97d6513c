"""Workers as real processes that are killed or told to end in the middle, and what the command says."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crmbridge.app import crew as crews

from .crew import Crew, wait

ROOT = Path(__file__).parents[4]
MISSING = """
import sys
sys.modules["procrastinate"] = None
from crmbridge.cli import app
sys.exit(app.run(["worker"]))
"""


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("how", "code", "said"), [(signal.SIGKILL, -signal.SIGKILL, None), (signal.SIGTERM, 0, 130)], ids=("kill", "term")
)
def test_what_a_process_left_is_done_by_another(
    crew: Crew, tmp_path: Path, how: signal.Signals, code: int, said: int | None
) -> None:
    crew.workspace("acme", "one", "two")
    mark = tmp_path / "began"
    command = [sys.executable, "-m", "tests.app.jobs.cluster.child", str(crew.folder), crew.uri, str(mark)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as child:
        try:
            assert wait(mark.exists)
            child.send_signal(how)
            assert child.wait(60) == code
        finally:
            child.kill()
    crew.drain()
    codes = crew.codes("acme")
    assert sorted(str(job) for job, ended in codes if ended == 0) == ["one", "two"]
    assert {ended for _, ended in codes} == {0, said}


@pytest.mark.postgres
def test_the_answer_has_a_row_for_each_workspace(crew: Crew) -> None:
    crew.workspace("acme", "one", "two")
    crew.workspace("beta", "one")
    crew.workspace("idle")
    told = crews.work(crew.folder, {}, drain=True, jobs=2)
    assert [(str(row["workspace"]).partition(".")[2], row["ran"], row["exit_code"]) for row in told.rows] == [
        ("acme", 2, 0),
        ("beta", 1, 0),
    ]
    assert told.exit_code == 0


def test_without_the_extra_it_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MISSING], cwd=tmp_path, check=False, capture_output=True, text=True, env={"LANG": "C"}
    )
    assert done.returncode == 78
    assert 'pip install "crmbridge[cluster]"' in done.stderr
