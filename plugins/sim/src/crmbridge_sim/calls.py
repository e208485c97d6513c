"""The ledger of calls: what was asked and what it cost, so that tests can count instead of believe."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One answered call; ``route`` is the pattern it matched, ``fault`` the name of what was done to it."""

    number: int
    at: float
    method: str
    path: str
    query: str
    route: str
    module: str
    status: int
    code: str
    credits: int
    fault: str
    request_bytes: int
    response_bytes: int


class CallLedger:
    """Keeps the last calls (100,000 by default) and totals of all; safe to use from several threads."""

    def __init__(self, *, keep: int = 100_000) -> None:
        self._calls: deque[CallRecord] = deque(maxlen=keep)
        self._lock = threading.Lock()
        self._total = 0
        self._credits = 0

    def add(self, call: CallRecord) -> None:
        """Writes one call down."""
        with self._lock:
            self._calls.append(call)
            self._total += 1
            self._credits += call.credits

    def __len__(self) -> int:
        return self._total

    def __iter__(self) -> Iterator[CallRecord]:
        return iter(self._calls.copy())

    @property
    def credits(self) -> int:
        """Credits charged since the start or the last reset."""
        return self._credits

    def matching(
        self, *, method: str = "", path: str = "", module: str = "", status: int | None = None
    ) -> list[CallRecord]:
        """The calls of this method, whose path contains ``path``, of this module and status."""
        return [
            call
            for call in self
            if (not method or call.method == method)
            and path in call.path
            and (not module or call.module == module)
            and (status is None or call.status == status)
        ]

    def reset(self) -> None:
        """Forgets everything; the next call is number 1 of the totals."""
        with self._lock:
            self._calls.clear()
            self._total = 0
            self._credits = 0

    def summary(self) -> dict[str, object]:
        """Totals: calls, credits, and counts by route and by status."""
        calls = list(self)
        return {
            "calls": self._total,
            "credits": self._credits,
            "by_route": dict(Counter(f"{call.method} {call.route or call.path}" for call in calls).most_common()),
            "by_status": {str(status): n for status, n in Counter(call.status for call in calls).most_common()},
        }

    def rows(self, *, after: int = 0) -> list[dict[str, object]]:
        """The kept calls as plain mappings, those after call number ``after``."""
        return [asdict(call) for call in self if call.number > after]
