"""A record that we made, whose answer was lost, and that somebody deleted before anybody had read it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import go_round
from crmbridge.sync.twoway.settling import settle
from crmbridge.testing.memory.server import Mishap

from .pairing import Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    made = Pairing(ledger, ids)
    made.left.put("companies", {"title": "Other", "reg": "R0"})
    made.settle()
    made.limits = replace(made.limits, deletes_percent=100)
    return made


def made_and_deleted(pairing: Pairing) -> None:
    """A company is made on the right, nobody hears of it, and somebody there deletes it."""
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.RIGHT].mishaps.extend([Mishap.FINE, Mishap.NO_ANSWER])
        go_round(table, approved_by="me")
    (made,) = [row for row in pairing.right.live("customers") if row.fields["name"] == "ACME"]
    pairing.right.delete("customers", made.external_id)


@pytest.mark.parametrize("deletes", [True, False])
@pytest.mark.parametrize("looked", [True, False], ids=["looked for before", "read at once"])
def test_it_is_not_made_again(pairing: Pairing, *, deletes: bool, looked: bool) -> None:
    pairing.deletes = deletes
    made_and_deleted(pairing)
    if looked:
        for _ in range(2):  # it is not there, even after the index must know it
            with pairing.table() as table:
                settle(table.right)
            pairing.clock.advance(600)
    pairing.settle()
    assert [row.fields["name"] for row in pairing.right.live("customers")] == ["Other"]
    there = [row.fields["title"] for row in pairing.left.live("companies")]
    assert there == (["Other"] if deletes else ["Other", "ACME"])
    pairing.clock.advance(3_600)
    assert pairing.settle() == 1


def test_what_a_stranger_made_and_deleted_meanwhile_says_nothing(pairing: Pairing) -> None:
    made_and_deleted(pairing)
    pairing.right.restore("customers", pairing.right.tombstones("customers")[-1].external_id)
    pairing.right.delete("customers", pairing.right.put("customers", {"name": "Stranger"}))
    pairing.settle()
    assert sorted(str(row.fields["title"]) for row in pairing.left.live("companies")) == ["ACME", "Other"]
    assert sorted(str(row.fields["name"]) for row in pairing.right.live("customers")) == ["ACME", "Other"]
