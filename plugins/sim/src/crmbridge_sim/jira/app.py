"""The front door: faults, sign-in, limits, handler, headers, ledger (dossier A1, A2, A6)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crmbridge_sim.calls import CallRecord
from crmbridge_sim.faults import Fault
from crmbridge_sim.jira import errors, mishaps
from crmbridge_sim.jira.accounts import DENIED, Caller
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.errors import Refusal
from crmbridge_sim.routes import Routes
from crmbridge_sim.wire import Request, Response

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator

Handler = Callable[[Ctx], Response]
# Every module with ROUTES of "METHOD /path"; a line here adds endpoints.
ROUTE_MODULES = (
    "directory", "issues", "commenting", "properties", "linking", "transitions", "history", "searching", "webhooks",
)  # fmt: skip
_API = re.compile(
    r"(?P<gateway>/ex/jira/(?P<site>[^/]+))?/rest/(?:api/(?P<version>2|3|latest)|(?P<hooks>webhooks/1\.0))(?P<path>/.*)"
)
_ANYONE = ("/serverInfo",)


@dataclass
class _Call:
    """What is known of a call while it goes through."""

    request: Request
    faults: tuple[Fault, ...]
    route: str = ""
    module: str = ""
    cost: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Place:
    """Where an address leads."""

    version: int
    path: str
    hooks: bool
    base: str
    gateway: bool


class App:
    """Answers API requests; the simulator's ``handle`` is its only caller."""

    def __init__(self, sim: JiraSimulator) -> None:
        self._sim = sim
        modules = [import_module(f"crmbridge_sim.jira.{name}") for name in ROUTE_MODULES]
        table = {name: handler for module in modules for name, handler in module.ROUTES.items()}
        if not sim.cloud:  # dossier A8: what Data Center does not have
            missing = {name for module in modules for name in getattr(module, "CLOUD_ONLY", ())}
            table = {name: handler for name, handler in table.items() if name not in missing}
        self._routes: Routes[Handler] = Routes(table)
        self._hooks: Routes[Handler] = Routes(import_module("crmbridge_sim.jira.webhooks").ADMIN_ROUTES)

    def handle(self, request: Request) -> Response:
        """Answers one call and writes it into the ledger."""
        sim = self._sim
        module = next((part for part in request.path.split("/")[4:] if part), "")
        call = _Call(request, sim.faults.due(request.method, request.path, module), module=module)
        at = sim.clock.now()
        wait = sum(fault.number("seconds", 1) for fault in call.faults if fault.kind == "delay")
        sim.wait(sim.latency_s + wait)
        with sim.lock:
            sim.current_faults = call.faults
            try:
                early = mishaps.before(sim, call.faults)
                response = self._answer(call) if early is None else early
            except Refusal as refused:
                response = refused.response()
            finally:
                sim.current_faults = ()
            response = Response(response.status, {**response.headers, **call.headers}, response.body, response.dropped)
            response = mishaps.after(sim, call.faults, response)
            skew = sum(fault.number("seconds", 0) for fault in call.faults if fault.kind == "clock_skew")
            response.headers.setdefault("Date", formatdate(sim.clock.now() + skew, usegmt=True))
            self._record(call, response, at)
        return response

    def _answer(self, call: _Call) -> Response:
        request = call.request
        if self._sim.cloud and request.path.startswith("/oauth/token"):
            return self._oauth(request)
        place = self._place(request)
        routes = self._hooks if place is not None and place.hooks else self._routes
        found = routes.find(request.method, place.path) if place is not None else False
        if place is None or found is False:
            return errors.problem(request.path)
        if found is True:
            return Response.of_json({"errorMessages": ["Method Not Allowed"]}, status=405)
        assert not isinstance(found, bool)  # noqa: S101  # both were answered
        call.route, args, handler = found
        caller = self._signed_in(call, place)
        pays = bool(caller.app) or self._sim.switches.flag("points_on_tokens")
        call.headers |= self._sim.gate.enter(request.method, call.route, args.get("issue", ""), pays=pays)
        ctx = Ctx(
            self._sim,
            request,
            place.version,
            caller.user,
            caller.app,
            place.base,
            _json(request.body),
            args,
            call.faults,
        )
        response = handler(ctx)
        if self._sim.cloud and pays:
            call.cost, told = self._sim.gate.charge(request.method, ctx.objects_read)
            call.headers |= told
        return response

    def _signed_in(self, call: _Call, place: _Place) -> Caller:
        caller = self._sim.accounts.caller(call.request, gateway=place.gateway)
        if caller.denied:
            call.headers |= DENIED
        if not self._sim.cloud and caller.user is None and call.route not in _ANYONE:
            raise Refusal(401, "You are not authenticated.")
        scope = _scope(call.request.method, call.route)
        if caller.user is not None and scope not in caller.scopes:
            status = int(self._sim.switches.text("scope_lacking"))
            raise Refusal(status, raw={"code": status, "message": "Unauthorized; scope does not match"})
        return caller

    def _place(self, request: Request) -> _Place | None:
        found = _API.fullmatch(request.path)
        if found is None:
            return None
        gateway = found["gateway"] or ""
        if gateway and (not self._sim.cloud or found["site"] != self._sim.cloud_id):
            return None
        version = found["version"] or "3"
        if version == "latest":
            version = "3" if self._sim.cloud else "2"
        if version == "3" and not self._sim.cloud and not found["hooks"]:
            return None  # Data Center knows v2 alone
        local = request.host.startswith(("127.0.0.1", "localhost"))
        site = f"{'http' if local else 'https'}://{request.host}" if request.host else self._sim.site_url
        return _Place(
            int(version), found["path"].rstrip("/") or "/", bool(found["hooks"]), site + gateway, bool(gateway)
        )

    def _oauth(self, request: Request) -> Response:
        if (request.method, request.path) == ("GET", "/oauth/token/accessible-resources"):
            return self._sim.accounts.resources(request)
        if (request.method, request.path) != ("POST", "/oauth/token"):
            return errors.problem(request.path)
        form = "urlencoded" in request.headers.get("Content-Type", "")
        sent = dict(request.form) if form else _json(request.body)
        return self._sim.accounts.exchange(sent if isinstance(sent, dict) else {})

    def _record(self, call: _Call, response: Response, at: float) -> None:
        request = call.request
        self._sim.calls.add(
            CallRecord(
                number=len(self._sim.calls) + 1,
                at=at,
                method=request.method,
                path=request.path,
                query="&".join(f"{name}={value}" for name, value in request.query),
                route=call.route,
                module=call.module,
                status=response.status,
                code=response.headers.get("RateLimit-Reason", ""),
                credits=call.cost,
                fault=",".join(fault.kind for fault in call.faults),
                request_bytes=len(request.body),
                response_bytes=len(response.body),
            )
        )


def _scope(method: str, route: str) -> str:
    """The scope a call needs (dossier A1)."""
    if route.startswith("/webhook"):
        return "manage:jira-webhook"
    if route in {"/myself", "/user"} or route.startswith("/user/"):
        return "read:jira-user"
    reads = method == "GET" or route.startswith("/search") or route.endswith(("bulkfetch", "/list"))
    return "read:jira-work" if reads else "write:jira-work"


def _json(body: bytes) -> Any:  # noqa: ANN401  # JSON
    """The body as JSON; what is none is refused before anything is done."""
    if not body.strip():
        return None
    try:
        content = json.loads(body, parse_constant=_no_number)
        json.dumps(content, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        raise errors.bad_request("There was an error parsing JSON. Check that your request body is valid.") from None
    return content


def _no_number(text: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(text)
