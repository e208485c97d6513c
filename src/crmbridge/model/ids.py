"""Where our own record ids come from.

An id is a ULID: 26 characters, sorted by the time it was made. Whoever makes records is handed a source, so a test
can hand in one that counts.
"""

import itertools
import os
import threading
import time
from collections.abc import Callable

IdSource = Callable[[], str]

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in _CROCKFORD for low in _CROCKFORD]
_RANDOM_BITS = 80
_MOST_RANDOM = (1 << _RANDOM_BITS) - 1
_LOW = (1 << 20) - 1
"""The bits of the last four characters: all that differs between most neighbours."""


def encode_ulid(number: int) -> str:
    """The 26 characters of a 128-bit number; ids sort as their numbers do."""
    pairs = [_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)]
    return "".join(pairs)


class UlidSource:
    """Makes ULIDs that rise, within a millisecond too: the random part of the one before, and one more.

    Threads may share it, and a forked process starts afresh. A clock that is set back does not make it go back.
    """

    def __init__(
        self,
        milliseconds: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._milliseconds = milliseconds
        self._random = random
        self._head = ""
        self.forget()

    def __call__(self) -> str:
        """The next id."""
        with self._lock:
            now_ms = self._milliseconds()
            if now_ms > self._last_ms:
                self._begin(now_ms)
            elif self._number & _MOST_RANDOM == _MOST_RANDOM:
                self._begin(self._last_ms + 1)
            else:
                self._number += 1
            low = self._number & _LOW
            if low == 0 or not self._head:
                self._head = encode_ulid(self._number)[:-4]
            return self._head + _PAIRS[low >> 10] + _PAIRS[low & 1023]

    def many(self, count: int) -> list[str]:
        """The next ids at once, at a fifth of the cost of one by one."""
        made: list[str] = []
        while len(made) < count:
            made.append(self())
            with self._lock:
                begin = (self._number & _LOW) + 1
                end = min(begin + count - len(made), _LOW + 1)
                made += [self._head + _PAIRS[low >> 10] + _PAIRS[low & 1023] for low in range(begin, end)]
                self._number += end - begin
        return made

    def _begin(self, now_ms: int) -> None:
        self._last_ms = now_ms
        self._number = now_ms << _RANDOM_BITS | int.from_bytes(self._random(_RANDOM_BITS // 8), "big")
        self._head = ""

    def forget(self) -> None:
        """Starts afresh, with randomness of its own even within the same millisecond."""
        self._lock = threading.Lock()
        self._last_ms, self._number, self._head = -1, 0, ""


def take(source: IdSource, count: int) -> list[str]:
    """So many ids of a source."""
    return source.many(count) if isinstance(source, UlidSource) else [source() for _ in range(count)]


new_ulid = UlidSource()
"""A fresh ULID from the system's clock and randomness, at each call."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=new_ulid.forget)


def counting_ids(start: int = 1) -> IdSource:
    """A source for tests: the same ids in the same order every time."""
    numbers = itertools.count(start)
    return lambda: encode_ulid(next(numbers))
