"""The history of runs: what each read and wrote, how long it took and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import orjson
from sqlalchemy import func, select

from crmbridge.ledger import bulk
from crmbridge.ledger.schema import run as table
from crmbridge.ledger.schema import run_step
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.notes import Note

SYNC = "sync"
"""The command of a run that reads sources."""

DONE = (0, 1)
"""What a step ends with that came to its end and left nothing for a person to look at."""

LOOKED_AT = 3
"""What a step ends with that a person must look at; one without an error came to its end."""

RECORDS = "records"
"""The part of a step that reads the records of an object."""

WRITE = "write"
"""The part of a step that writes records: made ones are `written`, refused ones `quarantined`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One object of one run, or another `part` of it: its deletions, its history.

    `credits` were spent on it and `credits_left` afterwards, until more is there at `returns_us`; None where nobody
    knows. `notices` is what the source told.
    """

    connection: str
    object: str
    started_us: int
    duration_us: int
    read: int = 0
    landed: int = 0
    unchanged: int = 0
    written: int = 0
    updated: int = 0
    quarantined: int = 0
    deleted: int = 0
    calls: int = 0
    cursor_before: str | None = None
    cursor_after: str | None = None
    exit_code: int = 0
    error_code: str | None = None
    error: str | None = None
    part: str = RECORDS
    credits: int = 0
    credits_left: int | None = None
    returns_us: int | None = None
    notices: tuple[Note, ...] = ()

    @property
    def came_to_its_end(self) -> bool:
        """Whether everything was read that there was."""
        return self.exit_code in DONE or (self.exit_code == LOOKED_AT and self.error_code is None)


@dataclass(frozen=True, slots=True)
class Run:
    """One run; `ended_us` and `exit_code` are None while it is at work, and for ever where it was killed."""

    id: int
    command: str
    version: str
    started_us: int
    ended_us: int | None
    exit_code: int | None
    error_code: str | None
    error: str | None
    job: str | None = None
    due_us: int | None = None
    attempt: int | None = None
    steps: tuple[Step, ...] = field(default=())


_FIELDS = tuple(spec.name for spec in fields(Step))
_STEP = (
    f"INSERT INTO run_step (run_id, {', '.join(_FIELDS)})"  # noqa: S608 - names of columns
    f" VALUES (:run_id, {', '.join(f':{name}' for name in _FIELDS)}) RETURNING id"
)
_START = (
    "INSERT INTO run (command, version, started_us, job, due_us, attempt)"
    " VALUES (:command, :version, :now_us, :job, :due_us, :attempt) RETURNING id"
)
_FAILED = "UPDATE run SET error_code = :error_code, error = :error WHERE id = :run_id AND error_code IS NULL"
_FINISH = "UPDATE run SET ended_us = :now_us, exit_code = :exit_code WHERE id = :run_id"
_READINGS_OF_ALL = (
    f"FROM run_step AS s JOIN run AS r ON r.id = s.run_id WHERE r.command = '{SYNC}'"
    f" AND s.connection = :connection AND s.part = '{RECORDS}'"
)
_READINGS = f"{_READINGS_OF_ALL} AND s.object = :object"
CAME_TO_ITS_END = (
    f"(s.exit_code IN ({', '.join(map(str, DONE))}) OR (s.exit_code = {LOOKED_AT} AND s.error_code IS NULL))"
)
_MOVED = "coalesce(s.cursor_before <> s.cursor_after, s.cursor_before IS NOT NULL OR s.cursor_after IS NOT NULL)"


@dataclass(frozen=True, slots=True)
class OfJob:
    """The scheduled job whose run it is, what it came due for (None: a person asked), and which attempt it is."""

    job: str
    due_us: int | None = None
    attempt: int = 1


def start(tx: LedgerTx, *, command: str, version: str, now_us: int, of: OfJob | None = None) -> int:
    """The id of a run that begins now."""
    told = {"job": None, "due_us": None, "attempt": None} if of is None else asdict(of)
    [(run_id,)] = bulk.select(tx, _START, command=command, version=version, now_us=now_us, **told)
    return int(run_id)


def step(tx: LedgerTx, run_id: int, counts: Step) -> int:
    """Keeps what a run did with one object; the id of the step."""
    values = {**{name: getattr(counts, name) for name in _FIELDS}, "notices": _notices(counts.notices)}
    [(step_id,)] = bulk.select(tx, _STEP, run_id=run_id, **values)
    return int(step_id)


def finish(
    tx: LedgerTx, run_id: int, *, exit_code: int, now_us: int, error_code: str | None = None, error: str | None = None
) -> None:
    """The run has ended so; `error` is a message without values of records."""
    failed(tx, run_id, error_code=error_code, error=error)
    bulk.run(tx, _FINISH, run_id=run_id, now_us=now_us, exit_code=exit_code)


def failed(tx: LedgerTx, run_id: int, *, error_code: str | None, error: str | None) -> None:
    """Something of the run failed so, and it goes on; what failed first is what is kept."""
    if error_code is not None:
        bulk.run(tx, _FAILED, run_id=run_id, error_code=error_code, error=error)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of an object that came to its end: when it began, and the cursor after it."""

    started_us: int
    cursor: str | None


def last_read_us(tx: LedgerTx, connection: str) -> int | None:
    """When the reading of any object of a connection last came to its end; None where none has."""
    sql = f"SELECT s.started_us + s.duration_us {_READINGS_OF_ALL} AND {CAME_TO_ITS_END} ORDER BY s.id DESC LIMIT 1"
    row = bulk.first(tx, sql, connection=connection)
    return None if row is None else int(row[0])


def last_reading(tx: LedgerTx, connection: str, object_name: str, *, moved: bool = False) -> Reading | None:
    """The last reading of an object that came to its end; with `moved` the last that also moved the cursor."""
    further = f"{CAME_TO_ITS_END} AND {_MOVED}" if moved else CAME_TO_ITS_END
    sql = f"SELECT s.started_us, s.cursor_after {_READINGS} AND {further} ORDER BY s.id DESC LIMIT 1"
    row = bulk.first(tx, sql, connection=connection, object=object_name)
    return None if row is None else Reading(*row)


def failures_since(tx: LedgerTx, connection: str, object_name: str, started_us: int) -> list[str]:
    """How the readings of an object since then ended that came to no end: their error codes, the last one first."""
    further = f"NOT {CAME_TO_ITS_END} AND s.started_us > :since_us"
    sql = f"SELECT s.error_code {_READINGS} AND {further} ORDER BY s.id DESC"
    rows = bulk.select(tx, sql, connection=connection, object=object_name, since_us=started_us)
    return [error_code or "" for (error_code,) in rows]


def last_of_jobs(tx: LedgerTx) -> dict[str, Run]:
    """The last run of each scheduled job, without its steps."""
    latest = select(func.max(table.c.id)).where(table.c.job.is_not(None)).group_by(table.c.job)
    rows = tx.execute(select(table).where(table.c.id.in_(latest))).mappings()
    return {row["job"]: Run(**row) for row in rows}


def listing(tx: LedgerTx, *, limit: int = 20, run_id: int | None = None) -> list[Run]:
    """The latest runs with their steps, the last first; or that one."""
    statement = select(table).order_by(table.c.id.desc()).limit(limit)
    if run_id is not None:
        statement = statement.where(table.c.id == run_id)
    runs = tx.execute(statement).mappings().all()
    steps: dict[int, list[Step]] = {row["id"]: [] for row in runs}
    statement = select(run_step).where(run_step.c.run_id.in_(steps)).order_by(run_step.c.id)
    for row in tx.execute(statement).mappings():
        steps[row["run_id"]].append(_step(row))
    return [Run(**row, steps=tuple(steps[row["id"]])) for row in runs]


def _step(row: Mapping[Any, Any]) -> Step:
    told = tuple(Note(code, template, params) for code, template, params in orjson.loads(row["notices"] or "[]"))
    return Step(**{spec.name: row[spec.name] for spec in fields(Step) if spec.name != "notices"}, notices=told)


def _notices(notices: Sequence[Note]) -> str | None:
    """As JSON; values that it does not know become texts."""
    if not notices:
        return None
    return orjson.dumps([(note.code, note.template, dict(note.params)) for note in notices], default=str).decode()
