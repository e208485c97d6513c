"""What waits is counted: a write without an answer as long as nobody has looked, and never after."""

from collections.abc import Callable

from crmbridge.ledger import unsettled
from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import go_round
from crmbridge.testing.memory.server import Mishap

from .pairing import Pairing


def test_a_write_without_an_answer_waits_until_somebody_has_looked(ledger: Ledger, ids: Callable[[], str]) -> None:
    pairing = Pairing(ledger, ids)
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.read()
    with pairing.table() as table:
        pairing.servers[Side.RIGHT].mishaps.extend([Mishap.FINE, Mishap.NO_ANSWER])
        go_round(table, approved_by="me")
    now_us = pairing.around().now_us()
    with ledger.read() as tx:
        found = unsettled.look(tx, now_us=now_us)
    (doubt,) = found.doubts
    assert (doubt.name, doubt.count) == ("right", 1)
    assert doubt.since_us is not None
    assert 0 <= now_us - doubt.since_us < 60_000_000
    assert found.plans == ()
    pairing.clock.advance(600)
    pairing.settle()
    with ledger.read() as tx:
        assert unsettled.look(tx, now_us=now_us).doubts == ()


def test_a_plan_waits_for_a_day(ledger: Ledger, ids: Callable[[], str]) -> None:
    pairing = Pairing(ledger, ids, approved=False)
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    plan = pairing.round().plan
    assert plan is not None
    with ledger.read() as tx:
        (found,) = unsettled.look(tx, now_us=plan.expires_us - 1).plans
        assert (found.plan, found.guards, found.lines) == (plan.name, ("first-write",), 1)
        assert unsettled.look(tx, now_us=plan.expires_us).plans == ()
