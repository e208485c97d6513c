"""Real processes, killed at random: the runs after them come to the same as if nothing had happened."""

import random
from collections.abc import Iterator

import pytest
from tests.systems.killing import Nursery, finish, nursery

from .acme import Acme
from .org import Org

WAYS = ("list", "auto", "bulk", "list", "query")


def change(org: Org, n: int) -> None:
    """Something of every kind, between two runs."""
    deals = org.movable
    org.edit("Deals", deals[n % len(deals)], Next_Step=f"step {n}", Amount=n)
    org.act("stage", deal=deals[(3 * n + 1) % len(deals)], stage="Negotiation/Review")
    org.act("edit_some", module="Contacts", count=3)
    org.create("Tasks", 1, Subject=f"Task {n}")
    if n % 4 == 0:
        org.act("delete", module="Deals", record_id=deals[(5 * n + 2) % len(deals)])
        org.deals(1)


@pytest.fixture
def cradle() -> Iterator[Nursery]:
    with nursery("crmbridge_zoho.adapter") as found:
        yield found


@pytest.mark.parametrize("kills", [10, pytest.param(30, marks=pytest.mark.zoho_matrix)])
def test_random_kills_and_nothing_is_lost_or_doubled(acme: Acme, org: Org, cradle: Nursery, kills: int) -> None:
    draw = random.Random(20261124)  # noqa: S311 - a repeatable test
    org.act("latency", seconds=0.004)
    killed = 0
    for n in range(kills):
        change(org, n)
        acme.settle(acme.zone)
        acme.configure(page_size=7, read_by=WAYS[n % len(WAYS)], daily_share=1.0)
        killed += cradle.sync_and_kill(acme, draw.uniform(0.02, 0.8))
    org.act("latency", seconds=0)
    finish(acme)
    acme.check()
    assert killed >= kills // 2, f"only {killed} were still running"
