"""A plan that was saved is carried out because a person says so: as it is, within a day, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from crmbridge.ledger import outbox, plans
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.plans import Plan
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError, GuardStop, suggestion
from crmbridge.sync.twoway import guards, moving, standing
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.applying import moved
from crmbridge.sync.twoway.guards import Limits, Standing, Trip
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import MOVED_PERCENT, Round, Table, basis_of, carry, merge, told
from crmbridge.sync.twoway.settling import settle

ASKED_OF_UNDOING = frozenset({guards.DELETES, guards.FIELD_GONE})
"""What goes back to what it was is asked only how much it deletes, and whether the mapping still fits."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's word for one plan: who, and which guards may be passed by it alone."""

    by: str
    lifted: frozenset[str] = field(default_factory=frozenset)

    def check_names(self) -> None:
        """ConfigError where a guard is named that there is not, or one that nobody lifts."""
        for name in sorted(self.lifted):
            if name not in guards.NAMES:
                near = suggestion(name, guards.NAMES)
                raise ConfigError("there is no guard {guard}", guard=name, nearest=near, hint="did you mean {nearest}?")
            if name in guards.HARD:
                raise ConfigError("the guard {guard} cannot be lifted", guard=name)


def apply_plan(table: Table, plan: Plan, approval: Approval) -> Round:
    """Carries out a saved plan of a pair. GuardStop where it is out of date or a guard stops it, with nothing sent."""
    _check_word(table.left, plan, approval)
    done = Round(plan=plan)
    for side in Side:
        done.settled[side] = settle(table.target(side))
    done.decided = merge(table)
    if plan.basis != basis_of(table.pair):
        raise _refused(plan, "the pair or a mapping has changed since the plan {plan} was made")
    with table.session.begin() as tx:
        now_us = table.session.around.now_us()
        if plan.undoes is not None:  # no merge plans it again: what did not arrive is sent by this plan or never
            outbox.again(tx, plan.id)
        writes = outbox.of_plan(tx, plan.id, state="planned")
        is_superseded = _moved_too_far(tx, plan, writes, [table.left, table.right], now_us=now_us)
        measured = standing.of_pair(tx, table.pair, writes, basis=plan.basis, changed=0, is_seen=True, now_us=now_us)
        trips = (
            [] if is_superseded else _check(tx, plan, writes, measured=measured, approval=approval, limits=table.limits)
        )
    _stop(plan, trips, is_superseded=is_superseded)
    carry(table, done, approved_by=approval.by)
    return done


def check_alone(target: Target, plan: Plan, measured: Standing, approval: Approval, limits: Limits) -> None:
    """As `apply_plan` looks, for a plan that writes one connection by itself; GuardStop before anything is sent."""
    _check_word(target, plan, approval)
    with target.session.begin() as tx:
        writes = outbox.of_plan(tx, plan.id, state="planned")
        now_us = target.session.around.now_us()
        is_superseded = _moved_too_far(tx, plan, writes, [target], now_us=now_us)
        trips = [] if is_superseded else _check(tx, plan, writes, measured=measured, approval=approval, limits=limits)
    _stop(plan, trips, is_superseded=is_superseded)


def foresee(tx: LedgerTx, plan: Plan, writes: Sequence[Write], measured: Standing, limits: Limits) -> None:
    """Keeps with an undoing what will stop it, so that whoever looks at it knows before he gives his word."""
    _check(tx, plan, writes, measured=measured, approval=Approval(""), limits=limits)


def _check_word(target: Target, plan: Plan, approval: Approval) -> None:
    """Whether there is anything that a word could be for, and the guards that it names are ones."""
    approval.check_names()
    if plan.state not in {"open", "approved", "running"}:
        raise ConfigError(
            "the plan {plan} is {state}: there is nothing to carry out",
            plan=plan.name,
            state=plan.state,
            **_anew(plan),
        )
    if plan.expires_us <= target.session.around.now_us():
        raise _refused(plan, "the plan {plan} is older than 24 hours")


def _moved_too_far(
    tx: LedgerTx, plan: Plan, writes: Sequence[Write], targets: Sequence[Target], *, now_us: int
) -> bool:
    """Whether more than a tenth of the lines have moved; the plan ends then."""
    found = 0
    for target in targets:
        here = [write for write in writes if write.connection_id == target.session.connection_id]
        found += len(moved(tx, here, target.session.connection_id)) if here else 0
    if found * 100 <= len(writes) * MOVED_PERCENT:
        return False
    plans.move(tx, plan.id, "superseded", now_us=now_us)
    return True


def _check(
    tx: LedgerTx, plan: Plan, writes: Sequence[Write], *, measured: Standing, approval: Approval, limits: Limits
) -> list[Trip]:
    """What still stops the plan; kept with it, and what the person let pass."""
    trips = guards.check(writes, measured, limits)
    if plan.undoes is not None:
        trips = [trip for trip in trips if trip.guard in ASKED_OF_UNDOING]
    left = [trip for trip in trips if trip.guard not in approval.lifted]
    passed = sorted({trip.guard for trip in trips} & approval.lifted)
    plans.guarded(tx, plan.id, guards=told(left), lifted=orjson.dumps(passed).decode() if passed else None)
    return left


def _stop(plan: Plan, trips: Sequence[Trip], *, is_superseded: bool) -> None:
    if is_superseded:
        raise _refused(plan, "more than 10 % of the plan {plan} has moved since it was made: nothing was sent")
    if trips:
        raise stopped(plan, trips)


def stopped(plan: Plan, trips: Sequence[Trip]) -> GuardStop:
    """The error of a plan that guards stop."""
    first = trips[0]
    if first.guard == guards.FIRST and len(trips) == 1:
        hint = "crmbridge plan --show {plan} shows it, crmbridge apply {plan} carries it out"
    elif any(trip.guard in guards.HARD for trip in trips):
        hint = (
            "crmbridge plan --show {plan} shows it, and nothing lets it pass: mend the mapping, or change fewer at once"
        )
    else:
        hint = "crmbridge plan --show {plan} shows it, crmbridge apply {plan} {options} carries it out all the same"
    return GuardStop(
        "the plan {plan} waits for a person: {reason}",
        plan=plan.name,
        reason=str(first),
        guard=first.guard,
        guards=", ".join(trip.guard for trip in trips),
        options=" ".join(f"--lift {trip.guard}" for trip in trips if trip.guard not in guards.SEEN),
        hint=hint,
    )


def _refused(plan: Plan, why: str) -> GuardStop:
    return GuardStop(why, plan=plan.name, **_anew(plan))


def _anew(plan: Plan) -> dict[str, str]:
    """How another plan is made: the hint, and what it names."""
    ends = moving.ends_of(plan.scope.partition(":")[2])
    if ends is None:
        hint = "crmbridge plan makes a new one"
        return {"hint": hint}
    hint = "crmbridge migrate {giver} {receiver} makes a new one"
    return {"hint": hint, "giver": ends[0], "receiver": ends[1]}
