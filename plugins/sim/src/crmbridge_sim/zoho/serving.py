"""A Zoho simulator on three loopback ports: accounts, API and control."""

from __future__ import annotations

import threading

from crmbridge_sim.serve import Servers
from crmbridge_sim.zoho.simulator import ZohoSimulator

DELIVERY_S = 0.1


def serve(sim: ZohoSimulator, servers: Servers, *, port: int = 0) -> dict[str, str]:
    """Opens the ports (``port``, +1, +2, or free ones) and tells the simulator its own urls.

    The result is what a connection needs: urls, client, refresh token and the org's id.
    """
    sim.accounts_url = servers.listen(sim.handle, prefix="/oauth/", port=port)
    sim.api_url = servers.listen(sim.handle, prefix="/crm/", port=port + 1 if port else 0)
    threading.Thread(target=_deliver, args=(sim, servers.closed), daemon=True).start()
    control = servers.listen(sim.handle, prefix="/__sim__", port=port + 2 if port else 0)
    return {
        "accounts_url": sim.accounts_url,
        "api_url": sim.api_url,
        "control_url": control,
        **sim.credentials,
        "org_id": str(sim.org.id),
    }


def _deliver(sim: ZohoSimulator, closed: threading.Event) -> None:
    """Posts the callbacks of notifications and bulk jobs as they come due, until the ports are closed."""
    while not closed.wait(DELIVERY_S):
        sim.features.deliver()
