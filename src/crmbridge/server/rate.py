"""How many requests are answered: so many at once, and so many a second from then on."""

import threading
import time
from collections.abc import Callable


class Bucket:
    """A bucket of `burst` requests that is filled again by `per_s` a second; safe for threads."""

    def __init__(self, *, burst: int, per_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_s, self._monotonic = float(burst), per_s, monotonic
        self._left, self._at = float(burst), monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether one more may be answered; it is counted where it may."""
        with self._lock:
            now = self._monotonic()
            self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
