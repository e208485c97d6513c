"""Two processes begin to read two connections of one workspace at once: each gets rows of its own."""

import threading

from crmbridge.ledger import connections, streams
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.transaction import LedgerTx


def begin(tx: LedgerTx, name: str) -> tuple[int, int]:
    connection = connections.ensure(tx, name, adapter="csv", rank=0, now_us=1)
    return connection, streams.ensure(tx, connection, "deals")


def test_connections_that_are_seen_first_at_once_are_two(ledger: Ledger) -> None:
    found: dict[str, tuple[int, int]] = {}
    inside = threading.Event()

    def other() -> None:
        inside.wait(10)
        with ledger.begin() as tx:
            found["b"] = begin(tx, "b")

    thread = threading.Thread(target=other)
    thread.start()
    with ledger.begin() as tx:
        found["a"] = begin(tx, "a")
        inside.set()
        thread.join(0.3)  # the other one waits for the end of this transaction
    thread.join()
    with ledger.begin() as tx:
        assert found == {"a": begin(tx, "a"), "b": begin(tx, "b")}
    assert len({*found.values()}) == 2
