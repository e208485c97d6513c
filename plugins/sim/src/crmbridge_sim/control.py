"""The control API under ``/__sim__/`` that every simulator has: looks, actions, faults. No token, loopback only."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from crmbridge_sim.calls import CallLedger
from crmbridge_sim.faults import Fault, FaultPlan
from crmbridge_sim.switches import SwitchBoard
from crmbridge_sim.wire import Request, Response

PREFIX = "/__sim__/"
_DELETES = {"faults": "faults/clear", "calls": "calls/reset"}
_FILTERS = frozenset({"method", "path", "module", "after", "times", "every"})


class Controlled(Protocol):
    """What the common actions need of a simulator."""

    clock: Any
    faults: FaultPlan
    calls: CallLedger
    latency_s: float

    @property
    def switches(self) -> SwitchBoard:
        """The uncertain facts, of whatever vendor."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """One simulator's looks (GET) and actions (POST), each under its name; ``lock`` is held while one is at work."""

    looks: Mapping[str, Callable[[], Any]]
    actions: Mapping[str, Callable[..., Any]]
    fault: type[Fault]
    lock: AbstractContextManager[object]

    def answer(self, request: Request) -> Response:
        """The answer to a control call; whatever is wrong with it comes back as 400 with a sentence.

        What a vendor refuses leaves as the vendor's own exception.
        """
        name = request.path[len(PREFIX) :].strip("/") if request.path.startswith(PREFIX) else ""
        try:
            if request.method == "GET":
                return self._look(name)
            sent = json.loads(request.body) if request.body else {}
            if not isinstance(sent, dict):
                return _problem("the body of a control call is a JSON object of arguments")
            return Response.of_json({"result": self._act(request.method, name, sent)})
        except (KeyError, ValueError, TypeError, StopIteration) as error:
            return _problem(str(error.args[0]) if error.args else type(error).__name__)

    def _look(self, name: str) -> Response:
        if not name:
            return Response.of_json(self._help())
        if name not in self.looks:
            return _problem(f"no look {name!r}; GET {PREFIX} lists them", 404)
        with self.lock:
            return Response.of_json(self.looks[name]())

    def _act(self, method: str, name: str, sent: dict[str, Any]) -> Any:  # noqa: ANN401  # JSON
        if method == "DELETE":
            name = _DELETES.get(name, name)
        if name not in self.actions:
            near = difflib.get_close_matches(name, self.actions, n=1)
            raise ValueError(f"no action {name!r}" + (f"; did you mean {near[0]}?" if near else ""))
        with self.lock:
            return self.actions[name](**sent)

    def _help(self) -> dict[str, object]:
        actions = {name: str(inspect.signature(method)) for name, method in self.actions.items()}
        return {"GET": list(self.looks), "POST": actions, "fault kinds": dict(self.fault.known)}


def actions_of(sim: Controlled, fault: type[Fault], *holders: object) -> dict[str, Callable[..., Any]]:
    """The actions that all simulators have, and the public methods of the holders."""
    own: dict[str, Callable[..., Any]] = {
        "clock/advance": lambda seconds: sim.clock.advance(float(seconds)),
        "switch": sim.switches.set,
        "fault": lambda kind, **rest: _add(sim.faults, fault, kind, rest),
        "faults/clear": sim.faults.clear,
        "calls/reset": sim.calls.reset,
        "latency": lambda seconds: setattr(sim, "latency_s", float(seconds)),
    }
    for holder in holders:
        own |= {name: method for name, method in inspect.getmembers(holder, inspect.ismethod) if name[0] != "_"}
    return own


def _add(plan: FaultPlan, make: type[Fault], kind: str, rest: dict[str, Any]) -> None:
    """Known keys belong to the fault itself, the others are its options."""
    own = {name: value for name, value in rest.items() if name in _FILTERS}
    options = {name: value for name, value in rest.items() if name not in own and name != "options"}
    plan.add(make(kind, **own, options={**options, **rest.get("options", {})}))


def _problem(text: str, status: int = 400) -> Response:
    return Response.of_json({"error": text}, status=status)
