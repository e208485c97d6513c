"""What is due of a workspace goes into the queue: each job once, and no more at a time than the workspace's share.

    due by the ledger, and not in the queue yet -> the first of them, up to the share -> queue

So however many jobs of one workspace are due, another's waits behind no more of them than that share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge.app.jobs import ticking
from crmbridge.app.jobs.kinds import ReconcileArguments, SyncArguments
from crmbridge.ledger import jobs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbridge.app.config import Workspace
    from crmbridge.app.jobs.cluster.queue import Queue
    from crmbridge.app.jobs.performing import Call
    from crmbridge.app.wiring import Wiring

_OUTSIDE = {"sync", "follow-up", "reconcile"}


def feed(wiring: Wiring, queue: Queue, workspace: str, *, share: int | None, besides: int | None = None) -> int:
    """How many more jobs wait now. The row `besides` is about to end, and takes up no place."""
    ticking.notice(wiring)
    with wiring.ledger.begin() as tx:
        jobs.take_turn(tx)
        there = [row for row in queue.of(workspace) if row.id != besides]
        known = {row.job for row in there}
        calls = [call for call in ticking.due_ones(ticking.standings(wiring)) if call.job not in known]
        places = None if share is None else max(share - len(there), 0)
        return sum(queue.put(workspace, call, lock_of(wiring.workspace, call.job)) for call in calls[:places])


def open_call(wiring: Wiring, job: str) -> Call | None:
    """What is due of a job by now, which may be more than when it was queued; None where nothing is."""
    found: Iterable[ticking.Standing] = ticking.standings(wiring) if job in wiring.workspace.config.jobs else ()
    return next((call for call in ticking.due_ones([one for one in found if one.name == job])), None)


def lock_of(workspace: Workspace, job: str) -> str:
    """What a job shares with others that must not run beside it: its connection, where it has just one."""
    touched = _connections(workspace, job)
    return f"connection:{touched[0]}" if len(touched) == 1 else f"job:{job}"


def _connections(workspace: Workspace, job: str) -> list[str]:
    section = workspace.job(job)
    if section.kind not in _OUTSIDE:
        return []
    match section.arguments:
        case SyncArguments(connections=named) if named:
            return sorted(set(named))
        case ReconcileArguments(pairs=named) if named:
            return sorted({end for pair in named for end in workspace.pair(pair).connections})
    return sorted(workspace.config.connections)
