"""Whether a call may go now: asked before each, told after each, and known to all processes of the connection."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace

from crmbridge.http.breaker import Calm
from crmbridge.http.retry import jitter_s
from crmbridge.http.state import DoorState, SharedState, courtesy
from crmbridge.model.errors import AuthError, CrmBridgeError, Throttled, Unavailable

FLUSH_AT = 5
"""So many good outcomes are told at once, so that not every call writes."""

SHORTEST_PAUSE_S = 1.0


class Gate:
    """The breaker and the pauses of one door. `identity` tells credentials apart, so that new ones may try at once.

    A store that cannot be written stops a call before it is made, and never takes the place of what one came to.
    """

    def __init__(self, state: SharedState, now_s: Callable[[], float], *, identity: str, draw: random.Random) -> None:
        self._state, self._now_s, self._identity, self._draw = state, now_s, identity, draw
        self._lock = threading.Lock()
        self._good = 0

    def pause_left_s(self) -> float:
        """How long everybody has to wait; raises where nobody may call at all, and lets one through to try."""
        calm = self._state.read().calm
        if calm.open:
            self._try_or_refuse()
        return calm.pause.left_s(self._now_s()) if calm.pause else 0.0

    def worked(self) -> None:
        """The vendor answered, and with sense."""
        with courtesy():
            calm = self._state.read().calm
            with self._lock:
                self._good += 1
                told = self._good
                if not (calm.open or calm.pause or (calm.outcomes and told >= FLUSH_AT)):
                    return
                self._good = 0
            self._change(lambda now: now.succeeded(told))

    def failed(self, reason: str) -> None:
        """The vendor did not answer, or with nonsense."""
        with self._lock:
            told, self._good = self._good, 0
        self._change(lambda calm: calm.failed(self._now_s(), reason, good_before=told))

    def login_refused(self, reason: str) -> None:
        """The credentials are not taken: nobody tries them again for a while.

        A door that does not know whose they are cannot tell new ones apart, so it keeps nobody away.
        """
        if not self._identity:
            self.worked()
            return
        self._change(lambda calm: calm.refused(self._now_s(), reason, self._identity))

    def exhausted(self, reason: str, seconds: float) -> None:
        """The vendor's credits are used up: nobody calls for so long, and then one."""
        self._change(lambda calm: calm.opened("credits", reason, self._now_s(), seconds))

    def throttled(self, after_s: float | None) -> float:
        """Too many calls: how long everybody waits now, by the vendor's word or with jitter that doubles."""

        def step(state: DoorState) -> tuple[DoorState, float]:
            seconds = self._pause_s(state.calm) if after_s is None else after_s
            return replace(state, calm=state.calm.paused(self._now_s(), seconds)), seconds

        with courtesy():
            return self._state.change(step)
        return self._pause_s(Calm()) if after_s is None else after_s

    def _pause_s(self, calm: Calm) -> float:
        level = calm.pause.level if calm.pause else 0
        return max(SHORTEST_PAUSE_S, jitter_s(level + 1, self._draw, first_s=SHORTEST_PAUSE_S * 2))

    def _change(self, step: Callable[[Calm], Calm]) -> None:
        with courtesy():
            self._state.change(lambda state: (replace(state, calm=step(state.calm)), None))

    def _try_or_refuse(self) -> None:
        now_s = self._now_s()

        def step(state: DoorState) -> tuple[DoorState, CrmBridgeError | None]:
            found = state.calm.open
            wait_s = found.refuses_for_s(now_s, self._identity) if found else 0.0
            if found and wait_s:
                return state, _closed(found.why, found.reason, wait_s)
            return replace(state, calm=state.calm.trying(now_s)), None

        refusal = self._state.change(step)
        if refusal:
            raise refusal


def _closed(why: str, reason: str, wait_s: float) -> CrmBridgeError:
    seconds = round(wait_s)
    if why == "auth":
        return AuthError(
            "the login was refused a moment ago ({reason}) and is not tried again for {seconds} seconds",
            reason=reason,
            seconds=seconds,
            hint="log in again; new credentials are tried at once",
        )
    if why == "credits":
        text = "the vendor takes no more calls for now ({reason}); nothing is sent for {seconds} seconds"
        return Throttled(text, after=wait_s, reason=reason, seconds=seconds)
    text = "the vendor failed too often ({reason}); nothing is sent for {seconds} seconds"
    return Unavailable(text, after=wait_s, reason=reason, seconds=seconds)
