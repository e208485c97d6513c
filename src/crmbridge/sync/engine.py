"""One run: takes each connection under its lease, reads its objects in order, and keeps the run's history.

The engine only orders the steps. What fails in one connection changes nothing in another; what fails in one object
stops that object, unless the whole connection cannot go on.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Adapter, ListsDeleted, ListsHistory
from crmbridge.ledger import runs
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model import spans
from crmbridge.model.errors import ScopeError
from crmbridge.sync import fields_gone
from crmbridge.sync.answers import opened
from crmbridge.sync.deletions import read_deletions
from crmbridge.sync.describing import know, unusable, was_read
from crmbridge.sync.history import has_stages, read_history, tell_history
from crmbridge.sync.meanings import learn
from crmbridge.sync.outcome import Step, SyncResult
from crmbridge.sync.pace import seldom_collecting
from crmbridge.sync.pull import pull_object
from crmbridge.sync.renormalise import read_pending, read_quarantined, resolve_references
from crmbridge.sync.restored import look_for_restored
from crmbridge.sync.running import Afterwards, run
from crmbridge.sync.session import Session
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.sync.spending import Meter
from crmbridge.sync.steps import Steps
from crmbridge.sync.telling import tell_gone


def run_sync(
    setups: Sequence[ConnectionSetup], around: Surroundings, *, afterwards: Afterwards | None = None
) -> SyncResult:
    """Reads every connection. Errors that concern one of them are in the result; only our own bugs leave.

    `afterwards` writes where something is to be written, as part of the same run.
    """
    with seldom_collecting():
        return run(runs.SYNC, setups, around, _sync_connection, afterwards=afterwards)


def run_retry(setups: Sequence[ConnectionSetup], around: Surroundings) -> SyncResult:
    """Reads what waits in quarantine again, from what was landed; no source is asked."""
    with seldom_collecting():
        return run("quarantine --retry", setups, around, _retry_connection)


def _sync_connection(setup: ConnectionSetup, steps: Steps) -> None:
    """What an edited mapping has not read yet comes first: it needs no source, and is no change in one."""
    session = steps.session
    _read_again(setup, steps)
    with opened(setup) as adapter:
        meter = Meter(adapter)
        known = know(setup, steps, adapter, meter)
        health, catalog = known.health, known.catalog
        session.gone = _gone(setup, session, catalog)
        if setup.paired:
            session.key_fields = catalog.external_key_fields()
        setup = _understood(setup, steps, catalog)
        stopped = False
        for compiled in setup.objects:
            is_lacking = compiled.is_optional and catalog.object(compiled.object) is None
            if is_lacking and not was_read(session, compiled.object):
                del steps.todo[compiled.object]
                continue
            step = steps.todo[compiled.object]
            if step.error is None:
                with steps.attempt(compiled.object), meter.charging(step), _told(setup, step) as told:
                    if is_lacking:
                        raise _taken_away(compiled.object)
                    if health is None or health.ok:
                        _check_readable(catalog, compiled.object)
                    quiet = known.quiet.get(compiled.object)
                    pull_object(session, adapter, compiled, step, recipe=setup.recipe, quiet=quiet)
                    told.tell({"crmbridge.records.read": step.counts.read})
                tell_gone(session, setup.mapping, catalog, step)
            stopped = stopped or step.error is not None
            steps.keep(compiled.object)
            if step.error is None:
                _read_feeds(adapter, compiled, steps, meter, catalog=catalog)
    for compiled in setup.objects:
        resolve_references(session, compiled)
    if health is not None and not health.ok and not stopped:
        raise unusable(session, health)


def _told(setup: ConnectionSetup, step: Step) -> AbstractContextManager[spans.Span]:
    return spans.span(spans.PULL, {spans.OF_CONNECTION: setup.name, spans.OF_OBJECT: step.object})


def _understood(setup: ConnectionSetup, steps: Steps, catalog: Catalog) -> ConnectionSetup:
    """The connection with what its source says of stages that have no name; what has landed is read by that too."""
    knowing = learn(steps.session, setup, catalog)
    if knowing is not setup:
        _read_again(knowing, steps)
    return knowing


def _read_feeds(adapter: Adapter, compiled: CompiledObject, steps: Steps, meter: Meter, *, catalog: Catalog) -> None:
    """What else the adapter lists of an object whose records were read to their end: deletions, history."""
    if isinstance(adapter, ListsDeleted):
        with steps.part(compiled, "deleted") as step, meter.charging(step):
            read_deletions(steps.session, adapter, compiled, step)
            step.counts.add(look_for_restored(steps.session, adapter, compiled))
    if isinstance(adapter, ListsHistory) and _has_history(compiled, catalog):
        with steps.part(compiled, "history") as step, meter.charging(step):
            read_history(steps.session, adapter, compiled, step)


def _has_history(compiled: CompiledObject, catalog: Catalog) -> bool:
    """Whether there may be stage changes of an object that its mapping wants."""
    told = catalog.object(compiled.object)
    return has_stages(compiled) and compiled.asks_history and (told is None or told.has_history)


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
            tell_history(steps.session, compiled)


def _gone(setup: ConnectionSetup, session: Session, catalog: Catalog) -> fields_gone.Gone:
    with session.around.ledger.read() as tx:
        return fields_gone.look(tx, session.connection_id, setup.objects, catalog)


def _taken_away(name: str) -> ScopeError:
    """An object that was read and that the source names no more: a right that was lost looks like that."""
    return ScopeError(
        "{object} was read before, and the source does not show it to this login any more",
        object=name,
        hint="give the right to see it back; if it is gone for good, say read = false for {object} in the mapping",
    )


def _check_readable(catalog: Catalog, name: str) -> None:
    found = catalog.object(name)
    if found is not None and not found.readable:
        raise ScopeError("{object} may not be read: {reason}", object=name, reason=found.note or "-")
