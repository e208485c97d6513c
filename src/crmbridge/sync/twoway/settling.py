"""Looks what became of writes that nobody answered: never sends anything again.

An update, or a deletion, is looked for by id: it is there, or it is not there now and may land late, which the merge
knows. A create is looked for by its external key: found, it is adopted; not found once the vendor's index must know
it, it may be planned again under the same key. That time begins when the sending had ended, and where a process died
over it, with the first look: when its last call left nobody knows. Where a vendor keeps no key nobody can tell, and it
stays in doubt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from crmbridge.adapter.contract import Applied, Fetches, Finds, RawRecord
from crmbridge.ledger import outbox
from crmbridge.ledger.outbox import State, Write
from crmbridge.model.canonical import Value
from crmbridge.sync.answers import answering
from crmbridge.sync.pull import take_in
from crmbridge.sync.twoway import covered, habits
from crmbridge.sync.twoway.acknowledging import Target, shown_of, took_over
from crmbridge.sync.twoway.applying import BATCH
from crmbridge.sync.twoway.covered import NOTHING, Covered
from crmbridge.sync.twoway.state import value_of
from crmbridge.sync.twoway.tidying import Keeps, is_form


@dataclass(slots=True)
class Settled:
    """What a look brought: writes that had arrived, that are not there, and that stay in doubt.

    `untold` are those that may have covered somebody's edit, which the vendor does not tell.
    """

    applied: int = 0
    absent: int = 0
    doubted: int = 0
    untold: int = 0


def settle(target: Target) -> Settled:
    """Looks for everything that was sent to a connection and is not known to have arrived."""
    with target.session.around.ledger.read() as tx:
        waiting = [write for write in outbox.waiting(tx, target.session.connection_id) if write.settled_us is None]
    done = Settled()
    known = [write for write in waiting if write.op != "create"]
    for name in sorted({write.object for write in known}):
        some = [write for write in known if write.object == name]
        for start in range(0, len(some), BATCH):
            _by_id(name, some[start : start + BATCH], target, done)
    made = [write for write in waiting if write.op == "create"]
    for name in sorted({write.object for write in made}):
        some = [write for write in made if write.object == name]
        for start in range(0, len(some), BATCH):
            _by_key(name, some[start : start + BATCH], target, done)
    return done


def _by_id(name: str, writes: Sequence[Write], target: Target, done: Settled) -> None:
    if not isinstance(target.adapter, Fetches):
        done.doubted += len(writes)
        return
    ids = [str(write.external_id) for write in writes]
    with answering(target.session.connection):
        found = target.adapter.fetch(name, ids)
    pairs = list(zip(writes, found, strict=True))
    there = [(write, record) for write, record in pairs if _is_there(write, record, target)]
    absent = [write for write, record in pairs if not _is_there(write, record, target)]
    hidden = covered.look(pairs, target)
    done.untold += hidden.untold
    _keep(there, [record for _, record in pairs if record is not None], absent, target, hidden)
    done.applied += len(there)
    done.absent += len(absent)


def _by_key(name: str, writes: Sequence[Write], target: Target, done: Settled) -> None:
    field = target.key_fields.get(name)
    if field is None or not isinstance(target.adapter, Finds):
        done.doubted += len(writes)
        return
    with answering(target.session.connection):
        found = target.adapter.find(name, field, [write.key for write in writes])
    now_us = target.session.around.now_us()
    there: list[tuple[Write, RawRecord | None]] = []
    absent: list[Write] = []
    unanswered: list[int] = []
    for write, records in zip(writes, found, strict=True):
        if records:
            there.append((write, records[0]))
        elif write.state == "sent":
            unanswered.append(write.id)
        elif now_us - (write.sent_us or 0) > target.lag_s * 1_000_000:
            absent.append(write)
        else:
            done.doubted += 1
    done.doubted += len(unanswered)
    with target.session.begin() as tx:
        outbox.doubted(tx, unanswered, now_us=now_us)
    _keep(there, [record for _, record in there if record is not None], absent, target)
    done.applied += len(there)
    done.absent += len(absent)


def _is_there(write: Write, record: RawRecord | None, target: Target) -> bool:
    """Whether the record shows everything that the write asked for."""
    if write.op == "delete":
        return record is None or record.deleted
    if record is None or record.deleted:
        return False
    with target.session.around.ledger.read() as tx:
        shown = shown_of(tx, write.kind, record, target)
        keeps = {} if target.end is None else habits.known(tx, target.end, write.kind)
    lines = orjson.loads(write.lines)
    return all(
        (name := line["field"]) in shown and has_come(shown[name], line, keeps.get(name, Keeps.NOTHING))
        for line in lines
    )


def has_come(shown: Value, line: Mapping[str, Any], keeps: Keeps = Keeps.NOTHING) -> bool:
    """Whether a field shows what was sent, in the side's own form; where that is how it was before, exactly that."""
    expected, before = value_of(line.get("shows", line["to"])), value_of(line["from"])
    return shown == expected or (is_form(expected, shown, keeps) and not is_form(expected, before, keeps))


def _keep(
    there: Sequence[tuple[Write, RawRecord | None]],
    records: Sequence[RawRecord],
    absent: Sequence[Write],
    target: Target,
    hidden: Covered = NOTHING,
) -> None:
    """What was found and what was not, and the records as they are now, in one go."""
    session = target.session
    now_us = session.around.now_us()
    with session.begin() as tx:
        applied = [
            (write, Applied(record.external_id if record is not None else str(write.external_id)))
            for write, record in there
        ]
        rows: list[tuple[int, State, str | None, str | None]] = [
            (write.id, "applied", outcome.external_id, write.told) for write, outcome in applied
        ]
        outbox.settle(tx, rows, now_us=now_us)
        outbox.looked(tx, [write.id for write in absent], now_us=now_us)
        fresh = {(record.object, record.external_id): record for record in records}
        took_over(tx, applied, fresh, target)
        covered.keep(tx, hidden, now_us=now_us)
        if records:
            take_in(tx, records, session.scope(target.objects[records[0].object]))
