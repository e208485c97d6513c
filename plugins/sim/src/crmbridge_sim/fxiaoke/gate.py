"""Limits: calls of one interface in a sliding window, and the purchased calls of a day (dossier 5)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from crmbridge_sim.fxiaoke import errors

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

DAY_S = 86_400
SHANGHAI_S = 8 * 3_600


class Gate:
    """Counts calls by the simulator's clock; used under its lock."""

    def __init__(self, sim: FxiaokeSimulator) -> None:
        self._sim = sim
        self._windows: dict[str, deque[float]] = {}
        self._day = -1
        self._used = 0
        self.most_in_window: dict[str, int] = {}
        self.throttled = 0

    def used(self) -> int:
        """Calls of the running day, which begins at 00:00 of Shanghai (assumed by the dossier)."""
        day = int(self._sim.clock.now() + SHANGHAI_S) // DAY_S
        if day != self._day:
            self._day, self._used = day, 0
        return self._used

    def left(self) -> int:
        """Calls the day still has."""
        return max(0, self._sim.switches.number("daily_quota") - self.used())

    def charge(self) -> None:
        """One call of the day; none left -> 30002, none ever bought -> 30003."""
        if self._sim.switches.flag("no_quota"):
            raise errors.Refusal(30003, "OpenAPI quota not purchased", "企业未购买OpenAPI调用量")
        if not self.left():
            raise errors.Refusal(30002, "daily call limit exceeded", "接口调用次数已达到当日上限")
        self._used += 1

    def refund(self) -> None:
        """Takes a failed call back, when failed ones are free."""
        self._used = max(0, self._used - 1)

    def exhaust(self) -> None:
        """Uses the rest of the day up."""
        self.used()
        self._used = self._sim.switches.number("daily_quota")

    def reset(self) -> None:
        """A fresh day and empty windows."""
        self._used = 0
        self._windows.clear()

    def enter(self, path: str) -> None:
        """One call of an interface; too many in the window are refused."""
        most = self._sim.switches.number("rate_calls")
        if not most:
            return
        now = self._sim.clock.now()
        window = self._windows.setdefault(path, deque())
        while window and window[0] <= now - self._sim.switches.number("rate_window_s"):
            window.popleft()
        full = len(window) >= most
        if not full or self._sim.switches.flag("refused_calls_count"):
            window.append(now)
        self.most_in_window[path] = max(self.most_in_window.get(path, 0), len(window))
        if full:
            self.throttled += 1
            raise self.throttle()

    def throttle(self) -> errors.Refusal:
        """The refusal of a throttled call (dossier 5: which one is UNCERTAIN)."""
        code = self._sim.switches.text("throttle_code")
        if code == "text":
            return errors.business(errors.TOO_FAST)
        return errors.Refusal(int(code), "接口调用次数超限" if code == "14001" else "每秒调用超限")
