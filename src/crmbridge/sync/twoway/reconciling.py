"""Compares everything that both sides of a pair show, as it was last read; reports, and changes nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crmbridge.ledger import twins
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Twin
from crmbridge.model.canonical import Value
from crmbridge.sync.twoway import state
from crmbridge.sync.twoway.deciding import BATCH
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.pairs import Pair
from crmbridge.sync.twoway.sight import Seen, Sight

SAMPLES = 1_000
"""So many differences are named; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one record that the two sides show differently, and what is known of it.

    `why` is `question` (a person is asked), `waiting` (a write is under way), `own form` (a side shows the decision in
    its own way, or was left as it is by an undo), or `nobody knows`: it should not be.
    """

    kind: str
    record_id: str
    field: str
    left: Value
    right: Value
    why: str


@dataclass(slots=True)
class Compared:
    """How many records of a kind are equal, differ, or are on one side alone."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)


def compare(tx: LedgerTx, pair: Pair) -> Compared:
    """The whole comparison, from what was landed; nothing is asked of a vendor."""
    done = Compared({kind_name: Counter() for kind_name in pair.kinds})
    after = ""
    while page := twins.listing(tx, pair.name, limit=BATCH, after=after):
        after = page[-1].record_id
        for kind_name in pair.kinds:
            _compare(tx, pair, kind_name, [twin for twin in page if twin.kind == kind_name], done)
    return done


def _compare(tx: LedgerTx, pair: Pair, kind_name: str, found: list[Twin], done: Compared) -> None:
    shown = {side: _seen(tx, pair, side, kind_name, found) for side in Side} if found else {}
    for twin in found:
        left, right = (_at(shown[side], twin, side) for side in Side)
        if left is None or right is None:
            where = "only left" if left else "only right" if right else "gone"
            done.counts[kind_name][where] += 1
            continue
        differing = [*_differing(twin, left, right, pair)]
        done.counts[kind_name]["different" if differing else "equal"] += 1
        done.differences += differing[: max(0, SAMPLES - len(done.differences))]


def _seen(tx: LedgerTx, pair: Pair, side: Side, kind_name: str, found: list[Twin]) -> dict[str, Seen]:
    end = pair.end(side)
    sight = Sight(tx, end, kind_name, frozenset(pair.rules[kind_name]))
    places = [twin.left if side is Side.LEFT else twin.right for twin in found]
    ids = sorted({place.external_id for place in places if place is not None})
    seen: dict[str, Seen] = {}
    for compiled in end.objects(kind_name):
        seen |= sight.see(compiled.object, ids)
    return seen


def _at(shown: Mapping[str, Seen], twin: Twin, side: Side) -> Seen | None:
    place = twin.left if side is Side.LEFT else twin.right
    seen = None if place is None else shown.get(place.external_id)
    return None if seen is None or seen.is_deleted else seen


def _differing(twin: Twin, left: Seen, right: Seen, pair: Pair) -> Iterator[Difference]:
    fields = state.load(twin.fields)
    for name in sorted(left.values.keys() & right.values.keys()):
        if left.values[name] == right.values[name]:
            continue
        one = fields.get(name, state.NOTHING)
        if one.is_open:
            why = "question"
        elif one.acked:
            why = "own form"
        elif twin.behind:
            why = "waiting"
        else:
            why = "nobody knows"
        writable = any(name in pair.end(side).writable(twin.kind) for side in Side)
        if writable:
            yield Difference(twin.kind, twin.record_id, name, left.values[name], right.values[name], why)
