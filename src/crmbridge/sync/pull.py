"""Reads one object of one connection: each page is landed, normalised and its cursor moved in one transaction.

A kill at any point leaves the state before or after a page; the next run goes on from the cursor that was committed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from crmbridge.adapter.contract import MAX_CURSOR_BYTES, Adapter, Page, Problem, PullRequest, RawRecord
from crmbridge.ledger import quarantine, raw, streams
from crmbridge.ledger.raw import Conflict, Landing
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.errors import ContractError
from crmbridge.model.instants import to_us
from crmbridge.model.notes import Note
from crmbridge.sync.absence import Listing, missing_ids, tombstones
from crmbridge.sync.normalise import Scope, normalise
from crmbridge.sync.outcome import Counts, Step
from crmbridge.sync.session import Session


@dataclass(slots=True)
class Reading:
    """What one pull has met so far."""

    step: Step
    cursor: str | None
    before_us: int
    listed: Listing = field(default_factory=Listing)
    places: set[str] = field(default_factory=set)


def pull_object(session: Session, adapter: Adapter, compiled: CompiledObject, step: Step) -> None:
    """Reads everything after the stream's cursor.

    Errors of the adapter leave as they are; what was committed before stays.
    """
    with session.begin() as tx:
        streams.ensure(tx, session.connection_id, compiled.object)
        stream = streams.get(tx, session.connection_id, compiled.object)
    cursor = stream.cursor if stream else None
    step.cursor_before = step.cursor_after = cursor
    reading = Reading(step, cursor, before_us=(stream.moved_us if stream else None) or 0)
    for page in adapter.pull(PullRequest(compiled.object, cursor, compiled.vendor_fields)):
        _check(page, reading)
        _take(session, adapter, compiled, page, reading)
        session.around.progress.advance(len(page.records))


def _check(page: Page, reading: Reading) -> None:
    """The law of the cursor, as far as it can be seen from here; ContractError where it is broken."""
    if len(page.cursor.encode()) > MAX_CURSOR_BYTES:
        raise ContractError(
            "the cursor of {object} is longer than {limit} bytes", object=reading.step.object, limit=MAX_CURSOR_BYTES
        )
    if page.records and page.cursor == reading.cursor:
        raise ContractError("the cursor of {object} did not move over a page of records", object=reading.step.object)
    reading.cursor = page.cursor


def _take(session: Session, adapter: Adapter, compiled: CompiledObject, page: Page, reading: Reading) -> None:
    step = reading.step
    scope = session.scope(compiled, reading.before_us)
    with session.begin() as tx:
        landing = _land(tx, session, compiled, page.records, scope)
        problems = [*page.problems, *(_conflict(found) for found in landing.conflicts)]
        counts = normalise(tx, landing.landed, scope)
        _quarantine(tx, session, compiled, problems)
        counts.read, counts.landed = len(page.records), len(landing.landed)
        counts.unchanged = landing.unchanged
        counts.quarantined += len({quarantine.key_of(problem) for problem in problems})
        reading.listed.add(page.records)
        reading.places.update(quarantine.key_of(problem) for problem in problems)
        if page.complete:
            counts.add(_ask_about_absent(tx, session, adapter, compiled, reading))
        if page.whole:
            quarantine.resolve_others(tx, session.connection_id, compiled.object, reading.places, now_us=scope.now_us)
        streams.advance(
            tx,
            session.connection_id,
            compiled.object,
            cursor=page.cursor,
            now_us=scope.now_us,
            high_water_us=_high_water_us(page.records),
            complete=page.complete,
            count=len(reading.listed) if page.complete else None,
        )
    step.counts.add(counts)
    step.cursor_after = page.cursor
    step.notices += [Note(notice.code, notice.message, dict(notice.params)) for notice in page.notices]


def _land(tx: LedgerTx, session: Session, compiled: CompiledObject, page: Sequence[RawRecord], scope: Scope) -> Landing:
    filled = list(_with_absent_fields(tx, session, compiled, page))
    return raw.land(
        tx,
        session.connection_id,
        filled,
        run_id=session.run_id,
        now_us=scope.now_us,
        mapping_id=session.mapping_id,
    )


def _with_absent_fields(
    tx: LedgerTx, session: Session, compiled: CompiledObject, page: Sequence[RawRecord]
) -> Iterator[RawRecord]:
    """The records, those that lack a mapped field with what was last known of it: absent is not empty."""
    wanted = compiled.vendor_fields
    lacking = [r.external_id for r in page if not r.deleted and not wanted <= r.payload.keys()]
    if not lacking:
        yield from page
        return
    kept = raw.fetch(tx, session.connection_id, compiled.object, lacking)
    known = {item.record.external_id: item.record.payload for item in kept}
    for record in page:
        earlier = known.get(record.external_id)
        yield record if earlier is None or record.deleted else replace(record, payload={**earlier, **record.payload})


def _quarantine(tx: LedgerTx, session: Session, compiled: CompiledObject, problems: Sequence[Problem]) -> None:
    quarantine.put(
        tx,
        session.connection_id,
        compiled.object,
        problems,
        run_id=session.run_id,
        now_us=session.around.now_us(),
        mapping_id=None,
    )


def _conflict(found: Conflict) -> Problem:
    return Problem(
        "DUPLICATE_ID",
        "{count} different records have the id {external_id}",
        {"count": len(found.records), "external_id": found.external_id},
        position=", ".join(record.position for record in found.records if record.position) or None,
        external_id=found.external_id,
    )


def _ask_about_absent(
    tx: LedgerTx, session: Session, adapter: Adapter, compiled: CompiledObject, reading: Reading
) -> Counts:
    """Records that a complete listing lacks are deleted where the source says, asked for each, that they are gone."""
    known = raw.live_ids(tx, session.connection_id, compiled.object)
    gone = missing_ids(known, reading.listed, object_name=compiled.object)
    scope = session.scope(compiled, reading.before_us)
    counts = Counts()
    for batch in tombstones(adapter, compiled.object, gone):
        landing = _land(tx, session, compiled, batch, scope)
        counts.add(normalise(tx, landing.landed, scope))
    return counts


def _high_water_us(page: Sequence[RawRecord]) -> int | None:
    return max((to_us(record.modified) for record in page if record.modified is not None), default=None)
