"""Callbacks that are due: a server skin posts them, a test takes them."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError

TIMEOUT_S = 5.0
LAST = 1_000
KEPT = 100_000  # a bound on memory, no meaning


@dataclass(frozen=True, slots=True)
class Callback:
    """One POST of JSON to an address of the customer."""

    url: str
    body: dict[str, Any]
    at: float


class Outbox:
    """First in, first out. Zoho promises neither order nor delivery nor repetition (dossier 7)."""

    def __init__(self) -> None:
        self._waiting: deque[Callback] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self.sent = self.lost = 0
        self._last: deque[tuple[Callback, bool]] = deque(maxlen=LAST)

    def put(self, callback: Callback) -> None:
        """Adds a callback."""
        with self._lock:
            self._waiting.append(callback)

    def take(self) -> list[Callback]:
        """All that wait; they are gone afterwards."""
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
            return taken

    def __len__(self) -> int:
        return len(self._waiting)

    def deliver(self) -> int:
        """Posts all that wait; what is not taken with a 2xx is lost ("no documented retry"). Returns how many went."""
        delivered = 0
        for callback in self.take():
            taken = _post(callback)
            self._last.append((callback, taken))
            delivered += taken
            self.lost += not taken
        self.sent += delivered
        return delivered

    def listing(self) -> dict[str, Any]:
        """How many went and were lost, the last of them, and those that wait."""
        with self._lock:
            waiting = [_shown(callback) for callback in self._waiting]
        last = [{**_shown(callback), "taken": taken} for callback, taken in list(self._last)]
        return {"sent": self.sent, "lost": self.lost, "last": last, "waiting": waiting}


def _shown(callback: Callback) -> dict[str, Any]:
    return {"url": callback.url, "at": callback.at, "body": callback.body}


def _post(callback: Callback) -> bool:
    if not callback.url.startswith(("http://", "https://")):
        return False
    request = urllib.request.Request(  # noqa: S310 -- checked above
        callback.url,
        data=json.dumps(callback.body, separators=(",", ":")).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 -- checked above
            return 200 <= int(answer.status) < 300  # noqa: PLR2004 -- HTTP
    except (URLError, OSError):
        return False
