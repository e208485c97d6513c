"""One piece of work in a process of its own, which may be killed; the services that it talks to go on."""

import os
import platform
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, cast

from tests.crash.points import DyingLedger, Points, Shared
from tests.crash.vendors import Desk, Remote, Service
from tests.sync.twoway.pairing import Pairing

from crmbridge.app.wiring import is_gone
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync.engine import run_sync
from crmbridge.sync.setup import Surroundings
from crmbridge.sync.twoway.guards import Limits
from crmbridge.sync.twoway.merging import Policy, Side

STOPPED = 3
"""The work ended with an error for a person."""
LIMITS = Limits(
    creates=100_000,
    updates=100_000,
    updates_most_percent=10_000,
    deletes=100_000,
    deletes_percent=10_000,
    blanked_fields=100_000,
    all_changed_least=1_000_000,
)
"""Nothing stops a small company whose people are very busy."""


@dataclass
class Company(Pairing):
    """A pair whose ids and time are shared with other processes, and whose leases name the process that holds them."""

    def around(self) -> Surroundings:
        holder = f"{platform.node()}:{os.getpid()}:1"
        return Surroundings(self.ledger, self.clock, self.new_id, holder, is_gone=is_gone, apart=None)

    def read(self) -> None:
        """A sync of both sides; what went wrong leaves as it is."""
        self.clock.advance(60)
        result = run_sync([self.setup(side) for side in Side], self.around())
        for error in (*(error for _, error in result.failures), *(step.error for step in result.steps)):
            if error is not None:
                raise error


@dataclass
class Scene:
    """What outlives processes: two services, the time, and the address of a ledger."""

    shared: Shared
    servers: dict[Side, Service]
    url: str
    durable: bool = False

    def company(self, ledger: Ledger, servers: Any = None) -> Company:
        """The pair over that ledger; the left side wins where both were edited, and deletions go across."""
        made = Company(ledger, self.shared.new_id, Policy.LEFT, deletes=True, limits=LIMITS, clock=self.shared.clock)
        made.servers = servers or dict(self.servers)
        made.names = self.shared.plans()
        return made

    @contextmanager
    def looking(self) -> Iterator[Company]:
        """A look from this process; nothing stays open, so that it may fork afterwards."""
        ledger = open_ledger(self.url, create=False, check=False, durable=False)
        try:
            yield self.company(ledger)
        finally:
            ledger.close()


Act = Callable[[Company], object]


@dataclass(frozen=True)
class Ended:
    """How a process ended: `is_killed`, or with an error for a person; after how many points."""

    is_killed: bool
    points: int
    told: str = ""


@dataclass
class Forked:
    """Runs work in forked processes."""

    scene: Scene
    between: Callable[[], None] = lambda: None
    ended: list[Ended] = field(default_factory=list)

    def run(self, act: Act, *, deadly: int | str = 0, kill_after_s: float | None = None) -> Ended:
        """The work, killed at that point or after so many seconds; AssertionError where it ended in a bug."""
        child = self.start(act, deadly)
        self.desk.serve(child.wire, kill_after_s, lambda: os.kill(child.pid, signal.SIGKILL))
        return self.end(child)

    def struck(self, act: Act, after_s: float, strike: Callable[[], None]) -> Ended:
        """The work, and after so many seconds something strikes the world around it."""
        child = self.start(act)
        self.desk.serve(child.wire, after_s, strike)
        return self.end(child)

    def start(self, act: Act, deadly: int | str = 0, how: signal.Signals = signal.SIGKILL) -> "Child":
        """Begins the work, and answers nothing yet."""
        here, there = socket.socketpair()

        def work() -> None:
            here.close()
            _live(self.scene, act, there, deadly, how)

        pid, told = fork(work)
        there.close()
        return Child(pid, here, told)

    def end(self, child: "Child") -> Ended:
        """How it ended, once the wire to it is closed."""
        code, text = child.end()
        assert code in {0, STOPPED, -signal.SIGKILL}, text
        done = Ended(code == -signal.SIGKILL, self.scene.shared.points, text if code == STOPPED else "")
        self.ended.append(done)
        return done

    def suspend(self, act: Act, at: int | str) -> "Child":
        """Begins the work, and answers until it stands still at that point."""
        child = self.start(act, at, signal.SIGSTOP)
        self.desk.serve_until(child.wire, child.stands_still)
        assert child.is_still, "it came to its end before"
        return child

    def resume(self, child: "Child") -> Ended:
        """Lets it go on to its end."""
        os.kill(child.pid, signal.SIGCONT)
        self.desk.serve(child.wire)
        return self.end(child)

    @property
    def desk(self) -> Desk:
        """What answers."""
        return Desk(self.scene.servers, self.between)

    def finish(self, act: Act) -> None:
        """The work, undisturbed; AssertionError where it did not come to its end."""
        done = self.run(act)
        assert not done.told, done.told
        assert not done.is_killed


@dataclass
class Child:
    """A forked process: its end of the wire, and what it told of an error."""

    pid: int
    wire: socket.socket
    told: IO[bytes]
    is_still: bool = False

    def stands_still(self) -> bool:
        """Whether it was stopped."""
        self.is_still = self.is_still or os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)[0] == self.pid
        return self.is_still

    def end(self) -> tuple[int, str]:
        """Its exit code, negative where a signal ended it, and what it told."""
        with self.wire, self.told:
            text = self.told.read().decode()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), text


def in_process(work: Callable[[], None]) -> tuple[int, str]:
    """The work in a process of its own; its exit code, negative where a signal ended it, and what it told."""
    pid, told = fork(work)
    with told:
        text = told.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


def fork(work: Callable[[], None]) -> tuple[int, IO[bytes]]:
    """Forks a process for the work; its id, and where it tells of an error."""
    reading, telling = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.close(reading)
            work()
            code = 0
        except CrmBridgeError as error:
            os.write(telling, f"{type(error).__name__}: {error}".encode())
            code = STOPPED
        except BaseException:  # noqa: BLE001 - nothing of this process may run on in the one that forked
            os.write(telling, traceback.format_exc().encode())
        finally:
            os._exit(code)
    os.close(telling)
    return child, os.fdopen(reading, "rb")


def _live(scene: Scene, act: Act, wire: socket.socket, deadly: int | str, how: signal.Signals) -> None:
    """What a forked process does."""
    points = Points(scene.shared, deadly, how)
    ledger = open_ledger(scene.url, create=False, check=False, durable=scene.durable)
    dying = cast("Ledger", DyingLedger(ledger, points.pass_one))
    remotes = {side: Remote(server, side, wire, points.pass_one) for side, server in scene.servers.items()}
    act(scene.company(dying, remotes))
    ledger.close()
