"""One look at the schedule: what is due is run once, and nothing is remembered but in the ledger.

Whatever calls it, cron, a timer or Kubernetes, may do so as often as it likes and twice at once. A job that several
moments were missed of runs once; one that fails stops no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from crmbridge.app.jobs import cron
from crmbridge.app.jobs.performing import Call, Done, Opener, perform
from crmbridge.ledger import counted, jobs
from crmbridge.model.instants import from_us, to_us
from crmbridge.sync.outcome import worst

if TYPE_CHECKING:
    from crmbridge.app.jobs.section import JobSection
    from crmbridge.app.wiring import Wiring
    from crmbridge.ledger.jobs import JobState


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands now: what is open of it, when it comes due next, and what keeps it."""

    name: str
    job: JobSection
    state: JobState
    due: datetime | None
    missed: int
    next: datetime
    retry: datetime | None

    @property
    def is_paused(self) -> bool:
        """Whether somebody paused it."""
        return self.state.paused_us is not None

    @property
    def is_due(self) -> bool:
        """Whether a tick runs it now."""
        return self.due is not None and not self.is_paused and self.retry is None

    @property
    def word(self) -> str:
        """One word for it."""
        if self.is_paused:
            return "paused"
        if self.retry is not None:
            return "retry"
        return "due" if self.is_due else "waiting"


def notice(wiring: Wiring) -> None:
    """The ledger knows the jobs of the configuration: a new or changed one owes nothing of before."""
    schedules = {name: job.schedule for name, job in wiring.workspace.config.jobs.items()}
    now_us = to_us(wiring.clock())
    with wiring.ledger.begin() as tx:
        jobs.notice(tx, schedules, now_us=now_us)
        jobs.forget_others(tx, schedules)
        counted.sum_up(tx, now_us=now_us, at_least=counted.LONG, at_most=counted.MOST)


def standings(wiring: Wiring) -> list[Standing]:
    """Every job as it stands now, in the order of the configuration."""
    now = wiring.clock()
    with wiring.ledger.read() as tx:
        states = jobs.states(tx)
    return [_standing(wiring, name, states, now) for name in wiring.workspace.config.jobs]


def _standing(wiring: Wiring, name: str, states: Mapping[str, JobState], now: datetime) -> Standing:
    job = wiring.workspace.job(name)
    state = states.get(name)
    if state is None or state.schedule != job.schedule:
        paused_us = None if state is None else state.paused_us
        state = jobs.JobState(name, job.schedule, to_us(now), paused_us, 0, None)
    open_now = cron.latest(job.schedule, from_us(state.since_us), now, wiring.zone)
    due, missed = open_now or (None, 0)
    retry = None if state.retry_us is None or state.retry_us <= to_us(now) else from_us(state.retry_us)
    return Standing(name, job, state, due, missed, cron.following(job.schedule, now, wiring.zone), retry)


def due_ones(found: Sequence[Standing]) -> list[Call]:
    """The jobs to run now: what came due first goes first, and of what came due together the first in the file."""
    due = [(one.due, one.name, one.missed) for one in found if one.is_due and one.due is not None]
    return [Call(name, at, missed=missed) for at, name, missed in sorted(due, key=lambda each: each[0])]


def tick(opener: Opener) -> list[Done]:
    """Runs what is due, each job once; how each ended. What another tick did meanwhile is not in it."""
    with opener(None) as bridge:
        notice(bridge.wiring)
        calls = due_ones(standings(bridge.wiring))
    ran = [perform(opener, call) for call in calls]
    return [one for one in ran if not one.is_settled]


def exit_code(ran: Sequence[Done]) -> int:
    """The code that needs a person most."""
    return worst(one.exit_code for one in ran)
