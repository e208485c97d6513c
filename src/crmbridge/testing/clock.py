"""A clock that moves only when told to, for whoever takes its time from a context."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""A Monday morning; any instant would do."""


class VirtualClock:
    """The time now, by calling it; sleeping moves it at once. `slept_seconds` is what was slept in all."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self.slept_seconds = 0.0

    def __call__(self) -> datetime:
        """The time now."""
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Moves the clock forward, or back with a negative figure, and tells the new time."""
        self._now += timedelta(seconds=seconds)
        return self._now

    def sleep(self, seconds: float) -> None:
        """Takes no time at all, and leaves the clock where a real sleep would have."""
        if seconds < 0:
            raise ValueError(seconds)
        self.slept_seconds += seconds
        self.advance(seconds)
