"""What a person decides of a question: it goes into the twin, and the next round carries it to both sides."""

from dataclasses import replace

import orjson

from crmbridge.ledger import conflicts, touches, twins
from crmbridge.ledger.conflicts import Conflict
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Twin
from crmbridge.model.canonical import Value
from crmbridge.model.errors import ConfigError
from crmbridge.sync.twoway import state
from crmbridge.sync.twoway.merging import UNSEEN, Side, Unseen
from crmbridge.sync.twoway.state import value_of


def question(tx: LedgerTx, number: int) -> Conflict:
    """The open question of that number; ConfigError where there is none, or it is answered."""
    found = conflicts.get(tx, number)
    if found is None:
        raise ConfigError("there is no question {number}", number=number, hint="crmbridge review lists them")
    if found.settled_us is not None:
        raise ConfigError(
            "the question {number} was answered already, by {by}",
            number=number,
            by=found.settled_by or "-",
            hint="crmbridge review lists those that are open",
        )
    return found


def candidate(tx: LedgerTx, asked: Conflict, which: str) -> Value:
    """The value of the left or the right side, or the one that was decided before (`base`); ConfigError for none."""
    if which == "base":
        value = state.load_value(asked.base)
    else:
        told = {who: value_of(value) for who, value, _ in orjson.loads(asked.candidates)}
        if which in told:
            return told[which]
        twin = twins.by_id(tx, [asked.twin_id]).get(asked.twin_id)
        known = None if twin is None else state.load(twin.fields).get(asked.field)
        value = UNSEEN if known is None else known.known(Side(which))
    if isinstance(value, Unseen):
        raise ConfigError(
            "{which} has no value for the question {number}",
            which=which,
            number=asked.id,
            hint="take another one, or --value X",
        )
    return value


def decide(tx: LedgerTx, asked: Conflict, value: Value, *, winner: str, by: str, now_us: int) -> Twin:
    """The question is answered: this is the value from now on, whichever side shows something else."""
    twin = twins.by_id(tx, [asked.twin_id])[asked.twin_id]
    fields = state.load(twin.fields)
    before = fields.get(asked.field, state.NOTHING)
    fields[asked.field] = replace(before, decided=value, since_us=now_us, is_open=False, acked=frozenset())
    is_open = sum(one.is_open for one in fields.values())
    after = replace(twin, fields=state.dump(fields), open=is_open, changed_us=now_us)
    twins.put(tx, [after])
    conflicts.settle(tx, [(asked.id, winner, state.dump_value(value), by)], now_us=now_us)
    for place in (twin.left, twin.right):
        if place is not None:
            touches.touch(tx, place.stream_id, [place.external_id])
    return after
