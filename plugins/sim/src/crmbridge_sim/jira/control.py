"""The control API of a Jira site: what can be looked at and done under ``/__sim__/``, beside the common part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crmbridge_sim.control import Desk, actions_of
from crmbridge_sim.jira import site, state
from crmbridge_sim.jira.errors import Refusal
from crmbridge_sim.jira.mishaps import JiraFault
from crmbridge_sim.wire import Request, Response

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator


def handle(sim: JiraSimulator, request: Request) -> Response:
    """Answers a control call; whatever is wrong with it comes back as 400 with a sentence."""
    actions = actions_of(sim, JiraFault, sim.backdoor)
    try:
        return Desk(_looks(sim, request), actions, JiraFault, sim.lock).answer(request)
    except Refusal as refused:
        return Response.of_json({"error": refused.status, "message": str(refused)}, status=400)


def _looks(sim: JiraSimulator, request: Request) -> dict[str, Callable[[], Any]]:
    params = request.params
    return {
        "state": lambda: state.dump(sim),
        "issue": lambda: state.row(sim.backdoor._issue(params["id"])),  # noqa: SLF001  # its own simulator
        "counts": lambda: {key: sum(one.project == key for one in sim.store) for key in sim.projects},
        "calls": sim.calls.summary,
        "calls/rows": lambda: sim.calls.rows(after=int(params.get("after", 0))),
        "clock": lambda: {"now": sim.clock.now()},
        "switches": sim.switches.listing,
        "faults": sim.faults.listing,
        "credentials": lambda: sim.credentials,
        "limits": lambda: {"points_used": sim.gate.used(), "throttled": dict(sim.gate.throttled)},
        "events": sim.events.listing,
        "statuses": lambda: [
            {"id": one.id, "name": one.name, "category": one.category} for one in site.STATUSES.values()
        ],
    }
