"""Calls and credits that all jobs of a connection share, taken from the shared state in blocks.

A block is counted as used when it is taken: after a crash the account seems a little more used than it is, never less.
It is good within one part of each window only; what is left of it then is given back.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor

from crmbridge.http.rules import Rules
from crmbridge.http.state import DoorState, SharedState, courtesy
from crmbridge.http.window import RollingWindow

DAY_S = 86_400.0
DAY_PARTS = 96
LARGEST_BLOCK = 100
CALL_SHARE, CREDIT_SHARE = 20, 200
"""A block is at most such a part of the limit, so that processes do not starve each other."""


@dataclass(slots=True)
class _Block:
    """What is reserved and not used yet, and the parts of the windows it was counted in."""

    lane: str = ""
    calls: int = 0
    credits: int = 0
    call_part: int = -1
    credit_part: int = -1


@dataclass(frozen=True, slots=True)
class Shortage:
    """There is no room now: in how many seconds there is, and of what there is too little."""

    after_s: float
    what: str


class Budget:
    """The reservations of one process; `daily_credits` may become known later."""

    def __init__(self, state: SharedState, rules: Rules, now_s: Callable[[], float]) -> None:
        self._state, self._rules, self._now_s = state, rules, now_s
        self._calls = RollingWindow(rules.window_s, rules.window_parts)
        self._credits = RollingWindow(DAY_S, DAY_PARTS)
        self._lock = threading.Lock()
        self._blocks: dict[tuple[str, bool], _Block] = {}
        self.daily_credits = rules.daily_credits

    def take(self, cost: int, *, reading: bool, lane: str = "") -> Shortage | None:
        """Reserves one call of that lane and its credits, or tells when there will be room."""
        if not self._counts():
            return None
        with self._lock:
            block = self._blocks.setdefault((lane, reading), _Block(lane))
            if not self._fits(block, cost):
                shortage = self._reserve(block, cost, reading=reading)
                if shortage:
                    return shortage
            block.calls -= 1
            block.credits -= cost
            return None

    def give_back(self, cost: int, *, reading: bool, lane: str = "") -> None:
        """The call never left: what was taken for it is there for the next."""
        if not self._counts():
            return
        with self._lock:
            block = self._blocks.setdefault((lane, reading), _Block(lane))
            block.calls += 1
            block.credits += cost

    def limit(self, *, reading: bool) -> int | None:
        """How many credits this connection may use in a day, for reads or for anything."""
        if self.daily_credits is None:
            return None
        share = self._rules.share * (self._rules.read_share if reading else 1.0)
        return floor(round(self.daily_credits * share, 6))

    def left(self) -> tuple[int | None, float]:
        """How many credits of its share this connection has left for reads, and in how many seconds more return."""
        limit = self.limit(reading=True)
        if limit is None:
            return None, 0.0
        state, now_s = self._state.read(), self._now_s()
        spare = sum(block.credits for block in self._blocks.values())
        left = max(0, limit - self._credits.used(state.credits, now_s) + spare)
        return left, self._credits.free_after_s(state.credits, now_s, left + 1, limit)

    def settle(self) -> None:
        """Gives back what is reserved and not used."""
        with self._lock:
            if any(block.calls > 0 or block.credits > 0 for block in self._blocks.values()):
                with courtesy():
                    self._state.change(lambda state: (self._returned(state), None))
                self._blocks = {}

    def _counts(self) -> bool:
        return self._rules.calls_per_window is not None or self.daily_credits is not None

    def _fits(self, block: _Block, cost: int) -> bool:
        now_s = self._now_s()
        calls = self._rules.calls_per_window is None or (
            block.calls >= 1 and block.call_part == self._calls.part(now_s)
        )
        credits_ = self.daily_credits is None or (
            block.credits >= cost and block.credit_part == self._credits.part(now_s)
        )
        return calls and credits_

    def _reserve(self, block: _Block, cost: int, *, reading: bool) -> Shortage | None:
        now_s = self._now_s()
        limit, most_calls = self.limit(reading=reading), self._rules.calls_per_window

        def step(state: DoorState) -> tuple[DoorState, tuple[Shortage | None, int, int]]:
            state = self._returned(state, only=block)
            calls = self._calls.kept(state.calls.get(block.lane, {}), now_s)
            spent = self._credits.kept(state.credits, now_s)
            for window, counts, most, need, what in (
                (self._calls, calls, most_calls, 1, "calls"),
                (self._credits, spent, limit, cost, "credits"),
            ):
                after_s = 0.0 if most is None else window.free_after_s(counts, now_s, need, most)
                if after_s:
                    return state, (Shortage(after_s, what), 0, 0)
            more_calls = _block_of(most_calls, self._calls.used(calls, now_s), 1, CALL_SHARE)
            more_credits = _block_of(limit, self._credits.used(spent, now_s), cost, CREDIT_SHARE)
            _add(calls, self._calls.part(now_s), more_calls)
            _add(spent, self._credits.part(now_s), more_credits)
            lanes = {**state.calls, block.lane: calls} if calls else state.calls
            return replace(state, calls=lanes, credits=spent), (None, more_calls, more_credits)

        shortage, calls, credits_taken = self._state.change(step)
        parts = self._calls.part(now_s), self._credits.part(now_s)
        block.calls, block.credits, block.call_part, block.credit_part = calls, credits_taken, *parts
        return shortage

    def _returned(self, state: DoorState, only: _Block | None = None) -> DoorState:
        lanes, spent = dict(state.calls), dict(state.credits)
        for block in self._blocks.values() if only is None else (only,):
            calls = dict(lanes.pop(block.lane, {}))
            _add(calls, block.call_part, -max(0, block.calls))
            if calls:
                lanes[block.lane] = calls
            _add(spent, block.credit_part, -max(0, block.credits))
        return replace(state, calls=lanes, credits=spent)


def _block_of(limit: int | None, used: int, need: int, share: int) -> int:
    """How much to take at once: what is needed, and some more while there is plenty; nothing of what has no limit."""
    if limit is None:
        return 0
    return max(need, min(LARGEST_BLOCK, limit // share, (limit - used) // 4))


def _add(counts: dict[int, int], part: int, amount: int) -> None:
    if amount and (part in counts or amount > 0):
        counts[part] = max(0, counts.get(part, 0) + amount)
        if not counts[part]:
            del counts[part]
