"""Makes up for days that have passed: a job as of each moment at which it would have come due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from crmbridge.app.jobs import cron
from crmbridge.app.jobs.kinds import KINDS
from crmbridge.app.jobs.performing import Call
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import start_of_day

if TYPE_CHECKING:
    from crmbridge.app.wiring import Wiring

MOST = 1000
"""So many moments are made up for at once."""

_MOMENT = timedelta(microseconds=1)


def calls(wiring: Wiring, name: str, first: date, until: date) -> Iterator[Call]:
    """The job as of each moment of the days before `until` that has passed, the earliest first.

    ConfigError where there is none, or too many.
    """
    job = wiring.workspace.job(name)
    if not KINDS[job.kind].is_dated:
        raise ConfigError(
            "a job of the kind {kind} cannot be done as of a day that has passed",
            kind=job.kind,
            known=", ".join(kind for kind, one in KINDS.items() if one.is_dated),
            hint="only these can: {known}",
        )
    if until <= first:
        raise ConfigError(
            "the days end before they begin", hint="--from is the first day, --to the first that is not counted"
        )
    start, end = start_of_day(first, wiring.zone) - _MOMENT, start_of_day(until, wiring.zone)
    moments = [*cron.between(job.schedule, start, min(end - _MOMENT, wiring.clock()), wiring.zone)]
    if not moments:
        raise ConfigError(
            "{job} did not come due from {first} to {last}",
            job=name,
            first=first,
            last=until - timedelta(days=1),
            schedule=job.schedule,
            hint="its schedule is {schedule}, and only what has passed can be made up for",
        )
    if len(moments) > MOST:
        raise ConfigError(
            "{job} came due {count} times in these days, and {most} can be made up for at once",
            job=name,
            count=len(moments),
            most=MOST,
            hint="take fewer days",
        )
    return (Call(name, at, as_of=at) for at in moments)
