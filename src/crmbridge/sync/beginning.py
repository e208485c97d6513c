"""Where a reading begins: after the last page that was taken, or once more with a listing that was interrupted.

A listing proves what is gone only when it is whole. One that was cut off after its first pages would go on behind
them, be no whole one, and what it lacks would never be asked about: so it is begun anew, from the cursor before it.
What it lists again is there already and writes nothing.
"""

from dataclasses import dataclass

from crmbridge.ledger import runs, streams
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import GuardStop
from crmbridge.sync.session import Session

_PATIENCE = 3
"""A reading that fails so often on its way goes on from where it came to, so that it ever ends."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """`cursor` to read from, and `looked_us`: when the last reading began that came to its end, None before that."""

    cursor: str | None
    looked_us: int | None


def beginning(tx: LedgerTx, session: Session, object_name: str) -> Beginning:
    """Where the next reading of an object begins."""
    stream = streams.get(tx, session.connection_id, object_name)
    last = runs.last_reading(tx, session.connection, object_name)
    cursor = stream.cursor if stream else None
    if stream is None or last is None:
        return Beginning(cursor, None)
    is_cut_off = cursor != last.cursor and stream.full_listing_us is not None
    if is_cut_off and _was_listing(tx, session, stream) and _may_begin_anew(tx, session, object_name, last.started_us):
        cursor = last.cursor
    return Beginning(cursor, last.started_us)


def _was_listing(tx: LedgerTx, session: Session, stream: streams.Stream) -> bool:
    """Whether the last reading that brought something listed all there was, as the one cut off then would have."""
    moved = runs.last_reading(tx, session.connection, stream.object, moved=True)
    return moved is not None and stream.full_listing_us is not None and stream.full_listing_us >= moved.started_us


def _may_begin_anew(tx: LedgerTx, session: Session, object_name: str, since_us: int) -> bool:
    failures = runs.failures_since(tx, session.connection, object_name, since_us)
    return len(failures) < _PATIENCE or failures[0] == GuardStop.code
