"""Where scheduled jobs stand: since when what comes due is open, whether one is paused, when it is tried again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select

from crmbridge.ledger import bulk
from crmbridge.ledger.schema_jobs import job_state as table
from crmbridge.ledger.transaction import LedgerTx

_NOTICE = (
    "INSERT INTO job_state (job, schedule, since_us, attempts) VALUES (:job, :schedule, :now_us, 0)"
    " ON CONFLICT (job) DO UPDATE SET schedule = :schedule, since_us = :now_us, attempts = 0, retry_us = NULL"
    " WHERE job_state.schedule <> :schedule"
)
_PAUSE = "UPDATE job_state SET paused_us = coalesce(paused_us, :now_us) WHERE job = :job"
_RESUME = (
    "UPDATE job_state SET paused_us = NULL, since_us = :now_us, attempts = 0, retry_us = NULL"
    " WHERE job = :job AND paused_us IS NOT NULL"
)
_DONE = "UPDATE job_state SET since_us = :due_us, attempts = 0, retry_us = NULL WHERE job = :job AND since_us < :due_us"
_TURN = "SELECT pg_advisory_xact_lock(hashtext('crmbridge jobs ' || current_schema()))"
_AGAIN = "UPDATE job_state SET attempts = :attempts, retry_us = :retry_us WHERE job = :job"


@dataclass(frozen=True, slots=True)
class JobState:
    """Where a job stands. What comes due after `since_us` is open; `attempts` were in vain, until `retry_us`."""

    job: str
    schedule: str
    since_us: int
    paused_us: int | None
    attempts: int
    retry_us: int | None


def notice(tx: LedgerTx, schedules: Mapping[str, str], *, now_us: int) -> None:
    """These are the jobs from now on, with their schedules: a new or changed one owes nothing of before."""
    for job, schedule in schedules.items():
        bulk.run(tx, _NOTICE, job=job, schedule=schedule, now_us=now_us)


def forget_others(tx: LedgerTx, names: Collection[str]) -> None:
    """Jobs that the configuration names no more are forgotten; their runs stay in the history."""
    tx.execute(delete(table).where(table.c.job.not_in(names)))


def states(tx: LedgerTx) -> dict[str, JobState]:
    """Every job that was noticed."""
    return {row["job"]: JobState(**row) for row in tx.execute(select(table)).mappings()}


def state(tx: LedgerTx, job: str) -> JobState | None:
    """Where one stands; None where it was not noticed."""
    row = tx.execute(select(table).where(table.c.job == job)).mappings().first()
    return None if row is None else JobState(**row)


def pause(tx: LedgerTx, job: str, *, now_us: int) -> None:
    """The job waits until it is resumed."""
    bulk.run(tx, _PAUSE, job=job, now_us=now_us)


def resume(tx: LedgerTx, job: str, *, now_us: int) -> None:
    """The job goes on; what came due while it was paused is not made up for."""
    bulk.run(tx, _RESUME, job=job, now_us=now_us)


def done(tx: LedgerTx, job: str, *, due_us: int) -> None:
    """Everything up to this moment is done with, well or badly."""
    bulk.run(tx, _DONE, job=job, due_us=due_us)


def again(tx: LedgerTx, job: str, *, attempts: int, retry_us: int) -> None:
    """What is open stays so, and is tried again then."""
    bulk.run(tx, _AGAIN, job=job, attempts=attempts, retry_us=retry_us)


def take_turn(tx: LedgerTx) -> None:
    """Nobody else is past this line in a transaction of the same ledger before this one ends."""
    if not tx.is_sqlite:  # which has one writer anyway
        bulk.run(tx, _TURN)
