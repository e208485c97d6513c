"""A Trello simulator on two loopback ports: API and control."""

from __future__ import annotations

import threading

from crmbridge_sim.serve import Servers
from crmbridge_sim.trello.simulator import TrelloSimulator
from crmbridge_sim.wire import Request, Response

DELIVERY_S = 0.1


def serve(sim: TrelloSimulator, servers: Servers, *, port: int = 0) -> dict[str, str]:
    """Opens the ports (``port``, +1, or free ones). The result is what a connection needs."""

    def answer(request: Request) -> Response:
        if request.path.startswith("/__sim__"):  # the control API is on its own port alone
            return Response(404, {"Content-Type": "text/plain"}, b"Cannot GET /__sim__")
        return sim.handle(request)

    api = servers.listen(answer, prefix="/", port=port)
    control = servers.listen(sim.handle, prefix="/__sim__", port=port + 1 if port else 0)
    threading.Thread(target=_deliver, args=(sim, servers.closed), daemon=True).start()
    board = next(iter(sim.boards))
    lists = {f"list_{number}": one.id for number, one in enumerate(sim.lists.values(), 1) if one.board == board}
    return {"api_url": api, "control_url": control, **sim.credentials, "board": board, **lists}


def _deliver(sim: TrelloSimulator, closed: threading.Event) -> None:
    """Posts deliveries as they come due, until the ports are closed."""
    while not closed.wait(DELIVERY_S):
        sim.events.deliver()
