"""An Fxiaoke simulator on two loopback ports: API and control."""

from __future__ import annotations

import threading

from crmbridge_sim.fxiaoke import ids
from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator
from crmbridge_sim.serve import Servers
from crmbridge_sim.wire import Request, Response

DELIVERY_S = 0.1


def serve(sim: FxiaokeSimulator, servers: Servers, *, port: int = 0) -> dict[str, str]:
    """Opens the ports (``port``, +1, or free ones). The result is what a connection needs, for both styles."""

    def answer(request: Request) -> Response:
        if request.path.startswith("/__sim__"):  # the control API is on its own port alone
            request = Request("POST", "/", body=b"{}")
        return sim.handle(request)

    api = servers.listen(answer, prefix="/", port=port)
    control = servers.listen(sim.handle, prefix="/__sim__", port=port + 1 if port else 0)
    threading.Thread(target=_deliver, args=(sim, servers.closed), daemon=True).start()
    return {
        "api_url": api,
        "control_url": control,
        **sim.credentials,
        "corp_id": ids.corp_id(sim.seed),
        "ea": sim.ea,
        "open_user_id": sim.admin.open_id,
        "aes_key": sim.aes_key,
    }


def _deliver(sim: FxiaokeSimulator, closed: threading.Event) -> None:
    """Posts pushes as they come due, until the ports are closed."""
    while not closed.wait(DELIVERY_S):
        sim.events.deliver()
