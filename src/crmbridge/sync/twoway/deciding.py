"""Merges what was touched: looks at both sides of each record, decides every field, and remembers what was seen.

One transaction for a batch: the decisions, what each side was seen with, the conflicts, and that the records have been
looked at. Killed anywhere it has happened or not; done again it changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from crmbridge.ledger import links, outbox, raw, streams, touches, twins
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Place, State, Twin
from crmbridge.model.canonical import Value
from crmbridge.sync.twoway import conversions, elsewhere, habits, mirror, mirroring, state
from crmbridge.sync.twoway.becoming import LEAD
from crmbridge.sync.twoway.disagreements import Disagreement, keep
from crmbridge.sync.twoway.elsewhere import Elsewhere
from crmbridge.sync.twoway.merging import UNSEEN, Held, Merged, Side, Unseen, Who, merge
from crmbridge.sync.twoway.pairs import End, Pair
from crmbridge.sync.twoway.sight import Seen, Sight
from crmbridge.sync.twoway.state import NOTHING, FieldState
from crmbridge.sync.twoway.tidying import Keeps

BATCH = 500
_EDITED = frozenset({Who.LEFT, Who.RIGHT})
LANDS_WITHIN_US = 86_400_000_000
"""What was sent longer ago may still land, but nobody is told of it at each edit."""
Late = Mapping[tuple[int, str], Mapping[str, Mapping[Value, int]]]
"""(twin, side) -> for each field the values that were sent and never heard of, and when."""


@dataclass(slots=True)
class Decided:
    """What a merge did: records looked at, fields that got another value, conflicts by whether somebody won.

    `changed` are the records among them that were known and that somebody has edited since.
    """

    records: int = 0
    changed: int = 0
    decisions: int = 0
    conflicts: int = 0
    open: int = 0

    def add(self, other: "Decided") -> None:
        """Counts both together."""
        self.records += other.records
        self.changed += other.changed
        self.decisions += other.decisions
        self.conflicts += other.conflicts
        self.open += other.open


@dataclass(slots=True)
class _Batch:
    """Records of one kind, each with its twin, where both ends hold it, and what both show."""

    kind: str
    twins: dict[str, Twin]
    places: dict[Side, dict[str, tuple[int, str, str]]]
    sights: dict[Side, Sight]
    seen: dict[Side, dict[tuple[str, str], Seen]] = field(default_factory=dict)
    keeps: dict[Side, dict[str, Keeps]] = field(default_factory=dict)
    elsewhere: Elsewhere = field(default_factory=Elsewhere)

    def sight(self, side: Side, record_id: str) -> tuple[Place | None, Seen | None]:
        """Where that side holds a record, and what it shows there."""
        held = self.places[side].get(record_id)
        if held is None:
            return None, None
        stream_id, object_name, external_id = held
        seen = self.seen[side].get((object_name, external_id))
        return Place(stream_id, external_id, seen.revision if seen else None), seen


def merge_touched(tx: LedgerTx, pair: Pair, *, now_us: int, limit: int = BATCH) -> Decided | None:
    """Merges up to `limit` touched records of each object; None where nothing was touched at all."""
    looked: list[tuple[int, int]] = []
    wanted: dict[str, set[str]] = {}
    for end in (pair.left, pair.right):
        for kind_name in pair.kinds:
            for compiled in end.objects(kind_name):
                stream_id = streams.ensure(tx, end.connection_id, compiled.object)
                ids, number = touches.touched(tx, pair.name, stream_id, limit=limit)
                if ids:
                    looked.append((stream_id, number))
                    found = links.resolve(tx, end.connection_id, compiled.object, ids)
                    wanted.setdefault(kind_name, set()).update(found.values())
    if not looked:
        return None
    done = Decided()
    if LEAD in wanted:
        conversions.follow(tx, pair, sorted(wanted[LEAD]), now_us=now_us)
    for kind_name in pair.kinds:
        if kind_name in wanted:
            done.add(merge_records(tx, pair, kind_name, sorted(wanted[kind_name]), now_us=now_us))
    for stream_id, number in looked:
        touches.looked(tx, pair.name, stream_id, number)
    return done


def merge_records(tx: LedgerTx, pair: Pair, kind_name: str, record_ids: Sequence[str], *, now_us: int) -> Decided:
    """Merges those records of a kind."""
    batch = _look(tx, pair, kind_name, record_ids, now_us=now_us)
    late = late_values(tx, [twin.id for twin in batch.twins.values() if twin.id])
    done = Decided(len(record_ids))
    changed: list[Twin] = []
    told: list[Disagreement] = []
    for record_id in record_ids:
        twin = batch.twins.get(record_id) or _new(pair, kind_name, record_id, now_us)
        merged = _merge_twin(tx, twin, batch, pair, late, now_us=now_us)
        if merged is None:
            continue
        after, decisions = merged
        if after != twin:
            changed.append(replace(after, changed_us=now_us))
        told += [made for rest in decisions if (made := Disagreement(record_id, *rest)).is_told]
        done.changed += bool(twin.id) and any(found.winner in _EDITED for _, _, found in decisions)
        done.decisions += sum(found.winner is not None for _, _, found in decisions)
    twins.put(tx, changed)
    keep(tx, pair, kind_name, told, now_us=now_us)
    done.conflicts = sum(not one.found.is_open for one in told)
    done.open = len(told) - done.conflicts
    return done


def late_values(tx: LedgerTx, twin_ids: Sequence[int]) -> Late:
    """What was sent to each side of those twins and never heard of: it may still land."""
    found: dict[tuple[int, str], dict[str, dict[Value, int]]] = {}
    for write in outbox.of_twins(tx, twin_ids, ("sent", "unknown")):
        fields = found.setdefault((write.twin_id or 0, write.side or ""), {})
        for line in orjson.loads(write.lines):
            value = state.load_value(orjson.dumps(line["to"]).decode())
            if not isinstance(value, Unseen):
                fields.setdefault(line["field"], {})[value] = write.sent_us or 0
    return found


def _look(tx: LedgerTx, pair: Pair, kind_name: str, record_ids: Sequence[str], *, now_us: int) -> _Batch:
    rules = frozenset(pair.rules[kind_name])
    batch = _Batch(kind_name, twins.of_records(tx, pair.name, record_ids), {}, {})
    batch.elsewhere = elsewhere.look(tx, pair.name, record_ids)
    for side in Side:
        end = pair.end(side)
        batch.places[side] = _places(tx, end, kind_name, record_ids, batch.twins)
        sight = batch.sights[side] = Sight(tx, end, kind_name, rules)
        by_object: dict[str, list[str]] = {}
        for _, object_name, external_id in batch.places[side].values():
            by_object.setdefault(object_name, []).append(external_id)
        batch.seen[side] = {
            (object_name, external_id): seen
            for object_name, ids in by_object.items()
            for external_id, seen in sight.see(object_name, ids).items()
        }
        shown = (seen.values for seen in batch.seen[side].values())
        batch.keeps[side] = habits.learned(tx, end, kind_name, shown, now_us=now_us)
        sight.know((name, one.decided) for twin in batch.twins.values() for name, one in _decided(twin))
    return batch


def _decided(twin: Twin) -> Iterable[tuple[str, FieldState]]:
    return ((name, one) for name, one in state.load(twin.fields).items() if one.decided is not UNSEEN)


def _places(
    tx: LedgerTx, end: End, kind_name: str, record_ids: Sequence[str], known: Mapping[str, Twin]
) -> dict[str, tuple[int, str, str]]:
    """Where an end holds each record: the place of its twin, else the first link to an object that the pair reads.

    One that is not there any more gives way to one that is.
    """
    objects = {compiled.object for compiled in end.objects(kind_name)}
    found: dict[str, tuple[int, str, str]] = {}
    there: dict[str, list[tuple[int, str, str]]] = {}
    for name in end.tables(kind_name):
        for record_id, held in links.places(tx, name, record_ids, end.connection_id).items():
            there.setdefault(record_id, []).extend(held)
    for record_id, held in there.items():
        fit = [place for place in held if place[1] in objects]
        twin = known.get(record_id)
        before = None if twin is None else twin.at(end.side)
        if len(fit) > 1:
            dead = _dead(tx, end, fit)
            fit = [place for place in fit if place not in dead] or fit
        same = [place for place in fit if before is not None and place[2] == before.external_id]
        if fit:
            found[record_id] = (same or fit)[0]
    return found


def _dead(tx: LedgerTx, end: End, places: Sequence[tuple[int, str, str]]) -> set[tuple[int, str, str]]:
    """Those of a record's places where it was deleted."""
    return {
        place
        for place in places
        for item in raw.fetch(tx, end.connection_id, place[1], [place[2]])
        if item.record.deleted
    }


def _new(pair: Pair, kind_name: str, record_id: str, now_us: int) -> Twin:
    return Twin(0, pair.name, kind_name, record_id, None, None, "linked", "{}", 0, 0, now_us)


def _merge_twin(
    tx: LedgerTx, twin: Twin, batch: _Batch, pair: Pair, late: Late, *, now_us: int
) -> tuple[Twin, list[tuple[str, FieldState, Merged]]] | None:
    """The twin after the merge and the decision on each field; None where no side shows the record now."""
    sides = {side: batch.sight(side, twin.record_id) for side in Side}
    places = {side: place for side, (place, _) in sides.items()}
    gone = {side for side, (_, seen) in sides.items() if seen is not None and seen.is_deleted}
    shown = {side: seen for side, (_, seen) in sides.items() if seen is not None and not seen.is_deleted}
    if not shown and not gone:
        return None
    lost = _made_again(tx, twin, gone, shown, pair)
    if lost is not None:
        gone, places[lost] = set(), None
    if gone or not shown:
        left, right = _unmerged(twin.left, places[Side.LEFT]), _unmerged(twin.right, places[Side.RIGHT])
        kept = _cancelled(twin, gone, shown, pair)
        return replace(twin, left=left, right=right, state=_state(twin.state, gone), fields=kept), []
    after = replace(twin, left=places[Side.LEFT], right=places[Side.RIGHT], state=_state(twin.state, gone))
    fields = state.load(twin.fields)
    if pair.mirror.cancels and twin.state in {"left_gone", "right_gone"}:
        fields.pop(mirror.STATUS, None)  # it is back: nobody has said yet that it is cancelled
    decisions: list[tuple[str, FieldState, Merged]] = []
    behind = 0
    overtaken = {side for side, seen in shown.items() if _is_merged(twin, side, seen)}
    for name, rule in pair.rules[batch.kind].items():
        before = fields.get(name, NOTHING)
        held = {
            side: _held(
                twin,
                seen,
                name,
                before,
                batch,
                side,
                late=late.get((twin.id, side.value), {}).get(name, {}),
                now_us=now_us,
            )
            for side, seen in shown.items()
            if name in seen.values and not (side in overtaken and side in before.unread)
        }
        found = merge(
            before.decided,
            held.get(Side.LEFT),
            held.get(Side.RIGHT),
            rule,
            decided_us=before.since_us or None,
            is_open=before.is_open,
        )
        fields[name] = now = _after(before, found, held, now_us)
        decisions.append((name, before, found))
        behind |= _behind(now, shown, name, batch)
    become = {side for side, seen in shown.items() if seen.has_become}
    missing = {side for side in Side if places[side] is None and side in pair.creates and not become}
    missing = {side for side in missing if pair.mirror.wants(twin.kind, shown[side.other].values)}
    left_over = {side for side in shown if side.other in become and side not in become}
    behind = sum(side.bit for side in {*missing, *left_over, *_sides(behind)} - become)
    is_open = sum(one.is_open for one in fields.values())
    return replace(after, fields=state.dump(fields), behind=behind, open=is_open), decisions


def _made_again(tx: LedgerTx, twin: Twin, gone: set[Side], shown: Mapping[Side, Seen], pair: Pair) -> Side | None:
    """The side on which a record is to be made again that somebody deleted there; None for all others."""
    if not pair.mirror.remakes or len(gone) != 1 or len(shown) != 1:
        return None
    (side,) = gone
    is_wanted = side in pair.creates and pair.mirror.wants(twin.kind, shown[side.other].values)
    return side if is_wanted and not mirroring.is_ours(tx, twin.id, side.value) else None


def _cancelled(twin: Twin, gone: set[Side], shown: Mapping[Side, Seen], pair: Pair) -> str:
    """The fields of a twin of which one side's record was deleted: where the pair says so it is cancelled."""
    fields = state.load(twin.fields)
    status = fields.get(mirror.STATUS)
    if not pair.mirror.cancels or len(gone) != 1 or len(shown) != 1 or status is None:
        return twin.fields
    ((side, seen),) = shown.items()
    if seen.values.get(mirror.STATUS) != mirror.OPEN or status.decided == mirror.CANCELLED:
        return twin.fields
    decided = replace(status, decided=mirror.CANCELLED, acked=status.acked - {side})
    return state.dump({**fields, mirror.STATUS: decided})


def _sides(bits: int) -> set[Side]:
    return {side for side in Side if bits & side.bit}


def _is_merged(twin: Twin, side: Side, seen: Seen) -> bool:
    """Whether what has landed of a side is what was merged before: older than whatever was written to it since."""
    place = twin.at(side)
    return place is not None and place.revision is not None and place.revision == seen.revision


def _unmerged(before: Place | None, now: Place | None) -> Place | None:
    """Where a side holds a record that is not merged now: what was merged last stays what it was."""
    is_same = before is not None and now is not None and before.external_id == now.external_id
    return before if is_same else None if now is None else replace(now, revision=None)


def _held(  # noqa: PLR0917 - one place makes it
    twin: Twin,
    seen: Seen,
    name: str,
    before: FieldState,
    batch: _Batch,
    side: Side,
    *,
    late: Mapping[Value, int],
    now_us: int,
) -> Held:
    sight, keeps = batch.sights[side], batch.keeps[side].get(name, Keeps.NOTHING)
    known, spot = before.known(side), (twin.record_id, sight.end.connection_id, name)
    over_late = batch.elsewhere.over_late.get(spot, ())
    late = batch.elsewhere.beside(late, spot, since_us=twin.changed_us)
    sent = {**late, **batch.elsewhere.wanted.get(spot, {})}
    shows = sight.shows(seen, name, before.decided)
    return Held(
        seen.values[name],
        known,
        shows,
        late,
        seen.modified_us if sight.end.stamps else None,
        side in before.acked,
        side in before.unread,
        keeps,
        is_unsighted=any(to == seen.values[name] and was != known for was, to in over_late),
        is_covered=any(
            value not in {before.decided, shows} and at_us > now_us - LANDS_WITHIN_US for value, at_us in sent.items()
        ),
    )


def _after(before: FieldState, found: Merged, held: Mapping[Side, Held], now_us: int) -> FieldState:
    """The field as it is remembered; a decision is as old as the edit that made it, where that is known."""
    since_us = before.since_us
    if found.winner in {Who.LEFT, Who.RIGHT}:
        winner = held.get(Side(str(found.winner)))
        since_us = winner.at_us if winner is not None and winner.at_us is not None else now_us
    left, right = (held[side].value if side in held else before.known(side) for side in Side)
    is_same = found.value == before.decided and not found.is_open
    moved = {side for side, one in held.items() if one.is_changed or one.is_late}
    acked = {side for side in before.acked if is_same and side not in moved}
    return FieldState(found.value, since_us, left, right, found.is_open, frozenset(acked), before.unread - held.keys())


def _behind(now: FieldState, shown: Mapping[Side, Seen], name: str, batch: _Batch) -> int:
    """The bits of the sides that do not show the decided value and could."""
    if now.is_open or now.decided is UNSEEN:
        return 0
    bits = 0
    for side, seen in shown.items():
        sight = batch.sights[side]
        if name not in seen.values or side in now.acked or name not in sight.end.writable(batch.kind):
            continue
        if seen.values[name] != now.decided and sight.shows(seen, name, now.decided) != seen.values[name]:
            bits |= side.bit
    return bits


def _state(before: State, gone: set[Side]) -> State:
    if before == "parted" and gone:
        return before  # one that is brought back alone stays alone
    if len(gone) == len(Side):
        return "parted"
    return f"{next(iter(gone)).value}_gone" if gone else "linked"  # type: ignore[return-value] # one of the four
