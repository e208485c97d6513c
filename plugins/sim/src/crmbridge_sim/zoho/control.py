"""The control API of a Zoho org: what can be looked at and done under ``/__sim__/``, beside the common part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crmbridge_sim.control import Desk, actions_of
from crmbridge_sim.faults import Fault
from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import state
from crmbridge_sim.zoho.errors import ApiError, RecordError

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator


def handle(sim: ZohoSimulator, request: Request) -> Response:
    """Answers a control call; whatever is wrong with it comes back as 400 with a sentence."""
    actions = actions_of(sim, Fault, sim.backdoor, sim.administration)
    try:
        return Desk(_looks(sim, request), actions, Fault, sim.lock).answer(request)
    except RecordError as error:
        return Response.of_json({"error": error.code, "item": error.item}, status=400)
    except ApiError as error:
        return Response.of_json({"error": error.code, "item": error.body}, status=400)


def _looks(sim: ZohoSimulator, request: Request) -> dict[str, Callable[[], Any]]:
    params = request.params
    asked = tuple(part for part in params.get("modules", "").split(",") if part)
    return {
        "state": lambda: state.dump(sim, asked),
        "records": lambda: state.records(
            sim, params["module"], after=int(params.get("after", 0)), limit=int(params.get("limit", -1))
        ),
        "counts": lambda: {module.api_name: sim.store.count(module.api_name) for module in sim.schema},
        "calls": sim.calls.summary,
        "calls/rows": lambda: sim.calls.rows(after=int(params.get("after", 0))),
        "clock": lambda: {"now": sim.clock.now()},
        "switches": sim.switches.listing,
        "faults": sim.faults.listing,
        "credentials": lambda: sim.credentials,
        "limits": lambda: _limits(sim),
        "callbacks": sim.features.channels.outbox.listing,
        "triggers": lambda: [
            {"at": run.at, "module": run.module, "id": str(run.id), "operation": run.operation, "ran": run.triggers}
            for run in sim.trigger_runs
        ],
    }


def _limits(sim: ZohoSimulator) -> dict[str, object]:
    now = sim.clock.now()
    return {
        "credits_limit": sim.credits.limit,
        "credits_used": sim.credits.used(now),
        "credits_left": sim.credits.left(now),
        "concurrency_limit": sim.concurrency.limit,
        "concurrency_most": sim.concurrency.most,
        "heavy_most": sim.concurrency.most_heavy,
        "token_refreshes": sim.accounts.refreshes,
    }
