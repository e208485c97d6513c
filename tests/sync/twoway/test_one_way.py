"""A migration: everything arrives once, in the order of references, in one plan; the giver is never written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import orjson
import pytest

from crmbridge.ledger import outbox
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.plans import Plan
from crmbridge.sync.twoway import approving, moving
from crmbridge.sync.twoway.approving import Approval
from crmbridge.sync.twoway.one_way import PROMISE
from crmbridge.sync.twoway.rounds import Round, Table

from .pairing import Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    made = Pairing(ledger, ids)
    for number in range(7):
        made.left.put("companies", {"title": f"C{number}", "reg": f"R{number}"})
    companies = sorted(made.left.live("companies"), key=lambda row: str(row.fields["title"]))
    for number in range(9):
        company = companies[number % len(companies)].external_id
        made.left.put("deals", {"title": f"D{number}", "phase": "Talk", "company": company})
    return made


@contextmanager
def one_way(pairing: Pairing) -> Iterator[Table]:
    with pairing.table() as table:
        pair = moving.one_way(table.pair)
        left, right = replace(table.left, end=pair.left), replace(table.right, end=pair.right)
        yield replace(table, pair=pair, left=left, right=right)


def looked(pairing: Pairing) -> Round:
    pairing.read()
    with one_way(pairing) as table:
        return moving.look(table)


def carried(pairing: Pairing, plan: Plan | None) -> Round:
    assert plan is not None
    with one_way(pairing) as table:
        return approving.apply_plan(table, plan, Approval("me"))


def at_right(pairing: Pairing) -> dict[str, str | None]:
    """The company that each deal belongs to."""
    names = {row.external_id: str(row.fields["name"]) for row in pairing.right.live("customers")}
    deals = pairing.right.live("chances")
    return {str(row.fields["name"]): names.get(str(row.fields.get("customer"))) for row in deals}


def test_one_plan_carries_companies_and_the_deals_that_point_at_them(pairing: Pairing) -> None:
    before = [dict(row.fields) for name in ("companies", "deals") for row in pairing.left.live(name)]
    done = looked(pairing)
    assert [write.kind for write in done.draft.writes] == ["account"] * 7 + ["deal"] * 9
    assert all(PROMISE.search(write.fields) for write in done.draft.writes[7:]), "no id of the vendor's is known yet"
    assert pairing.right.live("customers") == []
    carried(pairing, done.plan)
    assert at_right(pairing) == {f"D{number}": f"C{number % 7}" for number in range(9)}
    assert not any(PROMISE.search(write.fields) for write in pairing.writes())
    assert looked(pairing).plan is None, "everything has arrived"
    assert [dict(row.fields) for name in ("companies", "deals") for row in pairing.left.live(name)] == before


def test_a_record_that_was_not_made_is_pointed_at_by_nobody_and_made_later(pairing: Pairing) -> None:
    done = looked(pairing)
    first = done.draft.writes[0]
    with pairing.ledger.begin() as tx:
        (kept,) = [one for one in outbox.of_plan(tx, done.plan.id if done.plan else 0) if one.key == first.key]
        outbox.settle(tx, [(kept.id, "dropped", None, None)], now_us=1)
    carried(pairing, done.plan)
    name = orjson.loads(first.fields)["name"]
    lost = {deal for deal, company in at_right(pairing).items() if company is None}
    assert lost == {f"D{number}" for number in range(9) if f"C{number % 7}" == name}
    again = looked(pairing)
    carried(pairing, again.plan)
    carried_too = looked(pairing)
    if carried_too.plan is not None:
        carried(pairing, carried_too.plan)
    assert at_right(pairing) == {f"D{number}": f"C{number % 7}" for number in range(9)}
    assert looked(pairing).plan is None


def test_what_changes_before_the_move_is_over_follows_and_what_people_edit_there_stays(pairing: Pairing) -> None:
    carried(pairing, looked(pairing).plan)
    company = next(row for row in pairing.left.live("companies") if row.fields["title"] == "C1")
    pairing.left.edit("companies", company.external_id, {"town": "Kiel"})
    other = next(row for row in pairing.right.live("customers") if row.fields["name"] == "C2")
    pairing.right.edit("customers", other.external_id, {"place": "Lund"})
    done = looked(pairing)
    assert [(write.op, write.side) for write in done.draft.writes] == [("update", "right")]
    carried(pairing, done.plan)
    places = {row.fields["name"]: row.fields.get("place") for row in pairing.right.live("customers")}
    assert (places["C1"], places["C2"]) == ("Kiel", "Lund")
    assert all(row.fields.get("town") != "Lund" for row in pairing.left.live("companies"))
    assert looked(pairing).plan is None
