"""The history of runs: what each read and wrote, how long it took and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, and_, insert, not_, or_, select, update

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
    steps: tuple[Step, ...] = field(default=())


def start(tx: LedgerTx, *, command: str, version: str, now_us: int) -> int:
    """The id of a run that begins now."""
    statement = insert(table).values(command=command, version=version, started_us=now_us).returning(table.c.id)
    return int(tx.execute(statement).scalar_one())


def step(tx: LedgerTx, run_id: int, counts: Step) -> int:
    """Keeps what a run did with one object; the id of the step."""
    values = {**{spec.name: getattr(counts, spec.name) for spec in fields(Step)}, "notices": _notices(counts.notices)}
    statement = insert(run_step).values(run_id=run_id, **values).returning(run_step.c.id)
    return int(tx.execute(statement).scalar_one())


def finish(
    tx: LedgerTx, run_id: int, *, exit_code: int, now_us: int, error_code: str | None = None, error: str | None = None
) -> None:
    """The run has ended so; `error` is a message without values of records."""
    ended = {"ended_us": now_us, "exit_code": exit_code, "error_code": error_code, "error": error}
    tx.execute(update(table).where(table.c.id == run_id).values(**ended))


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of an object that came to its end: when it began, and the cursor after it."""

    started_us: int
    cursor: str | None


def last_reading(tx: LedgerTx, connection: str, object_name: str, *, moved: bool = False) -> Reading | None:
    """The last reading of an object that came to its end; with `moved` the last that also moved the cursor."""
    statement = _steps_of(connection, object_name).where(_came_to_its_end()).order_by(run_step.c.id.desc()).limit(1)
    if moved:
        statement = statement.where(run_step.c.cursor_before.is_distinct_from(run_step.c.cursor_after))
    row = tx.execute(statement).mappings().first()
    return None if row is None else Reading(row["started_us"], row["cursor_after"])


def failures_since(tx: LedgerTx, connection: str, object_name: str, started_us: int) -> list[str]:
    """How the readings of an object since then ended that came to no end: their error codes, the last one first."""
    statement = (
        _steps_of(connection, object_name)
        .where(not_(_came_to_its_end()), run_step.c.started_us > started_us)
        .order_by(run_step.c.id.desc())
    )
    return [row["error_code"] or "" for row in tx.execute(statement).mappings()]


def _came_to_its_end() -> ColumnElement[bool]:
    is_only_told = and_(run_step.c.exit_code == LOOKED_AT, run_step.c.error_code.is_(None))
    return or_(run_step.c.exit_code.in_(DONE), is_only_told)


def _steps_of(connection: str, object_name: str) -> Select[Any]:
    reading = select(run_step).join(table, table.c.id == run_step.c.run_id).where(table.c.command == SYNC)
    here = (run_step.c.connection == connection, run_step.c.object == object_name, run_step.c.part == RECORDS)
    return reading.where(*here)


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
