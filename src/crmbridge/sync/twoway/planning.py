"""What is to be written so that both sides show what is decided: worked out from what is remembered, sent by nobody.

A side that does not have the record gets it whole, under an external key that is the same however often this is worked
out, and whatever the ledger has forgotten; a side that shows something else gets what differs; a side whose record is
the other's deleted one loses it, where the pair says so. What is waiting for an answer is left alone, and so is a write
that the vendor refused and that has not changed since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from crmbridge.ledger import likenesses, outbox, streams, twins
from crmbridge.ledger.outbox import Op, Write
from crmbridge.ledger.payloads import encode_payload
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Place, Twin
from crmbridge.mapping.outcome import Failed
from crmbridge.model.canonical import Value
from crmbridge.model.errors import render
from crmbridge.sync import own_creates
from crmbridge.sync.twoway import conversions, making, mirroring, state
from crmbridge.sync.twoway.deciding import BATCH
from crmbridge.sync.twoway.making import Home
from crmbridge.sync.twoway.merging import UNSEEN, Side, Unseen
from crmbridge.sync.twoway.mirror import EVERYBODY
from crmbridge.sync.twoway.one_way import OWNER, TYPE, Recipient
from crmbridge.sync.twoway.pairs import Pair
from crmbridge.sync.twoway.sight import Seen, Sight
from crmbridge.sync.twoway.state import NOTHING, FieldState
from crmbridge.sync.twoway.tidying import is_alike

_CONVERTED_THERE = (
    "{other} has converted it, and what it has become is carried: convert it here by hand, into what is there already"
)
_STAYS = "its lead was deleted in the other system; here it has become something, and stays"
NEW = "new"
"""Why a field of a record that is made is written: the other side has the record."""


@dataclass(frozen=True, slots=True)
class Held:
    """A write that cannot be made, and why: a template over `params`. `about` is the field it is about."""

    record_id: str
    side: Side
    about: str | None
    template: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """What is to be written, in the order in which it can be, and what cannot be."""

    writes: list[Write] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


def draft(tx: LedgerTx, pair: Pair, *, now_us: int) -> Draft:
    """Everything that both sides lack. Records that others point at come first, and are deleted last."""
    found = Draft()
    by_kind: dict[str, list[Twin]] = {}
    after = 0
    while page := twins.behind(tx, pair.name, limit=BATCH, after=after):
        after = page[-1].id
        for twin in page:
            if twin.state == "linked":
                by_kind.setdefault(twin.kind, []).append(twin)
    if pair.deletes:
        for twin in _widowed(tx, twins.half_gone(tx, pair.name)):
            by_kind.setdefault(twin.kind, []).append(twin)
    for kind_name in pair.kinds:
        rows = by_kind.get(kind_name, [])
        for start in range(0, len(rows), BATCH):
            _draft_batch(tx, pair, kind_name, rows[start : start + BATCH], found=found, now_us=now_us)
    deletions = [write for write in found.writes if write.op == "delete"]
    others = [write for write in found.writes if write.op != "delete"]
    deletions.sort(key=lambda write: -pair.kinds.index(write.kind))
    found.writes = [*others, *deletions]
    return found


def _widowed(tx: LedgerTx, half_gone: Sequence[Twin]) -> list[Twin]:
    """Those whose other record somebody deleted; what we deleted ourselves says nothing of the one that is back."""
    ours = {
        (write.twin_id, f"{write.side}_gone")
        for write in outbox.of_twins(tx, [twin.id for twin in half_gone], ("sent", "unknown", "applied"))
        if write.op == "delete"
    }
    return [twin for twin in half_gone if (twin.id, twin.state) not in ours]


def _draft_batch(tx: LedgerTx, pair: Pair, kind_name: str, rows: Sequence[Twin], *, found: Draft, now_us: int) -> None:
    earlier: dict[tuple[int, str], list[Write]] = {}
    for write in outbox.of_twins(tx, [twin.id for twin in rows], ("sent", "unknown", "rejected")):
        earlier.setdefault((write.twin_id or 0, write.side or ""), []).append(write)
    for side in Side:
        drafter = _Drafter(tx, pair, kind_name, side, rows, now_us)
        for twin in rows:
            before = earlier.get((twin.id, side.value), [])
            if any(write.is_doubted for write in before):
                continue
            drafter.made = _made(earlier.get((twin.id, side.other.value), []))
            made = drafter.write(twin, next((write.key for write in before if write.op == "create"), None))
            if made is not None:
                again = next((one for one in before if one.state == "rejected" and _same(one, made)), None)
                if again is None:
                    found.writes.append(made)
                else:
                    why = "it was refused and has not changed since: {reason}"
                    found.held.append(Held(twin.record_id, side, None, why, {"reason": _reason(again)}))
        found.held += drafter.held


def _reason(write: Write) -> str:
    """Why the vendor refused a write, in its words."""
    if write.told is None:
        return "-"
    template, params, *_ = orjson.loads(write.told)
    return render(template, params)


def _made(writes: Sequence[Write]) -> dict[str, list[Value]]:
    """What a record was made with that is there although nobody answered: whoever deleted it had seen that."""
    made: dict[str, list[Value]] = {}
    for write in writes:
        for line in orjson.loads(write.lines) if write.op == "create" and write.state != "rejected" else ():
            made.setdefault(line["field"], []).append(state.value_of(line["to"]))
    return made


def _same(one: Write, other: Write) -> bool:
    """Whether the vendor would be asked the same of the same record; one that has changed since may take it now."""
    asked, again = ((it.op, it.external_id, it.base_revision, it.fields) for it in (one, other))
    return asked == again


class _Drafter:
    """Works out the writes to one side, for a batch of twins of one kind."""

    def __init__(  # noqa: PLR0917 - one place makes it
        self, tx: LedgerTx, pair: Pair, kind_name: str, side: Side, rows: Sequence[Twin], now_us: int
    ) -> None:
        self._pair, self._kind, self._side, self._now_us = pair, kind_name, side, now_us
        self._end = pair.end(side)
        self._sight = Sight(tx, self._end, kind_name, frozenset(pair.rules[kind_name]))
        giver = pair.end(side.other)
        ids = {one.object: streams.find(tx, giver.connection_id, one.object) for one in giver.objects(kind_name)}
        self._objects = {stream_id: name for name, stream_id in ids.items()}
        self._orphans = own_creates.orphans(tx, [twin.record_id for twin in rows])
        self._alike = {} if pair.create_probable else likenesses.holding(tx, pair.name, [one.record_id for one in rows])
        self._fields = {twin.id: state.load(twin.fields) for twin in rows}
        self._seen = self._sight.at(self._end.objects(kind_name), (twin.at(side) for twin in rows))
        gone = [twin.at(side.other) for twin in rows if twin.state == f"{side.other.value}_gone"]
        last = Sight(tx, giver, kind_name, frozenset(pair.rules[kind_name]))
        self._last = last.at(giver.objects(kind_name), gone) if pair.deletes and gone else {}
        self._become = conversions.become(tx, giver, kind_name, rows)
        self._has_boards = pair.mirror.has_boards(one.object for one in self._end.objects(kind_name))
        self._owners = mirroring.owners(tx, kind_name, [one.record_id for one in rows]) if self._has_boards else {}
        self._boards = mirroring.boards_of(tx, pair.mirror, {*self._owners.values()})
        self.held: list[Held] = []
        self.made: Mapping[str, Sequence[Value]] = {}
        self._sight.know((name, one.decided) for fields in self._fields.values() for name, one in fields.items())

    def write(self, twin: Twin, key: str | None = None) -> Write | None:
        """What this side lacks of a twin; None where that is nothing. `key` is what it was tried to be made under."""
        place = twin.at(self._side)
        if twin.state == f"{self._side.other.value}_gone":
            return self._widow(twin, place) if self._pair.deletes and place is not None else None
        if twin.state != "linked" or not twin.behind & self._side.bit:
            return None
        if place is None:
            return self._create(twin, key)
        seen = self._seen.get(place.external_id)
        if seen is None or seen.is_deleted or seen.has_become:
            return None
        if twin.id in self._become:
            params = {"other": self._pair.end(self._side.other).connection}
            self.held.append(Held(twin.record_id, self._side, None, _CONVERTED_THERE, params))
        return self._update(twin, seen)

    def _update(self, twin: Twin, seen: Seen) -> Write | None:
        fields = self._fields[twin.id]
        wanted: dict[str, Value] = {}
        lines: list[dict[str, object]] = []
        compiled = self._end.mapping.object(seen.object)
        for name, one in sorted(fields.items()):
            decided = UNSEEN if self._side in one.acked else self._wanted(name, one)
            if isinstance(decided, Unseen) or name not in seen.values or seen.values[name] == decided:
                continue
            shows = self._sight.shows(seen, name, decided)
            if isinstance(shows, Unseen):
                self._hold(twin, self._sight.written(compiled, {name: decided}, beside=seen), name)
            elif shows != seen.values[name]:
                wanted[name] = decided
                lines.append(self._line(name, seen.values[name], decided, one) | {"shows": shows})
        if not wanted:
            return None
        written = self._sight.written(compiled, wanted, beside=seen)
        if isinstance(written, Failed):
            self._hold(twin, written)
            return None
        before = {name: seen.payload.get(name) for name in written}
        return self._write(
            twin, "update", compiled.object, seen.external_id, lines, written, before, revision=seen.revision
        )

    def _create(self, twin: Twin, key: str | None) -> Write | None:
        if twin.record_id in self._orphans:
            why = "crmbridge made it for a record that this ledger, restored from a backup, has not seen"
            self.held.append(Held(twin.record_id, self._side, None, why))
            return None
        if twin.record_id in self._alike:
            why = "this system probably has it already: suggestion {number} of crmbridge links shows both"
            self.held.append(Held(twin.record_id, self._side, None, why, {"number": self._alike[twin.record_id]}))
            return None
        given: dict[str, Value] = {
            name: decided
            for name, one in self._fields[twin.id].items()
            if not isinstance(decided := self._wanted(name, one), Unseen) and decided is not None
        }
        least = len(self.held) + 1
        board = self._board(twin)
        for home in () if isinstance(board, Held) else making.homes(self._end, self._kind, given, board):
            made = self._made_in(twin, home, given, key)
            if made is not None:
                del self.held[least - 1 :]
                return made
            del self.held[least:]  # why the best of several objects cannot hold it
        if isinstance(board, Held):
            self.held.append(board)
        elif len(self.held) < least:
            why = "{connection} has no object for this record: {what}"
            params: dict[str, object] = {"connection": self._end.connection, "what": given.get(TYPE)}
            self.held.append(Held(twin.record_id, self._side, None, why, params))
        return None

    def _widow(self, twin: Twin, place: Place) -> Write | None:
        """What becomes of a record whose peer was deleted: it is deleted too, or shows that it is cancelled."""
        if not self._pair.mirror.cancels:
            return self._delete(twin, place)
        seen = self._seen.get(place.external_id)
        return None if seen is None or seen.is_deleted else self._update(twin, seen)

    def _board(self, twin: Twin) -> str | Held | None:
        """The object of the one whose record it is, where each has one; what holds it where nobody says which."""
        if not self._has_boards:
            return None
        who = self._owners.get(twin.record_id)
        board = self._pair.mirror.boards.get(EVERYBODY) if who is None else self._boards.get(who)
        if board is not None:
            return board
        if who is None:
            return Held(twin.record_id, self._side, OWNER, "nobody owns it, and no board is for everybody")
        return Held(twin.record_id, self._side, OWNER, "no board is for {who}", {"who": who})

    def _made_in(self, twin: Twin, home: Home, given: Mapping[str, Value], key: str | None) -> Write | None:
        """The write that makes a record in one object; None, and what keeps it, where that cannot be."""
        compiled, fields = home.compiled, self._fields[twin.id]
        left_out: dict[str, Failed] = {}
        while True:
            written = self._sight.written(compiled, {k: v for k, v in home.wanted.items() if k not in left_out})
            if isinstance(written, Failed):
                failed = {one.field: Failed((one,)) for one in written.failures}
                bad = failed.keys() & home.wanted.keys() - left_out.keys()
                if not bad or any(compiled.kind.fields[name].required for name in bad):
                    self._hold(twin, written)
                    return None
                left_out |= {name: failed[name] for name in bad}
                continue
            lacking = making.lacking(self._end, compiled, written)
            if lacking is None:
                break
            if lacking in left_out and lacking != OWNER:
                self._hold(twin, left_out[lacking])
                return None
            other = home.with_text(lacking, given)
            if other is None:
                why = making.why_lacking(lacking, home.wanted.get(lacking))
                self.held.append(Held(twin.record_id, self._side, lacking, why.template, why.params))
                return None
            home = other
        names = (home.wanted.keys() | home.shown.keys()) - left_out.keys()
        lines = [
            self._line(name, None, given.get(name), fields.get(name, NOTHING)) | {"why": NEW} | _shows(name, home.shown)
            for name in sorted(names)
        ]
        filled = {name: value for name, value in written.items() if value is not None}
        return self._write(twin, "create", compiled.object, None, lines, filled, None, key=key)

    def _key(self, twin: Twin) -> str:
        """The external key of what is written here for a twin: the place of its other record."""
        giver = self._pair.end(self._side.other)
        place = twin.at(self._side.other)
        if place is None:
            return own_creates.external_key(self._kind, "", "", twin.record_id)
        turn = f"#{self._end.turn}" if isinstance(self._end, Recipient) and self._end.turn else ""
        named = (giver.connection, self._objects[place.stream_id], place.external_id + turn)
        return own_creates.external_key(self._kind, *named)

    def _delete(self, twin: Twin, place: Place) -> Write | None:
        seen = self._seen.get(place.external_id)
        if seen is None or seen.is_deleted:
            return None
        if seen.has_become:
            self.held.append(Held(twin.record_id, self._side, None, _STAYS))
            return None
        fields = self._fields[twin.id]
        moved = [name for name, value in seen.values.items() if self._is_unseen(value, fields.get(name))]
        moved = [name for name in moved if seen.values[name] not in self.made.get(name, ())]
        gone = twin.at(self._side.other)
        last = None if gone is None else self._last.get(gone.external_id)
        there = {} if last is None else last.values  # as it was read last: whoever deleted it had seen that, or more
        moved = [name for name in moved if name not in there or not is_alike(seen.values[name], there[name])]
        if moved:
            why = "it was deleted on one side and edited on the other since: {fields}"
            self.held.append(Held(twin.record_id, self._side, moved[0], why, {"fields": ", ".join(sorted(moved))}))
            return None
        return self._write(
            twin, "delete", seen.object, seen.external_id, [], {}, dict(seen.payload), revision=seen.revision
        )

    def _is_unseen(self, value: Value, one: FieldState | None) -> bool:
        """Whether the other side was deleted by somebody who cannot have seen what this one shows."""
        if one is None or isinstance(one.decided, Unseen):
            return value is not None  # the two were never merged
        is_taken = self._side in one.acked and value == one.known(self._side)
        is_here = is_taken or is_alike(value, one.decided)
        there = one.known(self._side.other)
        was_there = self._side.other in one.acked or (not isinstance(there, Unseen) and is_alike(there, one.decided))
        return not (is_here and (was_there or value is None))

    def _wanted(self, name: str, one: FieldState) -> Value | Unseen:
        """What this side should show of a field; UNSEEN where nothing is decided or nothing can be written."""
        if one.is_open or name not in self._end.writable(self._kind):
            return UNSEEN
        return one.decided

    def _hold(self, twin: Twin, failed: object, name: str | None = None) -> None:
        """This write, or this field of it, cannot be made; a failure of the mapping says why."""
        if isinstance(failed, Failed):
            first = failed.failures[0]
            why, params = first.failure.template, dict(first.failure.params)
            self.held.append(Held(twin.record_id, self._side, name or first.field, why, params))
        else:
            why = "this system would show {field} as something else"
            self.held.append(Held(twin.record_id, self._side, name, why, {"field": name}))

    def _line(self, name: str, old: Value, new: Value, one: FieldState) -> dict[str, object]:
        """One field of a write, for people and for what comes after: who wants it is the side that shows it."""
        other = one.known(self._side.other)
        who = self._side.other.value if other == one.decided else "decided"
        return {
            "field": name,
            "from": old,
            "to": new,
            "who": who,
            "why": str(self._pair.rules[self._kind][name].policy),
        }

    def _write(  # noqa: PLR0917 - the columns of a write
        self,
        twin: Twin,
        op: Op,
        object_name: str,
        external_id: str | None,
        lines: Sequence[Mapping[str, object]],
        written: Mapping[str, object],
        before: Mapping[str, object] | None,
        *,
        revision: str | None = None,
        key: str | None = None,
    ) -> Write:
        return Write(
            plan_id=0,
            connection_id=self._end.connection_id,
            object=object_name,
            kind=self._kind,
            op=op,
            key=key or self._key(twin),
            record_id=twin.record_id,
            twin_id=twin.id,
            side=self._side.value,
            external_id=external_id,
            base_revision=revision,
            lines=orjson.dumps(lines).decode(),
            fields=_json(written),
            before=None if before is None else _json(before),
            made_us=self._now_us,
        )


def _shows(name: str, shown: Mapping[str, Value]) -> dict[str, object]:
    return {"shows": shown[name]} if name in shown else {}


def _json(fields: Mapping[str, object]) -> str:
    return encode_payload(dict(fields)).decode()
