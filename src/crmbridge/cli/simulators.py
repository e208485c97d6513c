"""Starts a simulator as a process of its own, says where it listens, and ends it with this process."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from crmbridge.model.errors import ConfigError

MODULE = "crmbridge_sim"
PATIENCE_S = 5.0
"""How long a simulator may take to end before it is stopped."""


@contextmanager
def running(arguments: Sequence[str]) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    """The simulator with the line that says where it listens; ended on the way out, however that is.

    Its standard input is a pipe of ours, which closes with this process, killed or not: then it ends by itself.
    ConfigError where simulators are not installed, or where it ends before it listens.
    """
    if importlib.util.find_spec(MODULE) is None:
        raise ConfigError("the simulators are not installed", hint="pip install crmbridge-sim")
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        [sys.executable, "-m", MODULE, "serve", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        line = process.stdout.readline().strip() if process.stdout else ""
        if not line:
            code = process.wait()
            raise ConfigError("the simulator did not start: it ended with {code}", code=code, hint="see above for why")
        yield process, line
    finally:
        end(process)


def end(process: "subprocess.Popen[str]") -> None:
    """Ends the simulator: asked first, then told, then made to."""
    if process.stdin:
        process.stdin.close()
    for stop in (process.terminate, process.kill):
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            stop()
    process.wait()
    if process.stdout:
        process.stdout.close()


def serve(arguments: Sequence[str]) -> None:
    """Prints where the simulator listens and stays with it until it ends, or somebody ends this."""
    try:
        with running(arguments) as (process, line):
            print(line, flush=True)  # noqa: T201 - this is the result
            process.wait()
    except KeyboardInterrupt:
        return
