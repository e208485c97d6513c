"""Named leases: one run at a time for each name, with a generation that rises at every change of hands.

The holder renews it, and every commit under it checks that the generation is still its own; so a run that slept past
its time cannot write over the one that took over. Instants are handed in; nothing here looks at a clock.

    free -- acquire --> held -- release --> free
                          |-- renew --> held
                          `-- expired, or its holder is gone -- acquire --> held by another (generation + 1)
"""

from collections.abc import Callable
from dataclasses import dataclass

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import LeaseLost

TTL_S = 120
"""How long a lease lasts without renewal."""

RENEW_S = 30
"""How often its holder renews it."""


_MAKE = "INSERT INTO lease (name, holder, generation, expires_us) VALUES (:name, :holder, 1, :expires_us)"
_TAKE = "UPDATE lease SET holder = :holder, generation = generation + 1, expires_us = :expires_us WHERE name = :name"
_RENEW = "UPDATE lease SET expires_us = :expires_us WHERE name = :name"
_RELEASE = "UPDATE lease SET holder = NULL, expires_us = 0 WHERE name = :name AND generation = :generation"


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as its holder knows it; `generation` is the fencing number."""

    name: str
    holder: str
    generation: int


def acquire(
    tx: LedgerTx,
    name: str,
    holder: str,
    *,
    now_us: int,
    ttl_s: int = TTL_S,
    is_gone: Callable[[str], bool] | None = None,
) -> Lease:
    """The lease, where it is free, expired, or its holder `is_gone` (a dead process here); LeaseLost otherwise."""
    row = bulk.lock(tx, "SELECT holder, generation, expires_us FROM lease WHERE name = :name", name=name)
    expires_us = now_us + ttl_s * 1_000_000
    if row is None:
        bulk.run(tx, _MAKE, name=name, holder=holder, expires_us=expires_us)
        return Lease(name, holder, 1)
    other, generation, until_us = row
    if other is not None and until_us > now_us and not (is_gone and is_gone(other)):
        raise LeaseLost(
            "{holder} is at work on {name}",
            holder=other,
            name=name,
            hint="it is free again when that run ends, in {seconds} s at the latest if that one has died",
            seconds=-(-(until_us - now_us) // 1_000_000),
        )
    bulk.run(tx, _TAKE, name=name, holder=holder, expires_us=expires_us)
    return Lease(name, holder, generation + 1)


def renew(tx: LedgerTx, lease: Lease, *, now_us: int, ttl_s: int = TTL_S) -> None:
    """The lease lasts `ttl_s` from now; LeaseLost where someone took over."""
    check(tx, lease)
    bulk.run(tx, _RENEW, name=lease.name, expires_us=now_us + ttl_s * 1_000_000)


def check(tx: LedgerTx, lease: Lease) -> None:
    """Nothing happens while the lease is ours, and nobody can take it before this transaction ends; else LeaseLost."""
    row = bulk.lock(tx, "SELECT holder, generation FROM lease WHERE name = :name", name=lease.name)
    if row != (lease.holder, lease.generation):
        raise LeaseLost("another run took over {name}", name=lease.name)


def require_current(tx: LedgerTx, lease: Lease, *, now_us: int) -> None:
    """Nothing happens while the lease is ours and has not run out; LeaseLost else. For what no commit can take back.

    A process that stood still for longer than a lease lasts (a laptop that slept) must not go on with what it was about
    to send: another may have looked for it since, and sent it again.
    """
    rows = bulk.select(tx, "SELECT holder, generation, expires_us FROM lease WHERE name = :name", name=lease.name)
    if not rows or rows[0][:2] != (lease.holder, lease.generation):
        raise LeaseLost("another run took over {name}", name=lease.name)
    if rows[0][2] <= now_us:
        raise LeaseLost(
            "this run stood still for so long that its hold on {name} has run out: nothing more was sent",
            name=lease.name,
            hint="run it again: it looks first what has arrived",
        )


def release(tx: LedgerTx, lease: Lease) -> None:
    """The lease is free; nothing happens where someone took over already."""
    bulk.run(tx, _RELEASE, name=lease.name, generation=lease.generation)
