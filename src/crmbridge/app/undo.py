"""`crmbridge undo`: the plan that takes back a plan, or what a run has written; carried out by `apply` as any other."""

from crmbridge.app import intents, migrating, pairs, plan_views
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import plans, pruning, runs
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import ConfigError
from crmbridge.report.listing import Listing
from crmbridge.report.plans import kept_listing
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.running import run
from crmbridge.sync.twoway import standing
from crmbridge.sync.twoway.approving import foresee
from crmbridge.sync.twoway.intents import Desk
from crmbridge.sync.twoway.opening import at_table
from crmbridge.sync.twoway.rounds import Table, basis_of
from crmbridge.sync.twoway.undoing import UNDO, Undoing, undo


def undone(wiring: Wiring, what: str) -> list[Listing]:
    """A plan for each plan that is meant: by its name, or by the number of the run that carried it out."""
    return [_undone(wiring, plan) for plan in _meant(wiring, what)]


def _meant(wiring: Wiring, what: str) -> list[Plan]:
    with wiring.ledger.read() as tx:
        if not what.isdigit():
            return [plans.get(tx, what)]
        found = plans.of_run(tx, int(what))
        is_run = bool(found or runs.listing(tx, run_id=int(what)))
    if not is_run:
        raise ConfigError("there is no run {run}", run=what, hint="crmbridge runs lists them")
    if not found:
        raise ConfigError("the run {run} has written nothing", run=what, hint="crmbridge plan --list names the plans")
    return found


def _undone(wiring: Wiring, plan: Plan) -> Listing:
    with wiring.ledger.read() as tx:
        if pruning.is_pruned(tx, plan.id):
            raise ConfigError(
                "the values that the plan {plan} has changed are not kept any more",
                plan=plan.name,
                hint="[retention] in crmbridge.toml says for how long they are",
            )
    around, name = wiring.surroundings(None), pairs.plan_name(f"undo-{plan.name}")
    connection, pair = intents.connection_of(plan), plan.scope.removeprefix(UNDO).removeprefix(pairs.PAIR)
    ends = migrating.of_plan(plan)
    setup = None if connection is not None or ends is not None else pairs.pair_setup(wiring, pair, writing=False)
    found: list[Undoing] = []

    def afterwards(run_id: int, _: SyncResult) -> None:
        opened = None if setup is None else at_table(setup, around, run_id)
        opened = opened if ends is None else migrating.at_table(wiring, ends, around, run_id)
        if opened is not None:
            with opened as table:
                found.append(_at_table(table, plan, name))
            return
        with intents.desk_of(wiring, connection or "", around, run_id, writing=False) as desk:
            found.append(_at_desk(desk, plan, name))

    run(f"undo {plan.name}", [], around, lambda *_: None, afterwards=afterwards)
    made = found[0]
    if made.plan is None:
        return _nothing(wiring, plan, made)
    return plan_views.plan(wiring, made.plan.name)


def _at_table(table: Table, plan: Plan, name: str) -> Undoing:
    basis, now_us = basis_of(table.pair), table.session.around.now_us()
    with table.session.begin() as tx:
        made = undo(tx, plan, [table.left, table.right], name=name, basis=basis, now_us=now_us)
        if made.plan is not None:
            place = (tx, table.pair, made.writes)
            measured = standing.of_pair(*place, basis=basis, changed=0, is_seen=True, now_us=now_us)
            foresee(tx, made.plan, made.writes, measured, table.limits)
    return made


def _at_desk(desk: Desk, plan: Plan, name: str) -> Undoing:
    now_us = desk.target.session.around.now_us()
    with desk.target.session.begin() as tx:
        made = undo(tx, plan, [desk.target], name=name, basis=desk.basis, now_us=now_us)
        if made.plan is not None:
            place = (tx, desk.end, desk.scope, made.writes)
            foresee(
                tx, made.plan, made.writes, standing.of_connection(*place, basis=desk.basis, is_seen=True), desk.limits
            )
    return made


def _nothing(wiring: Wiring, plan: Plan, made: Undoing) -> Listing:
    with wiring.ledger.read() as tx:
        known = plan_views.names_of(tx, wiring, [one.write for one in made.kept], plan)
    return kept_listing(plan.name, [(one.write, one.about, one.reason) for one in made.kept], known)
