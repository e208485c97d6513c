"""Runs one job once: under its lease and its time limit, as one run of the history, however it ends.

`perform` is the one function that runs a job. A tick calls it, a person does (`schedule run-now`), and so may a worker
on another machine: everything that keeps two of them apart is in the ledger.

    lease -> still open? -> run begins -> the work of its kind -> run ends: done, or tried again later -> lease free
"""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crmbridge import version
from crmbridge.app import logs
from crmbridge.app.jobs import cron
from crmbridge.app.jobs.holding import holding
from crmbridge.app.jobs.kinds import KINDS
from crmbridge.app.jobs.parts import Parts
from crmbridge.ledger import jobs, runs
from crmbridge.model import spans
from crmbridge.model.errors import CrmBridgeError, LeaseLost
from crmbridge.model.instants import to_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.sync import limit
from crmbridge.sync.outcome import worst

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge
    from crmbridge.app.jobs.section import JobSection

Opener = Callable[[datetime | None], "Bridge"]
"""Opens the workspace anew, as of a moment or as of now: each job has its own, so that none sees what another held."""

INTERRUPTED, BUG, AT_WORK = 130, 70, LeaseLost.exit_code
AGAIN = frozenset({5, 6, 75})
"""The exit codes after which trying later may work; after any other the job waits for what comes due next."""

FIRST_WAIT_S, LONGEST_WAIT_S = 300, 3600
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Call:
    """One wish to run a job: for what came due at `due`, None where a person asked.

    With `as_of` it is done as of that moment, and changes nothing about what is open: it makes up for a day.
    """

    job: str
    due: datetime | None = None
    as_of: datetime | None = None
    missed: int = 1

    @property
    def is_scheduled(self) -> bool:
        """Whether it is what came due by itself."""
        return self.due is not None and self.as_of is None


@dataclass(frozen=True, slots=True)
class Done:
    """How a job ended. `run_id` is None where it did not begin: another is at work on it, or has done it already."""

    call: Call
    kind: str
    exit_code: int
    run_id: int | None = None
    duration_us: int = 0
    error: Note | None = None
    retry_us: int | None = None
    is_settled: bool = False


def perform(opener: Opener, call: Call) -> Done:
    """Runs the job. Only an interruption leaves; whatever else ends it is in the result."""
    with opener(call.as_of) as bridge:
        job = bridge.workspace.job(call.job)
        try:
            with holding(bridge.wiring, f"job:{call.job}"):
                return _performed(bridge, job, call)
        except CrmBridgeError as error:
            logs.event("job.refused", {"job": call.job, "error.type": error.code, "exit_code": error.exit_code})
            return Done(call, job.kind, error.exit_code, error=_note(error))
        finally:
            _tell_watchers(bridge)


def _tell_watchers(bridge: Bridge) -> None:
    """Writes the file of metrics where the configuration names one, however the job ended."""
    if bridge.workspace.config.metrics.textfile is not None:
        from crmbridge.app.metrics import textfile  # noqa: PLC0415 - only where it is asked for

        textfile.after_job(bridge.wiring)


def _performed(bridge: Bridge, job: JobSection, call: Call) -> Done:
    """The job, under its lease."""
    wiring, due_us = bridge.wiring, None if call.due is None else to_us(call.due)
    with wiring.ledger.begin() as tx:
        state = jobs.state(tx, call.job)
        if call.is_scheduled and (state is None or state.since_us >= (due_us or 0) or state.paused_us is not None):
            return Done(call, job.kind, 0, is_settled=True)
        attempt = 1 + (state.attempts if state is not None and call.is_scheduled else 0)
        began_us, of = to_us(wiring.clock()), runs.OfJob(call.job, due_us, attempt)
        wiring.run_id = runs.start(tx, command=job.kind, version=version(), now_us=began_us, of=of)
    parts = Parts(lambda: to_us(wiring.clock()))
    exit_code, said = BUG, None
    about: spans.Details = {"crmbridge.job": call.job, "crmbridge.job.kind": job.kind, "crmbridge.attempt": attempt}
    with logs.about(run_id=wiring.run_id, job=call.job, attempt=attempt), spans.span(spans.JOB, about) as told:
        logs.event("job.started")
        try:
            exit_code, said = _worked(bridge, job, parts)
        except KeyboardInterrupt:
            exit_code = INTERRUPTED
            raise
        finally:
            told.tell({spans.EXIT_CODE: exit_code})
            ended_us = to_us(wiring.clock())
            retry_us = _end(bridge, call, parts, attempt, Ending(ended_us, exit_code, said))
            logs.ended("job.ended", exit_code, began_us, ended_us, said.code if said else None)
    return Done(call, job.kind, exit_code, wiring.run_id, ended_us - began_us, said, retry_us)


def _worked(bridge: Bridge, job: JobSection, parts: Parts) -> tuple[int, Note | None]:
    """Does the work of its kind: the exit code, and what failed where anything did."""
    module, _, function = KINDS[job.kind].work.partition(":")
    failure: CrmBridgeError | None = None
    try:
        with limit.within(job.limit_minutes * 60, bridge.wiring.stop):
            getattr(importlib.import_module(module), function)(bridge, job.arguments, parts)
    except limit.TimeIsUp:
        failure = limit.reached(job.limit_minutes)
    except CrmBridgeError as error:
        failure = error
    except Exception as error:  # noqa: BLE001 - a bug in one job stops no other; it is told with its place
        told: dict[str, object] = {"error": type(error).__name__, "place": _place(error)}
        logs.event("job.broken", {"error.type": told["error"], "place": told["place"]}, level="error")
        return BUG, Note("bug", mark("this is a bug in crmbridge, not a mistake of yours: {error} at {place}"), told)
    failure = failure or next(iter(parts.failures), None)
    code = worst([parts.exit_code, *([failure.exit_code] if failure else [])])
    return code, _note(failure) if failure else None


@dataclass(frozen=True, slots=True)
class Ending:
    """When and how a run ended, and what it said of it."""

    at_us: int
    exit_code: int
    said: Note | None


def _end(bridge: Bridge, call: Call, parts: Parts, attempt: int, ending: Ending) -> int | None:
    """Keeps how the run ended; when it is tried again, None where it is not."""
    run_id = bridge.wiring.run_id or 0
    code, text = (ending.said.code, str(ending.said)) if ending.said else (None, None)
    retry_us = None
    with bridge.wiring.ledger.begin() as tx:
        for step in parts.steps:
            runs.step(tx, run_id, step)
        runs.finish(tx, run_id, exit_code=ending.exit_code, now_us=ending.at_us, error_code=code, error=text)
        if call.due is not None and call.is_scheduled:
            if ending.exit_code in AGAIN:
                retry_us = ending.at_us + _wait_s(attempt) * _SECOND
                jobs.again(tx, call.job, attempts=attempt, retry_us=retry_us)
            elif ending.exit_code in {0, 1} and (retry_us := _sooner_us(bridge, call.job, parts)) is not None:
                jobs.again(tx, call.job, attempts=attempt - 1, retry_us=retry_us)
            elif ending.exit_code != INTERRUPTED:
                jobs.done(tx, call.job, due_us=to_us(call.due))
    return retry_us


def _sooner_us(bridge: Bridge, job: str, parts: Parts) -> int | None:
    """When something is left to be done before the job comes due by itself; None where nothing is."""
    if parts.again_us is None:
        return None
    following = cron.following(bridge.workspace.job(job).schedule, bridge.wiring.clock(), bridge.wiring.zone)
    return parts.again_us if parts.again_us < to_us(following) else None


def _wait_s(attempt: int) -> int:
    """How long until the next attempt: twice as long each time, up to an hour."""
    return min(FIRST_WAIT_S << min(attempt - 1, 10), LONGEST_WAIT_S)


def _note(error: CrmBridgeError) -> Note:
    """The error as something to be told later, in either language."""
    template = f"{error.message} ({error.hint})" if error.hint else error.message
    return Note(error.code, template, dict(error.context))


def _place(error: BaseException) -> str:
    """Where a bug is; never its text, which may hold somebody's data."""
    frames = list(traceback.walk_tb(error.__traceback__))
    ours = [one for one in frames if str(one[0].f_globals.get("__name__")).startswith("crmbridge")] or frames
    frame, line = ours[-1]
    return f"{Path(frame.f_code.co_filename).name}:{line}"
