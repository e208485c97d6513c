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
            if _post(callback):
                delivered += 1
            else:
                self.lost += 1
        self.sent += delivered
        return delivered


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
