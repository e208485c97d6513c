"""`crmbridge undo`: the plan that takes back a plan, or what a run has written; carried out by `apply` as any other."""

from crmbridge.app import intents, migrating, pairs, plan_views
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import plans
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import ConfigError
from crmbridge.report.listing import Listing
from crmbridge.report.plans import kept_listing
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.running import run
from crmbridge.sync.twoway.opening import at_table
from crmbridge.sync.twoway.rounds import basis_of
from crmbridge.sync.twoway.undoing import UNDO, Undoing, undo


def undone(wiring: Wiring, what: str) -> list[Listing]:
    """A plan for each plan that is meant: by its name, or by the number of the run that carried it out."""
    return [_undone(wiring, plan) for plan in _meant(wiring, what)]


def _meant(wiring: Wiring, what: str) -> list[Plan]:
    with wiring.ledger.read() as tx:
        if not what.isdigit():
            return [plans.get(tx, what)]
        found = plans.of_run(tx, int(what))
    if not found:
        raise ConfigError("the run {run} has written nothing", run=what, hint="crmbridge plan --list names the plans")
    return found


def _undone(wiring: Wiring, plan: Plan) -> Listing:
    around, name = wiring.surroundings(None), pairs.plan_name(f"undo-{plan.name}")
    connection, pair = intents.connection_of(plan), plan.scope.removeprefix(UNDO).removeprefix(pairs.PAIR)
    ends = migrating.of_plan(plan)
    setup = None if connection is not None or ends is not None else pairs.pair_setup(wiring, pair, writing=False)
    found: list[Undoing] = []

    def afterwards(run_id: int, _: SyncResult) -> None:
        now_us = around.now_us()
        opened = None if setup is None else at_table(setup, around, run_id)
        opened = opened if ends is None else migrating.at_table(wiring, ends, around, run_id)
        if opened is not None:
            with opened as table, table.session.begin() as tx:
                targets, basis = [table.left, table.right], basis_of(table.pair)
                found.append(undo(tx, plan, targets, name=name, basis=basis, now_us=now_us))
            return
        with (
            intents.desk_of(wiring, connection or "", around, run_id, writing=False) as desk,
            desk.target.session.begin() as tx,
        ):
            found.append(undo(tx, plan, [desk.target], name=name, basis=desk.basis, now_us=now_us))

    run(f"undo {plan.name}", [], around, lambda *_: None, afterwards=afterwards)
    made = found[0]
    if made.plan is None:
        return _nothing(wiring, plan, made)
    return plan_views.plan(wiring, made.plan.name)


def _nothing(wiring: Wiring, plan: Plan, made: Undoing) -> Listing:
    with wiring.ledger.read() as tx:
        known = plan_views.names_of(tx, wiring, [one.write for one in made.kept], plan)
    return kept_listing(plan.name, [(one.write, one.about, one.reason) for one in made.kept], known)
