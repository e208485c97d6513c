"""Where somebody may listen to what doors send and receive: for recordings of an adapter, and nothing else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

Tap = Callable[["httpx.BaseTransport"], "httpx.BaseTransport"]
_taps: list[Tap] = []


@contextmanager
def tapping(tap: Tap) -> Iterator[None]:
    """Every door that is made inside sends through what `tap` makes of its transport, in whichever thread."""
    _taps.append(tap)
    try:
        yield
    finally:
        _taps.remove(tap)


def tapped(inner: "httpx.BaseTransport") -> "httpx.BaseTransport":
    """The transport, or what the one who listens makes of it."""
    return _taps[-1](inner) if _taps else inner
