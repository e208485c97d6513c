"""One run: takes each connection under its lease, reads its objects in order, and keeps the run's history.

The engine only orders the steps. What fails in one connection changes nothing in another; what fails in one object
stops that object, unless the whole connection cannot go on.
"""

from collections.abc import Callable, Sequence
from contextlib import closing

from crmbridge import version
from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Adapter
from crmbridge.ledger import catalogs, connections, runs
from crmbridge.model.errors import AuthError, CrmBridgeError, LeaseLost, ScopeError, StoreError, Throttled, Unavailable
from crmbridge.sync.outcome import Step, SyncResult
from crmbridge.sync.pull import pull_object
from crmbridge.sync.renormalise import read_pending, read_quarantined, resolve_references
from crmbridge.sync.session import Session, leased
from crmbridge.sync.setup import ConnectionSetup, Surroundings

Work = Callable[[Session, ConnectionSetup, SyncResult], None]
_STOPS_CONNECTION = (AuthError, LeaseLost, StoreError, Throttled)


def run_sync(setups: Sequence[ConnectionSetup], around: Surroundings) -> SyncResult:
    """Reads every connection. Errors that concern one of them are in the result; only our own bugs leave."""
    return _run("sync", setups, around, _sync_connection)


def run_retry(setups: Sequence[ConnectionSetup], around: Surroundings) -> SyncResult:
    """Reads what waits in quarantine again, from what was landed; no source is asked."""
    return _run("quarantine --retry", setups, around, _retry_connection)


def _run(command: str, setups: Sequence[ConnectionSetup], around: Surroundings, work: Work) -> SyncResult:
    with around.ledger.begin() as tx:
        run_id = runs.start(tx, command=command, version=version(), now_us=around.now_us())
    result = SyncResult(str(run_id))
    exit_code = 70
    try:
        for setup in setups:
            try:
                with leased(setup, around, run_id) as session:
                    work(session, setup, result)
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


def _sync_connection(session: Session, setup: ConnectionSetup, result: SyncResult) -> None:
    with closing(setup.open()) as adapter:
        catalog = _known(session, adapter)
        for compiled in setup.objects:

            def read(step: Step, name: str = compiled.object) -> None:
                _check_readable(catalog, name)
                pull_object(session, adapter, setup.mapping.object(name), step)
                step.counts.add(read_pending(session, setup.mapping.object(name)))

            _step(session, Step(setup.name, compiled.object, compiled.kind.name), result, read)
    for compiled in setup.objects:
        resolve_references(session, compiled)


def _retry_connection(session: Session, setup: ConnectionSetup, result: SyncResult) -> None:
    for compiled in setup.objects:

        def read(step: Step, name: str = compiled.object) -> None:
            step.counts.add(read_pending(session, setup.mapping.object(name)))
            step.counts.add(read_quarantined(session, setup.mapping.object(name)))

        _step(session, Step(setup.name, compiled.object, compiled.kind.name), result, read)
    for compiled in setup.objects:
        resolve_references(session, compiled)


def _known(session: Session, adapter: Adapter) -> Catalog:
    """The source's catalog, once it answers and is the account that this connection was made with."""
    health = adapter.check()
    if not health.ok:
        raise Unavailable(
            "{connection} is not usable: {problems}",
            connection=session.connection,
            problems="; ".join(health.problems) or "-",
        )
    catalog = adapter.describe()
    with session.begin() as tx:
        connections.pin_org(tx, session.connection_id, health.org_id, health.title)
        catalogs.store(tx, session.connection_id, catalog.model_dump_json(), now_us=session.around.now_us())
    return catalog


def _check_readable(catalog: Catalog, name: str) -> None:
    found = catalog.object(name)
    if found is not None and not found.readable:
        raise ScopeError("{object} may not be read: {reason}", object=name, reason=found.note or "-")


def _step(session: Session, step: Step, result: SyncResult, read: Callable[[Step], None]) -> None:
    """Does one object. An error that concerns only it is kept on the step; others leave."""
    around, started_us = session.around, session.around.now_us()
    result.steps.append(step)
    around.progress.start("reading {object} of {connection}", None, object=step.object, connection=step.connection)
    try:
        read(step)
    except CrmBridgeError as error:
        step.error = error
        if isinstance(error, _STOPS_CONNECTION) and not isinstance(error, ScopeError):
            raise
    finally:
        around.progress.finish()
        _keep_step(session, step, started_us)


def _keep_step(session: Session, step: Step, started_us: int) -> None:
    counts, error = step.counts, step.error
    with session.around.ledger.begin() as tx:
        runs.step(
            tx,
            session.run_id,
            runs.Step(
                connection=step.connection,
                object=step.object,
                started_us=started_us,
                duration_us=session.around.now_us() - started_us,
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
            ),
        )
