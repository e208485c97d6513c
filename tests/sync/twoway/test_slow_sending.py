"""A create whose answer is lost is looked for from the time at which it must have left, not from that of its batch."""

from collections.abc import Callable, Sequence

import pytest

from crmbridge.adapter.contract import Change, Outcome, Unknown
from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import go_round
from crmbridge.sync.twoway.settling import Settled, settle
from crmbridge.testing.memory import MemoryAdapter

from .pairing import Pairing

BATCH_S, LAG_S = 600, 120
"""A batch of single calls may take so long; a search shows what was made after so long at the latest."""


class Killed(BaseException):
    """The process ends here."""


def looked(pairing: Pairing) -> Settled:
    with pairing.table() as table:
        return settle(table.target(Side.RIGHT))


@pytest.mark.parametrize("ending", ["no answer", "killed"])
def test_a_create_is_looked_for_long_enough_after_a_slow_batch(
    ledger: Ledger, ids: Callable[[], str], monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    pairing = Pairing(ledger, ids)
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    pairing.read()

    def slow(_: MemoryAdapter, changes: Sequence[Change]) -> list[Outcome]:
        pairing.clock.advance(BATCH_S)
        if ending == "killed":
            raise Killed
        return [Unknown("no answer")] * len(changes)

    with monkeypatch.context() as patched:
        patched.setattr(MemoryAdapter, "push", slow)
        try:
            with pairing.table() as table:
                go_round(table, approved_by="me")
        except Killed:
            pass
    assert looked(pairing).doubted == 1, "its call may have left a moment ago"
    pairing.clock.advance(LAG_S)
    assert looked(pairing).doubted == 1
    pairing.clock.advance(1)
    assert looked(pairing).absent == 1
    pairing.settle()
    assert len(list(pairing.right.live("customers"))) == 1
