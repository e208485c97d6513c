"""Edits that look like a system's own form, like an old copy, or like a deletion: each as simulated worlds found it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmbridge.adapter.contract import Page, PullRequest, RawRecord
from crmbridge.ledger.engine import Ledger
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync.twoway import acknowledging
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.rounds import go_round
from crmbridge.sync.twoway.settling import has_come
from crmbridge.sync.twoway.tidying import Keeps
from crmbridge.testing.memory.adapter import MemoryAdapter
from crmbridge.testing.memory.server import Mishap

from .pairing import Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    return Pairing(ledger, ids)


def test_capitals_are_an_edit_where_the_side_is_known_to_keep_small_letters(pairing: Pairing) -> None:
    pairing.policy = Policy.NEWEST
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.RIGHT].mishaps.extend([Mishap.FINE, Mishap.NO_ANSWER])
        go_round(table, approved_by="me")
    pairing.right.edit("customers", customer.external_id, {"place": "BONN"})
    pairing.settle()
    assert pairing.only(Side.LEFT, "companies")["town"] == "BONN"


def test_capitals_are_the_sides_form_where_it_never_showed_anything_else(pairing: Pairing) -> None:
    pairing.policy = Policy.NEWEST
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.RIGHT].mishaps.extend([Mishap.FINE, Mishap.NO_ANSWER])
        go_round(table, approved_by="me")
    pairing.right.edit("customers", customer.external_id, {"place": "BONN"})
    pairing.settle()
    assert pairing.only(Side.LEFT, "companies")["town"] == "Bonn"


def test_a_form_with_other_spaces_than_before_has_come() -> None:
    line = {"field": "name", "from": "ACME  LTD", "to": "acme    ltd", "shows": "acme    ltd"}
    assert has_come("ACME    LTD", line, Keeps.CAPITAL | Keeps.CAPITAL_FIRST | Keeps.SPACE)
    assert not has_come("ACME  LTD", line, Keeps.SPACE)


def test_who_fills_a_field_in_the_second_in_which_we_made_the_record_has_edited_it(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairing.policy = Policy.LEFT
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.read()
    monkeypatch.setattr(acknowledging, "is_second", lambda _: True)
    with pairing.table() as table:
        real = table.right.adapter.fetch  # type: ignore[attr-defined] # the adapter in memory has it

        def fetch(name: str, ids: Sequence[str]) -> Any:
            (row,) = pairing.right.live("customers")
            pairing.right.edit("customers", row.external_id, {"place": "Rome"}, tick=False)
            row.revision -= 1  # as in a system whose revisions are whole seconds
            return real(name, ids)

        monkeypatch.setattr(table.right.adapter, "fetch", fetch)
        go_round(table, approved_by="me")
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.settle()
    assert any('"Rome"' in one.candidates for one in pairing.conflicts(is_open=False))


def test_who_edits_while_the_peer_is_deleted_is_heard_when_it_is_back(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairing.policy = Policy.LEFT
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.left.edit("companies", company, {"town": "Bonn"})
    pairing.read()
    with pairing.table() as table, monkeypatch.context() as broken:
        broken.setattr(table.right.adapter, "fetch", _down)
        with pytest.raises(CrmBridgeError, match="down"):
            go_round(table, approved_by="me")
    pairing.left.delete("companies", company)
    pairing.right.edit("customers", customer.external_id, {"place": "Rome"})
    pairing.round()
    pairing.left.restore("companies", company)
    pairing.left.edit("companies", company, {"town": "Oslo"})
    pairing.settle()
    assert any('"Rome"' in one.candidates for one in pairing.conflicts(is_open=False))


def _down(*_: object) -> Sequence[RawRecord | None]:
    raise CrmBridgeError("down")


def test_a_record_stays_whose_peer_was_brought_back_just_before(pairing: Pairing) -> None:
    pairing.deletes = True
    pairing.limits = replace(pairing.limits, deletes_percent=100)
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.settle()
    pairing.left.delete("companies", company)
    pairing.read()
    pairing.left.restore("companies", company)
    with pairing.table() as table:
        go_round(table, approved_by="me")
    assert len(pairing.right.live("customers")) == 1
    pairing.settle()
    assert len(pairing.left.live("companies")) == len(pairing.right.live("customers")) == 1


def test_an_old_copy_of_the_same_second_is_no_edit(pairing: Pairing, monkeypatch: pytest.MonkeyPatch) -> None:
    pairing.policy = Policy.RIGHT
    pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.settle()
    (customer,) = pairing.right.live("customers")
    pairing.right.edit("customers", customer.external_id, {"place": "Bonn"})
    pairing.read()
    pairing.right.edit("customers", customer.external_id, {"heads": 7}, tick=False)
    customer.modified -= timedelta(seconds=60)
    monkeypatch.setattr(MemoryAdapter, "pull", _lagging(MemoryAdapter.pull))
    pairing.read()
    monkeypatch.undo()
    pairing.settle()
    assert pairing.only(Side.LEFT, "companies")["town"] == "Bonn"


def _lagging(pull: Callable[..., Iterator[Page]]) -> Callable[..., Iterator[Page]]:
    def lags(adapter: MemoryAdapter, request: PullRequest) -> Iterator[Page]:
        for page in pull(adapter, request):
            records = [replace(one, payload={**one.payload, "place": "Kiel"}) for one in page.records]
            yield replace(page, records=records if request.object == "customers" else page.records)

    return lags


def test_a_record_that_we_made_and_that_was_deleted_before_we_knew_takes_its_peer_along(pairing: Pairing) -> None:
    pairing.deletes = True
    pairing.limits = replace(pairing.limits, deletes_percent=100)
    pairing.left.put("companies", {"title": "Other", "reg": "R2"})
    pairing.settle()
    pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.RIGHT].mishaps.extend([Mishap.FINE, Mishap.NO_ANSWER])
        go_round(table, approved_by="me")
    pairing.read()  # it is met by its key, and merged with nothing yet
    customer = next(row for row in pairing.right.live("customers") if row.fields["name"] == "ACME")
    pairing.right.delete("customers", customer.external_id)
    pairing.settle()
    assert [row.fields["title"] for row in pairing.left.live("companies")] == ["Other"]
