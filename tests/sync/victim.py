"""A history to be interrupted in, and ledgers that die: in this process by an exception, in another by SIGKILL.

python -m tests.sync.victim URL POINT       syncs the history into that ledger and kills itself at that point
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.sync.fakes import Crm
from tests.sync.world import MAPPING, World

from crmbridge.adapter.contract import Problem
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.ledger.leases import Lease
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.sync.engine import run_sync

CLOSE = 'expected_close = "close"\n'


class Killed(BaseException):
    """What nothing may catch."""


class DyingLedger:
    """A ledger whose process ends at the `point`-th boundary: odd ones are just before a commit, even ones after it."""

    def __init__(self, ledger: Ledger, point: int, die: Callable[[], None]) -> None:
        self._ledger = ledger
        self._point = point
        self._die = die
        self.points = 0
        self.is_dead = False

    def _boundary(self) -> None:
        self.points += 1
        if self.points == self._point or self.is_dead:
            self.is_dead = True
            self._die()

    @contextmanager
    def begin(self, lease: Lease | None = None) -> Iterator[LedgerTx]:
        if self.is_dead:
            self._die()
        with self._ledger.begin(lease) as tx:
            yield tx
            self._boundary()
        self._boundary()

    @contextmanager
    def read(self) -> Iterator[LedgerTx]:
        with self._ledger.read() as tx:
            yield tx


def raise_killed() -> None:
    raise Killed


def kill_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def prepare(world: World, *, is_synced: bool = False) -> None:
    """A first sync, and then everything that can happen: edits, moves, deletions, a mended mapping, bad rows.

    `is_synced` leaves out the sync, for a ledger that has it.
    """
    books = world.add("books", page_size=2)
    shop = world.add("shop", lists=True, page_size=3)
    for crm, mark in ((books, "b"), (shop, "s")):
        for n in range(3):
            deal = {"name": f"Deal {n}", "stage": "New", "amount": "1", "owner": f"{mark}u0", "account": f"{mark}a{n}"}
            crm.store.put("deals", deal, external_id=f"{mark}d{n}")
        crm.store.put("accounts", {"name": "Joined", "reg": "91", "owner": f"{mark}u0"}, external_id=f"{mark}a0")
        crm.store.put("accounts", {"name": "Own"}, external_id=f"{mark}a1")
        crm.store.put("users", {"name": "User"}, external_id=f"{mark}u0")
    feed = _add_feed(world)
    if is_synced:
        world.clock.advance(120)
    else:
        world.sync()
    books.store.edit("deals", "bd0", {"stage": "Talk", "amount": "2"})
    books.store.edit("deals", "bd1", {"amount": "?"})
    books.store.delete("deals", "bd2")
    books.store.put("accounts", {"name": "Late", "reg": "92"}, external_id="ba2")
    shop.store.edit("deals", "sd0", {"stage": "Won"})
    shop.store.delete("accounts", "sa1")
    shop.store.put("accounts", {"name": "Late too", "reg": "92"}, external_id="sa2")
    shop.problems["deals"] = [Problem("SHORT_ROW", "short", position="deals.csv:9")]
    world.edit_mapping('key = "new"', 'key = "fresh"')
    _change_feed(world, feed)
    world.clock.advance(60)


def _add_feed(world: World) -> Crm:
    """A source that lists deletions and history, and sends only what it is asked for."""
    feed = world.add("feed", MAPPING.replace(CLOSE, ""), feeds=True, selects=True, page_size=2)
    for n in range(5):
        deal = {"name": f"Deal {n}", "stage": "New", "close": f"2026-05-0{n + 1}", "owner": "fu0"}
        feed.store.put("deals", deal, external_id=f"fd{n}")
    for n in range(4):
        feed.store.put("users", {"name": f"User {n}"}, external_id=f"fu{n}")
    return feed


def _change_feed(world: World, feed: Crm) -> None:
    """Deletions, one taken back; moves, one to a stage that only a mended mapping knows; a field asked for anew."""
    for object_name, names in (("deals", ("fd0", "fd1", "fd3")), ("users", ("fu1", "fu2", "fu3"))):
        for name in names:
            feed.store.delete(object_name, name)
    feed.store.restore("deals", "fd1")
    for label in ("Talk", "Legal", "Won"):
        feed.store.edit("deals", "fd2", {"stage": label})
    feed.store.put("deals", {"name": "Late", "stage": "Talk", "close": "2026-06-01"}, external_id="fd9")
    world.edit_mapping('labels = ["Talk"]', 'labels = ["Talk", "Legal"]', "feed")
    world.edit_mapping("amount = { from", f"{CLOSE}amount = {{ from", "feed")


def outcome(world: World) -> dict[str, Any]:
    """All that a person can see, without our own ids and the numbers of runs."""
    deals = {i: record["id"] for i, record in world.public("deal").items()}
    return {
        "records": world.neutral(),
        "events": {i: [event._replace(record_id="") for event in world.events_of(id_)] for i, id_ in deals.items()},
        "moves": {i: world.moves_of(id_) for i, id_ in deals.items()},
        "quarantine": sorted((q.connection, q.object, q.key, q.code, q.problems) for q in world.quarantine()),
        "cursors": {(c, o): world.cursor(o, c) for c in world.crms for o in ("users", "accounts", "deals")},
        "feeds": world.feeds(),
    }


def main(url: str, point: int) -> None:
    numbers = itertools.count(1)
    world = World(open_ledger(url), lambda: f"{next(numbers):026d}")
    prepare(world)
    run_sync(world.setups(), world.around(DyingLedger(world.ledger, point, kill_process)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
