"""When a call is sent again: decided by the door's own classes, waited by the adapter's clock, counted by tenacity.

Full jitter: each wait is anything between nothing and a bound that doubles. Retries are paid from a budget of a tenth
of the calls, so that a vendor in trouble is not asked four times as often as one that is well.
"""

import random
import threading
from collections.abc import Callable
from typing import TypeVar

import tenacity

from crmbridge.model.errors import CrmBridgeError

T = TypeVar("T")
FIRST_S, LONGEST_S = 0.5, 60.0
BUDGET_SHARE = 0.1
BUDGET_AT_START = 10.0
BUDGET_MOST = 50.0


class Again(Exception):
    """The attempt may be made again after at least `wait_s`; `error` leaves where it is not.

    `is_free` ones cost nothing of the retry budget: the vendor asked for them.
    """

    def __init__(self, error: CrmBridgeError, *, wait_s: float | None = None, is_free: bool = False) -> None:
        super().__init__(error.code)
        self.error = error
        self.wait_s = wait_s
        self.is_free = is_free


class RetryBudget:
    """A tenth of a retry for each call, and a few to begin with; shared by the threads of a door."""

    def __init__(self, tokens: float = BUDGET_AT_START) -> None:
        self.tokens = tokens
        self._lock = threading.Lock()

    def earn(self) -> None:
        """A call was made."""
        with self._lock:
            self.tokens = min(BUDGET_MOST, self.tokens + BUDGET_SHARE)

    def pay(self) -> bool:
        """Whether one more retry may be made; it is paid then."""
        with self._lock:
            if self.tokens < 1:
                return False
            self.tokens -= 1
            return True


def jitter_s(number: int, draw: random.Random, *, first_s: float = FIRST_S) -> float:
    """A wait before the attempt after `number`: anywhere up to a bound that doubles from `first_s` to a minute."""
    return draw.uniform(0, min(LONGEST_S, first_s * 2 ** (number - 1)))


def persist(
    attempt: Callable[[], T],
    *,
    attempts: int,
    budget: RetryBudget,
    pause: Callable[[float], bool],
    draw: random.Random,
) -> T:
    """What the attempt gives, made again while it raises Again: at most so often, and not once a stop is asked for.

    The error of the last Again leaves; any other error leaves at once.
    """

    def give_up(state: tenacity.RetryCallState) -> bool:
        again = _again_of(state)
        return state.attempt_number >= attempts or not (again.is_free or budget.pay())

    def wait(state: tenacity.RetryCallState) -> float:
        least_s = _again_of(state).wait_s
        return jitter_s(state.attempt_number, draw) if least_s is None else least_s

    def sleep(seconds: float) -> None:
        if pause(seconds):
            raise _StoppedWaiting

    retrying = tenacity.Retrying(
        stop=give_up, wait=wait, sleep=sleep, retry=tenacity.retry_if_exception_type(Again), reraise=True
    )
    last: list[CrmBridgeError] = []

    def noted() -> T:
        try:
            return attempt()
        except Again as again:
            last[:] = [again.error]
            raise

    try:
        return retrying(noted)
    except (Again, _StoppedWaiting):
        pass
    raise last[0]


class _StoppedWaiting(Exception):
    """A stop was asked for while waiting."""


def _again_of(state: tenacity.RetryCallState) -> Again:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, Again):
        raise TypeError(error)
    return error
