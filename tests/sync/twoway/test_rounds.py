"""Two CRMs in memory and the real engine: what a round writes, and what it leaves alone."""

from collections.abc import Callable

import pytest

from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.rounds import go_round, merge
from crmbridge.testing.memory import server
from crmbridge.testing.memory.server import Mishap

from .pairing import Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    return Pairing(ledger, ids)


def test_what_one_side_has_the_other_gets_once(pairing: Pairing) -> None:
    pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel", "staff": 7})
    pairing.right.put("customers", {"name": "Nord", "number": "R2"})
    done = pairing.round()
    assert [write.op for write in done.draft.writes] == ["create", "create"]
    assert {row.fields["name"] for row in pairing.right.live("customers")} == {"ACME", "Nord"}
    assert {row.fields["title"] for row in pairing.left.live("companies")} == {"ACME", "Nord"}
    acme = next(row.fields for row in pairing.right.live("customers") if row.fields["name"] == "ACME")
    assert (acme["place"], acme["number"]) == ("Kiel", "R1")
    assert pairing.settle() == 1
    assert len(pairing.left.live("companies")) == len(pairing.right.live("customers")) == 2


def test_records_that_both_sides_have_are_joined_by_their_hard_key_and_filled(pairing: Pairing) -> None:
    pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.right.put("customers", {"name": "ACME", "number": "R1", "heads": 9})
    pairing.settle()
    assert pairing.only(Side.LEFT, "companies")["staff"] in {9, "9"}
    assert pairing.only(Side.RIGHT, "customers")["place"] == "Kiel"


def test_an_edit_goes_over_and_comes_back_from_nowhere(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.settle()
    pairing.left.edit("companies", company, {"town": "Kiel"})
    done = pairing.round()
    assert [(write.op, write.side) for write in done.draft.writes] == [("update", "right")]
    assert pairing.only(Side.RIGHT, "customers")["place"] == "Kiel"
    before = (pairing.left.writes, pairing.right.writes)
    assert pairing.settle() == 1
    assert (pairing.left.writes, pairing.right.writes) == before, "no echo"


def test_two_edits_of_one_field_wait_for_a_person_and_nothing_else_does(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.left.edit("companies", company, {"town": "Bonn", "staff": 5})
    pairing.right.edit("customers", customer.external_id, {"place": "Köln"})
    pairing.settle()
    assert pairing.only(Side.LEFT, "companies")["town"] == "Bonn"
    assert pairing.only(Side.RIGHT, "customers")["place"] == "Köln"
    assert pairing.only(Side.RIGHT, "customers")["heads"] in {5, "5"}
    (question,) = pairing.conflicts()
    assert (question.field, question.base) == ("city", '"Kiel"')
    assert "Bonn" in question.candidates
    assert "Köln" in question.candidates


def test_the_newest_edit_wins_where_the_pair_says_so_and_the_loser_is_kept(pairing: Pairing) -> None:
    pairing.policy = Policy.NEWEST
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.right.edit("customers", customer.external_id, {"place": "Köln"})
    pairing.settle()
    assert pairing.only(Side.LEFT, "companies")["town"] == pairing.only(Side.RIGHT, "customers")["place"] == "Köln"
    (settled,) = pairing.conflicts(is_open=False)
    assert (settled.winner, settled.value) == ("right", '"Köln"')
    assert "Bonn" in settled.candidates


def test_references_point_at_the_other_systems_own_records(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.left.put("deals", {"title": "Big", "phase": "Talk", "company": company, "sum": "12.50", "money": "EUR"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    chance = pairing.only(Side.RIGHT, "chances")
    assert (chance["customer"], chance["stage"], chance["worth"], chance["currency"]) == (
        customer.external_id,
        "1",
        "12.5",
        "EUR",
    )


def test_a_stage_that_both_move_is_a_question_whatever_the_pairs_policy(pairing: Pairing) -> None:
    pairing.policy = Policy.LEFT
    deal = pairing.left.put("deals", {"title": "Big", "phase": "Talk", "sum": "1", "money": "EUR"})
    pairing.settle()
    (chance,) = pairing.right.live("chances")
    pairing.left.edit("deals", deal, {"phase": "Won", "sum": "2"})
    pairing.right.edit("chances", chance.external_id, {"worth": "3", "next": "call"})
    pairing.settle()
    assert pairing.only(Side.RIGHT, "chances")["stage"] == "2"
    assert [question.field for question in pairing.conflicts()] == ["amount"]
    assert pairing.only(Side.LEFT, "deals")["todo"] == "call"


@pytest.mark.parametrize("mishap", [Mishap.NO_ANSWER, Mishap.NO_REQUEST])
def test_a_create_without_an_answer_is_made_once(pairing: Pairing, mishap: Mishap) -> None:
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.RIGHT].mishaps.extend([Mishap.FINE, mishap])
        done = go_round(table, approved_by="me")
    assert done.carried[Side.RIGHT].counts == {"unknown": 1}
    assert pairing.round().plan is None, "nobody may send again before somebody has looked"
    pairing.clock.advance(600)
    pairing.settle()
    assert len(pairing.right.live("customers")) == 1


def test_a_record_that_moved_since_the_plan_is_not_written(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.left.edit("companies", company, {"town": "Kiel"})
    pairing.read()
    pairing.right.edit("customers", customer.external_id, {"place": "Bonn"})
    with pairing.table() as table:
        done = go_round(table, approved_by="me")
    assert done.carried[Side.RIGHT].counts == {"stale": 1}
    assert pairing.only(Side.RIGHT, "customers")["place"] == "Bonn"
    pairing.settle()
    assert [question.field for question in pairing.conflicts()] == ["city"]


def test_the_first_plan_waits_for_a_person(pairing: Pairing) -> None:
    pairing.approved = False
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    done = pairing.round()
    assert [trip.guard for trip in done.trips] == ["first-write"]
    assert pairing.right.writes == 0
    assert pairing.writes("planned")
    pairing.approved = True
    pairing.settle()
    pairing.approved = False
    pairing.left.put("companies", {"title": "Nord", "reg": "R2"})
    assert pairing.round().trips == []
    assert len(pairing.right.live("customers")) == 2


def test_a_deletion_goes_nowhere_unless_the_pair_carries_it(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.settle()
    pairing.left.delete("companies", company)
    assert pairing.round().plan is None
    assert len(pairing.right.live("customers")) == 1


@pytest.mark.parametrize("town", [None, "Ulm"])
def test_what_is_deleted_while_it_is_behind_is_deleted_or_told_once(pairing: Pairing, town: str | None) -> None:
    """A run ended between deciding and writing; then the side that lacked the decision lost the record."""
    pairing.deletes = True
    pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (row,) = pairing.right.live("customers")
    pairing.right.edit("customers", row.external_id, {"place": town})
    pairing.read()
    with pairing.table() as table:
        merge(table)
    pairing.left.delete("companies", pairing.left.live("companies")[0].external_id)
    drawn = pairing.round().draft
    assert [write.op for write in drawn.writes] == ["delete"] * (town is None)
    assert [held.about for held in drawn.held] == ["city"] * (town is not None)


def test_what_was_refused_is_not_sent_again_and_says_why_in_the_vendors_words(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LONGEST_TEXT", 3)
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.round()
    assert [write.op for write in pairing.writes("rejected")] == ["create"]
    (held,) = pairing.round().draft.held
    assert held.params["reason"] == "the service refuses this record"
    assert len(pairing.writes("rejected")) == 1


def test_a_round_without_a_change_asks_nobody_anything(pairing: Pairing) -> None:
    for number in range(20):
        pairing.left.put("companies", {"title": f"C{number}", "reg": f"R{number}"})
    pairing.settle()
    pairing.read()
    servers = pairing.servers.values()
    calls, writes = [server.calls for server in servers], [server.store.writes for server in servers]
    with pairing.table() as table:
        assert go_round(table).plan is None
    assert [server.calls for server in servers] == calls
    assert [server.store.writes for server in servers] == writes
