"""Notices that services want people to get: planned, guarded and kept as writes are, and given to a channel once.

A notice is a row of the outbox like any other, under its external key. It is kept as sent before the channel has it;
one whose end nobody knows is looked for in the channel, and where that cannot tell, it stays in doubt and is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from crmbridge.adapter.contract import Rejected
from crmbridge.ledger import outbox
from crmbridge.ledger.outbox import State, Write
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync.session import Session

OBJECT, KIND = "crmbridge.notice", "note"
"""What the rows of notices stand under: no object of any vendor."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Something that a person shall be told once, under a key that is always the same. `why` names who wants it."""

    key: str
    to: str
    text: str
    why: str


class Channel(Protocol):
    """Where notices go."""

    def deliver(self, notice: Notify) -> None:
        """People get it; an error of ours where they do not, or where nobody knows."""

    def has(self, key: str) -> bool | None:
        """Whether the channel was given the notice of that key; None where it cannot tell."""


def write_of(notice: Notify, connection_id: int, *, made_us: int) -> Write:
    """The notice as a planned row of the outbox."""
    line = {
        "field": "content",
        "from": None,
        "to": f"{notice.to}: {notice.text}",
        "who": "crmbridge",
        "why": notice.why,
    }
    return Write(
        plan_id=0,
        connection_id=connection_id,
        object=OBJECT,
        kind=KIND,
        op="create",
        key=notice.key,
        record_id=None,
        twin_id=None,
        side=None,
        external_id=None,
        base_revision=None,
        lines=orjson.dumps([line]).decode(),
        fields=orjson.dumps({"to": notice.to, "text": notice.text, "why": notice.why}).decode(),
        before=None,
        made_us=made_us,
    )


def deliver(plan_id: int, session: Session, channel: Channel | None) -> dict[State, int]:
    """Gives the channel the notices of a plan, one by one; each is kept as sent before, and as what became of it."""
    counts: dict[State, int] = {}
    for write in _planned(session, plan_id):
        with session.begin() as tx:
            outbox.sent(tx, [write.id], now_us=session.around.now_us())
        state, told = _given(write, channel)
        with session.begin() as tx:
            outbox.settle(tx, [(write.id, state, None, told)], now_us=session.around.now_us())
        counts[state] = counts.get(state, 0) + 1
    return counts


def look(session: Session, channel: Channel | None) -> None:
    """What became of notices that were sent and never heard of: the channel is asked, nothing is sent again."""
    with session.around.ledger.read() as tx:
        waiting = [write for write in outbox.waiting(tx, session.connection_id) if write.object == OBJECT]
    asked = [(write, channel.has(write.key)) for write in waiting if write.is_doubted] if channel else []
    with session.begin() as tx:
        now_us = session.around.now_us()
        there: Sequence[tuple[int, State, str | None, str | None]] = [
            (write.id, "applied", None, write.told) for write, has in asked if has
        ]
        outbox.settle(tx, there, now_us=now_us)
        outbox.looked(tx, [write.id for write, has in asked if has is False], now_us=now_us)


def _planned(session: Session, plan_id: int) -> list[Write]:
    with session.around.ledger.read() as tx:
        found = outbox.of_plan(tx, plan_id, state="planned", connection_id=session.connection_id)
    return [write for write in found if write.object == OBJECT]


def _given(write: Write, channel: Channel | None) -> tuple[State, str | None]:
    if channel is None:
        refusal = Rejected("NO_CHANNEL", "there is no channel for notices")
        return "rejected", orjson.dumps([refusal.message, {}, None, None]).decode()
    try:
        channel.deliver(Notify(write.key, **orjson.loads(write.fields)))
    except CrmBridgeError as error:
        told = orjson.dumps([error.message, dict(error.context), None, error.hint], default=str).decode()
        return "unknown", told
    return "applied", None
