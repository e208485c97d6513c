"""Disagreements are kept: everybody's value, who won and by what; or the question that a person is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from crmbridge.ledger import conflicts, twins
from crmbridge.ledger.conflicts import Conflict
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.sync.twoway import state
from crmbridge.sync.twoway.merging import Merged, Unseen
from crmbridge.sync.twoway.pairs import Pair
from crmbridge.sync.twoway.state import FieldState


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One field of one record: what was remembered of it before the merge, and what the merge found."""

    record_id: str
    field: str
    before: FieldState
    found: Merged

    @property
    def is_told(self) -> bool:
        """Whether somebody lost, a person must be asked, or a question that was open has answered itself."""
        return bool(self.found.losers) or self.is_answer

    @property
    def is_answer(self) -> bool:
        """Whether a question was open and is no more."""
        return self.before.is_open and not self.found.is_open


def keep(tx: LedgerTx, pair: Pair, kind_name: str, told: Sequence[Disagreement], *, now_us: int) -> None:
    """Keeps new disagreements and questions, and closes the questions that are answered."""
    if not told:
        return
    ids = {
        twin.record_id: twin.id for twin in twins.of_records(tx, pair.name, [one.record_id for one in told]).values()
    }
    answers = {(ids[one.record_id], one.field): one for one in told if one.is_answer}
    if answers:
        asked = conflicts.open_of(tx, sorted({twin_id for twin_id, _ in answers}))
        found = [(one, answers[one.twin_id, one.field]) for one in asked if (one.twin_id, one.field) in answers]
        rows = [(one.id, str(by.found.winner), state.dump_value(by.found.value), _how(by)) for one, by in found]
        conflicts.settle(tx, rows, now_us=now_us)
    lost = [one for one in told if one.found.losers or not one.is_answer]
    fresh = [_conflict(pair, kind_name, ids[one.record_id], one, now_us) for one in lost]
    conflicts.add(tx, fresh)


def _how(answer: Disagreement) -> str:
    """How a question was answered: both sides agree, or the policy could say by then; who lost by it is told anew."""
    return "policy" if answer.found.losers else "agreement"


def _conflict(pair: Pair, kind_name: str, twin_id: int, one: Disagreement, now_us: int) -> Conflict:
    found = one.found
    everybody: list[list[object]] = [[loser.who.value, loser.value, loser.at_us] for loser in found.losers]
    if not found.is_open:
        everybody.append([str(found.winner), None if isinstance(found.value, Unseen) else found.value, None])
    return Conflict(
        id=0,
        twin_id=twin_id,
        pair=pair.name,
        kind=kind_name,
        record_id=one.record_id,
        field=one.field,
        base=state.dump_value(one.before.decided),
        candidates=orjson.dumps(everybody).decode(),
        policy=pair.rules[kind_name][one.field].policy.value,
        winner=None if found.is_open else str(found.winner),
        value=None if found.is_open else state.dump_value(found.value),
        opened_us=now_us,
        settled_us=None if found.is_open else now_us,
        settled_by=None if found.is_open else "policy",
    )
