"""A plan is taken back to what was there before, where nobody was there since; and both sides stay quiet after it."""

import copy
from collections.abc import Callable

import pytest

from crmbridge.ledger import plans
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import GuardStop
from crmbridge.sync.twoway.approving import Approval, apply_plan
from crmbridge.sync.twoway.guards import Limits
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import Round, basis_of
from crmbridge.sync.twoway.undoing import Undoing, undo

from .pairing import Pairing

MANY = Limits(creates=100_000, updates=100_000, all_changed_least=1_000_000)


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    return Pairing(ledger, ids, limits=MANY)


def plan_of(done: Round) -> Plan:
    assert done.plan is not None
    return done.plan


def undone(pairing: Pairing, name: str) -> Undoing:
    with pairing.table() as table:
        now_us = table.session.around.now_us()
        with table.session.begin() as tx:
            return undo(
                tx,
                plans.get(tx, name),
                [table.left, table.right],
                name=f"undo-{name}",
                basis=basis_of(table.pair),
                now_us=now_us,
            )


def apply(pairing: Pairing, plan: Plan | None, *lifted: str) -> Round:
    assert plan is not None
    with pairing.table() as table:
        return apply_plan(table, plan, Approval("me", frozenset(lifted)))


def test_an_update_is_taken_back_to_its_image_and_nothing_writes_it_again(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel", "staff": "7"})
    pairing.settle()
    before = dict(pairing.only(Side.RIGHT, "customers"))
    pairing.left.edit("companies", company, {"town": "Bonn", "staff": ""})
    plan = plan_of(pairing.round())
    assert pairing.only(Side.RIGHT, "customers")["place"] == "Bonn"
    taken = undone(pairing, plan.name)
    assert taken.kept == []
    apply(pairing, taken.plan)
    assert pairing.only(Side.RIGHT, "customers") == before
    assert pairing.only(Side.LEFT, "companies")["town"] == "Bonn"
    assert pairing.settle() == 1, "the sides differ now, and nobody is made to follow"
    pairing.left.edit("companies", company, {"town": "Köln"})
    pairing.settle()
    assert pairing.only(Side.RIGHT, "customers")["place"] == "Köln", "until somebody edits"


def test_what_a_person_touched_since_is_kept_and_the_rest_is_taken_back(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel", "staff": "7"})
    pairing.settle()
    pairing.left.edit("companies", company, {"town": "Bonn", "staff": "9"})
    plan = plan_of(pairing.round())
    (customer,) = pairing.right.live("customers")
    pairing.right.edit("customers", customer.external_id, {"place": "Hamburg"})
    pairing.read()
    taken = undone(pairing, plan.name)
    assert [(one.about, one.reason) for one in taken.kept] == [("city", "somebody has touched it since")]
    apply(pairing, taken.plan)
    shown = pairing.only(Side.RIGHT, "customers")
    assert (shown["place"], shown["heads"]) == ("Hamburg", "7")


def test_a_record_that_was_made_is_deleted_again_and_stays_so(pairing: Pairing) -> None:
    pairing.deletes = True
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    plan = plan_of(pairing.round())
    taken = undone(pairing, plan.name)
    with pytest.raises(GuardStop, match="would be deleted within 24 hours"):
        apply(pairing, taken.plan)
    assert len(pairing.right.live("customers")) == 1
    apply(pairing, taken.plan, "deletes")
    assert pairing.right.live("customers") == []
    pairing.settle()
    assert len(pairing.left.live("companies")) == 1, "an undone create is nobody's deletion"
    assert pairing.right.live("customers") == []


def test_a_record_that_was_made_and_filled_since_is_kept(pairing: Pairing) -> None:
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    plan = plan_of(pairing.round())
    (customer,) = pairing.right.live("customers")
    pairing.right.edit("customers", customer.external_id, {"place": "Kiel"})
    pairing.read()
    taken = undone(pairing, plan.name)
    assert taken.plan is None
    assert [(one.about, one.reason) for one in taken.kept] == [("city", "somebody has touched it since")]


def test_a_record_that_was_deleted_is_made_anew_with_what_it_had(pairing: Pairing) -> None:
    anew(pairing)


def anew(pairing: Pairing) -> str:
    """A company that was deleted on the left, hence on the right, and made anew there; its id on the left."""
    pairing.deletes = True
    made = [pairing.left.put("companies", {"title": f"C{n}", "reg": f"R{n}", "town": "Kiel"}) for n in range(60)]
    pairing.settle()
    pairing.left.delete("companies", made[0])
    plan = plan_of(pairing.round())
    assert len(pairing.right.live("customers")) == 59
    apply(pairing, undone(pairing, plan.name).plan)
    fields = next(row.fields for row in pairing.right.live("customers") if row.fields["name"] == "C0")
    assert (fields["place"], fields["number"]) == ("Kiel", "R0")
    again = undone(pairing, plan.name)
    assert [one.reason for one in again.kept] == ["it was made anew by an earlier undoing, or may have been"]
    assert again.plan is None
    return made[0]


def test_what_was_made_anew_is_made_nowhere_else_and_meets_the_one_that_is_brought_back(pairing: Pairing) -> None:
    """A person has deleted the other one: an undoing takes back what we wrote, and nothing that a person did."""
    deleted = anew(pairing)
    pairing.settle()
    assert (len(pairing.left.live("companies")), len(pairing.right.live("customers"))) == (59, 60)
    (there,) = [row for row in pairing.right.live("customers") if row.fields["name"] == "C0"]
    pairing.right.edit("customers", there.external_id, {"place": "Bonn"})
    pairing.settle()
    assert (len(pairing.left.live("companies")), len(pairing.right.live("customers"))) == (59, 60)
    pairing.left.restore("companies", deleted)
    pairing.settle()
    assert (len(pairing.left.live("companies")), len(pairing.right.live("customers"))) == (60, 60)
    assert [row.fields["town"] for row in pairing.left.live("companies") if row.fields["title"] == "C0"] == ["Bonn"]
    pairing.left.edit("companies", deleted, {"town": "Ulm"})
    pairing.settle()
    row = pairing.right.row("customers", there.external_id)
    assert row is not None
    assert row.fields["place"] == "Ulm"


def test_what_was_made_anew_is_deleted_again_by_an_undoing_of_the_undoing(pairing: Pairing) -> None:
    anew(pairing)
    pairing.settle()
    with pairing.ledger.read() as tx:
        name = next(plan.name for plan in plans.listing(tx) if plan.undoes)
    apply(pairing, undone(pairing, name).plan, "deletes")
    pairing.settle()
    assert (len(pairing.left.live("companies")), len(pairing.right.live("customers"))) == (59, 59)


def test_what_somebody_has_restored_is_not_made_anew(pairing: Pairing) -> None:
    pairing.deletes = True
    made = [pairing.left.put("companies", {"title": f"C{n}", "reg": f"R{n}"}) for n in range(60)]
    pairing.settle()
    (there,) = [row for row in pairing.right.live("customers") if row.fields["name"] == "C0"]
    pairing.left.delete("companies", made[0])
    plan = plan_of(pairing.round())
    pairing.right.restore("customers", there.external_id)
    pairing.read()
    taken = undone(pairing, plan.name)
    assert (taken.plan, [one.reason for one in taken.kept]) == (None, ["it is there again"])


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.wide)])
def test_undoing_many_updates_leaves_every_untouched_record_as_it_was(pairing: Pairing, count: int) -> None:
    made = [pairing.left.put("companies", {"title": f"C{n}", "reg": f"R{n}", "town": "Kiel"}) for n in range(count)]
    for number in range(count // 10):
        pairing.left.put("companies", {"title": f"Other {number}", "reg": f"O{number}", "town": "Kiel"})
    pairing.settle()
    before = {row.external_id: copy.deepcopy(row) for row in pairing.right.live("customers")}
    for company in made:
        pairing.left.edit("companies", company, {"town": "WRONG", "staff": "0"})
    plan = plan_of(pairing.round())
    assert plan.lines == count
    now = pairing.right.live("customers")
    assert sum(row.fields["place"] == "WRONG" for row in now) == count
    touched = {row.external_id for row in now if row.fields["place"] == "WRONG"}
    edited = sorted(touched)[:: max(count // 10, 1)]
    for key in edited:
        pairing.right.edit("customers", key, {"place": "Bonn", "heads": "3"})
    pairing.read()
    kept = {row.external_id: copy.deepcopy(row) for row in pairing.right.live("customers") if row.external_id in edited}
    taken = undone(pairing, plan.name)
    assert taken.plan is not None
    assert taken.plan.lines == count - len(edited)
    apply(pairing, taken.plan)
    after = {row.external_id: row for row in pairing.right.live("customers")}
    for key, row in before.items():
        if key in edited:
            assert after[key] == kept[key], "somebody was there since"
        elif key in touched:
            assert _filled(after[key].fields) == _filled(row.fields)
        else:
            assert after[key] == row, "nobody was there, and neither were we"


def _filled(fields: dict[str, object]) -> dict[str, object]:
    """A field that is not there and one that is empty are the same to a vendor."""
    return {name: value for name, value in fields.items() if value is not None}


@pytest.mark.parametrize("op", ["update", "create", "delete"])
def test_an_undoing_whose_writes_were_lost_on_their_way_goes_on(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch, op: str
) -> None:
    """Killed before its call left: no merge plans it again, so its own plan does, once it was looked for."""
    pairing.deletes = True
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel"})
    made = plan_of(pairing.round()) if op == "create" else None
    pairing.settle()
    if op == "update":
        pairing.left.edit("companies", company, {"town": "Bonn"})
    if op == "delete":
        pairing.left.delete("companies", company)
    done = made or plan_of(pairing.round(lifted=frozenset({"deletes"})))
    taken = undone(pairing, done.name)
    with monkeypatch.context() as patched:
        patched.setattr(type(pairing.servers[Side.RIGHT]), "save", _killed)
        with pytest.raises(Killed):
            apply(pairing, taken.plan, "deletes")
    for _ in range(3):
        pairing.clock.advance(600)
        pairing.read()
        with pairing.ledger.read() as tx:
            plan = plans.get(tx, f"undo-{done.name}")
        if plan.state == "done":
            break
        apply(pairing, plan, "deletes")
    assert plan.state == "done"
    live = [row.fields.get("place") for row in pairing.right.live("customers")]
    assert live == ([] if op == "create" else ["Kiel"])


class Killed(BaseException):
    """The process ends here."""


def _killed(*_: object) -> None:
    raise Killed
