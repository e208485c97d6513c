"""Intents of services on their way to one connection: planned and sent as far as it was granted, as a run."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from crmbridge.app.notice_file import FILE, NoticeFile
from crmbridge.app.pairs import plan_name
from crmbridge.app.person import who
from crmbridge.app.wiring import Wiring
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.running import run
from crmbridge.sync.setup import Progress, Surroundings
from crmbridge.sync.twoway import intents
from crmbridge.sync.twoway.approving import Approval, stopped
from crmbridge.sync.twoway.intents import INTENTS, Desk, Intent, Outgoing
from crmbridge.sync.twoway.opening import Door, at_door
from crmbridge.sync.twoway.undoing import UNDO
from crmbridge.sync.twoway.working import keep_steps


@dataclass(frozen=True, slots=True)
class Sent:
    """How a run of intents ended; `outgoing` is None where an error came first, or a saved plan was carried out."""

    result: SyncResult
    outgoing: Outgoing | None = None


def connection_of(plan: Plan) -> str | None:
    """The connection that a plan of intents, or its undoing, is for; None where it is a pair's."""
    scope = plan.scope.removeprefix(UNDO)
    return scope.removeprefix(INTENTS) if scope.startswith(INTENTS) else None


def look(wiring: Wiring, connection: str, wanted: Sequence[Intent], progress: Progress | None = None) -> Sent:
    """Plans what the intents lack, saved for `crmbridge apply`; nothing is sent.

    ConfigError or ScopeError where nothing may be written to the connection.
    """
    require(wiring, connection)
    found: list[Outgoing] = []

    def work(desk: Desk) -> None:
        found.append(intents.look(desk, wanted))

    result = _run(wiring, f"plan intents {connection}", connection, work, progress=progress, writing=False)
    return Sent(result, found[0] if found else None)


def send(wiring: Wiring, connection: str, wanted: Sequence[Intent], progress: Progress | None = None) -> Sent:
    """Sends what the intents lack. A first plan, or one that a guard stops, waits for `crmbridge apply`.

    ConfigError or ScopeError where nothing may be written to the connection.
    """
    require(wiring, connection)
    found: list[Outgoing] = []

    def work(desk: Desk) -> CrmBridgeError | None:
        found.append(intents.send(desk, wanted))
        done = found[0]
        return stopped(done.plan, done.trips) if done.plan is not None and done.trips else None

    result = _run(wiring, f"intents {connection}", connection, work, progress=progress)
    return Sent(result, found[0] if found else None)


def carry_out(
    wiring: Wiring,
    plan: Plan,
    lifted: frozenset[str],
    progress: Progress | None = None,
    *,
    still_wanted: Callable[[], Collection[str]] | None = None,
) -> Sent:
    """Carries out a saved plan of intents by a person's word; errors that say that nothing was sent leave.

    `still_wanted`: see `sync.twoway.intents.apply_plan`.
    """
    connection = connection_of(plan) or ""
    require(wiring, connection)
    approval = Approval(who(), lifted)
    said = " ".join([f"apply {plan.name}", *(f"--lift {guard}" for guard in sorted(lifted)), f"({approval.by})"])

    def work(desk: Desk) -> None:
        intents.apply_plan(desk, plan, approval, still_wanted)

    result = _run(wiring, said, connection, work, progress=progress)
    for _, error in result.failures:
        raise error
    return Sent(result)


def require(wiring: Wiring, connection: str) -> None:
    """Nothing happens where at least tasks may be written to the connection."""
    allowed = wiring.allowance(connection)
    allowed.require("tasks")
    wiring.require_login(connection, allowed.mode)


@contextmanager
def desk_of(
    wiring: Wiring, connection: str, around: Surroundings, run_id: int, *, writing: bool = True
) -> Iterator[Desk]:
    """The connection under its lease, opened, with what it was granted as far as the configuration lets it."""
    allowed = wiring.allowance(connection)
    if allowed.grant is None:
        allowed.require("tasks")
        raise TypeError("nothing is written without a grant")
    setup = wiring.setups([connection])[0]
    door = Door(setup, partial(wiring.open, connection, "write" if writing else "read"))
    with at_door(door, around, run_id, zone=wiring.zone) as target:
        grant = replace(allowed.grant, mode=allowed.mode)
        channel = NoticeFile(wiring.workspace.folder / FILE, wiring.clock)
        yield Desk(target, grant, lambda: plan_name(connection), channel=channel)


def _run(
    wiring: Wiring,
    command: str,
    connection: str,
    work: Callable[[Desk], CrmBridgeError | None],
    *,
    progress: Progress | None,
    writing: bool = True,
) -> SyncResult:
    around = wiring.surroundings(progress)

    def afterwards(run_id: int, result: SyncResult) -> None:
        since_us = around.now_us()
        try:
            with desk_of(wiring, connection, around, run_id, writing=writing) as desk:
                try:
                    error = work(desk)
                finally:
                    keep_steps([desk.target], result, since_us=since_us)
        except CrmBridgeError as failure:
            result.failures.append((connection, failure))
        else:
            result.failures += [] if error is None else [(connection, error)]

    return run(command, [], around, lambda *_: None, afterwards=afterwards)
