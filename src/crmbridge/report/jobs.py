"""Scheduled jobs as people read them: where each stands, and how those that were run ended."""

from collections.abc import Iterable, Mapping, Sequence

from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

_JOB = Column("job", mark("job"))
_KIND = Column("kind", mark("kind of job"), "word")
_SCHEDULE = Column("schedule", mark("schedule"))
_STATE = Column("state", mark("state"), "word")
_DUE = Column("due_at", mark("due"), "instant")
_MISSED = Column("missed", mark("moments missed"), "count")
_NEXT = Column("next_at", mark("next time"), "instant")
_RUN = Column("run", mark("run"), "count")
_CODE = Column("exit_code", mark("exit code"), "count")
_SECONDS = Column("seconds", mark("seconds"), "number")

STANDING = (
    _JOB,
    _KIND,
    _SCHEDULE,
    _STATE,
    _NEXT,
    Column("last_at", mark("last run"), "instant"),
    Column("last_exit_code", mark("how it ended"), "count"),
    Column("arguments", mark("arguments"), "json"),
)
DUE = (_JOB, _KIND, _DUE, _MISSED)
RAN = (
    _JOB,
    _KIND,
    _DUE,
    _MISSED,
    _RUN,
    _CODE,
    _SECONDS,
    Column("retry_at", mark("tried again"), "instant"),
    Column("error", mark("error")),
)

WORKED = (
    Column("workspace", mark("workspace")),
    Column("ran", mark("runs"), "count"),
    Column("failed", mark("failed"), "count"),
    Column("left", mark("left to others"), "count"),
    _CODE,
)


def standing_listing(rows: Iterable[Mapping[str, object]]) -> Listing:
    """The jobs, where each stands and when it comes due next."""
    return Listing(
        "schedule/1",
        STANDING,
        tuple(rows),
        empty=mark('there is no job yet: crmbridge schedule add nightly sync "0 2 * * *" makes one'),
    )


def due_listing(rows: Iterable[Mapping[str, object]]) -> Listing:
    """What a tick would run now."""
    return Listing("tick-due/1", DUE, tuple(rows), empty=mark("nothing is due"))


def ran_listing(rows: Sequence[Mapping[str, object]], warnings: Sequence[Note], *, exit_code: int) -> Listing:
    """How the jobs ended that were run."""
    return Listing(
        "tick/1", RAN, tuple(rows), warnings=tuple(warnings), exit_code=exit_code, empty=mark("nothing is due")
    )


def worker_listing(rows: Iterable[Mapping[str, object]], *, exit_code: int) -> Listing:
    """What a worker has done, a row for each workspace."""
    return Listing("worker/1", WORKED, tuple(rows), exit_code=exit_code, empty=mark("nothing was due"))
