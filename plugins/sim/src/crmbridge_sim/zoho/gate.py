"""What stands before every API call: token, scope, credits, concurrency; in this order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.people import Org
from crmbridge_sim.zoho.switches import Switches

DAY_S = 86_400
# Edition: base credits, credits per user, maximum, calls at one time (dossier 5.1: DOC4, AE).
EDITIONS: dict[str, tuple[int, int, int | None, int]] = {
    "free": (5_000, 0, 5_000, 5),
    "standard": (50_000, 250, 100_000, 10),
    "professional": (50_000, 500, 3_000_000, 15),
    "enterprise": (50_000, 1_000, 5_000_000, 20),
    "ultimate": (50_000, 2_000, None, 25),
    "crmplus": (50_000, 2_000, None, 25),
}


class Credits:
    """The credits of the last 24 hours, rolling, of the whole org (dossier 5.1)."""

    def __init__(self, org: Org, switches: Switches) -> None:
        self._org, self._switches = org, switches
        self._spent: deque[tuple[float, int]] = deque()
        self._used = 0

    @property
    def limit(self) -> int:
        """The credits of a day by the edition and its licences."""
        fixed = self._switches.number("edition_credits")
        if fixed:
            return fixed
        base, per_user, most, _ = EDITIONS[self._org.edition]
        total = base + per_user * self._org.licences
        return total if most is None else min(total, most)

    def used(self, now: float) -> int:
        """Credits of the 24 hours before ``now``."""
        while self._spent and self._spent[0][0] <= now - DAY_S:
            self._used -= self._spent.popleft()[1]
        return self._used

    def left(self, now: float) -> int:
        """Credits that may still be spent now."""
        return max(0, self.limit - self.used(now))

    def charge(self, now: float, cost: int) -> None:
        """Spends credits; they come back 24 hours later. Kept by the second, so that millions of calls stay small."""
        second = int(now)
        if self._spent and self._spent[-1][0] == second:
            cost_before = self._spent.pop()[1]
            self._spent.append((second, cost_before + cost))
        else:
            self._spent.append((second, cost))
        self._used += cost

    def exhaust(self, now: float) -> None:
        """Spends whatever is left (fault ``credits_exhausted``)."""
        self.charge(now, self.left(now))

    def reset(self) -> None:
        """A fresh day."""
        self._spent.clear()
        self._used = 0

    def header(self, now: float) -> dict[str, str]:
        """X-API-CREDITS-REMAINING, only from half of the day's credits on (dossier 5.3: AE)."""
        used = self.used(now)
        return {"X-API-CREDITS-REMAINING": str(self.limit - used)} if used * 2 >= self.limit else {}


class Concurrency:
    """Counts calls in flight: all of them by the edition, heavy ones by the pool of ten (dossier 5.1, 5.2)."""

    def __init__(self, org: Org, switches: Switches) -> None:
        self._org, self._switches = org, switches
        self._lock = threading.Lock()
        self._now = self._heavy = 0
        self.most = self.most_heavy = 0

    @property
    def limit(self) -> int:
        """Calls at one time."""
        return self._switches.number("edition_concurrency") or EDITIONS[self._org.edition][3]

    @contextmanager
    def slot(self, *, heavy: bool) -> Iterator[bool]:
        """Holds a place while the call runs; yields False when there was none."""
        with self._lock:
            fits = self._now < self.limit and not (heavy and self._heavy >= self._switches.number("heavy_concurrency"))
            if fits:
                self._now += 1
                self._heavy += heavy
                self.most, self.most_heavy = max(self.most, self._now), max(self.most_heavy, self._heavy)
        try:
            yield fits
        finally:
            if fits:
                with self._lock:
                    self._now -= 1
                    self._heavy -= heavy


def throttled(switches: Switches, *, code: str = "", retry_after: int = 0) -> ApiError:
    """The 429 of both spellings; Retry-After only when a switch or a fault says so (dossier 5.3: UNCERTAIN)."""
    seconds = retry_after or switches.number("retry_after_s")
    return ApiError(
        code or switches.text("throttle_code"), status=429, headers={"Retry-After": str(seconds)} if seconds else {}
    )


def check_scope(scopes: frozenset[str], needed: str, module: str) -> None:
    """Refuses a call whose token lacks a scope: 401 OAUTH_SCOPE_MISMATCH (dossier 1.5: OAS26).

    ``ALL`` meets every operation; a group's scope meets its items'; ``WRITE`` of older docs meets the three writes.
    """
    if not all(_has_scope(scopes, one, module) for one in needed.split("+")):
        raise ApiError("OAUTH_SCOPE_MISMATCH")


@lru_cache(maxsize=1024)
def _has_scope(scopes: frozenset[str], needed: str, module: str) -> bool:
    *path, operation = needed.lower().split(".")
    operations = {operation, "all"} | ({"write"} if operation in {"create", "update", "delete"} else set())
    groups = {".".join(path[: n + 1]) for n in range(len(path))}
    if path == ["modules"] and module:
        groups.add(f"modules.{module.lower()}")
    return any(f"zohocrm.{group}.{word}" in scopes for group in groups for word in operations)
