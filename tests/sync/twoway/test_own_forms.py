"""A system's own form of what was written, and questions that answer themselves: bugs that simulated worlds found."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger.engine import Ledger
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync.engine import run_sync
from crmbridge.sync.twoway import settled_reads
from crmbridge.sync.twoway.merging import Candidate, Held, Merged, Policy, Rule, Side, Who, merge
from crmbridge.sync.twoway.rounds import go_round
from crmbridge.sync.twoway.settling import has_come
from crmbridge.sync.twoway.tidying import EVERYTHING, Keeps
from crmbridge.testing.memory.server import Mishap

from .pairing import Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    return Pairing(ledger, ids)


def test_the_first_look_at_what_was_written_shows_the_systems_form_and_no_edit() -> None:
    left = Held("Kiel", "Kiel", "Kiel", is_acked=True)
    right = Held("KIEL", "Kiel", "Kiel", is_acked=True, is_unread=True)
    assert merge("Kiel", left, right, Rule(Policy.RIGHT)) == Merged("Kiel")


def test_another_value_at_the_first_look_is_an_edit() -> None:
    left = Held("Kiel", "Kiel", "Kiel", is_acked=True)
    right = Held("Bonn", "Kiel", "Kiel", is_acked=True, is_unread=True)
    told = (Candidate(Who.DECIDED, "Kiel"),)  # nobody has seen it stand there
    assert merge("Kiel", left, right, Rule(Policy.RIGHT)) == Merged("Bonn", Who.RIGHT, told)


def test_a_copy_from_before_our_own_write_is_no_edit(pairing: Pairing, monkeypatch: pytest.MonkeyPatch) -> None:
    pairing.policy = Policy.RIGHT
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.read()
    with pairing.table() as table, monkeypatch.context() as broken:
        broken.setattr(table.right.adapter, "fetch", _down)
        with pytest.raises(CrmBridgeError, match="down"):
            go_round(table, approved_by="me")
    pairing.left.edit("companies", company, {"town": "Rome"})
    run_sync([pairing.setup(Side.LEFT)], pairing.around())  # what has landed of the right side is from before the write
    with pairing.table() as table:
        go_round(table, approved_by="me")
    pairing.settle()
    assert pairing.only(Side.LEFT, "companies")["town"] == pairing.only(Side.RIGHT, "customers")["place"] == "Rome"


def _down(*_: object) -> Sequence[RawRecord | None]:
    raise CrmBridgeError("down")


def test_who_loses_when_a_question_answers_itself_is_told(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.right.edit("customers", customer.external_id, {"place": "Rome"})
    pairing.round()
    assert len(pairing.conflicts()) == 1
    pairing.right.edit("customers", customer.external_id, {"place": "Oslo"})
    pairing.policy = Policy.LEFT  # what the policy could not say before it says now
    pairing.settle()
    assert pairing.conflicts() == []
    assert any('"Oslo"' in one.candidates for one in pairing.conflicts(is_open=False))


def test_a_side_that_shows_an_older_write_of_ours_after_it_took_over_a_newer_is_written_again(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.left.edit("companies", company, {"town": None})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.RIGHT].mishaps.extend([Mishap.FINE, Mishap.NO_REQUEST])
        go_round(table, approved_by="me")
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.settle()
    pairing.right.edit("customers", customer.external_id, {"place": None})  # as if it landed now
    pairing.settle()
    assert pairing.only(Side.RIGHT, "customers")["place"] == pairing.only(Side.LEFT, "companies")["town"]


def test_an_edit_of_the_form_alone_is_an_edit_although_such_a_value_was_sent_once() -> None:
    right = Held("KIEL", "Kiel", "Kiel", late={"Kiel"}, is_acked=True)
    assert merge("Kiel", Held("Kiel", "Kiel", "Kiel"), right, Rule(Policy.RIGHT)) == Merged("KIEL", Who.RIGHT)


def test_an_older_write_that_differs_in_form_alone_is_late_where_the_side_keeps_forms() -> None:
    right = Held("Kiel", "KIEL", "KIEL", late={"Kiel"}, is_acked=True, keeps=EVERYTHING)
    assert (right.is_changed, right.is_late) == (False, True)
    assert not replace(right, value="KIEL", known="Kiel", keeps=Keeps.NOTHING).is_late


def test_a_write_of_another_form_has_not_come_while_the_old_form_is_shown() -> None:
    line = {"field": "city", "from": "Kiel", "to": "KIEL", "shows": "KIEL"}
    assert not has_come("Kiel", line)
    assert has_come("KIEL", line)
    assert has_come("kiel", line | {"from": "Bonn"})


def test_a_copy_out_of_a_list_that_lags_may_hide_an_edit_of_its_own_second(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairing.policy = Policy.LEFT
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.right.edit("customers", customer.external_id, {"heads": 7})
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.read()  # a minute later
    pairing.right.edit("customers", customer.external_id, {"place": "Rome"}, tick=False)
    customer.revision -= 1  # as in a system whose revisions are whole seconds
    monkeypatch.setattr(settled_reads, "is_second", lambda _: True)
    with pairing.table() as table:
        go_round(table, approved_by="me")
    pairing.settle()
    assert any('"Rome"' in one.candidates for one in pairing.conflicts(is_open=False))
