"""What a side has taken over: the twins learn of it, and of the form in which the side shows it.

A system tidies up what it is given. Where the record still stands at the revision that our own write made, the form
that it shows is the side's own and nobody's edit. A revision that is a whole second proves nothing, for somebody may
have been there within it, and neither does one that was not told: then what the side is known to keep tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from crmbridge.adapter.contract import Adapter, Applied, RawRecord, Writes
from crmbridge.ledger import links, streams, twins
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Place, Twin
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.canonical import Value
from crmbridge.model.errors import ConfigError
from crmbridge.sync.session import Session
from crmbridge.sync.twoway import habits, state
from crmbridge.sync.twoway.merging import UNSEEN, Side, Unseen
from crmbridge.sync.twoway.pairs import End
from crmbridge.sync.twoway.seconds import is_second
from crmbridge.sync.twoway.sight import Sight
from crmbridge.sync.twoway.state import FieldState, value_of
from crmbridge.sync.twoway.tidying import Keeps, is_alike, is_form

Fresh = Mapping[tuple[str, str], RawRecord | None]
"""(object, vendor id) -> the record as the source showed it after the write; None where it was not there."""


@dataclass(frozen=True, slots=True)
class Target:
    """A connection that is written to: under its lease, opened for writing. `end` where it is one of a pair.

    `key_fields` name for each object the vendor field that keeps the external key; what was sent is found by it after
    `lag_s` seconds at the latest.
    """

    session: Session
    adapter: Adapter
    objects: Mapping[str, CompiledObject]
    end: End | None = None
    key_fields: Mapping[str, str] = field(default_factory=dict)
    lag_s: float = 120.0

    def writer(self) -> Writes:
        """The adapter as one that writes; ConfigError where it is none."""
        if not isinstance(self.adapter, Writes):
            raise ConfigError("the adapter of {connection} cannot write", connection=self.session.connection)
        return self.adapter


def took_over(
    tx: LedgerTx,
    applied: Sequence[tuple[Write, Applied]],
    fresh: Fresh,
    target: Target,
) -> None:
    """The twins know that a side has taken the decisions over, and in which form it shows them."""
    if target.end is None:
        return
    known = twins.by_id(tx, [write.twin_id for write, _ in applied if write.twin_id])
    made = [(write, outcome) for write, outcome in applied if write.op == "create"]
    for name in sorted({write.object for write, _ in made}):
        rows = [(o.external_id, w.record_id) for w, o in made if w.object == name and w.record_id]
        links.make(tx, target.session.connection_id, name, rows, extra=True)
    changed: list[Twin] = []
    for write, outcome in applied:
        twin = known.get(write.twin_id or 0)
        if twin is None:
            continue
        if write.op == "delete":
            if orjson.loads(
                write.lines
            ):  # what was made is taken back: nobody's deletion, and nobody's record any more
                changed.append(replace(twin, state="parted"))
            continue
        record = fresh.get((write.object, outcome.external_id))
        changed.append(_after(tx, twin, write, outcome, record=record, target=target))
    twins.put(tx, changed)


def _after(
    tx: LedgerTx, twin: Twin, write: Write, outcome: Applied, *, record: RawRecord | None, target: Target
) -> Twin:
    side = Side(write.side or "")
    shown = {} if record is None else shown_of(tx, write.kind, record, target)
    is_ours = record is not None and record.revision is not None and record.revision == outcome.revision
    is_proven = record is not None and is_ours and not is_second(record)
    keeps = {} if is_proven or target.end is None else habits.known(tx, target.end, write.kind)
    fields, told, is_current = state.load(twin.fields), set(), True
    for line in orjson.loads(write.lines):
        name, to = line["field"], value_of(line["to"])
        told.add(name)
        before = fields.get(name, state.NOTHING)
        if line.get("undoes"):  # the side keeps what it had before, and is not asked to follow until somebody edits
            kept = _seen_with(before, side, shown.get(name, to), is_read=name in shown)
            fields[name] = replace(kept, acked=before.acked | {side})
            continue
        form, expected = shown.get(name, UNSEEN), value_of(line.get("shows", line["to"]))
        is_read = not isinstance(form, Unseen) and (
            is_alike(form, expected)
            if is_proven
            else (is_ours or outcome.revision is None) and is_form(expected, form, keeps.get(name, Keeps.NOTHING))
        )
        now = _seen_with(before, side, form if is_read else expected, is_read=is_read)
        if before.decided == to:
            now = replace(now, acked=before.acked | {side})
        else:  # decided anew since: it has what was decided then, and is behind
            is_current = False
        fields[name] = now
    if write.op == "create":  # what was left out of it is empty there, and nobody has emptied it
        for name in fields.keys() - told:
            fields[name] = _seen_with(fields[name], side, shown.get(name) if is_proven else None, is_read=is_proven)
    behind = twin.behind & ~side.bit if is_current else twin.behind | side.bit
    after = replace(twin, fields=state.dump(fields), behind=behind)
    if write.external_id is not None:
        return after
    place = Place(streams.ensure(tx, target.session.connection_id, write.object), outcome.external_id)
    return replace(after, left=place) if side is Side.LEFT else replace(after, right=place)


def _seen_with(before: FieldState, side: Side, form: Value | Unseen, *, is_read: bool) -> FieldState:
    unread = before.unread - {side} if is_read else before.unread | {side}
    known = (form, before.right) if side is Side.LEFT else (before.left, form)
    return replace(before, left=known[0], right=known[1], unread=unread)


def shown_of(tx: LedgerTx, kind_name: str, record: RawRecord, target: Target) -> Mapping[str, Value]:
    """The canonical values of a record that was just read, before it has landed; none of one that stands for another.

    Where a system has no tasks, a task is found again as the record of another kind that was written in its place.
    """
    if target.end is None or target.objects[record.object].kind.name != kind_name:
        return {}
    sight = Sight(tx, target.end, kind_name, target.end.readable(kind_name) & target.end.writable(kind_name))
    seen = sight.seen_in([record]).get(record.external_id)
    return {} if seen is None else seen.values
