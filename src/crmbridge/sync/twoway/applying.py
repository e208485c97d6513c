"""Carries out a plan: each write is kept as sent before it leaves, and what became of it is kept before the next.

A write whose record has moved since the plan was made is not sent. The first few are read again and compared before
the rest goes. Whatever gets no answer stays `unknown`: `settling` looks before anything is sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from crmbridge.adapter.contract import (
    Applied,
    Change,
    Fetches,
    Outcome,
    RawRecord,
    Rejected,
    Stale,
    Unknown,
)
from crmbridge.ledger import leases, outbox, raw, twins
from crmbridge.ledger.outbox import State, Write
from crmbridge.ledger.payloads import decode_payload
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Twin
from crmbridge.model.errors import ContractError, CrmBridgeError
from crmbridge.sync.answers import answering
from crmbridge.sync.pull import take_in
from crmbridge.sync.twoway import covered, last_looks, late_references, settled_reads, state
from crmbridge.sync.twoway.acknowledging import Fresh, Target, took_over
from crmbridge.sync.twoway.canary import SIZE, Canary
from crmbridge.sync.twoway.covered import NOTHING, Covered
from crmbridge.sync.twoway.state import value_of

BATCH = 100
WRITING = "writing to {connection}"


@dataclass(slots=True)
class Carried:
    """What became of the writes of one connection, by state."""

    counts: dict[State, int] = field(default_factory=dict)
    waits: set[int] = field(default_factory=set)
    """Writes that were not sent: what they point at was made by a call that nobody answered, or waits itself."""
    behind: set[str] = field(default_factory=set)
    """The records of ours that are not made because of that."""
    untold: int = 0
    """Writes that may have covered somebody's edit, which the vendor does not tell."""

    def add(self, to: State, count: int = 1) -> None:
        """So many more stand there."""
        if count:
            self.counts[to] = self.counts.get(to, 0) + count


def carry_out(plan_id: int, target: Target, *, peer: Target | None = None, canary: int = SIZE) -> Carried:
    """Sends what a plan has for one connection. GuardStop where the first records are not what was written.

    `peer` is the other end of the pair: it is asked before anything is deleted here because it is gone there.
    Errors of the adapter leave as they are; what was not tried stays planned, and another call goes on from there.
    """
    done, size = Carried(), canary or BATCH
    progress = target.session.around.progress
    with target.session.around.ledger.read() as tx:
        progress.start(WRITING, outbox.counts(tx, plan_id).get("planned"), connection=target.session.connection)
    try:
        return _carry_on(plan_id, target, peer, done=done, size=size, canary=canary)
    finally:
        progress.finish()


def _carry_on(plan_id: int, target: Target, peer: Target | None, *, done: Carried, size: int, canary: int) -> Carried:
    looking = Canary(target) if canary else None
    while True:
        batch = _next(plan_id, target, peer, size=size, done=done)
        if batch is None:
            return done
        if batch:
            outcomes = _send(batch, target)
            try:
                fresh = _read_again(batch, outcomes, target)
                hidden = covered.look(_shown(batch, outcomes, fresh), target)
            except CrmBridgeError:
                outcomes = covered.unsure(batch, outcomes, target)
                _keep(batch, outcomes, {}, target, done)  # what was answered is known, whatever it looks like now
                raise
            _keep(batch, outcomes, fresh, target, done, hidden=hidden)
            target.session.around.progress.advance(len(batch))
            if looking is not None:
                looking.look(batch, outcomes, fresh)
                looking = None if looking.is_over else looking
        if looking is None:
            size = BATCH


def _next(plan_id: int, target: Target, peer: Target | None, *, size: int, done: Carried) -> list[Write] | None:
    """The next writes, kept as sent; those whose record has moved are not among them. None where none are left."""
    session = target.session
    with session.around.ledger.read() as tx:
        most = size + len(done.waits)
        planned = outbox.of_plan(tx, plan_id, state="planned", connection_id=session.connection_id, limit=most)
        planned = [write for write in planned if write.id not in done.waits]
        waits = late_references.in_doubt(tx, planned, session.connection_id, behind=done.behind)
    if not planned:
        return None
    done.waits |= waits
    planned = late_references.together([write for write in planned if write.id not in waits])
    shaky = settled_reads.shaky(planned, target)
    if peer is not None:
        shaky |= last_looks.spared([write for write in planned if write.id not in shaky], peer)
    with session.begin() as tx:
        left = moved(tx, planned, session.connection_id)
        left += [write for write in planned if write.id in shaky and write not in left]
        now_us = session.around.now_us()
        outbox.settle(tx, [(write.id, "moved", write.external_id, None) for write in left], now_us=now_us)
        batch = late_references.resolved(tx, [write for write in planned if write not in left], session.connection_id)
        outbox.sent(tx, [write.id for write in batch], now_us=now_us)
    done.add("moved", len(left))
    return [replace(write, state="sent", tries=write.tries + 1) for write in batch]


def moved(tx: LedgerTx, planned: Sequence[Write], connection_id: int) -> list[Write]:
    """Those that do not fit any more: their record has changed, is gone or is there by now, or it was decided anew."""
    known = twins.by_id(tx, [write.twin_id for write in planned if write.twin_id])
    ids: dict[str, list[str]] = {}
    for write in planned:
        twin = known.get(write.twin_id or 0)
        place = twin.at(write.side) if twin is not None and write.op == "create" else None
        external_id = write.external_id if place is None else place.external_id
        if external_id is not None:
            ids.setdefault(write.object, []).append(external_id)
    now = {
        (name, item.record.external_id): (item.record.revision, item.record.deleted)
        for name, some in ids.items()
        for item in raw.fetch(tx, connection_id, name, some)
    }
    found = []
    for write in planned:
        twin = known.get(write.twin_id or 0)
        if write.op == "create":
            place = None if twin is None else twin.at(write.side)
            is_moved = place is not None and not now.get((write.object, place.external_id), (None, False))[1]
        else:
            is_moved = now.get((write.object, str(write.external_id))) != (write.base_revision, False)
        if is_moved or (twin is not None and _is_decided_anew(write, twin)):
            found.append(write)
    return found


def _is_decided_anew(write: Write, twin: Twin) -> bool:
    """Whether what the write says is not what is decided any more; one that undoes says something else anyway."""
    fields = state.load(twin.fields)
    lines = [line for line in orjson.loads(write.lines) if not line.get("undoes")]
    return any(
        (one := fields.get(line["field"])) is not None and (one.is_open or one.decided != value_of(line["to"]))
        for line in lines
    )


def _send(batch: Sequence[Write], target: Target) -> Sequence[Outcome]:
    """One outcome for each. What raises had tried nothing: the writes are planned again, and the error leaves.

    LeaseLost where the lease is not ours any more: the writes stay as sent, for whoever took over to look for them.
    """
    session = target.session
    changes = [change_of(write) for write in batch]
    with session.around.ledger.read() as tx:
        leases.require_current(tx, session.lease, now_us=session.around.now_us())
    try:
        with answering(session.connection):
            outcomes = target.writer().push(changes)
    except Exception:
        with session.begin() as tx:
            rows: list[tuple[int, State, str | None, str | None]] = [
                (write.id, "planned", write.external_id, None) for write in batch
            ]
            outbox.settle(tx, rows, now_us=session.around.now_us())
        raise
    if len(outcomes) != len(batch):
        raise ContractError("{count} writes got {found} answers", count=len(batch), found=len(outcomes))
    return outcomes


def change_of(write: Write) -> Change:
    """The write as the adapter takes it."""
    fields: dict[str, Any] = decode_payload(write.fields.encode())
    is_delete = write.op == "delete"
    return Change(write.key, write.object, write.external_id, fields, write.base_revision, delete=is_delete)


def _read_again(
    batch: Sequence[Write], outcomes: Sequence[Outcome], target: Target
) -> dict[tuple[str, str], RawRecord | None]:
    """What the source shows now of every record that was written or had moved, where it can be asked by id."""
    if not isinstance(target.adapter, Fetches):
        return {}
    ids: dict[str, list[str]] = {}
    for write, outcome in zip(batch, outcomes, strict=True):
        if isinstance(outcome, Applied) and write.op != "delete":
            ids.setdefault(write.object, []).append(outcome.external_id)
        elif isinstance(outcome, Stale) and write.external_id is not None:
            ids.setdefault(write.object, []).append(write.external_id)
    found: dict[tuple[str, str], RawRecord | None] = {}
    for name, some in ids.items():
        for start in range(0, len(some), BATCH):
            part = some[start : start + BATCH]
            with answering(target.session.connection):
                answers = target.adapter.fetch(name, part)
            found |= {(name, external_id): record for external_id, record in zip(part, answers, strict=True)}
    return found


def _keep(
    batch: Sequence[Write],
    outcomes: Sequence[Outcome],
    fresh: Fresh,
    target: Target,
    done: Carried,
    *,
    hidden: Covered = NOTHING,
) -> None:
    """What became of each write, the links of what was made, and what the source showed afterwards; in one go."""
    session = target.session
    now_us = session.around.now_us()
    rows: list[tuple[int, State, str | None, str | None]] = []
    applied: list[tuple[Write, Applied]] = []
    for write, outcome in zip(batch, outcomes, strict=True):
        to, told = _told(outcome)
        external_id = outcome.external_id if isinstance(outcome, Applied) else write.external_id
        rows.append((write.id, to, external_id, told))
        done.add(to)
        if isinstance(outcome, Applied):
            applied.append((write, outcome))
    done.untold += hidden.untold
    with session.begin() as tx:
        outbox.settle(tx, rows, now_us=now_us)
        took_over(tx, applied, fresh, target)
        covered.keep(tx, hidden, now_us=now_us)
        landed = [record for record in fresh.values() if record is not None]
        landed += [_tombstone(write) for write, _ in applied if write.op == "delete"]
        for name in sorted({record.object for record in landed}):
            some = [record for record in landed if record.object == name]
            take_in(tx, some, session.scope(target.objects[name]))


def _shown(batch: Sequence[Write], outcomes: Sequence[Outcome], fresh: Fresh) -> list[tuple[Write, RawRecord | None]]:
    """The writes that were taken, each with its record as it was read afterwards."""
    pairs = [(write, outcome) for write, outcome in zip(batch, outcomes, strict=True) if isinstance(outcome, Applied)]
    return [(write, fresh.get((write.object, outcome.external_id))) for write, outcome in pairs]


def _tombstone(write: Write) -> RawRecord:
    """What we have deleted ourselves is gone: no listing has to miss it first."""
    return RawRecord(write.object, str(write.external_id), {}, deleted=True)


def _told(outcome: Outcome) -> tuple[State, str | None]:
    match outcome:
        case Applied():
            return "applied", None
        case Rejected():
            return "rejected", _json([outcome.message, dict(outcome.params), outcome.field, outcome.hint])
        case Stale():
            return "stale", None
        case Unknown():
            return "unknown", _json([outcome.reason, dict(outcome.params), None, None])


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
