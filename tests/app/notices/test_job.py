"""The job `notices`: no channel fails it, what waits is sent by a later tick, and nothing is ever sent twice."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.app.notices.conftest import Opened
from tests.app.notices.office import BOSS, REPS

from crmbridge.report.i18n import catalog

ROOT = Path(__file__).parents[3]
ANN, AMY = "mail/ann@acme.example", "mail/amy@acme.example"
TELL = '\n[jobs.tell]\nkind = "notices"\nschedule = "0 7 * * *"\n'
KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from crmbridge.app.bridge import Bridge
with Bridge.open(Path(sys.argv[1])) as bridge:
    now = datetime.fromisoformat(sys.argv[2])
    bridge.as_of, bridge.wiring.clock = now, lambda: now
    bridge.notices_round()
"""


def test_a_failing_channel_fails_no_job_and_is_told_of(office: Opened) -> None:
    made = office(BOSS, TELL)
    made.hub.ways["room"] = (404, b"")
    done = made.perform("tell")
    assert (done.exit_code, done.error) == (0, None)
    run = made.runs()[-1]
    assert [(step.object, step.written, step.exit_code) for step in run.steps] == [("boss", 0, 0)]
    (failed, *_) = run.steps[0].notices
    said = catalog("en").message(failed.template, failed.params)
    assert said == "1 notice was not delivered by room (HTTP 404)"
    with made.bridge() as bridge:
        channels = [row for row in bridge.notices_list().rows if row["section"] == "channels"]
        assert [(row["channel"], row["works"], row.get("said")) for row in channels] == [
            ("mail", "not_used", None),
            ("room", "fails", "HTTP 404"),
            ("ops", "not_used", None),
        ]
        assert [row["channel"] for row in bridge.status().rows if row["section"] == "channels"] == ["room"]


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_what_is_quiet_at_its_hour_is_sent_by_a_later_tick(office: Opened) -> None:
    made = office(REPS, TELL)
    made.now = datetime(2026, 3, 16, 22, 59, tzinfo=UTC)
    assert made.tick() == []
    (early,) = made.tick(minutes=2)  # a minute past seven in the morning
    assert early.exit_code == 0
    assert made.hub.got == []
    assert made.tick(minutes=80) == []
    assert [done.exit_code for done in made.tick(minutes=10)] == [0]
    assert [path for path, _ in made.hub.got] == [ANN, AMY]  # where it is half past eight in the evening before
    assert made.tick(hours=12) == []


def test_what_failed_is_tried_again_by_a_later_tick(office: Opened) -> None:
    made = office(BOSS, TELL.replace("0 7", "0 9"))
    made.now = datetime(2026, 3, 17, 0, 59, tzinfo=UTC)
    made.tick()
    made.hub.ways["room"] = (503, b"")
    assert [done.exit_code for done in made.tick(minutes=2)] == [0]
    assert made.tick(minutes=4) == []
    made.hub.ways.clear()
    assert [done.exit_code for done in made.tick(minutes=1)] == [0]
    assert len(made.hub.titles("room")) == 2
    assert made.tick(hours=3) == []


def test_two_ticks_at_once_send_once(office: Opened) -> None:
    made = office(BOSS, TELL)
    start = threading.Barrier(2)

    def one(_: int) -> int:
        start.wait()
        return made.perform("tell").exit_code

    with ThreadPoolExecutor(2) as pool:
        codes = sorted(pool.map(one, range(2)))
    assert codes in ([0, 0], [0, 75])
    assert len(made.hub.titles("room")) == 1


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_a_round_killed_in_the_middle_leaves_a_doubt_and_sends_nothing_twice(office: Opened) -> None:
    made = office(BOSS)
    made.hub.ways["room"] = "never"
    environ = {**os.environ, **made.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", KILLED, str(made.folder), made.now.isoformat()]
    with subprocess.Popen(command, env=environ) as process:
        assert made.hub.called.wait(60)
        process.send_signal(signal.SIGKILL)
    made.hub.ways.clear()
    assert made.fates(minutes=10) == []
    assert [(one.state, one.code) for one in made.kept()] == [("doubted", "interrupted")]
    assert len(made.hub.got) == 1


@pytest.mark.parametrize("exists", ["room", "nobody"])
def test_a_channel_is_tried_whatever_the_hour(office: Opened, exists: str) -> None:
    made = office(BOSS)
    made.now = datetime(2026, 3, 16, 18, tzinfo=UTC)
    if exists == "nobody":
        made.environ["TOLD_ROOM"] = "nonsense://nothing"
    with made.bridge() as bridge:
        told = bridge.notices_test("room", language="zh")
    assert (told.exit_code, len(made.hub.got)) == ((0, 1) if exists == "room" else (78, 0))
