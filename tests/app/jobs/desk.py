"""A company with jobs, and a clock that a test sets."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.app.company import Company

from crmbridge.app.bridge import Bridge
from crmbridge.app.jobs import performing, ticking
from crmbridge.app.jobs.performing import Call, Done
from crmbridge.ledger import runs
from crmbridge.ledger.runs import Run

NIGHTLY = '\n[jobs.nightly]\nkind = "sync"\nschedule = "0 2 * * *"\n'
START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)  # noon in Shanghai


@dataclass
class Desk:
    """The workspace of a company as jobs see it, at `now`."""

    company: Company
    now: datetime = START

    def write(self, text: str) -> None:
        """More configuration."""
        with (self.company.folder / "crmbridge.toml").open("a", encoding="utf-8") as file:
            file.write(text)

    def opener(self, as_of: datetime | None = None) -> Bridge:
        bridge = Bridge.open(self.company.folder, as_of=as_of, environ={})
        bridge.as_of = as_of or self.now
        bridge.wiring.clock = lambda: self.now
        return bridge

    def tick(self, **passed: float) -> list[tuple[str, int]]:
        """So much later what is due is run: the jobs with their exit codes."""
        self.now += timedelta(**passed)
        return [(one.call.job, one.exit_code) for one in ticking.tick(self.opener)]

    def perform(self, job: str, **told: Any) -> Done:
        return performing.perform(self.opener, Call(job, **told))

    def runs(self) -> list[Run]:
        """The history of runs, the first first."""
        with self.opener() as bridge, bridge.wiring.ledger.read() as tx:
            return runs.listing(tx, limit=1000)[::-1]

    def standing(self, job: str = "nightly") -> ticking.Standing:
        with self.opener() as bridge:
            return next(one for one in ticking.standings(bridge.wiring) if one.name == job)
