"""The front door: faults, ids, sign-in, limits, handler, ledger (dossier B1, B2, B5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crmbridge_sim.calls import CallRecord
from crmbridge_sim.faults import Fault
from crmbridge_sim.routes import Routes
from crmbridge_sim.trello import access, mishaps
from crmbridge_sim.trello.context import Ctx, check_ids
from crmbridge_sim.trello.errors import Refusal, invalid
from crmbridge_sim.wire import Request, Response

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator

Handler = Callable[[Ctx], Response]
ROUTE_MODULES = ("boards", "cards", "actions", "checklists", "extras", "looking", "webhooks")
PREFIX = "/1"


@dataclass
class _Call:
    """What is known of a call while it goes through."""

    request: Request
    faults: tuple[Fault, ...]
    route: str = ""


class App:
    """Answers API requests; the simulator's ``handle`` is its only caller."""

    def __init__(self, sim: TrelloSimulator) -> None:
        self._sim = sim
        modules = [import_module(f"crmbridge_sim.trello.{name}") for name in ROUTE_MODULES]
        table: dict[str, Handler] = {name: handler for module in modules for name, handler in module.ROUTES.items()}
        self._routes = Routes(table)

    def handle(self, request: Request) -> Response:
        """Answers one call and writes it into the ledger."""
        sim = self._sim
        module = next((part for part in request.path.split("/")[2:] if part), "")
        call = _Call(request, sim.faults.due(request.method, request.path, module))
        at = sim.clock.now()
        sim.wait(sim.latency_s + sum(one.number("seconds", 1) for one in call.faults if one.kind == "delay"))
        with sim.lock:
            sim.current_faults = call.faults
            try:
                early = mishaps.before(sim, call.faults)
                response = self._answer(call) if early is None else early
            except Refusal as refused:
                response = refused.response()
            finally:
                sim.current_faults = ()
            response = mishaps.after(sim, call.faults, response)
            skew = sum(one.number("seconds", 0) for one in call.faults if one.kind == "clock_skew")
            response.headers.setdefault("Date", formatdate(sim.clock.now() + skew, usegmt=True))
            self._record(call, module, response, at)
        return response

    def inner(self, request: Request, ctx: Ctx) -> Response:
        """One of the reads of a batch, by the same caller."""
        try:
            route, args, handler = self._found(request)
            if route == "/batch":
                raise invalid("urls")
            check_ids(args)
            return handler(Ctx(self._sim, request, ctx.member, ctx.token, {}, args))
        except Refusal as refused:
            return refused.response()

    def _found(self, request: Request) -> tuple[str, dict[str, str], Handler]:
        path = request.path.removeprefix(PREFIX).rstrip("/")
        found = self._routes.find(request.method, path) if request.path.startswith(f"{PREFIX}/") else False
        if isinstance(found, bool):
            raise Refusal(404, f"Cannot {request.method} {request.path}")
        return found

    def _answer(self, call: _Call) -> Response:
        longest = self._sim.switches.number("longest_in_url")
        if longest and any(len(value) > longest for _, value in call.request.query):
            raise Refusal(414, "Request-URI Too Large")
        call.route, args, handler = self._found(call.request)
        check_ids(args)
        sent = _sent(call.request)
        member, token = access.signed_in(self._sim, call.request, sent)
        headers = self._sim.gate.enter(call.route)
        try:
            response = handler(Ctx(self._sim, call.request, member, token, sent, args, call.faults))
        except Refusal as refused:
            response = refused.response()  # a refusal tells what is left as well
        return Response(response.status, {**response.headers, **headers}, response.body, response.dropped)

    def _record(self, call: _Call, module: str, response: Response, at: float) -> None:
        request = call.request
        query = "&".join(f"{name}={value}" for name, value in request.query if name not in {"key", "token"})
        self._sim.calls.add(
            CallRecord(
                number=len(self._sim.calls) + 1, at=at, method=request.method, path=request.path, query=query,
                route=call.route, module=module, status=response.status, code="", credits=1,
                fault=",".join(one.kind for one in call.faults),
                request_bytes=len(request.body), response_bytes=len(response.body),
            )
        )  # fmt: skip


def _sent(request: Request) -> Mapping[str, Any]:
    """The values of the body: JSON, or a form."""
    if not request.body.strip():
        return {}
    if "urlencoded" in request.headers.get("Content-Type", ""):
        return request.form
    try:
        found = json.loads(request.body, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        raise Refusal(400, "Error parsing body: invalid json") from None
    if not isinstance(found, dict):
        raise Refusal(400, "Error parsing body: invalid json")
    return found


def _no_number(text: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(text)
