"""A lead becomes an account, a contact and a deal in one system, or in both: nothing is made twice, nothing deleted."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from crmbridge.ledger.engine import Ledger
from crmbridge.model.errors import render
from crmbridge.sync.twoway.merging import Side

from .pairing import Pairing

KINDS = ("account", "contact", "lead", "deal")
FIELDS = {
    "companies": ("title",),
    "people": ("name", "mail", "firm"),
    "leads": ("name", "mail", "firm", "state", "done", "day", "to_firm", "to_person", "to_deal"),
    "deals": ("title", "phase", "firm", "person"),
}
MAPPING = """
format = 1
[objects.companies]
kind = "account"
[objects.companies.fields]
name = "title"
[objects.people]
kind = "contact"
[objects.people.fields]
full_name = "name"
emails = "mail"
account = { from = "firm", object = "companies" }
[objects.leads]
kind = "lead"
keys = ["emails"]
[objects.leads.fields]
full_name = "name"
emails = "mail"
company_name = "firm"
converted = "done"
converted_at = { from = "day", format = ["%Y-%m-%d"] }
converted_account = { from = "to_firm", object = "companies" }
converted_contact = { from = "to_person", object = "people" }
converted_deal = { from = "to_deal", object = "deals" }
[objects.leads.fields.status]
from = "state"
values = { "New" = "new", "Good" = "qualified", "Won over" = "converted" }
[objects.deals]
kind = "deal"
pipeline = "sales"
[objects.deals.fields]
name = "title"
stage = "phase"
account = { from = "firm", object = "companies" }
contact = { from = "person", object = "people" }
[pipelines.sales]
[[pipelines.sales.stages]]
key = "talk"
category = "open"
labels = ["Talk"]
"""
Made = Callable[..., Pairing]


@pytest.fixture
def paired(ledger: Ledger, ids: Callable[[], str]) -> Made:
    def made(**more: Any) -> Pairing:
        both = dict.fromkeys(Side, MAPPING)
        return Pairing(ledger, ids, mappings=both, objects=dict.fromkeys(Side, FIELDS), kinds=KINDS, **more)

    return made


def lead(pairing: Pairing, side: Side) -> str:
    fields = {"name": "Ann", "mail": "ann@acme.example", "firm": "ACME", "state": "New"}
    return pairing.servers[side].store.put("leads", fields)


def convert(pairing: Pairing, side: Side, external_id: str, *, into: Mapping[str, str] | None = None) -> None:
    """As vendors do it: the records are made, or named, and the lead says which they are."""
    store, named = pairing.servers[side].store, dict(into or {})
    firm = named.get("companies") or store.put("companies", {"title": "ACME"})
    person = named.get("people") or store.put("people", {"name": "Ann", "mail": "ann@acme.example", "firm": firm})
    deal = store.put("deals", {"title": "Big", "phase": "Talk", "firm": firm, "person": person})
    done = {"done": "yes", "day": "2026-01-05", "to_firm": firm, "to_person": person, "to_deal": deal}
    store.edit("leads", external_id, {**done, "state": "Good" if side is Side.LEFT else "Won over"})


def there(pairing: Pairing, side: Side) -> dict[str, int]:
    return {name: len(pairing.servers[side].store.live(name)) for name in FIELDS}


ONE_EACH = dict.fromkeys(FIELDS, 1)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("deletes", [False, True])
def test_what_a_lead_has_become_is_made_once_and_its_twin_is_left_to_people(
    paired: Made, side: Side, *, deletes: bool
) -> None:
    pairing = paired(deletes=deletes)
    lead(pairing, side)
    pairing.settle()
    (here,), (twin,) = (pairing.servers[one].store.live("leads") for one in (side, side.other))
    before = dict(twin.fields)
    convert(pairing, side, here.external_id)
    told = [render(one.template, dict(one.params)) for one in pairing.round().draft.held]
    assert len(told) == 1
    assert told[0].startswith(f"{side} has converted it"), told
    pairing.settle()
    assert there(pairing, side) == there(pairing, side.other) == ONE_EACH
    (twin,) = pairing.servers[side.other].store.live("leads")
    assert twin.fields == before, "neither converted, nor closed, nor deleted"
    pairing.servers[side.other].store.edit("leads", twin.external_id, {"name": "Anna"})
    pairing.settle()
    assert pairing.only(side, "leads")["name"] == "Ann", "what was converted is written no more"


def test_a_lead_that_was_converted_before_is_not_made_on_the_other_side(paired: Made) -> None:
    pairing = paired()
    convert(pairing, Side.LEFT, lead(pairing, Side.LEFT))
    pairing.settle()
    assert there(pairing, Side.RIGHT) == {**ONE_EACH, "leads": 0}


def test_both_systems_convert_it_between_two_runs_and_what_it_became_is_one_each(paired: Made) -> None:
    pairing = paired()
    lead(pairing, Side.LEFT)
    pairing.settle()
    for side in Side:
        (row,) = pairing.servers[side].store.live("leads")
        convert(pairing, side, row.external_id)
    pairing.settle()
    assert there(pairing, Side.LEFT) == there(pairing, Side.RIGHT) == ONE_EACH
    (deal,) = pairing.left.live("deals")
    pairing.left.edit("deals", deal.external_id, {"title": "Bigger"})
    pairing.settle()
    assert pairing.only(Side.RIGHT, "deals")["title"] == "Bigger", "they are one, and kept in step"


def test_whoever_converts_the_twin_into_what_is_there_makes_nothing_new(paired: Made) -> None:
    pairing = paired()
    lead(pairing, Side.LEFT)
    pairing.settle()
    convert(pairing, Side.LEFT, pairing.left.live("leads")[0].external_id)
    pairing.settle()
    into = {name: pairing.right.live(name)[0].external_id for name in ("companies", "people")}
    convert(pairing, Side.RIGHT, pairing.right.live("leads")[0].external_id, into=into)
    done = pairing.round()
    assert done.draft.writes == []
    assert done.draft.held == []
    assert there(pairing, Side.LEFT) == ONE_EACH, "the deal that was made again there is not made a third time"
    assert there(pairing, Side.RIGHT) == {**ONE_EACH, "deals": 2}


def test_what_a_second_conversion_made_again_is_not_copied_back(paired: Made) -> None:
    pairing = paired(deletes=True)
    lead(pairing, Side.RIGHT)
    pairing.settle()
    convert(pairing, Side.LEFT, pairing.left.live("leads")[0].external_id)
    pairing.settle()
    convert(pairing, Side.RIGHT, pairing.right.live("leads")[0].external_id)
    pairing.settle()
    assert there(pairing, Side.LEFT) == ONE_EACH
    assert there(pairing, Side.RIGHT) == {"leads": 1, "companies": 2, "people": 2, "deals": 2}
    first, again = (row.external_id for row in pairing.right.live("people"))
    pairing.right.edit("people", again, {"name": "Somebody"})
    pairing.settle()
    assert pairing.only(Side.LEFT, "people")["name"] == "Ann", "the one that is kept in step tells"
    pairing.right.delete("people", first)
    pairing.settle()
    assert there(pairing, Side.LEFT) == ONE_EACH, "the one that is left is in step now"
    pairing.right.edit("people", again, {"name": "Ann B"})
    pairing.settle()
    assert pairing.only(Side.LEFT, "people")["name"] == "Ann B"


def test_a_converted_lead_stays_where_its_twin_is_deleted(paired: Made) -> None:
    pairing = paired(deletes=True)
    lead(pairing, Side.LEFT)
    pairing.settle()
    convert(pairing, Side.LEFT, pairing.left.live("leads")[0].external_id)
    pairing.settle()
    pairing.right.delete("leads", pairing.right.live("leads")[0].external_id)
    (held,) = pairing.round().draft.held
    assert "stays" in held.template
    pairing.settle()
    assert there(pairing, Side.LEFT) == ONE_EACH
