"""What a session remembers between its transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.sync.world import MAPPING, compiled

from crmbridge.ledger import connections, leases
from crmbridge.ledger.engine import Ledger
from crmbridge.model.errors import AuthError, StoreError
from crmbridge.sync.session import Session, leased
from crmbridge.sync.setup import ConnectionSetup


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


class Locked:
    """A ledger that another process holds once the work has begun."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.is_locked = False

    @contextmanager
    def begin(self, lease: Any = None) -> Iterator[Any]:
        if self.is_locked:
            raise StoreLocked("the ledger is locked")
        with self.ledger.begin(lease) as tx:
            yield tx


class StoreLocked(StoreError):
    pass


def setup() -> ConnectionSetup:
    return ConnectionSetup("books", "csv", 1, lambda: cast("Any", None), compiled(MAPPING))


@pytest.mark.parametrize("error", [AuthError("log in again"), KeyboardInterrupt(), ZeroDivisionError()])
def test_a_lease_that_cannot_be_given_back_hides_no_error(ledger: Ledger, error: BaseException) -> None:
    around: Any = SimpleNamespace(ledger=(store := Locked(ledger)), now_us=lambda: 5, holder="me", is_gone=lambda _: 0)

    def work() -> None:
        with leased(setup(), around, 1):
            store.is_locked = True
            raise error

    with pytest.raises(type(error)):
        work()


def test_a_lease_that_cannot_be_given_back_is_told_by_itself(ledger: Ledger) -> None:
    around: Any = SimpleNamespace(ledger=(store := Locked(ledger)), now_us=lambda: 5, holder="me", is_gone=lambda _: 0)
    with pytest.raises(StoreLocked), leased(setup(), around, 1):
        store.is_locked = True


def test_a_lease_is_given_back_behind_an_error(ledger: Ledger) -> None:
    around: Any = SimpleNamespace(ledger=ledger, now_us=lambda: 5, holder="me", is_gone=lambda _: False)
    with pytest.raises(AuthError), leased(setup(), around, 1):
        raise AuthError("log in again")
    around.holder = "another"
    with leased(setup(), around, 2):
        pass
