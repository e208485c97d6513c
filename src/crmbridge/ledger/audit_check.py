"""Whether the audit log is what was appended: every row under its seal, in its place, to the end that was anchored."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

from crmbridge.ledger import audit, bulk
from crmbridge.ledger.audit import AuditRow, Head
from crmbridge.ledger.sealing import Sealing
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note


class Anchor(NamedTuple):
    """The head as it was told outside of the ledger; `is_sealed` False where somebody has changed that text."""

    seq: int
    seal: str
    at: str
    is_sealed: bool = True


def problems(tx: LedgerTx, sealing: Sealing, anchors: Iterable[Anchor] = ()) -> Iterator[Note]:
    """What was altered, put in, taken out or cut off; nothing where the log is whole."""
    try:
        audit.require_key(tx, sealing)
    except ConfigError as error:
        yield Note("AUDIT_KEY", error.message, dict(error.context))
        return
    told = {anchor.seq: anchor for anchor in anchors}
    yield from _unsealed(told.values())
    at = audit.floor(tx)
    yield from _floor(tx, sealing, at)
    floor, lost, is_known = at.seq, [], True
    for row in audit.rows(tx):
        if not audit.is_sealed(sealing, row):
            yield Note("AUDIT_ALTERED", "the row {seq} was altered, or put in by somebody else", {"seq": row.seq})
            is_known = False
        else:
            if row.action == audit.RESTORED and row.seq > at.seq + 1:
                lost.append(range(at.seq + 1, row.seq))
            elif row.seq > at.seq + 1:
                yield Note("AUDIT_MISSING", "the rows {first} to {last} are missing", _between(at, row))
            elif is_known and row.prev != at.seal:
                yield Note("AUDIT_MOVED", "the row {seq} does not follow the one before it", {"seq": row.seq})
            is_known = True
        yield from _not_anchored(row, told.get(row.seq))
        at = Head(row.seq, row.seal)
    yield from _cut(at, [a for a in told.values() if a.is_sealed and a.seq > floor and not _is_in(a.seq, lost)])
    yield from _words(tx, sealing)


def _between(at: Head, row: AuditRow) -> dict[str, object]:
    return {"first": at.seq + 1, "last": row.seq - 1}


def _is_in(seq: int, lost: list[range]) -> bool:
    return any(seq in one for one in lost)


def _unsealed(anchors: Iterable[Anchor]) -> Iterator[Note]:
    for anchor in anchors:
        if not anchor.is_sealed:
            text = "the anchor of {at} for the row {seq} was altered"
            yield Note("ANCHOR_ALTERED", text, {"at": anchor.at, "seq": anchor.seq})


def _floor(tx: LedgerTx, sealing: Sealing, at: Head) -> Iterator[Note]:
    found = bulk.first(tx, "SELECT seal FROM audit_floor")
    if found is not None and found[0] != audit.floor_seal(sealing, at):
        yield Note("AUDIT_FLOOR", "rows up to {seq} were taken out by somebody else", {"seq": at.seq})


def _not_anchored(row: AuditRow, anchor: Anchor | None) -> Iterator[Note]:
    if anchor is not None and anchor.is_sealed and anchor.seal != row.seal:
        text = "the row {seq} is not the one that was anchored at {at}"
        yield Note("AUDIT_ANCHOR", text, {"seq": row.seq, "at": anchor.at})


def _cut(at: Head, anchors: Iterable[Anchor]) -> Iterator[Note]:
    last = max(anchors, key=lambda anchor: anchor.seq, default=None)
    if last is not None and last.seq > at.seq:
        text = "the rows {first} to {last} are missing at the end: the last one was anchored at {at}"
        yield Note("AUDIT_CUT", text, {"first": at.seq + 1, "last": last.seq, "at": last.at})


def _words(tx: LedgerTx, sealing: Sealing) -> Iterator[Note]:
    for found, word in audit.words(tx):
        if sealing.word(word) != found:
            yield Note("AUDIT_WORD", "the name of {hash} was altered", {"hash": found})


def numbers(note: Note) -> list[int]:
    """The numbers of the rows that a problem is about."""
    said = dict(note.params)
    if "seq" in said:
        return [int(str(said["seq"]))]
    return [int(str(said[name])) for name in ("first", "last") if name in said]


def canonical_anchor(found: Head, at: str) -> str:
    """What an anchor is sealed of."""
    return orjson.dumps([found.seq, found.seal, at]).decode()
