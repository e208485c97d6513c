"""Real processes, killed at random: the runs after them come to the same as if nothing had happened."""

import random
from collections.abc import Iterator

import pytest
from tests.systems.killing import Nursery, finish, nursery

from .acme import Acme
from .org import Org


def change(org: Org, n: int) -> None:
    """Something of every kind, between two runs."""
    deals = org.movable
    org.edit(org.deals, deals[n % len(deals)], contract_no__c=f"step {n}", amount=str(n))
    org.act("stage", deal=deals[(3 * n + 1) % len(deals)], stage=str(2 + n % 5))
    org.act("edit_some", module="ContactObj", count=3)
    org.create("LeadsObj", 1, name=f"新线索 {n}", company="甲公司")
    if n % 4 == 0:
        org.invalidate(org.deals, deals[(5 * n + 2) % len(deals)])
        org.make_deals(1)


@pytest.fixture
def cradle() -> Iterator[Nursery]:
    with nursery("crmbridge_fxiaoke.adapter") as found:
        yield found


@pytest.mark.parametrize("kills", [6, pytest.param(30, marks=pytest.mark.fxiaoke_matrix)])
def test_random_kills_and_nothing_is_lost_or_doubled(acme: Acme, org: Org, cradle: Nursery, kills: int) -> None:
    draw = random.Random(20261125)  # noqa: S311 - a repeatable test
    org.act("latency", seconds=0.004)
    acme.configure(page_size=7)
    org.make_deals(12)
    killed = 0
    for n in range(kills):
        change(org, n)
        org.advance(30)
        killed += cradle.sync_and_kill(acme, draw.uniform(0.02, 0.6))
    org.act("latency", seconds=0)
    finish(acme)
    acme.check()
    assert killed >= kills // 2, f"only {killed} were still running"
