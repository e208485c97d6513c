"""What a session remembers between its transactions."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from crmbridge.ledger import connections, leases
from crmbridge.ledger.engine import Ledger
from crmbridge.sync.session import Session


def test_links_of_a_transaction_that_failed_are_not_remembered(ledger: Ledger) -> None:
    around: Any = SimpleNamespace(ledger=ledger, now_us=lambda: 5)
    with ledger.begin() as tx:
        connection_id = connections.ensure(tx, "books", adapter="csv", rank=1, now_us=1)
        lease = leases.acquire(tx, "connection:books", "me", now_us=1)
    session = Session(around, "books", connection_id, 1, 1, cast("Any", lease), 1)
    session.resolved["deals"] = {"account": {"A": "ours"}}
    with session.begin():
        pass
    assert session.resolved == {"deals": {"account": {"A": "ours"}}}
    with pytest.raises(ValueError, match="broken"), session.begin():
        raise ValueError("broken")
    assert session.resolved == {}
