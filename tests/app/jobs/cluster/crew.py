"""Workspaces in one PostgreSQL database of their own, with jobs of a kind that does what a test says, and workers."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.app.jobs import ticking
from crmbridge.app.jobs.cluster.queue import Queue
from crmbridge.app.jobs.cluster.tenants import Tenants
from crmbridge.app.jobs.cluster.working import Manner, Worker
from crmbridge.app.jobs.kinds import KINDS, Kind, NoArguments
from crmbridge.ledger.runs import Run, listing

CONFIG = """
[workspace]
name = "{name}"
ledger = "{ledger}"
"""
JOB = '\n[jobs.{job}]\nkind = "{kind}"\nschedule = "@yearly"\n'
ONLOOKER = "onlooker"
"""What a test itself asks the server by, which no cut of its own ends."""
QUICK: dict[str, Any] = {"pulse_s": 0.3, "silent_s": 1.5}
PATIENCE_S = 60


class Work:
    """What jobs of the kind `test` do: they tell that they are at work, and do as `act` says."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.began: list[str] = []
        self.act: Callable[[str], None] = lambda _: None

    def __call__(self, bridge: Bridge) -> None:
        with self.lock:
            self.began.append(bridge.workspace.config.workspace.name)
        self.act(bridge.workspace.config.workspace.name)


work = Work()


def do(bridge: Bridge, *_: object) -> None:
    work(bridge)


def install(monkeypatch: pytest.MonkeyPatch) -> Work:
    """The kind `test`, from now on."""
    kinds = {**KINDS, "test": Kind(NoArguments, f"{__name__}:do")}
    for module in ("kinds", "section", "performing"):
        monkeypatch.setattr(f"crmbridge.app.jobs.{module}.KINDS", kinds)
    work.__init__()  # type: ignore[misc]
    return work


@dataclass
class Crew:
    """The workspaces in `folder`, the workers over them, and the database of both."""

    folder: Path
    uri: str
    work: Work
    errors: list[BaseException] = field(default_factory=list)

    def workspace(self, name: str, *jobs: str, more: str = "", kind: str = "test") -> Path:
        """One more, with jobs that are due once."""
        place = self.folder / name
        place.mkdir(parents=True)
        ledger = f"{self.uri}{'&' if '?' in self.uri else '?'}schema={name}"
        text = CONFIG.format(name=name, ledger=ledger) + more
        text += "".join(JOB.format(job=job, kind=kind) for job in jobs)
        (place / "crmbridge.toml").write_text(text, encoding="utf-8")
        self.owe(name)
        return place

    def owe(self, name: str) -> None:
        """Every job of a workspace has come due since somebody looked."""
        with self.bridge(name) as bridge:
            ticking.notice(bridge.wiring)
        with psycopg.connect(self.uri) as connection:
            table = psycopg.sql.Identifier(name, "job_state")
            owed = psycopg.sql.SQL("UPDATE {} SET since_us = since_us - 63072000000000, retry_us = NULL").format(table)
            connection.execute(owed)

    def open_again(self, name: str) -> None:
        """What waits for another attempt is due now."""
        with psycopg.connect(self.uri) as connection:
            table = psycopg.sql.Identifier(name, "job_state")
            connection.execute(psycopg.sql.SQL("UPDATE {} SET retry_us = NULL").format(table))

    def bridge(self, name: str) -> Bridge:
        return Bridge.open(self.folder / name, environ={})

    def worker(self, source: Path | None = None, **manner: Any) -> Worker:
        """One that has not begun."""
        tenants = Tenants(source or self.folder, {})
        return Worker(tenants, Queue(self.uri), {}, Manner(**{**QUICK, **manner}))

    @contextmanager
    def at_work(self, *workers: Worker) -> Iterator[None]:
        """The workers, each in a thread, until the end of the block."""
        threads = [threading.Thread(target=self._kept, args=(one,)) for one in workers]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for one in workers:
                one.end()
            for thread in threads:
                thread.join(PATIENCE_S)
        assert not self.errors
        assert not any(thread.is_alive() for thread in threads)

    def _kept(self, worker: Worker) -> None:
        try:
            worker.work()
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            self.errors.append(error)

    def drain(self, **manner: Any) -> Worker:
        """A worker that works until nothing is left."""
        worker = self.worker(drain=True, **manner)
        with self.at_work(worker):
            assert wait(lambda: worker.is_over)
        return worker

    def runs(self, name: str) -> list[Run]:
        with self.bridge(name) as bridge, bridge.wiring.ledger.read() as tx:
            return listing(tx, limit=1000)[::-1]

    def codes(self, name: str) -> list[tuple[str | None, int | None]]:
        return [(run.job, run.exit_code) for run in self.runs(name)]

    def execute(self, sql: str) -> list[Any]:
        """A statement in the schema of the queue."""
        told = f"-csearch_path={Queue(self.uri).schema} -capplication_name={ONLOOKER}"
        with psycopg.connect(self.uri, options=told) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []


def wait(until: Callable[[], bool]) -> bool:
    """Whether it came to that."""
    over = threading.Event()
    for _ in range(PATIENCE_S * 20):
        if until():
            return True
        over.wait(0.05)
    return False


@contextmanager
def database(server: str) -> Iterator[str]:
    """A new database on that server: a queue is one for a database."""
    name = f"c_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(psycopg.sql.Identifier(name)))
