"""A Zoho simulator on three loopback ports: accounts, API and control."""

from __future__ import annotations

from crmbridge_sim.serve import Servers
from crmbridge_sim.zoho.simulator import ZohoSimulator


def serve(sim: ZohoSimulator, servers: Servers, *, port: int = 0) -> dict[str, str]:
    """Opens the ports (``port``, +1, +2, or free ones) and tells the simulator its own urls.

    The result is what a connection needs: urls, client, refresh token and the org's id.
    """
    sim.accounts_url = servers.listen(sim.handle, prefix="/oauth/", port=port)
    sim.api_url = servers.listen(sim.handle, prefix="/crm/", port=port + 1 if port else 0)
    control = servers.listen(sim.handle, prefix="/__sim__", port=port + 2 if port else 0)
    return {
        "accounts_url": sim.accounts_url,
        "api_url": sim.api_url,
        "control_url": control,
        **sim.credentials,
        "org_id": str(sim.org.id),
    }
