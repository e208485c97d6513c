"""The control API under ``/__sim__/``: looks, moves the clock, breaks things. No token, loopback only."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crmbridge_sim.fxiaoke import state
from crmbridge_sim.fxiaoke.errors import Refusal
from crmbridge_sim.fxiaoke.mishaps import KINDS, FxFault
from crmbridge_sim.wire import Request, Response

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

PREFIX = "/__sim__/"
LOOKS = "state records counts calls calls/rows clock switches faults credentials limits events workflows stages"


def handle(sim: FxiaokeSimulator, request: Request) -> Response:
    """Answers a control call; whatever is wrong with it comes back as 400 with a sentence."""
    name = request.path[len(PREFIX) :].strip("/") if request.path.startswith(PREFIX) else ""
    try:
        if request.method == "GET":
            return _look(sim, request, name)
        sent = json.loads(request.body) if request.body else {}
        if not isinstance(sent, dict):
            return _problem("the body of a control call is a JSON object of arguments")
        return Response.of_json({"result": _act(sim, request.method, name, sent)})
    except Refusal as refused:
        return Response.of_json({"error": refused.code, "message": refused.description or refused.message}, status=400)
    except (KeyError, ValueError, TypeError, StopIteration) as error:
        return _problem(str(error.args[0]) if error.args else type(error).__name__)


def _problem(text: str, status: int = 400) -> Response:
    return Response.of_json({"error": text}, status=status)


def _look(sim: FxiaokeSimulator, request: Request, name: str) -> Response:
    params = request.params
    asked = tuple(part for part in params.get("modules", "").split(",") if part)
    style = params.get("style", "B")
    looks: dict[str, Callable[[], Any]] = {
        "": lambda: _help(sim),
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
    if name not in looks:
        return _problem(f"no look {name!r}; GET {PREFIX} lists them", 404)
    with sim.lock:
        return Response.of_json(looks[name]())


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


def _help(sim: FxiaokeSimulator) -> dict[str, object]:
    actions = {name: str(inspect.signature(method)) for name, method in _actions(sim).items()}
    return {"GET": LOOKS.split(), "POST": actions, "fault kinds": dict(KINDS)}


def _actions(sim: FxiaokeSimulator) -> dict[str, Callable[..., Any]]:
    own: dict[str, Callable[..., Any]] = {
        "clock/advance": lambda seconds: sim.clock.advance(float(seconds)),
        "switch": sim.switches.set,
        "fault": lambda kind, **rest: _add_fault(sim, kind, rest),
        "faults/clear": sim.faults.clear,
        "calls/reset": sim.calls.reset,
        "latency": lambda seconds: setattr(sim, "latency_s", float(seconds)),
    }
    return own | {name: method for name, method in inspect.getmembers(sim.backdoor, inspect.ismethod) if name[0] != "_"}


def _add_fault(sim: FxiaokeSimulator, kind: str, rest: dict[str, Any]) -> None:
    """Known keys belong to the fault itself, the others are its options."""
    own = {
        name: value for name, value in rest.items() if name in {"method", "path", "module", "after", "times", "every"}
    }
    options = {name: value for name, value in rest.items() if name not in own and name != "options"}
    sim.faults.add(FxFault(kind, **own, options={**options, **rest.get("options", {})}))


def _act(sim: FxiaokeSimulator, method: str, name: str, sent: dict[str, Any]) -> Any:  # noqa: ANN401  # JSON
    if method == "DELETE":
        name = {"faults": "faults/clear", "calls": "calls/reset"}.get(name, name)
    actions = _actions(sim)
    if name not in actions:
        near = difflib.get_close_matches(name, actions, n=1)
        raise ValueError(f"no action {name!r}" + (f"; did you mean {near[0]}?" if near else ""))
    with sim.lock:
        return actions[name](**sent)
