"""The fault plan: what goes wrong, on which call, how often. It decides; the simulator carries it out."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

KINDS: Mapping[str, str] = {
    "throttle": "HTTP 429 (options: retry_after seconds, code)",
    "server_error": "HTTP 500, or the status given (options: status 500 | 503)",
    "gateway_html": "HTTP 502 with an HTML page of a gateway",
    "drop": "the connection ends before the work is done",
    "drop_after_commit": "the work is done, then the connection ends without an answer",
    "truncate": "the body ends in the middle (option: keep bytes)",
    "garbage": "HTTP 200 with a body that is no JSON",
    "token_expiry": "the access token of the call dies just before it",
    "edit_during_paging": "after the answer some records are edited (options: module, count, fields)",
    "duplicate_rows": "the page repeats the last rows of the page before (option: count)",
    "empty_list": "a list answers 204 although there are records",
    "clock_skew": "the Date header is wrong (option: seconds)",
    "credits_exhausted": "the day's credits are used up",
    "bulk_failure": "the bulk job this call adds ends in FAILURE (option: message)",
    "delay": "the answer takes longer (option: seconds)",
}


class UnknownFault(ValueError):
    """The kind of fault asked for does not exist."""


@dataclass
class Fault:
    """One thing that goes wrong on the calls that match: from the ``after``-th match on, ``times`` times.

    ``times`` < 0 means until removed. Empty filters match everything; ``path`` is a part of the path.
    """

    known: ClassVar[Mapping[str, str]] = KINDS  # another vendor's faults are a subclass with kinds of its own

    kind: str
    method: str = ""
    path: str = ""
    module: str = ""
    after: int = 0
    times: int = 1
    every: int = 1
    options: dict[str, object] = field(default_factory=dict)
    seen: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        if self.kind not in self.known:
            near = difflib.get_close_matches(self.kind, self.known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UnknownFault(f"unknown fault {self.kind!r}{hint} (known: {', '.join(self.known)})")

    def matches(self, method: str, path: str, module: str) -> bool:
        """Whether a call is of the kind this fault waits for."""
        return (
            (not self.method or self.method == method)
            and self.path in path
            and (not self.module or self.module == module)
        )

    def number(self, name: str, default: float) -> float:
        """A numeric option."""
        value = self.options.get(name, default)
        return float(value) if isinstance(value, (int, float, str)) else default

    def text(self, name: str, default: str) -> str:
        """A text option."""
        value = self.options.get(name, default)
        return value if isinstance(value, str) else default


class FaultPlan:
    """An ordered list of faults; every call takes those that are due."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Adds a fault to the plan."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Everything goes right again."""
        with self._lock:
            self._faults.clear()

    def due(self, method: str, path: str, module: str) -> tuple[Fault, ...]:
        """The faults that hit this call; asking counts as the call."""
        if not self._faults:
            return ()
        with self._lock:
            return tuple(fault for fault in self._faults if fault.matches(method, path, module) and _is_due(fault))

    def listing(self) -> list[dict[str, object]]:
        """The plan as plain mappings, with how often each fault was seen and done."""
        return [{name: getattr(fault, name) for name in fault.__dataclass_fields__} for fault in self._faults]


def _is_due(fault: Fault) -> bool:
    fault.seen += 1
    past = fault.seen - fault.after
    if past <= 0 or 0 <= fault.times <= fault.done or (past - 1) % fault.every:
        return False
    fault.done += 1
    return True
