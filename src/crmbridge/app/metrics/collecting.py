"""Reads every metric out of the ledger and the configuration. No vendor is called, and nothing is written.

Only what the configuration names is told of: a connection or a job that it names no more is not watched any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbridge import version
from crmbridge.app.metrics import families
from crmbridge.app.metrics.families import Family, Sample
from crmbridge.http import state as door_state
from crmbridge.ledger import connections, counted, spending, standing
from crmbridge.ledger.counted import BOUNDS_S, Counts
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import to_us

if TYPE_CHECKING:
    from crmbridge.app.wiring import Wiring
    from crmbridge.ledger.transaction import LedgerTx

SECOND_US = 1_000_000
DAY_US = standing.DAY_US


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known now, and of which connections."""

    now_us: int
    names: tuple[str, ...]
    ids: dict[int, str]

    def by_name(self, family: Family, found: dict[int, int]) -> Iterator[Sample]:
        """A figure of every connection that was ever taken, 0 where nothing is found."""
        for number, name in self.ids.items():
            yield Sample(family, (name,), found.get(number, 0))

    def age_s(self, at_us: int) -> float:
        """How long ago that was."""
        return max(0, self.now_us - at_us) / SECOND_US


def collect(wiring: Wiring, *, audit: bool | None = None) -> list[Sample]:
    """Every sample. `audit` says whether the audit log is broken, where that was found out already."""
    return list(_collected(wiring, int(is_audit_broken(wiring) if audit is None else audit)))


def _collected(wiring: Wiring, is_broken: int) -> Iterator[Sample]:
    now_us = to_us(wiring.clock())
    yield Sample(families.INFO, (version(),), 1)
    yield Sample(families.COLLECTED, (), now_us / SECOND_US)
    with wiring.ledger.read() as tx:
        yield Sample(families.SCHEMA, (), standing.schema(tx))
        configured = tuple(wiring.workspace.config.connections)
        ids = {row.id: row.name for row in connections.listing(tx) if row.name in configured}
        moment = Moment(now_us, configured, ids)
        counts = counted.look(tx)
        yield from _runs(counts)
        yield from _connections(moment, counts)
        yield from _pairs(counts, wiring.workspace.config.pairs)
        yield Sample(families.PLANS_STOPPED, (), standing.plans_stopped(tx, now_us=now_us))
        yield from moment.by_name(families.QUARANTINE, standing.quarantined(tx))
        yield from moment.by_name(families.HELD, standing.landed(tx))
        yield from _doubts(moment, standing.doubts(tx))
        yield from _readings(moment, tx)
        yield from _breakers(moment, standing.doors(tx))
        yield from _credits(moment, tx)
        done = standing.jobs_done(tx)
    yield from _webhooks(wiring)
    yield from _jobs(wiring, done)
    yield Sample(families.AUDIT_BROKEN, (), is_broken)


def is_audit_broken(wiring: Wiring) -> bool:
    """Whether the audit log was altered, or cannot be looked at for want of its key."""
    from crmbridge.ledger import audit, audit_check  # noqa: PLC0415 - only where it is looked at

    with wiring.ledger.read() as tx:
        if not audit.is_used(tx):
            return False
    try:
        sealing, anchors = wiring.audit.sealing, wiring.audit.anchors()
    except ConfigError:
        return True
    with wiring.ledger.read() as tx:
        return any(True for _ in audit_check.problems(tx, sealing, anchors))


def _runs(counts: Counts) -> Iterator[Sample]:
    commands = sorted({key[1] for key in counts if key[0] == counted.RUNS})
    results: dict[tuple[str, str], int] = {}
    for (what, *labels), number in counts.items():
        if what == counted.RUNS:
            key = labels[0], families.RESULTS.get(int(labels[1]), families.OTHER)
            results[key] = results.get(key, 0) + number
    for command in commands:
        for word in families.RESULT_WORDS:
            yield Sample(families.RUNS, (command, word), results.get((command, word), 0))
        yield from _durations(counts, command, sum(results.get((command, word), 0) for word in families.RESULT_WORDS))


def _durations(counts: Counts, command: str, count: int) -> Iterator[Sample]:
    for bound in BOUNDS_S:
        number = counts[counted.RUN_WITHIN, command, str(bound)]
        yield Sample(families.RUN_DURATION, (command,), number, "_bucket", str(bound))
    yield Sample(families.RUN_DURATION, (command,), count, "_bucket", "+Inf")
    yield Sample(families.RUN_DURATION, (command,), counts[counted.RUN_US, command] / SECOND_US, "_sum")
    yield Sample(families.RUN_DURATION, (command,), count, "_count")


def _connections(moment: Moment, counts: Counts) -> Iterator[Sample]:
    for name in moment.names:
        for op in families.OPS:
            yield Sample(families.RECORDS, (name, op), counts[counted.RECORDS, name, op])
        yield Sample(families.CALLS, (name,), counts[counted.CALLS, name])
        yield Sample(families.CREDITS, (name,), counts[counted.CREDITS, name])


def _pairs(counts: Counts, pairs: Iterable[str]) -> Iterator[Sample]:
    for pair in pairs:
        yield Sample(families.CONFLICTS, (pair,), counts[counted.CONFLICTS, pair])
    for guard in families.GUARDS:
        yield Sample(families.GUARD_TRIPS, (guard,), counts[counted.GUARDS, guard])


def _doubts(moment: Moment, found: dict[int, standing.Doubt]) -> Iterator[Sample]:
    for number, name in moment.ids.items():
        doubt = found.get(number, standing.Doubt(0, None))
        yield Sample(families.IN_DOUBT, (name,), doubt.count)
        if doubt.oldest_us is not None:
            yield Sample(families.OLDEST_DOUBT, (name,), moment.age_s(doubt.oldest_us))


def _readings(moment: Moment, tx: LedgerTx) -> Iterator[Sample]:
    for name in moment.names:
        objects = standing.readings(tx, name)
        ends = [reading.ended_us for reading in objects.values()]
        whole = min((end for end in ends if end is not None), default=0) if None not in ends else 0
        yield Sample(families.LAST_SUCCESS, (name,), whole / SECOND_US)
        for object_name, reading in objects.items():
            if reading.began_us is not None:
                yield Sample(families.LAG, (name, object_name), moment.age_s(reading.began_us))


def _breakers(moment: Moment, found: dict[int, list[str]]) -> Iterator[Sample]:
    now_s = moment.now_us / SECOND_US
    for number, name in moment.ids.items():
        opened = [calm.open for calm in (door_state.parse(text).calm for text in found.get(number, ())) if calm.open]
        states = [families.TRYING if one.until_s <= now_s else families.OPEN for one in opened]
        yield Sample(families.BREAKER, (name,), max(states, default=families.CLOSED))
        yield Sample(families.LOGIN_REFUSED, (name,), int(any(one.why == "auth" for one in opened)))


def _credits(moment: Moment, tx: LedgerTx) -> Iterator[Sample]:
    found = spending.since(tx, moment.now_us - DAY_US)
    for name in moment.names:
        spent = found.get(name)
        yield Sample(families.SPENT_DAY, (name,), 0 if spent is None else spent.credits)
        if spent is not None and spent.left is not None:
            yield Sample(families.LEFT, (name,), spent.left)


def _webhooks(wiring: Wiring) -> Iterator[Sample]:
    from crmbridge.app import hooks  # noqa: PLC0415 - only where it is looked at

    for name in wiring.workspace.config.connections:
        hook = hooks.hook_of(wiring, name)
        if hook is not None and hook.expires is not None:
            yield Sample(families.WEBHOOK_ENDS, (name,), to_us(hook.expires) / SECOND_US)


def _jobs(wiring: Wiring, done: dict[str, int]) -> Iterator[Sample]:
    from crmbridge.app.jobs import cron, ticking  # noqa: PLC0415 - only where there are jobs

    for one in ticking.standings(wiring) if wiring.workspace.config.jobs else ():
        yield Sample(families.JOB_SUCCESS, (one.name,), done.get(one.name, 0) / SECOND_US)
        yield Sample(families.JOB_PAUSED, (one.name,), int(one.is_paused))
        yield Sample(families.JOB_INTERVAL, (one.name,), cron.longest_wait(one.job.schedule, one.next, wiring.zone))
