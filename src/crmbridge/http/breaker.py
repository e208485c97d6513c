"""Whether calls may be made at all: pauses that the vendor asked for, and a breaker for one that is down.

Pure rules over a small state that all processes of a connection share:

    closed --5 failures in a row, or 10 of 20--> open 60 s --over--> one call may try --it fails--> open, twice as long
                                                                          `--it works--> closed
    a login that is refused, or credits that are used up, opens at once

A pause (429) only waits; a breaker refuses.
"""

from dataclasses import dataclass, replace
from typing import Literal

IN_A_ROW = 5
OF_LAST = 20
HALF_OF_LAST = OF_LAST // 2
FIRST_OPEN_S = 60.0
LONGEST_OPEN_S = 1800.0
TRIAL_S = 90.0
"""How long one trying call keeps the others away; longer than any deadline but that of bulk results."""

CLOCK_SLACK_S = 120.0
GOOD, BAD = ".", "x"

Why = Literal["down", "auth", "credits"]


@dataclass(frozen=True, slots=True)
class Open:
    """The breaker is open: since when, until when, why, and who may try. Times are seconds of the epoch."""

    why: Why
    reason: str
    since_s: float
    until_s: float
    lasts_s: float
    identity: str = ""
    trial_until_s: float = 0.0

    def refuses_for_s(self, now_s: float, identity: str) -> float:
        """How long a call must wait at least, 0 where it may try. New credentials may try at once."""
        if self.since_s - now_s > CLOCK_SLACK_S or (self.why == "auth" and self.identity != identity):
            return 0.0
        return max(0.0, self.until_s - now_s, self.trial_until_s - now_s)


@dataclass(frozen=True, slots=True)
class Pause:
    """Too many calls: everybody waits until then; `level` counts how often in a row it was said."""

    since_s: float
    until_s: float
    level: int

    def left_s(self, now_s: float) -> float:
        """How long there is still to wait."""
        return 0.0 if self.since_s - now_s > CLOCK_SLACK_S else max(0.0, self.until_s - now_s)


@dataclass(frozen=True, slots=True)
class Calm:
    """What is known of the vendor's state: the last outcomes, the breaker, the pause."""

    outcomes: str = ""
    open: Open | None = None
    pause: Pause | None = None

    def succeeded(self, count: int = 1) -> "Calm":
        """So many calls worked: an open breaker closes, a pause has passed."""
        if self.open or self.pause:
            return Calm()
        seen = (self.outcomes + GOOD * min(count, OF_LAST))[-OF_LAST:]
        return replace(self, outcomes=seen if BAD in seen else "")

    def failed(self, now_s: float, reason: str, *, good_before: int = 0) -> "Calm":
        """A call failed, after so many that worked and were not told yet."""
        seen = (self.outcomes + GOOD * min(good_before, OF_LAST) + BAD)[-OF_LAST:]
        if self.open:
            return self.opened("down", reason, now_s, min(self.open.lasts_s * 2, LONGEST_OPEN_S))
        full = len(seen) == OF_LAST and seen.count(BAD) >= HALF_OF_LAST
        if full or seen.endswith(BAD * IN_A_ROW):
            return self.opened("down", reason, now_s, FIRST_OPEN_S)
        return replace(self, outcomes=seen)

    def opened(self, why: Why, reason: str, now_s: float, lasts_s: float, identity: str = "") -> "Calm":
        """Opens the breaker at once, for so long."""
        return replace(self, outcomes="", open=Open(why, reason, now_s, now_s + lasts_s, lasts_s, identity))

    def trying(self, now_s: float) -> "Calm":
        """One call tries: the others stay away meanwhile."""
        return replace(self, open=replace(self.open, trial_until_s=now_s + TRIAL_S)) if self.open else self

    def refused(self, now_s: float, reason: str, identity: str) -> "Calm":
        """The login is refused: opens at once, for these credentials."""
        again = self.open is not None and self.open.why == "auth" and self.open.identity == identity
        lasts_s = min(self.open.lasts_s * 2, LONGEST_OPEN_S) if self.open and again else FIRST_OPEN_S
        return self.opened("auth", reason, now_s, lasts_s, identity)

    def paused(self, now_s: float, seconds: float) -> "Calm":
        """The vendor is there and wants fewer calls: everybody waits so long at least."""
        until_s = now_s + seconds
        if self.pause and self.pause.left_s(now_s):
            until_s = max(until_s, self.pause.until_s)
        level = self.pause.level + 1 if self.pause else 1
        return replace(self, open=None, pause=Pause(now_s, until_s, level))
