"""What a door has used, and what is left of the account."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from crmbridge.adapter.contract import Spent
from crmbridge.http.budget import Budget
from crmbridge.http.state import SharedState, courtesy

TOLD_AGAIN_S = 60.0
"""How often the vendor's own figure is written where all processes see it."""

HOLDS_S = 3600.0
"""How long the vendor's own figure is believed."""


class Meter:
    """Counts the calls and credits of one door, and remembers what the vendor says is left."""

    def __init__(self, state: SharedState, budget: Budget, now_s: Callable[[], float]) -> None:
        self._state, self._budget, self._now_s = state, budget, now_s
        self._lock = threading.Lock()
        self._calls = self._credits = 0

    @property
    def calls(self) -> int:
        """How many calls have left this machine."""
        with self._lock:
            return self._calls

    def count(self, cost: int) -> None:
        """One call left this machine; a failed one is charged too."""
        with self._lock:
            self._calls += 1
            self._credits += cost

    def observe(self, left: int, *, at_once: bool) -> None:
        """The vendor says how much is left of the account; told to all at once, or now and then."""
        now_s = self._now_s()
        with courtesy():
            known = self._state.read()
            if known.left is None or at_once or abs(now_s - known.left_at_s) >= TOLD_AGAIN_S:
                self._state.change(lambda state: (replace(state, left=left, left_at_s=now_s), None))

    def spent(self) -> Spent:
        """What was used; what is left by the vendor's word where it is fresh, else of this connection's share."""
        state, now_s = self._state.read(), self._now_s()
        left, returns_in_s = self._budget.left()
        if state.left is not None and abs(now_s - state.left_at_s) <= HOLDS_S:
            left = state.left
        if state.calm.open and state.calm.open.why == "credits":
            returns_in_s = state.calm.open.until_s - now_s
        returns = datetime.fromtimestamp(now_s + returns_in_s, UTC) if returns_in_s > 0 else None
        return Spent(self._calls, self._credits, left, returns)
