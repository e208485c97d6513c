"""The queue of jobs in PostgreSQL: the only module that knows Procrastinate.

A row says that a job of a workspace is due. Its queueing lock lets it wait once, its lock lets one row of a connection
run at a time, and a row that has ended is deleted. It lies in a schema that is named by what Procrastinate makes there:
another version with other tables has another schema, which is filled from the ledgers like the first; so nothing is
migrated, and workers of two versions go on side by side.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmbridge.ledger import beside
from crmbridge.model.errors import ConfigError, StoreError

try:
    import procrastinate
    import psycopg
    from procrastinate import exceptions, jobs, retry, schema
except ModuleNotFoundError as missing:
    raise ConfigError("many workers need procrastinate", hint='pip install "crmbridge[cluster]"') from missing

if TYPE_CHECKING:
    from crmbridge.app.jobs.performing import Call

LOST = (exceptions.ConnectorException, psycopg.Error, OSError)
"""What is raised where the server does not answer, or not as it should: later it may."""

RUN, LOOK = "crmbridge.run", "crmbridge.look"
_LOOKS_FIRST = 100
_POOL = 4
_PATIENCE_S = 10.0
for _name in ("procrastinate", "psycopg.pool"):
    logging.getLogger(_name).addHandler(logging.NullHandler())  # what matters of it is told by the worker


class Later(Exception):
    """The row waits so many seconds, and is handed out again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _AsItSaid(retry.BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> retry.RetryDecision | None:
        """Later where that was said. Whatever else was raised, the row goes: the ledger says whether it comes back."""
        del job
        if not isinstance(exception, Later):
            return None
        return retry.RetryDecision(retry_in={"seconds": int(exception.seconds)})


@dataclass(frozen=True, slots=True)
class Row:
    """A job that waits or runs."""

    id: int
    job: str
    is_running: bool


class Queue:
    """The queue beside a ledger, whose address is given. `open` it first; used by every thread of a worker."""

    def __init__(self, url: str) -> None:
        self.schema = f"crmbridge_queue_{hashlib.sha256(_tables().encode()).hexdigest()[:8]}"
        place = beside.place_of(url)
        if place is None:
            raise ConfigError("a queue is kept in PostgreSQL", hint="postgresql://user@host/database")
        self.place = f"{place.database}.{self.schema}"
        self._address = beside.libpq(url, self.schema)
        self._here = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(**self._how()))

    def open(self) -> None:
        """The queue is there, made where it was not; StoreError where the server cannot be reached."""
        try:
            psycopg.connect(self._address).close()  # says at once why it cannot be reached
            self._here.open()
            self.restore()
        except LOST as error:
            self.close()
            raise StoreError(
                "{file} cannot be reached: {reason}",
                file=self.place,
                reason=_reason(error),
                hint="check that the PostgreSQL server runs, and the address of the queue",
            ) from error

    def restore(self) -> None:
        """What is not there of the queue is made: it may have been dropped, and is filled from the ledgers."""
        if not self._here.check_connection():
            self._make()

    def close(self) -> None:
        """Lets go of the server; harmless twice."""
        with suppress(*LOST):
            self._here.close()

    def app(self, run: Callable[..., None], look: Callable[..., None]) -> procrastinate.App:
        """What a worker runs: `run(context, workspace, job)` for a row, and `look(timestamp)` every minute."""
        made = procrastinate.App(connector=procrastinate.PsycopgConnector(**self._how()))
        made.task(name=RUN, pass_context=True, retry=_AsItSaid())(run)
        looking = made.task(name=LOOK, queue=LOOK, queueing_lock=LOOK, priority=_LOOKS_FIRST)(look)
        made.periodic(cron="* * * * *", periodic_id=LOOK)(looking)
        return made

    def of(self, workspace: str) -> list[Row]:
        """What waits or runs of a workspace."""
        return [
            Row(one.id or 0, str(one.task_kwargs["job"]), one.status == jobs.Status.DOING.value)
            for one in self._here.job_manager.list_jobs(queue=workspace)
        ]

    def is_empty(self) -> bool:
        """Whether nothing waits or runs."""
        return not self._here.job_manager.list_jobs()

    def put(self, workspace: str, call: Call, lock: str) -> bool:
        """The job waits; False where it did already."""
        due = None if call.due is None else call.due.isoformat()
        row = self._here.configure_task(
            RUN, queue=workspace, lock=f"{workspace}/{lock}", queueing_lock=f"{workspace}/{call.job}"
        )
        return _is_queued(lambda: row.defer(workspace=workspace, job=call.job, due=due))

    def look(self) -> bool:
        """Somebody looks at every workspace as soon as possible; False where that waits already."""
        row = self._here.configure_task(LOOK, queue=LOOK, queueing_lock=LOOK, priority=_LOOKS_FIRST)
        return _is_queued(lambda: row.defer(timestamp=0))

    def _how(self) -> dict[str, Any]:
        return {"conninfo": self._address, "min_size": 1, "max_size": _POOL, "timeout": _PATIENCE_S}

    def _make(self) -> None:
        """All of it in one go: where two workers begin at once, one finds it made by the other."""
        name = self.schema
        made = f"SELECT pg_advisory_xact_lock(hashtext('{name}')); CREATE SCHEMA \"{name}\"; {_tables()}"
        with suppress(exceptions.ConnectorException):
            self._here.connector.get_sync_connector().execute_query(made.replace("%", "%%"))
        if not self._here.check_connection():
            raise StoreError(
                "{file} cannot be made", file=self.place, hint="let the user that its address names create schemas"
            )


async def take_over(app: procrastinate.App, silent_s: float) -> int:
    """Rows of workers that were not heard of for so long are handed out again; how many."""
    manager, taken = app.job_manager, 0
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=silent_s):
        try:
            await manager.retry_job(job)
            taken += 1
        except exceptions.UniqueViolation:  # the job waits in another row already
            await manager.finish_job(job, status=jobs.Status.FAILED, delete_job=True)
        except exceptions.ConnectorException:
            if await manager.check_connection_async():  # another worker was faster
                continue
            raise
    return taken


def _is_queued(defer: Callable[[], object]) -> bool:
    try:
        defer()
    except exceptions.AlreadyEnqueued:
        return False
    return True


def _tables() -> str:
    return str(schema.SchemaManager.get_schema())


def _reason(error: BaseException) -> str:
    cause = error.__cause__ or error
    return str(cause).strip().partition("\n")[0] or type(cause).__name__
