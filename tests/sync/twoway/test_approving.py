"""A saved plan is carried out as it is, within a day, by a person's word; or refused whole, with nothing sent."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import outbox, plans
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import ConfigError, GuardStop
from crmbridge.sync.twoway.approving import Approval, apply_plan
from crmbridge.sync.twoway.guards import Limits
from crmbridge.sync.twoway.merging import Policy
from crmbridge.sync.twoway.rounds import Round, Table, go_round

from .pairing import Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    made = Pairing(ledger, ids)
    made.approved = False
    return made


def planned(pairing: Pairing, count: int = 1) -> Plan:
    """A first plan that waits, with so many creates."""
    for number in range(count):
        pairing.left.put("companies", {"title": f"C{number}", "reg": f"R{number}"})
    done = pairing.round()
    assert done.plan is not None
    return done.plan


def apply(pairing: Pairing, name: str, *lifted: str) -> Round:
    with pairing.ledger.read() as tx:
        plan = plans.get(tx, name)
    with pairing.table() as table:
        return apply_plan(table, plan, Approval("me", frozenset(lifted)))


@contextmanager
def refused(pairing: Pairing, told: str, error: type[Exception] = GuardStop) -> Iterator[None]:
    before = (pairing.left.writes, pairing.right.writes)
    with pytest.raises(error, match=told):
        yield
    assert (pairing.left.writes, pairing.right.writes) == before


def test_a_plan_that_a_person_approves_is_carried_out_as_it_is(pairing: Pairing) -> None:
    plan = planned(pairing, 3)
    pairing.left.put("companies", {"title": "Later", "reg": "L"})
    done = apply(pairing, plan.name)
    assert {row.fields["name"] for row in pairing.right.live("customers")} == {"C0", "C1", "C2"}
    assert [carried.counts for carried in done.carried.values()] == [{}, {"applied": 3}]
    with pairing.ledger.read() as tx:
        kept = plans.get(tx, plan.name)
        assert (kept.state, kept.approved_by) == ("done", "me")
        assert [one.name for one in plans.of_run(tx, kept.run_id or 0)] == [plan.name]
    assert pairing.round().trips == [], "later rounds go by themselves within the guards"
    assert len(pairing.right.live("customers")) == 4


def test_what_is_done_or_gave_way_is_not_carried_out_again(pairing: Pairing) -> None:
    plan = planned(pairing)
    apply(pairing, plan.name)
    with refused(pairing, "is done: there is nothing to carry out", ConfigError):
        apply(pairing, plan.name)


def test_after_a_day_a_plan_is_nobodys_word_any_more(pairing: Pairing) -> None:
    plan = planned(pairing)
    pairing.clock.advance(24 * 3_600)
    with refused(pairing, "is older than 24 hours"):
        apply(pairing, plan.name)
    assert pairing.round().plan != plan, "the next round makes another"


def test_a_plan_of_another_configuration_is_refused(pairing: Pairing) -> None:
    plan = planned(pairing)
    pairing.policy = Policy.LEFT
    with refused(pairing, "the pair or a mapping has changed since"):
        apply(pairing, plan.name)


def test_a_plan_of_which_more_than_a_tenth_has_moved_is_refused_whole(pairing: Pairing) -> None:
    plan = planned(pairing, 10)
    for row in pairing.left.live("companies")[:2]:
        pairing.left.edit("companies", row.external_id, {"title": "Other", "town": "Kiel"})
    pairing.read()
    with refused(pairing, "more than 10 % of the plan"):
        apply(pairing, plan.name)
    with pairing.ledger.read() as tx:
        assert plans.get(tx, plan.name).state == "superseded"
        assert outbox.counts(tx, plan.id) == {"dropped": 10}


def test_of_a_plan_of_which_little_has_moved_the_rest_is_carried_out(pairing: Pairing) -> None:
    plan = planned(pairing, 10)
    row = pairing.left.live("companies")[0]
    pairing.left.edit("companies", row.external_id, {"title": "Other"})
    pairing.read()
    done = apply(pairing, plan.name)
    assert [carried.counts for carried in done.carried.values()] == [{}, {"applied": 9, "moved": 1}]
    pairing.settle()
    assert "Other" in {row.fields["name"] for row in pairing.right.live("customers")}


def test_a_guard_is_lifted_by_its_name_for_one_plan_and_that_is_kept(pairing: Pairing) -> None:
    apply(pairing, planned(pairing, 30).name)
    pairing.settle()
    pairing.limits = Limits(updates=5, updates_most_percent=100)
    for row in pairing.left.live("companies"):
        pairing.left.edit("companies", row.external_id, {"town": "Kiel"})
    plan = pairing.round().plan
    assert plan is not None
    with refused(pairing, "30 records would be changed, 5 may be"):
        apply(pairing, plan.name)
    with refused(pairing, r"there is no guard update \(did you mean updates\?\)", ConfigError):
        apply(pairing, plan.name, "update")
    with refused(pairing, "the guard canary cannot be lifted", ConfigError):
        apply(pairing, plan.name, "canary")
    apply(pairing, plan.name, "updates")
    assert {row.fields["place"] for row in pairing.right.live("customers")} == {"Kiel"}
    with pairing.ledger.read() as tx:
        assert plans.get(tx, plan.name).lifted == '["updates"]'
    for row in pairing.left.live("companies"):
        pairing.left.edit("companies", row.external_id, {"town": "Bonn"})
    assert [trip.guard for trip in pairing.round().trips] == ["updates"], "the next one is stopped again"


def test_a_plan_that_broke_off_goes_on_where_it_came_to(pairing: Pairing) -> None:
    plan = planned(pairing, 8)
    with pairing.table() as table, pytest.raises(KeyboardInterrupt):
        apply_plan(_stops_at_a_look(table), plan, Approval("me"))
    assert len(pairing.right.live("customers")) == 5
    assert len(pairing.writes("sent")) == 5
    apply(pairing, plan.name)
    assert len(pairing.right.live("customers")) == 8


def _stops_at_a_look(table: Table) -> Table:
    """The table, whose right side is interrupted when it has written for the first time and is read again."""

    def interrupted(object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        raise KeyboardInterrupt

    table.right.adapter.fetch = interrupted  # type: ignore[attr-defined]
    return table


def test_a_round_without_anybody_leaves_the_plan_waiting(pairing: Pairing) -> None:
    plan = planned(pairing)
    with pairing.table() as table:
        assert go_round(table).plan == plan
