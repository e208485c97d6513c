"""Hints: somebody said that some records changed, so just these are read now. A hint is believed in nothing else.

The records are asked for by id and land like a page. No cursor moves: what a hint missed or made up is put right by
the next sync. A record that is not there by id may only be hidden from the login, so where the source lists what was
deleted, that list decides.
"""

from collections.abc import Sequence

from crmbridge.adapter.contract import Fetches, ListsDeleted, PullRequest, RawRecord
from crmbridge.ledger import feeds, tombstones
from crmbridge.ledger.packing import is_id
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.errors import ConfigError
from crmbridge.sync import answers
from crmbridge.sync.answers import answering, opened
from crmbridge.sync.describing import checked
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.pull import take_in
from crmbridge.sync.renormalise import resolve_references
from crmbridge.sync.restored import as_pulled
from crmbridge.sync.running import run
from crmbridge.sync.session import Session
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.sync.spending import Meter
from crmbridge.sync.steps import Steps

COMMAND = "hints"
"""How the run is called in the history of runs."""
_ASK = 100


def follow(setup: ConnectionSetup, around: Surroundings, hints: Sequence[tuple[str, str]]) -> SyncResult:
    """Reads the records of (object, id) pairs, each once; those of objects that are not mapped are left alone.

    The errors that concern the connection are in the result, as in a sync: exit code 75 where another run is at work
    on it (the hints are then for later), ConfigError where the adapter cannot be asked by id.
    """
    wanted: dict[str, dict[str, None]] = {}
    for object_name, external_id in hints:
        if object_name in setup.mapping.objects and is_id(external_id):
            wanted.setdefault(object_name, {})[external_id] = None

    def work(setup: ConnectionSetup, steps: Steps) -> None:
        if wanted:
            _follow(setup, steps, {name: list(ids) for name, ids in wanted.items()})

    return run(COMMAND, [setup], around, work)


def _follow(setup: ConnectionSetup, steps: Steps, wanted: dict[str, list[str]]) -> None:
    told = [compiled for compiled in setup.objects if compiled.object in wanted]
    with opened(setup) as adapter:
        if not isinstance(adapter, Fetches):
            raise ConfigError("the adapter of {connection} cannot be asked by id", connection=setup.name)
        meter = Meter(adapter)
        checked(steps.session, adapter)
        for compiled in told:
            with steps.attempt(compiled.object) as step, meter.charging(step):
                ids = wanted[compiled.object]
                for start in range(0, len(ids), _ASK):
                    _read(adapter, compiled, ids[start : start + _ASK], steps)
            steps.keep(compiled.object)
    for compiled in told:
        resolve_references(steps.session, compiled)


def _read(adapter: Fetches, compiled: CompiledObject, ids: list[str], steps: Steps) -> None:
    session, name = steps.session, compiled.object
    with answering(session.connection):
        found = dict(zip(ids, adapter.fetch(name, ids), strict=True))
    records = [record for record in found.values() if record is not None and not record.deleted]
    gone = [external_id for external_id, record in found.items() if record is None or record.deleted]
    dead = _dead(session, adapter, name, gone)
    with session.begin() as tx:
        counts, _ = take_in(tx, [*as_pulled(session, compiled, records), *dead], session.scope(compiled))
    steps.todo[name].counts.add(counts)


def _dead(session: Session, adapter: Fetches, name: str, gone: Sequence[str]) -> list[RawRecord]:
    """Those of the records that are deleted for certain and are kept here as live."""
    with session.around.ledger.read() as tx:
        known = tombstones.live(tx, session.connection_id, name, gone)
        feed = feeds.get(tx, session.connection_id, name, "deleted")
    if not known or not isinstance(adapter, ListsDeleted):
        return [RawRecord(name, external_id, {}, deleted=True) for external_id in known]
    request = PullRequest(name, feed.cursor if feed else None)
    pages = answers.deletions(adapter, request, connection=session.connection)
    told = {record.external_id: record for page in pages for record in page.records}
    return [told[external_id] for external_id in known if external_id in told]
