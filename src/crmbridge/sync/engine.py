"""One run: takes each connection under its lease, reads its objects in order, and keeps the run's history.

The engine only orders the steps. What fails in one connection changes nothing in another; what fails in one object
stops that object, unless the whole connection cannot go on.
"""

from collections.abc import Callable, Sequence

from crmbridge import version
from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Adapter, Health
from crmbridge.ledger import catalogs, connections, runs
from crmbridge.model.errors import CrmBridgeError, ScopeError, Unavailable
from crmbridge.sync.answers import answering, opened
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.pace import seldom_collecting
from crmbridge.sync.pull import pull_object
from crmbridge.sync.renormalise import read_pending, read_quarantined, resolve_references
from crmbridge.sync.session import Session, leased
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.sync.steps import Steps, steps_of

Work = Callable[[ConnectionSetup, Steps], None]


def run_sync(setups: Sequence[ConnectionSetup], around: Surroundings) -> SyncResult:
    """Reads every connection. Errors that concern one of them are in the result; only our own bugs leave."""
    with seldom_collecting():
        return _run(runs.SYNC, setups, around, _sync_connection)


def run_retry(setups: Sequence[ConnectionSetup], around: Surroundings) -> SyncResult:
    """Reads what waits in quarantine again, from what was landed; no source is asked."""
    with seldom_collecting():
        return _run("quarantine --retry", setups, around, _retry_connection)


def _run(command: str, setups: Sequence[ConnectionSetup], around: Surroundings, work: Work) -> SyncResult:
    with around.ledger.begin() as tx:
        run_id = runs.start(tx, command=command, version=version(), now_us=around.now_us())
    result = SyncResult(str(run_id))
    exit_code = 70
    try:
        for setup in setups:
            try:
                with leased(setup, around, run_id) as session, steps_of(setup, session, result) as steps:
                    work(setup, steps)
            except CrmBridgeError as error:
                result.failures.append((setup.name, error))
        exit_code = result.exit_code
    except KeyboardInterrupt:
        exit_code = 130
        raise
    finally:
        _finish(around, run_id, result, exit_code)
    return result


def _finish(around: Surroundings, run_id: int, result: SyncResult, exit_code: int) -> None:
    first = next((error for _, error in result.failures), None)
    with around.ledger.begin() as tx:
        runs.finish(
            tx,
            run_id,
            exit_code=exit_code,
            now_us=around.now_us(),
            error_code=first.code if first else None,
            error=str(first) if first else None,
        )


def _sync_connection(setup: ConnectionSetup, steps: Steps) -> None:
    """What an edited mapping has not read yet comes first: it needs no source, and is no change in one."""
    session = steps.session
    _read_again(setup, steps)
    with opened(setup) as adapter:
        health, catalog = _known(session, adapter)
        stopped = False
        for compiled in setup.objects:
            if steps.todo[compiled.object].error is None:
                with steps.attempt(compiled.object) as step:
                    if health.ok:
                        _check_readable(catalog, compiled.object)
                    pull_object(session, adapter, compiled, step)
            stopped = stopped or steps.todo[compiled.object].error is not None
            steps.keep(compiled.object)
    for compiled in setup.objects:
        resolve_references(session, compiled)
    if not health.ok and not stopped:
        raise _unusable(session, health)


def _retry_connection(setup: ConnectionSetup, steps: Steps) -> None:
    _read_again(setup, steps)
    for compiled in setup.objects:
        if steps.todo[compiled.object].error is None:
            with steps.attempt(compiled.object) as step:
                step.counts.add(read_quarantined(steps.session, compiled))
        steps.keep(compiled.object)
    for compiled in setup.objects:
        resolve_references(steps.session, compiled)


def _read_again(setup: ConnectionSetup, steps: Steps) -> None:
    for compiled in setup.objects:
        with steps.attempt(compiled.object) as step:
            step.counts.add(read_pending(steps.session, compiled))


def _known(session: Session, adapter: Adapter) -> tuple[Health, Catalog]:
    """The source's health and catalog, once it is the account that this connection was made with."""
    with answering(session.connection):
        health = adapter.check()
    if not health.ok and not health.org_id:
        raise _unusable(session, health)
    with session.begin() as tx:
        connections.pin_org(tx, session.connection_id, health.org_id, health.title)
    with answering(session.connection):
        catalog = adapter.describe()
    with session.begin() as tx:
        catalogs.store(tx, session.connection_id, catalog.model_dump_json(), now_us=session.around.now_us())
    return health, catalog


def _unusable(session: Session, health: Health) -> Unavailable:
    return Unavailable(
        "{connection} is not usable: {problems}",
        connection=session.connection,
        problems="; ".join(health.problems) or "-",
    )


def _check_readable(catalog: Catalog, name: str) -> None:
    found = catalog.object(name)
    if found is not None and not found.readable:
        raise ScopeError("{object} may not be read: {reason}", object=name, reason=found.note or "-")
