"""What a run knows of a source without asking it, and whether that is good enough.

    asked once a day    whether the source is as it should be, and how each mapped object is described; at once where
                        the login, its account, the options, the mapped objects or this program are others
    asked in this run   of each object that has something to read, before it is read: nothing is read by an older
                        description, so a field that is new, lost or renamed is seen with the first record
    not asked           of an object where a glance shows that nothing changed

So what no record tells is noticed a day later at most: a field that went, a label of a stage, a new option. An object
that misses a field, that may not be read or that is not there any more is asked about in every run, to see it back.

Before the first write the account is asked for in any case (`checked`), and what is written is described anew
(`check_described`).
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import orjson

from crmbridge import version
from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Adapter, Health, Page, PullRequest
from crmbridge.adapter.courtesies import DescribesPart
from crmbridge.adapter.glancing import Glances
from crmbridge.ledger import catalogs, connections, outbox, shared, streams
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.errors import GuardStop, Unavailable
from crmbridge.sync import fields_gone
from crmbridge.sync.answers import answering
from crmbridge.sync.beginning import beginning
from crmbridge.sync.session import Session
from crmbridge.sync.setup import ConnectionSetup
from crmbridge.sync.spending import Meter
from crmbridge.sync.steps import Steps

HOLDS_US = 24 * 3_600 * 1_000_000
"""So long at most nobody asks how an object is described that has nothing to read."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a run goes by. `quiet` are the objects in which nothing changed, each with the page that says so.

    `health` is None where nobody asked for it.
    """

    health: Health | None
    catalog: Catalog
    quiet: dict[str, Page] = field(default_factory=dict)


def know(setup: ConnectionSetup, steps: Steps, adapter: Adapter, meter: Meter) -> Known:
    """What is known of the source now; ConfigError where the login opens another account than it was made with."""
    session = steps.session
    catalog = _kept(setup, session, adapter)
    if catalog is None or not isinstance(adapter, Glances):
        return _asked(setup, session, adapter)
    if setup.paired:
        session.key_fields = catalog.external_key_fields()
    quiet: dict[str, Page] = {}
    for compiled in setup.objects:
        request = _to_glance_at(session, compiled, catalog)
        if request is not None and steps.todo[compiled.object].error is None:
            with steps.attempt(compiled.object) as step, meter.charging(step), answering(session.connection):
                page = adapter.glance(request)
                if page is not None:
                    quiet[compiled.object] = page
    moved = {
        compiled.object
        for compiled in setup.objects
        if compiled.object not in quiet
        and steps.todo[compiled.object].error is None
        and not _is_the_same_anyway(session, compiled, catalog)
    }
    return Known(None, _renewed(session, adapter, moved, catalog) if moved else catalog, quiet)


def checked(session: Session, adapter: Adapter) -> Health:
    """The source's health, once it is the account that this connection was made with: before anything is written.

    ConfigError where the credentials open another account.
    """
    with answering(session.connection):
        health = adapter.check()
    if not health.ok and not health.org_id:
        raise unusable(session, health)
    with session.begin() as tx:
        connections.pin_org(tx, session.connection_id, health.org_id, health.title)
    return health


def check_described(session: Session, adapter: Adapter, plan_id: int, objects: Mapping[str, CompiledObject]) -> None:
    """What a plan writes there has every mapped field that it is known to have: before the first of it is written.

    GuardStop where one is gone that nobody has missed yet: what is written to it would be lost, and its records would
    look as if somebody had emptied them. An adapter that cannot glance has described everything in this run.
    """
    with session.around.ledger.read() as tx:
        body = catalogs.latest(tx, session.connection_id)
        missed = fields_gone.known(tx, session.connection_id)
        written = [objects[name] for name in outbox.objects(tx, plan_id, session.connection_id) if name in objects]
    if not isinstance(adapter, Glances) or not written or body is None:
        return
    names = {compiled.object for compiled in written}
    catalog = _renewed(session, adapter, names, Catalog.model_validate_json(body))
    with session.begin() as tx:
        lost = fields_gone.look(tx, session.connection_id, written, catalog)
        new = {name: some for name, fields in lost.items() if (some := fields - missed.get(name, frozenset()))}
        for name in new:
            fields_gone.keep(tx, session.connection_id, name, lost[name], now_us=session.around.now_us())
    if new:
        fields = ", ".join(f"{name}.{one}" for name in sorted(new) for one in sorted(new[name]))
        raise GuardStop("the mapping reads {fields}, which the source has no more", fields=fields)


def unusable(session: Session, health: Health) -> Unavailable:
    """The error of a source that says that it cannot be used."""
    return Unavailable(
        "{connection} is not usable: {problems}",
        connection=session.connection,
        problems="; ".join(health.problems) or "-",
    )


def was_read(session: Session, name: str) -> bool:
    """Whether an earlier run has read the object."""
    with session.around.ledger.read() as tx:
        known = streams.get(tx, session.connection_id, name)
    return known is not None and known.cursor is not None


def _asked(setup: ConnectionSetup, session: Session, adapter: Adapter) -> Known:
    """Everything is asked for: the account, and how the mapped objects are described."""
    health = checked(session, adapter)
    names = frozenset(compiled.object for compiled in setup.objects)
    catalog = _described(session, adapter, names)
    now_us = session.around.now_us()
    with session.begin() as tx:
        catalogs.store(tx, session.connection_id, catalog.model_dump_json(), now_us=now_us)
        if isinstance(adapter, Glances) and health.ok:
            told = orjson.dumps({"of": _basis(setup, adapter), "at_us": now_us}).decode()
            shared.put(tx, session.connection_id, shared.DESCRIBED, told, now_us=now_us)
    return Known(health, catalog)


def _kept(setup: ConnectionSetup, session: Session, adapter: Adapter) -> Catalog | None:
    """What was described within a day, for the same login, options and objects; else None."""
    if not isinstance(adapter, Glances):
        return None
    with answering(session.connection):
        basis = _basis(setup, adapter)
    with session.around.ledger.read() as tx:
        told = orjson.loads(shared.get(tx, session.connection_id, shared.DESCRIBED) or "{}")
        body = catalogs.latest(tx, session.connection_id)
    if body is None or told.get("of") != basis or not 0 <= session.around.now_us() - told["at_us"] < HOLDS_US:
        return None
    return Catalog.model_validate_json(body)


def _basis(setup: ConnectionSetup, adapter: Glances) -> str:
    """What a description goes with: beside anything else it is not used."""
    told = [version(), adapter.standing(), sorted(compiled.object for compiled in setup.objects)]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()


def _to_glance_at(session: Session, compiled: CompiledObject, catalog: Catalog) -> PullRequest | None:
    """What a reading would ask for, of an object whose description matters only where something changed."""
    info, here = catalog.object(compiled.object), (session.connection_id, compiled.object)
    if info is None and compiled.is_optional:
        return None
    if info is not None and (info.is_fixed or not info.readable or not info.has_modified_time):
        return None
    wanted = session.wanted(compiled)
    with session.around.ledger.read() as tx:
        stream = streams.get(tx, *here)
        if stream is None or stream.cursor is None or stream.fields != wanted or stream.filling:
            return None
        if fields_gone.known(tx, session.connection_id).get(compiled.object):
            return None
        return PullRequest(compiled.object, beginning(tx, session, compiled.object).cursor, wanted)


def _is_the_same_anyway(session: Session, compiled: CompiledObject, catalog: Catalog) -> bool:
    """Whether an object that nobody glances at need not be described: it never changes, or it is not there."""
    info = catalog.object(compiled.object)
    return info.is_fixed if info is not None else compiled.is_optional and not was_read(session, compiled.object)


def _described(session: Session, adapter: Adapter, names: Collection[str]) -> Catalog:
    with answering(session.connection):
        return adapter.describe_part(frozenset(names)) if isinstance(adapter, DescribesPart) else adapter.describe()


def _renewed(session: Session, adapter: Adapter, names: Collection[str], catalog: Catalog) -> Catalog:
    """The catalog with those objects as they are described now."""
    part = _described(session, adapter, names)
    others = [one for one in catalog.objects if one.name not in names]
    pipelines = [one for one in catalog.pipelines if one.object not in names]
    merged = Catalog(
        objects=tuple(sorted([*others, *part.objects], key=lambda one: one.name)),
        pipelines=tuple(sorted([*pipelines, *part.pipelines], key=lambda one: one.object)),
        limits=part.limits,
        extra=part.extra,
    )
    with session.begin() as tx:
        catalogs.store(tx, session.connection_id, merged.model_dump_json(), now_us=session.around.now_us())
    return merged
