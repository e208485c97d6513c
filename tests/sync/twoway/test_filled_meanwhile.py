"""What somebody fills in a record that we have just made, before we have looked at it, fills an empty field."""

from collections.abc import Callable

import pytest

from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway import rounds
from crmbridge.sync.twoway.merging import UNSEEN, Held, Merged, Policy, Rule, Side, Who, merge
from crmbridge.testing.memory.server import Mishap

from .pairing import Pairing


@pytest.mark.parametrize("policy", Policy)
def test_an_empty_decision_does_not_contradict_the_first_look_at_a_side(policy: Policy) -> None:
    left = Held(None, None, None)
    assert merge(None, left, Held("Ulm", UNSEEN, None), Rule(policy)) == Merged("Ulm", Who.RIGHT)
    assert merge("Bonn", Held("Bonn", "Bonn", "Bonn"), Held("Ulm", UNSEEN, "Bonn"), Rule(policy)).losers


@pytest.mark.parametrize("policy", [Policy.LEFT, Policy.NEWEST, Policy.REVIEW])
@pytest.mark.parametrize("is_read_first", [True, False])
def test_what_was_filled_in_before_a_create_was_heard_of_stays(
    ledger: Ledger, ids: Callable[[], str], policy: Policy, *, is_read_first: bool
) -> None:
    pairing = Pairing(ledger, ids, policy=policy)
    pairing.left.put("companies", {"title": "ACME"})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.RIGHT].mishaps.extend([Mishap.FINE, Mishap.NO_ANSWER])
        rounds.go_round(table, approved_by="me")
    (made,) = pairing.right.live("customers")
    pairing.right.edit("customers", made.external_id, {"place": "Ulm"})
    if is_read_first:  # the list shows it sooner than the search
        pairing.read()
        with pairing.table() as table:
            rounds.merge(table)
    pairing.clock.advance(600)
    pairing.settle()
    assert pairing.only(Side.RIGHT, "customers")["place"] == "Ulm"
    assert pairing.only(Side.LEFT, "companies")["town"] == "Ulm"
    assert pairing.conflicts() == []
