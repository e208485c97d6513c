"""What an operator has to look at: jobs that failed or were not run, what waits for a person, channels that fail.

Each trouble has a key that says what it is and since when, so that it is told once and told again when it is another
one: of what comes and goes by numbers, at most once a day and only where something new came.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from crmbridge.app.jobs import ticking
from crmbridge.app.notices.failing import failing
from crmbridge.ledger import runs, unsettled
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.instants import business_date, from_us, to_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark

if TYPE_CHECKING:
    from crmbridge.app.wiring import Wiring

AT_ONCE = frozenset({3, 4, 6, 70, 78})
"""How a run ends that no later attempt mends, or that must not wait."""
PATIENCE = 3
"""So many attempts in vain are waited for where trying again may help."""
OVERDUE = 2
"""So many moments of a job have passed before it counts as late."""
LONG_IN_DOUBT_US = 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing to look at; `channel` names the channel that it is about, which cannot tell it itself."""

    key: str
    note: Note
    channel: str | None = None


def troubles(wiring: "Wiring", kinds_apart: frozenset[str] = frozenset({"notices"})) -> list[Trouble]:
    """Everything that is to be looked at now; jobs of `kinds_apart` are not late for being at work."""
    now = wiring.clock()
    found = [*_jobs(wiring, kinds_apart)]
    with wiring.ledger.read() as tx:
        found += _unsettled(wiring, tx, now)
        found += _quarantined(wiring, tx)
        found += _channels(wiring, tx)
    return found


def _jobs(wiring: "Wiring", kinds_apart: frozenset[str]) -> Iterator[Trouble]:
    with wiring.ledger.read() as tx:
        last = runs.last_of_jobs(tx)
    for one in ticking.standings(wiring):
        run = last.get(one.name)
        if run is not None and run.due_us is not None and run.exit_code is not None and _is_bad(run):
            told = {"job": one.name, "code": run.exit_code, "error": run.error_code or "-", "run": run.id}
            text = mark("the job {job} ended with {code} ({error}): crmbridge runs tells of run {run}")
            yield Trouble(f"job:{one.name}:{run.due_us}:{run.exit_code}", Note("JOB_FAILED", text, told))
        if one.missed >= OVERDUE and not one.is_paused and one.job.kind not in kinds_apart:
            told = {"job": one.name, "count": one.missed, "time": one.due and one.due.astimezone(wiring.zone)}
            text = mark("the job {job} was not done {count} times, last due {time}")
            yield Trouble(f"late:{one.name}:{one.state.since_us}", Note("JOB_LATE", text, told))


def _is_bad(run: runs.Run) -> bool:
    return run.exit_code in AT_ONCE or (run.exit_code not in runs.DONE and (run.attempt or 1) >= PATIENCE)


def _unsettled(wiring: "Wiring", tx: LedgerTx, now: datetime) -> Iterator[Trouble]:
    found = unsettled.look(tx, now_us=to_us(now))
    for plan in found.plans:
        if plan.guards:
            text = mark("a guard stopped {plan} ({guards}): crmbridge plan --show {plan}")
            told: dict[str, object] = {"plan": plan.plan, "guards": ", ".join(plan.guards)}
            yield Trouble(f"plan:{plan.plan}", Note("GUARD_STOPPED", text, told))
        else:
            text = mark("{plan} waits for a person: crmbridge plan --show {plan}")
            yield Trouble(f"plan:{plan.plan}", Note("PLAN_WAITS", text, {"plan": plan.plan}))
    for pair, count, newest_us in unsettled.newest_questions(tx):
        text = mark("{count} questions of {pair} wait for an answer: crmbridge review --pair {pair}")
        day = business_date(from_us(newest_us), wiring.zone)
        yield Trouble(f"questions:{pair}:{day}", Note("QUESTIONS", text, {"count": count, "pair": pair}))
    for doubt in found.doubts:
        if doubt.since_us is not None and to_us(now) - doubt.since_us > LONG_IN_DOUBT_US:
            text = mark("{count} writes are in doubt at {connection}: crmbridge outbox")
            told = {"count": doubt.count, "connection": doubt.name}
            yield Trouble(f"doubts:{doubt.name}:{doubt.since_us}", Note("IN_DOUBT", text, told))
    for lost in found.gone:
        text = mark("{connection} has no {field} of {object} any more: crmbridge mapping check {connection}")
        told = {"connection": lost.connection, "object": lost.object, "field": lost.field}
        yield Trouble(f"gone:{lost.connection}:{lost.object}:{lost.field}", Note("FIELD_GONE", text, told))


def _quarantined(wiring: "Wiring", tx: LedgerTx) -> Iterator[Trouble]:
    for connection, count, newest_us in unsettled.newest_quarantined(tx):
        day = business_date(from_us(newest_us), wiring.zone)
        text = mark("{count} records of {connection} could not be used: crmbridge quarantine {connection}")
        told = {"count": count, "connection": connection}
        yield Trouble(f"quarantine:{connection}:{day}", Note("QUARANTINED", text, told))


def _channels(wiring: "Wiring", tx: LedgerTx) -> Iterator[Trouble]:
    for health in failing(tx, wiring.workspace.config.notices):
        day = business_date(from_us(health.failing_since_us or 0), wiring.zone)
        text = mark("the channel {channel} fails ({code}): crmbridge notices list")
        note = Note("CHANNEL_FAILS", text, {"channel": health.channel, "code": health.said or health.code or "-"})
        yield Trouble(f"channel:{health.channel}:{day}", note, health.channel)
