"""Our time is the simulator's, and nobody waits for it to pass."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.adapter.context import AdapterContext

from .served import Served


@dataclass
class Clock:
    """The time of both: the machine's, moved on by every wait of ours. `skew_s` is how far ours is before theirs."""

    org: Served
    skew_s: float = 0
    waits_s: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.org.ahead_s + self.skew_s)

    def pause(self, context: AdapterContext, seconds: float) -> bool:
        self.waits_s.append(seconds)
        if not context.stop.is_set():
            self.org.advance(seconds)
        return context.stop.is_set()


def shared_clock(org: Served, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of both, from now on."""
    clock = Clock(org)
    monkeypatch.setattr("crmbridge.app.bridge.system_clock", clock)

    def pause(context: AdapterContext, seconds: float) -> bool:
        return clock.pause(context, seconds)

    monkeypatch.setattr(AdapterContext, "pause", pause)
    return clock
