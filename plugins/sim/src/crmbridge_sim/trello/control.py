"""The control API of a Trello account: what can be looked at and done under ``/__sim__/``, beside the common part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from crmbridge_sim.control import Desk, actions_of
from crmbridge_sim.trello import state
from crmbridge_sim.trello.errors import Refusal
from crmbridge_sim.trello.mishaps import TrelloFault
from crmbridge_sim.wire import Request, Response

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator


def handle(sim: TrelloSimulator, request: Request) -> Response:
    """Answers a control call; whatever is wrong with it comes back as 400 with a sentence."""
    actions = actions_of(sim, TrelloFault, sim.backdoor)
    try:
        return Desk(_looks(sim, request), actions, TrelloFault, sim.lock).answer(request)
    except Refusal as refused:
        return Response.of_json({"error": refused.status, "message": str(refused)}, status=400)


def _looks(sim: TrelloSimulator, request: Request) -> dict[str, Callable[[], Any]]:
    params = request.params
    return {
        "state": lambda: state.dump(sim),
        "card": lambda: asdict(sim.cards[params["id"]]),
        "counts": lambda: {
            one.name: sum(card.board == one.id for card in sim.cards.values()) for one in sim.boards.values()
        },
        "calls": sim.calls.summary,
        "calls/rows": lambda: sim.calls.rows(after=int(params.get("after", 0))),
        "clock": lambda: {"now": sim.clock.now()},
        "switches": sim.switches.listing,
        "faults": sim.faults.listing,
        "credentials": lambda: sim.credentials,
        "limits": lambda: {"throttled": dict(sim.gate.throttled)},
        "events": sim.events.listing,
        "lists": lambda: [asdict(one) for one in sim.lists.values()],
    }
