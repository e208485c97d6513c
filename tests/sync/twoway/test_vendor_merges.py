"""Somebody merges two records in one system, which tells nothing of it: one is deleted, the other edited."""

from collections.abc import Callable

from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway.guards import Limits
from crmbridge.sync.twoway.merging import Side

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


def test_what_a_merge_takes_away_is_not_deleted_where_deletions_are_carried(
    ledger: Ledger, ids: Callable[[], str]
) -> None:
    pairing = Pairing(ledger, ids, deletes=True)
    winner = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    loser = pairing.left.put("companies", {"title": "ACME Kiel", "reg": "R2", "town": "Kiel"})
    deal = pairing.left.put("deals", {"title": "Big", "phase": "Talk", "company": loser})
    pairing.settle()
    pairing.left.edit("deals", deal, {"company": winner})
    pairing.left.delete("companies", loser)
    told = [(one.template, one.params) for one in pairing.round().draft.held]
    assert [params for _, params in told] == [{"other": "left", "into": "ACME"}], told
    pairing.settle()
    there = {row.fields["name"]: row.external_id for row in pairing.right.live("customers")}
    assert there.keys() == {"ACME", "ACME Kiel"}
    assert pairing.only(Side.RIGHT, "chances")["customer"] == there["ACME"]
    pairing.right.delete("customers", there["ACME Kiel"])
    pairing.settle()
    assert [row.external_id for row in pairing.left.live("companies")] == [winner], "merged there too: at rest"


def test_a_record_whose_key_another_one_of_its_system_has_was_merged_into_it(
    ledger: Ledger, ids: Callable[[], str]
) -> None:
    pairing = Pairing(ledger, ids, deletes=True)
    winner = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    loser = pairing.left.put("companies", {"title": "ACME Kiel", "reg": "R2"})
    pairing.settle()
    pairing.left.edit("companies", winner, {"reg": "R2"})
    pairing.left.delete("companies", loser)
    pairing.settle()
    assert {row.fields["name"] for row in pairing.right.live("customers")} == {"ACME", "ACME Kiel"}
    assert not [write for write in pairing.writes() if write.op == "delete"]


def test_a_deletion_that_no_merge_explains_is_carried_after_everything_else(
    ledger: Ledger, ids: Callable[[], str]
) -> None:
    limits = Limits(deletes_percent=100)
    pairing = Pairing(ledger, ids, deletes=True, limits=limits)
    for number in range(4):
        pairing.left.put("companies", {"title": f"C{number}", "reg": f"R{number}"})
    gone, kept, *_ = (row.external_id for row in pairing.left.live("companies"))
    deal = pairing.left.put("deals", {"title": "Big", "phase": "Talk", "company": gone})
    pairing.settle()
    pairing.left.delete("deals", deal)
    pairing.left.delete("companies", gone)
    pairing.left.edit("companies", kept, {"town": "Kiel"})
    done = pairing.round()
    assert [(write.op, write.kind) for write in done.draft.writes] == [
        ("update", "account"),
        ("delete", "deal"),
        ("delete", "account"),
    ]
    pairing.settle()
    assert len(pairing.right.live("customers")) == 3
    assert pairing.right.live("chances") == []
