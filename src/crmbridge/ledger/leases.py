"""Named leases: one run at a time for each name, with a generation that rises at every change of hands.

The holder renews it, and every commit under it checks that the generation is still its own; so a run that slept past
its time cannot write over the one that took over. Instants are handed in; nothing here looks at a clock.

    free -- acquire --> held -- release --> free
                          |-- renew --> held
                          `-- expired, or its holder is gone -- acquire --> held by another (generation + 1)
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from crmbridge.ledger.schema import lease as table
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import LeaseLost

TTL_S = 120
"""How long a lease lasts without renewal."""

RENEW_S = 30
"""How often its holder renews it."""


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
    row = tx.execute(select(table).where(table.c.name == name).with_for_update()).mappings().first()
    expires_us = now_us + ttl_s * 1_000_000
    if row is None:
        tx.execute(insert(table).values(name=name, holder=holder, generation=1, expires_us=expires_us))
        return Lease(name, holder, 1)
    other = row["holder"]
    if other is not None and row["expires_us"] > now_us and not (is_gone and is_gone(other)):
        raise LeaseLost(
            "{holder} is at work on {name}",
            holder=other,
            name=name,
            hint="it is free again when that run ends, in {seconds} s at the latest if that one has died",
            seconds=-(-(row["expires_us"] - now_us) // 1_000_000),
        )
    generation = row["generation"] + 1
    tx.execute(
        update(table).where(table.c.name == name).values(holder=holder, generation=generation, expires_us=expires_us)
    )
    return Lease(name, holder, generation)


def renew(tx: LedgerTx, lease: Lease, *, now_us: int, ttl_s: int = TTL_S) -> None:
    """The lease lasts `ttl_s` from now; LeaseLost where someone took over."""
    check(tx, lease)
    tx.execute(update(table).where(table.c.name == lease.name).values(expires_us=now_us + ttl_s * 1_000_000))


def check(tx: LedgerTx, lease: Lease) -> None:
    """Nothing happens while the lease is ours, and nobody can take it before this transaction ends; else LeaseLost."""
    row = tx.execute(select(table.c.holder, table.c.generation).where(table.c.name == lease.name).with_for_update())
    if row.one_or_none() != (lease.holder, lease.generation):
        raise LeaseLost("another run took over {name}", name=lease.name)


def release(tx: LedgerTx, lease: Lease) -> None:
    """The lease is free; nothing happens where someone took over already."""
    tx.execute(
        update(table)
        .where(table.c.name == lease.name, table.c.generation == lease.generation)
        .values(holder=None, expires_us=0)
    )
