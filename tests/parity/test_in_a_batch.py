"""A run that stood still in the middle of a batch, for longer than its lease lasts, sends nothing more of it."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from crmbridge.adapter.contract import Change, Writes
from crmbridge.adapter.courtesies import Fenced
from crmbridge.ledger import leases
from crmbridge.ledger.engine import open_ledger
from crmbridge.model.errors import LeaseLost
from crmbridge.sync.twoway.rounds import go_round

from .doubting import VENDORS, Doubting, Fxiaoke, Line

STOOD_S = leases.TTL_S + 1
COUNT = 4


@pytest.fixture
def doubting(tmp_path: Path, ids: Callable[[], str]) -> Iterator[Doubting]:
    vendor = Fxiaoke(tmp_path, lag_s=5, unique=True)
    with closing(open_ledger(f"sqlite:///{tmp_path}/l.db")) as ledger:
        yield Doubting(ledger, ids, vendor, Line(vendor, random.Random(1), 0))  # noqa: S311 - not drawn from


def stands_still(doubting: Doubting, *, taken_over: bool) -> list[str]:
    """As the second of some creates has been answered, time passes; the creates that were sent are told."""
    vendor, sent = doubting.vendor, []

    def carry_out(request: httpx.Request) -> httpx.Response:
        answer = Fxiaoke.carry_out(vendor, request)
        sent.extend(vendor.keys(request))
        if len(sent) == 2 and vendor.keys(request):
            vendor.clock.advance(STOOD_S)
            if taken_over:
                with doubting.ledger.begin() as tx:
                    leases.acquire(tx, "connection:right", "there:1", now_us=int(vendor.clock().timestamp() * 1e6))
        return answer

    vendor.carry_out = carry_out
    return sent


def test_another_run_took_over_in_the_middle_of_a_batch(doubting: Doubting) -> None:
    doubting.put(COUNT)
    sent = stands_still(doubting, taken_over=True)
    with pytest.raises(LeaseLost), doubting.table() as table:
        go_round(table, approved_by="me")
    assert len(sent) == len(doubting.vendor.held()) == 2
    assert doubting.doubted() == COUNT, "whoever took over looks for all of them"


@pytest.mark.wide
def test_a_batch_that_takes_longer_than_a_lease_goes_on_where_nobody_took_over(doubting: Doubting) -> None:
    doubting.put(COUNT)
    sent = stands_still(doubting, taken_over=False)
    with doubting.table() as table:
        go_round(table, approved_by="me")
    assert (len(sent), doubting.doubted()) == (COUNT, 0)


@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_is_sent_where_the_lease_is_gone(tmp_path: Path, vendor: str) -> None:
    made = VENDORS[vendor](tmp_path, lag_s=None, unique=True)
    adapter = made.hand(read_only=False)
    assert isinstance(adapter, Fenced)
    assert isinstance(adapter, Writes)

    def may_send() -> None:
        raise LeaseLost("another run took over {name}", name="right")

    adapter.keep_within(may_send)
    module, name = ("Accounts", "Account_Name") if vendor == "zoho" else ("AccountObj", "name")
    with pytest.raises(LeaseLost):
        adapter.push([Change("k1", module, None, {name: "ACME"})])
    assert [row["key"] for row in made.held()] == [row["key"] for row in made.held() if row["key"] != "k1"]
