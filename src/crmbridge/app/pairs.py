"""Pairs of a workspace at work: planned, carried out by a person's word, and kept in step by every sync."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from crmbridge.app.access import Purpose
from crmbridge.app.person import who
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import plans
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import ConfigError, CrmBridgeError, suggestion
from crmbridge.model.ids import new_ulid
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.running import run
from crmbridge.sync.setup import ConnectionSetup, Progress, Surroundings
from crmbridge.sync.twoway.approving import Approval, apply_plan
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.opening import Door, PairSetup
from crmbridge.sync.twoway.rounds import Round, Table, go_round, make_plan, merge
from crmbridge.sync.twoway.settling import settle
from crmbridge.sync.twoway.undoing import UNDO
from crmbridge.sync.twoway.working import Worked, work

PAIR = "pair:"


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did with pairs, each with what became of it or why it was left alone."""

    result: SyncResult
    worked: Sequence[Worked]


def pair_setup(wiring: Wiring, name: str, *, writing: bool) -> PairSetup:
    """The pair as it is configured; ConfigError or ScopeError where it is to be written and may not be."""
    section = wiring.workspace.pair(name)
    if writing:
        require_both(wiring, name)
    setups = {setup.name: setup for setup in wiring.setups(list(section.connections))}
    _require_boards(name, section.boards.values(), setups.values())
    purpose: Purpose = "write" if writing else "read"
    left, right = (Door(setups[one], partial(wiring.open, one, purpose)) for one in section.connections)
    return PairSetup(
        name,
        left,
        right,
        section.ordered_kinds,
        wiring.zone,
        lambda: plan_name(name),
        Policy(section.policy),
        section.policies,
        creates=section.creating,
        deletes=bool(section.deletes),
        create_probable=section.create_probable,
        mirror=section.mirror,
    )


def _require_boards(name: str, boards: Iterable[str], setups: Iterable[ConnectionSetup]) -> None:
    """ConfigError for a board that neither mapping has."""
    known = {one for setup in setups for one in setup.mapping.objects}
    for board in boards:
        if board not in known:
            raise ConfigError(
                "pairs.{pair}.boards: no mapping has an object {value}",
                pair=name,
                value=board,
                nearest=suggestion(board, sorted(known)),
                hint="did you mean {nearest}?",
            )


def plan_name(stem: str) -> str:
    """A name for a plan that is easy to type and that no other has."""
    return f"{stem}-{new_ulid()[-5:].lower()}"


def require_both(wiring: Wiring, name: str) -> None:
    """Nothing happens where both connections of a pair may be written in both ways; the first reason otherwise."""
    for connection in wiring.workspace.pair(name).connections:
        allowed = wiring.allowance(connection)
        allowed.require("two-way")
        wiring.require_login(connection, "two-way")


def refusal(wiring: Wiring, name: str) -> CrmBridgeError | None:
    """Why a pair may not be written, None where it may."""
    try:
        require_both(wiring, name)
    except CrmBridgeError as error:
        return error
    return None


# -- in a sync -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class AfterReading:
    """The rounds of a sync: those pairs of which both connections were read to their end and may be written."""

    wiring: Wiring
    around: Surroundings
    read: frozenset[str]
    worked: list[Worked] = field(default_factory=list)

    def __call__(self, run_id: int, result: SyncResult) -> None:
        """Works on each pair; what keeps one from being written stops no other."""
        for name, section in self.wiring.workspace.config.pairs.items():
            if not self.read.issuperset(section.connections):
                continue
            error = refusal(self.wiring, name) or _unread(result, name, section.connections)
            if error is not None:
                self.worked.append(Worked(name, error=error))
                continue
            setup = pair_setup(self.wiring, name, writing=True)
            self.worked.append(work(setup, self.around, run_id, result=result, go=go_round))


def _unread(result: SyncResult, name: str, connections: Sequence[str]) -> CrmBridgeError | None:
    """Why a pair is not to be written after this reading: something of it was not read, or not as it used to be."""
    failed = {connection for connection, _ in result.failures}
    failed |= {step.connection for step in result.steps if step.exit_code not in {0, 1}}
    missing = [one for one in connections if one in failed]
    if not missing:
        return None
    return ConfigError(
        "the pair {pair} was not written: {connections} could not be read to the end",
        pair=name,
        connections=", ".join(missing),
    )


# -- by a person's word ----------------------------------------------------------------------------------------------


def look(wiring: Wiring, name: str, progress: Progress | None = None) -> Round:
    """Merges what was read and plans what is to be written; nothing is sent to anybody."""
    setup = pair_setup(wiring, name, writing=False)
    worked = _in_run(wiring, f"plan {name}", setup, _looked, progress=progress)
    if worked.round is None:
        raise worked.error or RuntimeError("a pair was worked on and nothing came of it")
    return worked.round


def _looked(table: Table) -> Round:
    done = Round()
    for side in Side:
        done.settled[side] = settle(table.target(side))
    done.decided = merge(table)
    make_plan(table, done, lifted=frozenset(), is_approved=False)
    return done


def carry_out(wiring: Wiring, plan: Plan, lifted: frozenset[str], progress: Progress | None = None) -> Done:
    """Carries out a plan of a pair. Errors that say that nothing was sent leave; others are in the result."""
    name = plan.scope.removeprefix(UNDO).removeprefix(PAIR)
    approval = Approval(who(), lifted)
    setup = pair_setup(wiring, name, writing=True)
    said = " ".join([f"apply {plan.name}", *(f"--lift {guard}" for guard in sorted(lifted)), f"({approval.by})"])
    found: list[Worked] = []
    around = wiring.surroundings(progress)

    def go(table: Table) -> Round:
        return apply_plan(table, plan, approval)

    def afterwards(run_id: int, result: SyncResult) -> None:
        found.append(work(setup, around, run_id, result=result, go=go))

    result = run(said, [], around, lambda *_: None, afterwards=afterwards)
    if found[0].round is None and found[0].error is not None:
        raise found[0].error
    return Done(result, found)


def _in_run(
    wiring: Wiring, command: str, setup: PairSetup, go: Callable[[Table], Round], *, progress: Progress | None
) -> Worked:
    found: list[Worked] = []
    around = wiring.surroundings(progress)

    def afterwards(run_id: int, result: SyncResult) -> None:
        found.append(work(setup, around, run_id, result=result, go=go))
        if found[0].round is not None:
            result.failures.clear()  # a guard that would stop the plan is what was asked for

    run(command, [], around, lambda *_: None, afterwards=afterwards)
    return found[0]


def plan_of(wiring: Wiring, name: str) -> Plan:
    """The plan of that name; ConfigError with the nearest otherwise."""
    with wiring.ledger.read() as tx:
        return plans.get(tx, name)
