"""A clock that moves only when told to."""

from datetime import timedelta

import pytest

from crmbridge.adapter.context import AdapterContext
from crmbridge.testing.clock import START, VirtualClock
from crmbridge.testing.memory import MemoryHarness


def test_clock_stands_still() -> None:
    clock = VirtualClock()
    assert clock() == clock() == START


def test_sleep_moves_it_and_is_counted() -> None:
    clock = VirtualClock()
    clock.sleep(30)
    clock.advance(-10)
    assert clock() - START == timedelta(seconds=20)
    assert clock.slept_seconds == 30


def test_sleep_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        VirtualClock().sleep(-1)


def context() -> AdapterContext:
    return MemoryHarness().open()._context  # type: ignore[attr-defined, no-any-return]


def test_pause_waits_on_the_virtual_clock() -> None:
    made = context()
    before = made.clock()
    assert made.pause(900) is False
    assert made.clock() - before == timedelta(seconds=900)


def test_pause_after_a_stop_waits_no_more() -> None:
    made = context()
    before = made.clock()
    made.stop.set()
    assert made.pause(900) is True
    assert made.clock() == before


def test_pause_on_the_wall_clock_ends_with_the_stop() -> None:
    made = AdapterContext("any", context().config, context().workspace)
    made.stop.set()
    assert made.pause(900) is True
