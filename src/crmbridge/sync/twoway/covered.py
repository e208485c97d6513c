"""What a write of ours has covered that nobody had read: somebody's edit between our look and our write.

A vendor that takes a condition with a write refuses such a write, and nothing is covered. One that takes none may keep
a log of what was done to each record (`Traces`): what somebody had put there since our look, and our own write then
replaced, is found in it and kept as a disagreement whose loser that was. It wins nothing: who edits there sees our
value and can say it again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import orjson

from crmbridge.adapter.contract import Applied, Outcome, RawRecord, Unknown
from crmbridge.adapter.courtesies import Traced, Traces, Trail
from crmbridge.ledger import conflicts, twins
from crmbridge.ledger.conflicts import Conflict
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Twin
from crmbridge.model.canonical import Value
from crmbridge.model.instants import to_us
from crmbridge.sync.answers import answering
from crmbridge.sync.twoway import state
from crmbridge.sync.twoway.acknowledging import Target, shown_of
from crmbridge.sync.twoway.deciding import Late, late_values
from crmbridge.sync.twoway.merging import Who
from crmbridge.sync.twoway.state import value_of
from crmbridge.sync.twoway.tidying import Keeps, is_form

SETTLED_BY = "overwritten"
_LATER = "written; whether it covered what somebody had put there is looked at later"


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that somebody had put into a field, and that our write replaced."""

    write: Write
    field: str
    base: Value
    value: Value
    to: Value
    policy: str
    at_us: int | None


@dataclass(frozen=True, slots=True)
class Covered:
    """What was found; `untold` are the writes of which the vendor does not say what they covered."""

    lost: Sequence[Lost] = ()
    untold: int = 0


NOTHING = Covered()


def look(written: Sequence[tuple[Write, RawRecord | None]], target: Target) -> Covered:
    """What those updates have covered, by what the vendor's log says; nothing where the vendor takes conditions."""
    adapter = target.adapter
    if not isinstance(adapter, Traces):
        return NOTHING
    trails: list[tuple[Write, RawRecord, Trail]] = []
    untold = 0
    for write, record in written:
        if record is None or record.deleted or not may_cover(write, target) or write.base_revision is None:
            continue
        with answering(target.session.connection):
            trail = adapter.trace(record, write.base_revision)
        untold += not trail.is_told
        if trail.changes:
            trails.append((write, record, trail))
    if not trails:
        return Covered(untold=untold)
    with target.session.around.ledger.read() as tx:
        late = late_values(tx, [write.twin_id for write, _, _ in trails if write.twin_id])
        lost = [one for write, now, trail in trails for one in _lost(tx, write, now, trail, target, late)]
    return Covered(lost, untold)


def may_cover(write: Write, target: Target) -> bool:
    """Whether a write may have covered something without being refused."""
    can = isinstance(target.adapter, Traces) and target.end is not None
    return can and write.op == "update" and write.base_revision is not None and write.twin_id is not None


def unsure(batch: Sequence[Write], outcomes: Sequence[Outcome], target: Target) -> Sequence[Outcome]:
    """The outcomes where nobody could look any more what the writes have covered: it is done with the next look."""
    return [
        Unknown(_LATER) if isinstance(outcome, Applied) and may_cover(write, target) else outcome
        for write, outcome in zip(batch, outcomes, strict=True)
    ]


def keep(tx: LedgerTx, found: Covered, *, now_us: int) -> None:
    """Keeps what was lost, as disagreements that are settled."""
    if found.lost:
        known = twins.by_id(tx, [lost.write.twin_id for lost in found.lost if lost.write.twin_id])
        told = [(lost, known[lost.write.twin_id or 0]) for lost in found.lost if lost.write.twin_id in known]
        conflicts.add(tx, [_conflict(lost, twin, now_us) for lost, twin in told])


def _lost(  # noqa: PLR0917 - one place asks
    tx: LedgerTx, write: Write, now: RawRecord, trail: Trail, target: Target, late: Late
) -> Iterator[Lost]:
    """The values that our own writes have replaced since the look, back to what that look had seen."""
    steps = list(_backwards(tx, write, now, trail, target))
    for line in orjson.loads(write.lines):
        name, base, to = line["field"], value_of(line["from"]), value_of(line["to"])
        sent = {to, value_of(line.get("shows", line["to"]))}
        ours = {*sent, *late.get((write.twin_id or 0, write.side or ""), {}).get(name, ())}
        after = shown_of(tx, write.kind, now, target).get(name, to)
        for step, shown in steps:
            before = shown.get(name, after)
            if before != after and before == base:
                break
            if before != after and before not in ours and _is_one_of(after, ours):
                at_us = None if step.at is None else to_us(step.at)
                yield Lost(write, name, base, before, to, str(line.get("why", "")), at_us)
            after = before


def _is_one_of(shown: Value, ours: Collection[Value]) -> bool:
    """Whether a field shows one of the values that we sent, in whatever form: then it was we who put it there."""
    return any(is_form(value, shown, Keeps.NOTHING) for value in ours)


def _backwards(
    tx: LedgerTx, write: Write, now: RawRecord, trail: Trail, target: Target
) -> Iterator[tuple[Traced, Mapping[str, Value]]]:
    """Each change, and what the record showed before it."""
    record = now
    for step in trail.changes:
        record = replace(record, payload={**record.payload, **step.before})
        yield step, shown_of(tx, write.kind, record, target)


def _conflict(lost: Lost, twin: Twin, now_us: int) -> Conflict:
    winner = Who.DECIDED.value
    return Conflict(
        id=0,
        twin_id=twin.id,
        pair=twin.pair,
        kind=twin.kind,
        record_id=twin.record_id,
        field=lost.field,
        base=state.dump_value(lost.base),
        candidates=orjson.dumps([[lost.write.side, lost.value, lost.at_us], [winner, lost.to, None]]).decode(),
        policy=lost.policy,
        winner=winner,
        value=state.dump_value(lost.to),
        opened_us=now_us,
        settled_us=now_us,
        settled_by=SETTLED_BY,
    )
