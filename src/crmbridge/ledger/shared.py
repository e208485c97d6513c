"""Small texts of a connection that all its processes share: budgets, breakers, subscriptions. Never a secret.

A change is a short transaction of its own, made between those of the engine: a caller that is inside one of them
would wait for itself, and on SQLite give up after the lock's five seconds.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from crmbridge.ledger import bulk
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import LeaseLost
from crmbridge.model.instants import to_us

_GET = "SELECT value FROM shared_state WHERE connection_id = :connection_id AND key = :key"
_PUT = (
    "INSERT INTO shared_state (connection_id, key, value, changed_us) VALUES (:connection_id, :key, :value, :now_us)"
    " ON CONFLICT (connection_id, key) DO UPDATE SET value = excluded.value, changed_us = excluded.changed_us"
)
_ENSURE = (
    "INSERT INTO shared_state (connection_id, key, value, changed_us) VALUES (:connection_id, :key, NULL, 0)"
    " ON CONFLICT DO NOTHING"
)
T = TypeVar("T")
FIELDS_GONE = "fields-gone"
"""The key of what the source of a connection has no more of what its mapping reads."""
DESCRIBED = "described"
"""The key of when the source of a connection was last asked how it describes itself, and for what."""
PATIENCE = 3
"""How often the lock's time is waited for."""


@dataclass(frozen=True, slots=True)
class LedgerShared:
    """The shared texts of one connection, for an adapter; safe for every thread and process that opened the ledger."""

    ledger: Ledger
    connection_id: int
    clock: Callable[[], datetime]

    def read(self, key: str) -> str | None:
        """The text, or None; waits for nobody, so it may be a moment old."""
        with self.ledger.read() as tx:
            return get(tx, self.connection_id, key)

    def update(self, key: str, change: Callable[[str | None], tuple[str | None, T]]) -> T:
        """Reads the text, lets `change` say what it is from now on (None for none), and gives what else it said.

        Others wait meanwhile: `change` must be quick, and may not come back here. Nothing is written where the text
        stays as it is, and where `change` raises. LeaseLost where the store stays locked, which is waited for longer
        than for anything else: another thread may be making a large page durable on a slow disk.
        """
        for _ in range(PATIENCE - 1):
            with contextlib.suppress(LeaseLost):
                return self._updated(key, change)
        return self._updated(key, change)

    def _updated(self, key: str, change: Callable[[str | None], tuple[str | None, T]]) -> T:
        with self.ledger.begin() as tx:
            before = _locked(tx, self.connection_id, key)
            after, told = change(before)
            if after != before:
                put(tx, self.connection_id, key, after, now_us=to_us(self.clock()))
            return told


def get(tx: LedgerTx, connection_id: int, key: str) -> str | None:
    """The text as it is now, None where there is none."""
    row = bulk.first(tx, _GET, connection_id=connection_id, key=key)
    return None if row is None else row[0]


def put(tx: LedgerTx, connection_id: int, key: str, value: str | None, *, now_us: int) -> None:
    """The text is this from now on."""
    bulk.run(tx, _PUT, connection_id=connection_id, key=key, value=value, now_us=now_us)


def listing(tx: LedgerTx, connection_id: int) -> dict[str, str]:
    """Every text of a connection by its key."""
    sql = "SELECT key, value FROM shared_state WHERE connection_id = :connection_id AND value IS NOT NULL"
    return dict(bulk.select(tx, sql, connection_id=connection_id))


def _locked(tx: LedgerTx, connection_id: int, key: str) -> str | None:
    """The text, and nobody else can change it before this transaction ends; SQLite has one writer anyway."""
    if not tx.is_sqlite:
        bulk.run(tx, _ENSURE, connection_id=connection_id, key=key)
    row = bulk.lock(tx, _GET, connection_id=connection_id, key=key)
    return None if row is None else row[0]
