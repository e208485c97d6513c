"""Real processes that are killed in the middle, and the run after them."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .workspace import ROOT, Workspace

PATIENCE_S = 60


@dataclass
class Nursery:
    """A process that starts syncs and kills them."""

    process: "subprocess.Popen[str]"

    def sync_and_kill(self, workspace: Workspace[Any], after_s: float) -> bool:
        """Starts a sync and kills it; whether it was still running."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        words = ["sync", "--workspace", str(workspace.folder)]
        asked = {"words": words, "environ": workspace.environ, "kill_after_s": after_s}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        assert code in {0, 5, 75, -signal.SIGKILL}
        return code == -signal.SIGKILL


@contextmanager
def nursery(*modules: str) -> Iterator[Nursery]:
    """The process, with these modules imported, until the end of the block."""
    command = [sys.executable, "-m", "tests.systems.nursery", *modules]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Nursery(process)
        finally:
            process.kill()


def finish(workspace: Workspace[Any]) -> None:
    """Runs until one comes to its end: at first a dead one's lease may still hold."""
    until = time.monotonic() + PATIENCE_S
    while (answer := workspace.run("sync", "--json")).code == 75:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert answer.code == 0, answer.trouble
