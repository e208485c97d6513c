"""What all processes of a connection share about one door, as one small text.

It is read before each call, and written only where something happened: a block of budget is reserved, a call failed,
the vendor asked for a pause. A text that cannot be read is nothing: it holds politeness, not data.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from crmbridge.adapter.context import Shared
from crmbridge.http.breaker import Calm, Open, Pause
from crmbridge.model.errors import LeaseLost, StoreError

T = TypeVar("T")
VERSION = 2
log = logging.getLogger("crmbridge.http")


@contextmanager
def courtesy() -> Iterator[None]:
    """Others are told inside of a call that has been made; what it came to counts also where they cannot be told.

    A store that is locked or full would otherwise stand in the place of a write's outcome, and it would be sent twice.
    """
    try:
        yield
    except (LeaseLost, StoreError) as error:
        log.warning("what a call came to cannot be shared with other processes: %s", error.code)


@dataclass(frozen=True, slots=True)
class DoorState:
    """`calls` and `credits` are amounts by part of their window; `left` is the vendor's word, told at `left_at_s`.

    `calls` are by lane first: the lane "" is that of calls that name none.
    """

    calm: Calm = field(default_factory=Calm)
    calls: dict[str, dict[int, int]] = field(default_factory=dict)
    credits: dict[int, int] = field(default_factory=dict)
    left: int | None = None
    left_at_s: float = 0.0


class SharedState:
    """Reads and changes the state of one door."""

    def __init__(self, shared: Shared, name: str) -> None:
        self._shared = shared
        self._key = f"door:{name}"
        self._last: tuple[str | None, DoorState] = (None, DoorState())

    def read(self) -> DoorState:
        """The state a moment ago."""
        text = self._shared.read(self._key)
        if text != self._last[0]:
            self._last = (text, parse(text))
        return self._last[1]

    def change(self, step: Callable[[DoorState], tuple[DoorState, T]]) -> T:
        """Changes it while nobody else does, and gives the step's answer."""

        def rewrite(text: str | None) -> tuple[str | None, T]:
            state, answer = step(parse(text))
            return write(state), answer

        return self._shared.update(self._key, rewrite)


def write(state: DoorState) -> str:
    """The state as text; equal states give equal texts."""
    body: dict[str, Any] = {"v": VERSION, "calls": state.calls, "credits": state.credits}
    if state.left is not None:
        body["left"] = [state.left, state.left_at_s]
    if state.calm.outcomes:
        body["outcomes"] = state.calm.outcomes
    if state.calm.open:
        body["open"] = asdict(state.calm.open)
    if state.calm.pause:
        body["pause"] = asdict(state.calm.pause)
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def parse(text: str | None) -> DoorState:
    """The state of a text; an empty one where there is none, or one of another version."""
    try:
        body = json.loads(text or "")
        if body["v"] != VERSION:
            return DoorState()
        left, left_at_s = body.get("left", (None, 0.0))
        return DoorState(
            Calm(
                body.get("outcomes", ""),
                Open(**body["open"]) if "open" in body else None,
                Pause(**body["pause"]) if "pause" in body else None,
            ),
            {lane: _counts(counts) for lane, counts in body["calls"].items()},
            _counts(body["credits"]),
            left,
            left_at_s,
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return DoorState()


def _counts(told: Any) -> dict[int, int]:  # noqa: ANN401 - what stood in the text
    return {int(part): int(count) for part, count in told.items()}
