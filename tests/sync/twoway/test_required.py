"""What a vendor refuses of a new record is known before anything is sent, and told with what helps."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway import rounds
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import Round

from . import pairing as two_sides
from .pairing import OBJECTS, Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    return Pairing(ledger, ids)


def round_where_needed(pairing: Pairing, *fields: str) -> Round:
    """A round in which the right system asks of a new customer that these of its fields are filled."""
    pairing.read()
    with pairing.table() as table:
        right = replace(table.pair.right, required={"customers": frozenset(fields)})
        target = replace(table.right, end=right)
        return rounds.go_round(replace(table, pair=replace(table.pair, right=right), right=target), approved_by="me")


def test_a_record_that_lacks_what_the_other_system_asks_for_waits_and_the_rest_goes(pairing: Pairing) -> None:
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.left.put("companies", {"title": "Full", "reg": "R2", "town": "Kiel"})
    done = round_where_needed(pairing, "name", "place", "of its own")
    assert [row.fields["name"] for row in pairing.right.live("customers")] == ["Full"]
    (held,) = done.draft.held
    assert (held.side, held.about) == (Side.RIGHT, "city")
    assert held.template == "this system takes no record without {field}, which is empty or unknown in the other one"
    assert round_where_needed(pairing, "name").draft.held == []
    assert len(pairing.right.live("customers")) == 2


PEOPLE = '[objects.people]\nkind = "user"\nkeys = ["email"]\n[objects.people.fields]\nname = "name"\nemail = "mail"\n'
OWNER = 'owner = { from = "who", object = "people" }\n'


@pytest.fixture
def owned(ledger: Ledger, ids: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Pairing:
    """Both sides have people, and companies that are theirs."""
    for side, text in ((Side.LEFT, two_sides.LEFT), (Side.RIGHT, two_sides.RIGHT)):
        first, rest = text.split("[objects.deals]" if side is Side.LEFT else "[objects.chances]")
        name = "[objects.deals]" if side is Side.LEFT else "[objects.chances]"
        monkeypatch.setattr(two_sides, side.name, first.rstrip("\n") + "\n" + OWNER + PEOPLE + name + rest)
        table = next(iter(OBJECTS[side]))
        more = {**OBJECTS[side], "people": ("name", "mail"), table: (*OBJECTS[side][table], "who")}
        monkeypatch.setitem(OBJECTS, side, more)
    return Pairing(ledger, ids)


def test_who_owns_a_record_must_be_somebody_in_the_other_system_where_it_asks_for_an_owner(owned: Pairing) -> None:
    li, wang = (owned.left.put("people", {"name": name, "mail": f"{name}@acme.example"}) for name in ("Li", "Wang"))
    owned.right.put("people", {"name": "LI", "mail": "LI@ACME.example"})
    owned.left.put("companies", {"title": "Of Li", "reg": "R1", "who": li})
    owned.left.put("companies", {"title": "Of Wang", "reg": "R2", "who": wang})
    owned.left.put("companies", {"title": "Nobody's", "reg": "R3"})
    done = round_where_needed(owned, "name", "who")
    assert [row.fields["name"] for row in owned.right.live("customers")] == ["Of Li"]
    told = {one.template: set(one.params) for one in done.draft.held}
    assert [sorted(params) for params in told.values()] == [["field", "who"], ["field"]]
    assert all("takes no record without an owner" in template for template in told)
