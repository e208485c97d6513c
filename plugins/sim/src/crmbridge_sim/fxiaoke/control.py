"""The control API of a Fxiaoke tenant: what can be looked at and done under ``/__sim__/``, beside the common part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crmbridge_sim.control import Desk, actions_of
from crmbridge_sim.fxiaoke import state
from crmbridge_sim.fxiaoke.errors import Refusal
from crmbridge_sim.fxiaoke.mishaps import FxFault
from crmbridge_sim.wire import Request, Response

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator


def handle(sim: FxiaokeSimulator, request: Request) -> Response:
    """Answers a control call; whatever is wrong with it comes back as 400 with a sentence."""
    actions = actions_of(sim, FxFault, sim.backdoor)
    try:
        return Desk(_looks(sim, request), actions, FxFault, sim.lock).answer(request)
    except Refusal as refused:
        return Response.of_json({"error": refused.code, "message": refused.description or refused.message}, status=400)


def _looks(sim: FxiaokeSimulator, request: Request) -> dict[str, Callable[[], Any]]:
    params = request.params
    asked = tuple(part for part in params.get("modules", "").split(",") if part)
    style = params.get("style", "B")
    return {
        "state": lambda: state.dump(sim, asked, style=style),
        "records": lambda: state.records(
            sim, params["module"], after=params.get("after", ""), limit=int(params.get("limit", -1)), style=style
        ),
        "counts": lambda: {obj.api_name: sim.store.count(obj.api_name) for obj in sim.schema},
        "calls": sim.calls.summary,
        "calls/rows": lambda: sim.calls.rows(after=int(params.get("after", 0))),
        "clock": lambda: {"now": sim.clock.now()},
        "switches": sim.switches.listing,
        "faults": sim.faults.listing,
        "credentials": lambda: sim.credentials,
        "limits": lambda: _limits(sim),
        "events": sim.events.listing,
        "workflows": lambda: [
            {"object": name, "id": record_id, "operation": done} for name, record_id, done in sim.workflows
        ],
        "stages": lambda: [stage._asdict() for stage in sim.stages.all],
    }


def _limits(sim: FxiaokeSimulator) -> dict[str, object]:
    return {
        "daily_quota": sim.switches.number("daily_quota"),
        "used_today": sim.gate.used(),
        "left_today": sim.gate.left(),
        "most_in_window": dict(sim.gate.most_in_window),
        "throttled": sim.gate.throttled,
        "token_calls": sim.tokens.calls,
        "token_calls_at_once": sim.tokens.most_at_once,
    }
