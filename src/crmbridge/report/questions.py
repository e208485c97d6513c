"""Questions, past disagreements and unfinished writes as listings."""

from collections.abc import Mapping, Sequence

import orjson

from crmbridge.ledger.conflicts import Conflict
from crmbridge.ledger.outbox import Write
from crmbridge.model.instants import from_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing
from crmbridge.report.plans import Names, told_note

_HEAD = (
    Column("id", mark("number"), "count"),
    Column("pair", mark("pair")),
    Column("kind", mark("kind"), "word"),
    Column("record", mark("record")),
    Column("field", mark("field")),
    Column("base", mark("before")),
)


def questions_listing(
    asked: Sequence[Conflict], names: Mapping[str, Names], *, shown: Mapping[int, Mapping[str, object]]
) -> Listing:
    """What a person must say: what was decided before, and what each side shows.

    `names` are those of each pair; `shown` is for each question what both sides were last seen with.
    """
    columns = (
        *_HEAD,
        Column("left", mark("left")),
        Column("right", mark("right")),
        Column("left_connection", mark("left is")),
        Column("right_connection", mark("right is")),
        Column("since", mark("since"), "instant"),
    )
    rows = [_question(one, names[one.pair], shown.get(one.id, {})) for one in asked]
    return Listing("review/1", columns, tuple(rows), empty=mark("no question is open"))


def _question(one: Conflict, names: Names, shown: Mapping[str, object]) -> Mapping[str, object]:
    told = {who: value for who, value, _ in orjson.loads(one.candidates)}
    row = _head(one, names)
    for side in ("left", "right"):
        row[side] = names.value(one.kind, one.field, told.get(side, shown.get(side)))
        row[f"{side}_connection"] = names.sides.get(side, side)
    return row | {"since": from_us(one.opened_us).astimezone(names.zone)}


def _head(one: Conflict, names: Names) -> dict[str, object]:
    base = None if one.base is None else orjson.loads(one.base)
    return {
        "id": one.id,
        "pair": one.pair,
        "kind": one.kind,
        "record": names.title(one.kind, one.record_id),
        "field": one.field,
        "base": names.value(one.kind, one.field, base),
    }


def conflicts_listing(found: Sequence[Conflict], names: Mapping[str, Names]) -> Listing:
    """Disagreements that are settled: who won and by what, and everybody who lost, with what they wanted."""
    columns = (
        *_HEAD,
        Column("winner", mark("who won"), "word"),
        Column("value", mark("with")),
        Column("loser", mark("who lost"), "word"),
        Column("lost", mark("lost value")),
        Column("policy", mark("policy"), "word"),
        Column("settled_by", mark("settled by"), "word"),
        Column("settled_at", mark("settled"), "instant"),
    )
    rows = [row for one in found for row in _losers(one, names[one.pair])]
    return Listing("conflicts/1", columns, tuple(rows), empty=mark("no disagreement has been settled yet"))


def _losers(one: Conflict, names: Names) -> list[Mapping[str, object]]:
    value = None if one.value is None else orjson.loads(one.value)
    winner = one.winner or ""
    head = _head(one, names) | {
        "winner": names.sides.get(winner, winner),
        "value": names.value(one.kind, one.field, value),
        "policy": one.policy,
        "settled_by": one.settled_by,
    }
    if one.settled_us is not None:
        head["settled_at"] = from_us(one.settled_us).astimezone(names.zone)
    lost = [(who, wanted) for who, wanted, _ in orjson.loads(one.candidates) if who != winner and wanted != value]
    return [
        {**head, "loser": names.sides.get(who, who), "lost": names.value(one.kind, one.field, wanted)}
        for who, wanted in lost
    ] or [head]


def outbox_listing(found: Sequence[Write], names: Names, plans: Mapping[int, str]) -> Listing:
    """Writes that nobody knows to have arrived, and those that were refused; what is known of each."""
    columns = (
        Column("connection", mark("connection")),
        Column("state", mark("state"), "word"),
        Column("op", mark("what"), "word"),
        Column("kind", mark("kind"), "word"),
        Column("record", mark("record")),
        Column("id", mark("id")),
        Column("key", mark("our key")),
        Column("sent_at", mark("sent"), "instant"),
        Column("looked_at", mark("looked for"), "instant"),
        Column("plan", mark("plan")),
        Column("reason", mark("reason")),
    )
    rows = tuple(_write(one, names, plans) for one in found)
    return Listing("outbox/1", columns, rows, empty=mark("no write is in doubt, and none was refused"))


def _write(one: Write, names: Names, plans: Mapping[int, str]) -> Mapping[str, object]:
    row: dict[str, object] = {
        "connection": names.connections.get(one.connection_id, "?"),
        "state": one.state,
        "op": one.op,
        "kind": one.kind,
        "record": names.title(one.kind, one.record_id),
        "id": one.external_id,
        "key": one.key,
        "plan": plans.get(one.plan_id),
        "reason": told_note(one.told) if one.told else None,
    }
    for name, at in (("sent_at", one.sent_us), ("looked_at", one.settled_us)):
        if at is not None:
            row[name] = from_us(at).astimezone(names.zone)
    if one.state != "rejected" and one.settled_us is not None:
        row["reason"] = Note("ABSENT", mark("it was looked for and is not there; it may still land"), {})
    return row
