"""Three buckets: of the key, of the token, of /members and /search (dossier B5)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from crmbridge_sim.trello.errors import Refusal

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator

SHORT_S, LONG_S = 10.0, 900.0
TOO_FAST = "Rate limit exceeded"


class Gate:
    """Counts by the simulator's clock; used under its lock. A call that got 429 was not done."""

    def __init__(self, sim: TrelloSimulator) -> None:
        self._sim = sim
        self._windows: dict[str, deque[float]] = {}
        self._refused: deque[float] = deque()
        self.throttled: dict[str, int] = {}

    def enter(self, route: str) -> dict[str, str]:
        """Lets a call in, or refuses it; returns the headers that tell what is left."""
        switches = self._sim.switches
        if self._is_shut():
            raise self.refusal("API_KEY_LIMIT_EXCEEDED", self._told("key", 0))
        told: dict[str, str] = {}
        for name in ("key", "token"):
            left = self._room(name, switches.number(f"{name}_calls"), SHORT_S)
            told |= self._told(name, max(left, 0))
            if left < 0:
                raise self.refusal(f"API_{name.upper()}_LIMIT_EXCEEDED", told)
        slow = route.startswith(("/members", "/search"))
        if slow and self._room("member", switches.number("member_calls"), LONG_S) < 0:
            raise self.refusal("RATE_LIMIT_EXCEEDED", told)
        return told

    def _is_shut(self) -> bool:
        now, most = self._sim.clock.now(), self._sim.switches.number("most_refused")
        while self._refused and self._refused[0] <= now - SHORT_S:
            self._refused.popleft()
        return bool(most) and len(self._refused) > most

    def _room(self, name: str, limit: int, span_s: float) -> int:
        """Calls still possible in the window after this one; -1 refuses it."""
        if not limit:
            return 0
        now = self._sim.clock.now()
        window = self._windows.setdefault(name, deque())
        while window and window[0] <= now - span_s:
            window.popleft()
        if len(window) >= limit:
            return -1
        window.append(now)
        return limit - len(window)

    def _told(self, name: str, left: int) -> dict[str, str]:
        limit = self._sim.switches.number(f"{name}_calls")
        head = f"x-rate-limit-api-{name}"
        if not limit or not self._sim.switches.flag("rate_headers"):
            return {}
        return {f"{head}-interval-ms": "10000", f"{head}-max": str(limit), f"{head}-remaining": str(left)}

    def refusal(self, error: str, headers: dict[str, str] | None = None) -> Refusal:
        """The 429; no Retry-After is documented."""
        self.throttled[error] = self.throttled.get(error, 0) + 1
        self._refused.append(self._sim.clock.now())
        return Refusal(429, raw={"error": error, "message": TOO_FAST}, headers=headers)
