"""The control API under ``/__sim__/``: looks, moves the clock, breaks things. No token, loopback only."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crmbridge_sim.faults import KINDS, Fault
from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import state
from crmbridge_sim.zoho.errors import ApiError, RecordError

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

PREFIX = "/__sim__/"


def handle(sim: ZohoSimulator, request: Request) -> Response:
    """Answers a control call; whatever is wrong with it comes back as 400 with a sentence."""
    name = request.path[len(PREFIX) :].strip("/") if request.path.startswith(PREFIX) else ""
    try:
        if request.method == "GET":
            return _look(sim, request, name)
        sent = json.loads(request.body) if request.body else {}
        if not isinstance(sent, dict):
            return _problem("the body of a control call is a JSON object of arguments")
        return Response.of_json({"result": _act(sim, request.method, name, sent)})
    except RecordError as error:
        return Response.of_json({"error": error.code, "item": error.item}, status=400)
    except ApiError as error:
        return Response.of_json({"error": error.code, "item": error.body}, status=400)
    except (KeyError, ValueError, TypeError) as error:
        return _problem(str(error.args[0]) if error.args else str(error))


def _problem(text: str, status: int = 400) -> Response:
    return Response.of_json({"error": text}, status=status)


def _look(sim: ZohoSimulator, request: Request, name: str) -> Response:
    params = request.params
    asked = tuple(part for part in params.get("modules", "").split(",") if part)
    looks: dict[str, Callable[[], Any]] = {
        "": lambda: _help(sim),
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
    if name not in looks:
        return _problem(f"no look {name!r}; GET {PREFIX} lists them", 404)
    with sim.lock:
        return Response.of_json(looks[name]())


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


def _help(sim: ZohoSimulator) -> dict[str, object]:
    looks = "state records counts calls calls/rows clock switches faults credentials limits callbacks triggers"
    actions = {name: str(inspect.signature(method)) for name, method in _actions(sim).items()}
    return {"GET": looks.split(), "POST": actions, "fault kinds": dict(KINDS)}


def _actions(sim: ZohoSimulator) -> dict[str, Callable[..., Any]]:
    own: dict[str, Callable[..., Any]] = {
        "clock/advance": lambda seconds: sim.clock.advance(float(seconds)),
        "switch": sim.switches.set,
        "fault": lambda kind, **rest: _add_fault(sim, kind, rest),
        "faults/clear": sim.faults.clear,
        "calls/reset": sim.calls.reset,
        "latency": lambda seconds: setattr(sim, "latency_s", float(seconds)),
    }
    for holder in (sim.backdoor, sim.administration):
        own |= {name: method for name, method in inspect.getmembers(holder, inspect.ismethod) if name[0] != "_"}
    return own


def _add_fault(sim: ZohoSimulator, kind: str, rest: dict[str, Any]) -> None:
    """Known keys belong to the fault itself, the others are its options."""
    own = {
        name: value for name, value in rest.items() if name in {"method", "path", "module", "after", "times", "every"}
    }
    options = {name: value for name, value in rest.items() if name not in own and name != "options"}
    sim.faults.add(Fault(kind, **own, options={**options, **rest.get("options", {})}))


def _act(sim: ZohoSimulator, method: str, name: str, sent: dict[str, Any]) -> Any:  # noqa: ANN401  # JSON
    if method == "DELETE":
        name = {"faults": "faults/clear", "calls": "calls/reset"}.get(name, name)
    actions = _actions(sim)
    if name not in actions:
        near = difflib.get_close_matches(name, actions, n=1)
        raise ValueError(f"no action {name!r}" + (f"; did you mean {near[0]}?" if near else ""))
    with sim.lock:
        return actions[name](**sent)
