"""Reads one object of one connection: each page is landed, normalised and its cursor moved in one transaction.

A kill at any point leaves the state before or after a page; the next run goes on from the cursor that was committed.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial

from crmbridge.adapter.contract import Adapter, Page, Problem, PullRequest, RawRecord
from crmbridge.ledger import quarantine, raw, streams
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.sync import asking, erasures, late_copies
from crmbridge.sync.absence import Listing, missing_ids, tombstones
from crmbridge.sync.apart.reading import packets
from crmbridge.sync.apart.recipe import Recipe
from crmbridge.sync.beginning import beginning
from crmbridge.sync.commits import Commits
from crmbridge.sync.landing import land, land_batch
from crmbridge.sync.normalise import Scope, normalise
from crmbridge.sync.outcome import Counts, Step
from crmbridge.sync.packets import Batch, Packet, pack_batch, prepare
from crmbridge.sync.session import Session
from crmbridge.sync.setup import Progress
from crmbridge.sync.telling import notes


@dataclass(slots=True)
class Reading:
    """One pull: what it knew when it began, and what it has met so far.

    `waiting` are the records that an earlier reading put in quarantine (not the mapping), with the keys of their rows;
    `back` those of them that came again, `places` the keys of every problem met now.
    """

    session: Session
    adapter: Adapter
    compiled: CompiledObject
    looked_us: int | None
    waiting: Mapping[str, str]
    filled: frozenset[str] = frozenset()
    listed: Listing = field(default_factory=Listing)
    places: set[str] = field(default_factory=set)
    back: set[str] = field(default_factory=set)

    def scope(self) -> Scope:
        """The object at this moment."""
        return self.session.scope(self.compiled, self.looked_us, self.filled)


def pull_object(
    session: Session,
    adapter: Adapter,
    compiled: CompiledObject,
    step: Step,
    *,
    recipe: Recipe | None = None,
    quiet: Page | None = None,
) -> None:
    """Reads everything after where the last reading came to; with a `recipe` a large source in a process of its own.

    A `quiet` page is all that there is to read: the source has said so before. Errors of the adapter leave as they
    are; what was committed before stays.
    """
    here = (session.connection_id, compiled.object)
    with session.begin() as tx:
        raw.settle(tx, *here, session.mapping_id)  # all that had landed has been read by this mapping before
        filling = asking.ask(tx, session, compiled)
        begin = beginning(tx, session, compiled.object)
        filled = asking.filled_fields(compiled, filling)
        reading = Reading(session, adapter, compiled, begin.looked_us, quarantine.met(tx, *here), filled)
    step.cursor_before = step.cursor_after = begin.cursor
    request = PullRequest(compiled.object, begin.cursor, session.wanted(compiled))
    source = packets(
        adapter, request, compiled, connection=session.connection, recipe=recipe, going=session.around.apart
    )
    if quiet is not None and not filling:
        source = (prepare(page, compiled) for page in (quiet,))
    with (
        session.around.telling(compiled.object, session.connection) as progress,
        Commits() as commits,
        closing(source) as found,
    ):
        for packet in found:
            commits.wait()
            counts, commit = _take(packet, reading)
            commits.begin(commit, then=partial(_tell, step, packet, counts, progress))
    _close_places(reading)
    if filling:
        with session.begin() as tx:
            streams.filled(tx, *here)


def _tell(step: Step, page: Packet, counts: Counts, progress: Progress) -> None:
    step.counts.add(counts)
    step.cursor_after = page.cursor
    step.notices += notes(page.notices)
    progress.advance(len(page.batch))


def _take(page: Packet, reading: Reading) -> tuple[Counts, Callable[[], None]]:
    """Writes one page, with the deletions that it proves where it ends a complete listing; what commits it."""
    session, name = reading.session, reading.compiled.object
    reading.listed.add(page.batch.live_ids())
    if reading.waiting:
        reading.back.update(reading.waiting.keys() & set(page.batch.ids()))
    dead = _gone(reading) if page.complete else []
    batch, known_better = late_copies.without(session, reading.adapter, reading.compiled, page.batch)
    scope = reading.scope()
    with ExitStack() as transaction:
        tx = transaction.enter_context(session.begin())
        counts = _keep(tx, replace(page, batch=batch), reading, scope)
        if known_better:
            take_in(tx, known_better, scope)
        if dead:
            landing, _ = land(tx, dead, scope)
            counts.deleted += normalise(tx, landing.landed, scope).deleted
        if page.whole:
            quarantine.resolve_others(tx, session.connection_id, name, reading.places, now_us=scope.now_us)
        streams.advance(
            tx,
            session.connection_id,
            name,
            cursor=page.cursor,
            now_us=scope.now_us,
            high_water_us=_high_water_us(page.batch),
            complete=page.complete,
            count=len(reading.listed) if page.complete else None,
        )
        return counts, transaction.pop_all().close


def _keep(tx: LedgerTx, page: Packet, reading: Reading, scope: Scope) -> Counts:
    """Takes in a page, and remembers where its problems are."""
    counts, places = _take_in(tx, page.batch, scope, problems=page.problems)
    reading.places |= places
    return counts


def take_in(tx: LedgerTx, records: Sequence[RawRecord], scope: Scope) -> tuple[Counts, set[str]]:
    """Lands and normalises some records and keeps their problems; what was done, and the keys of the problems."""
    return _take_in(tx, pack_batch(records, scope.mapped), scope)


def _take_in(tx: LedgerTx, batch: Batch, scope: Scope, *, problems: Sequence[Problem] = ()) -> tuple[Counts, set[str]]:
    landing, unusable = land_batch(tx, batch, scope)
    counts = normalise(tx, landing.landed, scope)
    source = scope.source
    problems = [*erasures.problems(problems, source.object, source.connection, scope.erased), *unusable]
    places = {quarantine.key_of(problem) for problem in problems}
    if problems:
        _quarantine(tx, problems, scope)
        counts.quarantined += len(places)
    refused = len(unusable) - len(landing.conflicts) + sum(len(found.records) for found in landing.conflicts)
    counts.read, counts.landed = len(batch) - refused, len(landing.landed)
    counts.unchanged = counts.read - counts.landed
    return counts, places


def _quarantine(tx: LedgerTx, problems: Sequence[Problem], scope: Scope) -> None:
    source = scope.source
    quarantine.put(tx, source.connection_id, source.object, problems, run_id=scope.run_id, now_us=scope.now_us)


def _gone(reading: Reading) -> list[RawRecord]:
    """What a complete listing lacks and the source, asked for each before anything is locked, does not know either."""
    session, name = reading.session, reading.compiled.object
    with session.around.ledger.read() as tx:
        known = raw.live_ids(tx, session.connection_id, name)
    gone = missing_ids(known, reading.listed, object_name=name)
    return tombstones(reading.adapter, name, gone, connection=session.connection)


def _close_places(reading: Reading) -> None:
    """Records that came back without the problem that an earlier reading had with them leave quarantine."""
    mended = {reading.waiting[external_id] for external_id in reading.back} - reading.places
    if mended:
        session = reading.session
        with session.begin() as tx:
            where = (session.connection_id, reading.compiled.object)
            quarantine.resolve(tx, *where, mended, now_us=session.around.now_us())


def _high_water_us(batch: Batch) -> int | None:
    told = (record.modified_us for part in (batch.records, batch.refused) for record in part)
    return max((at_us for at_us in told if at_us is not None), default=None)
