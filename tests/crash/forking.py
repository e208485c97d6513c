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
from typing import Any, cast

from tests.crash.points import DyingLedger, Points, Shared
from tests.crash.vendors import Desk, Remote, Service
from tests.sync.twoway.pairing import Pairing

from crmbridge.app.wiring import _is_gone
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.model.errors import CrmBridgeError
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
        return Surroundings(self.ledger, self.clock, self.new_id, holder, is_gone=_is_gone, apart=None)


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
        here, there = socket.socketpair()
        desk = Desk(self.scene.servers, self.between)

        def work() -> None:
            here.close()
            _live(self.scene, act, there, deadly)

        def meanwhile(child: int) -> None:
            there.close()
            desk.serve(here, child, kill_after_s=kill_after_s)

        with here:
            code, text = in_process(work, meanwhile)
        assert code in {0, STOPPED, -signal.SIGKILL}, text
        done = Ended(code == -signal.SIGKILL, self.scene.shared.points, text if code == STOPPED else "")
        self.ended.append(done)
        return done

    def finish(self, act: Act) -> None:
        """The work, undisturbed; AssertionError where it did not come to its end."""
        done = self.run(act)
        assert not done.told, done.told
        assert not done.is_killed


def in_process(work: Callable[[], None], meanwhile: Callable[[int], None] = lambda _: None) -> tuple[int, str]:
    """Forks a process for the work; its exit code, negative where a signal ended it, and what it told of an error."""
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
    with os.fdopen(reading, "rb") as told:
        meanwhile(child)
        text = told.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


def _live(scene: Scene, act: Act, wire: socket.socket, deadly: int | str) -> None:
    """What a forked process does."""
    points = Points(scene.shared, deadly)
    ledger = open_ledger(scene.url, create=False, check=False, durable=scene.durable)
    dying = cast("Ledger", DyingLedger(ledger, points.pass_one))
    remotes = {side: Remote(server, side, wire, points.pass_one) for side, server in scene.servers.items()}
    act(scene.company(dying, remotes))
    ledger.close()
