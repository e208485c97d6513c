"""Time as the simulator sees it: a stopped clock for tests, a running one for demos. Both can be moved."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since 1970 (UTC), with a fraction; a simulator asks nothing else for the time."""

    def now(self) -> float:
        """The present instant in seconds."""
        ...

    def advance(self, seconds: float) -> None:
        """Moves the clock forward."""
        ...


class VirtualClock:
    """Stands still until somebody advances it; ``tick_s`` moves it a little on every look."""

    def __init__(self, start: float, *, tick_s: float = 0.0) -> None:
        self._now = float(start)
        self._tick_s = tick_s
        self._lock = threading.Lock()

    def now(self) -> float:
        """The present instant in seconds; each look may move the clock by the tick."""
        with self._lock:
            seen = self._now
            self._now += self._tick_s
            return seen

    def advance(self, seconds: float) -> None:
        """Moves the clock; a negative step is refused, time in a vendor's house never goes back."""
        if seconds < 0:
            raise ValueError("a clock cannot be moved back; use the fault clock_skew to imitate a wrong one")
        with self._lock:
            self._now += seconds


class RealClock:
    """Runs with the machine's time, from ``start`` when given (a world's own today) and can be moved forward."""

    def __init__(self, start: float | None = None) -> None:
        self._begin = time.monotonic()
        self._start = time.time() if start is None else float(start)

    def now(self) -> float:
        """The present instant in seconds."""
        return self._start + (time.monotonic() - self._begin)

    def advance(self, seconds: float) -> None:
        """Moves the clock forward without waiting."""
        if seconds < 0:
            raise ValueError("a clock cannot be moved back; use the fault clock_skew to imitate a wrong one")
        self._start += seconds
