"""What became of a follow-up run, a line for each connection: what was asked for, what was written, what waits."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crmbridge.model.errors import CrmBridgeError
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Word
from crmbridge.sync.twoway.intents import Outgoing
from crmbridge.sync.twoway.notices import OBJECT


@dataclass(frozen=True, slots=True)
class Line:
    """One connection: how much was wanted of it, what came of that, and what stopped it."""

    connection: str
    wanted: int
    outgoing: Outgoing | None
    error: CrmBridgeError | None = None


_COLUMNS = (
    Column("connection", mark("connection")),
    Column("state", mark("state"), "word"),
    Column("wanted", mark("wanted"), "count"),
    Column("tasks", mark("tasks"), "count"),
    Column("records", mark("records with figures"), "count"),
    Column("notices", mark("notices"), "count"),
    Column("written", mark("written"), "count"),
    Column("refused", mark("refused"), "count"),
    Column("unanswered", mark("unanswered"), "count"),
    Column("held", mark("held back"), "count"),
    Column("plan", mark("plan")),
    Column("reason", mark("reason")),
)
_HELD = mark("{count} things that {connection} should show cannot be written there: {reason}")


def follow_up_listing(lines: Sequence[Line], notes: Sequence[Note], *, exit_code: int) -> Listing:
    """The run as a listing."""
    told = [*notes, *(note for line in lines for note in (*_held(line), *_next(line)))]
    return Listing(
        "follow-up/1",
        _COLUMNS,
        tuple(_row(line) for line in lines),
        warnings=tuple(told),
        exit_code=exit_code,
        empty=mark("nothing is wanted of any connection"),
    )


def _row(line: Line) -> dict[str, object]:
    row: dict[str, object] = {"connection": line.connection, "state": _state(line), "wanted": line.wanted}
    done = line.outgoing
    if done is not None:
        ops = Counter("notices" if write.object == OBJECT else str(write.op) for write in done.writes)
        row |= {"tasks": ops["create"], "records": ops["update"], "notices": ops["notices"]}
        counts = done.carried.counts
        row |= {"written": counts.get("applied", 0), "refused": counts.get("rejected", 0)}
        row |= {"unanswered": counts.get("unknown", 0) + done.settled.doubted, "held": len(done.held)}
        row |= {"plan": done.plan.name} if done.plan is not None else {}
    if line.error is not None:
        row["reason"] = Note("REASON", line.error.message, dict(line.error.context))
    return row


def _state(line: Line) -> Word:
    done = line.outgoing
    if done is None:
        return Word("failed")
    if done.trips:
        return Word("waiting", mark("waits for a person"))
    if line.error is not None:
        return Word("failed")
    return Word("nothing", mark("nothing to write")) if done.plan is None else Word("done")


def _held(line: Line) -> Iterator[Note]:
    """What is held back, by its reason."""
    if line.outgoing is None:
        return
    counts = Counter(Note("HELD", one.template, dict(one.params)).__str__() for one in line.outgoing.held)
    for reason, count in sorted(counts.items()):
        yield Note("HELD_BACK", _HELD, {"count": count, "connection": line.connection, "reason": reason})


def _next(line: Line) -> Iterator[Note]:
    """What carries a plan out that waits for a person."""
    if line.outgoing is not None and line.outgoing.trips and line.error is not None and line.error.hint:
        yield Note("FOLLOW_UP_NEXT", line.error.hint, dict(line.error.context))
