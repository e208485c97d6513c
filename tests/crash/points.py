"""What a process and those that it forks share, and the points at which one of them ends itself."""

import mmap
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.leases import Lease
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.ids import IdSource
from crmbridge.testing.clock import START, VirtualClock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME, _IDS, _PLANS, _POINTS, _WORDS = range(5)


class Shared:
    """Numbers in memory that outlives any child: the time, the last id, the last plan, the points that were passed."""

    def __init__(self) -> None:
        self._words = memoryview(mmap.mmap(-1, 8 * _WORDS)).cast("q")
        self.clock = SharedClock(self._words)
        self.clock.set(START)

    @property
    def points(self) -> int:
        """How many points the last child passed."""
        return int(self._words[_POINTS])

    @points.setter
    def points(self, count: int) -> None:
        self._words[_POINTS] = count

    def new_id(self) -> str:
        """The next id, whoever asks."""
        self._words[_IDS] += 1
        return f"{self._words[_IDS]:026d}"

    @property
    def ids(self) -> IdSource:
        """The source of ids."""
        return self.new_id

    def plans(self) -> Iterator[int]:
        """Numbers for plans, none of them twice."""
        while True:
            self._words[_PLANS] += 1
            yield int(self._words[_PLANS])


class SharedClock(VirtualClock):
    """One time for a process and all that it forks."""

    def __init__(self, words: "memoryview[int]") -> None:
        self._words = words
        self.slept_seconds = 0.0

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self

    def __call__(self) -> datetime:
        """The time now."""
        return _EPOCH + timedelta(microseconds=self._words[_TIME])

    def advance(self, seconds: float) -> datetime:
        """Moves the clock for everybody."""
        self._words[_TIME] += round(seconds * 1_000_000)
        return self()

    def set(self, now: datetime) -> None:
        """It is that time now."""
        self._words[_TIME] = (now - _EPOCH) // timedelta(microseconds=1)


class Points:
    """Counts the points that are passed; the process kills itself at the `deadly`-th, or the first so called.

    With another signal it stops there, until somebody lets it go on.
    """

    def __init__(self, shared: Shared, deadly: int | str, how: signal.Signals = signal.SIGKILL) -> None:
        self._shared = shared
        self._deadly = deadly
        self._how = how
        shared.points = 0

    def pass_one(self, name: str) -> None:
        """One more point."""
        self._shared.points += 1
        deadly = self._deadly
        if name.startswith(deadly) if isinstance(deadly, str) else self._shared.points == deadly:
            self._deadly = 0
            os.kill(os.getpid(), self._how)


class DyingLedger:
    """A ledger with a point just before each commit and one just after it."""

    def __init__(self, ledger: Ledger, pass_one: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._pass_one = pass_one

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    @contextmanager
    def begin(self, lease: Lease | None = None) -> Iterator[LedgerTx]:
        """As `Ledger.begin`."""
        with self._ledger.begin(lease) as tx:
            yield tx
            self._pass_one("before commit")
        self._pass_one("after commit")
