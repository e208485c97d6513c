"""One sync: opens each connection under its lease, reads its objects in order, and keeps the run's history.

The engine only orders the steps. What fails in one connection changes nothing in another; what fails in one object
stops that object, unless the whole connection cannot go on.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from crmbridge import version
from crmbridge.adapter.catalog import Catalog
from crmbridge.ledger import catalogs, connections, leases, mappings, pipelines, runs
from crmbridge.model.errors import (
    AuthError,
    CrmBridgeError,
    LeaseLost,
    ScopeError,
    StoreError,
    Throttled,
    Unavailable,
)
from crmbridge.sync.outcome import Step, SyncResult
from crmbridge.sync.pull import Session, pull_object, resolve_references
from crmbridge.sync.setup import ConnectionSetup, Surroundings

_STOPS_CONNECTION = (AuthError, LeaseLost, StoreError, Throttled)


def run_sync(setups: Sequence[ConnectionSetup], around: Surroundings) -> SyncResult:
    """Reads every connection. Errors that concern one of them are in the result; only our own bugs leave."""
    with around.ledger.begin() as tx:
        run_id = runs.start(tx, command="sync", version=version(), now_us=around.now_us())
    result = SyncResult(str(run_id))
    exit_code = 70
    try:
        for setup in setups:
            _sync_connection(setup, around, run_id, result)
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


def _sync_connection(setup: ConnectionSetup, around: Surroundings, run_id: int, result: SyncResult) -> None:
    try:
        with _opened(setup, around, run_id) as (session, catalog):
            for compiled in setup.objects:
                step = Step(setup.name, compiled.object, compiled.kind.name)
                result.steps.append(step)
                _read_object(session, catalog, step, setup)
            for compiled in setup.objects:
                resolve_references(session, compiled)
    except CrmBridgeError as error:
        result.failures.append((setup.name, error))


@contextmanager
def _opened(setup: ConnectionSetup, around: Surroundings, run_id: int) -> Iterator[tuple[Session, Catalog]]:
    """The connection with its lease held, its account checked and pinned, and its mapping kept."""
    with around.ledger.begin() as tx:
        connection_id = connections.ensure(
            tx, setup.name, adapter=setup.adapter_name, rank=setup.rank, now_us=around.now_us()
        )
        lease = leases.acquire(
            tx, f"connection:{setup.name}", around.holder, now_us=around.now_us(), is_gone=around.is_gone
        )
    try:
        with closing(setup.open()) as adapter:
            health = adapter.check()
            if not health.ok:
                raise Unavailable(
                    "{connection} is not usable: {problems}",
                    connection=setup.name,
                    problems="; ".join(health.problems) or "-",
                )
            catalog = adapter.describe()
            with around.ledger.begin(lease) as tx:
                connections.pin_org(tx, connection_id, health.org_id, health.title)
                catalogs.store(tx, connection_id, catalog.model_dump_json(), now_us=around.now_us())
                unknown = {name: compiled.unknown for name, compiled in setup.mapping.objects.items()}
                mapping_id = mappings.record(
                    tx,
                    connection_id,
                    setup.mapping.hash,
                    body=setup.mapping.body,
                    unknown=unknown,
                    now_us=around.now_us(),
                )
                pipelines.store(tx, setup.mapping.pipelines)
            yield (
                Session(around, setup.name, connection_id, adapter, mapping_id, run_id, lease, around.now_us()),
                catalog,
            )
    finally:
        with around.ledger.begin() as tx:
            leases.release(tx, lease)


def _read_object(session: Session, catalog: Catalog, step: Step, setup: ConnectionSetup) -> None:
    """Reads one object. An error that concerns only it is kept on the step; others leave."""
    around, started_us = session.around, session.around.now_us()
    around.progress.start("reading {object} of {connection}", None, object=step.object, connection=step.connection)
    try:
        found = catalog.object(step.object)
        if found is not None and not found.readable:
            raise ScopeError("{object} may not be read: {reason}", object=step.object, reason=found.note or "-")
        pull_object(session, setup.mapping.object(step.object), step)
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
