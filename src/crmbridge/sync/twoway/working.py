"""Pairs at work inside a run: what was written is in the run's steps, what stopped it among its failures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from crmbridge.ledger import outbox, runs
from crmbridge.ledger.outbox import Write
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync.outcome import Counts, SyncResult
from crmbridge.sync.setup import Surroundings
from crmbridge.sync.steps import Steps
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.approving import stopped
from crmbridge.sync.twoway.opening import PairSetup, at_table
from crmbridge.sync.twoway.rounds import Round, Table

Go = Callable[[Table], Round]
_COUNTED = {"create": "written", "update": "updated", "delete": "deleted"}


@dataclass(frozen=True, slots=True)
class Worked:
    """What became of a pair in a run; `round` is None where an error came first."""

    pair: str
    round: Round | None = None
    error: CrmBridgeError | None = None


def work(pair: PairSetup, around: Surroundings, run_id: int, *, result: SyncResult, go: Go) -> Worked:
    """One round of a pair as part of a run. Errors that concern the pair are in the result; they stop no other."""
    try:
        with at_table(pair, around, run_id) as table:
            done = _gone_round(table, go, result)
    except CrmBridgeError as error:
        result.failures.append((pair.name, error))
        return Worked(pair.name, error=error)
    if done.plan is not None and done.trips:
        stop = stopped(done.plan, done.trips)
        result.failures.append((pair.name, stop))
        return Worked(pair.name, done, stop)
    return Worked(pair.name, done)


def _gone_round(table: Table, go: Go, result: SyncResult) -> Round:
    since_us = table.session.around.now_us()
    try:
        return go(table)
    finally:
        keep_steps([table.left, table.right], result, since_us=since_us)


def keep_steps(targets: Sequence[Target], result: SyncResult, *, since_us: int) -> None:
    """A step for each object that was written in this run, however it ended: from what the outbox says."""
    for target in targets:
        with target.session.around.ledger.read() as tx:
            found = outbox.of_run(tx, target.session.run_id, target.session.connection_id, since_us=since_us)
        steps = Steps(target.session, result)
        for name in sorted({write.object for write in found} & target.objects.keys()):
            with steps.part(target.objects[name], runs.WRITE) as step:
                step.counts = _counts(write for write in found if write.object == name)


def _counts(writes: Iterable[Write]) -> Counts:
    counts = Counts()
    for write in writes:
        if write.state == "applied":
            setattr(counts, _COUNTED[write.op], getattr(counts, _COUNTED[write.op]) + 1)
        elif write.state == "rejected":
            counts.quarantined += 1
    return counts
