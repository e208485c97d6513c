"""What goes on, for whoever wants to see how long each part took: nobody, unless `listen` names somebody.

    job > connection > pull, deleted, history, write > request

The floors say where a part begins and ends; who listens, and to which collector it goes, is known to `app.telemetry`
alone. Details name connections, objects and hosts and count things: never an address with its query, an id of a
record, a person or a token.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Value = str | int | float | bool
Details = Mapping[str, Value]
JOB, CONNECTION, PULL, REQUEST = "job", "connection", "pull", "request"
"""The names of spans that more than one place speaks of."""

OF_CONNECTION, OF_OBJECT, EXIT_CODE = "crmbridge.connection", "crmbridge.object", "crmbridge.exit_code"


class Span(Protocol):
    """A part that is under way."""

    def tell(self, details: Details) -> None:
        """More is known of it now."""
        ...


Listener = Callable[[str, Details], AbstractContextManager[Span]]
"""Opens a span; an error that leaves it is its end, and leaves further."""


class _Nobody:
    """The span of one to whom nobody listens."""

    def tell(self, details: Details) -> None:
        """Nothing is done with it."""


_NOBODY = _Nobody()
_listeners: list[Listener] = []


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Every span that is opened inside is told to it too, in whichever thread."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextmanager
def span(name: str, details: Details) -> Iterator[Span]:
    """A part of that name happens inside."""
    if not _listeners:
        yield _NOBODY
        return
    with _listeners[-1](name, details) as found:
        yield found
