"""What other pairs have sent to records that this pair holds too: one system may be kept in step with several.

A write of theirs that was never heard of may still land, and is nobody's edit here either, unless another of theirs
brought the same. And where they wrote over such a late landing, they had not seen what stood there before: that write
does not outweigh what this pair has decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from crmbridge.ledger import bulk, outbox, twins
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.canonical import Value
from crmbridge.sync.twoway.state import value_of

_NEXT = "SELECT min(pair) FROM twin WHERE pair > :after"
Spot = tuple[str, int, str]
"""(record of ours, connection, field)."""


@dataclass(slots=True)
class Elsewhere:
    """By spot: values that may still land, and (from, to) of what was written over one of those."""

    late: dict[Spot, set[Value]] = field(default_factory=dict)
    over_late: dict[Spot, set[tuple[Value, Value]]] = field(default_factory=dict)


def look(tx: LedgerTx, pair: str, record_ids: Sequence[str]) -> Elsewhere:
    """What every other pair has sent; nothing is looked for where there is none."""
    found, applied = Elsewhere(), list[Write]()
    for other in _others(tx, pair):
        known = twins.of_records(tx, other, record_ids).values()
        for write in outbox.of_twins(tx, [twin.id for twin in known], ("sent", "unknown", "applied")):
            if write.state == "applied":
                applied.append(write)
                continue
            for line in orjson.loads(write.lines):
                found.late.setdefault(_spot(write, line["field"]), set()).add(value_of(line["to"]))
    lines = [(write, line) for write in applied for line in orjson.loads(write.lines)] if found.late else []
    for write, line in lines:
        found.late.get(_spot(write, line["field"]), set()).discard(value_of(line["to"]))
    for write, line in lines:
        spot, was = _spot(write, line["field"]), value_of(line["from"])
        if was in found.late.get(spot, ()):
            found.over_late.setdefault(spot, set()).add((was, value_of(line["to"])))
    return found


def _others(tx: LedgerTx, pair: str) -> list[str]:
    """The names of the other pairs that have ever merged anything."""
    names, after = list[str](), ""
    while (after := bulk.select(tx, _NEXT, after=after)[0][0]) is not None:
        names.append(after)
    return [name for name in names if name != pair]


def _spot(write: Write, name: str) -> Spot:
    return str(write.record_id), write.connection_id, name
