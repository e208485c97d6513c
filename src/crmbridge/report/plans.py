"""Plans as listings: what would be written, who says so and why, what is held back, and what stops it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import orjson

from crmbridge.ledger.outbox import Write
from crmbridge.ledger.plans import Plan
from crmbridge.model.canonical import Value, plain
from crmbridge.model.instants import from_us
from crmbridge.model.kinds import FieldType, kind
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import SAMPLES, Column, Listing, Section, Word
from crmbridge.sync.twoway.guards import SEEN

NEXT = "PLAN_NEXT"
"""The note that says which command carries a plan out."""
_STATES = {"open": mark("waits for a person")}
"""How the state of a plan reads where its word alone would say something else."""


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called: connections by id, records by kind and id, the sides of the plan's pair."""

    connections: Mapping[int, str]
    zone: ZoneInfo
    titles: Mapping[tuple[str, str], str] = field(default_factory=dict)
    sides: Mapping[str, str] = field(default_factory=dict)

    def title(self, kind_name: str, record_id: str | None) -> str | None:
        """What a record is called, its id where it has no name."""
        return None if record_id is None else self.titles.get((kind_name, record_id), record_id)

    def value(self, kind_name: str, name: str, value: object) -> object:
        """A canonical value as people read it."""
        spec = kind(kind_name).fields.get(name)
        told = tuple(value) if isinstance(value, list) else value
        if spec is None or told is None:
            return told
        if spec.type is FieldType.REF:
            return self.title(spec.target or "", str(told))
        if spec.type is FieldType.INSTANT and isinstance(told, tuple):
            return from_us(int(told[0])).astimezone(self.zone)
        if spec.type is FieldType.BOOL:
            return bool(told)
        return plain(spec, _canonical(told), self.zone)


def _canonical(value: object) -> Value:
    if value is None or isinstance(value, (str, int, tuple)):
        return value
    raise TypeError(f"{type(value).__name__} is no canonical value")


def plan_listing(plan: Plan, writes: Sequence[Write], names: Names, *, samples: int | None = SAMPLES) -> Listing:
    """One plan: how many of what, what stops it, what is held back, and its lines; of a large one `samples` of each."""
    shown = _some(writes, samples)
    rows: list[Mapping[str, object]] = [_head(plan, names.zone)]
    rows += [{"section": "counts", **row} for row in _counts(writes, names)]
    rows += [_guard(one, names) for one in orjson.loads(plan.guards or "[]")]
    rows += [_held(one, names, writes) for one in orjson.loads(plan.held or "[]")]
    rows += [row for write in shown for row in _lines(write, names)]
    more = len(writes) - len(shown)
    text = mark("{count} more records are not shown; crmbridge plan --show {plan} --all shows them all")
    notes = [Note("PLAN_SAMPLED", text, {"count": more, "plan": plan.name})] if more else []
    notes += [_next(plan)] if plan.state == "open" else []
    return Listing("plan/1", _COLUMNS, tuple(rows), warnings=tuple(notes), sections=_SECTIONS)


def _next(plan: Plan) -> Note:
    """What carries the plan out, with the guards that have to be lifted by name for it."""
    stopped = [str(guard) for guard, *_ in orjson.loads(plan.guards or "[]") if guard not in SEEN]
    options = "".join(f" --lift {guard}" for guard in stopped)
    return Note(NEXT, mark("crmbridge apply {plan}{options} carries it out"), {"plan": plan.name, "options": options})


def nothing_listing(pair: str, held: Sequence[Sequence[object]], names: Names) -> Listing:
    """A pair that is in step, with what is held back all the same."""
    note = Note("IN_STEP", mark("the pair {pair} is in step: there is nothing to write"), {"pair": pair})
    rows = tuple(_held(one, names, ()) for one in held)
    return Listing("plan/1", _COLUMNS, rows, warnings=(note,), sections=_SECTIONS)


def in_step_listing() -> Listing:
    """No connection lacks anything that a service wants of it."""
    note = Note("IN_STEP", mark("every connection shows what was worked out: there is nothing to write"), {})
    return Listing("plan/1", _COLUMNS, (), warnings=(note,), sections=_SECTIONS)


def kept_listing(plan: str, kept: Sequence[tuple[Write, str | None, str]], names: Names) -> Listing:
    """A plan of which nothing can be taken back, and why."""
    note = Note("NOTHING_TO_UNDO", mark("of the plan {plan} there is nothing to take back"), {"plan": plan})
    rows = tuple(
        _held([write.record_id, write.side, about, reason, {}], names, [write]) for write, about, reason in kept
    )
    return Listing("plan/1", _COLUMNS, rows, warnings=(note,), sections=_SECTIONS)


_COLUMNS = (
    Column("plan", mark("plan")),
    Column("for", mark("what for")),
    Column("plan_state", mark("state"), "word"),
    Column("made_at", mark("made"), "instant"),
    Column("expires_at", mark("good until"), "instant"),
    Column("approved_by", mark("approved by")),
    Column("lifted", mark("guards lifted")),
    Column("lines", mark("records"), "count"),
    Column("count", mark("count"), "count"),
    Column("guard", mark("guard")),
    Column("reason", mark("reason")),
    Column("state", mark("state"), "word"),
    Column("op", mark("what"), "word"),
    Column("connection", mark("connection")),
    Column("object", mark("object")),
    Column("kind", mark("kind"), "word"),
    Column("record", mark("record")),
    Column("id", mark("id")),
    Column("field", mark("field")),
    Column("from", mark("from"), "text"),
    Column("to", mark("to"), "text"),
    Column("who", mark("who says so"), "word"),
    Column("why", mark("policy"), "word"),
    Column("key", mark("external key")),
    Column("told", mark("what the source told")),
)
_PLAN = ("plan", "for", "plan_state", "made_at", "expires_at", "approved_by", "lifted", "lines")
_SECTIONS = (
    Section("plan", mark("Plan"), _PLAN),
    Section("guards", mark("What stops it"), ("guard", "reason")),
    Section("counts", mark("How much"), ("connection", "op", "kind", "state", "count")),
    Section("held", mark("Held back"), ("connection", "record", "field", "reason")),
    Section(
        "lines", mark("Changes"), ("op", "connection", "kind", "record", "field", "from", "to", "who", "why", "key")
    ),
)


def _head(plan: Plan, zone: ZoneInfo) -> dict[str, object]:
    row: dict[str, object] = {
        "section": "plan",
        "plan": plan.name,
        "for": plan.scope,
        "plan_state": Word(plan.state, _STATES.get(plan.state, "")),
        "made_at": from_us(plan.made_us).astimezone(zone),
        "expires_at": from_us(plan.expires_us).astimezone(zone),
        "lines": plan.lines,
    }
    row |= {"approved_by": plan.approved_by} if plan.approved_by else {}
    return row | ({"lifted": ", ".join(orjson.loads(plan.lifted))} if plan.lifted else {})


def _counts(writes: Sequence[Write], names: Names) -> Iterable[dict[str, object]]:
    counted = Counter((names.connections.get(w.connection_id, "?"), str(w.op), w.kind, str(w.state)) for w in writes)
    for (connection, op, kind_name, state), count in sorted(counted.items()):
        yield {"connection": connection, "op": op, "kind": kind_name, "state": state, "count": count}


def _guard(told: Sequence[object], names: Names) -> dict[str, object]:
    guard, template, params = told
    found = dict(params) if isinstance(params, dict) else {}
    if "who" in found:
        found["who"] = names.title("user", str(found["who"]))
    return {"section": "guards", "guard": guard, "reason": Note("GUARD", str(template), found)}


def _held(told: Sequence[object], names: Names, writes: Sequence[Write]) -> dict[str, object]:
    record_id, side, name, template, params = told
    found = dict(params) if isinstance(params, dict) else {}
    if "who" in found:
        found["who"] = names.title("user", str(found["who"]))
    kinds = [write.kind for write in writes if write.record_id == record_id] or [
        kind_name for kind_name, known in names.titles if known == record_id
    ]
    title = names.title(kinds[0], str(record_id)) if kinds else record_id
    row = {"section": "held", "connection": names.sides.get(str(side), side), "record": title, "field": name}
    return {**row, "reason": Note("HELD", str(template), found)}


def _lines(write: Write, names: Names) -> Iterable[dict[str, object]]:
    head: dict[str, object] = {
        "section": "lines",
        "state": write.state,
        "op": write.op,
        "connection": names.connections.get(write.connection_id, "?"),
        "object": write.object,
        "kind": write.kind,
        "record": names.title(write.kind, write.record_id),
        "id": write.external_id,
    }
    if write.op == "create":
        head["key"] = write.key
    if write.told:
        head["told"] = told_note(write.told)
    lines = orjson.loads(write.lines)
    if not lines:
        yield head
    for line in lines:
        who = str(line.get("who") or "")
        yield {
            **head,
            "field": line["field"],
            "from": names.value(write.kind, line["field"], line["from"]),
            "to": names.value(write.kind, line["field"], line["to"]),
            "who": names.sides.get(who, who),
            "why": line.get("why"),
        }


def told_note(text: str) -> Note:
    """What the vendor said of a write: its template with its values, and what a person can do."""
    template, params, _, hint = orjson.loads(text)
    return Note("TOLD", f"{template} ({hint})" if hint else template, dict(params))


def _some(writes: Sequence[Write], samples: int | None) -> list[Write]:
    """All of a small plan, the first of each operation and connection of a large one."""
    if samples is None or len(writes) <= samples * 2:
        return [*writes]
    taken: Counter[tuple[str, int]] = Counter()
    found = []
    for write in writes:
        taken[write.op, write.connection_id] += 1
        if taken[write.op, write.connection_id] <= samples:
            found.append(write)
    return found


def plans_listing(found: Sequence[Plan], zone: ZoneInfo) -> Listing:
    """The plans that are kept, the newest first."""
    shown = [column for column in _COLUMNS if column.name in _PLAN]
    rows = [{key: value for key, value in _head(plan, zone).items() if key != "section"} for plan in found]
    return Listing("plans/1", tuple(shown), tuple(rows), empty=mark("no plan is kept"))
