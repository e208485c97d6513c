"""A run: some work on each connection under its lease, kept in the history of runs however it ends."""

import logging
from collections.abc import Callable, Sequence

from crmbridge import version
from crmbridge.ledger import runs
from crmbridge.model import spans
from crmbridge.model.errors import CrmBridgeError, Timeout
from crmbridge.sync.limit import TimeIsUp
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.session import leased
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.sync.steps import Steps, steps_of

log = logging.getLogger("crmbridge.sync")

Work = Callable[[ConnectionSetup, Steps], None]
Afterwards = Callable[[int, SyncResult], None]


def run(
    command: str,
    setups: Sequence[ConnectionSetup],
    around: Surroundings,
    work: Work,
    *,
    afterwards: Afterwards | None = None,
) -> SyncResult:
    """Works on the connections one by one. What fails in one changes nothing in another.

    `afterwards` is given the run's id and its result so far, when no connection is leased any more, and adds to it.
    """
    run_id = around.run_id or _start(command, around)
    result = SyncResult(str(run_id))
    log.info("run.started", extra={"run_id": run_id})
    exit_code = 70
    try:
        for setup in setups:
            try:
                with spans.span(spans.CONNECTION, {spans.OF_CONNECTION: setup.name, "crmbridge.run_id": run_id}):
                    _worked(setup, around, run_id, result=result, work=work)
            except CrmBridgeError as error:
                result.failures.append((setup.name, error))
        if afterwards is not None:
            afterwards(run_id, result)
        exit_code = result.exit_code
    except KeyboardInterrupt:
        exit_code = 130
        raise
    except TimeIsUp:
        exit_code = Timeout.exit_code
        raise
    finally:
        _finish(around, run_id, result, exit_code)
    return result


def _worked(setup: ConnectionSetup, around: Surroundings, run_id: int, *, result: SyncResult, work: Work) -> None:
    """The work on one connection, under its lease."""
    with leased(setup, around, run_id) as (session, knowing), steps_of(setup, session, result) as steps:
        work(knowing, steps)


def _start(command: str, around: Surroundings) -> int:
    with around.ledger.begin() as tx:
        return runs.start(tx, command=command, version=version(), now_us=around.now_us())


def _finish(around: Surroundings, run_id: int, result: SyncResult, exit_code: int) -> None:
    first = next((error for _, error in result.failures), None)
    said = {"error_code": first.code if first else None, "error": str(first) if first else None}
    told = {"run_id": run_id, "exit_code": exit_code, "error.type": first.code if first else None}
    log.log(logging.INFO if exit_code in runs.DONE else logging.ERROR, "run.ended", extra=told)
    with around.ledger.begin() as tx:
        if around.run_id is None:
            runs.finish(tx, run_id, exit_code=exit_code, now_us=around.now_us(), **said)
        else:
            runs.failed(tx, run_id, **said)
