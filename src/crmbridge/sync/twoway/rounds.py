"""One round of a pair: look at what is in doubt, merge what was touched, make the plan, and carry it out if it may be.

Each part reads and writes tables, can be run alone and again, and be killed anywhere: what it had not done is done by
the next round.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import orjson

from crmbridge.ledger import outbox, plans, streams, touches, twins
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.plans import Plan
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import GuardStop
from crmbridge.sync.describing import check_described, checked
from crmbridge.sync.session import Session
from crmbridge.sync.twoway import guards, merged_away, planning, standing, suggesting
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.applying import Carried, carry_out
from crmbridge.sync.twoway.deciding import Decided, merge_touched
from crmbridge.sync.twoway.guards import Limits, Trip
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.mirror import Mirror
from crmbridge.sync.twoway.pairs import Pair
from crmbridge.sync.twoway.planning import Draft, Held
from crmbridge.sync.twoway.settling import Settled, settle
from crmbridge.sync.twoway.standing import DAY_US

VALID_US = DAY_US
"""A plan may be approved for a day."""
MOST_HELD = 1_000
MOVED_PERCENT = 10
"""A plan of which more has moved since is not carried out at all."""


@dataclass(slots=True)
class Round:
    """What a round did. `plan` is None where there was nothing to write; `trips` are the guards that stopped it."""

    settled: dict[Side, Settled] = field(default_factory=dict)
    decided: Decided = field(default_factory=Decided)
    plan: Plan | None = None
    draft: Draft = field(default_factory=Draft)
    trips: list[Trip] = field(default_factory=list)
    carried: dict[Side, Carried] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Where a pair meets: the pair, both ends opened for writing, and how plans are named."""

    pair: Pair
    left: Target
    right: Target
    new_name: Callable[[], str]
    limits: Limits = field(default_factory=Limits)

    def target(self, side: Side) -> Target:
        """One of the ends."""
        return self.left if side is Side.LEFT else self.right

    @property
    def session(self) -> Session:
        """The session under whose lease both sides are decided: the left one's."""
        return self.left.session

    @property
    def scope(self) -> str:
        """What plans of this pair are for."""
        return f"pair:{self.pair.name}"


def go_round(table: Table, *, approved_by: str | None = None, lifted: frozenset[str] = frozenset()) -> Round:
    """One whole round. A plan that a guard stops is saved and not carried out; so is the first of its basis.

    `approved_by` approves the plan of this round, as it is, and `lifted` names guards that a person lets pass.
    """
    done = Round()
    for side in Side:
        done.settled[side] = settle(table.target(side))
    done.decided = merge(table)
    make_plan(table, done, lifted=lifted, is_approved=approved_by is not None)
    if done.plan is None or done.trips:
        return done
    carry(table, done, approved_by=approved_by)
    return done


def merge(table: Table) -> Decided:
    """Decides everything that was touched, batch by batch."""
    done = Decided()
    with table.session.begin() as tx:
        _begin(tx, table.pair)
    while True:
        with table.session.begin() as tx:
            found = merge_touched(tx, table.pair, now_us=table.session.around.now_us())
        if found is None:
            return done
        done.add(found)


def _begin(tx: LedgerTx, pair: Pair) -> None:
    """What the pair has never looked at is touched as a whole."""
    for kind_name in pair.kinds:
        if twins.has_any(tx, pair.name, kind_name):
            continue
        for end in (pair.left, pair.right):
            for compiled in end.objects(kind_name):
                touches.touch_all(tx, streams.ensure(tx, end.connection_id, compiled.object))


def make_plan(table: Table, done: Round, *, lifted: frozenset[str], is_approved: bool) -> None:
    """Saves what is to be written as a plan, with the guards that stop it; none where nothing is.

    A plan that waits for a person keeps its name as long as it says nearly the same.
    """
    now_us = table.session.around.now_us()
    basis = basis_of(table.pair)
    with table.session.begin() as tx:
        if done.decided.records:
            suggesting.look(tx, table.pair, now_us=now_us)
        done.draft = planning.draft(tx, table.pair, now_us=now_us)
        merged_away.spare(tx, table.pair, done.draft)
        if not done.draft.writes:
            return
        changed = done.decided.changed
        measured = standing.of_pair(
            tx, table.pair, done.draft.writes, basis=basis, changed=changed, is_seen=is_approved, now_us=now_us
        )
        trips = guards.check(done.draft.writes, measured, table.limits)
        done.trips = [trip for trip in trips if trip.guard not in lifted]
        if done.trips and (kept := still_waiting(tx, table.scope, basis, done.draft.writes, now_us=now_us)) is not None:
            done.plan = kept
            return
        plan = Plan(
            name=table.new_name(),
            scope=table.scope,
            basis=basis,
            state="open" if done.trips else "approved",
            lines=len(done.draft.writes),
            made_us=now_us,
            expires_us=now_us + VALID_US,
            guards=told(done.trips),
            held=held_text(done.draft.held),
            lifted=orjson.dumps(sorted(lifted)).decode() if lifted else None,
        )
        plan_id = plans.add(tx, plan)
        done.plan = replace(plan, id=plan_id)
        outbox.add(tx, [replace(write, plan_id=plan_id) for write in done.draft.writes])


def still_waiting(tx: LedgerTx, scope: str, basis: str, writes: Sequence[Write], *, now_us: int) -> Plan | None:
    """The plan that waits for a person already and says so nearly the same that it need not be looked at again."""
    for plan in plans.waiting(tx, scope):
        if plan.basis != basis or plan.expires_us <= now_us or plan.state != "open":
            continue
        before = {_said(write) for write in outbox.of_plan(tx, plan.id, state="planned")}
        now = {_said(write) for write in writes}
        if len(before ^ now) * 100 <= len(now) * MOVED_PERCENT:
            return plan
    return None


def _said(write: Write) -> tuple[object, ...]:
    return write.op, write.connection_id, write.object, write.key, write.external_id, write.fields


def carry(table: Table, done: Round, *, approved_by: str | None = None) -> None:
    """Carries the plan out on both sides; a side that shows something else than was written stops it.

    Before the first write each side must still be the account that it was connected to. A plan that undoes stays on
    its way while a write of it is in doubt: nothing else would send that again.
    """
    plan = done.plan
    if plan is None:
        return
    for side in Side:
        checked(table.target(side).session, table.target(side).adapter)
    with table.session.begin() as tx:
        now_us, run_id = table.session.around.now_us(), table.session.run_id
        plans.move(tx, plan.id, "running", now_us=now_us, approved_by=approved_by, run_id=run_id)
    try:
        for side in Side:
            target = table.target(side)
            check_described(target.session, target.adapter, plan.id, target.objects)
        for side in Side:
            done.carried[side] = _carried(plan.id, table, side)
    except GuardStop:
        with table.session.begin() as tx:
            plans.move(tx, plan.id, "refused", now_us=table.session.around.now_us())
        raise
    with table.session.begin() as tx:
        is_waited_for = any(one.waits for one in done.carried.values())
        doubt = plan.undoes is not None and {"sent", "unknown"} & outbox.counts(tx, plan.id).keys()
        if not is_waited_for and not doubt:
            plans.move(tx, plan.id, "done", now_us=table.session.around.now_us())


def _carried(plan_id: int, table: Table, side: Side) -> Carried:
    """Everything for one side; what waits for a record in doubt is sent as soon as a look for it tells of it."""
    target, peer = table.target(side), table.target(side.other)
    done = carry_out(plan_id, target, peer=peer)
    if done.waits and settle(target).applied:
        more = carry_out(plan_id, target, peer=peer)
        for to, count in more.counts.items():
            done.add(to, count)
        done.waits = more.waits
    return done


def basis_of(pair: Pair) -> str:
    """What a person approves once: the pair's rules and both mappings. Another basis needs another approval."""
    told: Mapping[str, object] = {
        "pair": [pair.name, pair.left.connection, pair.right.connection, list(pair.kinds), sorted(pair.creates)],
        "deletes": pair.deletes,
        "rules": {
            kind: {name: [rule.policy, rule.is_set] for name, rule in rules.items()}
            for kind, rules in pair.rules.items()
        },
        "mappings": [pair.left.mapping.hash, pair.right.mapping.hash],
    }
    if pair.mirror != Mirror():
        told = {**told, "mirror": asdict(pair.mirror)}
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def held_text(found: Sequence[Held]) -> str | None:
    """What cannot be written, as it is kept with a plan: the first of many."""
    rows = [[one.record_id, one.side, one.about, one.template, dict(one.params)] for one in found[:MOST_HELD]]
    return orjson.dumps(rows, default=str).decode() if rows else None


def told(trips: Sequence[Trip]) -> str | None:
    """What stops a plan, as it is kept with it."""
    return orjson.dumps([[trip.guard, trip.template, dict(trip.params)] for trip in trips]).decode() if trips else None
