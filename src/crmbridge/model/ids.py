"""Where our own record ids come from.

An id is a ULID: 26 characters, sorted by the time it was made. Whoever makes records is handed a source, so a test
can hand in one that counts.
"""

import itertools
from collections.abc import Callable

from ulid import ULID

IdSource = Callable[[], str]


def new_ulid() -> str:
    """A fresh ULID from the system's clock and randomness."""
    return str(ULID())


def counting_ids(start: int = 1) -> IdSource:
    """A source for tests: the same ids in the same order every time."""
    numbers = itertools.count(start)
    return lambda: str(ULID.from_int(next(numbers)))
