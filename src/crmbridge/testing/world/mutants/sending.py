"""Planted bugs in sending, and in looking what became of what was sent."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from crmbridge.adapter.contract import Change, Outcome, Unknown
from crmbridge.http.gate import Gate as Breaker
from crmbridge.ledger import outbox
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.sync import own_creates
from crmbridge.sync.twoway import applying, approving, guards, rounds, settled_reads, settling
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.rounds import Round, Table
from crmbridge.sync.twoway.settling import Settled

Plant = AbstractContextManager[object]


def create_again_without_search() -> Plant:
    """A create without an answer is sent again, and nobody has looked for it."""

    def by_key(_name: str, writes: Sequence[Write], target: Target, done: Settled) -> None:
        with target.session.begin() as tx:
            outbox.looked(tx, [write.id for write in writes], now_us=target.session.around.now_us())
        done.absent += len(writes)

    return patch.object(settling, "_by_key", by_key)


def no_wait_for_the_index() -> Plant:
    """A create that a search does not find at once is sent again."""
    real = settling._by_key  # noqa: SLF001 - what is broken here on purpose

    def by_key(name: str, writes: Sequence[Write], target: Target, done: Settled) -> None:
        real(name, writes, replace(target, lag_s=-1.0), done)

    return patch.object(settling, "_by_key", by_key)


def outbox_forgets_before_sending() -> Plant:
    """What is sent is not in the outbox any more: nobody looks for what got no answer."""
    stack = ExitStack()
    nothing: Callable[..., list[Write]] = lambda *_, **__: []  # noqa: E731
    stack.enter_context(patch.object(outbox, "waiting", nothing))
    stack.enter_context(patch.object(outbox, "of_twins", nothing))
    stack.enter_context(patch.object(outbox, "creates", nothing))
    return stack


def unconditional_writes() -> Plant:
    """Writes do not say what they are based on."""
    real = applying.change_of

    def change_of(write: Write) -> Change:
        return replace(real(write), base_revision=None)

    return patch.object(applying, "change_of", change_of)


def sent_is_not_kept() -> Plant:
    """That a write leaves is not committed before it does."""

    def sent(_tx: LedgerTx, _ids: Sequence[int], *, now_us: int) -> None:
        del now_us

    return patch.object(outbox, "sent", sent)


def create_under_another_key() -> Plant:
    """A create leaves under another external key than the outbox keeps."""
    real = applying.change_of

    def change_of(write: Write) -> Change:
        change = real(write)
        return replace(change, key=f"{change.key}-{write.id}") if write.op == "create" else change

    return patch.object(applying, "change_of", change_of)


def own_creates_are_strangers() -> Plant:
    """A record that we made and whose answer was lost is taken for a new one."""

    def adopt(*_: object, **__: object) -> dict[str, str]:
        return {}

    return patch.object(own_creates, "adopt", adopt)


def unknown_is_refused() -> Plant:
    """A write without an answer counts as refused, and is never made again."""
    real = applying._told  # noqa: SLF001

    def told(outcome: Outcome) -> Any:  # noqa: ANN401 - a pair of the module's own
        state, text = real(outcome)
        return ("rejected" if isinstance(outcome, Unknown) else state), text

    return patch.object(applying, "_told", told)


def anything_there_is_ours() -> Plant:
    """An update without an answer counts as arrived where there is a record at all."""

    def is_there(_write: Write, record: object, _target: Target) -> bool:
        return record is not None

    return patch.object(settling, "_is_there", is_there)


def unsettled_reads() -> Plant:
    """What was read within the second of its change is believed."""

    def shaky(*_: object) -> frozenset[int]:
        return frozenset()

    return patch.object(settled_reads, "shaky", shaky)


def nobody_asks_first() -> Plant:
    """No guard stops the first plan."""

    def check(*_: object, **__: object) -> list[object]:
        return []

    return patch.object(guards, "check", check)


def apply_plans_anew() -> Plant:
    """A saved plan that a person has carried out is worked out once more, and that is written."""
    real = rounds.carry

    def carry(table: Table, done: Round, *, approved_by: str | None = None) -> None:
        rounds.make_plan(table, done, lifted=frozenset({guards.DELETES}), is_approved=True)
        real(table, done, approved_by=approved_by)

    return patch.object(approving, "carry", carry)


def calls_while_it_is_down() -> Plant:
    """A vendor that has not answered again and again is called all the same."""

    def pause_left_s(_self: Breaker) -> float:
        return 0.0

    return patch.object(Breaker, "pause_left_s", pause_left_s)


PLANTED = (
    create_again_without_search,
    no_wait_for_the_index,
    outbox_forgets_before_sending,
    unconditional_writes,
    sent_is_not_kept,
    create_under_another_key,
    own_creates_are_strangers,
    unknown_is_refused,
    anything_there_is_ours,
    unsettled_reads,
    nobody_asks_first,
    apply_plans_anew,
    calls_while_it_is_down,
)
