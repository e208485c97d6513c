"""The questions that a pack asks its meeting: out of its own sections, at most seven, each with its records."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.pack import PackSection, Question

MOST = 7


def questions(sections: Sequence[PackSection]) -> list[Question]:
    """The first seven: what was decided and not done first, then what costs most."""
    rows = {one.key: one.rows for one in sections}
    found: list[Question] = []
    for ask in (_actions, _lost, _risk, _pushed, _overdue, _complaints, _stalled, _bottleneck):
        found += ask(rows)
    return found[:MOST]


Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def _ids(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row.get("records", ()))


def _actions(rows: Rows) -> Iterator[Question]:
    late = [row for row in rows.get("actions", ()) if row["overdue"]]
    if late:
        text = mark("{count} decisions are overdue, the oldest by {days} workdays: what holds them up?")
        most = max(row["overdue"] for row in late)
        keys = tuple(str(row["key"]) for row in late)
        yield Question(Note("ASK_ACTIONS", text, {"count": len(late), "days": most}), keys)


def _lost(rows: Rows) -> Iterator[Question]:
    lost = [row for row in rows.get("changes", ()) if row["what"] == "lost" and row.get("deal")]
    if lost:
        text = mark("{deal} was lost: what do we learn from it?")
        yield Question(Note("ASK_LOST", text, {"deal": lost[0]["deal"]}), _ids(lost[0]))
    unsaid = [row for row in lost if isinstance(row.get("why"), Note)]
    if unsaid:
        text = mark("{count} deals were lost without a reason: what was it?")
        yield Question(
            Note("ASK_REASON", text, {"count": len(unsaid)}), tuple(one for row in unsaid for one in _ids(row))
        )


def _risk(rows: Rows) -> Iterator[Question]:
    for row in list(rows.get("risk", ()))[:2]:
        text = mark("{deal} is at risk: who does what until when?")
        yield Question(Note("ASK_RISK", text, {"deal": row["deal"]}), _ids(row))


def _pushed(rows: Rows) -> Iterator[Question]:
    pushed = [row for row in rows.get("changes", ()) if row["what"] == "pushed"]
    if pushed:
        text = mark("{count} deals were put off: is their new date agreed with the customer?")
        yield Question(
            Note("ASK_PUSHED", text, {"count": len(pushed)}), tuple(one for row in pushed for one in _ids(row))
        )


def _overdue(rows: Rows) -> Iterator[Question]:
    for row in [row for row in rows.get("overdue", ()) if row["what"] == "overdue"][:1]:
        text = mark("{who} has {count} overdue tasks: which of them still matter?")
        yield Question(Note("ASK_OVERDUE", text, {"who": row["who"] or "?", "count": row["n"]}), _ids(row))


def _complaints(rows: Rows) -> Iterator[Question]:
    found = [row for row in rows.get("customers", ()) if row["what"] == "complaint"]
    if found:
        text = mark("{count} complaints are open: who answers which?")
        yield Question(
            Note("ASK_COMPLAINTS", text, {"count": len(found)}), tuple(one for row in found for one in _ids(row))
        )


def _stalled(rows: Rows) -> Iterator[Question]:
    stalled = [row for row in rows.get("overdue", ()) if row["what"] == "stalled"]
    if stalled:
        text = mark("{count} deals are over the limit of their stage: which go on, which are closed?")
        count = sum(row["n"] for row in stalled)
        yield Question(Note("ASK_STALLED", text, {"count": count}), tuple(one for row in stalled for one in _ids(row)))


def _bottleneck(rows: Rows) -> Iterator[Question]:
    for row in rows.get("funnel", ()):
        if row.get("verdict"):
            text = mark("Fewest go on from {stage}: what would change that?")
            yield Question(Note("ASK_BOTTLENECK", text, {"stage": row["stage"]}), ())
