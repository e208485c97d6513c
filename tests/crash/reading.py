"""A sync that only reads, and an upgrade, killed at every point: what comes of them is what would have come anyway."""

import itertools
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Engine, event
from tests.crash.forking import in_process
from tests.crash.points import DyingLedger, Points, Shared
from tests.crash.stores import Stores
from tests.sync.victim import outcome, prepare
from tests.sync.world import World

from crmbridge.ledger.engine import open_ledger, upgrade_ledger
from crmbridge.sync.engine import run_sync


class Calls(list[Any]):
    """The calls that a source remembers; each is a point."""

    def __init__(self, pass_one: Callable[[str], None]) -> None:
        super().__init__()
        self._pass_one = pass_one

    def append(self, call: object) -> None:
        """One more call."""
        super().append(call)
        self._pass_one("call")


@dataclass
class Reading:
    """The history of `tests.sync.victim`: three sources, everything that can happen, one run over it."""

    stores: Stores
    url: str
    shared: Shared

    @classmethod
    def begin(cls, stores: Stores) -> "Reading":
        """The ledger before that run."""
        url = stores.new()
        world = _world(url, 1)
        prepare(world)
        world.ledger.close()
        return cls(stores, url, Shared())

    def killed_at(self, deadly: int | str) -> tuple[bool, dict[str, Any]]:
        """Whether the run was killed, and what the one after it comes to; never where `deadly` is 0."""
        url = self.stores.copy(self.url)
        code, told = in_process(lambda: self._run(url, deadly))
        assert code in {0, -signal.SIGKILL}, told
        world = _world(url, 10_000)
        prepare(world, is_synced=True)
        world.gone.add(world.holder)
        world.holder = "here:2"
        assert world.ledger.check() == []
        if code:
            run_sync(world.setups(), world.around())
        found = outcome(world)
        assert world.ledger.check() == []
        world.ledger.close()
        self.stores.drop(url)
        return code != 0, found

    def _run(self, url: str, deadly: int | str) -> None:
        world = _world(url, 1_000)
        prepare(world, is_synced=True)
        points = Points(self.shared, deadly)
        for crm in world.crms.values():
            crm.calls = Calls(points.pass_one)
            crm.before_page = partial(points.pass_one, "before page")
        run_sync(world.setups(), world.around(DyingLedger(world.ledger, points.pass_one)))
        world.ledger.close()


def _world(url: str, first_id: int) -> World:
    return World(open_ledger(url, durable=False), (f"{number:026d}" for number in itertools.count(first_id)).__next__)


def upgraded(url: str, shared: Shared, deadly: int | str) -> bool:
    """Upgrades a ledger in a process that dies at that statement or commit; whether it did."""

    def work() -> None:
        points = Points(shared, deadly)
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, lambda *_, name=name: points.pass_one(name))
        upgrade_ledger(url).close()

    code, told = in_process(work)
    assert code in {0, -signal.SIGKILL}, told
    return code != 0
