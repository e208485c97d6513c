"""Undoing a plan is a plan too: what was written is taken back to the image before it, where nobody was there since.

A field that shows something else than was written has been touched by a person: it is kept as it is, and told. A record
that was made is deleted again, unless somebody has filled in more of it; one that was deleted is made anew, since no
vendor brings one back under its old id. Only what was written is taken back, never what a person did: the two sides
then differ, and stay so until somebody edits either. A record that only one side has then is made on the other by
nobody: it stands for the same record of ours, so that the two are in step again once the other one is brought back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import links, outbox, plans, raw, twins
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.payloads import decode_payload, encode_payload
from crmbridge.ledger.plans import Plan
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.outcome import Failed
from crmbridge.model.canonical import Value
from crmbridge.sync.own_creates import external_key
from crmbridge.sync.twoway import notices, state
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.merging import UNSEEN, Side, Unseen
from crmbridge.sync.twoway.pairs import NEVER, End
from crmbridge.sync.twoway.sight import Seen, Sight
from crmbridge.sync.twoway.standing import DAY_US
from crmbridge.sync.twoway.state import FieldState, value_of
from crmbridge.sync.twoway.tidying import is_alike

UNDO = "undo:"
"""Before the scope of the plan that is undone."""
_TOUCHED = "somebody has touched it since"
_GONE = "the record is not there any more"
_UNHEARD = "nobody knows whether it was written: see crmbridge outbox"
_TOLD = "people were told, which cannot be taken back"
_MADE = "it was made anew by an earlier undoing, or may have been"
_BACK = "it is there again"
_NO_FIELD = "the source has no such field any more"
_UNREADABLE = "the mapping cannot read the record now"


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is not taken back, and why; `about` is the field, None for the record as a whole."""

    write: Write
    about: str | None
    reason: str


@dataclass(slots=True)
class Undoing:
    """The plan that takes a plan back; None where there is nothing to take back."""

    plan: Plan | None = None
    writes: list[Write] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


def undo(tx: LedgerTx, plan: Plan, targets: Sequence[Target], *, name: str, basis: str, now_us: int) -> Undoing:
    """Makes the plan that takes `plan` back, the last write first; it waits for a person, as any other."""
    made = Undoing()
    by_connection = {target.session.connection_id: target for target in targets}
    writes = [write for write in outbox.of_plan(tx, plan.id) if write.connection_id in by_connection]
    made.kept += [Kept(write, None, _UNHEARD) for write in writes if write.state in {"sent", "unknown"}]
    looks: dict[tuple[int, str, str], _Look] = {}
    applied = [write for write in reversed(writes) if write.state == "applied"]
    made.kept += [Kept(write, None, _TOLD) for write in applied if write.object == notices.OBJECT]
    applied = [write for write in applied if write.object != notices.OBJECT]
    for write in applied:
        key = (write.connection_id, write.object, write.kind)
        if key not in looks:
            end = by_connection[write.connection_id].end
            if end is None:
                raise TypeError("a target that is undone has an end")
            looks[key] = _Look.at(tx, end, [one for one in applied if _is_there(one, key)])
        anew = external_key(write.kind, plan.name, write.object, str(write.id))
        if write.op == "delete" and _is_made(tx, write, anew):
            made.kept.append(Kept(write, None, _MADE))
            continue
        found = looks[key].take_back(write, made.kept)
        if found is not None:
            made.writes.append(replace(found, key=anew, made_us=now_us))
    if made.writes:
        made.plan = _saved(tx, plan, made, name=name, basis=basis, now_us=now_us)
    return made


def _saved(tx: LedgerTx, undone: Plan, made: Undoing, *, name: str, basis: str, now_us: int) -> Plan:
    held: list[list[object]] = [[one.write.record_id, one.write.side, one.about, one.reason, {}] for one in made.kept]
    plan = Plan(
        name=name,
        scope=UNDO + undone.scope.removeprefix(UNDO),
        basis=basis,
        state="open",
        lines=len(made.writes),
        made_us=now_us,
        expires_us=now_us + DAY_US,
        undoes=undone.name,
        held=orjson.dumps(held).decode() if held else None,
    )
    plan_id = plans.add(tx, plan)
    made.writes = [replace(write, plan_id=plan_id) for write in made.writes]
    outbox.add(tx, made.writes)
    return replace(plan, id=plan_id)


def _is_made(tx: LedgerTx, write: Write, key: str) -> bool:
    """Whether an earlier undoing has made the deleted record anew, or may have."""
    return any(one.state != "rejected" for one in outbox.creates(tx, write.connection_id, [key]))


def _is_there(write: Write, key: tuple[int, str, str]) -> bool:
    return (write.connection_id, write.object, write.kind) == key


@dataclass(slots=True)
class _Look:
    """What one object shows now, beside what was written to it."""

    sight: Sight
    end: End
    records: Mapping[str, RawRecord]
    seen: Mapping[str, Seen]
    places: Mapping[str, Sequence[tuple[int, str, str]]]

    @classmethod
    def at(cls, tx: LedgerTx, end: End, writes: Sequence[Write]) -> "_Look":
        """Looks at the records of those writes."""
        first = writes[0]
        sight = Sight(tx, end, first.kind, end.readable(first.kind))
        ids = sorted({write.external_id for write in writes if write.external_id is not None})
        kept = raw.fetch(tx, end.connection_id, first.object, ids)
        records = {item.record.external_id: item.record for item in kept}
        deleted = [write.record_id for write in writes if write.op == "delete" and write.record_id is not None]
        places = links.places(tx, first.kind, deleted, end.connection_id) if deleted else {}
        return cls(sight, end, records, sight.seen_in([*records.values()]), places)

    def take_back(self, write: Write, kept: list[Kept]) -> Write | None:
        """The write that takes one back, None where nothing of it can be; what cannot is among `kept`."""
        if write.op == "delete":
            return self._made_anew(write, kept)
        record = self.records.get(str(write.external_id))
        if record is None or record.deleted:
            kept.append(Kept(write, None, _GONE))
            return None
        seen = self.seen.get(record.external_id)
        if seen is None:
            kept.append(Kept(write, None, _UNREADABLE))
            return None
        return self._deleted(write, seen, kept) if write.op == "create" else self._reverted(write, seen, kept)

    def _reverted(self, write: Write, seen: Seen, kept: list[Kept]) -> Write | None:
        lines = []
        before, sent = decode_payload((write.before or "{}").encode()), decode_payload(write.fields.encode())
        fields: dict[str, object] = {}
        for line in orjson.loads(write.lines):
            name = line["field"]
            if not _shows(line, seen):
                kept.append(Kept(write, name, _TOUCHED))
                continue
            written = self._vendor_fields(write, line, seen) & sent.keys()
            if written & self._gone(write):
                kept.append(Kept(write, name, _NO_FIELD))
                continue
            lines.append(_back(name, line["to"], line["from"]))
            fields |= {vendor: before.get(vendor) for vendor in written}
        if not lines:
            return None
        image = {vendor: seen.payload.get(vendor) for vendor in fields}
        return _like(write, "update", lines, fields, revision=seen.revision, before=image)

    def _vendor_fields(self, write: Write, line: Mapping[str, object], seen: Seen) -> set[str]:
        """The vendor's fields that a neutral one was written to."""
        compiled = self.end.mapping.object(write.object)
        found = self.sight.written(compiled, {str(line["field"]): value_of(line["to"])}, beside=seen)
        return set() if isinstance(found, Failed) else set(found)

    def _gone(self, write: Write) -> frozenset[str]:
        """The vendor's fields that the mapping reads and the source has no more."""
        return self.sight.gone.get(write.object, frozenset())

    def _deleted(self, write: Write, seen: Seen, kept: list[Kept]) -> Write | None:
        lines = orjson.loads(write.lines)
        written = {line["field"] for line in lines}
        twin = twins.by_id(self.sight.tx, [write.twin_id]).get(write.twin_id) if write.twin_id else None
        known = {} if twin is None else state.load(twin.fields)
        more = [
            name
            for name, value in seen.values.items()
            if name not in written
            and name not in _ANYHOW
            and not _was_there(value, known.get(name), write)
            and not ("full_name" in written and _is_part(name, value, seen))
        ]
        touched = [line["field"] for line in lines if not _shows(line, seen)] + sorted(more)
        if touched:
            kept.append(Kept(write, touched[0], _TOUCHED))
            return None
        back = [_back(line["field"], line["to"], None) for line in lines]
        return _like(write, "delete", back, {}, revision=seen.revision, before=dict(seen.payload))

    def _made_anew(self, write: Write, kept: list[Kept]) -> Write | None:
        if self._is_back(write):
            kept.append(Kept(write, None, _BACK))
            return None
        compiled = self.end.mapping.object(write.object)
        image = RawRecord(write.object, str(write.external_id), decode_payload((write.before or "{}").encode()))
        seen = self.sight.seen_in([image]).get(image.external_id)
        values = {} if seen is None else {n: v for n, v in seen.values.items() if v is not None}
        values = {name: value for name, value in values.items() if name in self.end.writable(write.kind)}
        written = self.sight.written(compiled, values)
        if seen is None or isinstance(written, Failed):
            kept.append(Kept(write, None, _UNREADABLE))
            return None
        filled = {vendor: value for vendor, value in written.items() if vendor not in self._gone(write)}
        lines = [_back(name, None, value) for name, value in sorted(values.items())]
        return replace(_like(write, "create", lines, filled, revision=None, before=None), external_id=None)

    def _is_back(self, write: Write) -> bool:
        """Whether somebody has restored a deleted record, or has put another in its place."""
        held = [] if write.record_id is None else self.places.get(write.record_id, [])
        ids = [external_id for _, name, external_id in held if name == write.object]
        kept = raw.fetch(self.sight.tx, self.end.connection_id, write.object, ids) if ids else []
        return any(not item.record.deleted for item in kept)


_ANYHOW = NEVER | {"owner"}
"""Fields that a system fills in by itself."""


def _is_part(name: str, value: Value, seen: Seen) -> bool:
    """Whether a part of a person's name is one of the whole name: a system that keeps both cuts the one itself."""
    return name in {"given", "family"} and str(value) in str(seen.values.get("full_name"))


def _was_there(value: Value, one: FieldState | None, write: Write) -> bool:
    """Whether nobody has filled that in: it is empty, or as the system showed it right after the record was made."""
    if value is None or value is False or value == ():
        return True
    shown = UNSEEN if one is None or write.side is None else one.known(Side(write.side))
    return not isinstance(shown, Unseen) and is_alike(value, shown)


def _shows(line: Mapping[str, object], seen: Seen) -> bool:
    name, expected = str(line["field"]), value_of(line.get("shows", line["to"]))
    return name in seen.values and is_alike(seen.values[name], expected)


def _back(name: str, now: object, before: object) -> dict[str, object]:
    return {"field": name, "from": now, "to": before, "who": "undo", "why": "undo", "undoes": True}


def _like(
    write: Write,
    op: outbox.Op,
    lines: Sequence[Mapping[str, object]],
    fields: Mapping[str, object],
    *,
    revision: str | None,
    before: Mapping[str, object] | None,
) -> Write:
    """A write to the same record."""
    return replace(
        write,
        id=0,
        op=op,
        lines=orjson.dumps(lines).decode(),
        fields=encode_payload(dict(fields)).decode(),
        before=None if before is None else encode_payload(dict(before)).decode(),
        base_revision=revision,
        state="planned",
        tries=0,
        told=None,
        sent_us=None,
        settled_us=None,
    )
