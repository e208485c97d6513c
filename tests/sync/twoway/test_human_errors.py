"""Forty mistakes that people make: each is stopped before the first write, on either side."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.sync.twoway import pairing as world

from crmbridge.ledger import plans
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import ConfigError, GuardStop
from crmbridge.sync.twoway import guards
from crmbridge.sync.twoway.approving import Approval, apply_plan
from crmbridge.sync.twoway.guards import Limits
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.rounds import go_round

from .pairing import Pairing

COMPANIES, DEALS = 80, 25
OBJECTS = {Side.LEFT: ("companies", "deals"), Side.RIGHT: ("customers", "chances")}
NAMES = {
    Side.LEFT: {"name": "title", "city": "town", "staff": "staff", "reg": "reg", "next": "todo", "stage": "phase"},
    Side.RIGHT: {"name": "name", "city": "place", "staff": "heads", "reg": "number", "next": "next", "stage": "stage"},
}
STAGE = {Side.LEFT: "Talk", Side.RIGHT: "1"}


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    """A hundred records in step, approved once; from now on nobody is asked."""
    made = Pairing(ledger, ids, limits=Limits(creates=10_000))
    for number in range(COMPANIES):
        fields = {"title": f"C{number}", "reg": f"R{number}", "town": "Kiel", "staff": "7"}
        made.left.put("companies", fields)
    for number in range(DEALS):
        made.left.put("deals", {"title": f"D{number}", "phase": "Talk", "todo": "call"})
    made.settle()
    made.limits, made.approved = Limits(), False
    return made


Mistake = Callable[[Pairing, Side], None]


def edit(share: int, *, kind: int = 0, **fields: str) -> Mistake:
    """Somebody's tool changes so many per cent of the records of a kind."""

    def made(pairing: Pairing, side: Side) -> None:
        store, name = pairing.servers[side].store, OBJECTS[side][kind]
        rows = store.live(name)
        for number, row in enumerate(rows[: len(rows) * share // 100]):
            changed = {NAMES[side][one]: value.format(n=number) for one, value in fields.items()}
            store.edit(name, row.external_id, changed)

    return made


def create(count: int, kind: int = 0) -> Mistake:
    """Somebody imports a list that does not belong here."""

    def made(pairing: Pairing, side: Side) -> None:
        names = NAMES[side]
        for number in range(count):
            fields = {names["name"]: f"Imported {number}"}
            fields |= {names["stage"]: STAGE[side]} if kind else {names["reg"]: f"I{number}"}
            pairing.servers[side].store.put(OBJECTS[side][kind], fields)

    return made


def delete(count: int, kind: int = 0) -> Mistake:
    """Somebody deletes, and the pair carries deletions."""

    def made(pairing: Pairing, side: Side) -> None:
        store, name = pairing.servers[side].store, OBJECTS[side][kind]
        for row in store.live(name)[:count]:
            store.delete(name, row.external_id)

    return made


def with_deletes(mistake: Mistake) -> Mistake:
    """The pair carries deletions, and a person has approved that."""

    def made(pairing: Pairing, side: Side) -> None:
        pairing.deletes, pairing.approved = True, True
        first = pairing.left.live("companies")[0]
        pairing.left.edit("companies", first.external_id, {"town": "Bonn"})
        pairing.settle()
        pairing.approved = False
        mistake(pairing, side)

    return made


@dataclass(frozen=True)
class Case:
    """A mistake, and the guard that stops it."""

    told: str
    mistake: Mistake
    guard: str


ON_EITHER_SIDE = (
    Case("every city overwritten", edit(100, city="Wrong {n}"), guards.ALL_CHANGED),
    Case("every company renamed", edit(100, name="X {n}"), guards.ALL_CHANGED),
    Case("most head counts set to one figure", edit(100, staff="1"), guards.ALL_CHANGED),
    Case("two fields of most companies", edit(90, city="Bonn", staff="9"), guards.ALL_CHANGED),
    Case("cities emptied", edit(30, city=""), guards.BLANKING),
    Case("cities and head counts emptied", edit(15, city="", staff=""), guards.BLANKING),
    Case("next steps emptied", edit(90, kind=1, next=""), guards.BLANKING),
    Case("a list of companies imported", create(201), guards.CREATES),
    Case("a list of deals imported", create(201, 1), guards.CREATES),
    Case("four companies deleted", with_deletes(delete(4)), guards.DELETES),
    Case("every company deleted", with_deletes(delete(COMPANIES)), guards.DELETES),
    Case("deals deleted", with_deletes(delete(4, 1)), guards.DELETES),
)


@pytest.mark.parametrize("side", [Side.LEFT, pytest.param(Side.RIGHT, marks=pytest.mark.wide)])
@pytest.mark.parametrize("case", ON_EITHER_SIDE, ids=lambda case: case.told)
def test_a_mistake_in_a_system(pairing: Pairing, case: Case, side: Side) -> None:
    case.mistake(pairing, side)
    stopped(pairing, case.guard)


def stopped(pairing: Pairing, guard: str) -> None:
    before = (pairing.left.writes, pairing.right.writes)
    done = pairing.round()
    assert guard in {trip.guard for trip in done.trips}
    assert (pairing.left.writes, pairing.right.writes) == before


MAPPINGS = (
    ('city = "town"', 'city = "title"'),
    ('employees = "staff"', 'employees = "group"'),
    ('next_step = "todo"', 'next_step = "title"'),
    ('labels = ["Talk"]', 'labels = ["Won"]'),
    ('city = "place"', 'city = "name"'),
    ('next_step = "next"', 'next_step = "name"'),
    ('labels = ["1"]', 'labels = ["2"]'),
)


@pytest.mark.parametrize(("old", "new"), MAPPINGS, ids=[new for _, new in MAPPINGS])
def test_a_wrong_mapping(pairing: Pairing, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    other = {'labels = ["Won"]': 'labels = ["Talk"]', 'labels = ["2"]': 'labels = ["1"]'}
    for name in ("LEFT", "RIGHT"):
        text: str = getattr(world, name)
        if old in text:
            swapped = text.replace(new, other[new]) if new in other else text
            monkeypatch.setattr(world, name, swapped.replace(old, new, 1))
    row = pairing.left.live("companies")[0]
    pairing.left.edit("companies", row.external_id, {"town": "Bonn"})
    stopped(pairing, guards.FIRST)


@pytest.mark.parametrize("policy", [Policy.LEFT, Policy.RIGHT, Policy.NEWEST])
def test_another_policy(pairing: Pairing, policy: Policy) -> None:
    pairing.policy = policy
    edit(5, city="Bonn")(pairing, Side.LEFT)
    stopped(pairing, guards.FIRST)


def test_deletions_switched_on_over_old_ones(pairing: Pairing) -> None:
    delete(3)(pairing, Side.LEFT)
    assert pairing.round().plan is None
    pairing.deletes = True
    stopped(pairing, guards.FIRST)


@pytest.mark.parametrize("side", Side)
def test_credentials_of_another_account(pairing: Pairing, side: Side) -> None:
    edit(5, city="Bonn")(pairing, Side.LEFT)
    pairing.read()
    pairing.servers[side].store.org_id = "somebody else"
    before = (pairing.left.writes, pairing.right.writes)
    with pairing.table() as table, pytest.raises(ConfigError, match="but this workspace was made with"):
        go_round(table)
    assert (pairing.left.writes, pairing.right.writes) == before


# -- a plan that is carried out though it should not be --------------------------------------------------------------


def waiting(pairing: Pairing) -> Plan:
    create(201)(pairing, Side.LEFT)
    done = pairing.round()
    assert done.plan is not None
    return done.plan


def refused(pairing: Pairing, name: str, told: str, *lifted: str) -> None:
    before = (pairing.left.writes, pairing.right.writes)
    with pairing.ledger.read() as tx:
        plan = plans.get(tx, name)
    with pairing.table() as table, pytest.raises((GuardStop, ConfigError), match=told):
        apply_plan(table, plan, Approval("me", frozenset(lifted)))
    assert (pairing.left.writes, pairing.right.writes) == before


def test_yesterdays_plan(pairing: Pairing) -> None:
    plan = waiting(pairing)
    pairing.clock.advance(24 * 3_600 + 1)
    refused(pairing, plan.name, "older than 24 hours")


def test_a_plan_of_another_mapping(pairing: Pairing, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = waiting(pairing)
    monkeypatch.setattr(world, "LEFT", world.LEFT.replace('city = "town"', 'city = "title"'))
    refused(pairing, plan.name, "a mapping has changed")


def test_a_plan_that_the_world_has_left_behind(pairing: Pairing) -> None:
    plan = waiting(pairing)
    for row in pairing.left.live("companies")[-30:]:
        pairing.left.edit("companies", row.external_id, {"title": "Other"})
    pairing.read()
    refused(pairing, plan.name, "more than 10 %")


def test_a_plan_approved_with_a_guard_of_another_name(pairing: Pairing) -> None:
    edit(100, city="Wrong")(pairing, Side.LEFT)
    plan = pairing.round().plan
    assert plan is not None
    refused(pairing, plan.name, "records changed since the last run", guards.BLANKING)


def test_a_plan_that_was_replaced(pairing: Pairing) -> None:
    plan = waiting(pairing)
    create(400)(pairing, Side.RIGHT)
    pairing.round()
    refused(pairing, plan.name, "superseded")
