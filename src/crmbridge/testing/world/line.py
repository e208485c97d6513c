"""The way to one simulated CRM: the production breaker stands before it, and behind it the CRM may be away for minutes.

`reached` is kept by the CRM's end of it, so that the checker can tell for itself what the breaker let through.
"""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.adapter.context import InMemoryShared
from crmbridge.http.breaker import FIRST_OPEN_S, IN_A_ROW
from crmbridge.http.gate import Gate as Breaker
from crmbridge.http.state import SharedState
from crmbridge.model.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Reached:
    """A call that has left this machine: when, and whether it was answered."""

    at_s: float
    is_answered: bool


@dataclass(slots=True)
class Line:
    """One CRM's. What the breaker knows outlives the process, as it does in the ledger."""

    name: str
    clock: Callable[[], datetime]
    reached: list[Reached] = field(default_factory=list)
    away_until_s: float = 0.0
    _state: SharedState = field(init=False)
    _breaker: Breaker = field(init=False)

    def __post_init__(self) -> None:
        self._state = SharedState(InMemoryShared(), self.name)
        draw = random.Random(self.name)  # noqa: S311 - nothing secret, and nothing is drawn where nobody throttles
        self._breaker = Breaker(self._state, self.now_s, identity="", draw=draw)

    def now_s(self) -> float:
        """The time, in seconds."""
        return self.clock().timestamp()

    def ask(self) -> None:
        """Whether a call may leave; Unavailable where the breaker says no."""
        self._breaker.pause_left_s()

    @property
    def wait_s(self) -> float:
        """How long it takes until the CRM is there again and may be called."""
        found = self._state.read().calm.open
        until_s = max(self.away_until_s, found.until_s if found else 0.0, found.trial_until_s if found else 0.0)
        return max(0.0, until_s - self.now_s())

    @property
    def is_away(self) -> bool:
        """Whether the CRM is not there."""
        return self.now_s() < self.away_until_s

    def leave(self, seconds: float) -> None:
        """The CRM is away for so long."""
        self.away_until_s = self.now_s() + seconds

    def answered(self) -> None:
        """A call has left and come back."""
        self.reached.append(Reached(self.now_s(), is_answered=True))
        self._breaker.worked()

    def failed(self) -> Unavailable:
        """A call has left and got no answer; the error to raise."""
        self.reached.append(Reached(self.now_s(), is_answered=False))
        self._breaker.failed("no answer")
        return Unavailable("{connection} does not answer", connection=self.name)


def too_soon(reached: list[Reached]) -> list[float]:
    """When calls left although so many in a row had failed less than the shortest time before."""
    found, failed = [], 0
    for before, now in itertools.pairwise(reached):
        failed = 0 if before.is_answered else failed + 1
        if failed >= IN_A_ROW and now.at_s - before.at_s < FIRST_OPEN_S:
            found.append(now.at_s)
    return found
