"""Compares everything that both sides of a pair show, as it was last read; reports, and changes nothing.

Of each difference it says what is decided and why a side shows something else, of each record that only one side has
why the other has none. What nothing explains should not be: whoever finds one looks at it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from crmbridge.adapter.contract import Counts
from crmbridge.ledger import outbox, raw, streams, twins
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Twin
from crmbridge.model.canonical import Value
from crmbridge.sync.answers import answering
from crmbridge.sync.twoway import planning, state
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.deciding import BATCH
from crmbridge.sync.twoway.merging import UNSEEN, Side, Unseen
from crmbridge.sync.twoway.pairs import Pair
from crmbridge.sync.twoway.planning import Held
from crmbridge.sync.twoway.sight import Seen, Sight
from crmbridge.sync.twoway.state import FieldState

SAMPLES = 1_000
"""So many differences, and so many records of one side, are named; all of them are counted."""

Why = Literal[
    "question",
    "waiting",
    "held back",
    "not merged yet",
    "own form",
    "cannot be written",
    "deleted there",
    "kept apart",
    "not made there",
    "nobody knows",
]
"""Why two sides differ.

| word | what it says |
| --- | --- |
| question | a person is asked |
| waiting | the next plan writes it |
| held back | it cannot be written, for the reason beside it |
| not merged yet | it was read after the last merge |
| own form | a side shows the decision in its own way, or was left as it is by an undoing |
| cannot be written | the mapping of that side cannot write the field |
| deleted there | somebody has deleted the other one, and the pair does not carry that over, or has not yet |
| kept apart | one of the two was deleted or taken back, and nobody makes it again |
| not made there | the pair makes no records on that side |
| nobody knows | nothing of this explains it: it should not be |
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one record that the two sides show differently; `holds` is what is decided, UNSEEN for nothing."""

    kind: str
    record_id: str
    field: str
    left: Value
    right: Value
    ids: tuple[str, str]
    holds: Value | Unseen
    why: Why
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """An object of one side: how many records are kept of it, and how many its system counts now; None: it cannot.

    `left_out` are those that take no part: not merged yet, not readable, or a second one of what this side has already.
    """

    connection: str
    object: str
    kind: str
    here: int
    there: int | None
    left_out: int


@dataclass(frozen=True, slots=True)
class Alone:
    """A record that only one side has."""

    kind: str
    record_id: str
    side: Side
    external_id: str
    why: Why
    held: Held | None = None


@dataclass(slots=True)
class Compared:
    """How many records of a kind are equal, differ, are on one side alone, cannot be read, or are gone on both sides.

    `why` counts every difference and every record of one side by its reason, `places` for each stream the records that
    took part.
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    alone: list[Alone] = field(default_factory=list)
    why: Counter[str] = field(default_factory=Counter)
    places: Counter[int | None] = field(default_factory=Counter)


def compare(tx: LedgerTx, pair: Pair, *, now_us: int) -> Compared:
    """The whole comparison, from what was landed; nothing is asked of a vendor."""
    comparing = _Comparing(tx, pair, now_us)
    after = ""
    while page := twins.listing(tx, pair.name, limit=BATCH, after=after):
        after = page[-1].record_id
        for kind_name in pair.kinds:
            if some := [twin for twin in page if twin.kind == kind_name]:
                comparing.compare(kind_name, some)
    return comparing.done


def sources(tx: LedgerTx, pair: Pair, targets: Sequence[Target], done: Compared) -> list[Source]:
    """What was read of both systems, and what they count now where they can be asked: one call for each object."""
    found = []
    for target in targets:
        for kind_name in pair.kinds:
            for compiled in () if target.end is None else target.end.objects(kind_name):
                name, session = compiled.object, target.session
                here, there = raw.count(tx, session.connection_id, name), None
                if isinstance(target.adapter, Counts):
                    with answering(session.connection):
                        there = target.adapter.count(name)
                stream_id = streams.find(tx, session.connection_id, name)
                found.append(Source(session.connection, name, kind_name, here, there, here - done.places[stream_id]))
    return found


class _Comparing:
    """Both sides of a pair, compared batch by batch."""

    def __init__(self, tx: LedgerTx, pair: Pair, now_us: int) -> None:
        self._tx, self._pair = tx, pair
        self.done = Compared({kind_name: Counter() for kind_name in pair.kinds})
        draft = planning.draft(tx, pair, now_us=now_us)
        self._planned = {(write.record_id, write.side) for write in draft.writes}
        self._held_back = {(one.record_id, one.side, one.about): one for one in draft.held}
        self._held_back |= {(one.record_id, one.side, None): one for one in draft.held}
        self._sights: dict[Side, Sight] = {}

    def compare(self, kind_name: str, found: Sequence[Twin]) -> None:
        """Compares records of a kind."""
        counts = self.done.counts[kind_name]
        shown: dict[Side, dict[str, Seen]] = {}
        for side in Side:
            end = self._pair.end(side)
            sight = self._sights[side] = Sight(self._tx, end, kind_name, frozenset(self._pair.rules[kind_name]))
            ids = sorted({place.external_id for twin in found if (place := twin.at(side)) is not None})
            shown[side] = {}
            for compiled in end.objects(kind_name):
                shown[side] |= sight.see(compiled.object, ids)
        for twin in found:
            seen = {side: _at(shown[side], twin, side) for side in Side}
            self._count(twin, seen)
            if twin.state == "linked" and any(twin.at(side) and seen[side] is None for side in Side):
                counts["unreadable"] += 1
                continue
            live = {side: one for side, one in seen.items() if one is not None and not one.is_deleted}
            if len(live) < len(Side):
                self._one_side(twin, live, counts)
                continue
            differing = [*self._differing(twin, live)]
            counts["different" if differing else "equal"] += 1
            self.done.why.update(one.why for one in differing)
            self.done.differences += differing[: max(0, SAMPLES - len(self.done.differences))]

    def _count(self, twin: Twin, seen: Mapping[Side, Seen | None]) -> None:
        for side, one in seen.items():
            place = twin.at(side)
            if place is not None and (one is None or not one.is_deleted):
                self.done.places[place.stream_id] += 1

    def _one_side(self, twin: Twin, live: Mapping[Side, Seen], counts: Counter[str]) -> None:
        if not live:
            counts["gone"] += 1
            return
        ((side, seen),) = live.items()
        counts[f"only {side.value}"] += 1
        held = self._held(twin, side.other) or self._held(twin, side)
        one = Alone(twin.kind, twin.record_id, side, seen.external_id, self._why_alone(twin, side, held), held)
        self.done.why[one.why] += 1
        self.done.alone += [one] if len(self.done.alone) < SAMPLES else []

    def _why_alone(self, twin: Twin, side: Side, held: Held | None) -> Why:
        if held is not None:
            return "held back"
        if twin.state == f"{side.other.value}_gone":
            return "kept apart" if self._is_ours(twin, side.other) else "deleted there"
        if twin.state != "linked":
            return "kept apart"
        if side.other not in self._pair.creates:
            return "not made there"
        return "waiting" if twin.behind & side.other.bit else "nobody knows"

    def _held(self, twin: Twin, side: Side, name: str | None = None) -> Held | None:
        """Why a field is not written on that side, or the record as a whole; None where it is, or nobody says."""
        one = self._held_back.get((twin.record_id, side, name))
        if one is not None or (twin.record_id, side.value) in self._planned:
            return one
        return self._held_back.get((twin.record_id, side, None))

    def _is_ours(self, twin: Twin, side: Side) -> bool:
        """Whether it was we who deleted the record on that side."""
        writes = outbox.of_twins(self._tx, [twin.id], ("sent", "unknown", "applied"))
        return any(write.op == "delete" and write.side == side.value for write in writes)

    def _differing(self, twin: Twin, live: Mapping[Side, Seen]) -> Iterator[Difference]:
        left, right = live[Side.LEFT], live[Side.RIGHT]
        fields = state.load(twin.fields)
        for name in sorted(left.values.keys() & right.values.keys()):
            if left.values[name] == right.values[name]:
                continue
            one = fields.get(name, state.NOTHING)
            why, held = self._why(twin, name, one, live)
            holds = UNSEEN if one.is_open else one.decided
            ids = (left.external_id, right.external_id)
            yield Difference(
                twin.kind, twin.record_id, name, left.values[name], right.values[name], ids, holds, why, held
            )

    def _why(self, twin: Twin, name: str, one: FieldState, live: Mapping[Side, Seen]) -> tuple[Why, Held | None]:
        if one.is_open:
            return "question", None
        if any(_is_new(twin, side, seen) for side, seen in live.items()):
            return "not merged yet", None
        late = [] if one.acked else self._late(name, one.decided, live)
        if not late:
            return "own form", None
        held = next((held for side in late if (held := self._held(twin, side, name))), None)
        if held is not None:
            return "held back", held
        if any(name not in self._pair.end(side).writable(twin.kind) for side in late):
            return "cannot be written", None
        return ("waiting" if any(twin.behind & side.bit for side in late) else "nobody knows"), None

    def _late(self, name: str, decided: Value | Unseen, live: Mapping[Side, Seen]) -> list[Side]:
        """The sides that show something else than what is decided, in whatever form."""
        found = []
        for side, seen in live.items():
            self._sights[side].know([(name, decided)])
            if seen.values[name] not in {decided, self._sights[side].shows(seen, name, decided)}:
                found.append(side)
        return found


def _at(shown: Mapping[str, Seen], twin: Twin, side: Side) -> Seen | None:
    place = twin.at(side)
    return None if place is None else shown.get(place.external_id)


def _is_new(twin: Twin, side: Side, seen: Seen) -> bool:
    """Whether a side was read anew since it was merged."""
    place = twin.at(side)
    return place is not None and None not in {place.revision, seen.revision} and place.revision != seen.revision
