"""Deletions that the source lists. One that is older than the record's last delivery deletes nothing.

A deletion and a delivery of the same instant, or without a time, leave open which came later; so does a delivery that
arrived after the deletion and is older than it (a late copy from an index that lags, or a record restored without a
new time). Then the source is asked by id, where it can be, and so it is for what we made ourselves and nobody has read
yet. What else was never delivered is not deleted either.

While a create of ours is in doubt, a strange record that was deleted may be what it made: it is asked for by id, and
where its last words carry our key it was made, read and deleted. Else it would be made once more.

Where the source says that its list has a gap (more were deleted than it tells, or too long ago), all that is kept is
asked for by id: dear, and rare.
"""

from collections.abc import Sequence
from dataclasses import replace

from crmbridge.adapter.contract import DELETIONS_UNTOLD, Adapter, Fetches, ListsDeleted, PullRequest, RawRecord
from crmbridge.ledger import feeds, links, outbox, raw, tombstones
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.instants import to_us
from crmbridge.sync import absence, answers, restored
from crmbridge.sync.answers import answering
from crmbridge.sync.landing import land
from crmbridge.sync.normalise import normalise
from crmbridge.sync.outcome import Counts, Step
from crmbridge.sync.pull import take_in
from crmbridge.sync.session import Session
from crmbridge.sync.telling import notes

_ASK = 100


def read_deletions(session: Session, adapter: Adapter, compiled: CompiledObject, step: Step) -> None:
    """Reads every deletion after the last one that was read, and deletes what it proves.

    Comes after the reading of the object's records has come to its end, so that no delivery is older than it. Nothing
    happens where the adapter lists no deletions.
    """
    if not isinstance(adapter, ListsDeleted):
        return
    here = (session.connection_id, compiled.object)
    with session.around.ledger.read() as tx:
        feed = feeds.get(tx, *here, "deleted")
    step.cursor_before = step.cursor_after = feed.cursor if feed else None
    request = PullRequest(compiled.object, step.cursor_before)
    for page in answers.deletions(adapter, request, connection=session.connection):
        ours = made_and_gone(session, adapter, compiled.object, page.records)
        dead = believed(session, adapter, page.records, object_name=compiled.object)
        if request.cursor is not None and any(notice.code in DELETIONS_UNTOLD for notice in page.notices):
            dead += _untold(session, adapter, compiled.object, {record.external_id for record in dead})
        with session.begin() as tx:
            counts = _read_and_delete(session, compiled, ours, tx)
            counts.add(delete(session, compiled, dead, tx))
            now_us = session.around.now_us()
            feeds.advance(tx, *here, "deleted", cursor=page.cursor, now_us=now_us)
        counts.read, counts.unchanged = len(page.records), len(page.records) - counts.landed
        step.counts.add(counts)
        step.cursor_after = page.cursor
        step.notices += notes(page.notices)


def _untold(session: Session, adapter: Adapter, object_name: str, told: set[str]) -> list[RawRecord]:
    """What was deleted and is listed no more: all that is kept is asked for by id, before anything is locked."""
    with session.around.ledger.read() as tx:
        known = raw.live_ids(tx, session.connection_id, object_name) - told
    return absence.untold(adapter, object_name, known, connection=session.connection)


def delete(session: Session, compiled: CompiledObject, dead: Sequence[RawRecord], tx: LedgerTx) -> Counts:
    """Marks these records deleted, inside the caller's transaction."""
    if not dead:
        return Counts()
    scope = session.scope(compiled)
    landing, _ = land(tx, dead, scope)
    counts = normalise(tx, landing.landed, scope)
    counts.landed = len(landing.landed)
    if landing.landed:
        restored.expect(tx, session, compiled.object)
    return counts


def _read_and_delete(session: Session, compiled: CompiledObject, ours: Sequence[RawRecord], tx: LedgerTx) -> Counts:
    """What was made and deleted before anybody read it: read as it last was, whose it is, and deleted."""
    if not ours:
        return Counts()
    take_in(tx, [replace(record, deleted=False) for record in ours], session.scope(compiled))
    return delete(session, compiled, [replace(record, payload={}) for record in ours], tx)


def made_and_gone(session: Session, adapter: Adapter, object_name: str, told: Sequence[RawRecord]) -> list[RawRecord]:
    """Those of the deletions that are of records which we made and whose answer was lost, with their last words.

    Only a source that can be asked for what was deleted, and shows it, tells.
    """
    key_field = session.key_fields.get(object_name)
    if key_field is None or not told or not isinstance(adapter, Fetches):
        return []
    with session.around.ledger.read() as tx:
        keys = outbox.doubted_keys(tx, session.connection_id, object_name)
        strange = _strange(tx, session, object_name, [record.external_id for record in told]) if keys else []
    found: list[RawRecord] = []
    for start in range(0, len(strange), _ASK):
        with answering(session.connection):
            shown = adapter.fetch(object_name, strange[start : start + _ASK])
        found += [one for one in shown if one is not None and one.deleted and one.payload.get(key_field) in keys]
    return found


def _strange(tx: LedgerTx, session: Session, object_name: str, external_ids: Sequence[str]) -> list[str]:
    """Those ids under which nothing was ever read."""
    known = raw.fetch(tx, session.connection_id, object_name, sorted(external_ids))
    linked = links.resolve(tx, session.connection_id, object_name, sorted(external_ids))
    return sorted(set(external_ids) - {item.record.external_id for item in known} - linked.keys())


def believed(session: Session, adapter: Adapter, told: Sequence[RawRecord], *, object_name: str) -> list[RawRecord]:
    """Those of the deletions that are to be carried out; the source is asked here, before anything is locked."""
    with session.around.ledger.read() as tx:
        known = tombstones.live(tx, session.connection_id, object_name, [record.external_id for record in told])
        unread = _unread(tx, session, object_name, {record.external_id for record in told} - known.keys())
    dead: dict[str, RawRecord] = {}
    open_ = {record.external_id: record for record in told if record.external_id in unread}
    for record in (record for record in told if record.external_id in known):
        delivery = known[record.external_id]
        at_us = None if record.modified is None else to_us(record.modified)
        if at_us is None or delivery.modified_us is None or delivery.modified_us <= at_us <= delivery.seen_us:
            open_[record.external_id] = record
        elif at_us >= delivery.modified_us:
            dead[record.external_id] = record
    return [*dead.values(), *_asked(session, adapter, open_, dead, object_name=object_name)]


def _unread(tx: LedgerTx, session: Session, object_name: str, external_ids: set[str]) -> set[str]:
    """Records that we made and that nobody has read: gone before anything of them was delivered."""
    made = links.resolve(tx, session.connection_id, object_name, sorted(external_ids)).keys()
    kept = {item.record.external_id for item in raw.fetch(tx, session.connection_id, object_name, sorted(made))}
    return made - kept


def _asked(
    session: Session,
    adapter: Adapter,
    open_: dict[str, RawRecord],
    dead: dict[str, RawRecord],
    *,
    object_name: str,
) -> list[RawRecord]:
    """Those that the source does not know by id; all of them where it cannot be asked, because it lists them."""
    wanted = {external_id: record for external_id, record in open_.items() if external_id not in dead}
    if not isinstance(adapter, Fetches):
        return list(wanted.values())
    gone = absence.tombstones(adapter, object_name, sorted(wanted), connection=session.connection)
    return [wanted[record.external_id] for record in gone]
