"""What services want (a task made, a field set, somebody told) travels the same road: a plan, guards, the outbox.

An intent is neutral and says what shall be, not what to do about it: told twice it is done once. A task is made under a
key that never changes, so that a second run makes none, and one that a person deleted is not made again. A field is
written where it shows something else. Nothing goes beyond what was granted to the connection.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from crmbridge.adapter.contract import Rejected
from crmbridge.ledger import links, outbox, plans
from crmbridge.ledger.grants import Grant
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.payloads import encode_payload
from crmbridge.ledger.plans import Plan
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.outcome import Failed
from crmbridge.model.canonical import Value
from crmbridge.model.errors import GuardStop
from crmbridge.sync.describing import check_described, checked
from crmbridge.sync.twoway import guards, notices, standing
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.applying import Carried, carry_out
from crmbridge.sync.twoway.approving import Approval, check_alone
from crmbridge.sync.twoway.guards import Limits, Trip
from crmbridge.sync.twoway.merging import Side, Unseen
from crmbridge.sync.twoway.notices import Channel, Notify
from crmbridge.sync.twoway.pairs import End
from crmbridge.sync.twoway.planning import Held
from crmbridge.sync.twoway.rounds import VALID_US, held_text, still_waiting, told
from crmbridge.sync.twoway.settling import Settled, settle
from crmbridge.sync.twoway.sight import Seen, Sight

INTENTS = "intents:"
"""Before the connection: the scope of plans that come of intents."""
ASKED_AGAIN = "asked_again"
"""In the lines of a write: it is sent only while it is still wanted."""
_NOT_WANTED = Rejected("NOT_WANTED", "it is not wanted any more")
_MADE = frozenset({"task", "activity"})


@dataclass(frozen=True, slots=True)
class Make:
    """A record that shall be there once, under a key that is always the same: a task, or what came of it.

    `why` names who wants it, `object` the vendor's object of that kind; the first that is mapped where none is named.
    One that `is_asked_again` is sent out of a plan that waited only while it is still wanted: see `apply_plan`.
    """

    kind: str
    key: str
    values: Mapping[str, Value]
    why: str
    is_asked_again: bool = False
    object: str | None = None


@dataclass(frozen=True, slots=True)
class SetField:
    """A field of a record of ours that shall show a value."""

    kind: str
    record_id: str
    field: str
    value: Value
    why: str


Intent = Make | SetField | Notify


@dataclass(slots=True)
class Outgoing:
    """What became of intents; `plan` is None where everything is as it shall be."""

    settled: Settled = field(default_factory=Settled)
    plan: Plan | None = None
    writes: list[Write] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    trips: list[Trip] = field(default_factory=list)
    carried: Carried = field(default_factory=Carried)


@dataclass(frozen=True, slots=True)
class Desk:
    """One connection that is written by itself: opened for it, with what it was granted, and where notices go."""

    target: Target
    grant: Grant
    new_name: Callable[[], str]
    limits: Limits = field(default_factory=Limits)
    channel: Channel | None = None

    @property
    def scope(self) -> str:
        """What plans of this connection are for."""
        return INTENTS + self.target.session.connection

    @property
    def end(self) -> End:
        """The connection with its mapping."""
        if self.target.end is None:
            raise TypeError("a target that intents go to has an end")
        return self.target.end

    @property
    def basis(self) -> str:
        """What a person approves once: the mapping, and what was granted."""
        allowed = [self.end.mapping.hash, self.grant.mode, sorted(self.grant.fields)]
        return hashlib.sha256(orjson.dumps(allowed)).hexdigest()


def look(desk: Desk, intents: Sequence[Intent]) -> Outgoing:
    """Plans what the intents need and saves it for a person to apply; nothing is sent to anybody."""
    return _planned(desk, intents, is_seen=False, is_kept=True)


def send(desk: Desk, intents: Sequence[Intent], *, approved_by: str | None = None) -> Outgoing:
    """Plans what the intents need, and carries it out where no guard stops it and a person approved such plans once."""
    done = _planned(desk, intents, is_seen=approved_by is not None, is_kept=False)
    if done.plan is not None and not done.trips:
        done.carried = carry(desk, done.plan, approved_by=approved_by)
    return done


def _planned(desk: Desk, intents: Sequence[Intent], *, is_seen: bool, is_kept: bool) -> Outgoing:
    """What the intents lack as a plan; one that waits (`is_kept`, or a guard stops it) keeps its name meanwhile."""
    session = desk.target.session
    notices.look(session, desk.channel)
    done = Outgoing(settled=settle(desk.target))
    now_us = session.around.now_us()
    with session.begin() as tx:
        _draft(tx, desk, intents, done, now_us=now_us)
        if not done.writes:
            return done
        place = (tx, desk.end, desk.scope, done.writes)
        measured = standing.of_connection(*place, basis=desk.basis, is_seen=is_seen)
        done.trips = guards.check(done.writes, measured, desk.limits)
        waits = is_kept or bool(done.trips)
        if waits and (kept := still_waiting(tx, desk.scope, desk.basis, done.writes, now_us=now_us)) is not None:
            done.plan = kept
            return done
        plan = Plan(
            name=desk.new_name(),
            scope=desk.scope,
            basis=desk.basis,
            state="open" if waits else "approved",
            lines=len(done.writes),
            made_us=now_us,
            expires_us=now_us + VALID_US,
            guards=told(done.trips),
            held=held_text(done.held),
        )
        done.plan = replace(plan, id=plans.add(tx, plan))
        outbox.add(tx, [replace(write, plan_id=done.plan.id) for write in done.writes])
    return done


def apply_plan(
    desk: Desk, plan: Plan, approval: Approval, still_wanted: Callable[[], Collection[str]] | None = None
) -> Carried:
    """Carries out a saved plan of intents; GuardStop where it is out of date or a guard stops it, with nothing sent.

    `still_wanted` gives the keys of what is wanted by now: of what is asked again (`Make.is_asked_again`) everything
    else is dropped. A customer who refused to be called since the plan was made is not called because of it.
    """
    session = desk.target.session
    notices.look(session, desk.channel)
    settle(desk.target)
    if plan.basis != desk.basis:
        raise GuardStop(
            "the mapping or the grant has changed since the plan {plan} was made",
            plan=plan.name,
            hint="the next run makes a new one",
        )
    dropped = _drop(desk, plan, still_wanted) if still_wanted is not None else 0
    with session.begin() as tx:
        writes = outbox.of_plan(tx, plan.id, state="planned")
        place = (tx, desk.end, desk.scope, writes)
        measured = standing.of_connection(*place, basis=plan.basis, is_seen=True)
    check_alone(desk.target, plan, measured, approval, desk.limits)
    carried = carry(desk, plan, approved_by=approval.by)
    carried.add("dropped", dropped)
    return carried


def _drop(desk: Desk, plan: Plan, still_wanted: Callable[[], Collection[str]]) -> int:
    """What of the plan is asked again and not wanted any more is dropped; how many those were."""
    session = desk.target.session
    with session.around.ledger.read() as tx:
        asked = [one for one in outbox.of_plan(tx, plan.id, state="planned") if _is_asked_again(one)]
    if not asked:
        return 0
    keys = frozenset(still_wanted())
    reason = orjson.dumps([_NOT_WANTED.message, {}, None, None]).decode()
    lost: list[tuple[int, outbox.State, str | None, str | None]] = [
        (one.id, "dropped", None, reason) for one in asked if one.key not in keys
    ]
    with session.begin() as tx:
        outbox.settle(tx, lost, now_us=session.around.now_us())
    return len(lost)


def _is_asked_again(write: Write) -> bool:
    return any(line.get(ASKED_AGAIN) for line in orjson.loads(write.lines))


def carry(desk: Desk, plan: Plan, *, approved_by: str | None) -> Carried:
    """Sends the plan, once the connection is still the account that it was connected to."""
    session = desk.target.session
    checked(session, desk.target.adapter)
    with session.begin() as tx:
        now_us = session.around.now_us()
        plans.move(tx, plan.id, "running", now_us=now_us, approved_by=approved_by, run_id=session.run_id)
    try:
        check_described(session, desk.target.adapter, plan.id, desk.target.objects)
        told = notices.deliver(plan.id, session, desk.channel)
        carried = carry_out(plan.id, desk.target)
    except GuardStop:
        with session.begin() as tx:
            plans.move(tx, plan.id, "refused", now_us=session.around.now_us())
        raise
    for state, count in told.items():
        carried.add(state, count)
    with session.begin() as tx:
        plans.move(tx, plan.id, "done", now_us=session.around.now_us())
    return carried


# -- what is lacking -------------------------------------------------------------------------------------------------


def _draft(tx: LedgerTx, desk: Desk, intents: Sequence[Intent], done: Outgoing, *, now_us: int) -> None:
    makes = {one.key: one for one in intents if isinstance(one, Make | Notify)}
    made = outbox.creates(tx, desk.end.connection_id, sorted(makes))
    known = {write.key for write in made if write.state == "applied" or write.is_doubted}
    refused = {(write.key, write.fields) for write in made if write.state == "rejected"}
    for key, make in sorted(makes.items()):
        if key in known:
            continue  # made once: whatever became of it since is a person's
        write = (
            notices.write_of(make, desk.end.connection_id, made_us=now_us)
            if isinstance(make, Notify)
            else _create(tx, desk, make, done.held, now_us=now_us)
        )
        if write is not None and (key, write.fields) not in refused:
            done.writes.append(write)
    sets: dict[tuple[str, str], dict[str, SetField]] = {}
    for one in intents:
        if isinstance(one, SetField):
            sets.setdefault((one.kind, one.record_id), {})[one.field] = one
    for kind_name in sorted({kind_name for kind_name, _ in sets}):
        wanted = {record_id: fields for (name, record_id), fields in sets.items() if name == kind_name}
        done.writes += _updates(tx, desk, kind_name, wanted, done.held, now_us=now_us)


def _create(tx: LedgerTx, desk: Desk, make: Make, held: list[Held], *, now_us: int) -> Write | None:
    objects = [one for one in desk.end.objects(make.kind) if make.object in {None, one.object}]
    if make.kind not in _MADE or not objects:
        held.append(Held(make.key, Side.LEFT, None, "this connection may not make records of that kind"))
        return None
    compiled = objects[0]
    sight = Sight(tx, desk.end, make.kind, frozenset(make.values))
    values = {name: value for name, value in make.values.items() if value is not None}
    written = sight.written(compiled, values)
    if isinstance(written, Failed):
        first = written.failures[0]
        held.append(Held(make.key, Side.LEFT, first.field, first.failure.template, dict(first.failure.params)))
        return None
    more: dict[str, object] = {ASKED_AGAIN: True} if make.is_asked_again else {}
    lines = [_line(name, None, value, make.why) | more for name, value in sorted(values.items())]
    return _write(desk, make.kind, compiled.object, lines, written, op="create", key=make.key, made_us=now_us)


def _updates(
    tx: LedgerTx,
    desk: Desk,
    kind_name: str,
    wanted: Mapping[str, Mapping[str, SetField]],
    held: list[Held],
    *,
    now_us: int,
) -> list[Write]:
    fields = frozenset(name for some in wanted.values() for name in some)
    refused = {name for name in fields if not desk.grant.allows(kind_name, name)}
    why = "the field {field} was not granted"
    held += [Held("*", Side.LEFT, name, why, {"field": name}) for name in sorted(refused)]
    sight = Sight(tx, desk.end, kind_name, fields - refused)
    held_at = links.places(tx, kind_name, sorted(wanted), desk.end.connection_id)
    place_of = {record_id: found[0][1:] for record_id, found in held_at.items()}
    seen: dict[tuple[str, str], Seen] = {}
    for object_name in sorted({name for name, _ in place_of.values()}):
        ids = sorted(external_id for name, external_id in place_of.values() if name == object_name)
        seen |= {(object_name, external_id): one for external_id, one in sight.see(object_name, ids).items()}
    found = []
    for record_id, place in sorted(place_of.items()):
        shown = seen.get(place)
        if shown is not None and not shown.is_deleted:
            some = {name: one for name, one in wanted[record_id].items() if name not in refused}
            found += _update(desk, sight, shown, some, held, made_us=now_us)
    return found


def _update(
    desk: Desk, sight: Sight, seen: Seen, wanted: Mapping[str, SetField], held: list[Held], *, made_us: int
) -> list[Write]:
    """The write of what a record shows otherwise; none where that is nothing."""
    values: dict[str, Value] = {}
    lines: list[dict[str, object]] = []
    for name, one in sorted(wanted.items()):
        shows = sight.shows(seen, name, one.value)
        if isinstance(shows, Unseen):
            why = "this system would show {field} as something else"
            held.append(Held(one.record_id, Side.LEFT, name, why, {"field": name}))
        elif name in seen.values and shows != seen.values[name]:
            values[name] = one.value
            lines.append(_line(name, seen.values[name], one.value, one.why) | {"shows": shows})
    written = sight.written(desk.end.mapping.object(seen.object), values, beside=seen) if values else {}
    if not lines or isinstance(written, Failed):
        return []
    record_id = next(iter(wanted.values())).record_id
    before = encode_payload({name: seen.payload.get(name) for name in written}).decode()
    key = f"cb1-{record_id}"
    made = _write(desk, sight.kind, seen.object, lines, written, op="update", key=key, made_us=made_us)
    place = replace(made, record_id=record_id, external_id=seen.external_id, base_revision=seen.revision)
    return [replace(place, before=before)]


def _line(name: str, old: Value, new: Value, why: str) -> dict[str, object]:
    return {"field": name, "from": old, "to": new, "who": "crmbridge", "why": why}


def _write(
    desk: Desk,
    kind_name: str,
    object_name: str,
    lines: Sequence[Mapping[str, object]],
    written: Mapping[str, object],
    *,
    op: outbox.Op,
    key: str,
    made_us: int,
) -> Write:
    return Write(
        plan_id=0,
        connection_id=desk.end.connection_id,
        object=object_name,
        kind=kind_name,
        op=op,
        key=key,
        record_id=None,
        twin_id=None,
        side=None,
        external_id=None,
        base_revision=None,
        lines=orjson.dumps(lines).decode(),
        fields=encode_payload(dict(written)).decode(),
        before=None,
        made_us=made_us,
    )
