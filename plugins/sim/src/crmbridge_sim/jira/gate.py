"""Limits: bursts, writes to one issue, an app's points of an hour, Data Center's bucket (dossier A6, A8)."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crmbridge_sim.jira.errors import Refusal

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator

HOUR_S, NEAR = 3600, 0.2
BURST, PER_ISSUE = "jira-burst-based", "jira-per-issue-on-write"
ISSUE = "/issue/{issue}"


class Gate:
    """Counts by the simulator's clock; used under its lock. A call that got 429 was not done."""

    def __init__(self, sim: JiraSimulator) -> None:
        self._sim = sim
        self._windows: dict[tuple[str, ...], deque[float]] = {}
        self._hour = -1
        self._used = 0
        self.throttled: dict[str, int] = {}

    def enter(self, method: str, route: str, issue: str, *, pays: bool) -> dict[str, str]:
        """Lets a call in, or refuses it; returns the headers that tell what is left."""
        if not self._sim.cloud:
            return self._bucket()
        switches = self._sim.switches
        if pays and switches.number("points_per_hour") and self.left() <= 0:
            raise self.refusal(switches.text("quota_reason"))
        name = {"GET": "burst_get_issue" if route == ISSUE else "burst_get", "POST": "burst_post"}.get(
            method, "burst_put"
        )
        limit = switches.number(name)
        left = self._room((method, route), limit, 1.0)
        if left < 0:
            raise self.refusal(BURST, limit)
        if issue and method != "GET":
            writes = [("issue_writes_2s", 2.0), ("issue_writes_30s", 30.0)]
            if any(self._room((switch, issue), switches.number(switch), span) < 0 for switch, span in writes):
                raise self.refusal(PER_ISSUE, switches.number("issue_writes_2s"))
        return self._told(limit, left) if limit else {}

    def _room(self, key: tuple[str, ...], limit: int, span_s: float) -> int:
        """Calls still possible in the window after this one; -1 refuses it."""
        if not limit:
            return 0
        now = self._sim.clock.now()
        window = self._windows.setdefault(key, deque())
        while window and window[0] <= now - span_s:
            window.popleft()
        if len(window) >= limit:
            return -1
        window.append(now)
        return limit - len(window)

    def _told(self, limit: int, left: int) -> dict[str, str]:
        reset = datetime.fromtimestamp(int(self._sim.clock.now()) + 1, UTC).strftime("%Y-%m-%dT%H:%MZ")
        told = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": reset}
        return told | ({"X-RateLimit-NearLimit": "true"} if left < limit * NEAR else {})

    def refusal(self, reason: str, limit: int = 0, after: float | None = None) -> Refusal:
        """The 429 of a reason, its headers as documented (dossier A6)."""
        self.throttled[reason] = self.throttled.get(reason, 0) + 1
        now = self._sim.clock.now()
        if reason.startswith("jira-quota"):
            wait, limit = int(HOUR_S - now % HOUR_S) + 1, self._sim.switches.number("points_per_hour")
        else:
            wait = self._sim.switches.number("retry_after_s")
        wait = wait if after is None else int(after)
        reset = datetime.fromtimestamp(now + wait, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = {
            "Retry-After": str(wait), "RateLimit-Reason": reason, "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset,
        }  # fmt: skip
        return Refusal(429, "Rate limit exceeded.", headers=headers)

    def used(self) -> int:
        """Points of the running UTC hour."""
        hour = int(self._sim.clock.now()) // HOUR_S
        if hour != self._hour:
            self._hour, self._used = hour, 0
        return self._used

    def left(self) -> int:
        """Points the hour still has."""
        return self._sim.switches.number("points_per_hour") - self.used()

    def charge(self, method: str, objects: int) -> tuple[int, dict[str, str]]:
        """A call's points: one and one for each object read; a write is one. And the header that tells the rest."""
        cost = 1 + objects if method == "GET" or objects else 1
        self.used()
        self._used += cost
        wait = int(HOUR_S - self._sim.clock.now() % HOUR_S)
        told = f'"global-app-quota";r={max(0, self.left())};t={wait}'
        return cost, {self._sim.switches.text("quota_header"): told}

    def exhaust(self) -> None:
        """Uses the hour's points up."""
        self.used()
        self._used = self._sim.switches.number("points_per_hour")

    def _bucket(self) -> dict[str, str]:
        """Data Center: ``retry-after`` 0 means go (dossier A8)."""
        limit = self._sim.switches.number("dc_bucket")
        if not limit:
            return {}
        left = self._room(("bucket",), limit, 1.0)
        told = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(0, left))}
        told |= {"X-RateLimit-Interval-Seconds": "1", "X-RateLimit-FillRate": str(limit)}
        if left < 0:
            raise Refusal(429, "Rate limit exceeded.", headers={**told, "retry-after": "1"})
        return {**told, "retry-after": "0"}
