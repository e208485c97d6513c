"""The history of runs: what each read and wrote, how long it took and how it ended."""

from dataclasses import dataclass, field

from crmbridge.ledger.transaction import LedgerTx


@dataclass(frozen=True, slots=True)
class Step:
    """One object of one run."""

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
    raise NotImplementedError


def step(tx: LedgerTx, run_id: int, counts: Step) -> int:
    """Keeps what a run did with one object; the id of the step."""
    raise NotImplementedError


def finish(
    tx: LedgerTx, run_id: int, *, exit_code: int, now_us: int, error_code: str | None = None, error: str | None = None
) -> None:
    """The run has ended so; `error` is a message without values of records."""
    raise NotImplementedError


def listing(tx: LedgerTx, *, limit: int = 20, run_id: int | None = None) -> list[Run]:
    """The latest runs with their steps, the last first; or that one."""
    raise NotImplementedError
