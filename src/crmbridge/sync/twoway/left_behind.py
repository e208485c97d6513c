"""What a migration does not carry, and why: told before anybody approves it, counted and with an example."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import orjson

from crmbridge.ledger import filled, outbox, twins
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Twin
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed
from crmbridge.model.canonical import Value
from crmbridge.model.kinds import KIND_NAMES, FieldType, kind
from crmbridge.sync.twoway import state
from crmbridge.sync.twoway.deciding import BATCH
from crmbridge.sync.twoway.merging import Side, Unseen
from crmbridge.sync.twoway.one_way import TYPE, Recipient
from crmbridge.sync.twoway.pairs import NEVER, Pair
from crmbridge.sync.twoway.planning import Draft
from crmbridge.sync.twoway.recasting import AS_ACTIVITY
from crmbridge.sync.twoway.sight import Sight
from crmbridge.sync.twoway.state import FieldState
from crmbridge.sync.twoway.unreceived import bent, shown_by, strangers, unread, untaken

OWN = frozenset({"vendor_created_at", "vendor_modified_at", "created_by", "modified_by"})
"""What a system says of a record itself, and lets nobody write."""
TAKEN_BACK = "they were made once and taken back with crmbridge undo"
IN_DOUBT = "sent, and nobody knows yet whether they arrived: {to} is asked before any of them is sent again"
MATCHED = frozenset({"user", "org_unit"})
"""Kinds of which nobody expects that they are carried: people are matched."""


@dataclass(frozen=True, slots=True)
class Left:
    """So many of a kind lose something: a field, a value, or themselves.

    `about` is the field, `reason` a template over `params`.
    """

    kind: str
    about: str | None
    count: int
    reason: str
    params: Mapping[str, object] = field(default_factory=dict)
    example: Value = None


@dataclass(frozen=True, slots=True)
class Carries:
    """A kind: how many the giver holds, and how many of them the receiver holds, gets, or cannot get."""

    kind: str
    held: int
    there: int
    to_make: int
    to_change: int
    waits: int


def carries(tx: LedgerTx, pair: Pair, draft: Draft) -> list[Carries]:
    """Each kind that the migration covers."""
    there: Counter[str] = Counter()
    kind_of: dict[str, str] = {}
    arrived: set[str] = set()
    for twin in _all(tx, pair):
        kind_of[twin.record_id] = twin.kind
        if twin.state != "parted" and twin.left is not None and twin.right is not None:
            there[twin.kind] += 1
            arrived.add(twin.record_id)
    made = Counter(write.kind for write in draft.writes if write.op == "create")
    changed = Counter(write.kind for write in draft.writes if write.op == "update")
    held = {one.record_id for one in draft.held} - arrived
    waits = Counter(kind_of[record_id] for record_id in held if record_id in kind_of)
    waits += _doubted(tx, pair)
    return [
        Carries(
            name,
            sum(filled.filled(tx, kind(one), pair.left.connection_id).records for one in pair.left.tables(name)),
            there[name],
            made[name],
            changed[name],
            waits[name],
        )
        for name in pair.kinds
    ]


def left_behind(tx: LedgerTx, pair: Pair, draft: Draft) -> list[Left]:
    """Everything that stays: kinds, fields, values, history; the most first within each kind."""
    found = [*_kinds(tx, pair), *_taken_back(tx, pair), *_history(tx, pair)]
    for name in pair.kinds:
        parts = [*_fields(tx, pair, name), *_values(tx, pair, name, draft), *_limits(tx, pair, name, draft)]
        found += sorted(parts, key=lambda one: -one.count)
    for name, count in _doubted(tx, pair).items():
        found.append(Left(name, None, count, IN_DOUBT, {"to": pair.right.connection}))
    return [*found, *_held(tx, pair, draft)]


def _doubted(tx: LedgerTx, pair: Pair) -> Counter[str]:
    """How many records of each kind were sent to be made, and were not found yet."""
    ours = {twin.id for twin in _all(tx, pair)}
    sent = [one for one in outbox.waiting(tx, pair.right.connection_id) if one.op == "create" and one.is_doubted]
    return Counter(one.kind for one in sent if one.twin_id in ours)


def _kinds(tx: LedgerTx, pair: Pair) -> Iterator[Left]:
    """Whole kinds, and records that are left out on purpose."""
    carried = {table for name in pair.kinds for table in pair.left.tables(name)}
    for name in KIND_NAMES:
        counted = filled.filled(tx, kind(name), pair.left.connection_id)
        if name in carried:
            if counted.deleted:
                yield Left(name, None, counted.deleted, "they were deleted")
        elif counted.records and name not in MATCHED:
            is_there = bool(pair.right.objects(name))
            why = (
                "a migration does not carry records of this kind" if is_there else "{to} keeps no records of this kind"
            )
            yield Left(name, None, counted.records, why, {"to": pair.right.connection})
    become = filled.converted(tx, pair.left.connection_id) if "lead" in pair.kinds else 0
    if become:
        yield Left("lead", None, become, "they were converted: the account, the contact and the deal are carried")


def _taken_back(tx: LedgerTx, pair: Pair) -> Iterator[Left]:
    """Records that an undo has deleted at the receiver's: nobody makes them again."""
    for name, count in Counter(twin.kind for twin in _all(tx, pair) if twin.state == "parted").items():
        yield Left(name, None, count, TAKEN_BACK)


def _history(tx: LedgerTx, pair: Pair) -> Iterator[Left]:
    for name in pair.kinds:
        if count := filled.moves(tx, pair.left.connection_id, name):
            yield Left(name, "stage", count, "no system lets anybody write what happened before: stage history stays")


def _fields(tx: LedgerTx, pair: Pair, name: str) -> Iterator[Left]:
    """Fields that the giver fills and the receiver does not know, or lets nobody write."""
    known, writable = pair.right.readable(name), pair.right.writable(name)
    for table in pair.left.tables(name):
        for one, count in filled.filled(tx, kind(table), pair.left.connection_id).fields.items():
            here = one if table == name else AS_ACTIVITY.get(one, one)
            if not count or (one in NEVER and one not in OWN) or (here in pair.rules[name] and here in writable):
                continue
            if here == TYPE and here in known:  # the object says it; another type is told where it is made
                continue
            if one in OWN:
                why = "{to} sets it itself"
            else:
                why = "{to} lets nobody write it" if here in known else "{to} has no such field in its mapping"
            yield Left(table, one, count, why, {"to": pair.right.connection})


def _values(tx: LedgerTx, pair: Pair, name: str, draft: Draft) -> Iterator[Left]:
    """Values that the receiver does not take, of records that are made now or were before, or shows as another."""
    lost: Counter[tuple[str, str, Value]] = Counter()
    made: list[Write] = []
    writable = pair.right.writable(name)
    sight = Sight(tx, pair.right, name, frozenset(pair.rules[name]))
    told_of = {(one.record_id, one.about) for one in draft.held}
    for one, write in _creates(tx, pair, name, draft):
        fields = state.load(one.fields)
        named = _named(write)
        kept = {
            (field_name, known.decided)
            for field_name, known in fields.items()
            if field_name not in named and field_name in writable and field_name != "owner"  # owners are told by name
            if known.decided is not None and not isinstance(known.decided, Unseen)
            if (one.record_id, field_name) not in told_of and not (one.right is not None and _is_there(known))
        }
        shown = shown_by(sight, write) if kept else {}
        lost.update((write.object, *pair_) for pair_ in kept if shown.get(pair_[0]) != pair_[1])
        made.append(write if one.right is None else _as_it_is(write, fields))
    yield from _grouped(sight, pair, name, lost)
    for told in bent(pair, made):
        yield Left(name, told.about, told.count, told.reason, told.params)


def _creates(tx: LedgerTx, pair: Pair, name: str, draft: Draft) -> Iterator[tuple[Twin, Write]]:
    """The records of a kind that this migration makes, or has made, each with the write that does."""
    made = {write.twin_id: write for write in draft.writes if write.kind == name and write.op == "create"}
    for page in _pages(tx, pair):
        ours = [one for one in page if one.kind == name and one.state != "parted"]
        there = [one.id for one in ours if one.right is not None]
        before = {one.twin_id: one for one in outbox.of_twins(tx, there, ("applied",)) if one.op == "create"}
        yield from ((one, write) for one in ours if (write := made.get(one.id) or before.get(one.id)) is not None)


def _is_there(known: FieldState) -> bool:
    """Whether the receiver shows by now what was left out when the record was made."""
    return Side.RIGHT in known.acked or known.known(Side.RIGHT) == known.decided


def _as_it_is(write: Write, fields: Mapping[str, FieldState]) -> Write:
    """The write without the lines of which something else was decided since."""
    lines = [one for one in orjson.loads(write.lines) if _still(one, fields)]
    return replace(write, lines=orjson.dumps(lines).decode())


def _still(line: Mapping[str, Any], fields: Mapping[str, FieldState]) -> bool:
    known = fields.get(line["field"])
    return line["to"] is None or (known is not None and known.decided == state.value_of(line["to"]))


def _grouped(sight: Sight, pair: Pair, name: str, lost: Counter[tuple[str, str, Value]]) -> Iterator[Left]:
    grouped: dict[tuple[str, str, str, str], list[tuple[int, Value, Mapping[str, object]]]] = {}
    for (object_name, field_name, value), count in sorted(lost.items(), key=lambda one: -one[1]):
        why, params = _why_not(sight, pair, pair.right.mapping.object(object_name), field_name, value)
        own_value = value if kind(name).fields[field_name].values or field_name == "stage" else None
        key = (field_name, why, str(own_value), str(params.get("value")))
        grouped.setdefault(key, []).append((count, value, params))
    for (field_name, why, *_), several in grouped.items():
        _, value, params = several[0]
        yield Left(name, field_name, sum(count for count, _, _ in several), why, params, value)


def _why_not(
    sight: Sight, pair: Pair, compiled: CompiledObject, field_name: str, value: Value
) -> tuple[str, Mapping[str, object]]:
    """Why a value was left out of a record that is made in an object."""
    told = {"to": pair.right.connection, "object": compiled.object}
    if isinstance(pair.right, Recipient) and field_name not in pair.right.tells(compiled):
        why = "{object} of {to} has no place for it"
        return why, told
    failed = sight.written(compiled, {field_name: value})
    if isinstance(failed, Failed):
        return _why(failed)
    if compiled.kind.fields[field_name].type is FieldType.REF:
        why = "{object} of {to} has room for one link, and another one is carried"
        return why, told
    return "a person is asked first", {}


def _limits(tx: LedgerTx, pair: Pair, name: str, draft: Draft) -> Iterator[Left]:
    """Owners who are nobody there, what nobody reads, and what the receiver's fields do not take."""
    writes = [write for write in draft.writes if write.kind == name]
    for one in (*strangers(tx, pair, name), *unread(tx, pair, name), *untaken(tx, pair, writes)):
        yield Left(name, one.about, one.count, one.reason, one.params, one.example)


def _why(failed: Failed) -> tuple[str, Mapping[str, object]]:
    first = failed.failures[0].failure
    return first.template, dict(first.params)


def _held(tx: LedgerTx, pair: Pair, draft: Draft) -> Iterator[Left]:
    """Records that cannot be made, or changed, as they are."""
    kind_of = {twin.record_id: twin.kind for twin in _all(tx, pair)} if draft.held else {}
    grouped: Counter[tuple[str, str | None, str, object]] = Counter()
    params: dict[tuple[str, str | None, str, object], Mapping[str, object]] = {}
    for one in draft.held:
        key = (kind_of.get(one.record_id, ""), one.about, one.template, one.params.get("who", one.params.get("value")))
        grouped[key] += 1
        who = one.params.get("who")
        params.setdefault(key, one.params if who is None else {**one.params, "who": filled.user_name(tx, str(who))})
    for key, count in grouped.most_common():
        yield Left(key[0], key[1], count, key[2], params[key])


def _named(write: Write) -> frozenset[str]:
    return frozenset(line["field"] for line in orjson.loads(write.lines))


def _all(tx: LedgerTx, pair: Pair) -> Iterator[Twin]:
    return chain.from_iterable(_pages(tx, pair))


def _pages(tx: LedgerTx, pair: Pair) -> Iterator[list[Twin]]:
    after = ""
    while page := twins.listing(tx, pair.name, limit=BATCH, after=after):
        after = page[-1].record_id
        yield page
