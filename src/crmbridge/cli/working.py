"""`crmbridge worker`, behind its options."""

import os
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from crmbridge.app import config, crew, logs, telemetry
from crmbridge.cli.command import Run


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for."""

    workspaces: Path | None
    queue: str | None
    jobs: int
    share: int | None
    grace_s: float
    drain: bool


def work(run: Run, wish: Wish, log: str) -> None:
    """Works until it is told to end, which is a good end; with `drain` the worst exit code of its jobs is its own."""
    source = wish.workspaces or config.find_workspace(run.workspace, os.environ)
    with nullcontext() if log == "none" else logs.to_standard_error(), telemetry.listening(os.environ):
        told = crew.work(
            source,
            os.environ,
            queue=wish.queue,
            jobs=wish.jobs,
            share=wish.share,
            grace_s=wish.grace_s,
            drain=wish.drain,
        )
    run.show(told)
