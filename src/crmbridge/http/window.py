"""How much was used in any window of so many seconds: counted in parts, always at or above the truth.

A token bucket lets twice its size through in one window. Here the window and the part before it are counted whole, so
no window anywhere on the time line holds more than the limit.
"""

from collections.abc import Mapping
from math import floor


class RollingWindow:
    """The arithmetic of one window: `counts` are amounts by number of part, and belong to the caller."""

    def __init__(self, span_s: float, parts: int) -> None:
        self._part_s = span_s / parts
        self._parts = parts

    def part(self, now_s: float) -> int:
        """The number of the part that `now_s` is in."""
        return floor(now_s / self._part_s)

    def kept(self, counts: Mapping[int, int], now_s: float) -> dict[int, int]:
        """The parts that still count; those ahead of the clock, left by one that was set back, count too, once."""
        last = self.part(now_s)
        return {part: count for part, count in counts.items() if last - self._parts <= part <= last + self._parts}

    def used(self, counts: Mapping[int, int], now_s: float) -> int:
        """What was used in the window that ends now."""
        return sum(self.kept(counts, now_s).values())

    def free_after_s(self, counts: Mapping[int, int], now_s: float, room_for: int, limit: int) -> float:
        """In how many seconds so much may be used, 0 where it may be now; a whole window for more than ever fits."""
        over = self.used(counts, now_s) + room_for - limit
        for part, count in sorted(self.kept(counts, now_s).items()):
            if over <= 0:
                break
            over -= count
            if over <= 0:
                return max(0.0, (part + self._parts + 1) * self._part_s - now_s)
        return 0.0 if over <= 0 else (self._parts + 1) * self._part_s
