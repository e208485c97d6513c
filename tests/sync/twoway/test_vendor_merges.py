"""Somebody merges two records in one system, which tells nothing of it: one is deleted, the other edited."""

from collections.abc import Callable

from crmbridge.ledger.engine import Ledger

from .pairing import Pairing


def test_a_merge_fills_the_peer_of_the_winner_and_leaves_the_losers_where_deletions_go_nowhere(
    ledger: Ledger, ids: Callable[[], str]
) -> None:
    pairing = Pairing(ledger, ids)
    winner = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    loser = pairing.left.put("companies", {"title": "ACME Kiel", "reg": "R2", "town": "Kiel"})
    pairing.left.put("deals", {"title": "Big", "phase": "Talk", "company": loser})
    pairing.settle()
    (deal,) = pairing.left.live("deals")
    pairing.left.edit("companies", winner, {"town": "Kiel"})
    pairing.left.edit("deals", deal.external_id, {"company": winner})
    pairing.left.delete("companies", loser)
    pairing.settle()
    there = {row.fields["name"]: row for row in pairing.right.live("customers")}
    assert there["ACME"].fields["place"] == "Kiel"
    assert "ACME Kiel" in there
    (chance,) = pairing.right.live("chances")
    assert chance.fields["customer"] == there["ACME"].external_id, "what pointed at the loser points at the winner"
