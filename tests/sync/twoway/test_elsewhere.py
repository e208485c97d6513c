"""What another pair has sent to a record that both hold: may still land, and outweighs nothing that it had not seen."""

import orjson
import pytest

from crmbridge.ledger import outbox, twins
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.outbox import State, Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Twin
from crmbridge.model.canonical import Value
from crmbridge.sync.twoway import elsewhere, state
from crmbridge.sync.twoway.elsewhere import Elsewhere
from crmbridge.sync.twoway.merging import Candidate, Held, Merged, Policy, Rule, Who, merge
from crmbridge.sync.twoway.state import FieldState

SPOT = ("R1", 2, "name")
ARRIVED_US = 50


def applied(tx: LedgerTx, twin: Twin) -> list[Write]:
    return outbox.of_twins(tx, [twin.id], ["applied"])


def look(ledger: Ledger, *sent: tuple[State, Value, Value], pair: str = "ab", fields: str = "{}") -> Elsewhere:
    """What the pair `bc` finds where a pair has sent those, (state, from, to), and has decided that."""
    with ledger.begin() as tx:
        twins.put(tx, [Twin(0, pair, "account", "R1", None, None, "linked", fields, 0, 0, 1)])
        (twin,) = twins.of_records(tx, pair, ["R1"]).values()
        writes = [
            Write(
                plan_id=1,
                connection_id=2,
                object="o",
                kind="account",
                op="update",
                key="k",
                record_id="R1",
                twin_id=twin.id,
                side="right",
                external_id="b-1",
                base_revision=None,
                lines=orjson.dumps([{"field": "name", "from": was, "to": to}]).decode(),
                fields="{}",
                before=None,
                made_us=1,
                state=state,
            )
            for state, was, to in sent
        ]
        outbox.add(tx, writes)
        outbox.settle(tx, [(one.id, "applied", one.external_id, None) for one in applied(tx, twin)], now_us=ARRIVED_US)
    with ledger.read() as tx:
        return elsewhere.look(tx, "bc", ["R1", "R2"])


def test_what_another_pair_sent_and_never_heard_of_may_land(ledger: Ledger) -> None:
    found = look(ledger, ("unknown", "a", "b"), ("applied", "a", "c"))
    assert (found.late, found.over_late) == ({SPOT: {"b": 0}}, {})


def test_what_another_pair_sent_and_still_wants_is_its_word_however_late_it_lands(ledger: Ledger) -> None:
    """This pair would else put the older value back, which the other one would take for somebody's edit."""
    decided = state.dump({"name": FieldState("b", 1, "a", "b")})
    found = look(ledger, ("unknown", "a", "b"), ("unknown", "a", "c"), fields=decided)
    assert (found.late, found.wanted) == ({SPOT: {"c": 0}}, {SPOT: {"b": 0}})


def test_what_another_pair_brought_again_is_its_word(ledger: Ledger) -> None:
    found = look(ledger, ("unknown", "a", "b"), ("applied", "a", "b"), ("applied", "b", "c"))
    assert (found.late, found.over_late) == ({SPOT: {}}, {})


def test_what_another_pair_wrote_over_a_late_landing_is_told(ledger: Ledger) -> None:
    found = look(ledger, ("unknown", "a", "b"), ("applied", "b", "c"))
    assert found.over_late == {SPOT: {("b", "c")}}


@pytest.mark.parametrize(
    ("looked_us", "own"), [(ARRIVED_US - 1, {"b": 7}), (ARRIVED_US, {"b": 7}), (ARRIVED_US + 1, {"b": 7, "c": 8})]
)
def test_what_another_pair_has_brought_since_is_no_late_landing_of_ours(
    ledger: Ledger, looked_us: int, own: dict[Value, int]
) -> None:
    """Both pairs would else take the other's word for their own old one, and write over it for ever."""
    found = look(ledger, ("applied", "a", "d"), ("applied", "d", "c"), ("unknown", "c", "e"))
    assert found.beside({"b": 7, "c": 8}, SPOT, since_us=looked_us) == own | {"e": 0}


def test_the_pairs_own_writes_are_none_of_another(ledger: Ledger) -> None:
    assert look(ledger, ("unknown", "a", "b"), pair="bc") == Elsewhere()


def test_who_wrote_over_what_he_never_saw_contradicts_the_decision() -> None:
    right = Held("seen here", "seen here", "seen here", is_acked=True)
    left = Held("old", "seen here", "seen here", is_acked=True, is_unsighted=True)
    found = merge("seen here", left, right, Rule(Policy.RIGHT))
    assert found == Merged("seen here", Who.DECIDED, (Candidate(Who.LEFT, "old"),))
