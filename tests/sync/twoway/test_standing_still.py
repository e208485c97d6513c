"""A run that stood still for longer than its lease lasts sends nothing more: another may have done it since."""

from collections.abc import Callable
from typing import Any

import pytest

from crmbridge.ledger import leases
from crmbridge.ledger.engine import Ledger
from crmbridge.model.errors import LeaseLost
from crmbridge.sync.twoway import applying
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import go_round

from .pairing import Pairing


def taken_over(pairing: Pairing) -> None:
    """Another process has the right side now."""
    with pairing.ledger.begin() as tx:
        leases.acquire(tx, "connection:right", "there:2", now_us=pairing.around().now_us(), is_gone=lambda _: True)


@pytest.mark.parametrize("meanwhile", [lambda p: p.clock.advance(leases.TTL_S + 1), taken_over])
def test_what_was_about_to_be_sent_is_not_sent(
    ledger: Ledger, ids: Callable[[], str], monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Pairing], None]
) -> None:
    pairing = Pairing(ledger, ids)
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.read()
    choose = applying._next

    def slept(*args: Any, **kwargs: Any) -> Any:
        batch = choose(*args, **kwargs)
        if batch:
            meanwhile(pairing)
        return batch

    with monkeypatch.context() as patched:
        patched.setattr(applying, "_next", slept)
        with pytest.raises(LeaseLost), pairing.table() as table:
            go_round(table, approved_by="me")
    assert not list(pairing.right.live("customers"))
    assert [write.state for write in pairing.writes("sent")] == ["sent"], "it looks first, then sends again"
    with ledger.begin() as tx:
        leases.acquire(tx, "connection:right", "here:1", now_us=0, is_gone=lambda _: True)
    for _ in range(3):  # what stays in doubt is looked for again
        pairing.clock.advance(600)
        pairing.settle()
    assert len(pairing.servers[Side.RIGHT].store.live("customers")) == 1
