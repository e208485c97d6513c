"""Holds a lease for as long as something takes, renewed from a thread of its own: the work need not think of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from crmbridge.app import logs
from crmbridge.app.wiring import is_gone
from crmbridge.ledger import leases
from crmbridge.ledger.leases import RENEW_S, Lease
from crmbridge.model.errors import CrmBridgeError, LeaseLost
from crmbridge.model.instants import to_us

if TYPE_CHECKING:
    from crmbridge.app.wiring import Wiring


@contextmanager
def holding(wiring: Wiring, name: str) -> Iterator[Lease]:
    """The lease is held inside; LeaseLost where another run has it. One whose process died here is free at once."""
    with wiring.ledger.begin() as tx:
        lease = leases.acquire(tx, name, wiring.holder, now_us=to_us(wiring.clock()), is_gone=is_gone)
    over = threading.Event()
    keeper = threading.Thread(target=_renewed, args=(wiring, lease, over), name=f"lease {name}", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        over.set()
        keeper.join()
        with suppress(CrmBridgeError), wiring.ledger.begin() as tx:  # it runs out by itself
            leases.release(tx, lease)


def _renewed(wiring: Wiring, lease: Lease, over: threading.Event) -> None:
    """Renews until it is over. A store that is busy is asked again; whoever has lost the lease is asked to stop."""
    while not over.wait(RENEW_S):
        try:
            with wiring.ledger.begin() as tx:
                leases.renew(tx, lease, now_us=to_us(wiring.clock()))
        except CrmBridgeError as error:
            logs.event("lease.not_renewed", {"error.type": error.code}, level="warning")
            if isinstance(error, LeaseLost) and error.context.get("name") == lease.name:
                wiring.stop.set()
                return
