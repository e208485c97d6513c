"""Starts syncs that may be killed: a process that has imported everything forks one for each line it is told.

python -m tests.systems.nursery MODULE ...     reads {"words": [...], "environ": {...}, "kill_after_s": 0.4}, one a line

Each is a real process, ended by a real SIGKILL once its time is over. Answers the exit code, or -9.
"""

import importlib
import json
import os
import pkgutil
import signal
import sys
import time

from crmbridge import app

LOADED = ("crmbridge.cli.app", "crmbridge.sync.engine", "crmbridge.facts.build")
"""And all of `crmbridge.app`: a sync is killed in its work, not in its imports."""


def run(words: list[str], environ: dict[str, str], *, kill_after_s: float) -> int:
    """The command line in a process of its own; its exit code, or -9 where its time was over before."""
    child = os.fork()
    if child == 0:
        os.environ.update(environ)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os._exit(sys.modules["crmbridge.cli.app"].run(words))
    until = time.monotonic() + kill_after_s
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """One line, one sync."""
    parts = (f"{app.__name__}.{one.name}" for one in pkgutil.iter_modules(app.__path__))
    for name in (*LOADED, *parts, *sys.argv[1:]):
        importlib.import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        code = run(asked["words"], asked["environ"], kill_after_s=asked["kill_after_s"])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
