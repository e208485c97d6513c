"""A worker in a process of its own whose jobs never end: python -m tests.app.jobs.cluster.child FOLDER URI MARK."""

import sys
import threading
from pathlib import Path

import pytest
from tests.app.jobs.cluster import crew


def main(folder: str, uri: str, mark: str) -> None:
    def act(_: str) -> None:
        Path(mark).touch()
        over = threading.Event()
        while not over.wait(0.05):
            pass

    made = crew.Crew(Path(folder), uri, crew.install(pytest.MonkeyPatch()))
    made.work.act = act
    made.worker(grace_s=0).work()


if __name__ == "__main__":
    main(*sys.argv[1:])
