"""`crmbridge migrate FROM TO`: read both, plan what is made in the second, and carry it out by a person's word."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from crmbridge.app.access import Purpose
from crmbridge.app.pairs import PAIR, Done, plan_name
from crmbridge.app.person import who
from crmbridge.app.wiring import Wiring
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import ConfigError, CrmBridgeError
from crmbridge.sync.engine import run_sync
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.running import run
from crmbridge.sync.setup import Progress, Surroundings
from crmbridge.sync.twoway import moving
from crmbridge.sync.twoway.approving import Approval, apply_plan
from crmbridge.sync.twoway.left_behind import Carries, Left, carries, left_behind
from crmbridge.sync.twoway.moving import Migration
from crmbridge.sync.twoway.opening import Door, PairSetup
from crmbridge.sync.twoway.rounds import Round, Table
from crmbridge.sync.twoway.surveying import Beside, survey
from crmbridge.sync.twoway.undoing import UNDO
from crmbridge.sync.twoway.working import Worked, keep_steps


@dataclass(slots=True)
class Looked:
    """What a look at a migration brought; `plan` is None where everything is there."""

    giver: str
    receiver: str
    plan: Plan | None = None
    carries: list[Carries] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    refusal: CrmBridgeError | None = None


def of_plan(plan: Plan) -> tuple[str, str] | None:
    """The two connections of a migration's plan; None where the plan is for something else."""
    return moving.ends_of(plan.scope.removeprefix(UNDO).removeprefix(PAIR))


@contextmanager
def at_table(wiring: Wiring, ends: tuple[str, str], around: Surroundings, run_id: int) -> Iterator[Table]:
    """Both connections of a migration, opened to be looked at."""
    with moving.at_migration(_asked(wiring, *ends, owner=None, writing=False), around, run_id) as table:
        yield table


def look(
    wiring: Wiring,
    giver: str,
    receiver: str,
    *,
    owner: str | None,
    again: bool = False,
    progress: Progress | None,
) -> Looked:
    """Reads both connections and plans what is to be written; nothing is sent to anybody.

    With `again` what an undo has taken back is planned anew.
    """
    asked = _asked(wiring, giver, receiver, owner=owner, writing=False)
    done = Looked(giver, receiver, refusal=refusal(wiring, receiver))
    around = wiring.surroundings(progress)
    read_us = around.now_us()

    def go(table: Table) -> None:
        found = moving.look(table, read_us=read_us)
        done.plan = found.plan
        with table.session.around.ledger.read() as tx:
            done.carries = carries(tx, table.pair, found.draft)
            done.left = left_behind(tx, table.pair, found.draft)
        done.beside = survey(table.left, table.pair)

    def afterwards(run_id: int, result: SyncResult) -> None:
        unread = next(iter(result.failures), None)
        if unread is not None:
            raise unread[1]
        with moving.at_migration(replace(asked, again=again), around, run_id) as table:
            go(table)

    setups = [asked.pair.left.setup, asked.pair.right.setup]
    result = run_sync(setups, around, afterwards=afterwards)
    for _, error in result.failures:
        raise error
    return done


def carry_out(wiring: Wiring, plan: Plan, lifted: frozenset[str], progress: Progress | None) -> Done:
    """Carries out a plan, or goes on with one that was cut short; what says that nothing was sent leaves."""
    giver, receiver = of_plan(plan) or ("", "")
    require(wiring, receiver)
    asked = _asked(wiring, giver, receiver, owner=None, writing=True)
    around, approval = wiring.surroundings(progress), Approval(who(), lifted)
    found: list[Worked] = []

    def afterwards(run_id: int, result: SyncResult) -> None:
        since_us = around.now_us()
        try:
            with moving.at_migration(asked, around, run_id) as table:
                try:
                    done: Round = apply_plan(table, plan, approval)
                finally:
                    keep_steps([table.right], result, since_us=since_us)
        except CrmBridgeError as error:
            result.failures.append((asked.pair.name, error))
            found.append(Worked(asked.pair.name, error=error))
        else:
            found.append(Worked(asked.pair.name, done))

    result = run(f"apply {plan.name} ({approval.by})", [], around, lambda *_: None, afterwards=afterwards)
    if found[0].error is not None:
        raise found[0].error
    return Done(result, found)


def require(wiring: Wiring, receiver: str) -> None:
    """Nothing happens where records may be made in the connection."""
    wiring.allowance(receiver).require("two-way")
    wiring.require_login(receiver, "two-way")


def refusal(wiring: Wiring, receiver: str) -> CrmBridgeError | None:
    """Why nothing may be made in the connection, None where it may."""
    try:
        require(wiring, receiver)
    except CrmBridgeError as error:
        return error
    return None


def _asked(wiring: Wiring, giver: str, receiver: str, *, owner: str | None, writing: bool) -> Migration:
    for name in (giver, receiver):
        wiring.workspace.connection(name)
    if giver == receiver:
        raise ConfigError("{connection} cannot be moved into itself", connection=giver, hint="name another connection")
    paired = frozenset(moving.KINDS)
    setups = {one.name: replace(one, paired=one.paired | paired) for one in wiring.setups([giver, receiver])}

    def door(name: str, purpose: Purpose) -> Door:
        return Door(setups[name], partial(wiring.open, name, purpose))

    left, right = door(giver, "read"), door(receiver, "write" if writing else "read")
    name = moving.name_of(giver, receiver)
    stem = f"{giver}-{receiver}"
    return Migration(PairSetup(name, left, right, moving.KINDS, wiring.zone, lambda: plan_name(stem)), owner)
