"""Where the engine meets its world: at every call and every commit people edit, calls fail, the process is killed."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.world.chronicle import Chronicle
from crmbridge.testing.world.crm import Crm

CALLS = ("check", "describe", "pull", "deleted", "push", "fetch", "find")
COMMIT_SHARE = 0.15
"""There are many commits to a call: people edit, and death comes, at one as often as this at the other."""
COMMITS = ("commit:reading", "commit:round")
POINTS = tuple(f"{when} {what}" for what in (*CALLS, *COMMITS) for when in ("before", "after"))
"""Where the process may be killed."""
FAULTS = ("fail", "fail_write", "lost", "unanswered", "late", "partial", "empty", "outage")
"""A call fails; a push does; a push gets no answer and did nothing, everything, or that only later; some rows of a
batch of several get no answer; a list is empty although it should not be; a CRM is not there for minutes."""
SELDOM = {"find": 12.0}
"""Calls that are so much rarer than the others: death comes so much more often there."""


class Killed(BaseException):
    """The process is no more: nothing may catch this."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How often what happens, each at one boundary or one call."""

    edit: float = 0.25
    kill: float = 0.01
    faults: dict[str, float] = field(default_factory=dict)
    step_s: float = 0.6
    """So long, at most, it takes from one boundary to the next."""


QUIET = Rates(0.0, 0.0)
OFTEN = {
    "fail": 0.05,
    "fail_write": 0.06,
    "lost": 0.08,
    "unanswered": 0.08,
    "late": 0.12,
    "partial": 0.2,
    "empty": 0.03,
    "outage": 0.006,
}


def swarm(rng: random.Random) -> Rates:
    """Some of the faults, so that each gets its turn without all the others."""
    faults = {name: rate for name, rate in OFTEN.items() if rng.random() < 0.6}
    return Rates(
        rng.choice([0.06, 0.12, 0.25, 0.35]), rng.choice([0.0, 0.01, 0.02]), faults, rng.choice([0.05, 0.1, 0.6])
    )


@dataclass(slots=True)
class Gate:
    """Every boundary passes here. `people` is called where somebody may edit.

    `is_again` has the next readings begin at the beginning, whatever their cursor says; `order` has them tell the same
    records in another order. `handed` is what a reading had told when it came to a cursor: CRM and cursor -> the time
    of each record.
    """

    rng: random.Random
    clock: VirtualClock
    chronicle: Chronicle
    rates: Rates
    crms: Sequence[Crm] = ()
    people: Callable[[], None] = lambda: None
    calls: int = 0
    part: str = "reading"
    is_dead: bool = False
    is_again: bool = False
    order: random.Random | None = None
    handed: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)

    def before(self, what: str, crm: str) -> None:
        """A call is about to leave."""
        self.calls += 1
        self.chronicle.tell(f"{self.clock():%H:%M:%S.%f} {what} {crm}")
        self._pass(f"before {what}")

    def after(self, what: str) -> None:
        """Its answer has come."""
        self._pass(f"after {what}")

    def committing(self) -> None:
        """A transaction is about to be committed."""
        self._pass(f"before commit:{self.part}")

    def committed(self) -> None:
        """It was."""
        for crm in self.crms:
            crm.keep()
        self._pass(f"after commit:{self.part}")

    def alive(self) -> None:
        """A dead process does nothing more."""
        if self.is_dead:
            raise Killed

    def fate(self, *among: str) -> str | None:
        """What befalls this call, of those faults."""
        for name in among:
            if self.strikes(name):
                self.struck(name)
                return name
        return None

    def strikes(self, name: str) -> bool:
        """Whether that fault comes now."""
        rate = self.rates.faults.get(name, 0.0)
        return rate > 0 and self.rng.random() < rate

    def struck(self, name: str) -> None:
        """It came, and did something."""
        self.hits[name] += 1
        self.chronicle.tell(f"  fault: {name}")

    def _pass(self, point: str) -> None:
        self.alive()
        self.clock.advance(self.rng.random() * self.rates.step_s)
        for crm in self.crms:
            crm.land_late()
        share = COMMIT_SHARE if "commit" in point else 1.0
        if self.rng.random() < self.rates.edit * share:
            self.people()
        share *= SELDOM.get(point.rpartition(" ")[2], 1.0)
        if self.rates.kill and self.rng.random() < self.rates.kill * share:
            self.kills[point] += 1
            self.is_dead = True
            self.chronicle.tell(f"  KILLED {point}")
            raise Killed
