"""Bugs that simulated worlds found (`crmbridge.testing.world`), each in its smallest form."""

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger.engine import Ledger
from crmbridge.model.errors import CrmBridgeError, GuardStop
from crmbridge.sync.deletions import believed
from crmbridge.sync.twoway.merging import UNSEEN, Candidate, Held, Merged, Policy, Rule, Side, Who, merge
from crmbridge.sync.twoway.rounds import go_round
from crmbridge.testing.memory.server import Mishap

from .pairing import Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    return Pairing(ledger, ids)


def test_a_create_whose_answer_was_lost_is_known_when_a_reading_meets_it(pairing: Pairing) -> None:
    pairing.left.put("companies", {"title": "ACME"})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.RIGHT].mishaps.extend([Mishap.FINE, Mishap.NO_ANSWER])
        go_round(table, approved_by="me")
    pairing.read()  # before anybody has looked what became of the create
    pairing.clock.advance(600)
    pairing.settle()
    assert len(pairing.left.live("companies")) == len(pairing.right.live("customers")) == 1


def test_answers_are_kept_although_the_look_at_them_fails(pairing: Pairing, monkeypatch: pytest.MonkeyPatch) -> None:
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.read()
    with pairing.table() as table:

        def fetch(*_: object) -> None:
            raise CrmBridgeError("down")

        monkeypatch.setattr(table.right.adapter, "fetch", fetch)
        with pytest.raises(CrmBridgeError, match="down"):
            go_round(table, approved_by="me")
    assert [write.op for write in pairing.writes("applied")] == ["create"]


def test_two_records_that_were_deleted_and_brought_back_are_in_step_again(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.left.delete("companies", company)
    pairing.right.delete("customers", customer.external_id)
    pairing.round()
    pairing.left.restore("companies", company)
    pairing.right.restore("customers", customer.external_id)
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.settle()
    assert pairing.only(Side.RIGHT, "customers")["place"] == "Bonn"


def test_who_is_brought_back_after_its_peer_was_deleted_for_it_is_not_deleted_again(pairing: Pairing) -> None:
    pairing.deletes = True
    pairing.limits = replace(pairing.limits, deletes_percent=100)
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.settle()
    pairing.left.delete("companies", company)
    pairing.round()
    assert pairing.right.live("customers") == []
    pairing.left.restore("companies", company)
    pairing.settle()
    assert len(pairing.left.live("companies")) == 1


def test_a_record_that_was_never_merged_with_its_deleted_peer_stays(pairing: Pairing) -> None:
    pairing.deletes = True
    pairing.limits = replace(pairing.limits, deletes_percent=100)
    pairing.left.put("companies", {"title": "other", "reg": "R0"})
    pairing.settle()
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    customer = pairing.right.put("customers", {"name": "Acme Ltd", "number": "R1"})
    pairing.read()  # both are known to be one; nothing of them was decided yet
    pairing.right.delete("customers", customer)
    pairing.settle()
    assert len(pairing.left.live("companies")) == 2


def test_a_side_that_nobody_has_looked_at_contradicts_what_is_decided() -> None:
    left = Held("ours", "ours", "ours")
    right = Held("theirs", UNSEEN, "ours")
    found = merge("ours", left, right, Rule(Policy.REVIEW))
    assert found == Merged("ours", None, (Candidate(Who.RIGHT, "theirs"), Candidate(Who.DECIDED, "ours")), is_open=True)


def test_what_is_empty_at_the_first_look_is_filled_and_empties_nothing() -> None:
    left = Held("ours", "ours", "ours")
    assert merge("ours", left, Held(None, UNSEEN, "ours"), Rule(Policy.NEWEST)).value == "ours"


def test_a_set_at_the_first_look_takes_nothing_out() -> None:
    left = Held(("a", "b"), ("a", "b"), ("a", "b"))
    right = Held(("b", "c"), UNSEEN, ("a", "b"))
    assert merge(("a", "b"), left, right, Rule(is_set=True)).value == ("a", "b", "c")


@pytest.mark.parametrize(("hours", "told"), [(1, ["Bonn"]), (25, [])])
def test_who_edits_where_a_lost_write_may_have_landed_is_told_of_what_it_may_have_covered(
    pairing: Pairing, hours: int, told: list[str]
) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    pairing.left.edit("companies", company, {"town": "Ulm"})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.RIGHT].mishaps.extend([Mishap.FINE, Mishap.NO_REQUEST])
        go_round(table, approved_by="me")
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    assert customer.fields["place"] == "Bonn"
    pairing.clock.advance(hours * 3600)  # `Ulm` may land now, and somebody type over that
    pairing.right.edit("customers", customer.external_id, {"place": "Wien"})
    pairing.settle()
    assert pairing.only(Side.LEFT, "companies")["town"] == "Wien"
    lost = [orjson.loads(one.candidates) for one in pairing.conflicts(is_open=False)]
    assert [value for some in lost for who, value, _ in some if who == "decided"] == told


def test_what_was_refused_because_the_record_was_gone_is_sent_once_it_is_back(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.right.edit("customers", customer.external_id, {"place": "Bonn"})
    pairing.read()
    pairing.left.delete("companies", company)
    with pairing.table() as table:
        go_round(table, approved_by="me")
    assert [write.op for write in pairing.writes("rejected")] == ["update"]
    pairing.left.restore("companies", company)
    pairing.settle()
    assert pairing.only(Side.LEFT, "companies")["town"] == "Bonn"


@pytest.mark.parametrize(("mishap", "left"), [(Mishap.NO_ANSWER, 0), (Mishap.NO_REQUEST, 1)])
def test_a_deletion_is_carried_over_where_our_lost_update_was_read_before_it(
    pairing: Pairing, mishap: Mishap, left: int
) -> None:
    pairing.deletes = True
    pairing.limits = replace(pairing.limits, deletes_percent=100)
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.right.edit("customers", customer.external_id, {"place": "Bonn"})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.LEFT].mishaps.extend([Mishap.FINE, mishap])
        go_round(table, approved_by="me")
    pairing.read()
    pairing.left.delete("companies", company)
    pairing.settle()
    assert len(pairing.right.live("customers")) == left


def test_a_deletion_of_what_we_made_and_nobody_has_read_is_believed_where_the_source_knows_it_no_more(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.read()
    with pairing.table() as table:
        session, adapter = table.right.session, table.right.adapter
        with monkeypatch.context() as patch:
            patch.setattr(adapter, "fetch", lambda _, external_ids: [None] * len(external_ids))
            with pytest.raises(GuardStop):
                go_round(table, approved_by="me")
        (customer,) = pairing.right.live("customers")
        told = [RawRecord("customers", external_id, {}, deleted=True) for external_id in (customer.external_id, "x")]
        assert believed(session, adapter, told, object_name="customers") == []
        pairing.right.delete("customers", customer.external_id)
        assert believed(session, adapter, told, object_name="customers") == told[:1]
