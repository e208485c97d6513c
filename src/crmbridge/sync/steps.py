"""The steps of a run, one for each object and part of it: tried one by one, and kept in the run's history."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from crmbridge.adapter.contract import Spent
from crmbridge.ledger import quarantine, runs
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model import spans
from crmbridge.model.errors import AuthError, CrmBridgeError, LeaseLost, ScopeError, StoreError, Throttled, Timeout
from crmbridge.model.instants import to_us
from crmbridge.sync.limit import TimeIsUp
from crmbridge.sync.outcome import Counts, Step, SyncResult
from crmbridge.sync.session import Session
from crmbridge.sync.setup import ConnectionSetup

log = logging.getLogger("crmbridge.sync")
log.addHandler(logging.NullHandler())  # nobody listens unless somebody says so

_QUARANTINED: dict[str, quarantine.Part] = {runs.RECORDS: None, quarantine.HISTORY: quarantine.HISTORY}
"""The steps that tell how much is in quarantine, and whose it is."""
_STOPS_CONNECTION = (AuthError, LeaseLost, StoreError, Throttled)


@dataclass(slots=True)
class Steps:
    """The steps of one connection. `todo` are those not kept yet, by the name of their object."""

    session: Session
    result: SyncResult
    todo: dict[str, Step] = field(default_factory=dict)

    @contextmanager
    def attempt(self, name: str) -> Iterator[Step]:
        """One object is worked on inside, unless something stopped it before.

        An error that concerns only it is kept on the step; what stops the whole connection leaves.
        """
        with self._attempted(self.todo[name]) as step:
            yield step

    @contextmanager
    def part(self, compiled: CompiledObject, part: str) -> Iterator[Step]:
        """Another part of an object is worked on inside, as a step of its own that is kept however it ends.

        Its errors are no errors of the object's records, and go as in `attempt`.
        """
        step = _step(self.session.connection, compiled, part)
        about = {spans.OF_CONNECTION: step.connection, spans.OF_OBJECT: step.object}
        try:
            with self._attempted(step), spans.span(part, about):
                yield step
        finally:
            self._keep(step)

    @contextmanager
    def _attempted(self, step: Step) -> Iterator[Step]:
        if step.started_us is None:
            step.started_us = self.session.around.now_us()
        try:
            yield step
        except CrmBridgeError as error:
            step.error = error
            if isinstance(error, _STOPS_CONNECTION) and not isinstance(error, ScopeError):
                raise
        except TimeIsUp:
            step.error = Timeout("the time limit of the run was reached")
            raise
        except BaseException:
            step.is_broken = True
            raise

    def keep(self, name: str) -> None:
        """The step is done: it is part of the result and of the run's history."""
        self._keep(self.todo.pop(name))

    def _keep(self, step: Step) -> None:
        session = self.session
        self.result.steps.append(step)
        with session.around.ledger.begin() as tx:
            if step.part in _QUARANTINED:
                part = _QUARANTINED[step.part]
                step.waiting = quarantine.count_part(tx, session.connection_id, step.object, part)
            kept = self._history(step)
            runs.step(tx, session.run_id, kept)
        _log(session.run_id, kept)

    def leave(self, error: CrmBridgeError | None) -> None:
        """Keeps what was begun of the steps that are left, as stopped; the others were never taken."""
        for name, step in list(self.todo.items()):
            if step.error or step.is_broken or step.counts != Counts():
                step.error = step.error or error
                step.is_broken = step.is_broken or error is None
                self.keep(name)

    def _history(self, step: Step) -> runs.Step:
        counts, error, spent = step.counts, step.error, step.spent or Spent(0)
        started_us = self.session.around.now_us() if step.started_us is None else step.started_us
        return runs.Step(
            connection=step.connection,
            object=step.object,
            started_us=started_us,
            duration_us=self.session.around.now_us() - started_us,
            read=counts.read,
            landed=counts.landed,
            unchanged=counts.unchanged,
            written=counts.written,
            updated=counts.updated,
            quarantined=counts.quarantined,
            deleted=counts.deleted,
            cursor_before=step.cursor_before,
            cursor_after=step.cursor_after,
            exit_code=step.exit_code,
            error_code=error.code if error else None,
            error=str(error) if error else None,
            part=step.part,
            calls=spent.calls,
            credits=spent.credits,
            credits_left=spent.credits_left,
            returns_us=None if spent.returns_at is None else to_us(spent.returns_at),
            notices=tuple(step.notices),
        )


def _log(run_id: int, step: runs.Step) -> None:
    """One line for each step, of ids and counts alone."""
    told: dict[str, object] = {
        "run_id": run_id,
        "connection": step.connection,
        "stream": step.object if step.part == runs.RECORDS else f"{step.object}.{step.part}",
        "duration_ms": step.duration_us // 1000,
        "exit_code": step.exit_code,
        "error.type": step.error_code,
    }
    log.log(logging.INFO if step.exit_code in runs.DONE else logging.ERROR, "step.ended", extra=told)


@contextmanager
def steps_of(setup: ConnectionSetup, session: Session, result: SyncResult) -> Iterator[Steps]:
    """A step for each mapped object; those that were begun are kept, however it ends."""
    steps = Steps(session, result, {o.object: _step(setup.name, o, runs.RECORDS) for o in setup.objects})
    try:
        yield steps
    except CrmBridgeError as error:
        steps.leave(error)
        raise
    except BaseException:
        steps.leave(None)
        raise


def _step(connection: str, compiled: CompiledObject, part: str) -> Step:
    return Step(connection, compiled.object, compiled.kind.name, part=part)
