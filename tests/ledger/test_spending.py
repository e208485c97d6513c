"""What reading cost, by connection, on both engines."""

from typing import Any

from crmbridge.ledger import runs, spending
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.runs import Step
from crmbridge.ledger.spending import Spending


def spend(ledger: Ledger, connection: str, started_us: int, **spent: Any) -> None:
    with ledger.begin() as tx:
        run_id = runs.start(tx, command=runs.SYNC, version="0", now_us=started_us)
        runs.step(tx, run_id, Step(connection, "deals", started_us, 1, **spent))


def since(ledger: Ledger, start_us: int) -> dict[str, Spending]:
    with ledger.read() as tx:
        return spending.since(tx, start_us)


def test_calls_and_credits_are_summed_from_an_instant_on(ledger: Ledger) -> None:
    spend(ledger, "crm", 10, calls=5, credits=9, credits_left=100, returns_us=500)
    spend(ledger, "crm", 20, calls=2, credits=4, credits_left=96, returns_us=600)
    spend(ledger, "crm", 30, calls=1, credits=1)
    assert since(ledger, 0) == {"crm": Spending(8, 14, 96, 600, 20)}
    assert since(ledger, 20) == {"crm": Spending(3, 5, 96, 600, 20)}
    assert since(ledger, 31) == {}


def test_connections_are_told_apart_and_those_without_calls_left_out(ledger: Ledger) -> None:
    spend(ledger, "crm", 10, calls=5, credits=9)
    spend(ledger, "other", 10, calls=1, credits_left=7)
    spend(ledger, "books", 10)
    assert since(ledger, 0) == {"crm": Spending(5, 9), "other": Spending(1, 0, 7, None, 10)}
