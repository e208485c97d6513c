"""Real processes, killed at random: the runs after them come to the same as if nothing had happened."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from .acme import ROOT, Acme
from .org import Org

WAYS = ("list", "auto", "bulk", "list", "query")
PATIENCE_S = 60


def change(org: Org, n: int) -> None:
    """Something of every kind, between two runs."""
    deals = org.movable
    org.edit("Deals", deals[n % len(deals)], Next_Step=f"step {n}", Amount=n)
    org.act("stage", deal=deals[(3 * n + 1) % len(deals)], stage="Negotiation/Review")
    org.act("edit_some", module="Contacts", count=3)
    org.create("Tasks", 1, Subject=f"Task {n}")
    if n % 4 == 0:
        org.act("delete", module="Deals", record_id=deals[(5 * n + 2) % len(deals)])
        org.deals(1)


@pytest.fixture
def nursery() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "plugins.zoho.tests.e2e.nursery"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def sync_and_kill(acme: Acme, nursery: "subprocess.Popen[str]", after_s: float) -> bool:
    """Starts a sync and kills it; whether it was still running."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    words = ["sync", "--workspace", str(acme.folder)]
    nursery.stdin.write(json.dumps({"words": words, "environ": acme.environ, "kill_after_s": after_s}) + "\n")
    nursery.stdin.flush()
    code = int(nursery.stdout.readline())
    assert code in {0, 5, 75, -signal.SIGKILL}
    return code == -signal.SIGKILL


def finish(acme: Acme) -> None:
    """Runs until one comes to its end: at first a dead one's lease may still hold."""
    until = time.monotonic() + PATIENCE_S
    while (answer := acme.run("sync", "--json")).code == 75:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert answer.code == 0, answer.trouble


@pytest.mark.parametrize("kills", [10, pytest.param(30, marks=pytest.mark.zoho_matrix)])
def test_random_kills_and_nothing_is_lost_or_doubled(
    acme: Acme, org: Org, nursery: "subprocess.Popen[str]", kills: int
) -> None:
    draw = random.Random(20261124)  # noqa: S311 - a repeatable test
    org.act("latency", seconds=0.004)
    killed = 0
    for n in range(kills):
        change(org, n)
        acme.settle(acme.zone)
        acme.configure(page_size=7, read_by=WAYS[n % len(WAYS)], daily_share=1.0)
        killed += sync_and_kill(acme, nursery, draw.uniform(0.02, 0.8))
    org.act("latency", seconds=0)
    finish(acme)
    acme.check()
    assert killed >= kills // 2, f"only {killed} were still running"
