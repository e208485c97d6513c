"""What other pairs have sent to records that this pair holds too: one system may be kept in step with several.

A write of theirs that was never heard of may still land, and is nobody's edit here either, unless another of theirs
brought the same. And where they wrote over such a late landing, they had not seen what stood there before: that write
does not outweigh what this pair has decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from crmbridge.ledger import bulk, outbox, twins
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.canonical import Value
from crmbridge.sync.twoway import state
from crmbridge.sync.twoway.state import Fields, value_of

_NEXT = "SELECT min(pair) FROM twin WHERE pair > :after"
Spot = tuple[str, int, str]
"""(record of ours, connection, field)."""


@dataclass(slots=True)
class Elsewhere:
    """By spot, of the other pairs: what may still land, what was written over such a landing, and what came last.

    `late` are values that nobody wants any more and when they were sent, `wanted` those that their pair still wants,
    `over_late` (from, to), `brought` a value and when it had arrived.
    """

    late: dict[Spot, dict[Value, int]] = field(default_factory=dict)
    wanted: dict[Spot, dict[Value, int]] = field(default_factory=dict)
    over_late: dict[Spot, set[tuple[Value, Value]]] = field(default_factory=dict)
    brought: dict[Spot, tuple[Value, int]] = field(default_factory=dict)

    def beside(self, own: Mapping[Value, int], spot: Spot, *, since_us: int) -> Mapping[Value, int]:
        """What may still land there of this pair and of the others; `since_us` is when this pair looked last.

        What another has brought since is not this pair's own write arriving late, although that said the same.
        """
        value, at_us = self.brought.get(spot, (None, -1))
        kept = own if at_us < since_us else {one: sent_us for one, sent_us in own.items() if one != value}
        return {**kept, **self.late.get(spot, {})}


def look(tx: LedgerTx, pair: str, record_ids: Sequence[str]) -> Elsewhere:
    """What every other pair has sent; nothing is looked for where there is none."""
    found, applied = Elsewhere(), list[tuple[Write, Any]]()
    for other in _others(tx, pair):
        known = {twin.id: state.load(twin.fields) for twin in twins.of_records(tx, other, record_ids).values()}
        for write in outbox.of_twins(tx, sorted(known), ("sent", "unknown", "applied")):
            for line in orjson.loads(write.lines):
                if write.state == "applied":
                    applied.append((write, line))
                    continue
                told = found.late if _is_old(line, known[write.twin_id or 0]) else found.wanted
                told.setdefault(_spot(write, line["field"]), {})[value_of(line["to"])] = write.sent_us or 0
    for write, line in applied:
        spot, value, at_us = _spot(write, line["field"]), value_of(line["to"]), write.settled_us or 0
        found.late.get(spot, {}).pop(value, None)
        if at_us >= found.brought.get(spot, (None, 0))[1]:
            found.brought[spot] = value, at_us
    for write, line in applied:
        spot, was = _spot(write, line["field"]), value_of(line["from"])
        if was in found.late.get(spot, ()):
            found.over_late.setdefault(spot, set()).add((was, value_of(line["to"])))
    return found


def _is_old(line: Mapping[str, Any], fields: Fields) -> bool:
    """Whether its pair has decided otherwise since: what it still wants is its word, however late that arrives."""
    one = fields.get(line["field"])
    return one is None or one.is_open or one.decided != value_of(line["to"])


def _others(tx: LedgerTx, pair: str) -> list[str]:
    """The names of the other pairs that have ever merged anything."""
    names, after = list[str](), ""
    while (after := bulk.select(tx, _NEXT, after=after)[0][0]) is not None:
        names.append(after)
    return [name for name in names if name != pair]


def _spot(write: Write, name: str) -> Spot:
    return str(write.record_id), write.connection_id, name
